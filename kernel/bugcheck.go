//go:build kernel

package main

import (
	"bytes"
	"fmt"
	"runtime"
	"unsafe"

	"gont/cm/control"
	"gont/ex"
	"gont/hal"
	"gont/inbv/display"
	"gont/kd/dbgprint"
	"gont/ke"
	"gont/kernel/debugger"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// The end (SPEC K1): name, code, parameters, stack, last steps, on the serial
// port and on a blue screen, then halt. Nothing here waits without a bound, takes a
// lock or allocates. The other processors go on until the reason has been printed: to
// stop them touches hardware that may be what is broken.

// bugCheck is KeBugCheckEx.
func bugCheck(code ex.BugCode, p1, p2, p3, p4 uint64, text string) {
	stop(code, [4]uint64{p1, p2, p3, p4}, text, 0, hal.FramePointer())
}

// stop prints everything and halts: what was on its way to the serial port first. rip is the faulting instruction, 0 for
// none; bp starts the chain of frames.
func stop(code ex.BugCode, p [4]uint64, text string, rip uint64, bp uintptr) {
	hal.DisableInterrupts()
	if first, again := hal.ClaimStop(); again {
		raw("\n*** a second stop while stopping: ")
		raw(code.String())
		raw("\n")
		hal.Freeze()
		hal.Halt()
	} else if !first {
		hal.Halt() // another processor stops the system
	}
	dbgprint.Take()
	display.Stop()
	raw("\n*** STOP: 0x")
	rawHex(uint64(code), 8)
	raw(" (")
	for i, v := range p {
		if i > 0 {
			raw(", ")
		}
		raw("0x")
		rawHex(v, 16)
	}
	raw(")\n*** ")
	raw(code.String())
	raw("\n")
	if t := kernelMessages.StopText(uint32(code)); t != "" {
		raw(t)
		raw("\n")
	}
	if text != "" {
		raw("*** ")
		raw(text)
		raw("\n")
	}
	if what := ke.FailedAllocation(); what != "" {
		raw("*** FAILALLOC has made an allocation fail: ")
		raw(what)
		raw("\n")
	}
	// The reason is out, whatever comes now.
	if debugger.Available() {
		debugger.StopOthers()
	} else {
		hal.Freeze()
	}
	if t := ke.Current(); t != nil {
		raw("*** phase ")
		rawDecimal(initializationPhase)
		raw(", thread ")
		raw(t.Name)
		raw("\n")
		rawService(t)
	}
	rawMachineChecks(code == ex.MachineCheckException)
	raw("\nStack:\n")
	if rip != 0 {
		rawFrame(uintptr(rip), true)
	}
	// A frame is saved RBP, return address; the chain rises within the kernel's
	// window or image.
	for n := 0; n < 24 && bp >= 0xFFFFFFFF80000000 && bp < 0xFFFFFFFFE0000000-16 && bp&7 == 0; n++ {
		pc := *(*uintptr)(pointer(bp + 8))
		next := *(*uintptr)(pointer(bp))
		if pc == 0 {
			break
		}
		rawFrame(pc, false)
		if next <= bp {
			break
		}
		bp = next
	}
	raw("\nLast steps:\n")
	for _, r := range trace.Last(5) {
		raw("  ")
		raw(r.ID)
		raw(" ")
		raw(r.Status.String())
		raw("\n")
	}
	var crash *hal.TrapFrame
	if rip != 0 {
		crash = crashFrame
	}
	restart := options.Has("AUTOREBOOT") || settings.Flag(control.AutoReboot)
	if !restart {
		raw("\n")
		raw(kernelMessages.Halted())
		raw("\n")
	}
	debugger.Crashed(code.String(), crash)
	if restart {
		raw("\n")
		raw(kernelMessages.Restarts())
		raw("\n")
		hal.Reboot()
	}
	hal.Halt()
}

// rawService says which system service the thread is in, if it is in one, with
// the arguments that came in registers.
func rawService(k *ke.Thread) {
	t, _ := k.Owner.(*ps.Thread)
	if t == nil || t.Service == 0 {
		return
	}
	c := t.Context
	raw("*** in ")
	raw(nt.Service(t.Service - 1).String())
	for i, v := range [4]uint64{c.R10, c.Rdx, c.R8, c.R9} {
		raw([4]string{" (0x", ", 0x", ", 0x", ", 0x"}[i])
		rawHex(v, 16)
	}
	raw(")\n")
}

func pointer(a uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&a)) }

func rawFrame(pc uintptr, exact bool) {
	raw("  ")
	rawHex(uint64(pc), 16)
	look := pc
	if !exact {
		look--
	}
	if f := runtime.FuncForPC(look); f != nil {
		raw(" ")
		raw(f.Name())
		file, line := f.FileLine(look)
		for i := len(file) - 1; i > 0; i-- {
			if file[i] == '/' {
				file = file[i+1:]
				break
			}
		}
		raw(" (")
		raw(file)
		raw(":")
		rawDecimal(line)
		raw(")")
	}
	raw("\n")
}

