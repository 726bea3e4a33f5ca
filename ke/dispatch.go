package ke

import (
	"math/bits"
	"sync/atomic"

	"gont/nt"
)

// RunReady is the idle thread's turn: it runs what is ready and returns when
// nothing is. It reports whether there was something.
func RunReady() (ran bool) {
	p := lock()
	if p.dpcs.head != nil {
		retireDpcs(p)
		ran = true
	}
	p.answer()
	to := p.best(0)
	if to == nil {
		unlock()
		return ran
	}
	swap(to)
	return true
}

// DispatchPoint is what a request leads to (Hooks.Request): the current thread
// gives way if there is a better one for its processor. For the idle thread
// RunReady does this.
func DispatchPoint() {
	if !Requested() {
		return
	}
	lock()
	dispatch()
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
	if Checked {
		p.mayDispatch()
	}
	if !p.dpcs.requested && p.requested == 0 && !p.quantumEnd && db.summary>>(uint(t.priority)&31)>>1 == 0 && !t.apc.kernel() {
		unlock() // mostly there is nothing to do
		return
	}
	dispatchWork(p, t)
}

// dispatchWork is dispatch where there may be something to do.
func dispatchWork(p *prcb, t *Thread) {
	if p.dpcs.requested {
		retireDpcs(p)
	}
	if t == p.idle {
		unlock()
		return
	}
	if p.requested != 0 {
		p.answer()
		if t.affinity&p.bit == 0 {
			preempt(t)
			swap(p.bestOrIdle())
			return
		}
	}
	if p.quantumEnd {
		p.quantumEnd = false
		endQuantum(t)
		if db.summary>>t.priority != 0 {
			if to := p.best(t.priority); to != nil {
				enqueue(t)
				swap(to)
				return
			}
		}
	}
	if bits.Len32(db.summary)-1 > t.priority {
		if to := p.best(t.priority + 1); to != nil {
			preempt(t)
			swap(to)
			return
		}
	}
	if t.apc.kernel() {
		deliver(t)
	}
	unlock()
}

// answer notes that p has come to a dispatch point.
func (p *prcb) answer() {
	if p.requested != 0 {
		p.setRequested(0)
	}
}

// setRequested changes what Requested reads without the lock.
func (p *prcb) setRequested(v uint32) { atomic.StoreUint32(&p.requested, v) }

// swap gives the processor to to, which is ready or the idle thread, and runs
// the kernel APCs of the current thread when it is back. The lock is held, and
// the current thread is queued or terminated; it is released.
func swap(to *Thread) {
	t := self().current
	swapOnly(to)
	if t.state != Terminated { // nobody else changes it while t runs
		arrived(t)
	}
}

// swapOnly is swap without APCs; the thread may wait too. When it is back, it
// may be on another processor.
func swapOnly(to *Thread) {
	p := self()
	from := p.current
	if Checked {
		p.mayDispatch()
	}
	if to != p.idle {
		dequeue(to)
	}
	to.setState(Running)
	if to == from {
		if several() {
			p.switched(from, to)
		}
		unlock()
		return
	}
	add(&to.Switches, 1)
	to.processor = p
	p.quantumEnd = false
	from.irql, p.irql = p.irql, to.irql
	p.current = to
	p.switches++
	ended := from.state == Terminated
	if several() {
		p.switched(from, to)
	}
	if db.hooks.Switched != nil {
		db.hooks.Switched(from, to)
	}
	first := !to.started
	to.started = true
	if db.hooks.Switch == nil {
		unlock()
		if first {
			go to.start()
		} else {
			to.run <- struct{}{}
		}
		if !ended {
			<-from.run
		}
		return
	}
	fromSlot, toSlot := &from.coroutine, &to.coroutine
	if ended {
		fromSlot = nil
	}
	if first {
		toSlot = nil
		go to.start()
	}
	db.hooks.Switch(fromSlot, toSlot, &db.word)
}

// Synchronize returns when every call of Hooks.Switched that had begun has
// returned: those that come later see what the caller has done before.
func Synchronize() {
	lockAny()
	unlock()
}

// Yield is NtYieldExecution: ends the quantum and lets equals run first. It
// reports whether there were any.
func Yield() bool {
	p := lock()
	t := p.current
	if t == p.idle || db.summary>>t.priority == 0 || p.irql >= DispatchLevel {
		unlock()
		return false
	}
	if p.best(t.priority) == nil {
		unlock()
		return false
	}
	endQuantum(t)
	enqueue(t)
	swap(p.best(0)) // t itself if the quantum's end has raised it
	return true
}

// Tick is the clock interrupt's work at the next dispatch point of the processor
// that it came to, for n ticks that have come: all its DPCs run, the current
// thread's quantum runs down. On processor 0 timers that are due fire, too,
// and once a second starving threads are looked for.
func Tick(n int, user bool) {
	p := lock()
	t := p.current
	if user {
		add(&t.UserTicks, uint64(n))
		p.userTicks += uint64(n)
	} else {
		add(&t.KernelTicks, uint64(n))
		p.kernelTicks += uint64(n)
	}
	if p.number == 0 {
		db.time = db.hooks.Now()
		db.timers.expire(db.time, fire)
		balanceReady(&db.balance, db.time)
	}
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
	return db.timers.first()
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
		db.timers.remove(&t.timeout)
	}
	t.waitStatus = status
	if t.queue != nil {
		t.queue.active++
	}
	adjustUnwait(t, increment)
	ready(t)
}
