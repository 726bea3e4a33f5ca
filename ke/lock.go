package ke

import (
	"runtime"
	"sync/atomic"
)

// The dispatcher lock is one word: 1 while somebody holds it. It is a lock of
// its own, not a sync.Mutex, because a processor that waits for it must not look
// for another goroutine to run, and because a switch releases it when the old
// goroutine is parked already (Hooks.Switch).
//
// The holder may be stopped for the collector like any goroutine; processors that wait
// then wait that long.

// lock takes the dispatcher lock, and returns the caller's processor.
// DISPATCH_LEVEL or below.
func lock() *prcb {
	p := self()
	if p.irql > DispatchLevel || !atomic.CompareAndSwapUint32(&db.word, 0, 1) {
		p.lockSlow()
	}
	return p
}

// lockSlow is lock at a wrong level, or of a lock that somebody holds.
func (p *prcb) lockSlow() {
	if p.irql > DispatchLevel {
		panic(IrqlError(p.irql))
	}
	lockSlow()
}

// lockAny is lock for what is allowed above DISPATCH_LEVEL.
func lockAny() {
	if !atomic.CompareAndSwapUint32(&db.word, 0, 1) {
		lockSlow()
	}
}

func lockSlow() {
	for {
		// Reading does not take the line from the holder's cache.
		for atomic.LoadUint32(&db.word) != 0 {
			pause()
		}
		if atomic.CompareAndSwapUint32(&db.word, 0, 1) {
			return
		}
	}
}

// pause is what a processor does while it waits for a lock.
func pause() {
	if f := db.hooks.Pause; f != nil {
		f()
		return
	}
	runtime.Gosched()
}

func unlock() { atomic.StoreUint32(&db.word, 0) }

// HoldDispatcherLock takes the dispatcher lock for good, for a test of the stop screen.
func HoldDispatcherLock() { lockAny() }
