package ke

import (
	"container/heap"

	"gont/nt"
)

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
	index  int
	queued bool
	waiter *Thread // the wait it limits, for a thread's own timer
}

// NewTimer makes a timer of type nt.NotificationTimer or
// nt.SynchronizationTimer, not set.
func NewTimer(typ int) *Timer {
	t := new(Timer)
	t.init(timerNotification + objectKind(typ))
	return t
}

func (t *Timer) init(k objectKind) { t.kind = k }

// timerQueue is ordered by due time.
type timerQueue []*Timer

func (q timerQueue) Len() int           { return len(q) }
func (q timerQueue) Less(i, j int) bool { return q[i].due < q[j].due }
func (q timerQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}
func (q *timerQueue) Push(x any) {
	t := x.(*Timer)
	t.index = len(*q)
	*q = append(*q, t)
}
func (q *timerQueue) Pop() any {
	old := *q
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return t
}

func insertTimer(t *Timer, due uint64) {
	t.due, t.queued = due, true
	heap.Push(&self().timers, t)
}

func cancelTimer(t *Timer) {
	heap.Remove(&self().timers, t.index)
	t.queued = false
}

// SystemTimeOffset is system time minus interrupt time, 100 ns units: what
// absolute due times are reckoned with.
var SystemTimeOffset uint64

func absoluteToInterrupt(due, now uint64) uint64 {
	if due <= SystemTimeOffset {
		return now // long past
	}
	return due - SystemTimeOffset
}

// Set is KeSetTimerEx: due in 100 ns units, negative for relative; period in
// 100 ns units, 0 for once. It reports whether the timer was set before.
func (t *Timer) Set(due int64, period uint64) bool {
	lock()
	was := t.queued
	if was {
		cancelTimer(t)
	}
	t.signal = 0
	t.period = period
	now := db.hooks.Now()
	at := now
	if due < 0 {
		at = now + uint64(-due)
	} else {
		at = absoluteToInterrupt(uint64(due), now)
	}
	insertTimer(t, at)
	if at <= now {
		expire(now)
	}
	dispatch()
	return was
}

// Cancel stops the timer and reports whether it was set.
func (t *Timer) Cancel() bool {
	lock()
	was := t.queued
	if was {
		cancelTimer(t)
	}
	unlock()
	return was
}

// Read returns the time left in 100 ns units (negative or zero: due) and the
// signal state.
func (t *Timer) Read() (left int64, signalled bool) {
	lock()
	defer unlock()
	return int64(t.due - db.hooks.Now()), t.signal != 0
}

// expire fires what is due. The lock is held.
func expire(now uint64) {
	p := self()
	for len(p.timers) > 0 && p.timers[0].due <= now {
		t := heap.Pop(&p.timers).(*Timer)
		t.queued = false
		if t.waiter != nil {
			unwait(t.waiter, nt.StatusTimeout, timerIncrement)
			continue
		}
		t.signal = 1
		waitTest(&t.Header, timerIncrement)
		if t.period != 0 {
			next := t.due + t.period
			if next <= now { // late: no burst, the next beat in step
				next += (now - next) / t.period * t.period
				if next <= now {
					next += t.period
				}
			}
			insertTimer(t, next)
		}
	}
}
