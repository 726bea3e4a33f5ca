//go:build kernel

// Ntoskrnl: the kernel's image. main is KiInitializeKernel: it runs phase 0 on
// the boot goroutine with interrupts off and then is the idle thread; phase 1
// runs on a system thread of its own, which ends as the zero-page thread.
//
// The package is the glue that joins the components (DESIGN 1): each boot step is a
// function here that hands the options, the loader block and the machine to the component
// whose work it is, and shows what the component says. Folders below are packages of their
// own: the stop screen (bugcheck), the debugger, the texts (messages), the self-tests.
//
// IRQL: services, traps of ring 3 and the steps of phase 1 run at PASSIVE_LEVEL
// with interrupts on, phase 0 with interrupts off. What ke's hooks call (switched,
// interruptTime, spin) runs with the dispatcher lock held; kernel APCs (inThread) at
// APC_LEVEL, DPCs (timers) at DISPATCH_LEVEL; the stop screen at any, with
// interrupts off.
//
// Locks, in the order they are taken: ps's, or a handle table's; ob's; or mm's
// own (its package comment); inbv/display's, with which only the screen is
// touched; the dispatcher lock; hal's heapLock. A thread that holds a Go lock
// calls nothing of ke that may switch (a dispatch point): a thread that waits for a
// Go lock keeps its processor, and the holder would never get that processor back.
package main

import (
	"runtime"

	"gont/cm/control"
	"gont/hal"
	"gont/ke"
	"gont/kernel/bugcheck"
)

func main() {
	defer func() {
		if r := recover(); r != nil {
			bugcheck.Panic(r)
		}
	}()
	bugcheck.Connect(bugcheck.Kernel{Messages: &kernelMessages, Trace: trace, Phase: func() int { return initializationPhase },
		Images:   func() []string { return loader.images },
		Restarts: func() bool { return options.Has("AUTOREBOOT") || settings.Flag(control.AutoReboot) }})
	hal.InitializeRuntime()
	hal.Stopped = bugcheck.RuntimeStopped
	hal.Stalled = bugcheck.ProcessorStalled
	hal.Crashed = bugcheck.Fault
	connectOutput()
	beginSteps()
	runSteps(phase0, checkFlags)
	idleLoop()
}

// quietWakes is how often in a row an idle processor is woken for nothing before its
// clock is stopped while it halts.
const quietWakes = 3

// idleLoop is the life of a processor's idle thread (SPEC P0.19): run what is
// ready, else halt until the next interrupt. The boot processor's clock goes on:
// timers expire there; and all do while the collector marks, which gets its turns at
// ticks (poll).
func idleLoop() {
	hal.BeginInterrupts()
	for quiet := 0; ; quiet++ {
		poll(false)
		if ke.RunReady() {
			quiet = 0
		}
		if quiet < quietWakes || hal.ProcessorNumber() == 0 || hal.Collecting() {
			hal.HaltUntilAttention()
			continue
		}
		runtime.Gosched() // no tick will do it
		hal.HaltWithoutClock()
	}
}
