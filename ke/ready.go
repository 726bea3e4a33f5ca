package ke

import "math/bits"

// Ready threads wait in 32 queues that all processors share, and each processor
// takes the best one that may run on it at its dispatch points. So that
// one comes to such a point in time, a processor is chosen for each thread that
// becomes ready, and asked to take it (KiReadyThread). The asked one need not
// be the one that takes it.
//
// With the lock free, always: a ready thread either has been given to a
// processor that was asked (Thread.asked, prcb.next), or on no processor that
// it may use does a thread of lower priority run or has been asked for. When
// all that were asked have come there are no asked ones, and the highest
// priorities run.
//
// On a single processor nobody is asked: every function that makes a thread
// ready ends in a dispatch point of the same processor.

// ready queues t behind its equals. The lock is held.
func ready(t *Thread) {
	enqueue(t)
	if several() {
		place(t)
	}
}

// enqueue is ready for the current thread, which is about to be switched away
// from: took finds the processor for it.
func enqueue(t *Thread) {
	t.setState(Ready)
	t.since = db.time
	db.ready[t.priority].pushBack(t)
	db.summary |= 1 << t.priority
}

// preempt queues the current thread before its equals: it goes on with the rest
// of its quantum, or with a new one if it is a real-time thread. The lock is
// held, and a switch follows.
func preempt(t *Thread) {
	if t.priority >= LowRealtime {
		t.quantum = fullQuantum
	}
	t.setState(Ready)
	t.since = db.time
	db.ready[t.priority].pushFront(t)
	db.summary |= 1 << t.priority
}

func dequeue(t *Thread) {
	q := &db.ready[t.priority]
	q.remove(t)
	if q.head == nil {
		db.summary &^= 1 << t.priority
	}
}

// unready takes t out of the ready queues, for other reasons than to run it. The
// lock is held.
func unready(t *Thread) {
	dequeue(t)
	if t.asked != nil {
		p := t.asked
		t.unask()
		reconsider(p)
	}
}

// best is the ready thread of at least priority least that p should run, nil if
// there is none. The lock is held.
func (p *prcb) best(least int) *Thread {
	for s := db.summary >> least << least; s != 0; {
		n := bits.Len32(s) - 1
		for t := db.ready[n&31].head; t != nil; t = t.next {
			if t.affinity&p.bit != 0 {
				return t
			}
		}
		s &^= 1 << n
	}
	return nil
}

// bestOrIdle is what p runs when its thread cannot go on. The lock is held.
func (p *prcb) bestOrIdle() *Thread {
	if t := p.best(0); t != nil {
		return t
	}
	return p.idle
}

// expected is the priority that runs on p when it has done what it was asked
// for. A thread that is about to be switched away from does not count.
func (p *prcb) expected() int {
	switch {
	case p.next != nil:
		return p.next.priority
	case p.current.state != Running:
		return idlePriority
	}
	return p.current.priority
}

// place asks a processor to take the ready thread t, if there is one that it may
// use and that has nothing better to run. The lock is held.
func place(t *Thread) {
	can := db.active & t.affinity
	if idle := can & db.idle; idle != 0 {
		assign(prefer(idle, t), t)
		return
	}
	lowest, among := t.priority, uint64(0)
	for m := can; m != 0; m &= m - 1 {
		p := &processors[bits.TrailingZeros64(m)&(MaximumProcessors-1)]
		switch e := p.expected(); {
		case e < lowest:
			lowest, among = e, p.bit
		case e == lowest && among != 0:
			among |= p.bit
		}
	}
	if among != 0 {
		assign(prefer(among, t), t)
	}
}

// prefer chooses a processor for t: its ideal one, the one that it last ran on
// and that may still have its data, the one that runs this, the lowest.
func prefer(among uint64, t *Thread) *prcb {
	switch p := self(); {
	case among>>t.ideal&1 != 0:
		return &processors[t.ideal]
	case among&t.processor.bit != 0:
		return t.processor
	case among&p.bit != 0:
		return p
	}
	return &processors[bits.TrailingZeros64(among)]
}

// assign asks p to take t, which is in no other's hands, instead of what it was
// asked to take before.
func assign(p *prcb, t *Thread) {
	old := p.next
	p.next, t.asked = t, p
	db.idle &^= p.bit
	p.ask()
	if old != nil {
		old.asked = nil
		place(old) // of lower priority, so this comes to an end
	}
}

// ask makes p come to a dispatch point. The lock is held.
func (p *prcb) ask() {
	if p.requested != 0 {
		return
	}
	p.setRequested(1)
	if p != self() {
		db.hooks.Request(p.number)
	}
}

// unask takes back that a processor was asked to take t. It comes in vain.
func (t *Thread) unask() {
	p := t.asked
	t.asked, p.next = nil, nil
	if p.current == p.idle {
		db.idle |= p.bit
	}
}

// reconsider asks p to take a ready thread nobody was asked to take, if there is
// one for it that is better than what it has: its priority has fallen. The lock
// is held.
func reconsider(p *prcb) {
	least := p.expected() + 1
	for s := db.summary >> least << least; s != 0; {
		n := bits.Len32(s) - 1
		for t := db.ready[n&31].head; t != nil; t = t.next {
			if t.affinity&p.bit != 0 && t.asked == nil {
				assign(p, t)
				return
			}
		}
		s &^= 1 << n
	}
}

// switched brings the queues up to date after p has setAside the thread from for the thread
// to, which came from the ready queues or is p's idle thread. A thread that was set
// aside for p and is not to goes back to the queues; a processor that was asked to run
// to looks for another thread. The dispatcher lock is held; there are several processors.
func (p *prcb) switched(from, to *Thread) {
	if to == p.idle {
		db.idle |= p.bit
	} else {
		db.idle &^= p.bit
	}
	if !p.dpcs.requested {
		p.answer() // from meets what it was asked for at its next dispatch point
	}
	setAside, asked := p.next, to.asked
	if setAside != nil {
		setAside.asked, p.next = nil, nil
	}
	if asked != nil && asked != p {
		to.unask()
	}
	if from.state == Ready {
		place(from)
	}
	if setAside != nil && setAside != to {
		place(setAside)
	}
	if asked != nil && asked != p {
		reconsider(asked)
	}
}

// priorityChanged is called when the running thread of p has got another
// priority. The lock is held, several processors are there.
func (p *prcb) priorityChanged() {
	if t := p.next; t != nil && t.priority <= p.current.priority {
		t.unask()
		place(t)
	}
	reconsider(p)
}
