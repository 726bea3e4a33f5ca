package mm

import (
	"testing"

	"gont/nt"
)

func newSection(t *testing.T, pages uint64, protect uint32, reserve bool) *Section {
	t.Helper()
	s, st := NewDataSection("", pages*PageSize, protect, reserve)
	if st != nt.StatusSuccess {
		t.Fatal(st)
	}
	return s
}

// TestSectionErrors: each wrong argument has its status, and nothing is charged
// or mapped.
func TestSectionErrors(t *testing.T) {
	boot(t, 1024)
	commit := QueryCommit().Committed
	for _, c := range []struct {
		size    uint64
		protect uint32
		reserve bool
		want    nt.Status
	}{
		{0, nt.PageReadWrite, false, nt.StatusInvalidParameter4},
		{MaximumSection + 1, nt.PageReadWrite, true, nt.StatusSectionTooBig},
		{^uint64(0), nt.PageReadWrite, true, nt.StatusSectionTooBig},
		{1, 0, false, nt.StatusInvalidPageProtection},
		{1, nt.PageNoAccess, false, nt.StatusInvalidPageProtection},
		{1, nt.PageWriteCopy, false, nt.StatusInvalidPageProtection},
		{1, nt.PageReadWrite | nt.PageGuard, false, nt.StatusInvalidPageProtection},
		{1 << 30, nt.PageReadWrite, false, nt.StatusCommitmentLimit},
	} {
		if s, st := NewDataSection("", c.size, c.protect, c.reserve); st != c.want || s != nil {
			t.Errorf("NewDataSection(%#x, %#x, %v): %v, want %v", c.size, c.protect, c.reserve, st, c.want)
		}
	}
	a, _ := NewAddressSpace()
	a.Allocate(0x100000, 1, nt.MemReserve, nt.PageReadOnly)
	ro, rw, rx := newSection(t, 20, nt.PageReadOnly, false), newSection(t, 20, nt.PageReadWrite, true), newSection(t, 20, nt.PageExecuteRead, false)
	for i, c := range []struct {
		s    *Section
		w    View
		want nt.Status
	}{
		{ro, View{Protect: 0}, nt.StatusInvalidPageProtection},
		{ro, View{Protect: nt.PageReadOnly | nt.PageGuard}, nt.StatusInvalidPageProtection},
		{ro, View{Protect: nt.PageReadWrite}, nt.StatusSectionProtection},
		{ro, View{Protect: nt.PageExecuteRead}, nt.StatusSectionProtection},
		{ro, View{Protect: nt.PageExecuteWriteCopy}, nt.StatusSectionProtection},
		{rw, View{Protect: nt.PageExecuteReadWrite}, nt.StatusSectionProtection},
		{rx, View{Protect: nt.PageExecuteReadWrite}, nt.StatusSectionProtection},
		{ro, View{Protect: nt.PageReadOnly, Base: 0x201000}, nt.StatusMappedAlignment},
		{ro, View{Protect: nt.PageReadOnly, Offset: 0x1000}, nt.StatusMappedAlignment},
		{ro, View{Protect: nt.PageReadOnly, Offset: 0x20000}, nt.StatusInvalidViewSize},
		{ro, View{Protect: nt.PageReadOnly, Offset: 1 << 63}, nt.StatusInvalidViewSize},
		{ro, View{Protect: nt.PageReadOnly, Size: 20*PageSize + 1}, nt.StatusInvalidViewSize},
		{ro, View{Protect: nt.PageReadOnly, Size: ^uint64(0)}, nt.StatusInvalidViewSize},
		{ro, View{Protect: nt.PageReadOnly, Offset: 0x10000, Size: 5 * PageSize}, nt.StatusInvalidViewSize},
		{rw, View{Protect: nt.PageReadOnly, Size: PageSize, Commit: PageSize + 1}, nt.StatusInvalidParameter5},
		{ro, View{Protect: nt.PageReadOnly, Base: nt.MaximumUserAddress + 1 - 0x10000}, nt.StatusInvalidParameter3},
		{ro, View{Protect: nt.PageReadOnly, Base: 1 << 63}, nt.StatusInvalidParameter3},
		{ro, View{Protect: nt.PageReadOnly, Base: 0x100000}, nt.StatusConflictingAddresses},
		{ro, View{Protect: nt.PageReadOnly, Limit: 0x8000}, nt.StatusNoMemory},
		{ro, View{Protect: nt.PageReadOnly, Limit: 0x8000, TopDown: true}, nt.StatusNoMemory},
	} {
		if _, _, _, st := a.MapView(c.s, c.w); st != c.want {
			t.Errorf("%d: MapView(%+v): %v, want %v", i, c.w, st, c.want)
		}
	}
	if _, st := a.MapImage(ro); st != nt.StatusSectionNotImage {
		t.Errorf("MapImage: %v", st)
	}
	if len(a.vads) != 1 || ro.views+rw.views+rx.views != 0 {
		t.Error("something was mapped")
	}
	for _, va := range []uint64{0, 0x100000, 0x50000, 1 << 63} {
		if st := a.UnmapView(va); st != nt.StatusNotMappedView {
			t.Errorf("UnmapView(%#x): %v", va, st)
		}
	}
	ro.Delete()
	rw.Delete()
	rx.Delete()
	a.Destroy()
	if _, _, _, st := a.MapView(newSection(t, 1, nt.PageReadOnly, true), View{Protect: nt.PageReadOnly}); st != nt.StatusProcessIsTerminating {
		t.Errorf("MapView: %v", st)
	}
	if c := QueryCommit().Committed; c != commit {
		t.Errorf("%d pages are committed, %d were before", c, commit)
	}
	check(t)
}

