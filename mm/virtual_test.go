package mm

import (
	"slices"
	"testing"

	"gont/nt"
)

// TestAllocateErrors are the cases with a status of their own.
func TestAllocateErrors(t *testing.T) {
	boot(t, 512)
	a, _ := NewAddressSpace()
	const rw, both = nt.PageReadWrite, nt.MemReserve | nt.MemCommit
	const top = nt.MaximumUserAddress + 1
	for _, c := range []struct {
		base, size   uint64
		typ, protect uint32
		want         nt.Status
	}{
		{0, 1, both, 0, nt.StatusInvalidPageProtection},
		{0, 1, both, rw | nt.PageReadOnly, nt.StatusInvalidPageProtection},
		{0, 1, both, nt.PageWriteCopy, nt.StatusInvalidPageProtection},
		{0, 1, both, nt.PageExecuteWriteCopy | nt.PageGuard, nt.StatusInvalidPageProtection},
		{0, 1, both, nt.PageNoAccess | nt.PageGuard, nt.StatusInvalidPageProtection},
		{0, 0, both, rw, nt.StatusInvalidParameter4},
		{0, 1, 0, rw, nt.StatusInvalidParameter5},
		{0, 1, nt.MemDecommit, rw, nt.StatusInvalidParameter5},
		{0, 1, both | 1<<31, rw, nt.StatusInvalidParameter5},
		{0, 1, nt.MemTopDown, rw, nt.StatusInvalidParameter5},
		{0x20000, 1, nt.MemReset | nt.MemCommit, rw, nt.StatusInvalidParameter5},
		{0x20000, 1, nt.MemReset, rw, nt.StatusConflictingAddresses},
		{0, 1, nt.MemReset, rw, nt.StatusConflictingAddresses},
		{0x1000, 1, nt.MemCommit, rw, nt.StatusConflictingAddresses},
		{0, 1, 0, 0, nt.StatusInvalidParameter5},
		{0, 1, both, rw | nt.PageGuard | nt.PageNoCache, nt.StatusInvalidPageProtection},
		{0, 1, both, rw | nt.PageWriteCombine | nt.PageNoCache, nt.StatusInvalidPageProtection},
		{0, 1, both, nt.PageNoAccess | nt.PageNoCache, nt.StatusInvalidPageProtection},
		{0, 1, both, rw | 0x800, nt.StatusInvalidPageProtection},
		{0, ^uint64(0), both, rw, nt.StatusInvalidParameter4},
		{0, 1 << 47, both, rw, nt.StatusInvalidParameter4},
		{1, 1, both, rw, nt.StatusInvalidParameter2},
		{0xFFFF, 1, both, rw, nt.StatusInvalidParameter2},
		{top, 1, both, rw, nt.StatusInvalidParameter2},
		{top - 1, 2, both, rw, nt.StatusInvalidParameter4},
		{1 << 63, 1, both, rw, nt.StatusInvalidParameter2},
		{0x20000, ^uint64(0) - 0x1000, both, rw, nt.StatusInvalidParameter4},
		{0x20000, 1, nt.MemCommit, rw, nt.StatusConflictingAddresses},
		{0, nt.MaximumUserAddress, nt.MemReserve, rw, nt.StatusNoMemory},
	} {
		if _, _, got := a.Allocate(c.base, c.size, c.typ, c.protect); got != c.want {
			t.Errorf("Allocate(%#x, %#x, %#x, %#x): %v, want %v", c.base, c.size, c.typ, c.protect, got, c.want)
		}
	}
	if len(a.vads) != 0 {
		t.Error("something was allocated")
	}
	// The very ends of user space.
	for _, base := range []uint64{nt.MinimumUserAddress, top - 0x10000} {
		if b, n, s := a.Allocate(base, 0x10000, both, rw); s != nt.StatusSuccess || b != base || n != 0x10000 {
			t.Errorf("Allocate(%#x): %v", base, s)
		}
		if _, s := a.WriteBytes(base+0xFFFF, []byte{1}); s != nt.StatusSuccess {
			t.Errorf("write to %#x: %v", base+0xFFFF, s)
		}
	}
	if n, s := a.WriteBytes(top-2, []byte{1, 2, 3}); s != nt.StatusAccessViolation || n != 2 {
		t.Errorf("write across the end: %d, %v", n, s)
	}
	for _, va := range []uint64{0, 0xFFFF, top, 1 << 47, 0xFFFF_8000_0000_0000, ^uint64(0)} {
		for _, access := range []Access{Read, Write, Execute} {
			if s := a.Fault(va, access); s != nt.StatusAccessViolation {
				t.Errorf("Fault(%#x): %v", va, s)
			}
		}
	}
	if _, s := a.Query(top); s != nt.StatusInvalidParameter {
		t.Errorf("Query of kernel space: %v", s)
	}
	if q, s := a.Query(0); s != nt.StatusSuccess || q.State != nt.MemFree || q.RegionSize != nt.MinimumUserAddress {
		t.Errorf("Query(0): %+v, %v", q, s)
	}
	for _, c := range []struct {
		base, size uint64
		typ        uint32
		want       nt.Status
	}{
		{0x10000, 0, 0, nt.StatusInvalidParameter4},
		{0x10000, 0, nt.MemDecommit | nt.MemRelease, nt.StatusInvalidParameter4},
		{0, 0, nt.MemRelease, nt.StatusMemoryNotAllocated},
		{top, 0, nt.MemRelease, nt.StatusInvalidParameter2},
		{0x10000, ^uint64(0), nt.MemRelease, nt.StatusInvalidParameter3},
		{0x30000, 0, nt.MemRelease, nt.StatusMemoryNotAllocated},
		{0x11000, 0, nt.MemRelease, nt.StatusFreeVMNotAtBase},
		{0x11000, 0, nt.MemDecommit, nt.StatusFreeVMNotAtBase},
		{0x10000, 0x11000, nt.MemRelease, nt.StatusUnableToFreeVM},
	} {
		if _, _, got := a.Free(c.base, c.size, c.typ); got != c.want {
			t.Errorf("Free(%#x, %#x, %#x): %v, want %v", c.base, c.size, c.typ, got, c.want)
		}
	}
	for _, c := range []struct {
		base, size uint64
		protect    uint32
		want       nt.Status
	}{
		{0x10000, 0, rw, nt.StatusInvalidParameter3},
		{0x10000, 1, 0, nt.StatusInvalidPageProtection},
		{0x10000, 1, nt.PageWriteCopy, nt.StatusInvalidParameter4},
		{0x10000, 1, nt.PageNoAccess | nt.PageGuard, nt.StatusInvalidPageProtection},
		{0, 1, rw, nt.StatusConflictingAddresses},
		{top, 1, rw, nt.StatusInvalidParameter2},
		{0x10000, ^uint64(0), rw, nt.StatusInvalidParameter3},
		{0x1F000, 0x2000, rw, nt.StatusConflictingAddresses},
		{0x50000, 1, rw, nt.StatusConflictingAddresses},
	} {
		if _, _, _, got := a.Protect(c.base, c.size, c.protect); got != c.want {
			t.Errorf("Protect(%#x, %#x, %#x): %v, want %v", c.base, c.size, c.protect, got, c.want)
		}
	}
	check(t)
}

