// Package bugcheck is the end of the system (SPEC K1): a stop screen with name, code,
// parameters, stack and last steps, on the serial port and on a blue screen; then the
// debugger, a restart or a halt. It also watches for processors that stall.
//
// Stops come at any IRQL, with any lock held, on the stack of a fault. Nothing on their way
// waits without a bound, takes a lock or allocates. The other processors go on until the
// reason has been printed: to stop them touches hardware that may be what is broken.
//
// Files without the tag kernel are pure and run on the host.
package bugcheck

import (
	"bytes"
	"fmt"
	"strings"

	"gont/ex"
	"gont/hal"
	"gont/ke"
	"gont/mm"
)

// faultReason is what a fault of ring 0 that nobody handles stops the system with.
// heapPages is how many pages are left for the kernel's heap.
func faultReason(f *hal.TrapFrame, heapPages uint64) (code ex.BugCode, p [4]uint64, text string) {
	code, p = ex.UnexpectedKernelModeTrap, [4]uint64{f.Vector, f.ErrorCode, f.Rip, f.Rsp}
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
		code, p, text = ex.NoPagesAvailable, [4]uint64{f.Cr2, heapPages, 0, 0}, "no page left for the kernel's heap"
	case hal.ExceptionProtection, hal.ExceptionOpcode, hal.ExceptionDivide, hal.ExceptionBreakpoint:
		code, p = ex.KmodeExceptionNotHandled, [4]uint64{f.Vector, f.Rip, f.ErrorCode, f.Rsp}
		text = "processor exception in the kernel"
	case hal.ExceptionDoubleFault:
		text = "double fault"
	}
	return code, p, text
}

// panicReason is what a Go panic that nobody recovered stops the system with.
func panicReason(r any) (code ex.BugCode, p [4]uint64, text string) {
	code = ex.KmodeExceptionNotHandled
	switch e := r.(type) {
	case mm.ListCorrupt:
		code, p = ex.PfnListCorrupt, [4]uint64{uint64(e.Page), uint64(e.Want), uint64(e.Got), 0}
	case mm.SlotFree:
		code, p = ex.PfnListCorrupt, [4]uint64{uint64(e), 0, 0, 0}
	case ke.IrqlError:
		code, p = ex.IRQLNotLessOrEqual, [4]uint64{uint64(e), 0, 0, 0}
	}
	return code, p, fmt.Sprint("panic: ", r)
}

// runtimeReason is what the Go runtime, which gave up, stops the system with; last is what
// the runtime printed last. It allocates nothing.
func runtimeReason(status int32, last []byte) (code ex.BugCode, p [4]uint64, text string) {
	switch {
	case bytes.Contains(last, []byte("out of memory")) || bytes.Contains(last, []byte("cannot allocate")):
		return ex.NoPagesAvailable, [4]uint64{uint64(status)}, "the kernel's heap is exhausted"
	case bytes.Contains(last, []byte("stack overflow")) || bytes.Contains(last, []byte("stack exceeds")):
		return ex.UnexpectedKernelModeTrap, [4]uint64{hal.ExceptionDoubleFault, uint64(status)}, "a kernel stack overflowed"
	}
	return ex.GoRuntimeFailure, [4]uint64{uint64(status)}, "the Go runtime stopped; its message is above"
}

// waiting picks of all goroutines' stacks (runtime.Stack) those that neither run, nor wait
// in the dispatcher, nor belong to the runtime.
func waiting(stacks string) (list []string) {
	for _, g := range strings.Split(stacks, "\n\n") {
		head, _, _ := strings.Cut(g, "\n")
		wait := head[strings.IndexByte(head, '[')+1:]
		for _, usual := range []string{"running", "runnable", "coroutine", "GC ", "force gc", "finalizer", "cleanup"} {
			if strings.HasPrefix(wait, usual) {
				g = ""
			}
		}
		if g != "" {
			list = append(list, "\n"+g+"\n")
		}
	}
	return list
}
