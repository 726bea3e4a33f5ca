package ex

import (
	"sync/atomic"

	"gont/ke"
	"gont/nt"
)

// FastMutex is FAST_MUTEX: a lock whose holder may wait. It costs no look at the dispatcher
// while one thread alone wants it. It is no recursive lock, and whoever has it may release it. The
// zero FastMutex cannot be used. PASSIVE_LEVEL or APC_LEVEL; a holder that must not be ended or
// interrupted by APCs is in a critical region.
type FastMutex struct {
	want atomic.Int32 // who has it and who waits for it
	next *ke.Event
}

// NewFastMutex is ExInitializeFastMutex.
func NewFastMutex() *FastMutex {
	return &FastMutex{next: ke.NewEvent(nt.SynchronizationEvent, false)}
}

// Lock is ExAcquireFastMutex.
func (m *FastMutex) Lock() {
	if m.want.Add(1) > 1 {
		ke.WaitForSingleObject(m.next, ke.KernelMode, false, nil)
	}
}

// TryLock is ExTryToAcquireFastMutex: false where the caller would have to wait.
func (m *FastMutex) TryLock() bool { return m.want.CompareAndSwap(0, 1) }

// Unlock is ExReleaseFastMutex: who waits has it then, one after the other.
func (m *FastMutex) Unlock() {
	if m.want.Add(-1) > 0 {
		m.next.Set()
	}
}
