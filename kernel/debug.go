//go:build kernel

package main

import (
	"gont/ex"
	"gont/ex/realtime"
	"gont/hal"
	"gont/inbv/display"
	"gont/kd"
	"gont/kd/dbgprint"
	"gont/kernel/bugcheck"
	"gont/kernel/debugger"
	"gont/kernel/ems"
	"gont/nt"
)

// debugSettings is what the options make of the debugger.
var debugSettings kd.Settings

// initializeDebugger lets the debugger in as the options say, as soon as they are read
// (SPEC K2, P0.1): from here on faults come to it.
func initializeDebugger() {
	debugSettings = kd.Configure(options)
	if !debugSettings.Enabled {
		return
	}
	debugger.FindPort(&debugSettings, options.Text("DEBUGPORT") != "")
	dbgprint.Line(debugger.Initialize(debugger.Settings{
		Settings: debugSettings, Break: options.Has("BREAK"),
		Show: showForDebugger, Slipped: realtime.Slip, Reboot: hal.Reboot, Trace: trace, Last: &bugcheck.Last,
	}))
	debugSettings.Enabled = debugger.Available()
	debugger.BreakAsked("the option BREAK asks for it")
}

// kdInitSystem1 is SPEC P1.13: a debugger that was asked for and has no port is told of on
// the screen, which was not there before.
func kdInitSystem1() nt.Status {
	ems.Start()
	if s := kd.Configure(options); s.Enabled && !debugger.Available() {
		display.String("the debugger's port " + debugSettings.PortName + " is not there\n")
	}
	return nt.StatusSuccess
}

// kdDebuggerInitialize1 is SPEC P1.28: the debugger's port is its own from here on, so that
// no driver takes it, and programs can ask whether there is a debugger.
func kdDebuggerInitialize1() nt.Status {
	kd.Claim(debugSettings)
	ex.SharedData().KdDebuggerEnabled = debugSettings.SharedFlag(debugger.Attached())
	return nt.StatusSuccess
}

// showForDebugger writes to the consoles without a lock and without the queue: the system
// is stopped.
func showForDebugger(text string, port uint16) {
	for i := range len(text) {
		if port != hal.PortBases[0] {
			hal.SerialPut(text[i])
		}
		display.PutScreen(text[i])
	}
	display.ShowRaw()
}

// correctTime makes the system time right after the debugger had the system, and stops the
// system where the debugger has asked for that. The boot processor calls it at clock ticks.
func correctTime() {
	if debugger.CrashWanted() {
		bugcheck.Check(ex.ManuallyInitiatedCrash, 0, 0, 0, 0, "asked for by the debugger's .crash")
	}
	realtime.Correct()
}
