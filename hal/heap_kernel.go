//go:build kernel

package hal

import "sync/atomic"

// The pages behind the kernel's window. Until mm runs they come from the run
// that OSLDR set aside; then mm keeps HeapLow to HeapReserve pages here.

// HeapLow is the number of pages in reserve below which mm should refill.
const HeapLow = HeapReserve / 2

// HeapPages returns how many pages the fault handler can still hand out.
func HeapPages() uint64 {
	return atomic.LoadUint64(&heapStackCount) + (heapEnd-atomic.LoadUint64(&heapNext))/4096
}

// HeapShort reports whether fewer than n pages are surely there: a look before
// HeapPages, for where every instruction counts.
func HeapShort(n uint64) bool { return atomic.LoadUint64(&heapStackCount) < n }

// GiveHeapPage puts one page (frame number) in reserve. It reports false when
// the reserve is full.
//
//go:nosplit
func GiveHeapPage(pfn uint32) bool {
	for !atomic.CompareAndSwapUint32(&heapLock, 0, 1) {
		pause()
	}
	n := heapStackCount
	ok := n < HeapReserve
	if ok {
		heapStack[n] = uint64(pfn)
		heapStackCount = n + 1
	}
	atomic.StoreUint32(&heapLock, 0)
	return ok
}

// HoldHeapLock takes the lock of the heap's pages for good, for a test of the stop screen:
// the next fault that makes a page waits for ever. IF=0.
//
//go:nosplit
func HoldHeapLock() {
	for !atomic.CompareAndSwapUint32(&heapLock, 0, 1) {
		pause()
	}
}
