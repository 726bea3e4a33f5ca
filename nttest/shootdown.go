//go:build ntuser

package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"gont/nt"
	"gont/ntdll"
	"gont/nttest/guest"
)

// What one processor's thread does to memory, the others' threads see at once (SDM
// vol. 3, 4.10.5): when the service has returned, no processor has the old
// translation any more. The work is done in a child, whose exception
// dispatcher counts the faults that this makes.

// shootdownRounds is how often memory changes in a row.
const shootdownRounds = 60

// sharedPage is where the page is; nobody chooses it by himself.
const sharedPage = 0x7_0000_0000

// shootdown runs a child.
func shootdown(how string) error {
	s, err := run(4*patience, "shootdown", how)
	if err != nil {
		return err
	}
	return expect("the child", s, survived)
}

func init() {
	register("shootdown", func(args []string) nt.Status { return shootdownChild(args[0]) })
	register("shootdown-other", shootdownOther)
}

// shootdownChild is the child.
func shootdownChild(how string) nt.Status {
	runtime.LockOSThread()
	routines := guest.ProcessorCode()
	ntdll.Raw(nt.SvcSetInformationProcess, ^uintptr(0), nt.ProcessExceptionDispatcher, pointer(&routines.Fault), 8)
	var err error
	switch how {
	case "private":
		err = shootProtect(routines.Write, false)
	case "view":
		err = shootProtect(routines.Write, true)
	case "decommit":
		err = shootFree(routines.Read, nt.MemDecommit)
	case "release":
		err = shootFree(routines.Read, nt.MemRelease)
	case "foreign":
		err = shootForeign(routines.Read)
	}
	if err != nil {
		fmt.Println("nttest: shootdown:", err)
		return nt.StatusUnsuccessful
	}
	return survived
}

// word is a word of memory that others write.
func word(a uint64) *atomic.Uint64 { return (*atomic.Uint64)(pointerAt(a)) }

// gone waits, working, for every thread to have gone on by some rounds.
func (c *crew) gone(rounds uint64) error {
	var from []uint64
	for _, m := range c.marks {
		from = append(from, m.rounds.Load())
	}
	begin := time.Now()
	for i, m := range c.marks {
		for m.rounds.Load() < from[i]+rounds {
			if time.Since(begin) > patience {
				return fmt.Errorf("thread %d stands at round %d with %d faults", i, m.rounds.Load(), m.faults.Load())
			}
		}
	}
	return nil
}

// apart counts the rounds in which some thread was on another processor than the
// caller.
func (c *crew) apart() int {
	me := guest.ApicID()
	for _, m := range c.marks {
		if m.apic.Load() != me {
			return 1
		}
	}
	return 0
}

// crewSize is one thread for every other processor, three at most.
func crewSize() int { return min(processorCount()-1, 3) }

// shootProtect makes a page that others write to read-only, and one of a view
// inaccessible; then nothing of theirs may arrive any more.
func shootProtect(code uint64, mapped bool) error {
	me := nt.CurrentProcess
	var page, seen uint64
	var s nt.Status
	forbidden := uint32(nt.PageReadOnly)
	if mapped {
		h, s := section("", nt.PageReadWrite, nt.SecCommit)
		if !s.OK() {
			return expect("NtCreateSection", s, 0)
		}
		if page, _, s = ntdll.NtMapViewOfSection(h, me, sharedPage, 0, 0, 0, nt.ViewUnmap, 0, nt.PageReadWrite); s.OK() {
			seen, s = view(h, nt.PageReadOnly)
		}
		if !s.OK() {
			return expect("NtMapViewOfSection", s, 0)
		}
		forbidden = nt.PageNoAccess
	} else {
		if page, _, s = ntdll.NtAllocateVirtualMemory(me, sharedPage, nt.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); !s.OK() {
			return expect("NtAllocateVirtualMemory", s, 0)
		}
		seen = page
	}
	c, err := newCrew(crewSize(), code, 8, func(_ int, m *mark) { m.page = page })
	if err != nil {
		return err
	}
	apart := 0
	for i := 0; i < shootdownRounds && err == nil; i++ {
		if err = c.gone(2); err != nil {
			break
		}
		if _, s = ntdll.NtProtectVirtualMemory(me, page, nt.PageSize, forbidden); !s.OK() {
			return expect("NtProtectVirtualMemory", s, 0)
		}
		v := word(seen).Load()
		apart += c.apart()
		err = c.gone(3)
		if now := word(seen).Load(); now != v {
			return fmt.Errorf("round %d: %#x was written where nobody may write, after %#x", i, now, v)
		}
		if _, s = ntdll.NtProtectVirtualMemory(me, page, nt.PageSize, nt.PageReadWrite); !s.OK() {
			return expect("NtProtectVirtualMemory", s, 0)
		}
	}
	return c.finish(err, apart)
}

// finish ends the threads and says what speaks against a result.
func (c *crew) finish(err error, apart int) error {
	faults := uint64(0)
	for _, m := range c.marks {
		faults += m.faults.Load()
		if v := m.bad.Load(); v != 0 && err == nil {
			err = fmt.Errorf("a thread has read %#x, which was not there any more", v)
		}
	}
	if e := c.end(); err == nil {
		err = e
	}
	if err == nil && (apart == 0 || faults < shootdownRounds) {
		err = fmt.Errorf("nothing was tested: in %d of %d rounds on several processors, %d faults", apart, shootdownRounds, faults)
	}
	return err
}

