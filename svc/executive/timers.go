package executive

import (
	"gont/ex"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/svc"
)

// NtCreateTimer(*handle, access, attributes, type)
func NtCreateTimer(c *svc.Call) nt.Status {
	if c.Uint32(4) > nt.SynchronizationTimer {
		return nt.StatusInvalidParameter4
	}
	return svc.CreateObject(c, ob.New(ex.TimerType, ex.NewTimer(int(c.Uint32(4)))))
}

// NtSetTimer(handle, *due, apc, context, resume, period ms, *previous). The APC
// goes to the caller each time the timer fires, with the system time in its
// arguments. No machine is resumed: STATUS_TIMER_RESUME_IGNORED.
func NtSetTimer(c *svc.Call) nt.Status {
	t := c.Thread
	var due int64
	if s := svc.Get(t, c.Arg(2), &due); !s.OK() {
		return s
	}
	var arg [3]uint64
	for i := range arg {
		arg[i] = c.Arg(5 + i)
	}
	resume, period, prev := arg[0]&0xFF != 0, int32(arg[1]), arg[2]
	switch {
	case period < 0:
		return nt.StatusInvalidParameter6
	case c.Arg(3) != 0 && !svc.UserRip(c.Arg(3)):
		return nt.StatusInvalidParameter
	}
	if c.Arg(3) != 0 && mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	o, m, s := svc.Body[ex.Timer](t, c.Arg(1), nt.TimerModify, ex.TimerType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if s := svc.ProbeOptional(t, prev, 1); !s.OK() {
		return s
	}
	_, was := m.Read()
	m.Set(t.Thread, due, uint64(period)*10_000, c.Arg(3), c.Arg(4))
	if s := svc.PutOptional(t, prev, &was); !s.OK() || !resume {
		return s
	}
	return nt.StatusTimerResumeIgnored
}

// NtCancelTimer(handle, *current)
func NtCancelTimer(c *svc.Call) nt.Status {
	t := c.Thread
	o, m, s := svc.Body[ex.Timer](t, c.Arg(1), nt.TimerModify, ex.TimerType)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if s := svc.ProbeOptional(t, c.Arg(2), 1); !s.OK() {
		return s
	}
	m.Stop()
	if c.Arg(2) != 0 {
		_, state := m.Read()
		return svc.Put(t, c.Arg(2), &state)
	}
	return nt.StatusSuccess
}

func NtQueryTimer(c *svc.Call) nt.Status {
	t := c.Thread
	o, m, s := svc.Body[ex.Timer](t, c.Arg(1), nt.TimerQuery, ex.TimerType)
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
	return svc.Query(c, &v)
}
