// Package dbgprint is DbgPrint: the text of the kernel and of programs on its way to the
// debug port.
//
// Until the session manager starts, whoever prints waits for the port, so that the last
// line before a hang is on it. From Defer on nobody waits: what the port does not take at
// once is sent at clock ticks (Tick), by the driver of the port (Console), and by a thread
// of low priority that has nothing else to do. A program that prints more than the port
// takes waits in the dispatcher.
//
// IRQL: all functions want PASSIVE_LEVEL, but for Console.Pump, which a driver calls at
// DISPATCH_LEVEL, and Take, which the stop screen calls at any level. No function holds a
// lock while the port is asked.
package dbgprint

import (
	"sync/atomic"

	"gont/kd"
	"gont/ke"
	"gont/nt"
)

// Port is the machine's side.
type Port struct {
	Send  func(b []byte) int // gives the port bytes, returns how many it took without waiting
	Now   func() int64       // a clock, in nanoseconds
	Pause func()             // between two tries of a busy port
	Put   func(c byte)       // waits for the port: the way of the stop screen
}

var (
	// port takes everything until Connect.
	port = Port{Send: func(b []byte) int { return len(b) }, Now: func() int64 { return 0 }, Pause: func() {}, Put: func(byte) {}}

	output = kd.NewOutput(func(b []byte) int { return port.Send(b) }, func() int64 { return port.Now() })
	// deferred: the thread of sendOutput runs, and nobody else waits for the port.
	deferred atomic.Bool
	waiting  = ke.NewEvent(nt.SynchronizationEvent, false) // there is text that the port has not taken
	room     = ke.NewEvent(nt.NotificationEvent, true)     // programs may put text
	// kick lets the driver of the port send what waits, nil while there is none.
	kick atomic.Pointer[func()]
)

// Connect names the port. It is called once, before anything is printed.
func Connect(p Port) { port = p }

// Line prints s and a newline.
func Line(s string) { Print(s + "\n") }

// Print prints s. Text for which there is no room is lost, and the next text says how much
// that was.
func Print(s string) {
	if !output.Put(s, kd.OutputSize) {
		output.Drop(s)
	}
	if output.Pump(); !deferred.Load() {
		output.Flush(port.Pause)
	} else if output.Len() > 0 {
		kickPort()
	}
}

// PrintWaiting is Print for a program: the program's thread waits in the dispatcher while
// programs have more text under way than the port takes. It returns STATUS_SUCCESS, or why
// the wait has ended: STATUS_THREAD_IS_TERMINATING, STATUS_USER_APC.
func PrintWaiting(s string) nt.Status {
	status := putWaiting(func() bool { return output.Put(s, kd.UserShare) }, func() {})
	if status != nt.StatusSuccess {
		return status
	}
	if output.Pump(); output.Len() > 0 {
		kickPort()
	}
	return nt.StatusSuccess
}

// putWaiting calls put until there is room, and wake before each wait.
func putWaiting(put func() bool, wake func()) nt.Status {
	for !put() {
		room.Reset()
		waiting.Set()
		wake()
		if output.Len() < kd.UserShare/2 {
			room.Set() // the port was faster than Reset
		}
		if s := ke.WaitForSingleObject(room, ke.UserMode, false, nil); s != nt.StatusSuccess {
			return s
		}
	}
	return nt.StatusSuccess
}

// Defer ends the waiting for the port: start makes the thread that runs send.
func Defer(start func(send func())) {
	start(sendOutput)
	deferred.Store(true)
}

// Settle begins the waiting for the port again: the last words of the system are printed.
func Settle() { deferred.Store(false) }

// Poll is what the thread of sendOutput does between two tries: the interrupts that have
// come (kernel's poll). Set before Defer.
var Poll = func() {}

// sendOutput is a thread's life: it sends what waits as fast as the port takes it,
// whenever the processor has nothing better to do.
func sendOutput() {
	for {
		ke.WaitForSingleObject(waiting, ke.KernelMode, false, nil)
		for output.Len() > 0 {
			output.Pump()
			progress()
			Poll()
			port.Pause()
		}
	}
}

// Tick is what a clock tick does for the text: the port takes a burst even if the
// processors have better things to do, and the thread takes the rest.
func Tick() {
	if !deferred.Load() || output.Len() == 0 {
		return
	}
	output.Pump()
	if output.Len() > 0 {
		kickPort()
		waiting.Set()
	}
	progress()
}

// progress lets programs go on that wait for room, once there is enough of it.
func progress() {
	if state, _ := room.Read(); state == 0 && output.Len() < kd.UserShare/2 {
		room.Set()
	}
}

// Take sends all that waits, and what comes later goes another way: the system stops
// (kd.Output.Take).
func Take() { output.Take(port.Put) }
