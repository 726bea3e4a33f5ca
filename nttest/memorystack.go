//go:build ntuser

package main

import (
	"fmt"
	"time"

	"gont/nt"
	"gont/ntdll"
)

// Stacks with guard pages (P1.18), used by threads in machine code: Go's own
// stacks are in its heap.

// push goes down EBX words, and ends the thread with its TEB's stack limit.
var push = join([]byte{0x50, 0xFF, 0xCB, 0x75, 0xFB, 0x65, 0x48, 0x8B, 0x14, 0x25, 0x10, 0, 0, 0}, endWith(nt.SvcTerminateThread))

// ask has the kernel write 1800h below the stack pointer, and ends the thread
// with the kernel's answer.
var ask = join([]byte{0x4C, 0x8D, 0x94, 0x24, 0x00, 0xE8, 0xFF, 0xFF}, callService(nt.SvcQuerySystemTime), endThread)

func init() {
	register("stack", func([]string) nt.Status { return overflow() })
	register("guard", func([]string) nt.Status { return touchGuard() })
}

// onStack runs code in a thread with a stack of 64 KiB and EBX = n.
func onStack(b []byte, n uint64) (status nt.Status, teb ntdll.InitialTeb, err error) {
	at := code(b)
	defer ntdll.NtFreeVirtualMemory(nt.CurrentProcess, at, 0, nt.MemRelease)
	teb, s := ntdll.RtlCreateUserStack(nt.CurrentProcess, 64<<10, 0)
	if !s.OK() {
		return 0, teb, expect("RtlCreateUserStack", s, 0)
	}
	defer ntdll.NtFreeVirtualMemory(nt.CurrentProcess, teb.Allocation, 0, nt.MemRelease)
	h, _, s := ntdll.NtCreateThread(nt.CurrentProcess, &nt.Context{Rip: at, Rbx: n, Rsp: teb.StackBase}, &teb, false)
	if !s.OK() {
		return 0, teb, expect("NtCreateThread", s, 0)
	}
	defer ntdll.NtClose(h)
	limit := int64(-5 * 10_000_000)
	if s = ntdll.NtWaitForSingleObject(h, false, &limit); s != nt.StatusSuccess {
		return 0, teb, expect("the thread's end", s, 0)
	}
	i, s := ntdll.NtQueryInformationThread(h)
	return i.ExitStatus, teb, s.Err()
}

var stackTests = []test{
	{"stack-grows", func() error {
		for _, pages := range []uint64{1, 2, 3, 14} {
			got, teb, err := onStack(push, pages*nt.PageSize/8)
			if err != nil {
				return err
			}
			if want := nt.Status(teb.StackBase - pages*nt.PageSize); got != want {
				return fmt.Errorf("after %d pages the limit is %#x, expected %#x", pages, uint32(got), uint32(want))
			}
		}
		return nil
	}},
	{"stack-grows-for-the-kernel", func() error {
		s, _, err := onStack(ask, 0)
		if err != nil {
			return err
		}
		return expect("NtQuerySystemTime into the guard page", s, 0)
	}},
	{"stack-overflow", func() error {
		s, err := run(10*time.Second, "stack")
		if err != nil {
			return err
		}
		return expect("the child", s, nt.StatusStackOverflow)
	}},
	{"guard-page", func() error {
		// A guard page that is no stack's is the program's: once.
		s, err := run(10*time.Second, "guard")
		if err != nil {
			return err
		}
		return expect("the child", s, nt.StatusGuardPageViolation)
	}},
}

// overflow pushes for ever.
func overflow() nt.Status {
	noDispatcher()
	s, _, err := onStack(push, 1<<31)
	fmt.Println("nttest: it ended:", s, err)
	return nt.StatusUnsuccessful
}

func touchGuard() nt.Status {
	noDispatcher()
	base, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, nt.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite|nt.PageGuard)
	if s.OK() {
		*at(uintptr(base)) = 1
	}
	return s
}
