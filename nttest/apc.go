//go:build ntuser

package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// marks is what apcCode fills in: the last call's arguments and how many there
// were.
type marks struct{ arg1, arg2, calls uint64 }

// apcCode is an APC routine: mov [rcx], rdx; mov [rcx+8], r8; lock inc qword
// [rcx+16]; ret.
var apcCode = []byte{0x48, 0x89, 0x11, 0x4C, 0x89, 0x41, 0x08, 0xF0, 0x48, 0xFF, 0x41, 0x10, 0xC3}

// waitCode waits alertably for the time at RBX, and ends the thread with the wait's
// status: mov r10d, 1; mov rdx, rbx; NtDelayExecution.
var waitCode = join([]byte{0x41, 0xBA, 1, 0, 0, 0, 0x48, 0x89, 0xDA}, callService(nt.SvcDelayExecution), endThread)

// takeCode waits for the object whose handle is in RBX, and ends the thread with the
// wait's status: mov r10, rbx; xor edx, edx; xor r8d, r8d; NtWaitForSingleObject.
var takeCode = join([]byte{0x49, 0x89, 0xDA, 0x31, 0xD2, 0x45, 0x31, 0xC0}, callService(nt.SvcWaitForSingleObject), endThread)

// xmmCode ends the thread with XMM0 for a status: movq rdx, xmm0.
var xmmCode = join([]byte{0x66, 0x48, 0x0F, 0x7E, 0xC2}, endWith(nt.SvcTerminateThread))

// program is executable memory with a routine at its start, waitCode at 100h,
// spinCode at 200h, xmmCode at 300h, an hour's time at 400h and marks at 800h.
type program struct{ base uint64 }

func newProgram() (program, func()) {
	p := program{code(apcCode)}
	hour := int64(-3600 * 10_000_000)
	for at, b := range map[uint64][]byte{0x100: waitCode, 0x200: spinCode, 0x300: xmmCode, 0x400: binary.LittleEndian.AppendUint64(nil, uint64(hour))} {
		ntdll.NtWriteVirtualMemory(nt.CurrentProcess, p.base+at, b)
	}
	return p, func() { ntdll.NtFreeVirtualMemory(nt.CurrentProcess, p.base, 0, nt.MemRelease) }
}

func (p program) marks() *marks { return (*marks)(unsafe.Pointer(at(uintptr(p.base + 0x800)))) }

// thread starts one at an offset, with its stack in the same memory.
func (p program) thread(offset uint64, suspended bool) (nt.Handle, error) {
	c := nt.Context{Rip: p.base + offset, Rbx: p.base + 0x400, Rsp: p.base + 0xF000}
	h, _, s := ntdll.NtCreateThread(nt.CurrentProcess, &c, &ntdll.InitialTeb{}, suspended)
	if !s.OK() {
		return 0, expect("NtCreateThread", s, 0)
	}
	return h, nil
}

func (p program) queue(h nt.Handle, a1, a2 uint64) nt.Status {
	return ntdll.NtQueueApcThread(h, p.base, p.base+0x800, a1, a2)
}

// ends waits for a thread's end and compares its status.
func ends(h nt.Handle, want nt.Status) error {
	limit := int64(-5 * 10_000_000)
	if err := expect("the thread's end", ntdll.NtWaitForSingleObject(h, false, &limit), 0); err != nil {
		return err
	}
	info, _ := ntdll.NtQueryInformationThread(h)
	return expect("its status", info.ExitStatus, want)
}

// status compares several statuses.
type status struct {
	what      string
	got, want nt.Status
}

func all(list ...status) error {
	for _, e := range list {
		if err := expect(e.what, e.got, e.want); err != nil {
			return err
		}
	}
	return nil
}

