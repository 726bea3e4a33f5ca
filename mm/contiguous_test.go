package mm

import (
	"testing"

	"gont/arc"
)

// TestContiguous (I10): frames of a common buffer lie behind each other and below the limit, are
// zeroed, and come back; what there is no room for is refused.
func TestContiguous(t *testing.T) {
	const pages = 1024
	m := &fakeMachine{pages: make([][PageSize]byte, pages)}
	for i := range m.pages {
		m.pages[i][0] = 1
	}
	if err := Initialize(m, []Run{{Type: arc.LoaderFree, Base: 256, Size: pages - 256}}, 0); err != nil {
		t.Fatal(err)
	}
	KernelReserve = 0
	before := QueryCounts().Available()
	a, ok := AllocateContiguous(5, 0)
	if !ok || a < 256 {
		t.Fatal(a, ok)
	}
	for n := a; n < a+5; n++ {
		if Frame(n)[0] != 0 || pfns.pfn[n].list != Active || pfns.pfn[n].use != UseDevice {
			t.Errorf("frame %d: %d, %v", n, Frame(n)[0], pfns.pfn[n].list)
		}
	}
	// A hole that is too small is passed over.
	b, _ := AllocateContiguous(2, 0)
	FreeContiguous(a, 5)
	if c, ok := AllocateContiguous(6, 0); !ok || c < b {
		t.Error("not behind the hole:", c, b, ok)
	} else {
		FreeContiguous(c, 6)
	}
	FreeContiguous(b, 2)
	if _, ok := AllocateContiguous(4, 258*PageSize); ok {
		t.Error("above the limit")
	}
	if _, ok := AllocateContiguous(pages, 0); ok {
		t.Error("more than there is")
	}
	if _, ok := AllocateContiguous(0, 0); ok {
		t.Error("nothing")
	}
	KernelReserve = 2 * before
	if _, ok := AllocateContiguous(1, 0); ok {
		t.Error("the kernel's reserve is touched")
	}
	KernelReserve = 0
	if n := QueryCounts().Available(); n != before {
		t.Errorf("%d pages are free, of %d", n, before)
	}
	if err := Check(); err != nil {
		t.Error(err)
	}
}
