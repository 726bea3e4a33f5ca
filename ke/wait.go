package ke

import (
	"sync/atomic"

	"gont/nt"
)

type objectKind uint8

const (
	eventNotification objectKind = iota
	eventSynchronization
	mutantObject
	semaphoreObject
	timerNotification
	timerSynchronization
	threadObject
	processObject
	queueObject
)

// Header is DISPATCHER_HEADER: what can be waited for.
type Header struct {
	kind   objectKind
	signal int32
	first  *waitBlock
	last   *waitBlock
}

func (h *Header) header() *Header { return h }

// Object is anything with a Header.
type Object interface{ header() *Header }

// waitBlock is one object of one thread's wait.
type waitBlock struct {
	object     *Header
	thread     *Thread
	mutant     *Mutant // the object, where it is one
	key        nt.Status
	next, prev *waitBlock
}

func (b *waitBlock) link() {
	h := b.object
	b.prev = h.last
	if h.last != nil {
		h.last.next = b
	} else {
		h.first = b
	}
	h.last = b
}

func (b *waitBlock) unlink() {
	h := b.object
	if b.prev != nil {
		b.prev.next = b.next
	} else {
		h.first = b.next
	}
	if b.next != nil {
		b.next.prev = b.prev
	} else {
		h.last = b.prev
	}
}

// signalled reports whether t could have the object now.
func (b *waitBlock) signalled() bool {
	return b.object.signal > 0 || b.mutant != nil && b.mutant.owner == b.thread
}

// satisfy lets the thread take the object: a synchronization event or timer is reset, a
// semaphore counts down, a mutant gets its owner. abandoned is true for a mutant whose
// last owner ended without releasing it.
func (b *waitBlock) satisfy() (abandoned bool) {
	switch b.object.kind {
	case eventSynchronization, timerSynchronization:
		b.object.signal = 0
	case semaphoreObject:
		b.object.signal--
	case mutantObject:
		return b.mutant.acquire(b.thread)
	}
	return false
}

// satisfyWait tries to end a wait of t: it takes the first signalled object, or all of
// them when t waits for all. ok is false, and nothing is taken, when the wait goes on;
// status is what the wait returns. The dispatcher lock is held.
func satisfyWait(t *Thread) (status nt.Status, ok bool) {
	if !t.waitAll {
		for i := range t.blocks {
			if b := &t.blocks[i]; b.signalled() {
				status = b.key
				if b.satisfy() {
					status += nt.StatusAbandoned
				}
				return status, true
			}
		}
		return 0, false
	}
	for i := range t.blocks {
		if !t.blocks[i].signalled() {
			return 0, false
		}
	}
	for i := range t.blocks {
		if t.blocks[i].satisfy() {
			status = nt.StatusAbandoned
		}
	}
	return status, true
}

// waitTest is KiWaitTest: releases the threads whose wait h now satisfies, in
// the order in which they came, with increment for their priorities. The lock is
// held.
func waitTest(h *Header, increment int) {
	for b := h.first; b != nil; {
		if h.signal <= 0 && h.kind != mutantObject {
			return
		}
		t := b.thread
		b = b.next
		if status, ok := satisfyWait(t); ok {
			unwait(t, status, increment)
			// The thread's other blocks may have been b: start again.
			b = h.first
		}
	}
}

// WaitForSingleObject is KeWaitForSingleObject. timeout is in 100 ns units,
// negative for relative to now, zero to try only, nil for ever.
//
// It returns STATUS_SUCCESS, STATUS_ABANDONED, STATUS_TIMEOUT, STATUS_ALERTED or
// STATUS_USER_APC (the thread is to end or has a user APC to run; user mode
// only).
func WaitForSingleObject(o Object, mode Mode, alertable bool, timeout *int64) nt.Status {
	return WaitForMultipleObjects([]Object{o}, false, mode, alertable, timeout)
}

// WaitForMultipleObjects is KeWaitForMultipleObjects: for any of the objects
// (the result is its index), or for all at once.
// Preconditions: 1 to 64 objects.
func WaitForMultipleObjects(objects []Object, all bool, mode Mode, alertable bool, timeout *int64) nt.Status {
	return wait(nil, objects, all, mode, alertable, timeout)
}

// SetAndWait is KeSetEvent with Wait and the wait for o that follows it: nobody
// runs in between. Everything else is as for WaitForSingleObject; e is set however
// the wait ends.
func SetAndWait(e *Event, o Object, mode Mode, alertable bool, timeout *int64) nt.Status {
	return wait(e, []Object{o}, false, mode, alertable, timeout)
}

func wait(set *Event, objects []Object, all bool, mode Mode, alertable bool, timeout *int64) nt.Status {
	d := deadline{timeout: timeout}
	for {
		status := waitOnce(set, objects, all, mode, alertable, &d)
		if status != statusKernelApc {
			return status
		}
		set = nil
		if t := self().current; mode == UserMode && t.heldBack(self().irql) {
			suspended(t)
		}
	}
}

