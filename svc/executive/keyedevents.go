package executive

import (
	"gont/ex"
	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/svc"
)

// NtCreateKeyedEvent(*handle, access, attributes, flags): there are no flags.
func NtCreateKeyedEvent(c *svc.Call) nt.Status {
	if c.Uint32(4) != 0 {
		return nt.StatusInvalidParameter4
	}
	return svc.CreateObject(c, ob.New(ex.KeyedEventType, ex.NewKeyedEvent()))
}

// keyedEventService is NtWaitForKeyedEvent and NtReleaseKeyedEvent(handle, key,
// alertable, *timeout). A key is even: STATUS_INVALID_PARAMETER_1.
func keyedEventService(access nt.AccessMask, do func(e *ex.KeyedEvent, process any, key uint64, mode ke.Mode, alertable bool, timeout *int64) nt.Status) svc.Routine {
	return func(c *svc.Call) nt.Status {
		t := c.Thread
		if c.Arg(2)&1 != 0 {
			return nt.StatusInvalidParameter1
		}
		timeout, s := svc.ReadTimeout(t, c.Arg(4))
		if !s.OK() {
			return s
		}
		o := ex.CritSecEvent
		if c.Arg(1) == 0 {
			o.Reference()
		} else if o, s = t.Process.Handles.Reference(c.Handle(1), access, ex.KeyedEventType); !s.OK() {
			return s
		}
		s = do(o.Body.(*ex.KeyedEvent), t.Process, c.Arg(2), ke.UserMode, c.Bool(3), timeout)
		o.Dereference()
		return s
	}
}

// The two sides of a meeting.
var (
	NtWaitForKeyedEvent = keyedEventService(nt.KeyedEventWait, (*ex.KeyedEvent).Wait)
	NtReleaseKeyedEvent = keyedEventService(nt.KeyedEventWake, (*ex.KeyedEvent).Release)
)
