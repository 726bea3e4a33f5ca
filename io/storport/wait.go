package storport

import (
	"gont/ke"
)

// Millisecond is the unit of Wait's limit, in 100 ns.
const Millisecond = 10_000

// spins is how often Wait looks before it lets others run: what a device does at once, it has
// done by then.
const spins = 2000

// Wait returns true as soon as f does, and false when it has not within limit, in 100 ns; f is
// called at least twice. PASSIVE_LEVEL without locks. Tests replace it.
var Wait = func(limit uint64, f func() bool) bool {
	for range spins {
		if f() {
			return true
		}
	}
	for end := ke.InterruptTime() + limit; ke.InterruptTime() < end; {
		if f() {
			return true
		}
		ke.Delay(ke.KernelMode, false, -Millisecond)
	}
	return f()
}
