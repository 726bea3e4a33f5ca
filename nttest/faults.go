//go:build ntuser

package main

import (
	"fmt"
	"runtime/debug"
	"strconv"
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

// child is what a process with arguments does.
func child(args []string) {
	for _, c := range crimes {
		if c.name == args[0] {
			noDispatcher()
			c.commit()
			return
		}
	}
	for _, c := range hostile {
		if c.name == args[0] {
			noDispatcher()
			runBytes(c.code)
			return
		}
	}
	switch args[0] {
	case "continue-rax", "dispatcher", "delay", "free", "others":
		abuse(args)
	case "record":
		recordChild(args[1])
	case "apc":
		noDispatcher()
		apcChild(args[1])
	case "shootdown":
		ntdll.NtTerminateProcess(nt.CurrentProcess, shootdownChild(args[1]))
	case "shootdown-other":
		ntdll.NtTerminateProcess(nt.CurrentProcess, shootdownOther(args[1:]))
	case "inherited":
		ntdll.NtTerminateProcess(nt.CurrentProcess, inheritedChild(args[1:]))
	case "keyed":
		ntdll.NtTerminateProcess(nt.CurrentProcess, keyedChild(args))
	case "packets":
		h, _ := strconv.Atoi(args[1])
		ntdll.NtTerminateProcess(nt.CurrentProcess, packetsChild(nt.Handle(h)))
	case "packet-hog":
		ntdll.NtTerminateProcess(nt.CurrentProcess, packetHog())
	case "packet-fill":
		h, _ := strconv.Atoi(args[1])
		ntdll.NtTerminateProcess(nt.CurrentProcess, packetFill(nt.Handle(h)))
	case "profiled":
		ntdll.NtTerminateProcess(nt.CurrentProcess, profiledChild())
	case "generations":
		ntdll.NtTerminateProcess(nt.CurrentProcess, generations(args[1][0]))
	case "drop":
		n, _ := strconv.Atoi(args[1])
		ntdll.NtTerminateProcess(nt.CurrentProcess, drop(n))
	case "low-memory":
		ntdll.NtTerminateProcess(nt.CurrentProcess, lowMemoryChild())
	case "raise":
		raiseChild(args[1])
	case "spin":
		doSpin()
	case "sleep":
		ntdll.NtWaitForSingleObject(nt.CurrentProcess, false, nil)
	case "registers":
		for p := uint64(0x1111222233330000); ; p += 0x10000 {
			if !spin(p, 100000) {
				ntdll.NtTerminateProcess(nt.CurrentProcess, nt.StatusUnsuccessful)
			}
		}
	case "service-bad-stack":
		doServiceBadStack()
	case "heap":
		exhaust()
	case "recover":
		for _, f := range []func(){func() { read(0) }, func() { *at(nt.UserImageBase + 0x1000) = 1 }, func() { zero = 1 / zero }, func() { noFunction() }, doDivide} {
			if r := attempt(f); r == nil {
				ntdll.NtTerminateProcess(nt.CurrentProcess, nt.StatusUnsuccessful)
			}
		}
		ntdll.NtTerminateProcess(nt.CurrentProcess, 0x600D)
	case "unrecovered":
		read(0)
	case "illegal":
		doUd2()
	case "handles":
		n := 0
		for {
			_, s := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
			if !s.OK() {
				if s == nt.StatusInsufficientResources && n > 1000 {
					ntdll.NtTerminateProcess(nt.CurrentProcess, 0x600D)
				}
				ntdll.NtTerminateProcess(nt.CurrentProcess, s)
			}
			n++
		}
	case "hog":
		for {
			base, size, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 16<<20, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
			if !s.OK() {
				ntdll.NtTerminateProcess(nt.CurrentProcess, s)
			}
			for a := base; a < base+size; a += nt.PageSize {
				*at(uintptr(a)) = 1
			}
		}
	case "processes":
		// Processes that are made and never given a thread, all kept open.
		section, _ := ntdll.NtOpenSection(nt.GenericExecute, ntdll.NewAttributes(`\BootImages\smss.exe`, nt.ObjCaseInsensitive, 0))
		for {
			if _, s := ntdll.NtCreateProcess(nil, nt.CurrentProcess, section); !s.OK() {
				ntdll.NtTerminateProcess(nt.CurrentProcess, s)
			}
		}
	case "bad-pointers":
		if err := badPointers(); err != nil {
			fmt.Println("nttest:", err)
			ntdll.NtTerminateProcess(nt.CurrentProcess, nt.StatusUnsuccessful)
		}
	case "section", "commit", "idle", "shoot", "stack", "guard":
		ntdll.NtTerminateProcess(nt.CurrentProcess, memoryChild(args))
	case "panic":
		panic("asked for")
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
		if lost := before - footprint(); lost > 512 {
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
		if lost := before - footprint(); lost > 64 {
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
