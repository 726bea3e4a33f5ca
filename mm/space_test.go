package mm

import (
	"testing"

	"gont/nt"
)

// TestKernelHalf: every address space has the kernel's upper half and none of
// its lower.
func TestKernelHalf(t *testing.T) {
	m := boot(t, 512)
	for i := range table(m.root) {
		table(m.root)[i] = PTE(i)<<12 | PteWrite
	}
	a, _ := NewAddressSpace()
	for i, e := range table(uint32(a.Root() >> PageShift)) {
		want := PTE(0)
		if i >= 256 {
			want = PTE(i)<<12 | PteWrite
		}
		if e != want {
			t.Fatalf("entry %d is %#x, want %#x", i, e, want)
		}
	}
	clear(table(m.root)[:])
}

// TestDestroyed: an address space that has gone answers so, and touches nothing:
// its tables may be somebody else's by now.
func TestDestroyed(t *testing.T) {
	m := boot(t, 512)
	before := QueryCounts()
	a, _ := NewAddressSpace()
	if _, _, s := a.Allocate(0x10000, 1, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); s != nt.StatusSuccess {
		t.Fatal(s)
	}
	a.WriteBytes(0x10000, []byte{1})
	root := a.root
	a.Destroy()
	same(t, before)
	for i := range m.pages[root] {
		m.pages[root][i] = 0xFF // whoever has the page now
	}
	was := m.pages[root]
	if _, _, s := a.Allocate(0, 1, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); s != nt.StatusProcessIsTerminating {
		t.Errorf("Allocate: %v", s)
	}
	if _, _, s := a.Free(0x10000, 0, nt.MemRelease); s != nt.StatusMemoryNotAllocated {
		t.Errorf("Free: %v", s)
	}
	if _, _, _, s := a.Protect(0x10000, 1, nt.PageReadOnly); s != nt.StatusConflictingAddresses {
		t.Errorf("Protect: %v", s)
	}
	if s := a.MapShared(nt.SharedUserData, 300); s != nt.StatusProcessIsTerminating {
		t.Errorf("MapShared: %v", s)
	}
	if _, s := a.MapImage(&Section{Base: 0x140000000, Size: PageSize}); s != nt.StatusProcessIsTerminating {
		t.Errorf("MapImage: %v", s)
	}
	if _, s := a.WriteBytes(0x10000, []byte{1}); s != nt.StatusAccessViolation {
		t.Errorf("WriteBytes: %v", s)
	}
	if q, s := a.Query(0x10000); s != nt.StatusSuccess || q.State != nt.MemFree {
		t.Errorf("Query: %+v", q)
	}
	if a.Root() != uint64(m.root)<<PageShift {
		t.Errorf("Root is %#x: a thread that ends would run on a freed page", a.Root())
	}
	if m.pages[root] != was {
		t.Error("the page was written to")
	}
	same(t, before)
}

// TestSpaceUse: addresses, pages and faults are counted, with the most there was.
func TestSpaceUse(t *testing.T) {
	boot(t, 1024)
	a, _ := NewAddressSpace()
	base, _, st := a.Allocate(0, 16*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !st.OK() {
		t.Fatal(st)
	}
	for i := range uint64(3) {
		a.Fault(base+i*PageSize, Write)
	}
	if u := a.Use(); u != (SpaceUse{16 * PageSize, 16 * PageSize, 3, 3, 3}) {
		t.Errorf("%+v", u)
	}
	a.Free(base+4*PageSize, 4*PageSize, nt.MemRelease)
	a.Free(base, PageSize, nt.MemDecommit)
	if u := a.Use(); u != (SpaceUse{12 * PageSize, 16 * PageSize, 3, 2, 3}) {
		t.Errorf("after freeing some: %+v", u)
	}
	a.Destroy()
	if u := a.Use(); u.Size != 0 || u.Pages != 0 || u.PeakSize != 16*PageSize {
		t.Errorf("at the end: %+v", u)
	}
}
