package mm

import (
	"testing"

	"gont/nt"
)

// TestLockPaged: locking brings pages in, and they stay.
func TestLockPaged(t *testing.T) {
	boot(t, 2048)
	withPaging(t, 500)
	a := space(t, 100, 100)
	leave(t, a)
	writeAll()
	stealStandby(100)
	if _, _, st := a.LockPages(0x200000, 60*PageSize); st != nt.StatusSuccess {
		t.Fatal(st)
	}
	check(t)
	leave(t, a)
	for i := range 60 {
		if *walk(a.root, 0x200000+uint64(i)*PageSize, false)&PtePresent == 0 {
			t.Errorf("page %d went", i)
		}
	}
	looks(t, a, 0, 100)
	a.Destroy()
	check(t)
}

// TestMorePagesThanMemory: a program that uses more than there is gets it, with
// the writer's help; when memory and file are full it is refused, at the promise
// or at the touch.
func TestMorePagesThanMemory(t *testing.T) {
	boot(t, 1024)
	KernelReserve = 32
	defer func() { KernelReserve = 0 }()
	before := QueryCounts()
	withPaging(t, 3000)
	startWriter(t)
	a, _ := NewAddressSpace()
	const pages = 3200
	if _, _, st := a.Allocate(0x200000, 4500*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); st != nt.StatusCommitmentLimit {
		t.Error(st)
	}
	if _, _, st := a.Allocate(0x200000, pages*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); st != nt.StatusSuccess {
		t.Fatal(st)
	}
	for range 2 {
		for i := range pages {
			if _, st := a.WriteBytes(0x200000+uint64(i)*PageSize, []byte{byte(i), 7}); st != nt.StatusSuccess {
				t.Fatalf("page %d: %v", i, st)
			}
		}
		check(t)
		looks(t, a, 0, pages)
	}
	check(t)
	pfns.mu.Lock()
	pfns.overcommit = 3000
	pfns.mu.Unlock()
	b, _ := NewAddressSpace()
	if _, _, st := b.Allocate(0x200000, pages*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); st != nt.StatusSuccess {
		t.Fatal(st)
	}
	st := nt.StatusSuccess
	for i := 0; i < pages && st.OK(); i++ {
		_, st = b.WriteBytes(0x200000+uint64(i)*PageSize, []byte{1})
	}
	if st != nt.StatusNoMemory {
		t.Error(st)
	}
	check(t)
	b.Destroy()
	looks(t, a, 0, pages)
	a.Destroy()
	writerRests()
	same(t, before)
	if slotsInUse() != 0 {
		t.Errorf("%d slots are left", slotsInUse())
	}
}

// TestUnwritable: many pages that cannot be written, before those that can, do not
// keep anybody from getting memory.
func TestUnwritable(t *testing.T) {
	boot(t, 1024)
	KernelReserve = 32
	defer func() { KernelReserve = 0 }()
	s := withPaging(t, 2000)
	startWriter(t)
	s.refuse = func(b *[PageSize]byte) bool { return b[100] == 0xBB }
	a, _ := NewAddressSpace()
	const pages, unwritable = 2000, 100
	if _, _, st := a.Allocate(0x200000, pages*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); st != nt.StatusSuccess {
		t.Fatal(st)
	}
	for i := range pages {
		at := 0x200000 + uint64(i)*PageSize
		b := []byte{byte(i), 7}
		if i < unwritable {
			a.WriteBytes(at+100, []byte{0xBB})
		}
		if _, st := a.WriteBytes(at, b); st != nt.StatusSuccess {
			t.Fatalf("page %d: %v", i, st)
		}
	}
	looks(t, a, 0, pages)
	check(t)
	if f := PagingFiles()[0]; f.WriteErrors < unwritable {
		t.Errorf("%+v", f)
	}
	a.Destroy()
	writerRests()
	check(t)
}

// TestLockedLeaveRoom: with a paging file all processes together cannot lock more
// than half of memory.
func TestLockedLeaveRoom(t *testing.T) {
	boot(t, 1024)
	withPaging(t, 500)
	var list []*AddressSpace
	st := nt.StatusSuccess
	for st.OK() {
		a, _ := NewAddressSpace()
		list = append(list, a)
		const pages = 90
		a.Allocate(0x200000, pages*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		_, _, st = a.LockPages(0x200000, pages*PageSize)
		check(t)
	}
	if n := lockedPages.Load(); st != nt.StatusWorkingSetQuota || n > pfns.ram/2 || n+90 <= pfns.ram/2 {
		t.Errorf("%v, %d pages locked", st, n)
	}
	for _, a := range list {
		a.Destroy()
	}
	if n := lockedPages.Load(); n != 0 {
		t.Errorf("%d pages locked by nobody", n)
	}
	check(t)
}
