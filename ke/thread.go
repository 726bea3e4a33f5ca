package ke

import (
	"sync/atomic"

	"gont/nt"
)

// Priorities (NT): 0 is the zero-page thread's, 1-15 are dynamic, 16-31 real
// time.
const (
	LowPriority     = 0
	NormalPriority  = 8
	LowRealtime     = 16
	HighPriority    = 31
	idlePriority    = -1
	MaximumPriority = 32
	// Quantum is how many clock ticks a thread runs before its equals do.
	Quantum = 2
)

// State is KTHREAD_STATE, by NT's numbers: programs see them in
// SYSTEM_THREAD_INFORMATION. Nothing is in NT's states Standby (3),
// Transition (6) and so on.
type State uint32

const (
	Initialized State = 0
	Ready       State = 1
	Running     State = 2
	Terminated  State = 4
	Waiting     State = 5
)

// Mode says for whom a thread waits: a user-mode wait ends when the thread is
// to be terminated.
type Mode uint8

const (
	KernelMode Mode = iota
	UserMode
)

// Thread is KTHREAD. As a dispatcher object it is signalled when it has ended.
type Thread struct {
	Header
	Name  string
	Owner any // what the thread belongs to above this package (ps.Thread)

	priority, base int
	decrement      int // of the priority, at the end of the quantum
	boostDisabled  bool
	quantum        int     // left, in thirds of a tick
	irql           uint8   // while it does not run
	since          uint64  // interrupt time of the tick before it became ready
	state          State   // see setState
	next, prev     *Thread // ready queue

	affinity  uint64 // processors it may use, bit n for n
	ideal     int    // the processor that it likes best
	processor *prcb  // that it runs on or ran on last
	asked     *prcb  // that was asked to take it from the ready queues

	// started: it has a goroutine. While that does not run it is parked in
	// coroutine (Hooks.Switch) or waits for run.
	started   bool
	start     func()
	coroutine uintptr
	run       chan struct{}

	held       int // FastMutexes, in a checked build
	blocks     []waitBlock
	inline     [4]waitBlock
	waitAll    bool
	reason     uint32 // nt.Wait...: of the last wait; atomic
	waitReason uint32 // nt.Wait... of the wait that the thread begins, set by the thread itself; 0 lets its mode decide
	waitMode   Mode
	alertable  bool
	alerted    bool
	waitStatus nt.Status
	timeout    Timer

	queue                  *Queue // that it belongs to
	memberNext, memberPrev *Thread
	entry                  *QueueEntry // that its Remove returns

	owned mutantList // held now, to be abandoned at the end

	apc       apcState
	terminate atomic.Bool  // changed with the lock held
	suspend   atomic.Int32 // changed with the lock held
	frozen    atomic.Bool  // by Freeze
	resumed   Event

	// Switches counts how often the thread was switched to; UserTicks and
	// KernelTicks how often the clock found it running. Others than the thread
	// itself read them by Counters.
	Switches, UserTicks, KernelTicks uint64
}

// queue is a doubly linked list of ready threads.
type queue struct{ head, tail *Thread }

func (q *queue) pushBack(t *Thread) {
	t.next, t.prev = nil, q.tail
	if q.tail != nil {
		q.tail.next = t
	} else {
		q.head = t
	}
	q.tail = t
}

func (q *queue) pushFront(t *Thread) {
	t.prev, t.next = nil, q.head
	if q.head != nil {
		q.head.prev = t
	} else {
		q.tail = t
	}
	q.head = t
}

func (q *queue) remove(t *Thread) {
	if t.prev != nil {
		t.prev.next = t.next
	} else {
		q.head = t.next
	}
	if t.next != nil {
		t.next.prev = t.prev
	} else {
		q.tail = t.prev
	}
	t.next, t.prev = nil, nil
}

// NewThread makes a thread that will run body, on any processor; StartThread
// lets it. The thread is signalled when body returns.
func NewThread(name string, priority int, body func()) *Thread {
	t := &Thread{Name: name, priority: priority, base: priority, quantum: fullQuantum, affinity: allProcessors, run: make(chan struct{}, 1)}
	t.ideal = nextIdeal()
	t.processor = &processors[t.ideal]
	t.kind = threadObject
	t.blocks = t.inline[:0]
	t.timeout.init(NotificationTimer)
	t.resumed.init(eventNotification, true)
	t.start = func() {
		defer func() {
			if r := recover(); r != nil {
				db.hooks.Panic(t, r)
			}
		}()
		arrived(t)
		body()
		exit(t)
	}
	return t
}

// StartThread makes a new thread ready.
func StartThread(t *Thread) {
	lock()
	ready(t)
	dispatch()
}

// exit ends the current thread: its user APCs are run down, objects it owns are abandoned, waiters on it
// released. The goroutine returns afterwards.
func exit(t *Thread) {
	if p := self(); p.irql != PassiveLevel {
		panic(IrqlError(p.irql))
	}
	closeApcs(t)
	if db.hooks.Exit != nil {
		db.hooks.Exit(t)
	}
	lock()
	t.setState(Terminated) // the processor is free for whom the end makes ready
	for t.owned.first != nil {
		t.owned.first.abandon()
	}
	if t.queue != nil {
		t.queue.leave(t)
	}
	t.signal = 1
	waitTest(&t.Header, exitIncrement)
	swap(self().bestOrIdle())
}