// TestSectionCommit: SEC_COMMIT charges once, however often it is mapped, SEC_RESERVE
// what is committed through any view; copies are charged to the process. It all
// goes with the last handle and view.
func TestSectionCommit(t *testing.T) {
	boot(t, 1024)
	before, start := QueryCounts(), QueryCommit().Committed
	expect := func(what string, want uint64) {
		t.Helper()
		if got := QueryCommit().Committed - start - (QueryCounts().Uses[UsePageTable] - before.Uses[UsePageTable]) - QueryCounts().Uses[UsePrototype]; got != want {
			t.Errorf("%s: %d pages committed, want %d", what, got, want)
		}
	}
	s, r := newSection(t, 50, nt.PageReadWrite, false), newSection(t, 50, nt.PageReadWrite, true)
	expect("made", 50)
	a, _ := NewAddressSpace()
	b, _ := NewAddressSpace()
	a.MapView(s, View{Protect: nt.PageReadWrite})
	own, _, _, _ := b.MapView(s, View{Protect: nt.PageWriteCopy})
	expect("mapped", 100)
	if now, _ := a.Commit(); now != 0 {
		t.Errorf("%d pages charged for a shared view", now)
	}
	n := left()
	chargeCommit(n - 3)
	if _, _, _, st := a.MapView(s, View{Protect: nt.PageWriteCopy}); st != nt.StatusCommitmentLimit {
		t.Errorf("a view for copying: %v", st)
	}
	if _, _, _, st := a.MapView(r, View{Protect: nt.PageReadWrite, Commit: 4 * PageSize}); st != nt.StatusCommitmentLimit {
		t.Errorf("a committed view: %v", st)
	}
	base, _, _, st := a.MapView(r, View{Protect: nt.PageReadWrite, Commit: 2 * PageSize})
	if st != nt.StatusSuccess || r.views != 1 {
		t.Errorf("a committed view: %v, %d views", st, r.views)
	}
	if _, _, st := a.Allocate(base, 3*PageSize, nt.MemCommit, nt.PageReadWrite); st != nt.StatusSuccess {
		t.Errorf("one page more: %v", st)
	}
	if _, _, st := a.Allocate(base, 4*PageSize, nt.MemCommit, nt.PageReadWrite); st != nt.StatusCommitmentLimit {
		t.Errorf("one too many: %v", st)
	}
	returnCommit(n - 3)
	expect("committed through a view", 103)
	b.UnmapView(own)
	expect("without the copies", 53)
	s.Delete() // a has it mapped
	expect("without a handle", 53)
	a.Destroy()
	expect("without a view", 3)
	r.Delete()
	expect("at the end", 0)
	b.Destroy()
	same(t, before)
}