// TestFixed: what the system maps can be read and queried, not written, freed
// or protected, and its page is not the address space's to give back.
func TestFixed(t *testing.T) {
	m := boot(t, 512)
	page, _ := AllocatePage(UseShared, true)
	m.pages[page][5] = 42
	before := QueryCounts()
	a, _ := NewAddressSpace()
	if s := a.MapShared(nt.SharedUserData, page); s != nt.StatusSuccess {
		t.Fatal(s)
	}
	b := []byte{0}
	if _, s := a.ReadBytes(nt.SharedUserData+5, b); s != nt.StatusSuccess || b[0] != 42 {
		t.Errorf("read %d, %v", b[0], s)
	}
	if _, s := a.WriteBytes(nt.SharedUserData+5, b); s != nt.StatusAccessViolation {
		t.Errorf("write: %v", s)
	}
	if s := a.Fault(nt.SharedUserData, Execute); s != nt.StatusAccessViolation {
		t.Errorf("execute: %v", s)
	}
	if s := a.MapShared(nt.SharedUserData, page); s != nt.StatusConflictingAddresses {
		t.Errorf("mapped twice: %v", s)
	}
	if _, _, s := a.Free(nt.SharedUserData, 0, nt.MemRelease); s != nt.StatusUnableToDeleteSection {
		t.Errorf("Free: %v", s)
	}
	if _, _, s := a.Allocate(nt.SharedUserData, 1, nt.MemCommit, nt.PageReadWrite); s != nt.StatusConflictingAddresses {
		t.Errorf("commit: %v", s)
	}
	if _, _, _, s := a.Protect(nt.SharedUserData, 1, nt.PageReadWrite); s != nt.StatusConflictingAddresses {
		t.Errorf("Protect: %v", s)
	}
	if q, _ := a.Query(nt.SharedUserData); q.Protect != nt.PageReadOnly || q.State != nt.MemCommit {
		t.Errorf("Query: %+v", q)
	}
	if a.Private() != 0 {
		t.Errorf("%d private pages", a.Private())
	}
	a.Destroy()
	same(t, before)
	if m.pages[page][5] != 42 || pfns.pfn[page].list != Active {
		t.Error("the shared page has gone")
	}
}

