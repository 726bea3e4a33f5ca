//go:build ntuser

package main

import (
	"bytes"
	"fmt"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// Overlapped reads and writes of a file (I9): each way to hear of their end.

const (
	asyncPages = 32
	asyncName  = `\async.tmp`
	asyncSize  = asyncPages*nt.PageSize + 100
	unbuffered = nt.FileNoIntermediateBuffering
)

// filesAsync is the row files-async.
func filesAsync() error {
	if err := withVolume(asyncVolume); err != nil {
		return fmt.Errorf("RAM disk: %w", err)
	}
	fileVolume = `\??\C:`
	if d, _, s := createFile(0, `\`, nt.FileReadData, nt.FileShareValid, nt.FileOpen, nt.FileDirectoryFile); s == nt.StatusObjectNameNotFound {
		return nil // no driver reaches the boot volume
	} else if s.OK() {
		ntdll.NtClose(d)
	}
	if err := asyncVolume(); err != nil {
		return fmt.Errorf("the boot volume: %w", err)
	}
	return nil
}

// asyncVolume does it on a volume, with a file that is gone afterwards.
func asyncVolume() error {
	h, _, s := createFile(0, asyncName, everything, nt.FileShareValid, nt.FileOverwriteIf, 0)
	if !s.OK() {
		return expect("create", s, 0)
	}
	data := asyncData(1)
	_, w := ntdll.NtWriteFile(h, nil, data, nil)
	err := all(status{"write", w, 0}, status{"flush", ntdll.NtFlushBuffersFile(h), 0})
	ntdll.NtClose(h)
	for _, do := range []func([]byte) error{asyncPort, asyncEvents, asyncApcs, asyncErrors, asyncCancel, asyncClose, asyncThreads, asyncProcesses} {
		if err == nil {
			err = do(data)
		}
	}
	// Nobody has it open: the requests' references are gone.
	h, _, s = createFile(0, asyncName, everything, 0, nt.FileOpen, nt.FileDeleteOnClose)
	for tries := 0; s == nt.StatusSharingViolation && tries < 50; tries++ {
		ntdll.NtDelayExecution(false, -1_000_000)
		h, _, s = createFile(0, asyncName, everything, 0, nt.FileOpen, nt.FileDeleteOnClose)
	}
	if s.OK() {
		ntdll.NtClose(h)
	}
	if err != nil {
		return err
	}
	return expect("open for oneself alone", s, 0)
}

// asyncData is what the file has.
func asyncData(salt int) []byte {
	b := make([]byte, asyncSize)
	for i := range b {
		b[i] = byte(i*salt + i>>12*7 + i>>5)
	}
	return b
}

// openAsync opens the file for requests that do not wait.
func openAsync(options uint32) (nt.Handle, error) {
	h, _, s := ntdll.NtCreateFile(everything|nt.Synchronize, ntdll.NewAttributes(fileVolume+asyncName, nt.ObjCaseInsensitive, 0), nt.FileAttributeNormal,
		nt.FileShareValid, nt.FileOpen, options)
	return h, expect("open for overlapped requests", s, 0)
}

// asyncPort has 32 reads end at a completion port, past the cache and through it, and then as many writes.
func asyncPort(data []byte) error {
	for _, options := range []uint32{unbuffered, 0, unbuffered} {
		h, err := openAsync(options)
		if err != nil {
			return err
		}
		err = asyncAtPort(h, data)
		ntdll.NtClose(h)
		if err != nil {
			return fmt.Errorf("options %X: %w", options, err)
		}
	}
	return nil
}

func asyncAtPort(h nt.Handle, data []byte) error {
	port, s := ntdll.NtCreateIoCompletion(nil, 0)
	if !s.OK() {
		return expect("NtCreateIoCompletion", s, 0)
	}
	defer ntdll.NtClose(port)
	c := nt.FileCompletionInformation{Port: port, Key: 77}
	if s := ntdll.NtSetInformationFile(h, nt.FileCompletionInformationClass, memoryOf(&c)); !s.OK() {
		return expect("the port", s, 0)
	}
	r, b := make([]ntdll.Request, asyncPages+1), make([]byte, (asyncPages+1)*nt.PageSize)
	ioKept = append(ioKept, r, b)
	for _, write := range []bool{false, true, false} {
		n := asyncPages + 1
		if write {
			n = asyncPages
			copy(b, data[:asyncPages*nt.PageSize])
		} else {
			clear(b)
		}
		for i := range n {
			k := i
			if i < asyncPages {
				k = i * 13 % asyncPages // all of them, in another order
			}
			at := int64(k) * nt.PageSize
			r[k].ApcContext = uint64(k) + 1
			do := ntdll.NtReadFile
			if write {
				do = ntdll.NtWriteFile
			}
			if _, s := do(h, &r[k], b[at:at+nt.PageSize], &at); s != nt.StatusPending && !s.OK() {
				return expect("a request", s, nt.StatusPending)
			}
		}
		seen := map[uint64]bool{}
		for range n {
			limit := int64(-30 * 10_000_000)
			p, s := ntdll.NtRemoveIoCompletion(port, &limit)
			want := uint64(nt.PageSize)
			if p.ApcContext == asyncPages+1 {
				want = 100
			}
			if !s.OK() || p.KeyContext != 77 || p.IoStatus.Status != 0 || p.IoStatus.Information != want || seen[p.ApcContext] || r[p.ApcContext-1].Block != p.IoStatus {
				return fmt.Errorf("a packet: %v %+v", s, p)
			}
			seen[p.ApcContext] = true
		}
		if !write && !bytes.Equal(b[:asyncSize], data) {
			return fmt.Errorf("the reads have brought other bytes")
		}
	}
	return nil
}

// asyncEvents reads and writes with an event: what was written is there when the event is set; the file becomes longer and ends.
func asyncEvents(data []byte) error {
	for _, options := range []uint32{unbuffered, 0, nt.FileWriteThrough} {
		h, err := openAsync(options)
		if err != nil {
			return err
		}
		event, _ := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
		r, b := &ntdll.Request{Event: event}, make([]byte, 2*nt.PageSize)
		ioKept = append(ioKept, r, b)
		move := func(do func(nt.Handle, *ntdll.Request, []byte, *int64) (uint64, nt.Status), at int64) (nt.Status, uint64) {
			r.Block = nt.IoStatusBlock{Status: nt.StatusPending}
			_, s := do(h, r, b, &at)
			if s == nt.StatusPending {
				ntdll.NtWaitForSingleObject(event, false, nil)
				return r.Block.Status, r.Block.Information
			}
			return s, r.Block.Information
		}
		last := int64(asyncSize+511) &^ 511
		copy(b, bytes.Repeat([]byte("overlapped"), 1000))
		want := bytes.Clone(b)
		w, wrote := move(ntdll.NtWriteFile, last)
		clear(b)
		s, n := move(ntdll.NtReadFile, last)
		same := bytes.Equal(b, want)
		e, _ := move(ntdll.NtReadFile, last+2*nt.PageSize)
		// Back to what it was.
		size := int64(asyncSize)
		z := ntdll.NtSetInformationFile(h, nt.FileEndOfFileInformationClass, memoryOf(&size))
		s2, n2 := move(ntdll.NtReadFile, 3*nt.PageSize)
		same = same && bytes.Equal(b, data[3*nt.PageSize:5*nt.PageSize])
		var appended nt.Status
		if options == 0 {
			appended, _ = move(ntdll.NtWriteFile, nt.FileWriteToEndOfFile)
			ntdll.NtSetInformationFile(h, nt.FileEndOfFileInformationClass, memoryOf(&size))
		}
		ntdll.NtClose(h)
		ntdll.NtClose(event)
		if err := all(status{"write", w, 0}, status{"read", s, 0}, status{"at the end", e, nt.StatusEndOfFile}, status{"size", z, 0}, status{"read", s2, 0},
			status{"to the end", appended, 0}); err != nil {
			return fmt.Errorf("options %X: %w", options, err)
		}
		if wrote != uint64(len(b)) || n != wrote || n2 != wrote || !same {
			return fmt.Errorf("options %X: %d written, %d and %d read, the same: %v", options, wrote, n, n2, same)
		}
	}
	return nil
}

// asyncApcs has reads end with an APC each.
func asyncApcs(data []byte) error {
	p, free := newProgram()
	defer free()
	h, err := openAsync(unbuffered)
	if err != nil {
		return err
	}
	defer ntdll.NtClose(h)
	r, b := make([]ntdll.Request, asyncPages), make([]byte, asyncPages*nt.PageSize)
	ioKept = append(ioKept, r, b)
	for i := range r {
		at := int64(i) * nt.PageSize
		r[i].Apc, r[i].ApcContext = p.base, p.base+0x800
		if _, s := ntdll.NtReadFile(h, &r[i], b[at:at+nt.PageSize], &at); s != nt.StatusPending && !s.OK() {
			return expect("a read", s, nt.StatusPending)
		}
	}
	for tries := 0; p.marks().calls < asyncPages && tries < 3000; tries++ {
		ntdll.NtDelayExecution(true, -100_000)
	}
	if n := p.marks().calls; n != asyncPages || !bytes.Equal(b, data[:len(b)]) {
		return fmt.Errorf("%d APCs, the same bytes: %v", n, bytes.Equal(b, data[:len(b)]))
	}
	return nil
}

// asyncErrors are what is said at once, and what is locked by another handle.
func asyncErrors([]byte) error {
	h, err := openAsync(unbuffered)
	if err != nil {
		return err
	}
	defer ntdll.NtClose(h)
	f, _, s := createFile(0, asyncName, everything, nt.FileShareValid, nt.FileOpen, 0)
	if !s.OK() {
		return expect("open", s, 0)
	}
	defer ntdll.NtClose(f)
	event, _ := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
	defer ntdll.NtClose(event)
	r, b := &ntdll.Request{Event: event}, make([]byte, nt.PageSize)
	ioKept = append(ioKept, r, b)
	at, odd := int64(0), int64(100)
	_, place := ntdll.NtReadFile(h, r, b, &odd)
	_, length := ntdll.NtReadFile(h, r, b[:1000], &at)
	_, none := ntdll.NtReadFile(h, r, b, nil)
	base, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, nt.PageSize, nt.MemReserve, nt.PageReadWrite)
	if !s.OK() {
		return expect("reserve", s, 0)
	}
	defer ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease)
	nowhere := ntdll.Raw(nt.SvcReadFile, uintptr(h), 0, 0, 0, pointer(&r.Block), uintptr(base), nt.PageSize, pointer(&at), 0)
	kernel := ntdll.Raw(nt.SvcWriteFile, uintptr(h), 0, 0, 0, pointer(&r.Block), ^uintptr(0xFFF), nt.PageSize, pointer(&at), 0)
	lock := ntdll.NtLockFile(f, nil, 0, 10, 0, true, true)
	_, locked := ntdll.NtWriteFile(h, r, b, &at)
	if locked == nt.StatusPending {
		ntdll.NtWaitForSingleObject(event, false, nil)
		locked = r.Block.Status
	}
	return all(status{"an odd place", place, nt.StatusInvalidParameter}, status{"an odd length", length, nt.StatusInvalidParameter},
		status{"no place", none, nt.StatusInvalidParameter}, status{"to nowhere", nowhere, nt.StatusAccessViolation},
		status{"from the kernel", kernel, nt.StatusAccessViolation}, status{"lock", lock, 0}, status{"of what is locked", locked, nt.StatusFileLockConflict})
}

// memoryOf is a value's memory.
func memoryOf[T any](v *T) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v)) }