// TestSectionWithoutMemory: a touch that finds no page says so, and loses nothing.
func TestSectionWithoutMemory(t *testing.T) {
	boot(t, 1024)
	s := newSection(t, 8, nt.PageReadWrite, false)
	a, _ := NewAddressSpace()
	base, _, _, _ := a.MapView(s, View{Protect: nt.PageReadWrite})
	a.Allocate(base+0x100000, PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	a.WriteBytes(base+0x100000, []byte{1}) // makes the page tables
	for keep := range uint64(2) {
		held := drain(t, keep)
		for range 2 {
			if st := a.Fault(base, Write); st != nt.StatusNoMemory {
				t.Errorf("%d pages: %v", keep, st)
			}
		}
		check(t)
		FreePages(held)
	}
	if _, st := a.WriteBytes(base, []byte{7}); st != nt.StatusSuccess {
		t.Error(st)
	}
	a.Destroy()
	s.Delete()
	check(t)
}

// TestInheritViews: ViewShare views come along as they were mapped, private copies
// and other memory do not.
func TestInheritViews(t *testing.T) {
	boot(t, 1024)
	before := QueryCounts()
	s := newSection(t, 20, nt.PageReadWrite, false)
	a, _ := NewAddressSpace()
	b, _ := NewAddressSpace()
	shared, _, _, _ := a.MapView(s, View{Protect: nt.PageReadWrite, Share: true, Offset: 0x10000})
	wc, _, _, _ := a.MapView(s, View{Protect: nt.PageWriteCopy, Share: true})
	own, _, _, _ := a.MapView(s, View{Protect: nt.PageReadWrite})
	heap, _, _ := a.Allocate(0, PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	a.WriteBytes(shared, []byte("s"))
	a.WriteBytes(wc, []byte("w"))
	a.Protect(shared+PageSize, PageSize, nt.PageReadOnly)
	if st := a.InheritViews(b); st != nt.StatusSuccess {
		t.Fatal(st)
	}
	c := []byte{0}
	if b.ReadBytes(shared, c); c[0] != 's' {
		t.Errorf("the shared view has %d", c[0])
	}
	if b.ReadBytes(wc, c); c[0] != 0 {
		t.Errorf("the copy came along: %d", c[0])
	}
	if _, st := b.WriteBytes(shared+PageSize, c); st != nt.StatusAccessViolation {
		t.Errorf("the protection did not come along: %v", st)
	}
	for _, va := range []uint64{own, heap} {
		if _, st := b.ReadBytes(va, c); st != nt.StatusAccessViolation {
			t.Errorf("%#x: %v", va, st)
		}
	}
	if now, _ := b.Commit(); now != 20 {
		t.Errorf("%d pages charged", now)
	}
	b.Destroy()
	b, _ = NewAddressSpace()
	b.Allocate(shared, 1, nt.MemReserve, nt.PageReadWrite)
	if st := a.InheritViews(b); st != nt.StatusConflictingAddresses {
		t.Error(st)
	}
	b.Destroy()
	a.Destroy()
	s.Delete()
	same(t, before)
}

// TestZeroBits: NT's two meanings of the argument.
func TestZeroBits(t *testing.T) {
	for bits, want := range map[uint64]uint64{0: 0, 1: 0x7FFFFFFF, 10: 0x3FFFFF, 21: 0x7FF, 0x7FFFFFFF: 0x7FFFFFFF, 0x40000000: 0x7FFFFFFF,
		0xFFFFFFFF: 0xFFFFFFFF, 1 << 46: 1<<47 - 1, ^uint64(0): ^uint64(0), 32: 0} {
		got, ok := ZeroBitsLimit(bits)
		if bad := bits == 32; ok == bad || !bad && got != want {
			t.Errorf("%#x: %#x, %v", bits, got, ok)
		}
	}
	boot(t, 512)
	a, _ := NewAddressSpace()
	a.Allocate(0x10000, 0x7FFF0000-0x10000, nt.MemReserve, nt.PageReadWrite)
	if b, _, st := a.AllocateBelow(0x7FFFFFFF, 0, 0x10000, nt.MemReserve, nt.PageReadWrite); st != nt.StatusSuccess || b != 0x7FFF0000 {
		t.Errorf("%#x, %v", b, st)
	}
	if _, _, st := a.AllocateBelow(0x7FFFFFFF, 0, 0x10000, nt.MemReserve, nt.PageReadWrite); st != nt.StatusNoMemory {
		t.Error(st)
	}
	if b, _, st := a.Allocate(0, 0x10000, nt.MemReserve|nt.MemTopDown, nt.PageReadWrite); st != nt.StatusSuccess || b != nt.MaximumUserAddress+1-0x10000 {
		t.Errorf("top down: %#x, %v", b, st)
	}
	if b, _, st := a.Allocate(0, 0x18000, nt.MemReserve|nt.MemTopDown, nt.PageReadWrite); st != nt.StatusSuccess || b != nt.MaximumUserAddress+1-0x30000 {
		t.Errorf("top down: %#x, %v", b, st)
	}
}
