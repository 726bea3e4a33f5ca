//go:build kernel

package main

import (
	"gont/hal"
	"gont/ke"
	"gont/nt"
	"gont/svc"
	"gont/svc/system"
	"gont/svc/thread"
)

// dispatchTable is the system service dispatch table once P1.12 has found it
// complete.
var dispatchTable *[nt.NumServices]svc.Routine

// The clock that ke reckons with is the one that hal sets.
const (
	_ = uint(hal.TimeIncrement - ke.TimeIncrement)
	_ = uint(ke.TimeIncrement - hal.TimeIncrement)
)

// connectServices hands the wings of svc what they need of the machine (SPEC P1.12).
func connectServices() {
	thread.SaveFloat, thread.Report = hal.SaveFloat, dbgPrintLine
	system.Machine.Product = banner
	system.Machine.Counter = hal.Nanotime
	system.Machine.Interrupts = hal.InterruptCount
	system.Machine.RealTime = showRealTime
	system.Machine.Display = displayWaiting
	system.Machine.Shutdown = gracefulShutdown
	system.Machine.Processor = func() system.Processor {
		p := hal.IdentifyProcessor()
		tsc, _ := hal.Frequencies()
		return system.Processor{Family: p.Family, Model: p.Model, Stepping: p.Stepping, FeatureEDX: p.FeatureEDX,
			MHz: uint32(tsc / 1_000_000), Brand: p.Brand}
	}
}
