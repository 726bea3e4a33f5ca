package ke

import (
	"math/bits"
	"sync/atomic"
)

// MaximumProcessors is how many processors there may be.
const MaximumProcessors = 32

// database is the dispatcher's state that all processors share (NT's dispatcher
// database). The dispatcher lock protects it.
type database struct {
	word  uint32 // the lock
	count uint32 // of processors; also read without the lock
	hooks Hooks

	ready   [MaximumPriority]queue
	summary uint32 // bit n: ready[n] is not empty
	timers  timerTable
	time    uint64 // interrupt time at processor 0's last clock tick
	balance balance

	// Bit n stands for processor n. idle are the active ones that run their
	// idle thread and have not been asked to take another one.
	active, idle uint64

	ideal uint32 // the next new thread's ideal processor; atomic
}

// prcb is what one processor has for itself (KPRCB). The dispatcher lock
// protects it; current, irql and dpcs.active are changed by the processor
// itself only, which may read them without the lock.
type prcb struct {
	number  int
	bit     uint64 // 1 << number
	current *Thread
	idle    *Thread
	// next is the ready thread that the processor has been asked to take; its
	// priority is above the current one's.
	next *Thread
	// requested: the processor has been asked for a dispatch that has not
	// come. Changed with the lock held, read without it too.
	requested uint32
	irql      uint8
	// quantumEnd: the current thread's quantum has run down, and the next
	// dispatch point below DISPATCH_LEVEL acts on it.
	quantumEnd bool
	dpcs       dpcQueue

	switches               uint64
	userTicks, kernelTicks uint64
	_                      [64]byte // the next one's cache lines are its own
}

var (
	db         database
	processors [MaximumProcessors]prcb
)

// self is the processor that runs the caller. It stays right until the next
// switch: the caller's goroutine moves nowhere by itself.
func self() *prcb {
	if atomic.LoadUint32(&db.count) < 2 {
		return &processors[0]
	}
	return caller()
}

// CurrentProcessor returns the number of the processor that runs the caller, which may
// run on another one a moment later. Any IRQL.
func CurrentProcessor() int {
	if db.hooks.Processor == nil {
		return 0
	}
	return db.hooks.Processor()
}

// caller is self where there are several, on its own so that self is inlined.
//
//go:noinline
func caller() *prcb { return &processors[db.hooks.Processor()&(MaximumProcessors-1)] }

// several reports whether there is more than one processor. The lock is held.
func several() bool { return db.count > 1 }

// Initialize resets the dispatcher. The calling goroutine becomes the idle
// thread of processor 0, which runs when nothing else can (SPEC P0.16, P0.19).
// The other processors come by StartProcessor.
func Initialize(h Hooks) *Thread {
	db = database{hooks: h}
	clear(processors[:])
	if h.TimeIncrement == 0 {
		h.TimeIncrement = TimeIncrement
	}
	db.timers.init(uint64(h.TimeIncrement), h.Now())
	t := newIdleThread()
	addProcessor(0, t)
	return t
}

// StartProcessor makes processor n, 1 to MaximumProcessors-1, one of those that
// threads run on. The caller runs on it, and its goroutine becomes the
// processor's idle thread: it calls RunReady in a loop.
// Preconditions: Hooks.Processor and Request; n has not been started.
func StartProcessor(n int) *Thread {
	if n <= 0 || n >= MaximumProcessors || db.hooks.Processor == nil || db.hooks.Request == nil || ActiveProcessors()>>n&1 != 0 {
		panic("ke: this processor cannot be started")
	}
	t := newIdleThread()
	lockAny() // there is no self() yet
	addProcessor(n, t)
	// A single processor has kept no account of who idles and is asked.
	for m := db.active; m != 0; m &= m - 1 {
		p := &processors[bits.TrailingZeros64(m)]
		if p.current != p.idle {
			db.idle &^= p.bit
		} else if p.next == nil {
			db.idle |= p.bit
		}
		reconsider(p)
	}
	unlock()
	return t
}

func newIdleThread() *Thread {
	t := &Thread{Name: "Idle", priority: idlePriority, base: idlePriority, state: Running, run: make(chan struct{}, 1), started: true}
	t.kind = threadObject
	t.apc.closed = true
	return t
}

// addProcessor makes n active with its idle thread. The lock is held, or nobody
// else is there.
func addProcessor(n int, idle *Thread) {
	p := &processors[n]
	*p = prcb{number: n, bit: 1 << n, idle: idle, current: idle}
	idle.affinity, idle.processor, idle.ideal = p.bit, p, n
	db.active |= p.bit
	db.idle |= p.bit
	atomic.StoreUint32(&db.count, uint32(bits.OnesCount64(db.active)))
}

// Requested reports whether the calling processor has been asked for a dispatch
// point that has not come. The idle loop must look here with interrupts off
// before it halts, and go to RunReady; so must the way to ring 3, and go to
// DispatchPoint. It may be called at any level.
func Requested() bool { return atomic.LoadUint32(&self().requested) != 0 }

// ActiveProcessors is KeQueryActiveProcessors: bit n stands for processor n.
func ActiveProcessors() uint64 {
	lockAny()
	defer unlock()
	return db.active
}

// Processors counts the active processors.
func Processors() int { return int(atomic.LoadUint32(&db.count)) }
