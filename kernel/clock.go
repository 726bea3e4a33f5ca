//go:build kernel

package main

import (
	"runtime"
	"strconv"

	"gont/ex"
	"gont/hal"
	"gont/io"
	"gont/kd/dbgprint"
	"gont/ke"
	"gont/kernel/bugcheck"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

// interruptTime is the time since the kernel's start in 100 ns units.
func interruptTime() uint64 { return uint64(hal.Nanotime()) / 100 }

// poll does the work of the interrupts that have come to this processor: the
// clock's, and requests of other processors. It is called at dispatch points:
// after every trap from ring 3, by the idle thread, and in loops of the kernel
// that may be long. The current thread may lose the processor in it, and go on
// on another one.
func poll(user bool) {
	if hal.TakeRequest() {
		bugcheck.CheckStall()
		io.TakeInterrupts()
		ke.DispatchPoint()
	}
	n := hal.TakeTicks()
	if n == 0 {
		return
	}
	if hal.ProcessorNumber() == 0 {
		if s := hal.WatchClock(); s != "" {
			dbgprint.Line("HAL: " + s)
		}
		for _, s := range hal.NameStrays() {
			dbgprint.Line("HAL: " + s)
		}
		for _, s := range io.InterruptReports() {
			dbgprint.Line("IO: " + s)
		}
		ex.UpdateSharedData()
		correctTime()
	}
	bugcheck.CheckStall()
	mm.RefillHeap()
	dbgprint.Tick()
	if ex.Profiling() {
		ex.ProfileTick(hal.ProcessorNumber(), hal.Ticks(), hal.TickRip(), ps.Current().Process)
	}
	// A tick that came while the thread was in a service is found on its way back.
	ke.Tick(int(n), user && hal.TickRip() <= nt.MaximumUserAddress)
	runtime.Gosched() // the collector's turn
}

// spins counts spin's calls on each processor.
var spins [hal.MaximumProcessors]uint32

// spin is what the dispatcher does while another processor has its lock. It is a
// call, so that the collector can stop this processor meanwhile; and now and
// then it lets the collector work here, whose progress the lock's holder may be
// waiting for.
func spin() {
	if hal.DebuggerRuns() {
		panic("a command of the debugger's waits for the dispatcher lock") // nobody runs who would release it
	}
	hal.Pause()
	n := &spins[hal.ProcessorNumber()]
	if *n++; *n%1024 == 0 {
		runtime.Gosched()
	}
}

// switched saves what is still the old thread's in the processor, and loads the
// address space of the thread that will run. Threads of the system run in
// whichever is loaded.
func switched(from, to *ke.Thread) {
	if f, _ := from.Owner.(*ps.Thread); f != nil && f.Context != nil {
		hal.SaveFloat(f.Context)
	}
	t, _ := to.Owner.(*ps.Thread)
	if t == nil || t.Process.Space == nil {
		return
	}
	hal.LoadRoot(t.Process.Space.Root())
}

// leaveSpace makes sure that no processor uses an address space that is to be
// destroyed, nor will: another processor may be switching to a thread that is
// ending, and have read the old root.
func leaveSpace(a *mm.AddressSpace) {
	root := a.Leave()
	ke.Synchronize()
	hal.LeaveRoot(root)
}
