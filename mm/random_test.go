package mm

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"gont/nt"
)

// spaceTest is one run of random operations.
type spaceTest struct {
	testing.TB
	r   *rand.Rand
	a   *AddressSpace
	m   spaceModel
	log []string
	tlb map[uint64]PTE
}

// touch is an access by the program: the processor keeps the translation.
func (s *spaceTest) touch(va uint64) {
	va &^= PageSize - 1
	if p := walk(s.a.root, va, false); p != nil && *p&PtePresent != 0 {
		s.tlb[va] = *p
	}
}

// stale looks for kept translations that allow what is no longer allowed, or
// that lead elsewhere.
func (s *spaceTest) stale() {
	for va, kept := range s.tlb {
		now := PTE(0)
		if p := walk(s.a.root, va, false); p != nil {
			now = *p
		}
		if now&PtePresent == 0 || now.pfn() != kept.pfn() || kept&^now&PteWrite != 0 || now&^kept&PteNoExecute != 0 {
			s.fail("page %#x: the processor may still use entry %#x, it is %#x", va, kept, now)
		}
	}
}

func (s *spaceTest) step(format string, a ...any) {
	s.log = append(s.log, fmt.Sprintf(format, a...))
	if len(s.log) > 25 {
		s.log = s.log[1:]
	}
}

func (s *spaceTest) fail(format string, a ...any) {
	s.Helper()
	s.Fatalf("%s\nlast steps:\n%s", fmt.Sprintf(format, a...), strings.Join(s.log, "\n"))
}

func (s *spaceTest) same(what string, got, want any) {
	s.Helper()
	if got != want {
		s.fail("%s: %v, the model says %v", what, got, want)
	}
}

// place is an address of the area, often the start of something.
func (s *spaceTest) place() uint64 {
	i := s.r.IntN(areaPages - 64)
	switch s.r.IntN(4) {
	case 0:
		i &^= 15
	case 1:
		for k := i; k < areaPages-64; k++ {
			if p := s.m[k]; p != nil {
				return p.base
			}
		}
	case 2:
		return at(i) + uint64(s.r.IntN(PageSize))
	}
	return at(i)
}

func (s *spaceTest) size() uint64 {
	switch s.r.IntN(5) {
	case 0:
		return uint64(s.r.IntN(3))
	case 1:
		return uint64(s.r.IntN(50)+1) * PageSize
	}
	return uint64(s.r.IntN(12*PageSize) + 1)
}

func (s *spaceTest) protection() uint32 {
	p := protections[s.r.IntN(len(protections))]
	switch s.r.IntN(12) {
	case 0:
		return []uint32{0, 3, nt.PageWriteCopy, nt.PageExecuteWriteCopy, 0x200, nt.PageGuard, 0xFFFFFFFF, nt.PageWriteCopy | nt.PageGuard}[s.r.IntN(8)]
	case 1:
		if p != nt.PageNoAccess {
			return p | nt.PageGuard
		}
	case 2, 3, 4, 5:
		return nt.PageReadWrite
	}
	return p
}

