package ke

import "sync/atomic"

// Counters are what a processor has counted since it was started.
type Counters struct {
	ContextSwitches uint64
	Dpcs            uint64 // that have run
	DpcTime         uint64 // that they took, 100 ns units
	// Clock ticks that found the processor in ring 3, in ring 0, and, a part
	// of the latter, in its idle thread.
	UserTicks, KernelTicks, IdleTicks uint64
}

// ProcessorCounters returns processor n's counters; zeros if there is no such
// one.
func ProcessorCounters(n int) Counters {
	lockAny()
	defer unlock()
	if n < 0 || n >= MaximumProcessors || db.active>>n&1 == 0 {
		return Counters{}
	}
	return processors[n].counters()
}

func (p *prcb) counters() Counters {
	skipped := uint64(0)
	if db.hooks.Skipped != nil && p.current == p.idle {
		skipped = db.hooks.Skipped(p.number)
	}
	return Counters{p.switches, p.dpcs.count, p.dpcs.time, p.userTicks, p.kernelTicks + skipped, p.idle.KernelTicks + skipped}
}

// total is the sum over all processors.
func total() (sum Counters) {
	lockAny()
	defer unlock()
	for i := range processors {
		if p := &processors[i]; db.active&p.bit != 0 {
			c := p.counters()
			sum.ContextSwitches += c.ContextSwitches
			sum.Dpcs += c.Dpcs
			sum.DpcTime += c.DpcTime
			sum.UserTicks += c.UserTicks
			sum.KernelTicks += c.KernelTicks
			sum.IdleTicks += c.IdleTicks
		}
	}
	return sum
}

// IdleTicks counts the clock interrupts that found nothing to run, on all
// processors.
func IdleTicks() uint64 { return total().IdleTicks }

// ContextSwitches counts switches since the start, on all processors.
func ContextSwitches() uint64 { return total().ContextSwitches }

// DpcCount counts the DPCs that have run, on all processors.
func DpcCount() uint64 { return total().Dpcs }

// Counters returns Switches, UserTicks and KernelTicks of a thread that may be
// running.
func (t *Thread) Counters() (switches, user, kernel uint64) {
	return atomic.LoadUint64(&t.Switches), atomic.LoadUint64(&t.UserTicks), atomic.LoadUint64(&t.KernelTicks)
}

// add changes a thread's counter, which Counters may read meanwhile. The lock is
// held.
func add(c *uint64, n uint64) { atomic.StoreUint64(c, *c+n) }
