package mm

import (
	"testing"

	"gont/nt"
)

// TestInPageCluster: pages that were written together come together; what becomes of one of them is nothing to the others.
func TestInPageCluster(t *testing.T) {
	const at = 0x200000
	for name, c := range map[string]struct {
		prepare func(a *AddressSpace, s *fakeStore)
		during  func(a *AddressSpace)
		pages   uint64 // that are read
		calls   int
		soft    uint64 // of the 8 pages, those that are there for the next faults
	}{
		"whole":                 {pages: 8, calls: 1, soft: 7},
		"a neighbour given up":  {during: func(a *AddressSpace) { a.Free(at+3*PageSize, PageSize, nt.MemDecommit) }, pages: 8, calls: 1, soft: 6},
		"a neighbour not there": {prepare: func(a *AddressSpace, s *fakeStore) { a.Free(at+3*PageSize, PageSize, nt.MemDecommit) }, pages: 3, calls: 1, soft: 2},
		"a neighbour in memory": {prepare: func(a *AddressSpace, s *fakeStore) { a.Fault(at+3*PageSize, Write); s.reads = 0 }, pages: 3, calls: 1, soft: 6},
		"a neighbour unreadable": {prepare: func(a *AddressSpace, s *fakeStore) { s.badRead = func(page uint32) bool { return page == 3 } },
			pages: 7, calls: 9, soft: 6},
		"few pages": {prepare: func(a *AddressSpace, s *fakeStore) {
			for pfns.available() > KernelReserve/2+inPageSpare+3 {
				AllocatePage(UsePool, false)
			}
		}, pages: 3, calls: 1, soft: 2},
	} {
		t.Run(name, func(t *testing.T) {
			boot(t, 2048)
			s := withPaging(t, 500)
			a := space(t, 200, 200)
			leave(t, a)
			writeAll()
			stealStandby(1000)
			if c.prepare != nil {
				c.prepare(a, s)
			}
			if c.during != nil {
				s.before = func(bool) {
					s.before = nil
					c.during(a)
					check(t)
				}
			}
			before := Faults.PageRead.Load()
			if st := a.Fault(at, Read); !st.OK() {
				t.Fatal(st)
			}
			if n := Faults.PageRead.Load() - before; n != c.pages || s.reads != c.calls {
				t.Errorf("%d pages were read by %d calls", n, s.reads)
			}
			check(t)
			soft := Faults.Transition.Load()
			s.reads = 0
			for i := 1; i < 8; i++ {
				p := walk(a.root, at+uint64(i)*PageSize, false)
				if e := p.load(); e&(PtePresent|PteTransition) == PteTransition {
					if st := a.Fault(at+uint64(i)*PageSize, Read); !st.OK() {
						t.Error(i, st)
					}
				}
			}
			if n := Faults.Transition.Load() - soft; n != c.soft || s.reads != 0 {
				t.Errorf("%d soft faults, %d reads", n, s.reads)
			}
			s.badRead = nil
			check(t)
			a.Destroy()
			if slotsInUse() != 0 {
				t.Errorf("%d slots are left", slotsInUse())
			}
		})
	}
}
