package system

import (
	"gont/ex"
	"gont/ke"
	"gont/nt"
	"gont/se"
	"gont/svc"
)

// lastSystemTime is the latest time that can be set: some 30,000 years from 1601.
const lastSystemTime = 0x20000000<<32 | 0xFFFFFFFF

// NtSetSystemTime(*new, *old): who asks must hold SeSystemtimePrivilege. Without
// a new time it is the CMOS clock's. Timers and waits that end at a time of day are
// moved; \Callback\SetSystemTime is notified.
func NtSetSystemTime(c *svc.Call) nt.Status {
	t := c.Thread
	if !t.Process.Holds(se.SystemtimePrivilege) {
		return nt.StatusPrivilegeNotHeld
	}
	var now uint64
	if c.Arg(1) == 0 {
		now, _ = Machine.RealTime()
	} else if s := svc.Get(t, c.Arg(1), &now); !s.OK() {
		return s
	}
	if s := svc.ProbeOptional(t, c.Arg(2), 8); !s.OK() {
		return s
	}
	if now == 0 || now > lastSystemTime {
		return nt.StatusInvalidParameter
	}
	old := ke.SetSystemTime(now)
	ke.MoveBootTime(now - old)
	ex.TimeCallback.Notify(nil, nil)
	return svc.PutOptional(t, c.Arg(2), &old)
}
