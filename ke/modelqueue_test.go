package ke

import (
	"slices"

	"gont/nt"
)

// mQueue is a queue. Who is active for it is counted from the threads.
type mQueue struct {
	object  *mObject
	limit   int
	entries []int
	waiting []*mThread
	down    bool
}

func (m *model) active(q *mQueue) (n int) {
	for _, t := range m.threads {
		if t.queue == q && t.state != Waiting && !t.removing {
			n++
		}
	}
	return n
}

func (m *model) takeEntry(q *mQueue) int {
	e := q.entries[0]
	q.entries = q.entries[1:]
	q.object.signal--
	return e
}

// feed gives entries to waiting threads, the last comer first.
func (m *model) feed(q *mQueue) {
	for len(q.waiting) > 0 && len(q.entries) > 0 && m.active(q) < q.limit {
		t := q.waiting[len(q.waiting)-1]
		t.entry = m.takeEntry(q)
		m.release(t, nt.StatusSuccess, 0)
	}
}

func (m *model) insertEntry(q *mQueue, e int, head bool) (old int, ok bool) {
	old = len(q.entries)
	if !q.down {
		if head {
			q.entries = slices.Insert(q.entries, 0, e)
		} else {
			q.entries = append(q.entries, e)
		}
		q.object.signal++
		m.feed(q)
		m.settle(q.object)
	}
	m.dispatch()
	return old, !q.down
}

// removeEntry begins a Remove of the current thread. What it returns will be in
// the thread's entry and result.
func (m *model) removeEntry(q *mQueue, mode Mode, alertable bool, timeout *int64) {
	t := m.p.current
	var due *uint64
	t.attempt = func() (s nt.Status, done bool) {
		return m.tryRemove(q, mode, alertable, timeout, &due)
	}
	m.begin()
}

func (m *model) tryRemove(q *mQueue, mode Mode, alertable bool, timeout *int64, due **uint64) (s nt.Status, done bool) {
	t := m.p.current
	t.entry = 0
	if q.down {
		return nt.StatusAbandoned, true
	}
	old := t.queue
	t.queue, t.removing = q, true
	if old != nil && old != q {
		m.feed(old)
	}
	free := m.active(q) < q.limit
	t.removing = false
	if len(q.entries) > 0 && free {
		t.entry = m.takeEntry(q)
		return nt.StatusSuccess, true
	}
	if s, stop := m.interrupted(mode, alertable); stop {
		return s, true
	}
	if m.late(timeout, due) {
		return nt.StatusTimeout, true
	}
	q.waiting = append(q.waiting, t)
	m.block(mode, alertable)
	return 0, false
}

func (m *model) rundown(q *mQueue) (entries []int) {
	q.down = true
	entries, q.entries = q.entries, nil
	q.object.signal = 0
	for _, t := range m.threads {
		if t.queue == q {
			t.queue = nil
		}
	}
	for len(q.waiting) > 0 {
		m.release(q.waiting[0], nt.StatusAbandoned, 0)
	}
	m.dispatch()
	return entries
}
