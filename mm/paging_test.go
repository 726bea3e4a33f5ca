package mm

import (
	"bytes"
	"testing"

	"gont/nt"
)

// leave takes all but the minimum out of a's working set.
func leave(t *testing.T, a *AddressSpace) {
	t.Helper()
	a.Trim(1<<20, 0, false)
	check(t)
}

// looks compares the first two bytes of pages [i, j) with what space has
// written.
func looks(t *testing.T, a *AddressSpace, i, j int) {
	t.Helper()
	for ; i < j; i++ {
		b := make([]byte, 2)
		if _, s := a.ReadBytes(0x200000+uint64(i)*PageSize, b); s != nt.StatusSuccess || !bytes.Equal(b, []byte{byte(i), 7}) {
			t.Fatalf("page %d is %v, %v", i, b, s)
		}
	}
}

// TestPageOut: written pages go to the file in clusters, are on the standby list
// then, come back by a soft fault as long as they are there, and by a read when
// they are not. The slot goes when the page is written to, decommitted, or the
// process ends.
func TestPageOut(t *testing.T) {
	boot(t, 2048)
	s := withPaging(t, 500)
	before := QueryCounts()
	a := space(t, 200, 200)
	leave(t, a)
	if n := writeAll(); n != 180 || slotsInUse() != 180 {
		t.Fatalf("%d pages were written, %d slots are in use", n, slotsInUse())
	}
	check(t)
	if len(s.writes) != 12 || s.writes[0] != [2]uint32{0, 16} || s.writes[11] != [2]uint32{176, 4} {
		t.Errorf("writes %v", s.writes)
	}
	if st, mod := lists(); st != 180 || mod != 0 {
		t.Errorf("%d pages are on the standby list, %d on the modified list", st, mod)
	}
	soft := Faults.Transition.Load()
	looks(t, a, 0, 200)
	if n := Faults.Transition.Load() - soft; n != 180 || s.reads != 0 || slotsInUse() != 180 {
		t.Errorf("%d soft faults, %d reads, %d slots", n, s.reads, slotsInUse())
	}
	leave(t, a) // they are clean
	if st, mod := lists(); st != 180 || mod != 0 {
		t.Errorf("%d pages are on the standby list, %d on the modified list", st, mod)
	}
	stealStandby(180)
	check(t)
	hard := Faults.PageRead.Load()
	looks(t, a, 0, 200)
	if n := Faults.PageRead.Load() - hard; n != 180 || s.reads != 23 || slotsInUse() != 180 {
		t.Errorf("%d hard faults, %d reads, %d slots", n, s.reads, slotsInUse())
	}
	check(t)
	for i := range 60 { // of which 20 have no slot or one that goes
		a.WriteBytes(0x200000+uint64(i)*PageSize, []byte{byte(i), 7})
	}
	leave(t, a)
	if n := slotsInUse(); n < 120 || n > 140 {
		t.Errorf("%d slots are in use", n)
	}
	a.Free(0x200000+100*PageSize, 50*PageSize, nt.MemDecommit)
	check(t)
	if n := slotsInUse(); n < 70 || n > 90 {
		t.Errorf("%d slots are in use", n)
	}
	looks(t, a, 0, 100)
	a.Destroy()
	same(t, before)
	if slotsInUse() != 0 {
		t.Errorf("%d slots are left", slotsInUse())
	}
}

// TestWriteInProgress: what may happen to a page while it is being written.
func TestWriteInProgress(t *testing.T) {
	for name, c := range map[string]struct {
		do    func(a *AddressSpace)
		slots uint32 // afterwards, of 16 that were written
		fails uint32 // the same when the write fails
	}{
		"nothing": {func(*AddressSpace) {}, 16, 0},
		"faulted back": {func(a *AddressSpace) {
			looks(t, a, 0, 200)
		}, 16, 0},
		"back and left, clean": {func(a *AddressSpace) {
			looks(t, a, 0, 200)
			a.Trim(1<<20, 0, false)
		}, 16, 0},
		"written to": {func(a *AddressSpace) {
			for i := range 4 {
				a.WriteBytes(0x200000+uint64(i)*PageSize, []byte{byte(i)})
			}
		}, 12, 0},
		"written to and left": {func(a *AddressSpace) {
			for i := range 4 {
				a.WriteBytes(0x200000+uint64(i)*PageSize, []byte{byte(i)})
			}
			a.Trim(1<<20, 0, false)
		}, 12, 0},
		"given up":          {func(a *AddressSpace) { a.Free(0x200000, 0, nt.MemRelease) }, 0, 0},
		"back and given up": {func(a *AddressSpace) { looks(t, a, 0, 200); a.Free(0x200000, 0, nt.MemRelease) }, 0, 0},
		"written to, left, given up": {func(a *AddressSpace) {
			a.WriteBytes(0x200000, []byte{0})
			a.Trim(1<<20, 0, false)
			a.Free(0x200000, 0, nt.MemRelease)
		}, 0, 0},
		"the process ends": {func(a *AddressSpace) { a.Destroy() }, 0, 0},
	} {
		for _, fail := range []bool{false, true} {
			boot(t, 2048)
			before := QueryCounts()
			s := withPaging(t, 500)
			a := space(t, 200, 200)
			leave(t, a)
			s.before = func(bool) {
				s.before = nil
				c.do(a)
				check(t)
			}
			if fail {
				s.badWrite = func(uint32) bool { return true }
			}
			pfns.paging.waiters = &writerWait{}
			wrote, failed := writeSome()
			pfns.paging.waiters = nil
			check(t)
			want, n := c.slots, 16
			if fail {
				want, n = c.fails, 0
			}
			if wrote != n || failed != 16-n || slotsInUse() != want {
				t.Errorf("%s, fail %v: %d pages were written, %d failed, %d slots are in use", name, fail, wrote, failed, slotsInUse())
			}
			if a.find(0x200000) != nil {
				looks(t, a, 0, 200)
				leave(t, a)
				s.badWrite = nil
				writeAll()
				stealStandby(1000)
				looks(t, a, 0, 200)
			}
			if !a.dead {
				a.Destroy()
			}
			same(t, before)
			if slotsInUse() != 0 {
				t.Errorf("%s: %d slots are left", name, slotsInUse())
			}
		}
	}
}

