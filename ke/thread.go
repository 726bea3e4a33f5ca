package ke

import "gont/nt"

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

// State is KTHREAD_STATE.
type State uint8

const (
	Initialized State = iota
	Ready
	Running
	Waiting
	Terminated
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
	quantum        int
	state          State
	run            chan struct{}
	next, prev     *Thread // ready queue

	blocks     []waitBlock
	inline     [4]waitBlock
	waitAll    bool
	waitMode   Mode
	alertable  bool
	alerted    bool
	waitStatus nt.Status
	timeout    Timer

	owned []*Mutant // held now, to be abandoned at the end

	terminate bool
	suspend   int
	resumed   Event

	// Switches counts how often the thread was switched to; UserTicks and
	// KernelTicks how often the clock found it running.
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

// NewThread makes a thread that will run body; StartThread lets it. The thread
// is signalled when body returns.
func NewThread(name string, priority int, body func()) *Thread {
	t := &Thread{Name: name, priority: priority, base: priority, quantum: Quantum, run: make(chan struct{}, 1)}
	t.kind = threadObject
	t.blocks = t.inline[:0]
	t.timeout.init(NotificationTimer)
	t.resumed.init(eventNotification, true)
	go func() {
		<-t.run
		defer func() {
			if r := recover(); r != nil {
				db.hooks.Panic(t, r)
			}
		}()
		body()
		exit(t)
	}()
	return t
}

// StartThread makes a new thread ready.
func StartThread(t *Thread) {
	lock()
	ready(t)
	dispatch()
}

// exit ends the current thread: objects it owns are abandoned, waiters on it
// released. The goroutine returns afterwards.
func exit(t *Thread) {
	if db.hooks.Exit != nil {
		db.hooks.Exit(t)
	}
	lock()
	for _, m := range t.owned {
		m.abandon()
	}
	t.owned = nil
	t.signal = 1
	waitTest(&t.Header)
	t.state = Terminated
	swap()
}

// Current returns the running thread.
func Current() *Thread { return db.current }

// SetPriority is KeSetPriorityThread (SPEC P1.2): sets the running priority, 0
// to 31, and returns the old one.
func SetPriority(t *Thread, p int) (old int) {
	if p < 0 || p >= MaximumPriority {
		panic("ke: priority out of range")
	}
	lock()
	old = t.priority
	if t.state == Ready {
		unready(t)
		t.priority = p
		ready(t)
	} else {
		t.priority = p
	}
	t.base = p
	dispatch()
	return old
}

// Priority returns t's running priority.
func (t *Thread) Priority() int { return t.priority }

// State returns t's scheduling state.
func (t *Thread) State() State { return t.state }

// Terminate asks t to end: a user-mode wait is broken with STATUS_USER_APC, and
// Terminating turns true, which the way back to ring 3 looks at.
func Terminate(t *Thread) {
	lock()
	t.terminate = true
	if t.state == Waiting && t.waitMode == UserMode {
		unwait(t, nt.StatusUserApc)
	}
	dispatch()
}

// Terminating reports whether Terminate was called for t.
func (t *Thread) Terminating() bool { return t.terminate }

// Suspend holds t back from ring 3 until as many Resumes have come. It returns
// the count before. At most 127.
func Suspend(t *Thread) (int, nt.Status) {
	lock()
	old := t.suspend
	if old == 127 {
		dispatch()
		return old, nt.StatusSuspendCountExceeded
	}
	t.suspend++
	t.resumed.signal = 0
	dispatch()
	return old, nt.StatusSuccess
}

// Resume takes one Suspend back and returns the count before.
func Resume(t *Thread) int {
	lock()
	old := t.suspend
	if old > 0 {
		t.suspend--
		if t.suspend == 0 {
			t.resumed.signal = 1
			waitTest(&t.resumed.Header)
		}
	}
	dispatch()
	return old
}

// SuspendPoint waits while the current thread is suspended.
func SuspendPoint(t *Thread) {
	for t.suspend > 0 && !t.terminate {
		WaitForSingleObject(&t.resumed, UserMode, false, nil)
	}
}
