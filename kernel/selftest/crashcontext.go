//go:build kernel

package selftest

import (
	"sync/atomic"

	"gont/hal"
	"gont/io"
	"gont/ke"
)

// CRASH= in contexts in which little works (SPEC K1): the stop screen has to come all the
// same.

// fault writes to the first page, which is never there.
//
//go:noinline
func fault() { *(*byte)(pointer(8)) = 1 }

// crashInInterrupt faults in the service routine of a device, the real-time clock.
func crashInInterrupt() {
	i, s := io.ConnectInterrupt("RTC", hal.IsaLine(8), func(int) bool {
		fault()
		return true
	})
	if !s.OK() {
		k.Display("CRASH=interrupt: the real-time clock's line cannot be had\n")
		return
	}
	setPeriodic(true)
	i.Expect()
	ke.Delay(ke.KernelMode, false, -100_000_000)
}

// crashBesideFrozen faults while another processor turns in a loop, with interrupts off and
// the dispatcher lock held.
func crashBesideFrozen() {
	var there atomic.Bool
	d := ke.NewDpc(func(any) {
		hal.DisableInterrupts()
		ke.HoldDispatcherLock()
		for there.Store(true); ; {
			hal.Pause()
		}
	})
	runElsewhere(d, &there)
	fault()
}

// crashBoth faults on two processors at the same time.
func crashBoth() {
	var there atomic.Bool
	d := ke.NewDpc(func(any) {
		there.Store(true)
		fault()
	})
	runElsewhere(d, &there)
	fault()
}

// crashElsewhere faults on a processor that is not the boot processor, which goes on.
func crashElsewhere() {
	var there atomic.Bool
	d := ke.NewDpc(func(any) {
		there.Store(true)
		fault()
	})
	runElsewhere(d, &there)
}

// runElsewhere runs d on processor 1 and waits until d says that it is there. On a machine with
// one processor there is nothing to be tested: k is told, and the fault comes without.
func runElsewhere(d *ke.Dpc, there *atomic.Bool) {
	if hal.ProcessorCount() < 2 {
		k.Display("there is one processor only\n")
		return
	}
	d.SetTargetProcessor(1)
	d.Insert(nil)
	for !there.Load() {
		hal.Pause()
	}
}
