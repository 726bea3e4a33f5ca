package mm

import (
	"testing"

	"gont/nt"
)

// left is how many pages may still be committed.
func left() uint64 {
	c := QueryCommit()
	return c.Limit - min(c.Limit, c.Committed)
}

// TestCommitLimit: what does not fit is refused with a status of its own and
// changes nothing; what fits can be touched to the last page.
func TestCommitLimit(t *testing.T) {
	boot(t, 1024)
	KernelReserve = 20 // page tables are not asked for before
	defer func() { KernelReserve = 0 }()
	before := QueryCommit()
	a, _ := NewAddressSpace()
	base, _, s := a.Allocate(0, 1024*PageSize, nt.MemReserve, nt.PageReadWrite)
	if s != nt.StatusSuccess {
		t.Fatal(s)
	}
	if now, _ := a.Commit(); now != 0 {
		t.Errorf("%d pages charged for a reservation", now)
	}
	n := left()
	if _, _, s := a.Allocate(base, (n+1)*PageSize, nt.MemCommit, nt.PageReadWrite); s != nt.StatusCommitmentLimit {
		t.Errorf("one page too many: %v", s)
	}
	if _, _, s := a.Allocate(0, (n+1)*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); s != nt.StatusCommitmentLimit {
		t.Errorf("one page too many: %v", s)
	}
	if q, _ := a.Query(base); q.State != nt.MemReserve || q.RegionSize != 1024*PageSize || len(a.vads) != 1 {
		t.Errorf("Query: %+v", q)
	}
	if _, _, s := a.Allocate(base, 1<<46, nt.MemCommit, nt.PageReadWrite); s != nt.StatusConflictingAddresses {
		t.Errorf("outside: %v", s)
	}
	if _, _, s := a.Allocate(0, 1<<46, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); s != nt.StatusCommitmentLimit {
		t.Errorf("64 TiB: %v", s)
	}
	if _, _, s := a.Allocate(base, n*PageSize, nt.MemCommit, nt.PageReadWrite); s != nt.StatusSuccess {
		t.Fatalf("all that is left: %v", s)
	}
	if now, peak := a.Commit(); now != n || peak != n || left() != 0 {
		t.Errorf("%d pages charged, peak %d, %d left", now, peak, left())
	}
	// Committing what is committed costs nothing.
	if _, _, s := a.Allocate(base, n*PageSize, nt.MemCommit, nt.PageReadWrite); s != nt.StatusSuccess {
		t.Error(s)
	}
	if _, _, s := a.Allocate(base+n*PageSize, 1, nt.MemCommit, nt.PageReadWrite); s != nt.StatusCommitmentLimit {
		t.Error(s)
	}
	for i := range n {
		if s := a.Fault(base+i*PageSize, Write); s != nt.StatusSuccess {
			t.Fatalf("page %d of %d that were promised: %v", i, n, s)
		}
	}
	if c := QueryCommit(); c.Peak < c.Committed || c.Committed < c.Limit {
		t.Errorf("%+v", c)
	}
	// Half of it back, by each way.
	a.Free(base, n/4*PageSize, nt.MemDecommit)
	if now, _ := a.Commit(); now != n-n/4 {
		t.Errorf("%d pages charged after decommitting", now)
	}
	a.Free(base, n/2*PageSize, nt.MemRelease) // the half of it is not charged for
	if now, peak := a.Commit(); now != n-n/2 || peak != n {
		t.Errorf("%d pages charged after releasing", now)
	}
	a.Destroy()
	if c := QueryCommit(); c.Committed != before.Committed {
		t.Errorf("%d pages are committed, %d were before", c.Committed, before.Committed)
	}
	check(t)
}

