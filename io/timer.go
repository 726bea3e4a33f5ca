package io

import (
	"gont/ke"
	"gont/nt"
)

// deviceTimer is IO_TIMER: a routine of a driver that is called once a second.
type deviceTimer struct {
	device  *Device
	routine func(d *Device, context any)
	context any
	next    *deviceTimer
	running bool
	round   uint64 // in which the routine was called last
}

// timers are those of all devices; one timer of the dispatcher serves them.
var timers struct {
	lock    ke.SpinLock
	first   *deviceTimer
	running int
	turns   uint64 // times that running has become, or has left, zero
	round   uint64 // of calls, one a second
	timer   *ke.Timer
	dpc     *ke.Dpc
}

const oneSecond = 10_000_000

// InitializeTimer is IoInitializeTimer: routine is to be called once a second, at
// DISPATCH_LEVEL, between StartTimer and StopTimer. PASSIVE_LEVEL, once a device.
func (d *Device) InitializeTimer(routine func(d *Device, context any), context any) {
	t := &deviceTimer{device: d, routine: routine, context: context}
	timer, dpc := ke.NewTimer(nt.SynchronizationTimer), ke.NewDpc(func(any) { runTimers() })
	d.timer = t
	timers.lock.Lock()
	if timers.timer == nil {
		timers.timer, timers.dpc = timer, dpc
	}
	t.next, timers.first = timers.first, t
	timers.lock.Unlock()
}

// StartTimer is IoStartTimer. DISPATCH_LEVEL or below.
func (d *Device) StartTimer() { d.timer.set(true) }

// StopTimer is IoStopTimer: the routine is not called any more, but may be running. Not
// in a timer's routine. DISPATCH_LEVEL or below.
func (d *Device) StopTimer() { d.timer.set(false) }

func (t *deviceTimer) set(run bool) {
	timers.lock.Lock()
	before := timers.running
	if t.running != run {
		t.running = run
		if run {
			timers.running++
		} else {
			timers.running--
		}
	}
	turned := (before == 0) != (timers.running == 0)
	if turned {
		timers.turns++
	}
	timers.lock.Unlock()
	if turned {
		turnTimers()
	}
}

// turnTimers sets the dispatcher's timer, or stops it, as the devices' timers need it. That
// cannot be done with the lock held: who finds that there has been another turn meanwhile,
// and may have undone it, does it again.
func turnTimers() {
	for {
		timers.lock.Lock()
		run, turn := timers.running > 0, timers.turns
		timers.lock.Unlock()
		if run {
			timers.timer.SetDpc(-oneSecond, oneSecond, timers.dpc)
		} else {
			timers.timer.Cancel()
		}
		timers.lock.Lock()
		last := timers.turns == turn
		timers.lock.Unlock()
		if last {
			return
		}
	}
}

// runTimers is IopTimerDispatch, at DISPATCH_LEVEL: each timer that runs is called once,
// whatever the routines do to the list.
func runTimers() {
	timers.lock.Lock()
	timers.round++
	round := timers.round
	timers.lock.Unlock()
	for {
		timers.lock.Lock()
		t := timers.first
		for t != nil && (!t.running || t.round == round) {
			t = t.next
		}
		if t != nil {
			t.round = round
		}
		timers.lock.Unlock()
		if t == nil {
			return
		}
		t.routine(t.device, t.context)
	}
}

// stopTimer takes a device's timer away for good, after its routine. PASSIVE_LEVEL.
func (d *Device) stopTimer() {
	t := d.timer
	if t == nil {
		return
	}
	t.set(false)
	timers.lock.Lock()
	for p := &timers.first; *p != nil; p = &(*p).next {
		if *p == t {
			*p = t.next
			break
		}
	}
	timers.lock.Unlock()
	d.timer = nil
	ke.FlushQueuedDpcs() // it may be at it
}

// Log is who is told of what goes wrong with drivers (IoWriteErrorLogEntry); nil:
// nobody. It may be called at DISPATCH_LEVEL.
var Log func(driver string, s nt.Status, text string)

// LogError is IoWriteErrorLogEntry.
func LogError(d *Driver, s nt.Status, text string) {
	if Log != nil {
		Log(d.Name, s, text)
	}
}
