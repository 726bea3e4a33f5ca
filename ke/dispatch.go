package ke

import (
	"math/bits"

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
	// TimeIncrement is the time between two clock ticks in 100 ns units; 0
	// stands for 156,250, 64 a second. Any value is right, the true one is fast.
	TimeIncrement uint32
	// Panic is called for a Go panic in a thread and must not return.
	Panic func(*Thread, any)
}

// Initialize resets the dispatcher. The calling goroutine becomes the idle
// thread, which runs when nothing else can (SPEC P0.16, P0.19).
func Initialize(h Hooks) *Thread {
	db.hooks = h
	p := self()
	*p = prcb{}
	if h.TimeIncrement == 0 {
		h.TimeIncrement = 156_250
	}
	p.timers.init(uint64(h.TimeIncrement), h.Now())
	t := &Thread{Name: "Idle", priority: idlePriority, base: idlePriority, state: Running, run: make(chan struct{}, 1)}
	t.kind = threadObject
	t.apc.closed = true
	p.idle, p.current = t, t
	return t
}

// RunReady is the idle thread's turn: it runs what is ready and returns when
// nothing is.
func RunReady() {
	lock()
	p := self()
	if p.dpcs.head != nil {
		retireDpcs(p)
	}
	if p.summary == 0 {
		unlock()
		return
	}
	swap()
}

// ready queues t behind its equals. The lock is held.
func ready(t *Thread) {
	p := self()
	t.state = Ready
	t.since = p.time
	p.ready[t.priority].pushBack(t)
	p.summary |= 1 << t.priority
}

// preempt queues the current thread before its equals: it goes on with the rest
// of its quantum, or with a new one if it is a real-time thread. The lock is
// held.
func preempt(p *prcb) {
	t := p.current
	if t.priority >= LowRealtime {
		t.quantum = fullQuantum
	}
	t.state = Ready
	t.since = p.time
	p.ready[t.priority].pushFront(t)
	p.summary |= 1 << t.priority
}

func unready(t *Thread) {
	p := self()
	q := &p.ready[t.priority]
	q.remove(t)
	if q.head == nil {
		p.summary &^= 1 << t.priority
	}
}

// dispatch is KiExitDispatcher: runs the DPCs that are asked for, acts on a
// quantum that has ended, gives way to a thread of higher priority, if there is
// one, runs kernel APCs, and releases the lock. A raised thread does so when it
// lowers, and the idle thread switches in RunReady.
func dispatch() {
	p := self()
	t := p.current
	if p.irql >= DispatchLevel {
		unlock()
		return
	}
	if p.dpcs.requested {
		retireDpcs(p)
	}
	if t == p.idle {
		unlock()
		return
	}
	if p.quantumEnd {
		p.quantumEnd = false
		endQuantum(t)
		if p.summary>>t.priority != 0 {
			ready(t)
			swap()
			return
		}
	}
	if bits.Len32(p.summary)-1 > t.priority {
		preempt(p)
		swap()
		return
	}
	if t.apc.kernel() {
		deliver(t)
	}
	unlock()
}

// swap gives the processor to the best ready thread, and runs the kernel APCs
// of the current one when it is back. The lock is held, and the current thread
// is queued or terminated; it is released.
func swap() {
	t := self().current
	swapOnly()
	if t.state != Terminated {
		arrived(t)
	}
}

// swapOnly is swap without APCs; the thread may wait too.
func swapOnly() {
	p := self()
	from := p.current
	to := p.idle
	if p.summary != 0 {
		to = p.ready[bits.Len32(p.summary)-1].head
		unready(to)
	}
	to.state = Running
	if to == from {
		unlock()
		return
	}
	to.Switches++
	p.quantumEnd = false
	from.irql, p.irql = p.irql, to.irql
	p.current = to
	p.switches++
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

// Yield is NtYieldExecution: ends the quantum and lets equals run first. It
// reports whether there were any.
func Yield() bool {
	lock()
	p := self()
	t := p.current
	if t == p.idle || p.summary>>t.priority == 0 || p.irql >= DispatchLevel {
		unlock()
		return false
	}
	endQuantum(t)
	ready(t)
	swap()
	return true
}

// IdleTicks counts the clock interrupts that found nothing to run.
func IdleTicks() uint64 { return self().idle.KernelTicks }

// ContextSwitches counts switches since the start.
func ContextSwitches() uint64 { return self().switches }

// Tick is the clock interrupt's work at the next dispatch point, for n ticks
// that have come: timers that are due fire, all DPCs run, the current thread's quantum runs
// down, and once a second starving threads are looked for.
func Tick(n int, user bool) {
	lock()
	p := self()
	t := p.current
	if user {
		t.UserTicks += uint64(n)
	} else {
		t.KernelTicks += uint64(n)
	}
	p.time = db.hooks.Now()
	expire(p.time)
	balanceReady(p, p.time)
	if p.dpcs.head != nil {
		p.dpcs.requested = true
	}
	if t != p.idle {
		if t.quantum -= n * quantumPerTick; t.quantum <= 0 {
			p.quantumEnd = true
		}
	}
	dispatch()
}

// NextTimer returns when the next timer is due, 0 when there is none.
func NextTimer() uint64 {
	lock()
	defer unlock()
	return self().timers.first()
}

// unwait ends t's wait with status and makes it ready; increment is what that
// does for its priority. The lock is held.
func unwait(t *Thread, status nt.Status, increment int) {
	for i := range t.blocks {
		t.blocks[i].unlink()
	}
	clear(t.blocks)
	t.blocks = t.blocks[:0]
	if t.timeout.queued() {
		self().timers.remove(&t.timeout)
	}
	t.waitStatus = status
	if t.queue != nil {
		t.queue.active++
	}
	adjustUnwait(t, increment)
	ready(t)
}
