//go:build ntuser

package main

import (
	"fmt"
	"runtime/debug"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

func doHlt()
func doCli()
func doIn()
func doWrmsr()
func doMovCr3()
func doLgdt()
func doDivide()
func doInt3()
func doUd2()
func doInt2e()
func doSpin()
func doStep()
func doBadStack()
func doKernelStack()
func doServiceBadStack()
func doNonCanonical()
func doIopl()
func jump(a uintptr)

// continued goes on behind itself by NtContinue, with a value in RDX.
func continued() uint64

func at(a uintptr) *byte { return *(**byte)(unsafe.Pointer(&a)) }

var codeBytes = [16]byte{0xC3}

// crimes are what a child does; each ends it, and it alone, with a status.
var crimes = []struct {
	name   string
	commit func()
	status nt.Status
}{
	{"read-null", func() { read(0) }, nt.StatusAccessViolation},
	{"write-null", func() { *at(8) = 1 }, nt.StatusAccessViolation},
	{"read-kernel", func() { read(0xFFFFFFFF80201000) }, nt.StatusAccessViolation},
	{"write-kernel", func() { *at(0xFFFFFFFF80400000) = 1 }, nt.StatusAccessViolation},
	{"read-physical", func() { read(0xFFFF800000001000) }, nt.StatusAccessViolation},
	{"write-code", func() { *at(nt.UserImageBase + 0x1000) = 1 }, nt.StatusAccessViolation},
	{"write-shared-data", func() { *at(nt.SharedUserData) = 1 }, nt.StatusAccessViolation},
	{"run-data", func() { jump(uintptr(unsafe.Pointer(&codeBytes))) }, nt.StatusAccessViolation},
	{"run-null", func() { jump(0) }, nt.StatusAccessViolation},
	{"run-kernel", func() { jump(0xFFFFFFFF80201000) }, nt.StatusAccessViolation},
	{"run-non-canonical", doNonCanonical, nt.StatusAccessViolation},
	{"stack-null", doBadStack, nt.StatusAccessViolation},
	{"stack-kernel", doKernelStack, nt.StatusAccessViolation},
	{"hlt", doHlt, nt.StatusPrivilegedInstruction},
	{"cli", doCli, nt.StatusPrivilegedInstruction},
	{"iopl", doIopl, nt.StatusPrivilegedInstruction},
	{"in", doIn, nt.StatusPrivilegedInstruction},
	{"wrmsr", doWrmsr, nt.StatusPrivilegedInstruction},
	{"mov-cr3", doMovCr3, nt.StatusPrivilegedInstruction},
	{"lgdt", doLgdt, nt.StatusPrivilegedInstruction},
	{"divide", doDivide, nt.StatusIntegerDivideByZero},
	{"int3", doInt3, nt.StatusBreakpoint},
	{"ud2", doUd2, nt.StatusIllegalInstruction},
	{"int2e", doInt2e, nt.StatusAccessViolation},
	{"single-step", doStep, nt.StatusSingleStep},
	{"exit", func() { ntdll.NtTerminateProcess(nt.CurrentProcess, 0x1234) }, 0x1234},
	{"exit-thread", func() {
		// The other threads that a Go program has; one may just be making another,
		// which may be making a third.
		for range 4 {
			ntdll.NtTerminateProcess(0, 0x4321)
			interval := int64(-200_000)
			ntdll.Raw(nt.SvcDelayExecution, 0, pointer(&interval)) // there is no thread that could have the P
		}
		// Handle 0 is no way out for the last thread.
		if ntdll.NtTerminateThread(0, 0x4320) == nt.StatusCantTerminateSelf {
			ntdll.NtTerminateThread(nt.CurrentThread, 0x4321)
		}
	}, 0x4321},
}

// read uses what it reads, so that it is read.
func read(a uintptr) {
	if *at(a) == 1 {
		codeBytes[1]++
	}
}

// noDispatcher asks for the kernel's own answer to exceptions: no Go panic, the
// process ends with the exception's status.
func noDispatcher() {
	none := uint64(0)
	ntdll.Raw(nt.SvcSetInformationProcess, ^uintptr(0), nt.ProcessExceptionDispatcher, uintptr(unsafe.Pointer(&none)), 8)
}

func init() {
	for _, c := range crimes {
		register(c.name, func([]string) nt.Status {
			noDispatcher()
			c.commit()
			return nt.StatusSuccess
		})
	}
	register("spin", func([]string) nt.Status { doSpin(); return 0 })
	register("sleep", func([]string) nt.Status { return ntdll.NtWaitForSingleObject(nt.CurrentProcess, false, nil) })
	register("service-bad-stack", func([]string) nt.Status { doServiceBadStack(); return 0 })
	register("heap", func([]string) nt.Status { exhaust(); return 0 })
	register("recover", recoverChild)
	register("unrecovered", func([]string) nt.Status { read(0); return 0 })
	register("illegal", func([]string) nt.Status { doUd2(); return 0 })
	register("panic", func([]string) nt.Status { panic("asked for") })
	register("handles", handlesChild)
	register("hog", hogChild)
	register("processes", processesChild)
}

// recoverChild turns each kind of fault into a panic that it recovers from.
func recoverChild([]string) nt.Status {
	for _, f := range []func(){func() { read(0) }, func() { *at(nt.UserImageBase + 0x1000) = 1 }, func() { zero = 1 / zero }, func() { noFunction() }, doDivide} {
		if r := attempt(f); r == nil {
			return nt.StatusUnsuccessful
		}
	}
	return 0x600D
}

// handlesChild makes handles until it is refused.
func handlesChild([]string) nt.Status {
	for n := 0; ; n++ {
		if _, s := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false); !s.OK() {
			if s == nt.StatusInsufficientResources && n > 1000 {
				return 0x600D
			}
			return s
		}
	}
}