var apcTests = []test{
	{"apc-own-thread", func() error {
		p, free := newProgram()
		defer free()
		m, long, soon := p.marks(), int64(-3600*10_000_000), int64(-20*10_000)
		for i := uint64(1); i <= 3; i++ {
			if s := p.queue(nt.CurrentThread, i, math.MaxUint64-i); !s.OK() {
				return expect("NtQueueApcThread", s, 0)
			}
		}
		if s := ntdll.NtDelayExecution(false, soon); s != 0 || m.calls != 0 {
			return fmt.Errorf("a wait that is not alertable: %v, %d calls", s, m.calls)
		}
		if s := ntdll.NtDelayExecution(true, long); s != nt.StatusUserApc || *m != (marks{3, math.MaxUint64 - 3, 3}) {
			return fmt.Errorf("an alertable wait: %v, %+v", s, *m)
		}
		p.queue(nt.CurrentThread, 4, 5)
		if s := ntdll.NtTestAlert(); s != 0 || *m != (marks{4, 5, 4}) {
			return fmt.Errorf("NtTestAlert: %v, %+v", s, *m)
		}
		p.queue(nt.CurrentThread, 6, 7)
		if s := ntdll.NtDelayExecution(false, 0); s != 0 || m.calls != 4 {
			return fmt.Errorf("no wait, not alertable: %v, %+v", s, *m)
		}
		if s := ntdll.NtDelayExecution(true, 0); s != nt.StatusUserApc || *m != (marks{6, 7, 5}) {
			return fmt.Errorf("no wait, alertable: %v, %+v", s, *m)
		}
		ntdll.NtAlertThread(nt.CurrentThread)
		if err := expect("no wait, with an alert", ntdll.NtDelayExecution(true, 0), nt.StatusAlerted); err != nil {
			return err
		}
		return expect("nothing more", ntdll.NtDelayExecution(true, soon), 0)
	}},
	{"apc-other-thread", func() error {
		p, free := newProgram()
		defer free()
		m := p.marks()
		h, err := p.thread(0x100, false)
		if err != nil {
			return err
		}
		defer ntdll.NtClose(h)
		delay(30 * time.Millisecond)
		if err := expect("NtQueueApcThread", p.queue(h, 7, 8), 0); err != nil {
			return err
		}
		if err := ends(h, nt.StatusUserApc); err != nil {
			return err
		}
		if *m != (marks{7, 8, 1}) {
			return fmt.Errorf("%+v", *m)
		}
		return expect("an APC to a thread that has ended", p.queue(h, 1, 1), nt.StatusUnsuccessful)
	}},
	// What comes while its waiter is suspended is another's to take.
	{"wait-suspended", func() error {
		base := code(takeCode)
		defer ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease)
		e, s := ntdll.NtCreateEvent(nil, nt.SynchronizationEvent, false)
		if !s.OK() {
			return expect("NtCreateEvent", s, 0)
		}
		defer ntdll.NtClose(e)
		c := nt.Context{Rip: base, Rbx: uint64(e), Rsp: base + 0xF000}
		h, _, s := ntdll.NtCreateThread(nt.CurrentProcess, &c, &ntdll.InitialTeb{}, false)
		if !s.OK() {
			return expect("NtCreateThread", s, 0)
		}
		defer ntdll.NtClose(h)
		delay(30 * time.Millisecond)
		ntdll.NtSuspendThread(h)
		ntdll.NtSetEvent(e)
		delay(30 * time.Millisecond)
		now := int64(0)
		if err := expect("the event", ntdll.NtWaitForSingleObject(e, false, &now), 0); err != nil {
			return err
		}
		ntdll.NtResumeThread(h)
		soon := int64(-30 * 10_000)
		if err := expect("the thread", ntdll.NtWaitForSingleObject(h, false, &soon), nt.StatusTimeout); err != nil {
			return err
		}
		ntdll.NtSetEvent(e)
		if err := ends(h, 0); err != nil {
			return err
		}
		_, s = ntdll.NtSuspendThread(h)
		return expect("suspending a thread that has ended", s, nt.StatusThreadIsTerminating)
	}},
	{"apc-suspended", func() error {
		p, free := newProgram()
		defer free()
		m := p.marks()
		h, err := p.thread(0x100, true)
		if err != nil {
			return err
		}
		defer ntdll.NtClose(h)
		if err := expect("NtQueueApcThread", p.queue(h, 1, 2), 0); err != nil {
			return err
		}
		delay(30 * time.Millisecond)
		if m.calls != 0 {
			return fmt.Errorf("a suspended thread has run an APC")
		}
		ntdll.NtResumeThread(h)
		if err := ends(h, nt.StatusUserApc); err != nil {
			return err
		}
		if m.calls != 1 {
			return fmt.Errorf("%d calls", m.calls)
		}
		// One that ends with APCs undelivered.
		if h, err = p.thread(0x200, false); err != nil {
			return err
		}
		defer ntdll.NtClose(h)
		for i := range uint64(50) {
			p.queue(h, i, i)
		}
		ntdll.NtTerminateThread(h, 5)
		if err := ends(h, 5); err != nil || m.calls != 1 {
			return fmt.Errorf("%w, %d calls", err, m.calls)
		}
		return nil
	}},
	{"apc-refused", func() error {
		p, free := newProgram()
		defer free()
		e, _ := ntdll.NtCreateEvent(nil, 0, false)
		defer ntdll.NtClose(e)
		weak, _ := ntdll.NtDuplicateObject(nt.CurrentProcess, nt.CurrentThread, nt.CurrentProcess, nt.ThreadQueryInformation, 0, 0)
		defer ntdll.NtClose(weak)
		list, _ := ntdll.QueryProcesses()
		var system nt.Handle
		for _, x := range list {
			if x.UniqueProcessID == 4 && len(x.Threads) > 0 {
				system, _ = ntdll.NtOpenThread(nt.AllAccess, x.Threads[0].ClientID)
			}
		}
		defer ntdll.NtClose(system)
		var c nt.Context
		return all(
			status{"no handle", p.queue(0, 0, 0), nt.StatusInvalidHandle},
			status{"an event", p.queue(e, 0, 0), nt.StatusObjectTypeMismatch},
			status{"a weak handle", p.queue(weak, 0, 0), nt.StatusAccessDenied},
			status{"a thread of the system's", p.queue(system, 0, 0), nt.StatusInvalidHandle},
			status{"a routine of the kernel's", ntdll.NtQueueApcThread(nt.CurrentThread, 0xFFFFFFFF80201000, 0, 0, 0), nt.StatusInvalidParameter},
			status{"alert, weak", ntdll.NtAlertThread(weak), nt.StatusAccessDenied},
			status{"context, weak", ntdll.NtGetContextThread(weak, &c), nt.StatusAccessDenied},
			status{"set context, weak", ntdll.NtSetContextThread(weak, &c), nt.StatusAccessDenied},
			status{"context of the system's", ntdll.NtGetContextThread(system, &c), nt.StatusInvalidHandle},
			status{"no context", ntdll.Raw(nt.SvcGetContextThread, ^uintptr(1), 0xFFFFFFFF80201000), nt.StatusAccessViolation},
		)
	}},
	{"apc-no-place", func() error {
		for _, where := range []string{"dispatcher", "stack"} {
			s, err := run(10*time.Second, "apc", where)
			if err != nil {
				return err
			}
			if err := expect(where, s, nt.StatusAccessViolation); err != nil {
				return err
			}
		}
		return nil
	}},
	{"alert", func() error {
		long, soon := int64(-3600*10_000_000), int64(-10_000)
		return all(
			status{"NtAlertThread", ntdll.NtAlertThread(nt.CurrentThread), 0},
			status{"not alertable", ntdll.NtDelayExecution(false, soon), 0},
			status{"alertable", ntdll.NtDelayExecution(true, long), nt.StatusAlerted},
			status{"again", ntdll.NtDelayExecution(true, soon), 0},
			status{"NtAlertThread", ntdll.NtAlertThread(nt.CurrentThread), 0},
			status{"NtTestAlert", ntdll.NtTestAlert(), nt.StatusAlerted},
			status{"NtTestAlert again", ntdll.NtTestAlert(), 0},
		)
	}},
	{"alert-resume", func() error {
		p, free := newProgram()
		defer free()
		h, err := p.thread(0x100, true)
		if err != nil {
			return err
		}
		defer ntdll.NtClose(h)
		if old, s := ntdll.NtAlertResumeThread(h); old != 1 || !s.OK() {
			return fmt.Errorf("NtAlertResumeThread: %d %v", old, s)
		}
		return ends(h, nt.StatusAlerted)
	}},
	{"context-suspended", func() error {
		p, free := newProgram()
		defer free()
		h, err := p.thread(0x200, true)
		if err != nil {
			return err
		}
		defer ntdll.NtClose(h)
		c := nt.Context{ContextFlags: nt.ContextAll}
		if s := ntdll.NtGetContextThread(h, &c); !s.OK() || c.Rip != p.base+0x200 || c.Rsp != p.base+0xF000 || c.Rbx != p.base+0x400 || c.MxCsr != 0x1F80 || c.SegCs != nt.UserCS {
			return fmt.Errorf("NtGetContextThread: %v %+v", s, c)
		}
		part := nt.Context{ContextFlags: nt.ContextControl}
		if s := ntdll.NtGetContextThread(h, &part); !s.OK() || part.Rip != c.Rip || part.Rbx != 0 || part.MxCsr != 0 {
			return fmt.Errorf("control alone: %v %+v", s, part)
		}
		// From its loop to where XMM0 becomes its status.
		ntdll.NtResumeThread(h)
		delay(30 * time.Millisecond)
		if old, s := ntdll.NtSuspendThread(h); old != 0 || !s.OK() {
			return fmt.Errorf("NtSuspendThread: %d %v", old, s)
		}
		if s := ntdll.NtGetContextThread(h, &c); !s.OK() || c.Rip != p.base+0x200 {
			return fmt.Errorf("NtGetContextThread: %v %+v", s, c)
		}
		c.Rip = p.base + 0x300
		copy(c.FltSave[160:], []byte{0x34, 0x12, 0x65, 0x07})
		bad := c
		bad.Rip = 1 << 47
		if err := all(
			status{"a bad address", ntdll.NtSetContextThread(h, &bad), nt.StatusInvalidParameter},
			status{"NtSetContextThread", ntdll.NtSetContextThread(h, &c), 0}); err != nil {
			return err
		}
		ntdll.NtResumeThread(h)
		if err := ends(h, 0x07651234); err != nil {
			return err
		}
		return all(
			status{"get, ended", ntdll.NtGetContextThread(h, &c), nt.StatusUnsuccessful},
			status{"set, ended", ntdll.NtSetContextThread(h, &c), nt.StatusUnsuccessful})
	}},
	{"context-in-service", func() error {
		p, free := newProgram()
		defer free()
		h, err := p.thread(0x100, false)
		if err != nil {
			return err
		}
		defer ntdll.NtClose(h)
		delay(30 * time.Millisecond) // it waits for an hour now
		c := nt.Context{ContextFlags: nt.ContextFull}
		if s := ntdll.NtGetContextThread(h, &c); !s.OK() || c.Rip != p.base+0x110 || c.Rbx != p.base+0x400 {
			return fmt.Errorf("NtGetContextThread: %v %+v", s, c)
		}
		c.Rip = p.base + 0x300
		copy(c.FltSave[160:], []byte{0x77, 0x66, 0x55, 0x04})
		if err := all(
			status{"NtSetContextThread", ntdll.NtSetContextThread(h, &c), 0},
			status{"NtAlertThread", ntdll.NtAlertThread(h), 0}); err != nil {
			return err
		}
		return ends(h, 0x04556677)
	}},
	// Everything comes through NtContinue, and reserved bits of MXCSR do no harm.
	{"continue-float", func() error {
		p, free := newProgram()
		defer free()
		c := nt.Context{ContextFlags: nt.ContextFull, Rip: p.base + 0x300, Rsp: p.base + 0xF000, MxCsr: math.MaxUint32}
		for i := range c.FltSave {
			c.FltSave[i] = 0xFF
		}
		copy(c.FltSave[160:], []byte{0x21, 0x43, 0x65, 0x07})
		*(*nt.Context)(unsafe.Pointer(at(uintptr(p.base + 0x1000)))) = c
		// mov r10, rbx; xor edx, edx; mov eax, NtContinue; syscall; int3
		ntdll.NtWriteVirtualMemory(nt.CurrentProcess, p.base+0x600, join([]byte{0x49, 0x89, 0xDA, 0x31, 0xD2}, callService(nt.SvcContinue), []byte{0xCC}))
		x := nt.Context{Rip: p.base + 0x600, Rbx: p.base + 0x1000, Rsp: p.base + 0xE000}
		h, _, s := ntdll.NtCreateThread(nt.CurrentProcess, &x, &ntdll.InitialTeb{}, false)
		if !s.OK() {
			return expect("NtCreateThread", s, 0)
		}
		defer ntdll.NtClose(h)
		return ends(h, 0x07654321)
	}},
}

func init() { register("apc", apcChild) }

// apcChild is a process whose APCs have nowhere to go.
func apcChild(args []string) nt.Status {
	noDispatcher()
	p, _ := newProgram()
	c := nt.Context{Rip: p.base + 0x100, Rbx: p.base + 0x400, Rsp: p.base + 0xF000}
	if args[0] == "dispatcher" {
		none := uint64(0)
		ntdll.Raw(nt.SvcSetInformationProcess, ^uintptr(0), nt.ProcessApcDispatcher, pointer(&none), 8)
	} else {
		c.Rsp = 1 << 63
	}
	h, _, _ := ntdll.NtCreateThread(nt.CurrentProcess, &c, &ntdll.InitialTeb{}, false)
	delay(30 * time.Millisecond)
	p.queue(h, 0, 0)
	return ntdll.NtWaitForSingleObject(h, false, nil)
}
