package ke

import (
	"cmp"
	"slices"
)

// timerHands is how many lists a timer table has (NT: 256).
const timerHands = 256

// timerList is a list of timers, the earliest first.
type timerList struct{ head, tail *Timer }

// timerTable is KTIMER_TABLE: the pending timers of a processor, hashed by the
// clock tick in which they are due. Setting one looks at the others of its
// hand, from the end that is nearer; a clock tick looks at the first one of the hands
// it passes, however many timers are pending.
type timerTable struct {
	hands [timerHands]timerList
	tick  Reciprocal // of the tick's length
	// index is the tick of the last expiry: everything due before it has
	// fired.
	index uint64
	count int
}

func (w *timerTable) init(increment, now uint64) {
	if w.tick = tickReciprocal; increment != TimeIncrement || w.tick == (Reciprocal{}) {
		w.tick = NewReciprocal(increment)
	}
	w.index = w.tick.Divide(now)
}

// queued reports whether the timer is pending.
func (t *Timer) queued() bool { return t.list != nil }

// place finds what a timer that is due then comes after, from the nearer end;
// nil for the front.
func (l *timerList) place(due uint64) (before *Timer) {
	if l.head == nil || due < l.head.due {
		return nil
	}
	if before = l.tail; due >= before.due {
		return before
	}
	if due-l.head.due < l.tail.due-due {
		for before = l.head; before.next.due <= due; {
			before = before.next
		}
		return before
	}
	for before.due > due {
		before = before.prev
	}
	return before
}

// insert makes t pending. Precondition: it is not.
func (w *timerTable) insert(t *Timer, due uint64) {
	l := &w.hands[max(w.tick.Divide(due), w.index)%timerHands]
	before := l.place(due)
	t.due, t.list, t.prev = due, l, before
	if before != nil {
		t.next, before.next = before.next, t
	} else {
		t.next, l.head = l.head, t
	}
	if t.next != nil {
		t.next.prev = t
	} else {
		l.tail = t
	}
	w.count++
}

// remove takes a pending timer out.
func (w *timerTable) remove(t *Timer) {
	l := t.list
	if t.prev != nil {
		t.prev.next = t.next
	} else {
		l.head = t.next
	}
	if t.next != nil {
		t.next.prev = t.prev
	} else {
		l.tail = t.prev
	}
	t.list, t.next, t.prev = nil, nil, nil
	w.count--
}

// expire calls fire for all timers that are due, the earliest first; they are
// not pending any more. fire may set and cancel timers, but set none that is
// due.
func (w *timerTable) expire(now uint64, fire func(*Timer)) {
	first, last := w.index, max(w.tick.Divide(now), w.index)
	w.index = last
	if last-first >= timerHands {
		w.expireLate(now, fire)
		return
	}
	for i := first; i <= last; i++ {
		l := &w.hands[i%timerHands]
		for l.head != nil && l.head.due <= now {
			t := l.head
			w.remove(t)
			fire(t)
		}
	}
}

// expireLate is expire after the clock has stood still for a whole turn of the
// hands or longer: hands then hold due timers of several turns.
func (w *timerTable) expireLate(now uint64, fire func(*Timer)) {
	var due []*Timer
	for i := range w.hands {
		for t := w.hands[i].head; t != nil && t.due <= now; t = t.next {
			due = append(due, t)
		}
	}
	slices.SortStableFunc(due, func(a, b *Timer) int { return cmp.Compare(a.due, b.due) })
	for _, t := range due {
		// One that fired before may have cancelled it, or it was set again.
		if t.queued() && t.due <= now {
			w.remove(t)
			fire(t)
		}
	}
}

// first is the earliest due time, 0 if no timer is pending.
func (w *timerTable) first() (due uint64) {
	if w.count == 0 {
		return 0
	}
	for i := range w.hands {
		if t := w.hands[i].head; t != nil && (due == 0 || t.due < due) {
			due = t.due
		}
	}
	return due
}
