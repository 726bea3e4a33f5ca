//go:build kernel

package main

import (
	"gont/hal"
	"gont/kd"
	"gont/nt"
)

// debugger is what the options make of the kernel debugger. No debugger answers yet: the
// protocol is not there.
var debugger kd.Settings

// kdInitSystem1 is SPEC P1.13: what was asked for is known, and whether the port is there.
func kdInitSystem1() nt.Status {
	debugger = kd.Configure(options)
	if debugger.Enabled && !hal.SerialPortPresent(debugger.Port) {
		display("the debugger's port " + debugger.PortName + " is not there\n")
		debugger.Enabled = false
	}
	return nt.StatusSuccess
}

// kdDebuggerInitialize1 is SPEC P1.28: the debugger's port is its own from here on, so that
// no driver takes it, and programs can ask whether there is a debugger.
func kdDebuggerInitialize1() nt.Status {
	kd.Claim(debugger)
	shared.KdDebuggerEnabled = debugger.SharedFlag(false)
	return nt.StatusSuccess
}
