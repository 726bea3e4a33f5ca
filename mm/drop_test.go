package mm

import (
	"testing"

	"gont/nt"
)

// TestDrop: what an unmapping gives back, with gaps between pages, pages of all kinds in one table, and more than is done
// at a time; entries that are zero cost nothing, and those beside the range stay.
func TestDrop(t *testing.T) {
	boot(t, 4096)
	before := QueryCounts()
	a, _ := NewAddressSpace()
	const base, pages = 0x10_0000_0000 - 300*PageSize, 900 // over the end of two tables
	if _, _, s := a.Allocate(base, pages*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); !s.OK() {
		t.Fatal(s)
	}
	touched := map[int]bool{}
	for _, i := range []int{0, 1, 7, 8, 9, 63, 64, 65, 128, 299, 300, 301, 555, 811, 812, 898, 899} {
		touched[i] = true
	}
	for i := 330; i < 330+3*dropAtOnce; i++ {
		touched[i] = true
	}
	for i := range touched {
		if _, s := a.WriteBytes(base+uint64(i)*PageSize, []byte{1}); !s.OK() {
			t.Fatal(s)
		}
	}
	if n := a.Private(); n != uint64(len(touched)) {
		t.Fatalf("%d pages of %d", n, len(touched))
	}
	// The middle goes, what lies on both sides stays.
	if _, _, s := a.Free(base+8*PageSize, (899-8)*PageSize, nt.MemDecommit); !s.OK() {
		t.Fatal(s)
	}
	if n := a.Private(); n != 4 {
		t.Errorf("%d pages are left of 4", n)
	}
	for _, i := range []int{0, 1, 7, 899} {
		b := []byte{0}
		if _, s := a.ReadBytes(base+uint64(i)*PageSize, b); !s.OK() || b[0] != 1 {
			t.Errorf("page %d: %v, %d", i, s, b[0])
		}
	}
	if err := CheckAll(); err != nil {
		t.Error(err)
	}
	a.Destroy()
	if after := QueryCounts(); after.Uses[UsePrivate] != before.Uses[UsePrivate] || after.Uses[UsePageTable] != before.Uses[UsePageTable] {
		t.Errorf("pages are lost: %v, %v", before.Uses, after.Uses)
	}
}

// TestZeroEntries: how many there are, at any place.
func TestZeroEntries(t *testing.T) {
	for n := range 40 {
		for at := range n + 1 {
			part := make([]PTE, n)
			if at < n {
				part[at] = PtePresent
			}
			if got := zeroEntries(part); got != at {
				t.Errorf("the first of %d is %d: %d", n, at, got)
			}
		}
	}
}
