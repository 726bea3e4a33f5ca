package ke

import "gont/nt"

// Queue is KQUEUE: entries, first come first served, and threads that take
// them, of which no more than the limit are to run at a time. A thread belongs
// to the queue that it last took from; while it waits for anything, another
// may take its place. As a dispatcher object a queue is signalled while
// it has entries; waiting for it takes none.
type Queue struct {
	Header              // signal counts the entries
	waiters     Header  // threads in Remove; the last one is served first
	members     *Thread // all threads that belong to it
	active      int     // members that do not wait
	limit       int
	first, last *QueueEntry
	down        bool
}

// QueueEntry is what a queue holds.
type QueueEntry struct {
	Value any
	queue *Queue // that it is in
	next  *QueueEntry
}

// NewQueue makes a queue that lets limit threads run at a time; 0 stands for
// the number of processors there are now.
func NewQueue(limit int) *Queue {
	if limit == 0 {
		limit = Processors()
	}
	return &Queue{Header: Header{kind: queueObject}, waiters: Header{kind: queueObject}, limit: limit}
}

// Insert is KeInsertQueue: gives e to a waiting thread if the limit allows, or
// else appends it. It returns the number of entries before, and false, with
// nothing inserted, when the queue has been run down.
// Precondition: e is in no queue.
func (q *Queue) Insert(e *QueueEntry) (old int, ok bool) { return q.insert(e, false) }

// InsertHead is KeInsertHeadQueue: e will be the first entry.
func (q *Queue) InsertHead(e *QueueEntry) (old int, ok bool) { return q.insert(e, true) }

func (q *Queue) insert(e *QueueEntry, head bool) (old int, ok bool) {
	lock()
	if e.queue != nil {
		unlock()
		panic("ke: a queue entry is inserted twice")
	}
	old, ok = int(q.signal), !q.down
	if ok {
		e.queue = q
		if head {
			if e.next = q.first; q.first == nil {
				q.last = e
			}
			q.first = e
		} else {
			if q.first == nil {
				q.first = e
			} else {
				q.last.next = e
			}
			q.last = e
		}
		q.signal++
		q.feed()
		if q.signal > 0 {
			waitTest(&q.Header, 0)
		}
	}
	dispatch()
	return old, ok
}

// take removes the first entry. The lock is held.
func (q *Queue) take() *QueueEntry {
	e := q.first
	if q.first = e.next; q.first == nil {
		q.last = nil
	}
	e.queue, e.next = nil, nil
	q.signal--
	return e
}

// feed is KiActivateWaiterQueue: lets waiting threads take entries as far as
// the limit allows. The lock is held.
func (q *Queue) feed() {
	for q.signal > 0 && q.active < q.limit && q.waiters.last != nil {
		t := q.waiters.last.thread
		t.entry = q.take()
		unwait(t, nt.StatusSuccess, 0) // counts t as active
	}
}

// join makes the current thread, which is not active for the queue, a member.
func (q *Queue) join(t *Thread) {
	if t.queue == q {
		q.active--
		return
	}
	if t.queue != nil {
		t.queue.leave(t)
	}
	t.queue = q
	t.memberNext, t.memberPrev = q.members, nil
	if q.members != nil {
		q.members.memberPrev = t
	}
	q.members = t
}

// leave ends the running thread's membership.
func (q *Queue) leave(t *Thread) {
	q.forget(t)
	q.active--
	q.feed()
}

func (q *Queue) forget(t *Thread) {
	if t.memberPrev != nil {
		t.memberPrev.memberNext = t.memberNext
	} else {
		q.members = t.memberNext
	}
	if t.memberNext != nil {
		t.memberNext.memberPrev = t.memberPrev
	}
	t.queue, t.memberNext, t.memberPrev = nil, nil, nil
}

// Remove is KeRemoveQueue: takes the first entry, or waits for one, the last
// comer being served first. timeout is as for WaitForSingleObject. Without an
// entry the status is STATUS_TIMEOUT, STATUS_ALERTED, STATUS_USER_APC, or
// STATUS_ABANDONED when the queue is run down.
func (q *Queue) Remove(mode Mode, alertable bool, timeout *int64) (*QueueEntry, nt.Status) {
	d := deadline{timeout: timeout}
	for {
		e, status := q.removeOnce(mode, alertable, &d)
		if status != statusKernelApc {
			return e, status
		}
		if t := self().current; mode == UserMode && t.heldBack(self().irql) {
			suspended(t)
		}
	}
}

// removeOnce is Remove up to its end or, with statusKernelApc, to a new
// beginning.
func (q *Queue) removeOnce(mode Mode, alertable bool, d *deadline) (*QueueEntry, nt.Status) {
	t := beginWait(d.timeout)
	if q.down {
		dispatch()
		return nil, nt.StatusAbandoned
	}
	q.join(t)
	if q.signal > 0 && q.active < q.limit {
		e := q.take()
		q.active++
		dispatch()
		return e, nt.StatusSuccess
	}
	status, ok := interrupted(t, mode, alertable)
	if !ok {
		status, ok = d.start(t)
	}
	if ok {
		q.active++
		dispatch()
		return nil, status
	}
	t.blocks = append(t.blocks, waitBlock{object: &q.waiters, thread: t})
	t.waitAll = false
	q.active++ // block takes it back
	t.waitReason = nt.WaitQueue
	status = block(t, mode, alertable)
	t.waitReason = 0
	e := t.entry
	t.entry = nil
	arrived(t)
	return e, status
}

// Rundown is KeRundownQueue: the queue ends. Its entries are returned in order, as
// a list that Next takes apart; threads in Remove get
// STATUS_ABANDONED, and no thread belongs to it any more.
func (q *Queue) Rundown() (first *QueueEntry) {
	lock()
	q.down = true
	first = q.first
	q.first, q.last, q.signal = nil, nil, 0
	for q.members != nil {
		q.forget(q.members)
	}
	q.active = 0
	for q.waiters.first != nil {
		unwait(q.waiters.first.thread, nt.StatusAbandoned, 0)
	}
	dispatch()
	return first
}

// Next takes the entry that Rundown has returned, or Next has, out of the list, and
// returns the one behind it, nil at the end.
func (e *QueueEntry) Next() (next *QueueEntry) {
	next, e.queue, e.next = e.next, nil, nil
	return next
}

// Read returns how many entries there are, how many threads run for the queue,
// and how many may.
func (q *Queue) Read() (entries, active, limit int) {
	lock()
	defer unlock()
	return int(q.signal), q.active, q.limit
}
