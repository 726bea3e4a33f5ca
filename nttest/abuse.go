//go:build ntuser

package main

import (
	"fmt"
	"math"
	"sync/atomic"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// Services used as nobody would use them.

// pointer is an address for ntdll.Raw. What it points at goes to the heap and stays for
// some time: a stack may move before the kernel sees the address.
func pointer[T any](v *T) uintptr {
	pointers.last[pointers.n.Add(1)%uint32(len(pointers.last))].Store((*byte)(unsafe.Pointer(v)))
	return uintptr(unsafe.Pointer(v))
}

var pointers struct {
	last [64]atomic.Pointer[byte]
	n    atomic.Uint32
}

// continueChild goes on by NtContinue with a RAX that uses all 64 bits.
func continueChild([]string) nt.Status {
	// mov rcx, 1122334455667788h; cmp rax, rcx; je +2; ud2
	b := []byte{0x48, 0xB9, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0x48, 0x39, 0xC8, 0x74, 0x02, 0x0F, 0x0B}
	base := code(join(b, leave))
	c := nt.Context{Rip: base, Rsp: base + 0xF000, Rax: 0x1122334455667788, ContextFlags: nt.ContextControl | nt.ContextInteger}
	return ntdll.Raw(nt.SvcContinue, pointer(&c), 0)
}

var abuseTests = []test{
	{"continue-rax", func() error {
		s, err := run(10*time.Second, "continue-rax")
		if err != nil {
			return err
		}
		if err := expect("the child", s, survived); err != nil {
			return err
		}
		for i, rip := range []uint64{0, 0x800000000000, 1 << 63, 0xFFFFFFFF80201000, nt.MaximumUserAddress + 1} {
			c := nt.Context{Rip: rip, ContextFlags: nt.ContextControl}
			if err := expect(fmt.Sprintf("context %d", i), ntdll.Raw(nt.SvcContinue, pointer(&c), 0), nt.StatusInvalidParameter); err != nil {
				return err
			}
		}
		return expect("no context", ntdll.Raw(nt.SvcContinue, 0xFFFFFFFF80201000, 0), nt.StatusAccessViolation)
	}},
	{"bad-dispatcher", func() error {
		for _, where := range []string{"data", "gap", "loop"} {
			s, err := run(20*time.Second, "dispatcher", where)
			if err != nil {
				return err
			}
			if s != nt.StatusAccessViolation && s != nt.StatusIllegalInstruction {
				return fmt.Errorf("%s: %v", where, s)
			}
		}
		return nil
	}},
	{"thread-ends", func() error {
		base := code(spinCode)
		defer ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease)
		for _, suspended := range []bool{false, true} {
			h, s := rawThread(base, suspended)
			if !s.OK() {
				return expect("NtCreateThread", s, 0)
			}
			delay(20 * time.Millisecond)
			if s := ntdll.NtTerminateThread(h, 0x99); !s.OK() {
				return expect("NtTerminateThread", s, 0)
			}
			limit := int64(-5 * 10_000_000)
			if err := expect("the thread's end", ntdll.NtWaitForSingleObject(h, false, &limit), 0); err != nil {
				return err
			}
			info, _ := ntdll.NtQueryInformationThread(h)
			if err := expect("its status", info.ExitStatus, 0x99); err != nil {
				return err
			}
			ntdll.NtTerminateThread(h, 0x98) // again
			if _, s := ntdll.NtSuspendThread(h); s != nt.StatusThreadIsTerminating {
				return expect("NtSuspendThread afterwards", s, nt.StatusThreadIsTerminating)
			}
			ntdll.NtResumeThread(h)
			ntdll.NtClose(h)
		}
		limit := int64(-1000)
		return expect("wait for itself", ntdll.NtWaitForSingleObject(nt.CurrentThread, false, &limit), nt.StatusTimeout)
	}},
	{"thread-blocks", func() error {
		before := footprint()
		base := code(join([]byte{0x31, 0xD2}, endWith(nt.SvcTerminateThread)))
		defer ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease)
		for i := 0; i < 400; i++ {
			h, s := rawThread(base, false)
			if !s.OK() {
				return expect("NtCreateThread", s, 0)
			}
			if s := ntdll.NtWaitForSingleObject(h, false, nil); !s.OK() {
				return expect("wait", s, 0)
			}
			ntdll.NtClose(h)
		}
		if lost := footprint().lost(before); lost > 200 {
			return fmt.Errorf("400 threads lost %d pages", lost)
		}
		return nil
	}},
	{"closed-while-waited-for", func() error {
		e, _ := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
		// mov r10, rbx; xor edx, edx; xor r8d, r8d; mov eax, NtWaitForSingleObject; syscall; int3
		base := code(join([]byte{0x49, 0x89, 0xDA, 0x31, 0xD2, 0x45, 0x31, 0xC0}, callService(nt.SvcWaitForSingleObject), []byte{0xCC}))
		defer ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease)
		c := nt.Context{Rip: base, Rsp: base + 0xF000, Rbx: uint64(e)}
		h, _, s := ntdll.NtCreateThread(nt.CurrentProcess, &c, &ntdll.InitialTeb{}, false)
		if !s.OK() {
			return expect("NtCreateThread", s, 0)
		}
		defer ntdll.NtClose(h)
		delay(20 * time.Millisecond)
		if s := ntdll.NtClose(e); !s.OK() {
			return expect("NtClose", s, 0)
		}
		delay(20 * time.Millisecond)
		ntdll.NtTerminateThread(h, 0)
		limit := int64(-5 * 10_000_000)
		return expect("the thread's end", ntdll.NtWaitForSingleObject(h, false, &limit), 0)
	}},
	{"extreme-times", func() error {
		t, _ := ntdll.NtCreateTimer(nil, nt.NotificationTimer)
		defer ntdll.NtClose(t)
		for _, due := range []int64{math.MinInt64, math.MinInt64 + 1, math.MaxInt64, 1, 0, -1} {
			for _, period := range []int32{0, 1, math.MaxInt32} {
				if s := ntdll.NtSetTimer(t, due, period); !s.OK() {
					return expect("NtSetTimer", s, 0)
				}
			}
		}
		if err := expect("a negative period", ntdll.NtSetTimer(t, -1, -1), nt.StatusInvalidParameter6); err != nil {
			return err
		}
		_, s := ntdll.NtCreateTimer(nil, nt.SynchronizationTimer+1)
		if err := expect("a third type", s, nt.StatusInvalidParameter4); err != nil {
			return err
		}
		ntdll.NtCancelTimer(t)
		for _, v := range []int64{0, 1, -1} {
			if s := ntdll.NtDelayExecution(false, v); s != nt.StatusSuccess {
				return expect(fmt.Sprint("delay ", v), s, 0)
			}
		}
		// For ever, until the process is ended.
		for _, v := range []string{"min", "max"} {
			p, err := start("delay", v)
			if err != nil {
				return err
			}
			delay(30 * time.Millisecond)
			soon := int64(-1000)
			s := ntdll.NtWaitForSingleObject(p.Handle, false, &soon)
			ntdll.NtTerminateProcess(p.Handle, 0)
			ntdll.NtWaitForSingleObject(p.Handle, false, nil)
			ntdll.NtClose(p.Handle)
			ntdll.NtClose(p.Thread)
			if err := expect("wait for "+v, s, nt.StatusTimeout); err != nil {
				return err
			}
		}
		return nil
	}},
	{"foreign-memory", func() error {
		for _, what := range []string{"image", "shared", "teb", "peb", "stack", "write-code"} {
			if s, err := run(10*time.Second, "free", what); err != nil {
				return fmt.Errorf("%s: %v %v", what, s, err)
			}
		}
		return nil
	}},
	{"link-circle", func() error {
		var h [2]nt.Handle
		for i, l := range [][2]string{{`\CircleA`, `\CircleB`}, {`\CircleB`, `\CircleA\x`}} {
			a, target := ntdll.NewAttributes(l[0], 0, 0), ntdll.NewString(l[1])
			s := ntdll.Raw(nt.SvcCreateSymbolicLinkObject, pointer(&h[i]), uintptr(nt.StandardAll&^nt.Synchronize|1), pointer(a), pointer(&target.UnicodeString))
			if !s.OK() {
				return expect("NtCreateSymbolicLinkObject", s, 0)
			}
			defer ntdll.NtClose(h[i])
		}
		_, s := ntdll.NtOpenEvent(nt.Synchronize, ntdll.NewAttributes(`\CircleA`, 0, 0))
		if s.OK() {
			return fmt.Errorf("a circle of links leads somewhere")
		}
		return nil
	}},
	{"tiny-buffers", func() error {
		h, s := ntdll.NtOpenDirectoryObject(3, ntdll.NewAttributes(`\`, 0, 0))
		if !s.OK() {
			return expect("NtOpenDirectoryObject", s, 0)
		}
		defer ntdll.NtClose(h)
		var b [4096]byte
		for n := uintptr(0); n < 200; n++ {
			clear(b[:])
			var context, returned uint32
			s := ntdll.Raw(nt.SvcQueryDirectoryObject, uintptr(h), pointer(&b), n, 0, 1, pointer(&context), pointer(&returned))
			for i := n; i < 4096; i++ {
				if b[i] != 0 {
					return fmt.Errorf("a buffer of %d bytes was written to at %d, %v", n, i, s)
				}
			}
			if s.OK() && uintptr(returned) > n {
				return fmt.Errorf("%d bytes in a buffer of %d", returned, n)
			}
		}
		return nil
	}},
	// NtTerminateProcess(0): all threads but the caller's.
	{"terminate-others", func() error {
		s, err := run(10*time.Second, "others")
		if err != nil {
			return err
		}
		return expect("the child", s, survived)
	}},
	{"process-name-taken", func() error {
		section, s := ntdll.NtOpenSection(nt.GenericExecute, ntdll.NewAttributes(`\BootImages\smss.exe`, nt.ObjCaseInsensitive, 0))
		if !s.OK() {
			return expect("NtOpenSection", s, 0)
		}
		defer ntdll.NtClose(section)
		a := ntdll.NewAttributes(`\NamedProcess`, nt.ObjOpenIf, 0)
		first, s := ntdll.NtCreateProcess(a, nt.CurrentProcess, section)
		if !s.OK() {
			return expect("NtCreateProcess", s, 0)
		}
		defer ntdll.NtClose(first)
		before := footprint()
		for i := 0; i < 100; i++ {
			h, _ := ntdll.NtCreateProcess(a, nt.CurrentProcess, section)
			ntdll.NtClose(h)
		}
		if lost := footprint().lost(before); lost > 100 {
			return fmt.Errorf("100 processes that could not be named lost %d pages", lost)
		}
		return nil
	}},
}

func init() {
	for name, run := range map[string]func(args []string) nt.Status{
		"continue-rax": continueChild, "dispatcher": dispatcherChild, "delay": delayChild, "free": freeChild, "others": othersChild,
	} {
		register(name, func(args []string) nt.Status {
			noDispatcher()
			return run(args)
		})
	}
}

// dispatcherChild faults with an exception dispatcher that is none.
func dispatcherChild(args []string) nt.Status {
	var to uint64
	switch args[0] {
	case "data":
		to = uint64(pointer(&codeBytes))
	case "gap":
		to = nt.MaximumUserAddress
	case "loop":
		to = code([]byte{0x0F, 0x0B})
	}
	ntdll.Raw(nt.SvcSetInformationProcess, ^uintptr(0), nt.ProcessExceptionDispatcher, pointer(&to), 8)
	read(0)
	return nt.StatusSuccess
}

// delayChild waits as long as can be said.
func delayChild(args []string) nt.Status {
	v := int64(math.MinInt64)
	if args[0] == "max" {
		v = math.MaxInt64
	}
	return ntdll.NtDelayExecution(false, v)
}

// freeChild takes away what a process cannot do without, or writes to code.
func freeChild(args []string) nt.Status {
	if args[0] == "write-code" {
		if _, s := ntdll.NtWriteVirtualMemory(nt.CurrentProcess, nt.UserImageBase+0x1000, []byte{0xCC}); s.OK() {
			return nt.StatusUnsuccessful
		}
		return nt.StatusSuccess
	}
	info, _ := ntdll.NtQueryInformationThread(nt.CurrentThread)
	p, _ := ntdll.NtQueryInformationProcess(nt.CurrentProcess)
	var local byte
	m, _ := ntdll.NtQueryVirtualMemory(nt.CurrentProcess, uint64(pointer(&local)))
	at := map[string]uint64{"image": nt.UserImageBase, "shared": nt.SharedUserData, "teb": info.TebBaseAddress, "peb": p.PebBaseAddress, "stack": m.AllocationBase}[args[0]]
	ntdll.NtProtectVirtualMemory(nt.CurrentProcess, at, nt.PageSize, nt.PageNoAccess)
	ntdll.NtFreeVirtualMemory(nt.CurrentProcess, at, nt.PageSize, nt.MemDecommit)
	ntdll.NtFreeVirtualMemory(nt.CurrentProcess, at, 0, nt.MemRelease)
	return nt.StatusSuccess
}

// othersChild ends all of its threads but one.
func othersChild([]string) nt.Status {
	rawThread(code(spinCode), false)
	h, _ := rawThread(code(spinCode), false)
	s := ntdll.NtTerminateProcess(0, 0x55)
	limit := int64(-5 * 10_000_000)
	if s.OK() {
		s = ntdll.Raw(nt.SvcWaitForSingleObject, uintptr(h), 0, pointer(&limit)) // there is no thread that could have the P
	}
	if s.OK() {
		s = survived
	}
	return s
}
