package mm

import (
	"testing"
	"time"

	"gont/nt"
)

// TestSpaceOutOfMemory: every allocation may fail, and all comes back.
func TestSpaceOutOfMemory(t *testing.T) {
	boot(t, 512)
	pfns.overcommit = 1 << 20 // as if the promises had been made before
	before := QueryCounts()
	page, _ := AllocatePage(UseShared, false)
	held := drain(t, 0)
	if _, ok := NewAddressSpace(); ok {
		t.Error("an address space without a page")
	}
	for left := 1; left < 12; left++ {
		for range left {
			FreePage(held[len(held)-1])
			held = held[:len(held)-1]
		}
		a, ok := NewAddressSpace()
		if !ok {
			t.Fatal("no address space")
		}
		base, _, s := a.Allocate(0x20000, 64*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		if s != nt.StatusSuccess {
			t.Fatal(s)
		}
		good := 0
		for i := range 64 {
			if s = a.Fault(base+uint64(i)*PageSize, Write); !s.OK() {
				break
			}
			good++
		}
		// The root and three tables come first.
		if s != nt.StatusNoMemory || good != max(0, left-4) {
			t.Errorf("%d pages left: %d faults served, then %v", left, good, s)
		}
		if n, s := a.WriteBytes(base+63*PageSize, []byte{1}); n != 0 || s != nt.StatusNoMemory {
			t.Errorf("WriteBytes: %v", s)
		}
		if s := a.MapShared(0x4000_0000_0000, page); left < 7 && s != nt.StatusNoMemory {
			t.Errorf("MapShared: %v", s)
		}
		check(t)
		a.Destroy()
		if n := QueryCounts().Available(); n != uint64(left) {
			t.Errorf("%d pages came back of %d", n, left)
		}
		held = append(held, drain(t, 0)...)
	}
	FreePages(held)
	FreePage(page)
	same(t, before)
}

// TestHugeReservations: what a program reserves costs nothing until it is used.
func TestHugeReservations(t *testing.T) {
	boot(t, 512)
	pfns.overcommit = 1 << 40
	before := QueryCounts()
	a, _ := NewAddressSpace()
	start := time.Now()
	allocated := testing.AllocsPerRun(1, func() {
		const size = 1 << 46
		for _, typ := range []uint32{nt.MemReserve, nt.MemReserve | nt.MemCommit} {
			base, n, s := a.Allocate(0, size, typ, nt.PageReadOnly)
			if s != nt.StatusSuccess || n != size {
				t.Fatal(s)
			}
			middle := base + size/2
			if _, _, s := a.Allocate(middle, PageSize, nt.MemCommit, nt.PageReadOnly); s != nt.StatusSuccess {
				t.Fatal(s)
			}
			if _, _, _, s := a.Protect(middle, PageSize, nt.PageReadWrite); s != nt.StatusSuccess {
				t.Fatal(s)
			}
			if _, s := a.WriteBytes(middle, []byte{1}); s != nt.StatusSuccess {
				t.Fatal(s)
			}
			if typ&nt.MemCommit != 0 {
				if _, _, _, s := a.Protect(base, size, nt.PageNoAccess); s != nt.StatusSuccess {
					t.Fatal(s)
				}
			}
			if q, _ := a.Query(base); q.RegionSize != size/2 && typ&nt.MemCommit == 0 {
				t.Errorf("Query: %+v", q)
			}
			if _, _, s := a.Free(base, 0, nt.MemDecommit); s != nt.StatusSuccess {
				t.Fatal(s)
			}
			if q, _ := a.Query(middle); q.State != nt.MemReserve || q.RegionSize != size/2 {
				t.Errorf("Query: %+v", q)
			}
			if _, _, s := a.Free(base, 0, nt.MemRelease); s != nt.StatusSuccess {
				t.Fatal(s)
			}
		}
		a.Allocate(0, size/8, nt.MemReserve, nt.PageReadOnly)
	})
	a.Destroy()
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("it took %v", d)
	}
	if allocated > 200 {
		t.Errorf("%v allocations", allocated)
	}
	same(t, before)
}
