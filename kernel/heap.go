//go:build kernel

package main

import (
	"runtime"
	"runtime/metrics"
	"sync/atomic"

	"gont/hal"
	"gont/mm"
)

// refillHeap keeps pages in reserve for the kernel's heap: up to a quarter of
// what is free and promised to nobody, and heapMinimum as long as there is
// anything.
func refillHeap() {
	have := hal.HeapPages()
	if have >= hal.HeapLow {
		return
	}
	free := mm.QueryCounts().Available()
	want := max(min(hal.HeapReserve, mm.QueryCommit().Unpromised/4), min(heapMinimum, have+free))
	if have >= want {
		return
	}
	mm.TakePages(mm.UseKernelHeap, free-(want-have), hal.GiveHeapPage)
}

// heapMinimum is the reserve, in pages, below which programs get no new
// objects: what is left is for services to end in order.
const heapMinimum = 512

// memoryLow reports whether a program's wish for a new object has to be refused
// (STATUS_INSUFFICIENT_RESOURCES). It may wait for pages to be written to a paging
// file.
func memoryLow() bool {
	if hal.HeapPages() >= heapMinimum {
		return false
	}
	refillHeap()
	for tries := 0; hal.HeapPages() < heapMinimum && tries < 50 && mm.MakeRoom(); tries++ {
		refillHeap()
	}
	return hal.HeapPages() < heapMinimum
}

// garbageBetween is how many bytes may be allocated between two collections when
// the reserve is below heapMinimum: a quarter of it.
const garbageBetween = heapMinimum * mm.PageSize / 4

// collectedAt is what had been allocated in all when keepHeap last collected.
var collectedAt atomic.Uint64

// keepHeap comes before every service that finds the reserve short. The collector paces
// itself by how much lives, and does not know that there are no more pages to grow into:
// when the reserve is low services must not leave garbage there, so it is collected as
// often as needed.
// PASSIVE_LEVEL, no locks.
func keepHeap() {
	if hal.HeapPages() >= heapMinimum {
		return
	}
	if refillHeap(); hal.HeapPages() >= heapMinimum {
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
