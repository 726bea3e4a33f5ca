// Package realtime joins the system time with the machine's real-time clock and with the
// time zone (SPEC P1.7, P1.25): the clock is read once when the system starts, set when the
// system time is set, and shows local time unless the registry says otherwise.
//
// Functions want PASSIVE_LEVEL. clock is held by the thread that uses the machine's clock;
// nothing is taken inside.
package realtime

import (
	"fmt"
	"sync/atomic"

	"gont/cm/control"
	"gont/ex"
	"gont/hal"
	"gont/ke"
)

// Machine is the machine's real-time clock, in local time unless RealTimeIsUniversal.
type Machine struct {
	Query   func() (t hal.Time, ok bool) // ok is false for a time that no clock shows
	Set     func(t hal.Time) bool
	Present func() bool // the firmware has not said that there is none
}

var (
	machine  Machine
	settings *control.Vector
	clock    ke.FastMutex
)

// Connect names the clock and the settings that count.
func Connect(m Machine, v *control.Vector) { machine, settings = m, v }

// assumed is the time of a machine whose clock cannot be used.
var assumed = hal.Time{Year: 2026, Month: 1, Day: 1}

// QueryClock takes the system time and the boot time from the machine's clock (SPEC P1.7).
// year, if it is not 0, is put in the place of the clock's (the option YEAR). A clock that
// is not there or shows nonsense is a problem, and a fixed time is taken.
func QueryClock(year int) (problem string) {
	t, ok := machine.Query()
	if !ok && !machine.Present() {
		problem = "The firmware says that there is no real-time clock; 2026-01-01 is assumed."
		t = assumed
	} else if !ok || t.Year < 2000 {
		problem = fmt.Sprintf("The real-time clock shows %04d-%02d-%02d %02d:%02d:%02d, which cannot be; 2026-01-01 is assumed.",
			t.Year, t.Month, t.Day, t.Hour, t.Minute, t.Second)
		t = assumed
	}
	if year != 0 {
		t.Year = year
		if t.Month == 2 && t.Day == 29 {
			t.Day = 28
		}
	}
	now := t.SystemTime() + bias(lastBias())
	ke.SetSystemTime(now)
	ke.SetBootTime(now)
	return problem
}

// Show returns the system time that the machine's clock shows; false if it shows none.
func Show() (uint64, bool) {
	var shown hal.Time
	var ok bool
	WithClock(func() { shown, ok = machine.Query() })
	if !ok {
		return 0, false
	}
	return shown.SystemTime() + bias(ex.CurrentTimeZone().Active), true
}

// WithClock calls f while nobody else uses the machine's clock and its registers.
func WithClock(f func()) {
	clock.Lock()
	defer clock.Unlock()
	f()
}

// refresh is the work item that sets the machine's clock to the system time, queued
// whether it is in its queue.
var (
	refresh = ex.NewWorkItem(func(any) {
		queued.Store(false)
		WithClock(func() { machine.Set(local(ke.SystemTime())) })
	}, nil)
	queued atomic.Bool
)

// Changed is called when the system time has been set: a callback of
// \Callback\SetSystemTime. The thread that sets the time does not wait for the machine's
// clock.
func Changed(_, _, _ any) {
	if queued.CompareAndSwap(false, true) {
		ex.QueueWorkItem(refresh, ex.DelayedWorkQueue)
	}
}

// minute is in 100 ns.
const minute = 60 * 10_000_000

// bias is added to what the machine's clock shows to get the system time, 100 ns: nothing
// for a clock that shows universal time. active is the zone's bias, in minutes, that counted
// when the clock was last set.
func bias(active int64) uint64 {
	if settings.Flag(control.RealTimeIsUniversal) {
		return 0
	}
	return uint64(active * minute)
}

// local is a system time as the machine's clock is to show it.
func local(system uint64) hal.Time {
	return hal.FromSystemTime(system - bias(ex.CurrentTimeZone().Active))
}
