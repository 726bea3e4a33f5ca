package ke

import (
	"testing"

	"gont/nt"
)

// pendingTimers sets n timers that are due within the next hours, and returns
// the clock.
func pendingTimers(n int) *uint64 {
	now := uint64(1_000_000)
	systemTimeOffset.Store(0)
	Initialize(Hooks{Now: func() uint64 { return now }})
	for i := range n {
		NewTimer(nt.NotificationTimer).Set(-int64(36_000_000_000+i*7919%n*1_234_577), 0)
	}
	return &now
}

const benchTimers = 10_000

// BenchmarkTick is a clock tick with 10,000 timers that are not due.
func BenchmarkTick(b *testing.B) {
	now := pendingTimers(benchTimers)
	step := uint64(34_000_000_000 / max(b.N, 1_000_000))
	for b.Loop() {
		if *now < 36_000_000_000 {
			*now += step
		}
		Tick(1, false)
	}
}

// BenchmarkSetCancel sets and cancels a timer beside 10,000 others.
func BenchmarkSetCancel(b *testing.B) {
	pendingTimers(benchTimers)
	x := NewTimer(nt.NotificationTimer)
	i := int64(0)
	for b.Loop() {
		i++
		x.Set(-(1_000_000 + i*104_729%70_000_000_000), 0)
		x.Cancel()
	}
}

// BenchmarkExpire is one timer of 10,000 that fires and is set again.
func BenchmarkExpire(b *testing.B) {
	now := pendingTimers(benchTimers)
	x := NewTimer(nt.SynchronizationTimer)
	x.Set(-156_250, 156_250)
	for b.Loop() {
		*now += 156_250
		Tick(1, false)
	}
}
