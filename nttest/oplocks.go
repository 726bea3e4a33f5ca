//go:build ntuser

package main

import (
	"fmt"

	"gont/nt"
	"gont/ntdll"
)

// oplocks is the row file-oplocks: a batch oplock is broken by an open that does not wait, and is acknowledged; a level 2 oplock is
// broken by a write; a handle without buffering reads what the cache has.
func oplocks() error {
	f, _, s := createFile(0, `\o`, everything, nt.FileShareValid, nt.FileCreate, 0)
	if !s.OK() {
		return expect("create", s, 0)
	}
	data := make([]byte, 5000)
	for i := range data {
		data[i] = byte(i * 5 >> 2)
	}
	zero := int64(0)
	_, w := ntdll.NtWriteFile(f, nil, data, &zero)
	if err := all(status{"write", w, 0}, status{"a synchronous handle", control(f, nt.FsctlRequestOplockLevel1), nt.StatusOplockNotGranted}); err != nil {
		return err
	}
	// What is read without buffering has been in the cache alone.
	u, _, s := createFile(0, `\o`, everything, nt.FileShareValid, nt.FileOpen, nt.FileNoIntermediateBuffering)
	b := make([]byte, 1024)
	at, odd := int64(4096), int64(100)
	n, r := ntdll.NtReadFile(u, nil, b, &at)
	_, o := ntdll.NtReadFile(u, nil, b, &odd)
	_, l := ntdll.NtReadFile(u, nil, b[:1000], &at)
	ntdll.NtClose(u)
	ntdll.NtClose(f)
	if err := all(status{"open", s, 0}, status{"read", r, 0}, status{"at an odd place", o, nt.StatusInvalidParameter}, status{"an odd length", l, nt.StatusInvalidParameter}); err != nil {
		return err
	}
	if n != 5000-4096 || string(b[:n]) != string(data[4096:]) {
		return fmt.Errorf("%d bytes, which are others", n)
	}

	event, _ := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
	defer ntdll.NtClose(event)
	a, _, s := asynchronous(0)
	if !s.OK() {
		return expect("open", s, 0)
	}
	defer ntdll.NtClose(a)
	batch, two := &ntdll.Request{Event: event}, &ntdll.Request{Event: event}
	ioKept = append(ioKept, batch, two)
	_, granted := ntdll.NtFsControlFile(a, batch, nt.FsctlRequestBatchOplock, nil, nil)
	c, information, opened := asynchronous(nt.FileCompleteIfOplocked)
	if !opened.OK() {
		return expect("an open that does not wait", opened, nt.StatusOplockBreakInProgress)
	}
	defer ntdll.NtClose(c)
	if err := all(status{"batch", granted, nt.StatusPending}, status{"an open that does not wait", opened, nt.StatusOplockBreakInProgress},
		status{"wait", ntdll.NtWaitForSingleObject(event, false, nil), 0}, status{"broken", batch.Block.Status, 0}); err != nil {
		return err
	}
	if information != nt.FileOpened || batch.Block.Information != nt.FileOplockBrokenToLevel2 {
		return fmt.Errorf("opened: %d, broken to %d", information, batch.Block.Information)
	}
	_, ack := ntdll.NtFsControlFile(a, two, nt.FsctlOplockBreakAcknowledge, nil, nil)
	_, w = ntdll.NtWriteFile(c, nil, data[:10], &zero)
	if w == nt.StatusPending {
		ntdll.NtWaitForSingleObject(c, false, nil)
		w = 0
	}
	if err := all(status{"acknowledged", ack, nt.StatusPending}, status{"write", w, 0}, status{"wait", ntdll.NtWaitForSingleObject(event, false, nil), 0},
		status{"broken", two.Block.Status, 0}, status{"not asked", control(a, nt.FsctlOplockBreakAcknowledge), nt.StatusInvalidOplockProtocol}); err != nil {
		return err
	}
	if two.Block.Information != nt.FileOplockBrokenToNone {
		return fmt.Errorf("broken to %d", two.Block.Information)
	}
	return nil
}

// asynchronous opens the file for requests that need not wait.
func asynchronous(options uint32) (nt.Handle, uint64, nt.Status) {
	return ntdll.NtCreateFile(everything|nt.Synchronize, ntdll.NewAttributes(fileVolume+`\o`, nt.ObjCaseInsensitive, 0), nt.FileAttributeNormal,
		nt.FileShareValid, nt.FileOpen, options)
}

func control(h nt.Handle, code uint32) nt.Status {
	_, s := ntdll.NtFsControlFile(h, nil, code, nil, nil)
	return s
}
