package mm

import "testing"

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
