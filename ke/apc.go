package ke

import (
	"sync/atomic"

	"gont/nt"
)

// statusKernelApc ends a wait so that the thread can run a kernel APC, or, if it is a
// user-mode wait, stay where it is while the thread is suspended (which is a kernel APC
// in NT); the wait begins again afterwards and the caller never sees it (NT:
// STATUS_KERNEL_APC).
const statusKernelApc nt.Status = 0x100

// Apc is KAPC: a call that a thread makes when it next can.
type Apc struct {
	// Routine, Context and the arguments of Insert are for ring 3.
	Routine, Context, Arg1, Arg2 uint64

	thread   *Thread
	user     bool
	kernel   func(*Apc)
	normal   func(*Apc)
	rundown  func(*Apc)
	inserted *apcList
	next     *Apc
}

// apcList is a list of APCs, the first to run first.
type apcList struct{ head, tail *Apc }

// apcState is what a thread has to do with APCs.
type apcState struct {
	special, normal, user apcList
	waiting               atomic.Int32 // kernel APCs that are queued; changed with the lock held
	userPending           atomic.Bool  // one is to be delivered on the way to ring 3; changed with the lock held
	inProgress            bool         // a normal kernel APC runs
	criticalRegions       atomic.Int32 // changed by the thread itself, without the lock
	guardedRegions        atomic.Int32 // likewise
	closed                bool         // nothing can be inserted any more
}

// NewKernelApc makes a kernel APC for t. kernel runs at APC_LEVEL. If normal is
// nil, the APC is a special one; else normal runs at PASSIVE_LEVEL afterwards,
// in no critical region and not inside another normal routine. kernel may be
// nil if normal is not.
func NewKernelApc(t *Thread, kernel, normal func(*Apc)) *Apc {
	return &Apc{thread: t, kernel: kernel, normal: normal}
}

// InitializeSpecial makes a, which is in no queue, a special kernel APC for t: kernel
// runs at APC_LEVEL. It allocates nothing. DISPATCH_LEVEL or below.
func (a *Apc) InitializeSpecial(t *Thread, kernel func(*Apc)) {
	*a = Apc{thread: t, kernel: kernel}
}

// NewUserApc makes a user APC for t, which is to call routine(context, ...) in
// ring 3. kernel runs at APC_LEVEL in t right before, rundown in t if it ends
// with the APC undelivered; both may be nil.
func NewUserApc(t *Thread, kernel, rundown func(*Apc), routine, context uint64) *Apc {
	return &Apc{thread: t, user: true, kernel: kernel, rundown: rundown, Routine: routine, Context: context}
}

func (l *apcList) push(a *Apc) {
	a.inserted = l
	if l.head == nil {
		l.head = a
	} else {
		l.tail.next = a
	}
	l.tail = a
}

func (l *apcList) remove(a *Apc) {
	var before *Apc
	for x := l.head; x != a; x = x.next {
		before = x
	}
	if before == nil {
		l.head = a.next
	} else {
		before.next = a.next
	}
	if l.tail == a {
		l.tail = before
	}
	a.next, a.inserted = nil, nil
}

// Insert is KeInsertQueueApc: queues the APC for its thread, and reports whether
// it did; an APC that is queued already stays, and a thread that is ending
// takes none. A waiting thread runs a kernel APC at once, one that runs on
// another processor at its next dispatch point, for which it is asked; a user APC ends an
// alertable user-mode wait with STATUS_USER_APC. increment is the boost that
// the end of a wait brings.
func (a *Apc) Insert(arg1, arg2 uint64, increment int) bool {
	lock()
	t := a.thread
	if a.inserted != nil || t.apc.closed {
		dispatch()
		return false
	}
	a.Arg1, a.Arg2 = arg1, arg2
	switch {
	case a.user:
		t.apc.user.push(a)
		if t.state == Waiting && t.waitMode == UserMode && t.alertable {
			t.apc.userPending.Store(true)
			unwait(t, nt.StatusUserApc, increment)
		}
	case a.normal == nil:
		t.apc.special.push(a)
		t.apc.waiting.Add(1)
	default:
		t.apc.normal.push(a)
		t.apc.waiting.Add(1)
	}
	if !a.user && t.apc.next() != nil {
		if t.state == Waiting && t.irql < ApcLevel {
			unwait(t, statusKernelApc, increment)
		} else {
			interrupt(t)
		}
	}
	dispatch()
	return true
}

// dequeue takes the APC out of its thread's list. The lock is held.
func (a *Apc) dequeue() {
	a.inserted.remove(a)
	if !a.user {
		a.thread.apc.waiting.Add(-1)
	}
}

// Remove is KeRemoveQueueApc: takes the APC out of its queue and reports whether
// it was there.
func (a *Apc) Remove() bool {
	lock()
	was := a.inserted != nil
	if was {
		a.dequeue()
	}
	dispatch()
	return was
}

// next is the kernel APC that the thread may run below APC_LEVEL, nil if there
// is none.
func (s *apcState) next() *Apc {
	switch {
	case s.guardedRegions.Load() > 0:
		return nil
	case s.special.head != nil:
		return s.special.head
	case s.inProgress || s.criticalRegions.Load() > 0:
		return nil
	}
	return s.normal.head
}

