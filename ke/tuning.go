package ke

import "fmt"

// What the control vector (SPEC P0.7) sets. Each is called in phase 0, before there is a
// second thread.

// SetDpcQueueDepth sets how many DPCs may be queued on a processor before those of low
// importance are asked for at once.
func SetDpcQueueDepth(n int) { dpcDepth = n }

// LongQuantum is a server's, in clock ticks; Quantum is a workstation's.
const LongQuantum = 12

// SetQuantum sets what a thread may run before it is the others' turn, in clock ticks.
func SetQuantum(ticks int) { fullQuantum = ticks * quantumPerTick }

// tickReciprocal divides by the length of a clock tick.
var tickReciprocal Reciprocal

// InitializeReciprocals is SPEC's P0.5: the multiply-shift that finds a due time's tick is made
// once and compared with division, at the ends of ticks over the whole range.
func InitializeReciprocals() error {
	r := NewReciprocal(TimeIncrement)
	for bits := range 64 {
		tick := (uint64(1)<<bits | uint64(1)<<(bits/2)) / TimeIncrement * TimeIncrement
		for _, n := range []uint64{tick, tick + 1, tick + TimeIncrement - 1, tick + TimeIncrement, tick - 1, ^tick} {
			if got, want := r.Divide(n), n/TimeIncrement; got != want {
				return fmt.Errorf("the reciprocal of %d says that %d is in tick %d, not %d", uint64(TimeIncrement), n, got, want)
			}
		}
	}
	tickReciprocal = r
	return nil
}
