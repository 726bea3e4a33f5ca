//go:build kernel

// Package debugger joins the debugger's engine (package kd) to the kernel: its port, the
// processors and threads, memory, symbols, and the commands that know the system's
// structures.
//
// IRQL: Initialize runs in phase 0. All else runs where hal lets the debugger in, at any
// level, with all other processors stopped; nothing takes a lock there.
package debugger

import (
	"fmt"
	"unsafe"

	"gont/ex"
	"gont/hal"
	"gont/kd"
	"gont/ps"
)

// Settings are what the options say, and what the kernel lends.
type Settings struct {
	kd.Settings
	Break bool // BREAK

	// Show puts text on the kernel's consoles, without a lock and without the queue; port
	// is the debugger's own, which needs none.
	Show func(text string, port uint16)
	// Slipped is called when the time has stood still for ns.
	Slipped func(ns int64)
	Reboot  func()
	Trace   *ex.Trace
	Last    *string // the report that the last start has left, "" for none
}

var (
	settings Settings
	port     *hal.SerialPort
	engine   *kd.Engine
	where    string // the port's name and rate

	// asked says for each processor why it calls hal.DebugBreak.
	asked [hal.MaximumProcessors]struct {
		reason kd.Reason
		text   string
	}
)

// FindPort finds the port that the settings mean: on PCI, and COM1 where there is no COM2 and
// nobody has asked for it. One processor runs.
func FindPort(s *kd.Settings, asked bool) {
	if s.PortName == kd.PciPort {
		s.Port = hal.FindPciSerialPort()
	} else if !asked && !hal.SerialPortPresent(s.Port) {
		s.Port, s.PortName = hal.PortBases[0], "COM1"
	}
}

// Initialize reads the settings, opens the port and lets the debugger in (SPEC P0.1). It
// returns what is worth saying. One processor runs, IF=0.
func Initialize(s Settings) string {
	settings = s
	where = fmt.Sprintf("%s, %d baud", s.PortName, s.Baud)
	if s.Port != 0 {
		port = hal.OpenSerialPort(s.Port, s.Baud)
	}
	if port == nil {
		return "kernel debugger: " + s.PortName + " is not there; there is no debugger"
	}
	makeCommands()
	engine = kd.NewEngine(&machine, where)
	hal.TouchDebugMemory(unsafe.Pointer(engine), unsafe.Sizeof(*engine))
	hal.Debugger = trapped
	ps.MemoryGoes = memoryGoes
	if s.OnlyStop || s.AutoEnable {
		hal.PrepareDebugger()
		return "kernel debugger: a stop opens it, on " + where
	}
	open()
	if hal.BreakInByNmi(port) {
		hal.AfterBios = Poll
	}
	return "kernel debugger: on " + where + "; Ctrl-C there, or gdb, stops the system"
}

// Attached reports whether somebody has spoken at the debugger's port.
func Attached() bool { return engine != nil && engine.Attached() }

// open lets the debugger in.
func open() {
	hal.InitializeDebugger()
	hal.WatchDebugPort(port)
}

// Present reports whether the debugger can be entered.
func Present() bool { return engine != nil && hal.DebuggerPresent() }

// Port returns the I/O address of the debugger's port, 0 without a debugger.
func Port() uint16 {
	if port == nil {
		return 0
	}
	return port.Base()
}

// enter stops the system for the debugger. The caller is not moved to another processor.
func enter(reason kd.Reason, text string) {
	a := &asked[hal.ProcessorNumber()]
	a.reason, a.text = reason, text
	hal.DebugBreak()
}

// Poll looks whether somebody at the port asks for a stop, for when no clock interrupt
// does it: interrupts are off. Any IRQL.
func Poll() {
	if !Present() {
		return
	}
	hal.AcknowledgeDebugNmi()
	if hal.ReadFlags()&0x200 != 0 {
		hal.EndBreakInByNmi(port) // the clock looks from now on
	}
	if !port.Waiting() {
		return
	}
	enter(kd.BreakIn, "")
}

// Break stops the system for the debugger, if there is one, and says why. Any IRQL.
func Break(why string) {
	if !Present() {
		return
	}
	enter(kd.Request, why)
}

// BreakAsked is Break if the option BREAK is there.
func BreakAsked(why string) {
	if settings.Break {
		Break(why)
	}
}

// memoryGoes is ps.MemoryGoes: breakpoints that a process has are taken out of memory that may be
// others', too. It stops the system for that, and nobody sees it.
func memoryGoes(p *ps.Process) {
	if Present() && engine.InProcess(p.ID) {
		enter(kd.ProcessEnds, "")
	}
}

// Available reports whether a stop can enter the debugger.
func Available() bool { return engine != nil }

// StopOthers stops the other processors for good, for Crashed, which shows where they were.
func StopOthers() {
	hal.EndBreakInByNmi(port)
	if !hal.DebuggerPresent() {
		open()
	}
	if !hal.DebuggerRuns() {
		hal.StopForGood()
	}
}

// Crashed lets the debugger in when the system has stopped for good: with DEBUG, and with
// CRASHDEBUG. It returns when the debugger lets go. crash are the registers of a fault,
// nil where there are none.
func Crashed(why string, crash *hal.TrapFrame) {
	if engine == nil || hal.DebuggerRuns() {
		return
	}
	if !hal.DebuggerPresent() {
		open()
	}
	machine.crash = crash
	enter(kd.Crash, why)
	machine.crash = nil
}

// trapped is hal.Debugger.
func trapped(processor int, f *hal.DebugFrame, failed bool) bool {
	if failed {
		vector, rip, cr2 := hal.DebuggerFault()
		said := hal.DebuggerText() // forgotten now, whatever the failure was
		what := fmt.Sprintf("the command failed: exception %d at %#x (%s), address %#x", vector, rip, symbolAt(rip), cr2)
		if vector == hal.ExceptionBreakpoint {
			what = "the command failed in the Go runtime: " + said
		}
		own := engine.Failed(what)
		return own || machine.requested
	}
	ev := kd.Event{Processor: processor, Vector: f.Vector, Error: f.ErrorCode, Address: f.Cr2, Dr6: f.Dr6, Last: f.Cs&3 == 0}
	machine.requested = false
	switch {
	case f.Vector == hal.ExceptionNMI && hal.NmiFromDebugPort():
		ev.Reason = kd.BreakIn
		engine.Stopped(ev)
		return true
	case hal.DebugBroken(f):
		a := &asked[processor]
		ev.Reason, ev.Text = a.reason, a.text
		if ev.Reason == kd.ProcessEnds { // its last thread calls
			ev.Process = machine.ProcessOf(machine.Running(processor))
		}
		machine.requested = true
		engine.Stopped(ev)
		return true
	case f.Vector >= 32:
		ev.Reason = kd.BreakIn
	}
	return engine.Stopped(ev)
}
