package mm

import (
	"bytes"
	"testing"

	"gont/nt"
)

// space makes an address space with pages pages committed at 0x200000, the first
// written of them written to, the others read.
func space(t *testing.T, pages, written int) *AddressSpace {
	t.Helper()
	a, ok := NewAddressSpace()
	if !ok {
		t.Fatal("no address space")
	}
	if _, _, s := a.Allocate(0x200000, uint64(pages)*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); s != nt.StatusSuccess {
		t.Fatal(s)
	}
	for i := range pages {
		va := 0x200000 + uint64(i)*PageSize
		if i < written {
			a.WriteBytes(va, []byte{byte(i), 7})
		} else {
			a.ReadBytes(va, make([]byte, 1))
		}
	}
	return a
}

// use sets the accessed bits of pages [i, j), as a processor does.
func use(a *AddressSpace, i, j int) {
	for ; i < j; i++ {
		walk(a.root, 0x200000+uint64(i)*PageSize, false).or(PteAccessed)
	}
}

func lists() (standby, modified uint64) {
	c := QueryCounts()
	return c.Lists[StandbyList], c.Lists[ModifiedList]
}

// TestTrim: what was written goes to the modified list and is found again, what
// is zero to the standby list, found again unless somebody took it.
func TestTrim(t *testing.T) {
	m := boot(t, 1024)
	before := QueryCounts()
	a := space(t, 100, 40)
	m.flushes.Store(0)
	if n := a.Trim(1000, 0, false); n != 80 || a.Private() != minimumWorkingSet {
		t.Fatalf("%d pages went, %d stayed", n, a.Private())
	}
	if n := m.flushes.Load(); n != 1 {
		t.Errorf("%d flushes", n)
	}
	check(t)
	if s, mod := lists(); s != 40 || mod != 40 {
		t.Errorf("%d pages on the standby list, %d on the modified list", s, mod)
	}
	if c := QueryCommit(); c.Unpromised != QueryCounts().Available()-40 {
		t.Errorf("%+v", c) // 40 zero pages may have to come back
	}
	soft := Faults.Transition.Load()
	stealStandby(15)
	b := make([]byte, 2)
	for i := range 80 {
		want := []byte{0, 0}
		if i < 40 {
			want = []byte{byte(i), 7}
		}
		if _, s := a.ReadBytes(0x200000+uint64(i)*PageSize, b); s != nt.StatusSuccess || !bytes.Equal(b, want) {
			t.Errorf("page %d is %v, %v", i, b, s)
		}
	}
	if n := Faults.Transition.Load() - soft; n != 80-15 {
		t.Errorf("%d soft faults", n)
	}
	check(t)
	// What was modified stays so, though it is only read now.
	a.Trim(1000, 0, false)
	if _, mod := lists(); mod != 40 {
		t.Errorf("%d pages on the modified list", mod)
	}
	a.Free(0x200000, 10*PageSize, nt.MemDecommit)
	a.Protect(0x200000+20*PageSize, 30*PageSize, nt.PageNoAccess)
	check(t)
	if _, mod := lists(); mod != 30 {
		t.Errorf("%d pages on the modified list", mod)
	}
	if s := a.Fault(0x200000+20*PageSize, Read); s != nt.StatusAccessViolation {
		t.Error(s)
	}
	a.Protect(0x200000+20*PageSize, 30*PageSize, nt.PageReadOnly)
	if a.ReadBytes(0x200000+21*PageSize, b); b[0] != 21 {
		t.Errorf("page 21 is %v", b)
	}
	if s := a.Fault(0x200000+21*PageSize, Write); s != nt.StatusAccessViolation {
		t.Error(s)
	}
	if s := a.Fault(0x200000, Read); s != nt.StatusAccessViolation {
		t.Error(s)
	}
	a.Destroy()
	same(t, before)
	if s, mod := lists(); s+mod != 0 {
		t.Errorf("%d and %d pages are left", s, mod)
	}
}

