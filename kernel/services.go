//go:build kernel

package main

import (
	bootline "gont/arc/options"
	"gont/cm/control"
	"gont/ex/realtime"
	"gont/hal"
	"gont/inbv/display"
	"gont/io"
	"gont/io/drivers/disk"
	"gont/kd/dbgprint"
	"gont/ke"
	"gont/kernel/bugcheck"
	"gont/nt"
	"gont/po"
	"gont/pp"
	"gont/ps"
	"gont/svc"
	"gont/svc/system"
	"gont/svc/thread"
)

// onStack is how many arguments of each service are on the caller's stack.
var onStack [nt.NumServices]uint8

// The clock that ke reckons with is the one that hal sets.
const (
	_ = uint(hal.TimeIncrement - ke.TimeIncrement)
	_ = uint(ke.TimeIncrement - hal.TimeIncrement)
)

// connectServices hands the wings of svc what they need of the machine (SPEC P1.12).
func connectServices() {
	for n := range onStack {
		onStack[n] = uint8(max(nt.Service(n).Arguments()-svc.InRegisters, 0))
	}
	thread.SaveFloat, thread.Report = hal.SaveFloat, dbgprint.Line
	thread.Critical = func(p *ps.Process) bool { return p == session.process }
	thread.MachineFault = func(c *hal.Context) {
		bugcheck.Fault(&hal.TrapFrame{Vector: c.Vector, ErrorCode: c.ErrorCode, Rip: c.Rip, Rsp: c.Rsp})
	}
	system.Machine.Product = banner()
	system.Machine.Counter = hal.Nanotime
	system.Machine.Interrupts = hal.InterruptCount
	system.Machine.RealTime = realtime.Show
	system.Machine.Display = display.StringWaiting
	system.Machine.Shutdown = po.Shutdown
	system.Machine.SetEnvironment, system.Machine.HardError = setEnvironment, hardError
	system.Tables.Trace = trace.Records
	system.Tables.Drivers, system.Tables.Devices, system.Tables.Interrupts, system.Tables.Disks = io.Records, pp.Devices, io.Interrupts, disk.Disks
	system.Tables.Control = func() *control.Vector { return settings }
	system.Tables.Options = func() *bootline.Options { return options }
	system.Machine.Processor = func() system.Processor {
		p := hal.IdentifyProcessor()
		tsc, _ := hal.Frequencies()
		return system.Processor{Family: p.Family, Model: p.Model, Stepping: p.Stepping, FeatureEDX: p.FeatureEDX,
			MHz: uint32(tsc / 1_000_000), Brand: p.Brand}
	}
}