// TestCommitImage: the writable pages of an image are charged for when it is
// mapped, a page made writable then, and neither twice.
func TestCommitImage(t *testing.T) {
	boot(t, 1024)
	s, err := NewImageSection("good", goodImage().bytes())
	if err != nil {
		t.Fatal(err)
	}
	before := QueryCommit().Committed
	a, _ := NewAddressSpace()
	expect := func(what string, want uint64) {
		t.Helper()
		if now, _ := a.Commit(); now != want {
			t.Errorf("%s: %d pages charged, want %d", what, now, want)
		}
	}
	hold := func(keep uint64) (n uint64) {
		n = left() - keep
		if !chargeCommit(n) {
			t.Fatal("the promise was refused")
		}
		return n
	}
	n := hold(3)
	if _, st := a.MapImage(s); st != nt.StatusCommitmentLimit {
		t.Errorf("MapImage: %v", st)
	}
	if len(a.vads) != 0 {
		t.Error("something was mapped")
	}
	returnCommit(n)
	if _, st := a.MapImage(s); st != nt.StatusSuccess {
		t.Fatal(st)
	}
	expect("mapping", 4)
	a.Fault(s.Base+dataVA, Write)
	a.Protect(s.Base+dataVA, 2*PageSize, nt.PageReadOnly)
	expect("taking the right away", 4)
	a.Protect(s.Base+dataVA, 2*PageSize, nt.PageReadWrite)
	expect("giving it back", 4)
	// The page that was written to is a copy.
	if q, _ := a.Query(s.Base + dataVA); q.RegionSize != PageSize || q.Protect != nt.PageReadWrite {
		t.Errorf("Query: %+v", q)
	}
	if q, _ := a.Query(s.Base + dataVA + PageSize); q.RegionSize != 3*PageSize || q.Protect != nt.PageWriteCopy {
		t.Errorf("Query: %+v", q)
	}
	n = hold(0)
	if _, _, _, st := a.Protect(s.Base+rodataVA, 1, nt.PageReadWrite); st != nt.StatusCommitmentLimit {
		t.Errorf("Protect: %v", st)
	}
	if q, _ := a.Query(s.Base + rodataVA); q.Protect != nt.PageReadOnly {
		t.Errorf("Query: %+v", q)
	}
	returnCommit(n)
	a.Protect(s.Base+rodataVA, 1, nt.PageReadWrite)
	expect("making constants writable", 5)
	a.Protect(s.Base+rodataVA, 1, nt.PageReadOnly)
	a.Protect(s.Base+rodataVA, 1, nt.PageReadWrite|nt.PageGuard)
	expect("and again", 5)
	a.Destroy()
	expect("Destroy", 0)
	if c := QueryCommit().Committed; c != before {
		t.Errorf("%d pages are committed, %d were before", c, before)
	}
	s.Delete()
	check(t)
}

// TestCommitFixed: the system's own page costs a process nothing.
func TestCommitFixed(t *testing.T) {
	boot(t, 512)
	page, _ := AllocatePage(UseShared, true)
	a, _ := NewAddressSpace()
	a.MapShared(nt.SharedUserData, page)
	if now, _ := a.Commit(); now != 0 {
		t.Errorf("%d pages", now)
	}
	a.Destroy()
	if now, _ := a.Commit(); now != 0 {
		t.Errorf("%d pages", now)
	}
}

// TestCommitKernel: pages that the kernel takes count, without a limit, and what
// is promised is not called free.
func TestCommitKernel(t *testing.T) {
	boot(t, 1024)
	before := QueryCommit()
	if before.Unpromised != QueryCounts().Available() {
		t.Errorf("%+v", before)
	}
	n := left()
	chargeCommit(n)
	if c := QueryCommit(); c.Unpromised != 0 {
		t.Errorf("%+v", c)
	}
	p, ok := AllocatePage(UseKernelHeap, false)
	if !ok {
		t.Fatal("the kernel gets no page")
	}
	if c := QueryCommit(); c.Committed != before.Committed+n+1 || c.Committed <= c.Limit {
		t.Errorf("%+v", c)
	}
	FreePage(p)
	returnCommit(n)
	if r := panics(func() { returnCommit(1) }); r == nil {
		t.Error("a promise that was never made was taken back")
	}
	pfns.mu.TryLock()
	pfns.mu.Unlock()
	if c := QueryCommit(); c.Committed != before.Committed {
		t.Errorf("%+v", c)
	}
	check(t)
}
