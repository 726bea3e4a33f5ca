package ke

import "sync/atomic"

// Fault injection (FAILALLOC): one allocation of the start fails, so that what happens then
// can be seen.

var failAllocation struct {
	armed atomic.Bool
	left  atomic.Int64 // allocations until the one that fails
	count atomic.Int64 // allocations since it was armed
	what  atomic.Pointer[string]
}

// FailAllocation makes the n-th allocation from now on fail, 1 the next one; with 0
// allocations are counted only.
func FailAllocation(n int64) {
	failAllocation.left.Store(n)
	failAllocation.count.Store(0)
	failAllocation.what.Store(nil)
	failAllocation.armed.Store(true)
}

// EndFailAllocation lets all allocations be. It returns how many there were, and of what kind
// the one was that has failed, "" if none has.
func EndFailAllocation() (count int64, failed string) {
	failAllocation.armed.Store(false)
	return failAllocation.count.Load(), FailedAllocation()
}

// FailedAllocation returns of what kind the allocation was that has failed, "" if none has.
func FailedAllocation() string {
	if s := failAllocation.what.Load(); s != nil {
		return *s
	}
	return ""
}

// AllocationFails is asked by those who allocate: pool, object types, names, handles. Any
// IRQL.
func AllocationFails(what string) bool {
	return failAllocation.armed.Load() && allocationFails(what)
}

//go:noinline
func allocationFails(what string) bool {
	failAllocation.count.Add(1)
	if failAllocation.left.Add(-1) != 0 {
		return false
	}
	failAllocation.what.Store(&what)
	return true
}