// TestAge: pages that are used stay, the others go in the order of their age.
func TestAge(t *testing.T) {
	boot(t, 1024)
	a := space(t, 100, 100)
	if n := a.Trim(1000, 1, false); n != 0 {
		t.Errorf("%d young pages went", n)
	}
	a.Age() // the touch itself
	for round := range oldest {
		use(a, 0, 40)
		if round > 0 {
			use(a, 40, 70)
		}
		a.Age()
	}
	if n := a.Trim(1000, oldest, false); n != 30 {
		t.Errorf("%d of 30 old pages went", n)
	}
	for i := range 70 {
		if *walk(a.root, 0x200000+uint64(i)*PageSize, false)&PtePresent == 0 {
			t.Errorf("page %d went", i)
		}
	}
	for range 10 { // age has an end
		a.Age()
	}
	if n := a.Trim(1000, oldest, false); n != 50 || a.Private() != minimumWorkingSet {
		t.Errorf("%d pages went, %d stayed", n, a.Private())
	}
	a.Destroy()
	check(t)
}

// TestDirtyIsKept: a page that was written, then protected, hidden or guarded, is
// not taken for a zero page.
func TestDirtyIsKept(t *testing.T) {
	boot(t, 1024)
	for _, protect := range []uint32{nt.PageReadOnly, nt.PageNoAccess, nt.PageReadWrite | nt.PageGuard} {
		a := space(t, 30+minimumWorkingSet, 0)
		const va = 0x200000
		walk(a.root, va, false).or(PteDirty) // by the processor
		p := walk(a.root, va, false).pfn()
		machine.Page(p)[9] = 9
		a.Protect(va, PageSize, protect)
		a.Fault(va, Read)
		a.Protect(va, PageSize, nt.PageReadOnly)
		a.Fault(va, Read)
		a.Trim(30, 0, false)
		stealStandby(100)
		b := make([]byte, 1)
		if _, s := a.ReadBytes(va+9, b); b[0] != 9 {
			t.Errorf("protection %#x: %d, %v", protect, b[0], s)
		}
		a.Destroy()
		check(t)
	}
}

// TestBalance: without pressure nothing goes; with it, a page that was promised
// is found on the standby list, and when there is none by trimming.
func TestBalance(t *testing.T) {
	boot(t, 2048)
	before := QueryCounts()
	KernelReserve = 32
	defer func() { KernelReserve = 0 }()
	a, b := space(t, 300, 0), space(t, 300, 300)
	if n := Balance(); n != 0 || Low() {
		t.Errorf("%d pages went without need", n)
	}
	if _, _, s := b.Allocate(0x8000000, 200*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); s != nt.StatusSuccess {
		t.Fatal(s)
	}
	held := drain(t, KernelReserve/2+4)
	for i := range 200 {
		if _, s := b.WriteBytes(0x8000000+uint64(i)*PageSize, []byte{1}); s != nt.StatusSuccess {
			t.Fatalf("page %d: %v", i, s)
		}
	}
	check(t)
	got := make([]byte, 2)
	for i := range 300 {
		if b.ReadBytes(0x200000+uint64(i)*PageSize, got); got[0] != byte(i) || got[1] != 7 {
			t.Fatalf("page %d is %v", i, got)
		}
	}
	FreePages(held)
	for i := range 300 {
		if a.ReadBytes(0x200000+uint64(i)*PageSize, got); got[0] != 0 {
			t.Fatalf("page %d is %v", i, got)
		}
	}
	a.Destroy()
	b.Destroy()
	same(t, before)
}

// TestTrimClean: with clean nothing goes that would stay in memory.
func TestTrimClean(t *testing.T) {
	boot(t, 1024)
	a := space(t, 100, 50)
	if n := a.Trim(1000, 0, true); n != 50 {
		t.Errorf("%d pages went", n)
	}
	if s, mod := lists(); s != 50 || mod != 0 {
		t.Errorf("%d and %d pages are on the lists", s, mod)
	}
	a.Destroy()
	check(t)
}

// TestBalanceInUse: pages that are used stay, however few there are.
func TestBalanceInUse(t *testing.T) {
	boot(t, 2048)
	a := space(t, 300, 200)
	held := drain(t, 10)
	for range 5 {
		use(a, 0, 250)
		Balance()
	}
	if n := a.Private(); n != 250 {
		t.Errorf("%d pages are left", n)
	}
	if s, mod := lists(); s != 50 || mod != 0 {
		t.Errorf("%d and %d pages are on the lists", s, mod)
	}
	FreePages(held)
	a.Destroy()
	check(t)
}
