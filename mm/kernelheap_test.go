package mm

import (
	"testing"
	"time"
)

// TestKernelHeap: the reserve is filled up to a quarter of what is promised to nobody,
// up to HeapMinimum while there is anything, and when there is nothing left the heap is
// low.
func TestKernelHeap(t *testing.T) {
	m := boot(t, 8000)
	m.heapMost = 4096
	unpromised := QueryCommit().Unpromised
	if HeapIsLow() {
		t.Error("the heap is low, and memory is free")
	}
	if want := unpromised / 4; m.heap != want {
		t.Errorf("%d pages in reserve, want %d", m.heap, want)
	}
	before := QueryCounts().Uses[UseKernelHeap]
	if RefillHeap(); QueryCounts().Uses[UseKernelHeap] != before {
		t.Error("a reserve that is full enough was filled")
	}
	left := drain(t, 100)
	m.heap = 0
	if !HeapIsLow() || m.heap != 100 {
		t.Errorf("%d pages in reserve of 100 that there were", m.heap)
	}
	FreePages(left)
	if HeapIsLow() {
		t.Errorf("the heap is low with %d pages in reserve", m.heap)
	}
}

// TestTrimHeap: what the heap does not need any more is free again; a few pages are not worth
// the trouble.
func TestTrimHeap(t *testing.T) {
	m := boot(t, 8000)
	take := func(n int) {
		for range n {
			p, ok := AllocatePage(UseKernelHeap, false)
			if !ok {
				t.Fatal("no page")
			}
			m.unused = append(m.unused, p)
		}
	}
	available, heap := QueryCounts().Available(), QueryCounts().Uses[UseKernelHeap]
	take(heapUnusedLeast - 1)
	if n := TrimHeap(); n != 0 {
		t.Errorf("%d pages freed of %d", n, heapUnusedLeast-1)
	}
	take(2500 - 1)
	if n, want := TrimHeap(), heapUnusedLeast-1+2500-1; n != want {
		t.Errorf("%d pages freed, want %d", n, want)
	}
	if c := QueryCounts(); c.Available() != available || c.Uses[UseKernelHeap] != heap {
		t.Errorf("%d pages available and %d of the heap, before %d and %d", c.Available(), c.Uses[UseKernelHeap], available, heap)
	}
	if err := Check(); err != nil {
		t.Error(err)
	}
}

// TestCommitCollects: a promise that only the heap's unused pages can keep is kept; after that,
// with nothing to be had, the next is refused at once.
func TestCommitCollects(t *testing.T) {
	m := boot(t, 8000)
	for range 2000 {
		p, ok := AllocatePage(UseKernelHeap, false)
		if !ok {
			t.Fatal("no page")
		}
		m.unused = append(m.unused, p)
	}
	collected.again = time.Time{}
	c := QueryCommit()
	if n := c.Limit - c.Committed + 1500; !chargeCommit(n) {
		t.Errorf("%d pages were refused", n)
	} else {
		defer returnCommit(n)
	}
	collected.again = time.Now().Add(time.Hour)
	collected.bytes = 1 << 62
	defer func() { collected.bytes = 0 }()
	if n := c.Limit; chargeCommit(n) {
		t.Errorf("%d pages more were promised", n)
	}
}

// TestHeapKeepsPromises: when programs have been promised all there is, the heap takes pages of
// theirs only up to half of the kernel's reserve before new objects are refused.
func TestHeapKeepsPromises(t *testing.T) {
	m := boot(t, 8000)
	KernelReserve = 1024
	defer func() { KernelReserve = 0 }()
	collected.again, collected.bytes = time.Now().Add(time.Hour), 1<<62
	defer func() { collected.bytes = 0 }()
	m.heapMost = 4096
	c := QueryCommit()
	n := c.Limit - c.Committed
	if !chargeCommit(n) {
		t.Fatal("what there is cannot be promised")
	}
	taken := uint64(0)
	for ; !HeapIsLow() && taken < 8000; taken++ {
		m.heap-- // an object takes a page of the reserve
	}
	if over := QueryCommit().Committed - c.Limit; over < KernelReserve/2 || over > KernelReserve/2+HeapMinimum {
		t.Errorf("%d pages are promised twice, %d taken; the reserve is %d", over, taken, KernelReserve)
	}
	returnCommit(n)
	if HeapIsLow() {
		t.Error("the heap is low when nothing is promised any more")
	}
}

// TestPoolLeavesMemory: a paging file lets more be promised, but a pool cannot go there: it is
// refused when the kernel's reserve is all that is left in memory, and may grow again later.
func TestPoolLeavesMemory(t *testing.T) {
	boot(t, 8000)
	KernelReserve = 1024
	defer func() { KernelReserve = 0 }()
	pfns.paging.size += 8000
	defer func() { pfns.paging.size -= 8000 }()
	var taken []uint32
	for len(taken) < 8000 {
		n, ok := AllocatePage(UsePool, false)
		if !ok {
			break
		}
		taken = append(taken, n)
	}
	if left := QueryCounts().Available(); len(taken) == 0 || left+64 < KernelReserve || left > KernelReserve+64 {
		t.Errorf("%d pages are left after %d, the reserve is %d", left, len(taken), KernelReserve)
	}
	FreePages(taken)
	if n, ok := AllocatePage(UsePool, false); !ok {
		t.Error("no page of all that are free again")
	} else {
		FreePages([]uint32{n})
	}
}