// shootFree takes a page away that others read, and makes a new one at its
// place: they see faults, zeros, and what is written anew.
func shootFree(code uint64, how uint32) error {
	me := nt.CurrentProcess
	const size = nt.AllocationGranularity
	page, _, s := ntdll.NtAllocateVirtualMemory(me, sharedPage, size, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		return expect("NtAllocateVirtualMemory", s, 0)
	}
	c, err := newCrew(crewSize(), code, 8, func(_ int, m *mark) { m.page = page })
	if err != nil {
		return err
	}
	apart := 0
	for i := uint64(0); i < shootdownRounds && err == nil; i++ {
		for _, m := range c.marks {
			m.expect.Store(0x5EC0000 + i)
		}
		word(page).Store(0x5EC0000 + i)
		if err = c.gone(2); err != nil {
			break
		}
		n := uint64(0)
		typ := uint32(nt.MemCommit)
		if how == nt.MemDecommit {
			n = size
		} else {
			typ |= nt.MemReserve
		}
		if s = ntdll.NtFreeVirtualMemory(me, page, n, how); !s.OK() {
			return expect("NtFreeVirtualMemory", s, 0)
		}
		for _, m := range c.marks { // from here on the old word is wrong
			m.expect.Store(0)
		}
		apart += c.apart()
		if err = c.gone(2); err != nil {
			break
		}
		// Somebody else gets the page meanwhile.
		if err = borrow(); err != nil {
			break
		}
		if at, _, s := ntdll.NtAllocateVirtualMemory(me, page, size, typ, nt.PageReadWrite); !s.OK() || at != page {
			return fmt.Errorf("NtAllocateVirtualMemory of %#x: %v, %#x", page, s, at)
		}
		err = c.gone(2)
	}
	return c.finish(err, apart)
}

// borrow fills some new pages with words and frees them. They are not where the
// readers look.
func borrow() error {
	const size = 16 * nt.PageSize
	base, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, sharedPage+size, size, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		return expect("NtAllocateVirtualMemory", s, 0)
	}
	for a := base; a < base+size; a += nt.PageSize {
		word(a).Store(0xB0220)
	}
	return expect("NtFreeVirtualMemory", ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease), 0)
}

// shootForeign does as shootFree from another process, which does not have the
// address space itself: this child's own child has the readers' parent's
// handle.
func shootForeign(code uint64) error {
	page, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, sharedPage, nt.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		return expect("NtAllocateVirtualMemory", s, 0)
	}
	c, err := newCrew(crewSize(), code, 8, func(_ int, m *mark) { m.page = page })
	if err != nil {
		return err
	}
	me, _ := ntdll.NtQueryInformationProcess(nt.CurrentProcess)
	status, err := run(2*patience, "shootdown-other", fmt.Sprint(me.UniqueProcessID), fmt.Sprint(c.base), fmt.Sprint(len(c.marks)))
	if err == nil {
		err = expect("the other process", status, survived)
	}
	return c.finish(err, 1)
}

// shootdownOther is the process that takes the page away.
func shootdownOther(args []string) nt.Status {
	var id, base uint64
	var n int
	if _, err := fmt.Sscan(strings.Join(args, " "), &id, &base, &n); err != nil {
		return nt.StatusInvalidParameter
	}
	if err := takeFrom(id, base, n); err != nil {
		fmt.Println("nttest: shootdown:", err)
		return nt.StatusUnsuccessful
	}
	return survived
}

// takeFrom takes the page from a process, again and again. It sees how far the n
// readers are by reading their marks.
func takeFrom(id, base uint64, n int) error {
	p, s := ntdll.NtOpenProcess(nt.AllAccess, id)
	if !s.OK() {
		return expect("NtOpenProcess", s, 0)
	}
	defer ntdll.NtClose(p)
	get := func(i int, at uint64) uint64 {
		var b [8]byte
		ntdll.NtReadVirtualMemory(p, base+uint64(i)*crewStride+at, b[:])
		return word(uint64(pointer(&b))).Load()
	}
	put := func(a, v uint64) {
		var b [8]byte
		word(uint64(pointer(&b))).Store(v)
		ntdll.NtWriteVirtualMemory(p, a, b[:])
	}
	const atRounds, atExpect = 24, 48
	gone := func() error {
		for i := range n {
			from := get(i, atRounds)
			for begin := time.Now(); get(i, atRounds) < from+2; {
				if time.Since(begin) > patience {
					return fmt.Errorf("reader %d stands at round %d", i, from)
				}
			}
		}
		return nil
	}
	expectAll := func(v uint64) {
		for i := range n {
			put(base+uint64(i)*crewStride+atExpect, v)
		}
	}
	for i := uint64(0); i < shootdownRounds; i++ {
		expectAll(0x5EC0000 + i)
		put(sharedPage, 0x5EC0000+i)
		if err := gone(); err != nil {
			return err
		}
		if s := ntdll.NtFreeVirtualMemory(p, sharedPage, nt.PageSize, nt.MemDecommit); !s.OK() {
			return expect("NtFreeVirtualMemory", s, 0)
		}
		expectAll(0)
		if err := borrow(); err != nil {
			return err
		}
		if err := gone(); err != nil {
			return err
		}
		if _, _, s := ntdll.NtAllocateVirtualMemory(p, sharedPage, nt.PageSize, nt.MemCommit, nt.PageReadWrite); !s.OK() {
			return expect("NtAllocateVirtualMemory", s, 0)
		}
	}
	return nil
}
