//go:build kernel

package main

import (
	"unsafe"

	"gont/ex"
	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// ntCreateIoCompletion(*handle, access, attributes, count): count threads may
// run at a time, 0 for as many as there are processors.
func ntCreateIoCompletion(t *ps.Thread, c *hal.Context) nt.Status {
	return createObject(t, c, ob.New(ex.IoCompletionType, ex.NewIoCompletion(uint32(c.R9))))
}

// ntSetIoCompletion(handle, key, apc, status, information)
func ntSetIoCompletion(t *ps.Thread, c *hal.Context) nt.Status {
	information, s := argument(t, c, 5)
	if !s.OK() {
		return s
	}
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	o, q, s := body[*ex.IoCompletion](t, c.R10, nt.IoCompletionSet, ex.IoCompletionType)
	if !s.OK() {
		return s
	}
	s = q.Set(&t.Process.Packets, ex.CompletionPacket{Key: c.Rdx, Apc: c.R8, Status: nt.Status(c.R9), Information: information})
	o.Dereference()
	return s
}

// ntRemoveIoCompletion(handle, *key, *apc, *iosb, *timeout). A packet that cannot
// be stored is the first in the queue again.
func ntRemoveIoCompletion(t *ps.Thread, c *hal.Context) nt.Status {
	va, s := argument(t, c, 5)
	if !s.OK() {
		return s
	}
	timeout, s := readTimeout(t, va)
	if !s.OK() {
		return s
	}
	for _, p := range [][2]uint64{{c.Rdx, 8}, {c.R8, 8}, {c.R9, 16}} {
		if s := probeWrite(t, p[0], p[1]); !s.OK() {
			return s
		}
	}
	o, q, s := body[*ex.IoCompletion](t, c.R10, nt.IoCompletionSet, ex.IoCompletionType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	x, s := q.Take(ke.UserMode, false, timeout)
	if x == nil {
		return s
	}
	p := x.Packet()
	s = put(t, c.R9, &nt.IoStatusBlock{Status: p.Status, Information: p.Information})
	if s.OK() {
		s = put(t, c.R8, &p.Apc)
	}
	if s.OK() {
		s = put(t, c.Rdx, &p.Key)
	}
	if !s.OK() {
		q.PutBack(x)
		return s
	}
	x.Free()
	return s
}

// mostPackets is how many packets NtRemoveIoCompletionEx takes at a time; there
// may be room for more.
const mostPackets = 64

// ntRemoveIoCompletionEx(handle, *packets, count, *removed, *timeout, alertable):
// waits for one packet, and takes those behind it that are there.
func ntRemoveIoCompletionEx(t *ps.Thread, c *hal.Context) nt.Status {
	va, s := argument(t, c, 5)
	if !s.OK() {
		return s
	}
	alertable, s := argument(t, c, 6)
	if !s.OK() {
		return s
	}
	timeout, s := readTimeout(t, va)
	if !s.OK() {
		return s
	}
	count := min(uint32(c.R8), mostPackets)
	if count == 0 {
		return nt.StatusInvalidParameter
	}
	const row = uint64(unsafe.Sizeof(nt.FileIoCompletionInformation{}))
	if s := probeWrite(t, c.Rdx, uint64(count)*row); !s.OK() {
		return s
	}
	if s := probeWrite(t, c.R9, 4); !s.OK() {
		return s
	}
	o, q, s := body[*ex.IoCompletion](t, c.R10, nt.IoCompletionSet, ex.IoCompletionType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	var list [mostPackets]*ex.Completion
	var rows [mostPackets]nt.FileIoCompletionInformation
	n := uint32(0)
	for x, status := q.Take(ke.UserMode, alertable&0xFF != 0, timeout); ; x, status = q.Take(ke.KernelMode, false, &noTime) {
		if x == nil {
			s = status
			break
		}
		p := x.Packet()
		list[n] = x
		rows[n] = nt.FileIoCompletionInformation{KeyContext: p.Key, ApcContext: p.Apc, IoStatus: nt.IoStatusBlock{Status: p.Status, Information: p.Information}}
		if n++; n == count {
			break
		}
	}
	if n > 0 {
		if s = copyTo(t, c.Rdx, unsafe.Pointer(&rows), uint64(n)*row); s.OK() {
			s = put(t, c.R9, &n)
		}
	}
	for i := int(n) - 1; i >= 0; i-- {
		if s.OK() {
			list[i].Free()
		} else {
			q.PutBack(list[i])
		}
	}
	return s
}

// noTime is the timeout of a wait that only tries.
var noTime int64

// ntQueryIoCompletion(handle, class, buffer, length, *returned)
func ntQueryIoCompletion(t *ps.Thread, c *hal.Context) nt.Status {
	o, q, s := body[*ex.IoCompletion](t, c.R10, nt.IoCompletionQuery, ex.IoCompletionType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	n, _, _ := q.Read()
	return query(t, c, &nt.IoCompletionBasicInformation{Depth: int32(n)})
}
