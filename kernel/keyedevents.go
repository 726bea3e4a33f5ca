//go:build kernel

package main

import (
	"gont/ex"
	"gont/hal"
	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// ntCreateKeyedEvent(*handle, access, attributes, flags): there are no flags.
func ntCreateKeyedEvent(t *ps.Thread, c *hal.Context) nt.Status {
	if uint32(c.R9) != 0 {
		return nt.StatusInvalidParameter4
	}
	return createObject(t, c, ob.New(ex.KeyedEventType, ex.NewKeyedEvent()))
}

// keyedEventService is NtWaitForKeyedEvent and NtReleaseKeyedEvent(handle, key,
// alertable, *timeout). A key is even: STATUS_INVALID_PARAMETER_1.
func keyedEventService(access nt.AccessMask, do func(e *ex.KeyedEvent, process any, key uint64, mode ke.Mode, alertable bool, timeout *int64) nt.Status) service {
	return func(t *ps.Thread, c *hal.Context) nt.Status {
		if c.Rdx&1 != 0 {
			return nt.StatusInvalidParameter1
		}
		timeout, s := readTimeout(t, c.R9)
		if !s.OK() {
			return s
		}
		o := ex.CritSecEvent
		if c.R10 == 0 {
			o.Reference()
		} else if o, s = t.Process.Handles.Reference(nt.Handle(c.R10), access, ex.KeyedEventType); !s.OK() {
			return s
		}
		s = do(o.Body.(*ex.KeyedEvent), t.Process, c.Rdx, ke.UserMode, c.R8&0xFF != 0, timeout)
		o.Dereference()
		return s
	}
}