func (s *spaceTest) one() {
	switch s.r.IntN(11) {
	case 10:
		s.pressure()
	case 0, 1:
		base, size, protect := s.place(), s.size(), s.protection()
		typ := []uint32{nt.MemReserve, nt.MemCommit, nt.MemReserve | nt.MemCommit, nt.MemReserve | nt.MemCommit, nt.MemCommit, 0, nt.MemRelease}[s.r.IntN(7)]
		if s.r.IntN(2) == 0 {
			base = 0
		}
		was := s.m
		c := QueryCommit()
		wb, ws, want := s.m.allocate(base, size, typ, protect, c.Limit-min(c.Limit, c.Committed))
		if want == nt.StatusNoMemory {
			s.m = was
			return // it would be outside of the area
		}
		s.step("allocate %#x %#x %#x %#x", base, size, typ, protect)
		gb, gs, got := s.a.Allocate(base, size, typ, protect)
		s.same("Allocate", fmt.Sprintf("%v %#x %#x", got, gb, gs), fmt.Sprintf("%v %#x %#x", want, wb, ws))
	case 2:
		base, size, typ := s.place(), s.size(), uint32(nt.MemDecommit)
		if s.r.IntN(3) == 0 {
			typ = nt.MemRelease
		}
		if s.r.IntN(20) == 0 {
			typ |= nt.MemCommit
		}
		s.step("free %#x %#x %#x", base, size, typ)
		wb, ws, want := s.m.free(base, size, typ)
		gb, gs, got := s.a.Free(base, size, typ)
		s.same("Free", fmt.Sprintf("%v %#x %#x", got, gb, gs), fmt.Sprintf("%v %#x %#x", want, wb, ws))
	case 3, 4:
		base, size, protect := s.place(), s.size(), s.protection()
		s.step("protect %#x %#x %#x", base, size, protect)
		wb, ws, wo, want := s.m.protect(base, size, protect)
		gb, gs, g, got := s.a.Protect(base, size, protect)
		s.same("Protect", fmt.Sprintf("%v %#x %#x %#x", got, gb, gs, g), fmt.Sprintf("%v %#x %#x %#x", want, wb, ws, wo))
	case 5:
		i := s.r.IntN(areaPages)
		q, got := s.a.Query(at(i) + uint64(s.r.IntN(PageSize)))
		s.same("Query", got, nt.StatusSuccess)
		s.same(fmt.Sprintf("Query(%#x)", at(i)), q, s.m.query(i))
	case 6:
		va, access := s.place(), Access(s.r.IntN(3))
		s.step("fault %#x %d", va, access)
		got := s.a.Fault(va, access)
		for ; got == nt.StatusInPageError; got = s.a.Fault(va, access) {
		}
		s.same("Fault", got, s.m.access(int((va-areaStart)/PageSize), access))
		s.touch(va)
	default:
		s.data()
	}
}

// pressure ages the working set, takes pages out of it, or pages off the
// standby list. The model notices nothing of it.
func (s *spaceTest) pressure() {
	switch s.r.IntN(5) {
	case 4:
		s.step("write")
		n := writeAll()
		s.step("wrote %d", n)
	case 0:
		s.step("age")
		s.a.Age()
	case 1:
		s.step("steal")
		stealStandby(s.r.IntN(8))
	default:
		want, age := 1+s.r.IntN(200), s.r.IntN(oldest+1)
		n := s.a.Trim(want, age, s.r.IntN(3) == 0)
		s.step("trim %d, age %d: %d", want, age, n)
	}
}

// stealStandby takes pages off the standby list, as somebody who needs pages
// would.
func stealStandby(n int) {
	for ; n > 0; n-- {
		pfns.mu.Lock()
		if !pfns.forget() {
			pfns.mu.Unlock()
			return
		}
		p := pfns.take(StandbyList, UseShared)
		pfns.mu.Unlock()
		machine.Page(p)[99] = 0xEE
		FreePage(p)
	}
}

// data writes or reads some bytes.
func (s *spaceTest) data() {
	i := int((s.place() - areaStart) / PageSize)
	n := 1 + s.r.IntN(3)
	write := s.r.IntN(2) == 0
	buf := make([]byte, n*PageSize)
	value := byte(s.r.IntN(255) + 1)
	s.step("move %#x, %d pages, write %v", at(i), n, write)
	var done int
	var got nt.Status
	if write {
		for k := range buf {
			buf[k] = value
		}
		done, got = s.a.WriteBytes(at(i), buf)
	} else {
		done, got = s.a.ReadBytes(at(i), buf)
	}
	for got == nt.StatusInPageError { // not again, perhaps
		if write {
			done, got = s.a.WriteBytes(at(i), buf)
		} else {
			done, got = s.a.ReadBytes(at(i), buf)
		}
	}
	access := Read
	if write {
		access = Write
	}
	want, pages := nt.StatusSuccess, 0
	for ; pages < n; pages++ {
		if want = s.m.access(i+pages, access); !want.OK() {
			break
		}
		if write {
			s.m[i+pages].data = value
		}
		for k := 0; k < PageSize && pages*PageSize < done; k += 511 {
			if buf[pages*PageSize+k] != s.m[i+pages].data {
				s.fail("page %#x has %#x at %#x, the model says %#x", at(i+pages), buf[pages*PageSize+k], k, s.m[i+pages].data)
			}
		}
	}
	for k := range pages {
		s.touch(at(i + k))
	}
	s.same("move", got, want)
	s.same("bytes moved", done, pages*PageSize)
}

