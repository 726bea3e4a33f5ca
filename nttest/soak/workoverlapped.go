//go:build ntuser

package main

import (
	"runtime"

	"gont/nt"
	"gont/ntdll"
)

// mostOverlapped is how many requests of a handle that is not synchronous are under way.
const mostOverlapped = 6

// move reads or writes b at an offset: by one request, or, for a handle that is not synchronous, by several that are under way at
// a time, each of whole pieces of align bytes. The status is the first that is none of success.
func (x *fileWorker) move(h nt.Handle, write bool, b []byte, at, align int) (n int, s nt.Status) {
	do := ntdll.NtReadFile
	if write {
		do = ntdll.NtWriteFile
	}
	if !x.overlapped {
		o := int64(at)
		moved, s := do(h, nil, b, &o)
		return int(moved), s
	}
	size := (len(b)/mostOverlapped/align + 1) * align
	var events []nt.Handle
	r := make([]ntdll.Request, 0, mostOverlapped)
	defer runtime.KeepAlive(r)
	defer runtime.KeepAlive(b)
	for from := 0; from < len(b) && s.OK(); from += size {
		e, es := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
		if !es.OK() {
			s = es
			break
		}
		events, r = append(events, e), append(r, ntdll.Request{Event: e})
		o := int64(at + from)
		if _, st := do(h, &r[len(r)-1], b[from:min(from+size, len(b))], &o); !st.OK() {
			s = st
			ntdll.NtSetEvent(e) // nobody else does
		}
	}
	for i, e := range events {
		if st := ntdll.NtWaitForSingleObject(e, false, nil); st != nt.StatusSuccess && s.OK() {
			s = st
		}
		ntdll.NtClose(e)
		if st := r[i].Block.Status; !st.OK() && s.OK() {
			s = st
		}
		n += int(r[i].Block.Information)
	}
	return n, s
}
