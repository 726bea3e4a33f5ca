//go:build kernel

// Ntoskrnl: the kernel's image. main is KiInitializeKernel: it runs phase 0 on
// the boot goroutine with interrupts off and then is the idle thread; phase 1
// runs on a system thread of its own, which ends as the zero-page thread.
package main

import (
	"gont/hal"
	"gont/ke"
)

func main() {
	defer func() {
		if r := recover(); r != nil {
			bugCheckPanic(r)
		}
	}()
	hal.InitializeRuntime()
	hal.Stopped = runtimeStopped
	hal.Crashed = kernelException
	connectOutput()
	for _, list := range [][]step{phase0, phase1} {
		for i := range list {
			stepIDs[list[i].id] = true
		}
	}
	runSteps(phase0, phase0Failed)
	idleLoop()
}

// idleLoop is the life of a processor's idle thread (SPEC P0.19): run what is
// ready, else halt until the next interrupt.
func idleLoop() {
	hal.BeginInterrupts()
	for {
		poll(false)
		ke.RunReady()
		hal.HaltUntilAttention()
	}
}
