package ke

import (
	"math/bits"
	"sync"

	"gont/nt"
)

// Hooks connect the dispatcher with the machine.
type Hooks struct {
	// Now is the interrupt time in 100 ns units. It may be called with the
	// dispatcher lock held.
	Now func() uint64
	// Switched is called by the old thread's goroutine right before to runs.
	Switched func(from, to *Thread)
	// Exit is called by a thread that ends, before anybody can see it.
	Exit func(*Thread)
	// Panic is called for a Go panic in a thread and must not return.
	Panic func(*Thread, any)
}

// database is the dispatcher's state (NT's dispatcher database).
type database struct {
	mu       sync.Mutex
	hooks    Hooks
	current  *Thread
	idle     *Thread
	ready    [MaximumPriority]queue
	summary  uint32 // bit n: ready[n] is not empty
	timers   timerQueue
	switches uint64
	quantum  bool // the current thread's quantum has ended
}

var db database

func lock()   { db.mu.Lock() }
func unlock() { db.mu.Unlock() }

// Initialize resets the dispatcher. The calling goroutine becomes the idle
// thread, which runs when nothing else can (SPEC P0.16, P0.19).
func Initialize(h Hooks) *Thread {
	db.hooks = h
	db.ready = [MaximumPriority]queue{}
	db.summary = 0
	db.timers = nil
	db.switches = 0
	db.quantum = false
	t := &Thread{Name: "Idle", priority: idlePriority, base: idlePriority, state: Running, run: make(chan struct{}, 1)}
	t.kind = threadObject
	db.idle, db.current = t, t
	return t
}

// RunReady is the idle thread's turn: it runs what is ready and returns when
// nothing is.
func RunReady() {
	lock()
	if db.summary == 0 {
		unlock()
		return
	}
	swap()
}

// ready queues t. The lock is held.
func ready(t *Thread) {
	t.state = Ready
	db.ready[t.priority].pushBack(t)
	db.summary |= 1 << t.priority
}

func unready(t *Thread) {
	q := &db.ready[t.priority]
	q.remove(t)
	if q.head == nil {
		db.summary &^= 1 << t.priority
	}
}

// dispatch is KiExitDispatcher: gives way to a thread of higher priority, if
// there is one, and releases the lock.
func dispatch() {
	t := db.current
	if bits.Len32(db.summary)-1 > t.priority {
		if t != db.idle && irql < DispatchLevel {
			t.state = Ready
			db.ready[t.priority].pushFront(t)
			db.summary |= 1 << t.priority
			swap()
			return
		}
		// The idle thread switches in RunReady, a raised one when it lowers.
	}
	unlock()
}

// swap gives the processor to the best ready thread. The lock is held, and the
// current thread is queued, waiting or terminated; it is released.
func swap() {
	from := db.current
	to := db.idle
	if db.summary != 0 {
		p := bits.Len32(db.summary) - 1
		to = db.ready[p].head
		unready(to)
	}
	to.state = Running
	if to == from {
		unlock()
		return
	}
	to.quantum = Quantum
	to.Switches++
	db.quantum = false
	db.current = to
	db.switches++
	ended := from.state == Terminated
	if db.hooks.Switched != nil {
		db.hooks.Switched(from, to)
	}
	unlock()
	to.run <- struct{}{}
	if !ended {
		<-from.run
	}
}

// Yield is NtYieldExecution: lets equals run first. It reports whether there
// were any.
func Yield() bool {
	lock()
	t := db.current
	if t == db.idle || db.summary>>t.priority == 0 || irql >= DispatchLevel {
		unlock()
		return false
	}
	ready(t)
	swap()
	return true
}

// IdleTicks counts the clock interrupts that found nothing to run.
func IdleTicks() uint64 { return db.idle.KernelTicks }

// ContextSwitches counts switches since the start.
func ContextSwitches() uint64 { return db.switches }

// Tick is the clock interrupt's work at the next dispatch point, for n ticks
// that have come: timers that are due fire, and the current thread's quantum
// runs down.
func Tick(n int, user bool) {
	lock()
	t := db.current
	if user {
		t.UserTicks += uint64(n)
	} else {
		t.KernelTicks += uint64(n)
	}
	t.quantum -= n
	expire(db.hooks.Now())
	if t != db.idle && t.quantum <= 0 {
		t.quantum = Quantum
		if db.summary>>t.priority != 0 && irql < DispatchLevel {
			ready(t)
			swap()
			return
		}
	}
	dispatch()
}

// NextTimer returns when the next timer is due, 0 when there is none.
func NextTimer() uint64 {
	lock()
	defer unlock()
	if len(db.timers) == 0 {
		return 0
	}
	return db.timers[0].due
}

// unwait ends t's wait with status and makes it ready. The lock is held.
func unwait(t *Thread, status nt.Status) {
	for i := range t.blocks {
		t.blocks[i].unlink()
	}
	clear(t.blocks)
	t.blocks = t.blocks[:0]
	if t.timeout.queued {
		cancelTimer(&t.timeout)
	}
	t.waitStatus = status
	ready(t)
}
