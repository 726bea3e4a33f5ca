package ex

import (
	"gont/ke"
)

// Timer is ETIMER: a timer that may queue a user APC to the thread that has set
// it. The DPC of such a setting has the APC as its context.
type Timer struct{ *ke.Timer }

// NewTimer makes a timer of type nt.NotificationTimer or nt.SynchronizationTimer.
func NewTimer(typ int) Timer { return Timer{ke.NewTimer(typ)} }

// Set sets the timer, and forgets the APC of the setting before.
func (m Timer) Set(t *ke.Thread, due int64, period, routine, context uint64) {
	var d *ke.Dpc
	if routine != 0 {
		a := ke.NewUserApc(t, nil, nil, routine, context)
		d = ke.NewDpc(func(any) { m.expired(d, a) })
		d.Context = a
	}
	_, old := m.Replace(due, period, d)
	takeBack(old)
}

// expired is the DPC d's work: queues a, unless the timer has been set again or
// stopped meanwhile, perhaps by another processor. DISPATCH_LEVEL.
func (m Timer) expired(d *ke.Dpc, a *ke.Apc) {
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

// Stop is NtCancelTimer's work; an APC that has not run does not run any more.
func (m Timer) Stop() {
	_, old := m.Withdraw()
	takeBack(old)
}

// Delete is for the last reference's end.
func (m Timer) Delete() { m.Stop() }
