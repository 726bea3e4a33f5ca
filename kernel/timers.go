//go:build kernel

package main

import (
	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// timer is ETIMER: a timer that may queue a user APC to the thread that has set
// it. The DPC of such a setting has the APC as its context.
type timer struct{ *ke.Timer }

// set sets the timer, and forgets the APC of the setting before.
func (m timer) set(t *ps.Thread, due int64, period, routine, context uint64) {
	var d *ke.Dpc
	if routine != 0 {
		a := ke.NewUserApc(t.Thread, nil, nil, routine, context)
		d = ke.NewDpc(func(any) { m.expired(d, a) })
		d.Context = a
	}
	_, old := m.Replace(due, period, d)
	takeBack(old)
}

// expired is the DPC d's work: queues a, unless the timer has been set again or
// stopped meanwhile, perhaps by another processor. DISPATCH_LEVEL.
func (m timer) expired(d *ke.Dpc, a *ke.Apc) {
	if m.Dpc() != d {
		return
	}
	now := ke.SystemTime()
	a.Insert(now&0xFFFFFFFF, now>>32, 0) // one that is still queued stays as it is
	if m.Dpc() != d {
		a.Remove()
	}
}

// takeBack removes what a setting that is no more has queued.
func takeBack(d *ke.Dpc) {
	if d != nil {
		d.Remove()
		d.Context.(*ke.Apc).Remove()
	}
}

// stop is NtCancelTimer's work; an APC that has not run does not run any more.
func (m timer) stop() {
	_, old := m.Withdraw()
	takeBack(old)
}

// Delete is for the last reference's end.
func (m timer) Delete() { m.stop() }

// ntCreateTimer(*handle, access, attributes, type)
func ntCreateTimer(t *ps.Thread, c *hal.Context) nt.Status {
	if uint32(c.R9) > nt.SynchronizationTimer {
		return nt.StatusInvalidParameter4
	}
	return createObject(t, c, ob.New(timerType, timer{Timer: ke.NewTimer(int(uint32(c.R9)))}))
}

// ntSetTimer(handle, *due, apc, context, resume, period ms, *previous). The APC
// goes to the caller each time the timer fires, with the system time in its
// arguments. No machine is resumed: STATUS_TIMER_RESUME_IGNORED.
func ntSetTimer(t *ps.Thread, c *hal.Context) nt.Status {
	var due int64
	if s := get(t, c.Rdx, &due); !s.OK() {
		return s
	}
	var arg [3]uint64
	for i := range arg {
		var s nt.Status
		if arg[i], s = argument(t, c, 5+i); !s.OK() {
			return s
		}
	}
	resume, period, prev := arg[0]&0xFF != 0, int32(arg[1]), arg[2]
	switch {
	case period < 0:
		return nt.StatusInvalidParameter6
	case c.R8 != 0 && !userRip(c.R8):
		return nt.StatusInvalidParameter
	}
	if c.R8 != 0 && mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	o, m, s := body[timer](t, c.R10, nt.TimerModify, timerType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if s := probeOptional(t, prev, 1); !s.OK() {
		return s
	}
	_, was := m.Read()
	m.set(t, due, uint64(period)*10_000, c.R8, c.R9)
	if s := putOptional(t, prev, &was); !s.OK() || !resume {
		return s
	}
	return nt.StatusTimerResumeIgnored
}

// ntCancelTimer(handle, *current)
func ntCancelTimer(t *ps.Thread, c *hal.Context) nt.Status {
	o, m, s := body[timer](t, c.R10, nt.TimerModify, timerType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if s := probeOptional(t, c.Rdx, 1); !s.OK() {
		return s
	}
	m.stop()
	if c.Rdx != 0 {
		_, state := m.Read()
		return put(t, c.Rdx, &state)
	}
	return nt.StatusSuccess
}

func ntQueryTimer(t *ps.Thread, c *hal.Context) nt.Status {
	o, m, s := body[timer](t, c.R10, nt.TimerQuery, timerType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	left, state := m.Read()
	v := struct {
		Remaining int64
		State     bool
		_         [7]byte
	}{Remaining: left, State: state}
	return query(t, c, &v)
}
