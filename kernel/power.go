//go:build kernel

package main

import (
	"gont/hal"
	"gont/inbv/display"
	"gont/io"
	"gont/kd/dbgprint"
	"gont/kernel/systemfiles"
	"gont/mm"
	"gont/nt"
	"gont/po"
)

// poInitSystem0 is SPEC P1.6: the power manager gets to know the machine.
func poInitSystem0() nt.Status {
	m := &po.Machine
	m.ClearPagingFiles = func() {
		if n, s := mm.ClearPagingFiles(); !s.OK() {
			display.String("The paging files could not be cleared: " + s.String() + "\n")
		} else if n > 0 {
			dbgprint.Line("X2: " + decimal(n) + " pages of paging files are cleared")
		}
	}
	m.Registry, m.FileSystems = systemfiles.Shutdown, io.ShutdownFileSystems
	m.Settle = func() { dbgprint.Settle() } // the last words wait for the serial port
	m.Display = display.String
	m.Reboot = func() { hal.DisableInterrupts(); hal.Reboot() }
	m.PowerOff = func() error { hal.DisableInterrupts(); return hal.PowerOff() }
	m.Halt = func() { hal.DisableInterrupts(); hal.Halt() }
	m.Capabilities = func() (c po.Capabilities) {
		c.PowerButton, c.SleepButton, c.SwitchOff = hal.FixedButtons()
		return c
	}
	m.PrepareEvents, m.Events, m.ClearEvents, m.EnableEvents = hal.PrepareFixedEvents, hal.FixedEvents, hal.ClearFixedEvents, hal.EnableFixedEvents
	m.ConnectEvents = func(routine func(int) bool) nt.Status {
		_, s := io.ConnectInterrupt("ACPI", hal.SciLine(), routine)
		return s
	}
	return po.InitSystem0()
}

// poInitSystem1 is SPEC P1.39: from here on the power button works.
func poInitSystem1() nt.Status {
	said, s := po.InitSystem1()
	if said != "" {
		display.String(said + "\n")
	}
	return s
}
