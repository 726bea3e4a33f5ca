package executive

import (
	"gont/ex"
	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/svc"
)

// NtCreateEventPair(*handle, access, attributes)
func NtCreateEventPair(c *svc.Call) nt.Status {
	return svc.CreateObject(c, ob.New(ex.EventPairType, ex.NewEventPair()))
}

// eventPairService is NtSetLowEventPair(handle) and its like, which all want
// SYNCHRONIZE.
func eventPairService(do func(*ex.EventPair) nt.Status) svc.Routine {
	return func(c *svc.Call) nt.Status {
		t := c.Thread
		o, p, s := svc.Body[*ex.EventPair](t, c.Arg(1), nt.Synchronize, ex.EventPairType)
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

// Services on the two events of a pair: (handle).
var (
	NtSetLowEventPair         = eventPairService(setLow)
	NtSetHighEventPair        = eventPairService(setHigh)
	NtWaitLowEventPair        = eventPairService(waitLow)
	NtWaitHighEventPair       = eventPairService(waitHigh)
	NtSetLowWaitHighEventPair = eventPairService((*ex.EventPair).SetLowWaitHigh)
	NtSetHighWaitLowEventPair = eventPairService((*ex.EventPair).SetHighWaitLow)
)
