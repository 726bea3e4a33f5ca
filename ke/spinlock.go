package ke

import (
	"runtime"
	"sync/atomic"
)

// SpinLock is KSPIN_LOCK: it keeps other processors out, at DISPATCH_LEVEL. It is not
// recursive. Who holds one calls nothing that waits, and nothing that allocates much:
// others turn in a loop meanwhile.
type SpinLock struct{ word uint32 }

// Acquire is KeAcquireSpinLock: it raises to DISPATCH_LEVEL and returns the level before.
func (l *SpinLock) Acquire() (old uint8) {
	old = CurrentIrql()
	if old < DispatchLevel {
		RaiseIrql(DispatchLevel)
	}
	l.AcquireAtDpcLevel()
	return old
}

// Release is KeReleaseSpinLock: DPCs and a switch that were put off come now.
func (l *SpinLock) Release(old uint8) {
	l.ReleaseFromDpcLevel()
	if old < DispatchLevel {
		LowerIrql(old)
	}
}

// AcquireAtDpcLevel is KeAcquireSpinLockAtDpcLevel. DISPATCH_LEVEL.
func (l *SpinLock) AcquireAtDpcLevel() {
	pause := db.hooks.Pause
	if pause == nil {
		pause = runtime.Gosched
	}
	for !atomic.CompareAndSwapUint32(&l.word, 0, 1) {
		for atomic.LoadUint32(&l.word) != 0 {
			pause()
		}
	}
}

// ReleaseFromDpcLevel is KeReleaseSpinLockFromDpcLevel.
func (l *SpinLock) ReleaseFromDpcLevel() { atomic.StoreUint32(&l.word, 0) }
