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
	m.ClearPagingFiles = clearPagingFiles
	m.Drivers = func() string { return io.NotifyShutdown(io.FirstChance) }
	m.LastDrivers = func() string { return io.NotifyShutdown(io.LastChance) }
	m.Registry, m.FileSystems = systemfiles.Shutdown, io.ShutdownFileSystems
	m.Pages = func() string { return complaint("pages of files could not be written: ", mm.WriteModifiedFiles()) }
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

// clearPagingFiles is SPEC X2.
func clearPagingFiles() string {
	n, s := mm.ClearPagingFiles()
	if s.OK() && n > 0 {
		dbgprint.Line("X2: " + decimal(n) + " pages of paging files are cleared")
	}
	return complaint("the paging files could not be cleared: ", s)
}

// complaint is "" after success.
func complaint(what string, s nt.Status) string {
	if s.OK() {
		return ""
	}
	return what + s.String() + "."
}

// poInitSystem1 is SPEC P1.39: from here on the power button works.
func poInitSystem1() nt.Status {
	said, s := po.InitSystem1()
	if said != "" {
		display.String(said + "\n")
	}
	return s
}
