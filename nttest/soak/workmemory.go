//go:build ntuser

package main

import (
	"fmt"

	"gont/nt"
	"gont/ntdll"
)

// pattern is what a page at an offset is filled with in a round.
func pattern(offset, salt uint64) uint64 { return offset ^ salt | 1 }

// fill writes to every page, check reads them all.
func fill(base, size, salt uint64) {
	for a := base; a < base+size; a += nt.PageSize {
		word(a).Store(pattern(a-base, salt))
		word(a + nt.PageSize - 8).Store(pattern(a-base, salt))
	}
}

func check(base, size, salt uint64) error {
	for a := base; a < base+size; a += nt.PageSize {
		for _, at := range []uint64{a, a + nt.PageSize - 8} {
			if v, want := word(at).Load(), pattern(a-base, salt); v != want {
				return fmt.Errorf("at %#x is %#x, not %#x", at, v, want)
			}
		}
	}
	return nil
}

// memoryRound takes, fills, protects, gives back and looks at memory; now and
// then so much that the others' pages leave their working sets.
func memoryRound(w *hand) error {
	salt := w.Uint64()
	size := uint64(1+w.IntN(200)) * nt.PageSize
	if w.IntN(8) == 0 {
		var p nt.SystemPerformanceInformation
		ntdll.QuerySystem(nt.SystemPerformanceInformationClass, &p)
		left := uint64(p.AvailablePages)
		if files, _ := ntdll.QueryPageFiles(); len(files) > 0 { // then promises are what is scarce, and the workers' heaps need some
			left = uint64(p.CommitLimit-p.CommittedPages) / 2
		}
		size = max(left/2+left/64*w.Uint64N(16), 1) * nt.PageSize
	}
	w.step(1)
	base, err := allocate(size, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if base == 0 {
		return err
	}
	w.step(2)
	fill(base, size, salt)
	if w.IntN(3) == 0 {
		ntdll.NtDelayExecution(false, -int64(w.IntN(second/20)))
	}
	w.step(3)
	if err := check(base, size, salt); err != nil {
		return err
	}
	me := nt.CurrentProcess
	part := w.Uint64N(size/nt.PageSize) * nt.PageSize
	w.step(4)
	if _, s := ntdll.NtProtectVirtualMemory(me, base+part, size-part, nt.PageReadOnly); !s.OK() {
		return expect("NtProtectVirtualMemory", s, 0)
	}
	if err := check(base, size, salt); err != nil {
		return err
	}
	w.step(5)
	if s := ntdll.NtFreeVirtualMemory(me, base+part, size-part, nt.MemDecommit); !s.OK() {
		return expect("MEM_DECOMMIT", s, 0)
	}
	// Again, and it is zero.
	w.step(6)
	_, _, s := ntdll.NtAllocateVirtualMemory(me, base+part, size-part, nt.MemCommit, nt.PageReadWrite)
	if s.OK() {
		for a := base + part; a < base+size; a += nt.PageSize {
			if v := word(a).Load(); v != 0 {
				return fmt.Errorf("new memory at %#x is %#x", a, v)
			}
		}
	} else if !scarce(s) {
		return expect("MEM_COMMIT", s, 0)
	}
	w.step(7)
	if err := check(base, part, salt); err != nil {
		return err
	}
	return release(base)
}

// sectionRound: sections of the paging file, their views in this process and in
// another, and private copies.
func sectionRound(w *hand) error {
	salt := w.Uint64()
	size := uint64(1+w.IntN(64)) * nt.PageSize
	me := nt.CurrentProcess
	w.step(1)
	h, s := ntdll.NtCreateSection(nil, nt.StandardAll|0x1F, size, nt.PageReadWrite, nt.SecCommit)
	if scarce(s) {
		return nil
	}
	if !s.OK() {
		return expect("NtCreateSection", s, 0)
	}
	defer ntdll.NtClose(h)
	var views []uint64
	defer func() {
		for _, v := range views {
			ntdll.NtUnmapViewOfSection(me, v)
		}
	}()
	for _, protect := range []uint32{nt.PageReadWrite, nt.PageReadOnly, nt.PageWriteCopy} {
		v, _, s := ntdll.NtMapViewOfSection(h, me, 0, 0, 0, 0, nt.ViewUnmap, 0, protect)
		if scarce(s) {
			return nil
		}
		if !s.OK() {
			return expect("NtMapViewOfSection", s, 0)
		}
		views = append(views, v)
	}
	w.step(2)
	fill(views[0], size, salt)
	for _, v := range views {
		if err := check(v, size, salt); err != nil {
			return fmt.Errorf("a view: %w", err)
		}
	}
	w.step(3)
	at := w.Uint64N(size/nt.PageSize) * nt.PageSize
	word(views[2] + at).Store(5) // a copy
	if word(views[0]+at).Load() == 5 || word(views[1]+at).Load() == 5 {
		return fmt.Errorf("a private copy is seen by others")
	}
	w.step(4)
	if w.IntN(4) == 0 {
		if err := foreignView(h, views[0], at); err != nil {
			return err
		}
	}
	w.step(5)
	// Without views the contents stay.
	for _, v := range views {
		if s := ntdll.NtUnmapViewOfSection(me, v); !s.OK() {
			return expect("NtUnmapViewOfSection", s, 0)
		}
	}
	views = nil
	v, _, s := ntdll.NtMapViewOfSection(h, me, 0, 0, 0, 0, nt.ViewUnmap, 0, nt.PageReadOnly)
	if scarce(s) {
		return nil
	}
	if !s.OK() {
		return expect("NtMapViewOfSection", s, 0)
	}
	views = append(views, v)
	return check(v, size, salt)
}

// foreignView maps the section into a process without threads and reads it there.
func foreignView(h nt.Handle, own, at uint64) error {
	p, s := ntdll.NtCreateProcess(nil, nt.CurrentProcess, 0)
	if scarce(s) {
		return nil
	}
	if !s.OK() {
		return expect("NtCreateProcess", s, 0)
	}
	defer ntdll.NtClose(p)
	v, _, s := ntdll.NtMapViewOfSection(h, p, 0, 0, 0, 0, nt.ViewUnmap, 0, nt.PageReadWrite)
	if scarce(s) {
		return nil
	}
	if !s.OK() {
		return expect("NtMapViewOfSection", s, 0)
	}
	var b [8]byte
	if _, s = ntdll.NtReadVirtualMemory(p, v+at, b[:]); s.OK() {
		for i, c := range b {
			if byte(word(own+at).Load()>>(8*i)) != c {
				return fmt.Errorf("another process's view has %x", b)
			}
		}
	} else if !scarce(s) {
		return expect("NtReadVirtualMemory", s, 0)
	}
	ntdll.NtTerminateProcess(p, 0)
	return nil
}
