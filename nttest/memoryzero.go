//go:build ntuser

package main

import (
	"fmt"
	"time"

	"gont/nt"
	"gont/ntdll"
)

// zeroGivesWay (P1.47): the zero-page thread is seen to give way in the middle of a
// batch. This program frees memory and sleeps; the clock, if nothing else, wants the
// processor while it is zeroed.
func zeroGivesWay() error {
	var m nt.SystemZeroPageInformation
	ntdll.QuerySystem(nt.SystemZeroPageInformationClass, &m)
	first := m
	const size = 8 << 20
	for i := range 200 {
		base, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, size, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		if !s.OK() {
			return expect("NtAllocateVirtualMemory", s, 0)
		}
		for a := base; a < base+size; a += nt.PageSize {
			if *at(uintptr(a)) != 0 {
				return fmt.Errorf("a page at %#x is not zero", a)
			}
			*at(uintptr(a)) = 1
		}
		// The wait ends with a tick: from one round to the next the memory is freed a
		// little later after it.
		for begin := time.Now(); time.Since(begin) < time.Duration(i*300%16_000)*time.Microsecond; {
		}
		if s := ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease); !s.OK() {
			return expect("NtFreeVirtualMemory", s, 0)
		}
		ntdll.NtDelayExecution(false, -10_000)
		ntdll.QuerySystem(nt.SystemZeroPageInformationClass, &m)
		if m.ZeroPageThreadGaveWay > first.ZeroPageThreadGaveWay && m.ZeroedByZeroPageThread > first.ZeroedByZeroPageThread {
			return nil
		}
	}
	return fmt.Errorf("it zeroed %d pages, and gave way only between batches", m.ZeroedByZeroPageThread-first.ZeroedByZeroPageThread)
}
