//go:build kernel

package main

import (
	"sync/atomic"

	"gont/ex"
	"gont/hal"
	"gont/ke"
	"gont/nt"
	"gont/ps"
	"gont/se"
)

// lastSystemTime is the latest time that can be set: some 30,000 years from 1601.
const lastSystemTime = 0x20000000<<32 | 0xFFFFFFFF

// ntSetSystemTime(*new, *old): who asks must hold SeSystemtimePrivilege. Without
// a new time it is the CMOS clock's. Timers and waits that end at a time of day are
// moved; \Callback\SetSystemTime is notified.
func ntSetSystemTime(t *ps.Thread, c *hal.Context) nt.Status {
	if !t.Process.Holds(se.SystemtimePrivilege) {
		return nt.StatusPrivilegeNotHeld
	}
	var now uint64
	if c.R10 == 0 {
		realTimeClock.Lock()
		shown, ok := hal.QueryRealTimeClock()
		realTimeClock.Unlock()
		if ok {
			now = shown.SystemTime()
		}
	} else if s := get(t, c.R10, &now); !s.OK() {
		return s
	}
	if s := probeOptional(t, c.Rdx, 8); !s.OK() {
		return s
	}
	if now == 0 || now > lastSystemTime {
		return nt.StatusInvalidParameter
	}
	old := ke.SetSystemTime(now)
	ke.MoveBootTime(now - old)
	timeCallback.Notify(nil, nil)
	return putOptional(t, c.Rdx, &old)
}

// realTimeClock is held by who uses the CMOS clock's ports.
var realTimeClock ke.FastMutex

// refreshRealTimeClock is the work item that sets the CMOS clock to the system time,
// refreshQueued whether it is in its queue.
var (
	refreshRealTimeClock = ex.NewWorkItem(func(any) {
		refreshQueued.Store(false)
		realTimeClock.Lock()
		hal.SetRealTimeClock(hal.FromSystemTime(ke.SystemTime()))
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

// sharedTimeChanged is called when the system time has been set: programs see the
// new one at once. The page that they see it in is processor 0's to write.
func sharedTimeChanged(_, _, _ any) {
	done := ke.NewEvent(nt.NotificationEvent, false)
	d := ke.NewDpc(func(any) {
		updateSharedData()
		done.Set()
	})
	d.SetTargetProcessor(0)
	d.Insert(nil)
	ke.WaitForSingleObject(done, ke.KernelMode, false, nil)
}
