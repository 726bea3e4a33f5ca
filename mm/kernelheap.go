package mm

import (
	"runtime"
	"runtime/metrics"
	"sync/atomic"
)

// The kernel's heap takes its pages from a reserve, which the fault handler empties
// and this file fills.

// RefillHeap keeps pages in reserve for the kernel's heap: up to a quarter of
// what is free and promised to nobody, and HeapMinimum as long as there is
// anything. PASSIVE_LEVEL, no locks.
func RefillHeap() {
	have, most := machine.HeapPages()
	if have >= most/2 {
		return
	}
	free := QueryCounts().Available()
	want := max(min(most, QueryCommit().Unpromised/4), min(HeapMinimum, have+free))
	if have >= want {
		return
	}
	TakePages(UseKernelHeap, free-(want-have), giveHeapPage)
}

// giveHeapPage is a variable, so that no method value is made while memory is short.
var giveHeapPage = func(pfn uint32) bool { return machine.GiveHeapPage(pfn) }

// HeapMinimum is the reserve, in pages, below which programs get no new
// objects: what is left is for services to end in order.
const HeapMinimum = 512

// HeapIsLow reports whether a program's wish for a new object has to be refused
// (STATUS_INSUFFICIENT_RESOURCES). It may wait for pages to be written to a paging
// file.
func HeapIsLow() bool {
	if heapPages() >= HeapMinimum {
		return false
	}
	RefillHeap()
	for tries := 0; heapPages() < HeapMinimum && tries < 50 && Reclaim(); tries++ {
		RefillHeap()
	}
	return heapPages() < HeapMinimum
}

// HeapReserve returns how many pages are in reserve. Any IRQL.
func HeapReserve() uint64 { return heapPages() }

func heapPages() uint64 {
	have, _ := machine.HeapPages()
	return have
}

// garbageBetween is how many bytes may be allocated between two collections when
// the reserve is below HeapMinimum: a quarter of it.
const garbageBetween = HeapMinimum * PageSize / 4

// collectedAt is what had been allocated in all when KeepHeap last collected.
var collectedAt atomic.Uint64

// KeepHeap comes before every service that finds the reserve short. The collector paces
// itself by how much lives, and does not know that there are no more pages to grow into:
// when the reserve is low services must not leave garbage there, so it is collected as
// often as needed.
// PASSIVE_LEVEL, no locks.
func KeepHeap() {
	if heapPages() >= HeapMinimum {
		return
	}
	if RefillHeap(); heapPages() >= HeapMinimum {
		return
	}
	last := collectedAt.Load()
	if allocated() < last+garbageBetween || !collectedAt.CompareAndSwap(last, last+garbageBetween) {
		return
	}
	runtime.GC()
	collectedAt.Store(allocated())
}

// allocated is how many bytes of the kernel's heap have been allocated since the start.
func allocated() uint64 {
	sample := [1]metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample[:])
	return sample[0].Value.Uint64()
}