// hogChild takes and touches memory until it is refused.
func hogChild([]string) nt.Status {
	for {
		base, size, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 16<<20, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		if !s.OK() {
			return s
		}
		for a := base; a < base+size; a += nt.PageSize {
			*at(uintptr(a)) = 1
		}
	}
}

// processesChild makes processes that never get a thread, and keeps all open.
func processesChild([]string) nt.Status {
	section, _ := ntdll.NtOpenSection(nt.GenericExecute, ntdll.NewAttributes(`\BootImages\smss.exe`, nt.ObjCaseInsensitive, 0))
	for {
		if _, s := ntdll.NtCreateProcess(nil, nt.CurrentProcess, section); !s.OK() {
			return s
		}
	}
}

var (
	zero       int
	noFunction func()
)

// attempt returns what f's panic was.
func attempt(f func()) (r any) {
	defer func() { r = recover() }()
	debug.SetPanicOnFault(true)
	f()
	return nil
}

var faultTests = []test{
	{"go-faults", func() error {
		for _, c := range []struct {
			child string
			want  nt.Status
		}{{"recover", 0x600D}, {"unrecovered", 2}, {"illegal", nt.StatusIllegalInstruction}} {
			s, err := run(10*time.Second, c.child)
			if err != nil {
				return err
			}
			if err := expect(c.child, s, c.want); err != nil {
				return err
			}
		}
		return nil
	}},
	{"continue", func() error {
		if s := ntdll.Raw(nt.SvcContinue, 0x10); s != nt.StatusAccessViolation {
			return expect("NtContinue of a bad pointer", s, nt.StatusAccessViolation)
		}
		for _, rip := range []uint64{0, 0x800000000000, 0xFFFFFFFF80201000, 1 << 63} {
			c := nt.Context{Rip: rip, ContextFlags: nt.ContextControl}
			if s := ntdll.Raw(nt.SvcContinue, uintptr(unsafe.Pointer(&c))); s != nt.StatusInvalidParameter {
				return expect("NtContinue to a bad address", s, nt.StatusInvalidParameter)
			}
		}
		if got := continued(); got != 0x1234567890 {
			return fmt.Errorf("NtContinue went on with %#x", got)
		}
		return nil
	}},
	{"faults", func() error {
		for _, c := range crimes {
			s, err := run(10*time.Second, c.name)
			if err != nil {
				return err
			}
			if err := expect(c.name, s, c.status); err != nil {
				return err
			}
		}
		return nil
	}},
	{"endless-loop", func() error {
		p, err := start("spin")
		if err != nil {
			return err
		}
		// The looping child delays this program, and no more than that.
		for i := 0; i < 5; i++ {
			begin := time.Now()
			delay(20 * time.Millisecond)
			if d := time.Since(begin); d > 2*time.Second {
				return fmt.Errorf("a delay of 20 ms took %v beside a looping process", d)
			}
		}
		if s := ntdll.NtTerminateProcess(p.Handle, 0x77); !s.OK() {
			return expect("NtTerminateProcess", s, nt.StatusSuccess)
		}
		timeout := int64(-5 * 10_000_000)
		if err := expect("wait", ntdll.NtWaitForSingleObject(p.Handle, false, &timeout), nt.StatusSuccess); err != nil {
			return err
		}
		info, _ := ntdll.NtQueryInformationProcess(p.Handle)
		ntdll.NtClose(p.Handle)
		ntdll.NtClose(p.Thread)
		return expect("exit status", info.ExitStatus, 0x77)
	}},
	{"service-bad-stack", func() error {
		s, err := run(10*time.Second, "service-bad-stack")
		if err != nil {
			return err
		}
		return expect("the child", s, nt.StatusSuccess)
	}},
	{"go-panic", func() error {
		s, err := run(10*time.Second, "panic")
		if err != nil {
			return err
		}
		return expect("the child", s, 2)
	}},
	{"heap-exhaustion", func() error {
		s, err := run(60*time.Second, "heap")
		if err != nil {
			return err
		}
		return expect("the child", s, 2)
	}},
	{"terminate-waiting", func() error {
		p, err := start("sleep")
		if err != nil {
			return err
		}
		delay(50 * time.Millisecond)
		ntdll.NtTerminateProcess(p.Handle, 5)
		timeout := int64(-5 * 10_000_000)
		s := ntdll.NtWaitForSingleObject(p.Handle, false, &timeout)
		ntdll.NtClose(p.Handle)
		ntdll.NtClose(p.Thread)
		return expect("wait", s, nt.StatusSuccess)
	}},
	{"exhaust-handles", func() error {
		s, err := run(60*time.Second, "handles")
		if err != nil {
			return err
		}
		return expect("the child", s, 0x600D)
	}},
	{"exhaust-memory", func() error {
		s, err := run(60*time.Second, "hog")
		if err != nil {
			return err
		}
		if s != nt.StatusCommitmentLimit && s != nt.StatusInsufficientResources {
			return expect("the child", s, nt.StatusCommitmentLimit)
		}
		return nil
	}},
	{"exhaust-processes", func() error {
		before := footprint()
		s, err := run(120*time.Second, "processes")
		if err != nil {
			return err
		}
		if s != nt.StatusCommitmentLimit && s != nt.StatusInsufficientResources {
			return expect("the child", s, nt.StatusCommitmentLimit)
		}
		if lost := footprint().lost(before); lost > 512 {
			return fmt.Errorf("processes without threads lost %d pages", lost)
		}
		return nil
	}},
	{"many-processes", func() error {
		before := footprint()
		for i := 0; i < 25; i++ {
			if s, err := run(10*time.Second, "exit"); err != nil || s != 0x1234 {
				return fmt.Errorf("process %d: %v %v", i, s, err)
			}
		}
		if lost := footprint().lost(before); lost > 64 {
			return fmt.Errorf("25 processes lost %d pages", lost)
		}
		return nil
	}},
}

func delay(d time.Duration) { ntdll.NtDelayExecution(false, -int64(d/100)) }

var keep [][]byte

// exhaust takes memory until the runtime gives up.
func exhaust() {
	for {
		keep = append(keep, make([]byte, 1<<20))
	}
}
