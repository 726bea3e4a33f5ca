package ob

import "sync/atomic"

// Deferred deletion (ObDereferenceObjectDeferDelete): for those who give a
// reference back where a Delete procedure must not run, because they hold a
// lock that it takes, or are at DISPATCH_LEVEL.

// deferred are the objects that wait for it, linked by nextDeferred, the last
// one first.
var deferred atomic.Pointer[Object]

// Deferred is called when there is something for DeleteDeferred to do; at any
// level that DereferenceDeferDelete is called at. nil: nobody deletes, and
// DereferenceDeferDelete must not be used.
var Deferred func()

// DereferenceDeferDelete is Dereference, but the Delete procedure runs later, in
// another thread. DISPATCH_LEVEL or below.
func (o *Object) DereferenceDeferDelete() {
	n := o.pointers.Add(-1)
	if n > 0 {
		return
	}
	if n < 0 {
		panic("ob: " + o.Type.Name + " dereferenced once too often")
	}
	for {
		first := deferred.Load()
		o.nextDeferred = first
		if deferred.CompareAndSwap(first, o) {
			if first == nil {
				Deferred()
			}
			return
		}
	}
}

// DeleteDeferred deletes what waits for it. IRQL: PASSIVE_LEVEL, no locks.
func DeleteDeferred() {
	for o := deferred.Swap(nil); o != nil; {
		next := o.nextDeferred
		o.nextDeferred = nil
		o.dropped(0)
		o = next
	}
}