// audit compares the page tables with the model: nothing is there that should
// not be, and nobody may do what the protection forbids.
func (s *spaceTest) audit() {
	private, trimmed := uint64(0), uint64(0)
	for i := range areaPages {
		p := walk(s.a.root, at(i), false)
		if p == nil || *p == 0 {
			continue
		}
		e, m := *p, s.m[i]
		if e.inFile() && m != nil && m.protect != 0 {
			continue // CheckAll has looked at the rest
		}
		if e&(PtePresent|PteTransition) == PteTransition && m != nil && m.protect != 0 && pfns.pfn[e.pfn()].use == UsePrivate {
			trimmed++
			continue // Check has looked at the rest
		}
		if !e.owned() || pfns.pfn[e.pfn()].use != UsePrivate || pfns.pfn[e.pfn()].share != 1 {
			s.fail("page %#x has entry %#x", at(i), e)
		}
		private++
		if m == nil || m.protect == 0 {
			s.fail("page %#x has entry %#x and is not committed", at(i), e)
		}
		if e&PtePresent == 0 {
			continue
		}
		bits, _ := protection(m.protect)
		if m.protect&nt.PageGuard != 0 || e&PteUser == 0 || bits&PtePresent == 0 || e&PteWrite != 0 && bits&PteWrite == 0 || e&PteNoExecute != bits&PteNoExecute {
			s.fail("page %#x has entry %#x at protection %#x", at(i), e, m.protect)
		}
	}
	s.same("private pages", s.a.Private(), private)
	c := QueryCounts()
	s.same("trimmed pages", c.Lists[StandbyList]+c.Lists[ModifiedList], trimmed)
	now, peak := s.a.Commit()
	s.same("pages charged", now, uint64(areaPages-s.m.reserved(0, areaPages)))
	if peak < now {
		s.fail("peak %d, now %d", peak, now)
	}
}

// badStore makes a store fail now and then.
func badStore(store *fakeStore, r *rand.Rand) {
	store.badRead = func(uint32) bool { return r.IntN(10) == 0 }
	store.badWrite = func(uint32) bool { return r.IntN(20) == 0 }
}

// TestRandomSpace compares an address space with the model over thousands of
// random operations.
func TestRandomSpace(t *testing.T) { randomSpaces(t, 0) }

// TestRandomPagedSpace does it with a paging file that is too small, delays what it is
// told, and fails at times. What the program does while pages are written is
// random, too.
func TestRandomPagedSpace(t *testing.T) { randomSpaces(t, 150) }

func randomSpaces(t *testing.T, slots uint32) {
	m := boot(t, 4096)
	var store *fakeStore
	if slots > 0 {
		store = withPaging(t, slots)
	}
	for _, seed := range seeds(3) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			before, commit := QueryCounts(), QueryCommit()
			KernelReserve = 0
			if seed%2 == 0 { // so that it is not enough for all
				KernelReserve = commit.Limit - commit.Committed - 300
			}
			defer func() { KernelReserve = 0 }()
			a, ok := NewAddressSpace()
			if !ok {
				t.Fatal("no address space")
			}
			s := &spaceTest{TB: t, r: rand.New(rand.NewPCG(seed, 3)), a: a, tlb: map[uint64]PTE{}}
			m.tlb = s.tlb
			defer func() { m.tlb = nil }()
			if store != nil {
				badStore(store, s.r)
				store.before = func(write bool) {
					before := store.before
					store.before = nil
					for range s.r.IntN(4) {
						if write { // nothing else is going on
							s.one()
						} else {
							s.pressure()
						}
					}
					store.before = before
				}
			}
			for i := range 4000 {
				s.one()
				s.stale()
				if i%200 == 0 {
					s.audit()
					check(t)
				}
			}
			for i := range areaPages {
				q, _ := a.Query(at(i))
				s.same(fmt.Sprintf("Query(%#x)", at(i)), q, s.m.query(i))
			}
			s.audit()
			a.Destroy()
			same(t, before)
			if slotsInUse() != 0 {
				t.Errorf("%d slots are left", slotsInUse())
			}
			if c := QueryCommit(); c.Committed != commit.Committed {
				t.Errorf("%d pages are committed, %d were before", c.Committed, commit.Committed)
			}
			if now, _ := a.Commit(); now != 0 {
				t.Errorf("%d pages are still charged", now)
			}
		})
	}
}