// waitOnce sets an event, if set is not nil, and waits until the wait is over
// or, with statusKernelApc, has to begin again.
func waitOnce(set *Event, objects []Object, all bool, mode Mode, alertable bool, d *deadline) nt.Status {
	// Its own blocks are its own while it runs, and nothing is allocated with
	// the lock held.
	if t := self().current; len(objects) > cap(t.blocks) {
		t.blocks = make([]waitBlock, 0, len(objects))
	}
	t := beginWait(d.timeout)
	if set != nil && set.signal == 0 {
		set.signal = 1
		waitTest(&set.Header, eventIncrement)
	}
	if status, ok := interrupted(t, mode, alertable); ok {
		dispatch()
		return status
	}
	for i, o := range objects {
		b := waitBlock{object: o.header(), thread: t, key: nt.Status(i)}
		b.mutant, _ = o.(*Mutant)
		t.blocks = append(t.blocks, b)
	}
	t.waitAll = all
	status, ok := satisfyWait(t)
	if !ok {
		status, ok = d.start(t)
	}
	if ok {
		clear(t.blocks)
		t.blocks = t.blocks[:0]
		dispatch()
		return status
	}
	status = block(t, mode, alertable)
	arrived(t)
	return status
}

// deadline is when a wait ends at the latest. A relative time counts from the
// first time the wait begins, an absolute one by the system time as it is.
type deadline struct {
	timeout *int64
	due     uint64
	known   bool
}

// beginWait takes the lock for a wait of the current thread and checks that it
// may wait. Kernel APCs that are there run first.
func beginWait(timeout *int64) *Thread {
	p := lock()
	t := p.current
	if p.irql >= DispatchLevel && (timeout == nil || *timeout != 0) {
		l := p.irql
		unlock()
		panic(IrqlError(l))
	}
	if t == p.idle {
		unlock()
		panic("ke: the idle thread cannot wait")
	}
	if t.apc.kernel() {
		deliver(t) // from another processor, between two dispatch points
	}
	return t
}

// start sets t's timer; STATUS_TIMEOUT and true when the time is over already.
// The lock is held.
func (d *deadline) start(t *Thread) (nt.Status, bool) {
	if d.timeout == nil {
		return 0, false
	}
	now := db.hooks.Now()
	absolute := *d.timeout > 0
	if absolute {
		d.due = absoluteToInterrupt(uint64(*d.timeout), now)
	} else if !d.known {
		d.due = now + uint64(-*d.timeout)
	}
	d.known = true
	if d.due <= now {
		return nt.StatusTimeout, true
	}
	t.timeout.waiter, t.timeout.absolute = t, absolute
	db.timers.insert(&t.timeout, d.due)
	return 0, false
}

// interrupted reports what keeps t from beginning to wait. The lock is held.
func interrupted(t *Thread, mode Mode, alertable bool) (nt.Status, bool) {
	if t.alerted && alertable {
		t.alerted = false
		return nt.StatusAlerted, true
	}
	if mode == UserMode {
		if alertable && t.apc.user.head != nil {
			t.apc.userPending.Store(true)
		}
		if t.terminate.Load() || t.apc.userPending.Load() {
			return nt.StatusUserApc, true
		}
		if t.heldBack(self().irql) {
			return statusKernelApc, true
		}
	}
	return 0, false
}

// block makes the current thread wait for what is in its blocks, and returns the
// wait's status. The lock is held, and released. The caller runs arrived when
// it has read what the end of the wait left in the thread.
func block(t *Thread, mode Mode, alertable bool) nt.Status {
	for i := range t.blocks {
		t.blocks[i].link()
	}
	t.waitMode, t.alertable = mode, alertable
	reason := t.waitReason
	if reason == 0 && mode == UserMode {
		reason = nt.WaitUserRequest
	}
	atomic.StoreUint32(&t.reason, reason)
	t.setState(Waiting)
	if q := t.queue; q != nil {
		q.active--
		q.feed()
	}
	swapOnly(self().bestOrIdle())
	return t.waitStatus
}

// Delay is KeDelayExecutionThread: waits for nothing but the time.
func Delay(mode Mode, alertable bool, timeout int64) nt.Status {
	var never Event
	never.init(eventNotification, false)
	t := self().current
	t.waitReason = nt.WaitDelayExecution
	s := WaitForSingleObject(&never, mode, alertable, &timeout)
	t.waitReason = 0
	if s == nt.StatusTimeout {
		s = nt.StatusSuccess
	}
	return s
}

// Alert is KeAlertThread: ends an alertable wait, or the next one. It reports
// whether an alert was already there.
func Alert(t *Thread) bool {
	lock()
	old := t.alerted
	if t.state == Waiting && t.alertable {
		unwait(t, nt.StatusAlerted, alertIncrement)
	} else {
		t.alerted = true
	}
	dispatch()
	return old
}
