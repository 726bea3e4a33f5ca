package ke

import (
	"math/bits"

	"gont/nt"
)

// Importance says where a DPC is queued and whether it is asked for at once
// (KDPC_IMPORTANCE).
type Importance uint8

const (
	LowImportance    Importance = iota // at the end, at the next tick, when idle, or behind many
	MediumImportance                   // at the end, at once
	HighImportance                     // in front, at once
)

// dpcDepth, KiMaximumDpcQueueDepth, is how many DPCs may be queued before those of low importance are
// asked for (NT: KiMaximumDpcQueueDepth).
var dpcDepth = 4

// Dpc is KDPC: a routine that runs at DISPATCH_LEVEL on the processor that
// queued it or the one it is meant for, at its next dispatch point, in whatever
// thread is there.
type Dpc struct {
	Context any // its maker's (DeferredContext); ke does not look at it

	routine    func(arg any)
	arg        any
	importance Importance
	target     *prcb     // nil: the processor that queues it
	queue      *dpcQueue // that it is in
	next, prev *Dpc
}

// dpcQueue is a processor's DPCs.
type dpcQueue struct {
	head, tail *Dpc
	depth      int
	requested  bool // drain at the next dispatch point
	active     bool
	count      uint64
	time       uint64 // spent in routines, 100 ns units
}

// NewDpc makes a DPC of medium importance. The routine may not wait; it may call
// what is allowed at DISPATCH_LEVEL, and must return at it.
func NewDpc(routine func(arg any)) *Dpc { return &Dpc{routine: routine, importance: MediumImportance} }

// SetImportance is KeSetImportanceDpc; it counts from the next Insert on.
func (d *Dpc) SetImportance(i Importance) {
	lockAny()
	d.importance = i
	unlock()
}

// Insert is KeInsertQueueDpc: queues d, to be called with arg, and reports
// whether it did; a DPC that is queued already stays as it is. It may be called
// at any level.
func (d *Dpc) Insert(arg any) bool {
	lockAny()
	ok := d.queue == nil
	if ok {
		d.insert(arg)
	}
	dispatch()
	return ok
}

// Remove is KeRemoveQueueDpc: takes d out of its queue and reports whether it
// was there. It may be called at any level.
func (d *Dpc) Remove() bool {
	lockAny()
	was := d.queue != nil
	if was {
		d.queue.remove(d)
	}
	unlock()
	return was
}

// insert queues d, which is not queued, where it is to run, and asks that
// processor for it if it is important, or if nothing runs there: it may have no
// clock (Hooks.Skipped). The lock is held.
func (d *Dpc) insert(arg any) {
	p := d.target
	if p == nil {
		p = self()
	}
	p.dpcs.insert(d, arg)
	if (p.dpcs.requested || p.current == p.idle) && d.target != nil && p != self() {
		p.ask()
	}
}

func (q *dpcQueue) insert(d *Dpc, arg any) {
	d.arg, d.queue = arg, q
	if d.importance == HighImportance {
		d.next = q.head
		if q.head != nil {
			q.head.prev = d
		} else {
			q.tail = d
		}
		q.head = d
	} else {
		d.prev = q.tail
		if q.tail != nil {
			q.tail.next = d
		} else {
			q.head = d
		}
		q.tail = d
	}
	q.depth++
	if d.importance != LowImportance || q.depth > dpcDepth {
		q.requested = true
	}
}

func (q *dpcQueue) remove(d *Dpc) {
	if d.prev != nil {
		d.prev.next = d.next
	} else {
		q.head = d.next
	}
	if d.next != nil {
		d.next.prev = d.prev
	} else {
		q.tail = d.prev
	}
	d.next, d.prev, d.queue = nil, nil, nil
	q.depth--
}

// retireDpcs is KiRetireDpcList: runs the queue until it is empty. The lock is
// held below DISPATCH_LEVEL, and given up while a routine runs.
func retireDpcs(p *prcb) {
	old := p.irql
	q := &p.dpcs
	p.irql, q.active = DispatchLevel, true
	began := db.hooks.Now()
	for q.head != nil {
		d := q.head
		q.remove(d)
		q.count++
		routine, arg := d.routine, d.arg
		d.arg = nil // d may be queued again from here on
		unlock()
		routine(arg)
		if p.irql != DispatchLevel {
			panic(IrqlError(p.irql))
		}
		lock()
	}
	q.time += db.hooks.Now() - began
	q.requested, q.active = false, false
	p.irql = old
}

// SetTargetProcessor is KeSetTargetProcessorDpc: from the next Insert on d is
// queued on processor n, which is asked for it if d is not of low importance or
// many are queued there. It reports whether n is active; if it is not, nothing
// changes.
func (d *Dpc) SetTargetProcessor(n int) bool {
	lockAny()
	defer unlock()
	if n < 0 || n >= MaximumProcessors || db.active>>n&1 == 0 {
		return false
	}
	d.target = &processors[n]
	return true
}

// FlushQueuedDpcs is KeFlushQueuedDpcs: when it returns, every DPC that was
// queued before on any processor has run. PASSIVE_LEVEL only; the idle
// thread, which cannot wait, may call it on a single processor.
func FlushQueuedDpcs() {
	p := self()
	if p.irql != PassiveLevel {
		panic(IrqlError(p.irql))
	}
	lock()
	p.dpcs.requested = p.dpcs.head != nil
	others := db.active &^ p.bit
	dispatch()
	for m := others; m != 0; m &= m - 1 {
		flush(bits.TrailingZeros64(m))
	}
}

// flush waits until a DPC behind all others of processor n has run.
func flush(n int) {
	lock()
	p := &processors[n]
	idle := p.dpcs.head == nil && !p.dpcs.active
	unlock()
	if idle || p == self() { // it has moved there: a dispatch point has come
		return
	}
	done := NewEvent(nt.NotificationEvent, false)
	d := NewDpc(func(any) { done.Set() })
	d.SetTargetProcessor(n)
	d.Insert(nil)
	WaitForSingleObject(done, KernelMode, false, nil)
}