// deliver runs the current thread's kernel APCs (KiDeliverApc). The lock is held,
// and given up while a routine runs.
func deliver(t *Thread) {
	for {
		p := self()
		a := t.apc.next()
		if a == nil || p.irql >= ApcLevel {
			return
		}
		a.dequeue()
		normal := a.normal
		t.apc.inProgress = t.apc.inProgress || normal != nil
		p.irql = ApcLevel
		unlock()
		if a.kernel != nil {
			a.kernel(a)
			if l := CurrentIrql(); l != ApcLevel {
				panic(IrqlError(l))
			}
		}
		if normal == nil {
			lock()
			self().irql = PassiveLevel // the loop does what LowerIrql would
			continue
		}
		LowerIrql(PassiveLevel)
		normal(a)
		if l := CurrentIrql(); l != PassiveLevel {
			panic(IrqlError(l))
		}
		lock()
		t.apc.inProgress = false
	}
}

// arrived runs what came for the current thread while it did not run.
func arrived(t *Thread) {
	if t.apc.kernel() {
		lockedDeliver(t)
	}
}

func lockedDeliver(t *Thread) {
	lock()
	deliver(t)
	unlock()
}

// kernel reports whether there are kernel APCs.
func (s *apcState) kernel() bool { return s.waiting.Load() != 0 }

// closeApcs ends APCs for the current thread, which is ending: kernel APCs still
// run, user APCs are run down.
func closeApcs(t *Thread) {
	lock()
	if t.apc.criticalRegions.Load() != 0 || t.apc.guardedRegions.Load() != 0 {
		unlock()
		panic("ke: a thread ends with APCs disabled")
	}
	t.apc.closed = true
	deliver(t)
	for t.apc.user.head != nil {
		a := t.apc.user.head
		a.dequeue()
		if a.rundown != nil {
			unlock()
			a.rundown(a)
			lock()
		}
	}
	unlock()
}

// UserApcPending reports whether NextUserApc has something for t.
func (t *Thread) UserApcPending() bool { return t.apc.userPending.Load() }

// NextUserApc returns the user APC that the current thread t is to call before
// it goes on in ring 3, nil if there is none, after its kernel routine. There is
// one for each wait that ended with STATUS_USER_APC; when its routine has
// returned, TestAlert makes the next one pending.
func NextUserApc(t *Thread) *Apc {
	lock()
	if t != self().current {
		unlock()
		panic("ke: user APCs are the current thread's business")
	}
	a := t.apc.user.head
	if !t.apc.userPending.Load() || a == nil {
		t.apc.userPending.Store(false)
		unlock()
		return nil
	}
	t.apc.userPending.Store(false)
	a.dequeue()
	unlock()
	if a.kernel != nil {
		old := RaiseIrql(ApcLevel)
		a.kernel(a)
		LowerIrql(old)
	}
	return a
}

// TestAlert is KeTestAlertThread for ring 3: takes the current thread's alert,
// and reports whether there was one; otherwise a user APC that is queued
// becomes pending.
func TestAlert() bool {
	lock()
	defer unlock()
	t := self().current
	if t.alerted {
		t.alerted = false
		return true
	}
	if t.apc.user.head != nil {
		t.apc.userPending.Store(true)
	}
	return false
}

// EnterCriticalRegion is KeEnterCriticalRegion: the current thread runs no normal
// kernel APC until it has left as often.
func EnterCriticalRegion() {
	p := self()
	p.enterRegion(&p.current.apc.criticalRegions)
}

// LeaveCriticalRegion takes an EnterCriticalRegion back; APCs that waited for it
// run now.
func LeaveCriticalRegion() {
	p := self()
	p.leaveRegion(&p.current.apc.criticalRegions)
}

// EnterGuardedRegion is KeEnterGuardedRegion: the current thread runs no kernel
// APC at all until it has left as often.
func EnterGuardedRegion() {
	p := self()
	p.enterRegion(&p.current.apc.guardedRegions)
}

// LeaveGuardedRegion takes an EnterGuardedRegion back.
func LeaveGuardedRegion() {
	p := self()
	p.leaveRegion(&p.current.apc.guardedRegions)
}

// enterRegion raises a count of the current thread. Not above APC_LEVEL.
func (p *prcb) enterRegion(n *atomic.Int32) {
	if p.irql > ApcLevel {
		panic(IrqlError(p.irql))
	}
	n.Add(1)
}

// leaveRegion lowers it. Who inserts an APC counts it before looking at the region, and the
// thread looks the other way round: one of them sees the other. Not above APC_LEVEL.
func (p *prcb) leaveRegion(n *atomic.Int32) {
	if p.irql > ApcLevel {
		panic(IrqlError(p.irql))
	}
	if n.Add(-1) < 0 {
		n.Store(0)
		panic("ke: a region is left that was not entered")
	}
	if Checked {
		p.mayDispatch()
	}
	if p.current.apc.kernel() {
		lock()
		dispatch()
	}
}