// TestManyAllocations: there is an end to how many there can be, and pieces released
// out of the middle count; room comes back.
func TestManyAllocations(t *testing.T) {
	boot(t, 512)
	a, _ := NewAddressSpace()
	const base, step = 1 << 40, 0x20000
	for i := uint64(0); i < MaximumAllocations; i++ {
		if _, _, s := a.Allocate(base+i*step, 0x10000, nt.MemReserve, nt.PageReadWrite); !s.OK() {
			t.Fatal(i, s)
		}
	}
	section, _ := NewDataSection("", 0x10000, nt.PageReadWrite, false)
	view := func() nt.Status {
		_, _, _, s := a.MapView(section, View{Protect: nt.PageReadWrite})
		return s
	}
	reserve := func() nt.Status {
		_, _, s := a.Allocate(0, 0x10000, nt.MemReserve, nt.PageReadWrite)
		return s
	}
	free := func(va, size uint64) nt.Status {
		_, _, s := a.Free(va, size, nt.MemRelease)
		return s
	}
	for _, c := range []struct {
		what string
		do   func() nt.Status
		want nt.Status
	}{
		{"one too many", reserve, nt.StatusInsufficientResources},
		{"a view", view, nt.StatusInsufficientResources},
		{"a hole", func() nt.Status { return free(base+0x4000, 0x1000) }, nt.StatusInsufficientResources},
		{"the beginning of one", func() nt.Status { return free(base, 0x1000) }, nt.StatusSuccess},
		{"the end of one", func() nt.Status { return free(base+0xF000, 0x1000) }, nt.StatusSuccess},
		{"one", func() nt.Status { return free(base+step, 0) }, nt.StatusSuccess},
		{"a hole", func() nt.Status { return free(base+0x4000, 0x1000) }, nt.StatusSuccess},
		{"one too many", reserve, nt.StatusInsufficientResources},
		{"another", func() nt.Status { return free(base+2*step, 0) }, nt.StatusSuccess},
		{"a view", view, nt.StatusSuccess},
	} {
		if s := c.do(); s != c.want {
			t.Errorf("%s: %v, want %v", c.what, s, c.want)
		}
	}
	a.Destroy()
	section.Delete()
}

