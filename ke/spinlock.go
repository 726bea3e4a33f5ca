package ke

import "sync/atomic"

// SpinLock is KSPIN_LOCK: a lock for short stretches that may be taken up to
// DISPATCH_LEVEL, by DPCs too. The level need not be raised: a processor runs DPCs and
// switches threads at dispatch points only, and whoever holds a SpinLock may call
// nothing of this package that is one, allocates nothing and does not wait. A
// processor that wants a lock spins. The zero value is free.
//
// A checked build enforces this as for a FastMutex.
type SpinLock struct{ word uint32 }

// Lock is KeAcquireSpinLock. Not recursive.
func (l *SpinLock) Lock() {
	if Checked {
		l.check()
	}
	if !atomic.CompareAndSwapUint32(&l.word, 0, 1) {
		l.spin()
	}
}

// Unlock is KeReleaseSpinLock.
func (l *SpinLock) Unlock() {
	atomic.StoreUint32(&l.word, 0)
	if Checked {
		released()
	}
}

func (l *SpinLock) check() {
	p := self()
	if p.current == nil {
		return // before Initialize
	}
	if p.irql > DispatchLevel {
		panic(IrqlError(p.irql))
	}
	p.current.held++
}

func (l *SpinLock) spin() {
	for {
		for atomic.LoadUint32(&l.word) != 0 {
			pause()
		}
		if atomic.CompareAndSwapUint32(&l.word, 0, 1) {
			return
		}
	}
}
