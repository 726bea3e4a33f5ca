//go:build kernel

package main

import (
	"sync/atomic"

	"gont/ex"
	"gont/hal"
	"gont/ke"
)

// realTimeClock is held by who uses the CMOS clock's ports.
var realTimeClock ke.FastMutex

// showRealTime returns the system time that the CMOS clock shows; false if it shows
// none.
func showRealTime() (uint64, bool) {
	realTimeClock.Lock()
	shown, ok := hal.QueryRealTimeClock()
	realTimeClock.Unlock()
	if !ok {
		return 0, false
	}
	return shown.SystemTime() + clockBias(ex.CurrentTimeZone().Active), true
}

// refreshRealTimeClock is the work item that sets the CMOS clock to the system time,
// refreshQueued whether it is in its queue.
var (
	refreshRealTimeClock = ex.NewWorkItem(func(any) {
		refreshQueued.Store(false)
		realTimeClock.Lock()
		hal.SetRealTimeClock(localTime(ke.SystemTime()))
		realTimeClock.Unlock()
	}, nil)
	refreshQueued atomic.Bool
)

// realTimeChanged is called when the system time has been set. Who sets it does not
// wait for the CMOS clock.
func realTimeChanged(_, _, _ any) {
	if refreshQueued.CompareAndSwap(false, true) {
		ex.QueueWorkItem(refreshRealTimeClock, ex.DelayedWorkQueue)
	}
}
