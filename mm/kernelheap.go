package mm

import (
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"
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

// heapUnusedLeast is how many unused pages of the heap are worth the trouble of TrimHeap,
// which stops all processors for a moment.
const heapUnusedLeast = 256

// heapFrames is where TrimHeap gets its pages from the machine.
var heapFrames struct {
	mu     sync.Mutex
	frames [1024]uint32
}

// TrimHeap frees pages that the kernel's heap has had and does not need any more. It
// returns how many. PASSIVE_LEVEL, no locks.
func TrimHeap() (freed int) {
	if machine.HeapUnused() < heapUnusedLeast {
		return 0
	}
	h := &heapFrames
	h.mu.Lock()
	defer h.mu.Unlock()
	for machine.HeapUnused() >= heapUnusedLeast {
		n := machine.ReleaseHeap(h.frames[:])
		FreePages(h.frames[:n])
		freed += n
	}
	return freed
}

// HeapMinimum is the reserve, in pages, below which programs get no new
// objects: what is left is for services to end in order.
const HeapMinimum = 512

// HeapIsLow reports whether a program's wish for a new object has to be refused
// (STATUS_INSUFFICIENT_RESOURCES): the reserve cannot be filled, or would be filled with
// pages that other programs have been promised. It may wait for pages to be written to a
// paging file.
func HeapIsLow() bool {
	if have := heapPages(); have >= 2*HeapMinimum || have >= HeapMinimum && !overcommitted() {
		return false
	}
	RefillHeap()
	for tries := 0; heapPages() < HeapMinimum && tries < 50 && Reclaim(); tries++ {
		RefillHeap()
	}
	if overcommitted() && collect() {
		RefillHeap()
	}
	return heapPages() < HeapMinimum || overcommitted()
}

// overcommitted reports whether the kernel has taken so much beyond what programs have been
// promised that half of its reserve is left, or has so much of the memory itself, none of
// which can go to a paging file, that as little as its reserve is left for all programs
// (what NT calls resident available pages).
func overcommitted() bool {
	pfns.mu.Lock()
	defer pfns.mu.Unlock()
	return pfns.overcommitted()
}

// overcommitted, with the PFN lock held.
func (d *pfnDatabase) overcommitted() bool {
	c := d.committed()
	return c > d.limit()+KernelReserve/2 || c-d.charges+KernelReserve > d.ram-d.low
}

// HeapReserve returns how many pages are in reserve. Any IRQL.
func HeapReserve() uint64 { return heapPages() }

func heapPages() uint64 {
	have, _ := machine.HeapPages()
	return have
}

// garbageBetween is how many bytes may be allocated between two collections when
// the reserve is below HeapMinimum, or a program could not be promised memory: a quarter
// of HeapMinimum. collectShare is the share of the time, one in so many, that
// collections for objects that have been freed meanwhile may take.
const (
	garbageBetween = HeapMinimum * PageSize / 4
	collectShare   = 10
)

// collected is what collect knows of its last time.
var collected struct {
	busy  atomic.Bool
	bytes uint64    // what had been allocated in all
	again time.Time // when nothing need have been allocated for the next time
}

// KeepHeap comes before every service that finds the reserve short. The collector paces
// itself by how much lives, and does not know that there are no more pages to grow into:
// when the reserve is low services must not leave garbage there, so it is collected as
// often as needed.
// PASSIVE_LEVEL, no locks.
func KeepHeap() {
	if heapPages() >= HeapMinimum {
		return
	}
	if RefillHeap(); heapPages() < HeapMinimum && collect() {
		RefillHeap() // what the collector has given back is free memory, not in reserve
	}
}

// collect frees what garbage holds of the kernel's heap. It returns false, and does
// nothing, when little can have become garbage since the last time. IRQL <= APC_LEVEL; the
// caller may hold address spaces' locks, but not the PFN lock.
func collect() bool {
	c := &collected
	if !c.busy.CompareAndSwap(false, true) {
		return false
	}
	defer c.busy.Store(false)
	start := time.Now()
	if allocated() < c.bytes+garbageBetween && start.Before(c.again) {
		return false
	}
	debug.FreeOSMemory()
	TrimHeap()
	end := time.Now()
	c.bytes, c.again = allocated(), end.Add(end.Sub(start)*collectShare)
	return true
}

// allocated is how many bytes of the kernel's heap have been allocated since the start.
func allocated() uint64 {
	sample := [1]metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample[:])
	return sample[0].Value.Uint64()
}
