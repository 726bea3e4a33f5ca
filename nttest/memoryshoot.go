//go:build ntuser

package main

import (
	"fmt"
	"sync/atomic"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// What one thread takes away another must not have any more, whichever
// processor it runs on (P1.8, P1.18).

// countUp is INC QWORD [RBX] for ever; park, behind it, is where an exception
// takes the thread: a loop.
var countUp = []byte{0x48, 0xFF, 0x03, 0xEB, 0xFB, 0x90, 0x90, 0x90, 0xF3, 0x90, 0xEB, 0xFC}

const park = 8

func init() { register("shoot", func([]string) nt.Status { return shootDown() }) }

// shootDown lets a thread write to a page, protects it, and looks whether the
// thread still writes; then the same with a page that becomes another.
func shootDown() nt.Status {
	me := nt.CurrentProcess
	start := code(countUp)
	dispatcher := start + park
	if s := ntdll.Raw(nt.SvcSetInformationProcess, ^uintptr(0), nt.ProcessExceptionDispatcher, uintptr(unsafe.Pointer(&dispatcher)), 8); !s.OK() {
		return s
	}
	for round := range 24 {
		page, _, s := ntdll.NtAllocateVirtualMemory(me, 0, nt.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		if !s.OK() {
			return s
		}
		teb, s := ntdll.RtlCreateUserStack(me, 0, 0x2000)
		if !s.OK() {
			return s
		}
		t, _, s := ntdll.NtCreateThread(me, &nt.Context{Rip: start, Rbx: page, Rsp: teb.StackBase - 0x28}, &teb, false)
		if !s.OK() {
			return s
		}
		n := (*atomic.Uint64)(pointerTo(page))
		for begin := time.Now(); n.Load() < 1000; {
			if time.Since(begin) > 5*time.Second {
				return nt.StatusTimeout
			}
			ntdll.NtYieldExecution()
		}
		if round&1 == 0 {
			_, s = ntdll.NtProtectVirtualMemory(me, page, nt.PageSize, nt.PageReadOnly)
		} else if s = ntdll.NtFreeVirtualMemory(me, page, nt.PageSize, nt.MemDecommit); s.OK() {
			// Read-only, so that the thread is parked, and the page stays zero.
			_, _, s = ntdll.NtAllocateVirtualMemory(me, page, nt.PageSize, nt.MemCommit, nt.PageReadOnly)
		}
		if !s.OK() {
			return s
		}
		first := n.Load()
		for begin := time.Now(); time.Since(begin) < 2*time.Millisecond; {
		}
		if second := n.Load(); second != first || round&1 == 1 && first != 0 {
			fmt.Printf("nttest: round %d: the page had %d when it was taken away, then %d\n", round, first, second)
			return nt.StatusUnsuccessful
		}
		ntdll.NtTerminateThread(t, 0)
		ntdll.NtWaitForSingleObject(t, false, nil)
		ntdll.NtClose(t)
		ntdll.NtFreeVirtualMemory(me, page, 0, nt.MemRelease)
		ntdll.NtFreeVirtualMemory(me, teb.Allocation, 0, nt.MemRelease)
	}
	return survived
}

func pointerTo(a uint64) unsafe.Pointer { return unsafe.Pointer(at(uintptr(a))) }

var shootTests = []test{
	{"shoot-down", func() error {
		s, err := run(60*time.Second, "shoot")
		if err != nil {
			return err
		}
		return expect("the child", s, survived)
	}},
}
