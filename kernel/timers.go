//go:build kernel

package main

import (
	"gont/ex"
	"gont/hal"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// ntCreateTimer(*handle, access, attributes, type)
func ntCreateTimer(t *ps.Thread, c *hal.Context) nt.Status {
	if uint32(c.R9) > nt.SynchronizationTimer {
		return nt.StatusInvalidParameter4
	}
	return createObject(t, c, ob.New(ex.TimerType, ex.NewTimer(int(uint32(c.R9)))))
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
	o, m, s := body[ex.Timer](t, c.R10, nt.TimerModify, ex.TimerType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if s := probeOptional(t, prev, 1); !s.OK() {
		return s
	}
	_, was := m.Read()
	m.Set(t.Thread, due, uint64(period)*10_000, c.R8, c.R9)
	if s := putOptional(t, prev, &was); !s.OK() || !resume {
		return s
	}
	return nt.StatusTimerResumeIgnored
}

// ntCancelTimer(handle, *current)
func ntCancelTimer(t *ps.Thread, c *hal.Context) nt.Status {
	o, m, s := body[ex.Timer](t, c.R10, nt.TimerModify, ex.TimerType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if s := probeOptional(t, c.Rdx, 1); !s.OK() {
		return s
	}
	m.Stop()
	if c.Rdx != 0 {
		_, state := m.Read()
		return put(t, c.Rdx, &state)
	}
	return nt.StatusSuccess
}

func ntQueryTimer(t *ps.Thread, c *hal.Context) nt.Status {
	o, m, s := body[ex.Timer](t, c.R10, nt.TimerQuery, ex.TimerType)
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
