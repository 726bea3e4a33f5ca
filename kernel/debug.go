//go:build kernel

package main

import (
	"sync/atomic"

	"gont/hal"
	"gont/ke"
	"gont/kernel/debugger"
)

// initializeDebugger lets the debugger in as the options say (SPEC K2, P0.1).
func initializeDebugger() {
	s := debugger.Settings{
		On:        options.Has("DEBUG") && !options.Has("NODEBUG"),
		CrashOnly: options.Has("CRASHDEBUG") && !options.Has("NODEBUG"),
		Break:     options.Has("BREAK"),
		Rate:      uint32(options.Number("BAUDRATE", 115200)),
		Show:      showForDebugger, Slipped: timeSlipped, Reboot: hal.Reboot,
		Phase: func() int { return initializationPhase },
	}
	switch options.Text("DEBUG") {
	case "AUTOENABLE", "DISABLE":
		s.On, s.CrashOnly = false, true
	}
	if p := options.Text("DEBUGPORT"); len(p) == 4 {
		s.Port = int(p[3] - '0')
	}
	if say := debugger.Initialize(s); say != "" {
		dbgPrintLine(say)
	}
	debugger.BreakAsked("the option BREAK asks for it")
}

// showForDebugger writes to the consoles without a lock and without the queue: the system
// is stopped.
func showForDebugger(text string, port uint16) {
	for i := range len(text) {
		if port != hal.PortBases[0] {
			hal.SerialPut(text[i])
		}
		if screen != nil {
			screen.Put(text[i])
		}
	}
	if screen != nil {
		screen.Show()
	}
}

// slipped is for how long the debugger has let the time stand still, ns, that the system
// time has not been corrected by.
var slipped atomic.Int64

// timeSlipped is called by the debugger, with all processors stopped.
func timeSlipped(ns int64) {
	slipped.Add(ns)
	if shared != nil {
		shared.TscBase, shared.TscMultiplier, shared.TscOffset = hal.TscScale()
	}
}

// correctTime makes the system time right after the debugger had the system. The boot
// processor calls it at clock ticks.
func correctTime() {
	if slipped.Load() != 0 {
		ke.SetSystemTime(ke.SystemTime() + uint64(slipped.Swap(0))/100)
	}
}