// reportMachineChecks says what errors processors' banks held when the processors
// started.
func reportMachineChecks() {
	for _, b := range hal.EarlierMachineChecks() {
		dbgprint.Line(fmt.Sprintf("machine check before this boot, processor %d, bank %d: %s, %s; status %#x, address %#x, misc %#x",
			b.Processor, b.Bank, b.Kind(), b.Severity(), b.Status, b.Addr, b.Misc))
	}
}

// rawMachineChecks shows the banks of this processor that hold an error, and with
// all the global status, too.
func rawMachineChecks(all bool) {
	status, there := hal.MachineCheckBanks(func(b hal.MachineCheckBank) {
		raw("*** machine-check bank ")
		rawDecimal(b.Bank)
		raw(": status 0x")
		rawHex(b.Status, 16)
		raw(", address 0x")
		rawHex(b.Addr, 16)
		raw(", misc 0x")
		rawHex(b.Misc, 16)
		raw("\n***   ")
		raw(b.Kind())
		raw(", ")
		raw(b.Severity())
		raw("\n")
	})
	if all && there {
		raw("*** machine-check global status 0x")
		rawHex(status, 16)
		raw("\n")
	}
}

// raw writes without allocating.
func raw(s string) {
	for i := 0; i < len(s); i++ {
		rawByte(s[i])
	}
	display.ShowRaw()
}

func rawByte(c byte) {
	hal.SerialPut(c)
	display.PutRaw(c)
}

func rawHex(v uint64, digits int) {
	for i := digits - 1; i >= 0; i-- {
		rawByte("0123456789abcdef"[v>>(4*i)&15])
	}
}

func rawDecimal(n int) {
	var b [20]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			break
		}
	}
	for ; i < len(b); i++ {
		rawByte(b[i])
	}
}

// kernelException is a fault of ring 0 that nobody handles.
func kernelException(f *hal.TrapFrame) {
	code, p, text := ex.UnexpectedKernelModeTrap, [4]uint64{f.Vector, f.ErrorCode, f.Rip, f.Rsp}, ""
	switch f.Vector {
	case hal.ExceptionNMI:
		code, text = ex.NmiHardwareFailure, "non-maskable interrupt"
	case hal.ExceptionMachineCheck:
		code, text = ex.MachineCheckException, "machine check"
	case hal.ExceptionPageFault:
		code, p = ex.PageFaultInNonpagedArea, [4]uint64{f.Cr2, f.ErrorCode & 3, f.Rip, 0}
		text = "the kernel touched memory that is not there"
		if f.ErrorCode&hal.FaultFetch != 0 {
			code, text = ex.AttemptedExecuteOfNoexecute, "the kernel ran into data"
		} else if f.ErrorCode&(hal.FaultPresent|hal.FaultWrite) == hal.FaultPresent|hal.FaultWrite {
			code, text = ex.AttemptedWriteToReadonly, "the kernel wrote to read-only memory"
		}
	case hal.VectorNoPage:
		code, p, text = ex.NoPagesAvailable, [4]uint64{f.Cr2, hal.HeapPages(), 0, 0}, "no page left for the kernel's heap"
	case hal.ExceptionProtection, hal.ExceptionOpcode, hal.ExceptionDivide, hal.ExceptionBreakpoint:
		code, p = ex.KmodeExceptionNotHandled, [4]uint64{f.Vector, f.Rip, f.ErrorCode, f.Rsp}
		text = "processor exception in the kernel"
	case hal.ExceptionDoubleFault:
		text = "double fault"
	}
	crashFrame = f
	stop(code, p, text, f.Rip, uintptr(f.Rbp))
}

// crashFrame is the fault that stops the system.
var crashFrame *hal.TrapFrame

// bugCheckPanic is a Go panic that nobody recovered.
func bugCheckPanic(r any) {
	code, p := ex.KmodeExceptionNotHandled, [4]uint64{}
	if e, ok := r.(mm.ListCorrupt); ok {
		code, p = ex.PfnListCorrupt, [4]uint64{uint64(e.Page), uint64(e.Want), uint64(e.Got), 0}
	}
	if e, ok := r.(mm.SlotFree); ok {
		code, p = ex.PfnListCorrupt, [4]uint64{uint64(e), 0, 0, 0}
	}
	if e, ok := r.(ke.IrqlError); ok {
		code, p = ex.IRQLNotLessOrEqual, [4]uint64{uint64(e), 0, 0, 0}
	}
	stop(code, p, fmt.Sprint("panic: ", r), 0, hal.FramePointer())
}

// runtimeStopped: the Go runtime gave up; text is what it printed last.
func runtimeStopped(code int32, text []byte) {
	if bytes.Contains(text, []byte("out of memory")) || bytes.Contains(text, []byte("cannot allocate")) {
		stop(ex.NoPagesAvailable, [4]uint64{uint64(code)}, "the kernel's heap is exhausted", 0, hal.FramePointer())
	}
	if bytes.Contains(text, []byte("stack overflow")) || bytes.Contains(text, []byte("stack exceeds")) {
		stop(ex.UnexpectedKernelModeTrap, [4]uint64{hal.ExceptionDoubleFault, uint64(code)}, "a kernel stack overflowed", 0, hal.FramePointer())
	}
	stop(ex.GoRuntimeFailure, [4]uint64{uint64(code)}, "the Go runtime stopped; its message is above", 0, hal.FramePointer())
}
