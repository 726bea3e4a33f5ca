//go:build kernel

package selftest

import (
	"fmt"
	"math/bits"
	"runtime"
	"runtime/metrics"

	"gont/hal"
	"gont/mm"
)

// heapNode is 64 bytes, two of them pointers.
type heapNode struct {
	left, right *heapNode
	_           [48]byte
}

const heapNodeSize = 64

// benchCollector keeps heaps of 1, 16 and 64 MB alive and allocates beside them as
// fast as one thread can: the worst there is for the collector.
func benchCollector() {
	for _, mb := range []int{1, 16, 64} {
		measureCollector(mb)
	}
}

// keepFed lets the interrupts' work be done, and the pages come that a heap which
// grows needs.
func keepFed() {
	k.Poll()
	mm.RefillHeap()
}

// growHeap makes a tree of 1<<(depth+1) - 1 nodes.
func growHeap(depth int) *heapNode {
	t := &heapNode{}
	if depth > 0 {
		t.left, t.right = growHeap(depth-1), growHeap(depth-1)
	}
	if depth == 8 {
		keepFed()
	}
	return t
}

// count counts a tree's nodes.
func (t *heapNode) count() int {
	if t == nil {
		return 0
	}
	return 1 + t.left.count() + t.right.count()
}

// garbage is where what is thrown away goes for a moment.
var garbage [64]*[256]byte

// cpuSeconds are the collector's and all processor time so far, in seconds.
func cpuSeconds() (gc, total float64) {
	s := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/cpu/classes/total:cpu-seconds"}}
	metrics.Read(s)
	return s[0].Value.Float64(), s[1].Value.Float64()
}

// measureCollector allocates, beside a live heap, eight times its size or for
// eight collections at least. It prints the longest stop of a collection (both
// stops of one together), the longest time that the allocating thread did not
// come to do anything, and the collector's share of the processor time.
func measureCollector(mb int) {
	depth := bits.Len(uint(mb<<20/heapNodeSize)) - 2
	live := growHeap(depth)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	gc0, total0 := cpuSeconds()
	start := hal.Nanotime()
	last, gap := start, int64(0)
	var cycles uint32
	for i := 0; ; i++ {
		garbage[i%len(garbage)] = new([256]byte)
		if i%16 == 0 {
			if i%1024 == 0 {
				keepFed()
			}
			now := hal.Nanotime()
			gap = max(gap, now-last)
			last = now
			if i%8192 == 0 {
				runtime.ReadMemStats(&after)
				if cycles = after.NumGC; cycles-before.NumGC >= 8 {
					break
				}
				last = hal.Nanotime() // reading is no work of the thread's
			}
		}
	}
	elapsed := hal.Nanotime() - start
	runtime.GC() // the processor times are summed up at its end
	gc1, total1 := cpuSeconds()
	runtime.ReadMemStats(&after)
	stop := uint64(0)
	for n := before.NumGC; n < after.NumGC; n++ {
		stop = max(stop, after.PauseNs[n%uint32(len(after.PauseNs))])
	}
	if live.count() != 1<<(depth+1)-1 {
		k.PrintLine("BENCH failed: the collector has lost a part of the live heap")
	}
	name := fmt.Sprintf("BENCH gc.live%dmb.", mb)
	k.PrintLine(fmt.Sprintf("%sstop_max %d ns", name, stop))
	k.PrintLine(fmt.Sprintf("%sgap_max %d ns", name, gap))
	k.PrintLine(fmt.Sprintf("%sshare %.1f %%", name, 100*(gc1-gc0)/(total1-total0)))
	k.PrintLine(fmt.Sprintf("%scycles %d in %d ms", name, after.NumGC-before.NumGC, elapsed/1e6))
}
