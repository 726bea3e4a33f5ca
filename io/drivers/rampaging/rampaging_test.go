package rampaging

import (
	"strings"
	"testing"

	"gont/arc"
	"gont/mm"
	"gont/nt"
)

// memory is an array that plays physical memory.
type memory [][mm.PageSize]byte

func (m memory) Page(pfn uint32) *[mm.PageSize]byte { return &m[pfn] }
func (m memory) Flush(root, va uint64, pages int)   {}
func (m memory) Zero(uint64, int) int               { panic("nobody zeroes here") }
func (m memory) HeapPages() (have, most uint64)     { return 1 << 20, 1 << 20 }
func (m memory) GiveHeapPage(uint32) bool           { return false }
func (memory) HeapUnused() uint64                   { return 0 }
func (memory) ReleaseHeap([]uint32) int             { return 0 }
func (m memory) Span(_ uint64, pages int) []byte    { return make([]byte, pages*mm.PageSize) }

func start(t *testing.T, pages int) {
	m := make(memory, pages)
	if err := mm.Initialize(m, []mm.Run{{Type: arc.LoaderFree, Base: 256, Size: uint64(pages) - 256}}, 0); err != nil {
		t.Fatal(err)
	}
	mm.InitializePool(false)
}

// TestConfigure (P1.18): a paging file that memory has no room for is refused with the
// numbers; words that are none of PAGETEST's are named.
func TestConfigure(t *testing.T) {
	start(t, 4096)
	said, problems, s := Configure(1, "")
	if said != "" || len(problems) != 1 || !strings.Contains(problems[0], "too little memory") || s != nt.StatusSuccess {
		t.Errorf("little memory: %q, %q, %v", said, problems, s)
	}
	start(t, 8192)
	for _, n := range []uint64{1000, 1 << 62, ^uint64(0) >> 8, ^uint64(0)} {
		if said, problems, _ := Configure(n, ""); said != "" || len(problems) != 1 || !strings.Contains(problems[0], "is not a number from 0 to 14") {
			t.Errorf("%d MB: %q, %q", n, said, problems)
		}
	}
	said, problems, s = Configure(2, "errors,,Wrong,")
	if said != "2 MB of memory are the paging file "+Name || len(problems) != 1 || !strings.Contains(problems[0], "PAGETEST=Wrong") || !s.OK() {
		t.Errorf("%q, %q, %v", said, problems, s)
	}
	if s := Create(1<<20, Options{}); s != nt.StatusNoMemory {
		t.Errorf("more than there is: %v", s)
	}
}
