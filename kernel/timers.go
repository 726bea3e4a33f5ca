//go:build kernel

package main

import (
	"sync/atomic"

	"gont/hal"
	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// timer is ETIMER: a timer that may queue a user APC to the thread that has set
// it.
type timer struct {
	*ke.Timer
	now atomic.Pointer[timerApc] // of the last setting, nil: none
}

// timerApc is what one setting of a timer does each time it fires.
type timerApc struct {
	apc *ke.Apc
	dpc *ke.Dpc
}

// set sets the timer, and forgets the APC of the setting before.
func (m *timer) set(t *ps.Thread, due int64, period, routine, context uint64) {
	if routine == 0 {
		m.forget(nil)
		m.Set(due, period)
		return
	}
	x := &timerApc{apc: ke.NewUserApc(t.Thread, nil, nil, routine, context)}
	x.dpc = ke.NewDpc(func(any) {
		if m.now.Load() != x {
			return
		}
		now := systemTime()
		x.apc.Insert(now&0xFFFFFFFF, now>>32, 0) // one that is still queued stays as it is
		if m.now.Load() != x {
			x.apc.Remove() // another processor has set or stopped the timer meanwhile
		}
	})
	m.forget(x)
	m.SetDpc(due, period, x.dpc)
}

// forget takes the last setting's DPC and APC back, and makes x the last one.
func (m *timer) forget(x *timerApc) {
	if old := m.now.Swap(x); old != nil {
		old.dpc.Remove()
		old.apc.Remove()
	}
}

// stop is NtCancelTimer's work; an APC that has not run does not run any more.
func (m *timer) stop() {
	m.Cancel()
	m.forget(nil)
}

// Delete is for the last reference's end.
func (m *timer) Delete() { m.stop() }

// ntCreateTimer(*handle, access, attributes, type)
func ntCreateTimer(t *ps.Thread, c *hal.Context) nt.Status {
	if uint32(c.R9) > nt.SynchronizationTimer {
		return nt.StatusInvalidParameter4
	}
	return createObject(t, c, ob.New(timerType, &timer{Timer: ke.NewTimer(int(uint32(c.R9)))}))
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
	if c.R8 != 0 && memoryLow() {
		return nt.StatusInsufficientResources
	}
	o, m, s := body[*timer](t, c.R10, nt.TimerModify, timerType)
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
	o, m, s := body[*timer](t, c.R10, nt.TimerModify, timerType)
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
	o, m, s := body[*timer](t, c.R10, nt.TimerQuery, timerType)
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