// TestReadInProgress: a page that is given up while it is read.
func TestReadInProgress(t *testing.T) {
	for name, do := range map[string]func(a *AddressSpace){
		"decommitted":      func(a *AddressSpace) { a.Free(0x200000, 0, nt.MemDecommit) },
		"released":         func(a *AddressSpace) { a.Free(0x200000, 0, nt.MemRelease) },
		"the process ends": func(a *AddressSpace) { a.Destroy() },
	} {
		for _, fail := range []bool{false, true} {
			boot(t, 2048)
			before := QueryCounts()
			s := withPaging(t, 500)
			a := space(t, 100, 100)
			leave(t, a)
			writeAll()
			stealStandby(1000)
			s.before = func(bool) {
				s.before = nil
				do(a)
				check(t)
			}
			s.badRead = func(uint32) bool { return fail }
			want := nt.StatusAccessViolation
			if fail {
				want = nt.StatusInPageError
			}
			if st := a.Fault(0x200000, Read); st != want {
				t.Errorf("%s: %v", name, st)
			}
			if !a.dead {
				a.Destroy()
			}
			same(t, before)
			if slotsInUse() != 0 {
				t.Errorf("%s: %d slots are left", name, slotsInUse())
			}
		}
	}
}

// TestPagingErrors: a page that cannot be read is STATUS_IN_PAGE_ERROR, and stays in
// the file; one that cannot be written stays modified, and the others of its
// cluster are written. Each file is reported once.
func TestPagingErrors(t *testing.T) {
	boot(t, 2048)
	s := withPaging(t, 500)
	reports := 0
	OnPagingError = func(string, bool, nt.Status) { reports++ }
	defer func() { OnPagingError = nil }()
	a := space(t, 100, 100)
	leave(t, a)
	s.badWrite = func(page uint32) bool { return page == 3 || page == 20 }
	pfns.paging.waiters = &writerWait{}
	for i, want := range []int{15, 15, 16} {
		if n, failed := writeSome(); n != want || failed != 16-want {
			t.Errorf("write %d: %d pages, %d failed", i, n, failed)
		}
	}
	pfns.paging.waiters = nil
	check(t)
	if _, mod := lists(); mod != 80-46 {
		t.Errorf("%d pages are modified", mod)
	}
	s.badWrite = nil
	writeAll()
	stealStandby(1000)
	bad := true
	s.badRead = func(uint32) bool { return bad }
	for range 2 {
		if st := a.Fault(0x200000+5*PageSize, Read); st != nt.StatusInPageError {
			t.Error(st)
		}
		check(t)
	}
	if n, st := a.ReadBytes(0x200000, make([]byte, 10)); n != 0 || st != nt.StatusInPageError {
		t.Error(n, st)
	}
	bad = false
	looks(t, a, 0, 100)
	f := PagingFiles()[0]
	if reports != 1 || f.ReadErrors != 3 || f.WriteErrors != 2 {
		t.Errorf("%d reports, %+v", reports, f)
	}
	a.Destroy()
	check(t)
}

// TestHiddenLeaves: pages that the program must not touch leave, too, and are
// there when it may.
func TestHiddenLeaves(t *testing.T) {
	boot(t, 2048)
	before := QueryCounts()
	withPaging(t, 500)
	a := space(t, 100, 100)
	a.Protect(0x200000, 50*PageSize, nt.PageNoAccess)
	a.Protect(0x200000+50*PageSize, 10*PageSize, nt.PageReadWrite|nt.PageGuard)
	if n := a.Trim(60, oldest, false); n != 60 {
		t.Errorf("%d pages went", n)
	}
	writeAll()
	stealStandby(100)
	check(t)
	if st := a.Fault(0x200000, Read); st != nt.StatusAccessViolation {
		t.Error(st)
	}
	if st := a.Fault(0x200000+55*PageSize, Read); st != nt.StatusGuardPageViolation {
		t.Error(st)
	}
	a.Protect(0x200000, 60*PageSize, nt.PageReadOnly)
	looks(t, a, 0, 100)
	if st := a.Fault(0x200000, Write); st != nt.StatusAccessViolation {
		t.Error(st)
	}
	a.Destroy()
	same(t, before)
}
