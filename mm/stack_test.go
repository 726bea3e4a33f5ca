package mm

import (
	"testing"

	"gont/nt"
)

// TestStack: a stack grows page by page down to its last page but one, wherever
// it is touched first in a page, and no further.
func TestStack(t *testing.T) {
	boot(t, 1024)
	before := QueryCounts()
	a, _ := NewAddressSpace()
	base, limit, allocation, s := a.CreateStack(64<<10, PageSize)
	if s != nt.StatusSuccess || base-allocation != 64<<10 || base-limit != PageSize {
		t.Fatal(s, base, limit, allocation)
	}
	if now, _ := a.Commit(); now != 2 {
		t.Errorf("%d pages charged", now)
	}
	if s := a.Fault(base-8, Write); s != nt.StatusSuccess {
		t.Error(s)
	}
	for i := 1; i <= 14; i++ {
		va := base - uint64(i+1)*PageSize + uint64(i*137%PageSize)
		if s := a.Fault(va, Access(i&1)); s != nt.StatusGuardPageViolation {
			t.Fatalf("page %d: %v", i, s)
		}
		got, s := a.GrowStack(va, base, allocation)
		want := nt.StatusSuccess
		if i == 14 { // the next would be the last page
			want = nt.StatusStackOverflow
		}
		if s != want || got != roundDown(va) {
			t.Fatalf("page %d: %v, limit %#x", i, s, got)
		}
		if s := a.Fault(va, Write); s != nt.StatusSuccess {
			t.Fatalf("page %d, again: %v", i, s)
		}
	}
	if s := a.Fault(allocation+PageSize, Write); s != nt.StatusSuccess {
		t.Errorf("the handler has no page: %v", s)
	}
	if s := a.Fault(allocation, Write); s != nt.StatusAccessViolation {
		t.Errorf("the last page: %v", s)
	}
	if now, _ := a.Commit(); now != 15 {
		t.Errorf("%d pages charged", now)
	}
	a.Destroy()
	same(t, before)
}

// TestStackLies: a TEB may say anything; pages that are no stack's guard stay
// the program's own business, and nothing outside of user space is touched.
func TestStackLies(t *testing.T) {
	boot(t, 1024)
	a, _ := NewAddressSpace()
	heap, _, _ := a.Allocate(0x100000, 0x10000, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	a.Allocate(0x110000, 0x10000, nt.MemReserve, nt.PageReadWrite)
	a.Allocate(0x111000, 0x1000, nt.MemCommit, nt.PageReadWrite)
	page, _ := AllocatePage(UseShared, true)
	a.MapShared(nt.SharedUserData, page)
	for _, c := range []struct {
		va, base, allocation uint64
		want                 nt.Status
	}{
		{heap + 0x5000, 0, 0, nt.StatusGuardPageViolation},                      // no stack at all
		{heap + 0x5000, heap + 0x5000, heap, nt.StatusGuardPageViolation},       // above it
		{heap + 0x5000, ^uint64(0), heap + 0x6000, nt.StatusGuardPageViolation}, // below it
		{heap + 0x5000, ^uint64(0), 0, nt.StatusGuardPageViolation},             // the page below is in use
		{heap, ^uint64(0), 0, nt.StatusStackOverflow},                           // the allocation's first
		{heap + 0x1000, heap + 0x10000, heap, nt.StatusStackOverflow},           // its second
		{heap + 0x5000, ^uint64(0), heap + 0x4800, nt.StatusStackOverflow},      // not aligned
		{0x111000, ^uint64(0), 0, nt.StatusStackOverflow},                       // no room below
		{0x112000, ^uint64(0), 0, nt.StatusGuardPageViolation},                  // not committed
		{0x500000, ^uint64(0), 0, nt.StatusGuardPageViolation},                  // nothing there
		{nt.SharedUserData, ^uint64(0), 0, nt.StatusGuardPageViolation},         // the system's
		{0, ^uint64(0), 0, nt.StatusGuardPageViolation},                         // page 0
		{1 << 63, ^uint64(0), 0, nt.StatusGuardPageViolation},                   // the kernel's half
		{^uint64(0) - 1, ^uint64(0), 0, nt.StatusGuardPageViolation},
	} {
		if _, s := a.GrowStack(c.va, c.base, c.allocation); s != c.want {
			t.Errorf("%#x of %#x to %#x: %v, want %v", c.va, c.allocation, c.base, s, c.want)
		}
	}
	// Without anything left to promise.
	base, _, allocation, _ := a.CreateStack(0, 0)
	n := left()
	chargeCommit(n)
	va := base - 2*PageSize
	if s := a.Fault(va, Write); s != nt.StatusGuardPageViolation {
		t.Error(s)
	}
	if limit, s := a.GrowStack(va, base, allocation); s != nt.StatusStackOverflow || limit != va {
		t.Error(s)
	}
	if _, _, _, s := a.CreateStack(1<<20, 1<<20); s != nt.StatusCommitmentLimit {
		t.Error(s)
	}
	returnCommit(n)
	if _, _, _, s := a.CreateStack(1<<46, 1<<45); s != nt.StatusCommitmentLimit {
		t.Error(s)
	}
	if len(a.vads) != 4 {
		t.Errorf("%d allocations are left", len(a.vads))
	}
	a.Destroy()
	check(t)
}
