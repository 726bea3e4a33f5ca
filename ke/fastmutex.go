package ke

import (
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"
)

// FastMutex is the lock of the executive's own data (FAST_MUTEX in kind): for short
// stretches, IRQL <= APC_LEVEL, not recursive. Whoever holds one keeps its processor:
// it may not wait, and may call nothing of this package that is a dispatch point,
// since those who want the lock wait inside the Go runtime and keep their
// processors, too. Code that is no thread yet, or of a host test, may use it as well.
//
// A checked build (tag checked, `make CHECKED=1`) enforces all of this: a wrong
// level panics with IrqlError, a dispatch point with HeldError.
type FastMutex struct{ m sync.Mutex }

// Lock is ExAcquireFastMutex.
func (f *FastMutex) Lock() {
	if Checked {
		acquiring()
	}
	f.m.Lock()
}

// TryLock is ExTryToAcquireFastMutex.
func (f *FastMutex) TryLock() bool {
	if !f.m.TryLock() {
		return false
	}
	if Checked {
		acquiring()
	}
	return true
}

// Unlock is ExReleaseFastMutex.
func (f *FastMutex) Unlock() {
	f.m.Unlock()
	if Checked {
		released()
	}
}

// HeldError is the panic of a dispatch point with so many locks held.
type HeldError int

func (e HeldError) Error() string {
	return fmt.Sprintf("ke: a dispatch point with locks held: %d", int(e))
}

// HeldLocks counts the locks that the current thread holds. It is always 0 without
// the tag checked.
func HeldLocks() int {
	if t := self().current; t != nil {
		return t.held
	}
	return 0
}

// acquiring checks a checked build's Lock and counts it.
func acquiring() {
	p := self()
	if p.current == nil {
		return // before Initialize
	}
	if p.irql > ApcLevel {
		panic(IrqlError(p.irql))
	}
	p.current.held++
}

func released() {
	if t := self().current; t != nil {
		t.held--
	}
}

// mayDispatch checks that p's thread has no lock.
func (p *prcb) mayDispatch() {
	if n := p.current.held; n != 0 {
		unlock()
		panic(HeldError(n))
	}
}

// Held reports whether somebody holds the mutex: the first bit of a sync.Mutex's first word
// (internal/sync). It is for the kernel's debugger. Any IRQL.
func (f *FastMutex) Held() bool { return atomic.LoadInt32((*int32)(unsafe.Pointer(&f.m)))&1 != 0 }