// Current returns the running thread.
func Current() *Thread { return self().current }

// State returns t's scheduling state.
func (t *Thread) State() State { return State(atomic.LoadUint32((*uint32)(&t.state))) }

// WaitReason returns why t waits, or has waited last (KWAIT_REASON): nt.Wait...
func (t *Thread) WaitReason() uint32 { return atomic.LoadUint32(&t.reason) }

// setState changes what State reads without the lock. The lock is held.
func (t *Thread) setState(s State) { atomic.StoreUint32((*uint32)(&t.state), uint32(s)) }

// Terminate asks t to end: a user-mode wait is broken with STATUS_USER_APC, a
// suspension ends, and Terminating turns true, which the way back to ring 3 looks at. The processor
// that runs t is asked to go that way.
func Terminate(t *Thread) {
	lock()
	t.terminate.Store(true)
	if t.state == Waiting && t.waitMode == UserMode {
		unwait(t, nt.StatusUserApc, 0)
	} else {
		interrupt(t)
	}
	t.resumed.signal = 1 // KeForceResumeThread: for good
	waitTest(&t.resumed.Header, resumeIncrement)
	dispatch()
}

// Terminating reports whether Terminate was called for t.
func (t *Thread) Terminating() bool { return t.terminate.Load() }

// HeldUp reports whether the thread has something to do before it goes on in ring 3:
// SuspendPoint, Terminating or UserApcPending say what. Any IRQL.
func (t *Thread) HeldUp() bool {
	return t.stopped() || t.terminate.Load() || t.apc.userPending.Load()
}

// Suspend holds t back from ring 3 until as many Resumes have come. It returns
// the count before. At most 127; STATUS_THREAD_IS_TERMINATING when t has ended. A
// thread in ring 3 on another processor is asked to come to SuspendPoint and may not
// be there yet. One that waits in user mode takes nothing while it is suspended, and
// begins its wait again afterwards.
func Suspend(t *Thread) (int, nt.Status) {
	lock()
	old := int(t.suspend.Load())
	if t.state == Terminated {
		dispatch()
		return old, nt.StatusThreadIsTerminating
	}
	if old == 127 {
		dispatch()
		return old, nt.StatusSuspendCountExceeded
	}
	t.suspend.Add(1)
	holdBack(t)
	dispatch()
	return old, nt.StatusSuccess
}

// holdBack has t come to SuspendPoint, or begin its wait again. The lock is held.
func holdBack(t *Thread) {
	if !t.terminate.Load() {
		t.resumed.signal = 0
	}
	if t.state == Waiting && t.waitMode == UserMode && t.heldBack(t.irql) {
		unwait(t, statusKernelApc, 0)
	} else {
		interrupt(t)
	}
}

// letGo ends the waiting at SuspendPoint. The lock is held.
func letGo(t *Thread) {
	t.resumed.signal = 1
	waitTest(&t.resumed.Header, resumeIncrement)
}

// Freeze holds t back as Suspend does, without a count that somebody sees, until Thaw.
func Freeze(t *Thread) {
	lock()
	if t.state != Terminated && !t.frozen.Swap(true) {
		holdBack(t)
	}
	dispatch()
}

// Thaw takes Freeze back; who has suspended t keeps it.
func Thaw(t *Thread) {
	lock()
	if t.frozen.Swap(false) && t.suspend.Load() == 0 {
		letGo(t)
	}
	dispatch()
}

// Resume takes one Suspend back and returns the count before.
func Resume(t *Thread) int {
	lock()
	old := int(t.suspend.Load())
	if old > 0 {
		if t.suspend.Add(-1) == 0 && !t.frozen.Load() {
			letGo(t)
		}
	}
	dispatch()
	return old
}

// stopped reports whether t is suspended or frozen.
func (t *Thread) stopped() bool { return t.suspend.Load() > 0 || t.frozen.Load() }

// SuspendPoint waits while the current thread t is suspended or frozen.
func SuspendPoint(t *Thread) {
	if t.stopped() {
		suspended(t)
	}
}

// heldBack reports whether t, at a level, may not go on with a user-mode wait: it is
// suspended, and where a normal kernel APC could run, which NT suspends by. Of the
// current thread, or one that waits, with the lock held.
func (t *Thread) heldBack(irql uint8) bool {
	return t.stopped() && !t.terminate.Load() && irql < ApcLevel &&
		t.apc.criticalRegions.Load() == 0 && t.apc.guardedRegions.Load() == 0 && !t.apc.inProgress
}

func suspended(t *Thread) {
	// Not a user-mode wait: a user APC that is pending would end that at once,
	// again and again. Terminate ends it.
	t.waitReason = nt.WaitSuspended
	for t.stopped() && !t.terminate.Load() {
		WaitForSingleObject(&t.resumed, KernelMode, false, nil)
	}
	t.waitReason = 0
}
