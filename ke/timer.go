package ke

import "gont/nt"

// Timer kinds.
const (
	NotificationTimer    = timerNotification
	SynchronizationTimer = timerSynchronization
)

// Timer is KTIMER. due is interrupt time in 100 ns units.
type Timer struct {
	Header
	due    uint64
	period uint64 // 100 ns, 0: once
	dpc    *Dpc
	waiter *Thread // the wait it limits, for a thread's own timer
	// absolute: due was told in system time, and moves when that is set.
	absolute bool

	list       *timerList // that it is pending in
	next, prev *Timer
}

// NewTimer makes a timer of type nt.NotificationTimer or
// nt.SynchronizationTimer, not set.
func NewTimer(typ int) *Timer {
	t := new(Timer)
	t.init(timerNotification + objectKind(typ))
	return t
}

func (t *Timer) init(k objectKind) { t.kind = k }

func absoluteToInterrupt(due, now uint64) uint64 { return interruptAt(due, now, SystemTimeOffset()) }

// Set is KeSetTimerEx without a DPC: due in 100 ns units, negative for relative; period in
// 100 ns units, 0 for once. It reports whether the timer was set before.
func (t *Timer) Set(due int64, period uint64) bool { return t.SetDpc(due, period, nil) }

// SetDpc is Set for a timer that queues d each time it fires, with itself as the
// argument; d may be nil.
func (t *Timer) SetDpc(due int64, period uint64, d *Dpc) bool {
	was, _ := t.Replace(due, period, d)
	return was
}

// Replace is SetDpc that also returns the DPC of the setting before, nil for none.
// Of several callers each gets another one: what was replaced is theirs to take back.
func (t *Timer) Replace(due int64, period uint64, d *Dpc) (was bool, old *Dpc) {
	lock()
	was, old = t.queued(), t.dpc
	if was {
		db.timers.remove(t)
	}
	t.signal = 0
	t.period, t.dpc = period, d
	now := db.hooks.Now()
	at := now
	if t.absolute = due >= 0; t.absolute {
		at = absoluteToInterrupt(uint64(due), now)
	} else {
		at = now + uint64(-due)
	}
	if at <= now {
		t.due = at
		fire(t)
	} else {
		db.timers.insert(t, at)
	}
	dispatch()
	return was, old
}

// Cancel stops the timer and reports whether it was set.
func (t *Timer) Cancel() bool {
	was, _ := t.Withdraw()
	return was
}

// Withdraw is Cancel that also takes the DPC away from the timer, and returns it.
func (t *Timer) Withdraw() (was bool, old *Dpc) {
	lock()
	was, old = t.queued(), t.dpc
	if was {
		db.timers.remove(t)
	}
	t.dpc = nil
	unlock()
	return was, old
}

// Dpc returns the DPC of the last setting, nil for none.
func (t *Timer) Dpc() *Dpc {
	lock()
	defer unlock()
	return t.dpc
}

// Read returns the time left in 100 ns units (negative or zero: due) and the
// signal state.
func (t *Timer) Read() (left int64, signalled bool) {
	lock()
	defer unlock()
	return int64(t.due - db.hooks.Now()), t.signal != 0
}

// fire is what happens when a timer's time has come. The timer is not pending,
// and the lock is held.
func fire(t *Timer) {
	if t.waiter != nil {
		unwait(t.waiter, nt.StatusTimeout, timerIncrement)
		return
	}
	t.signal = 1
	waitTest(&t.Header, timerIncrement)
	if t.dpc != nil && t.dpc.queue == nil {
		t.dpc.insert(t)
	}
	if t.period != 0 {
		t.absolute = false // from its first beat on
		// Late: no burst, the next beat in step.
		now := db.hooks.Now()
		next := t.due + t.period
		if next <= now {
			next += (now - next) / t.period * t.period
			if next <= now {
				next += t.period
			}
		}
		db.timers.insert(t, next)
	}
}
