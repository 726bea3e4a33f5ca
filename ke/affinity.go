package ke

import (
	"math/bits"
	"sync/atomic"

	"gont/nt"
)

// allProcessors is the affinity of a thread that nobody has restricted: it goes
// for processors that come later, too.
const allProcessors = 1<<MaximumProcessors - 1

// nextIdeal chooses the ideal processor of a new thread: each in turn.
func nextIdeal() int {
	if atomic.LoadUint32(&db.count) < 2 {
		return 0
	}
	active := ActiveProcessors()
	n := int(atomic.AddUint32(&db.ideal, 1)) % bits.OnesCount64(active)
	for ; n > 0; n-- {
		active &= active - 1
	}
	return bits.TrailingZeros64(active)
}

// SetAffinity is KeSetAffinityThread: t runs only on the processors of mask (bit
// n for n) from now on, and leaves the one that it runs on at once if that is
// not one of them; another processor is asked, and may not have come to it
// yet. It returns the old mask. STATUS_INVALID_PARAMETER when mask is empty or
// has processors that are not active, and for idle threads.
// DISPATCH_LEVEL or below; a raised thread leaves when it lowers.
func SetAffinity(t *Thread, mask uint64) (old uint64, s nt.Status) {
	lock()
	old = t.affinity & db.active
	if mask == 0 || mask&^db.active != 0 || t == t.processor.idle {
		unlock()
		return old, nt.StatusInvalidParameter
	}
	switch t.state {
	case Ready:
		unready(t)
		t.affinity = mask
		ready(t)
	case Running:
		t.affinity = mask
		if mask&t.processor.bit == 0 {
			t.processor.ask()
		}
	default:
		t.affinity = mask
	}
	dispatch()
	return old, nt.StatusSuccess
}

// Affinity returns the active processors that t may use.
func (t *Thread) Affinity() uint64 {
	lockAny()
	defer unlock()
	return t.affinity & db.active
}

// SetIdealProcessor is KeSetIdealProcessorThread: t runs on processor n whenever
// it may choose. It returns the old one; a processor that is not active
// changes nothing.
func SetIdealProcessor(t *Thread, n int) (old int) {
	lockAny()
	defer unlock()
	old = t.ideal
	if n >= 0 && n < MaximumProcessors && db.active>>n&1 != 0 {
		t.ideal = n
	}
	return old
}

// LastProcessor is the processor that t runs on or ran on last; for one that has
// not run yet, its first ideal one.
func (t *Thread) LastProcessor() int {
	lockAny()
	defer unlock()
	return t.processor.number
}

// interrupt makes t come to a dispatch point if it runs on another processor. The
// lock is held.
func interrupt(t *Thread) {
	if several() && t.state == Running && t.processor != self() {
		t.processor.ask()
	}
}