// TestCacheTypes: PAGE_NOCACHE and PAGE_WRITECOMBINE are for private pages, and
// come into the page tables.
func TestCacheTypes(t *testing.T) {
	boot(t, 1024)
	a, _ := NewAddressSpace()
	const both, rw = nt.MemReserve | nt.MemCommit, uint32(nt.PageReadWrite)
	base, _, st := a.Allocate(0, 4*PageSize, both, rw|nt.PageNoCache)
	if !st.OK() {
		t.Fatal(st)
	}
	a.WriteBytes(base, []byte{1})
	if e := walk(a.root, base, false).load(); e&PteNoCache != PteNoCache {
		t.Errorf("the entry is %#x", e)
	}
	if _, _, old, st := a.Protect(base, 1, rw|nt.PageWriteCombine); st != nt.StatusSuccess || old != rw|nt.PageNoCache {
		t.Errorf("Protect: %v, old %#x", st, old)
	}
	if _, _, old, st := a.Protect(base, 1, rw); st != nt.StatusSuccess || old != rw|nt.PageWriteCombine {
		t.Errorf("Protect: %v, old %#x", st, old)
	}
	if e := walk(a.root, base, false).load(); e&PteNoCache != 0 {
		t.Errorf("cached again the entry is %#x", e)
	}
	if q, _ := a.Query(base + PageSize); q.Protect != rw|nt.PageNoCache || q.RegionSize != 3*PageSize {
		t.Errorf("Query: %+v", q)
	}
	s, _ := NewDataSection("", PageSize, rw, false)
	if _, _, _, st := a.MapView(s, View{Protect: rw | nt.PageNoCache}); st != nt.StatusInvalidPageProtection {
		t.Errorf("a view: %v", st)
	}
	view, _, _, _ := a.MapView(s, View{Protect: rw})
	if _, _, _, st := a.Protect(view, 1, rw|nt.PageNoCache); st != nt.StatusInvalidParameter4 {
		t.Errorf("a view's page: %v", st)
	}
	if _, _, st := a.Allocate(view, 1, nt.MemCommit, rw|nt.PageNoCache); st != nt.StatusInvalidPageProtection {
		t.Errorf("committing a view's page: %v", st)
	}
	check(t)
}

// TestViewProtection: a page of a view may have what goes with the view's own
// protection; committing pages of a view gives them theirs.
func TestViewProtection(t *testing.T) {
	boot(t, 1024)
	a, _ := NewAddressSpace()
	s, _ := NewDataSection("", 4*PageSize, nt.PageExecuteReadWrite, true)
	for _, c := range []struct {
		have uint32
		may  []uint32
	}{
		{nt.PageNoAccess, []uint32{1}},
		{nt.PageReadOnly, []uint32{1, 2, 8}},
		{nt.PageReadWrite, []uint32{1, 2, 4, 8}},
		{nt.PageWriteCopy, []uint32{1, 2, 8}},
		{nt.PageExecute, []uint32{1, 0x10}},
		{nt.PageExecuteRead, []uint32{1, 2, 8, 0x10, 0x20, 0x80}},
		{nt.PageExecuteReadWrite, []uint32{1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80}},
		{nt.PageExecuteWriteCopy, []uint32{1, 2, 8, 0x10, 0x20, 0x80}},
	} {
		base, _, _, st := a.MapView(s, View{Protect: c.have})
		if !st.OK() {
			t.Fatal(st)
		}
		for p := uint32(1); p <= 0x80; p *= 2 {
			want := nt.StatusSectionProtection
			if slices.Contains(c.may, p) {
				want = nt.StatusSuccess
			}
			if _, _, st := a.Allocate(base+PageSize, PageSize, nt.MemCommit, p); st != want {
				t.Errorf("committing as %#x in a view with %#x: %v, want %v", p, c.have, st, want)
			}
			if q, _ := a.Query(base + PageSize); want.OK() && q.Protect != p {
				t.Errorf("it is %+v", q)
			}
			if _, _, _, st := a.Protect(base+PageSize, PageSize, p); st != want {
				t.Errorf("protection %#x in a view with %#x: %v, want %v", p, c.have, st, want)
			}
		}
		a.UnmapView(base)
	}
	check(t)
}
