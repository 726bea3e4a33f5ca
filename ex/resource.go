package ex

import (
	"gont/ke"
	"gont/nt"
)

// Resource is ERESOURCE: many threads may hold it shared, or one exclusively, as often as it
// wants. Who waits for it exclusively is not overtaken by those who come later and want it
// shared. The holder may wait and may be preempted. IRQL <= APC_LEVEL.
type Resource struct {
	lock   ke.SpinLock // of the fields below
	owner  *ke.Thread  // that holds it exclusively
	depth  int         // how often
	shared int         // threads that hold it shared, each as often as it has taken it

	waitShared, waitExclusive int
	sharers                   *ke.Semaphore
	exclusive                 *ke.Event
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
	switch {
	case r.owner == t:
		r.depth++
	case r.owner == nil && r.shared == 0:
		r.owner, r.depth = t, 1
	case !wait:
		r.lock.Unlock()
		return false
	default:
		r.waitExclusive++
		r.lock.Unlock()
		ke.WaitForSingleObject(r.exclusive, ke.KernelMode, false, nil)
		r.lock.Lock()
		r.owner, r.depth = t, 1 // depth has kept it until now
	}
	r.lock.Unlock()
	return true
}

// AcquireShared is ExAcquireResourceSharedLite; for the thread that holds it exclusively
// it is AcquireExclusive.
func (r *Resource) AcquireShared(wait bool) bool {
	t := ke.Current()
	r.lock.Lock()
	switch {
	case r.owner == t:
		r.depth++
	case r.owner == nil && r.depth == 0 && r.waitExclusive == 0:
		r.shared++
	case !wait:
		r.lock.Unlock()
		return false
	default:
		r.waitShared++
		r.lock.Unlock()
		ke.WaitForSingleObject(r.sharers, ke.KernelMode, false, nil)
		return true // who released it has counted the caller
	}
	r.lock.Unlock()
	return true
}

// Release is ExReleaseResourceLite. When a thread is done that held it exclusively, those
// that want it shared have their turn, else the next one that wants it exclusively.
func (r *Resource) Release() {
	t := ke.Current()
	sharers, one := 0, false
	r.lock.Lock()
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
		r.lock.Unlock()
		panic("ex: a resource is released by a thread that does not hold it")
	}
	if one {
		r.waitExclusive--
		r.depth = 1 // nobody's yet, and not free
		r.owner = handedOver
	}
	r.lock.Unlock()
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
