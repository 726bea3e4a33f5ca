package ex

import (
	"gont/ke"
	"gont/nt"
)

// EventPair is EEVENT_PAIR: two synchronization events, by which a client (low)
// and a server (high) take turns.
type EventPair struct{ Low, High *ke.Event }

// NewEventPair makes a pair, neither of them signalled.
func NewEventPair() *EventPair {
	return &EventPair{ke.NewEvent(nt.SynchronizationEvent, false), ke.NewEvent(nt.SynchronizationEvent, false)}
}

// SetLowWaitHigh sets the low event and waits for the high one, without anybody
// running in between. It returns STATUS_SUCCESS, or STATUS_USER_APC when the
// thread is to end or has a user APC; the event is set all the same.
func (p *EventPair) SetLowWaitHigh() nt.Status { return turn(p.Low, p.High) }

// SetHighWaitLow is the other side's SetLowWaitHigh.
func (p *EventPair) SetHighWaitLow() nt.Status { return turn(p.High, p.Low) }

func turn(set, wait *ke.Event) nt.Status {
	return ke.SetAndWait(set, wait, ke.UserMode, false, nil)
}
