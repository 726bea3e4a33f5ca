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

// ntCreateEventPair(*handle, access, attributes)
func ntCreateEventPair(t *ps.Thread, c *hal.Context) nt.Status {
	return createObject(t, c, ob.New(ex.EventPairType, ex.NewEventPair()))
}

// eventPairService is NtSetLowEventPair(handle) and its like, which all want
// SYNCHRONIZE.
func eventPairService(do func(*ex.EventPair) nt.Status) service {
	return func(t *ps.Thread, c *hal.Context) nt.Status {
		o, p, s := body[*ex.EventPair](t, c.R10, nt.Synchronize, ex.EventPairType)
		if !s.OK() {
			return s
		}
		s = do(p)
		o.Dereference()
		return s
	}
}

func setLow(p *ex.EventPair) nt.Status   { p.Low.Set(); return nt.StatusSuccess }
func setHigh(p *ex.EventPair) nt.Status  { p.High.Set(); return nt.StatusSuccess }
func waitLow(p *ex.EventPair) nt.Status  { return waitForHalf(p.Low) }
func waitHigh(p *ex.EventPair) nt.Status { return waitForHalf(p.High) }

func waitForHalf(e *ke.Event) nt.Status {
	return ke.WaitForSingleObject(e, ke.UserMode, false, nil)
}
