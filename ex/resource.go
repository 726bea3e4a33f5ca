package ex

import (
	"sync/atomic"

	"gont/ke"
	"gont/nt"
)

// Resource is ERESOURCE: many threads may hold it shared, or one exclusively, as often as it
// wants. Who waits for it exclusively is not overtaken by those who come later and want it
// shared. The holder may wait and may be preempted. IRQL <= APC_LEVEL.
//
// While nobody holds it exclusively or waits for it, sharing is a count that those who take it
// shared and release it change without the lock. Whoever needs more makes it detailed: then
// the fields below the lock say who holds it, until they say again that the count would do.
type Resource struct {
	sharing atomic.Int32 // threads that hold it shared, or detailed

	lock   ke.SpinLock // of the fields below
	owner  *ke.Thread  // that holds it exclusively
	depth  int         // how often
	shared int         // threads that hold it shared, each as often as it has taken it; of a detailed one

	waitShared, waitExclusive int
	sharers                   *ke.Semaphore
	exclusive                 *ke.Event
}

// detailed is sharing's value while the fields behind the lock are in force.
const detailed = -1

// acquireLock takes the lock and makes the resource detailed.
func (r *Resource) acquireLock() {
	r.lock.Lock()
	r.detail()
}

// detail makes the resource detailed. Preconditions: the lock is held.
func (r *Resource) detail() {
	if n := r.sharing.Swap(detailed); n != detailed {
		r.shared = int(n)
	}
}

// releaseLock makes it a count again where that says all, and releases the lock.
func (r *Resource) releaseLock() {
	if r.owner == nil && r.depth|r.waitShared|r.waitExclusive == 0 {
		r.sharing.Store(int32(r.shared))
	}
	r.lock.Unlock()
}

// NewResource is ExInitializeResourceLite.
func NewResource() *Resource {
	return &Resource{sharers: ke.NewSemaphore(0, 1<<30), exclusive: ke.NewEvent(nt.SynchronizationEvent, false)}
}

// AcquireExclusive is ExAcquireResourceExclusiveLite. Without wait it returns false where the
// caller would have to. A thread that holds it shared must not call this.
func (r *Resource) AcquireExclusive(wait bool) bool {
	t := ke.Current()
	r.lock.Lock()
	if r.sharing.CompareAndSwap(0, detailed) {
		r.owner, r.depth, r.shared = t, 1, 0
		r.lock.Unlock()
		return true
	}
	return r.acquireExclusive(t, wait)
}

// acquireExclusive is AcquireExclusive of t where the resource is not free. The lock is held, and released.
func (r *Resource) acquireExclusive(t *ke.Thread, wait bool) bool {
	r.detail()
	switch {
	case r.owner == t:
		r.depth++
	case r.owner == nil && r.shared == 0:
		r.owner, r.depth = t, 1
	case !wait:
		r.releaseLock()
		return false
	default:
		r.waitExclusive++
		r.releaseLock()
		ke.WaitForSingleObject(r.exclusive, ke.KernelMode, false, nil)
		r.acquireLock()
		r.owner, r.depth = t, 1 // depth has kept it until now
	}
	r.releaseLock()
	return true
}

// AcquireShared is ExAcquireResourceSharedLite; for the thread that holds it exclusively
// it is AcquireExclusive.
func (r *Resource) AcquireShared(wait bool) bool {
	if n := r.sharing.Load(); n >= 0 && r.sharing.CompareAndSwap(n, n+1) {
		return true
	}
	return r.acquireShared(wait)
}

func (r *Resource) acquireShared(wait bool) bool {
	t := ke.Current()
	r.acquireLock()
	switch {
	case r.owner == t:
		r.depth++
	case r.owner == nil && r.depth == 0 && r.waitExclusive == 0:
		r.shared++
	case !wait:
		r.releaseLock()
		return false
	default:
		r.waitShared++
		r.releaseLock()
		ke.WaitForSingleObject(r.sharers, ke.KernelMode, false, nil)
		return true // who released it has counted the caller
	}
	r.releaseLock()
	return true
}

// Release is ExReleaseResourceLite. When a thread is done that held it exclusively, those
// that want it shared have their turn, else the next one that wants it exclusively. Who holds it shared may let another
// thread, or a completion routine, release it (ExReleaseResourceForThreadLite), at DISPATCH_LEVEL or below.
func (r *Resource) Release() {
	if n := r.sharing.Load(); n > 0 && r.sharing.CompareAndSwap(n, n-1) {
		return
	}
	t := ke.Current()
	r.lock.Lock()
	if r.owner == t && r.depth == 1 && t != nil && r.waitShared|r.waitExclusive == 0 {
		r.owner, r.depth = nil, 0
		r.sharing.Store(0)
		r.lock.Unlock()
		return
	}
	r.release(t)
}

// release is Release for t where that is not the exclusive holder's last one with nobody waiting. The lock is
// held, and released.
func (r *Resource) release(t *ke.Thread) {
	sharers, one := 0, false
	r.detail()
	switch {
	case r.owner == t && t != nil:
		if r.depth--; r.depth > 0 {
			break
		}
		r.owner = nil
		if r.waitShared > 0 {
			sharers, r.shared, r.waitShared = r.waitShared, r.waitShared, 0
		} else if r.waitExclusive > 0 {
			one = true
		}
	case r.owner == nil && r.shared > 0:
		if r.shared--; r.shared == 0 && r.waitExclusive > 0 {
			one = true
		}
	default:
		r.releaseLock()
		panic("ex: a resource is released by a thread that does not hold it")
	}
	if one {
		r.waitExclusive--
		r.depth = 1 // nobody's yet, and not free
		r.owner = handedOver
	}
	r.releaseLock()
	if sharers > 0 {
		r.sharers.Release(int32(sharers))
	}
	if one {
		r.exclusive.Set()
	}
}

// handedOver is the owner of a resource between its release and the moment in which the
// thread that waits for it runs.
var handedOver = new(ke.Thread)

// Held reports whether the calling thread holds it exclusively.
func (r *Resource) Held() bool {
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.owner == ke.Current()
}
