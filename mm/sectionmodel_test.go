package mm

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gont/nt"
)

// The model of sections and views: a byte for each page, in the section or in
// the view that has copied it.
type (
	mSection struct {
		s         *Section
		protect   uint32
		data      []byte
		committed []bool
		open      bool
	}
	mView struct {
		s       *mSection
		base    uint64
		first   int
		have    uint32 // the view's protection
		protect []uint32
		copied  []bool
		data    []byte
	}
	mSpace struct {
		a     *AddressSpace
		views []*mView
	}
	sectionTest struct {
		testing.TB
		r        *rand.Rand
		sections []*mSection
		spaces   []*mSpace
		log      []string
	}
)

func (s *sectionTest) step(format string, a ...any) {
	s.log = append(s.log, fmt.Sprintf(format, a...))
	s.log = s.log[max(0, len(s.log)-25):]
}

func (s *sectionTest) fail(format string, a ...any) {
	s.Helper()
	s.Fatalf("%s\nlast steps: %q", fmt.Sprintf(format, a...), s.log)
}

func (s *sectionTest) create() {
	pages, protect := 1+s.r.IntN(70), []uint32{nt.PageReadWrite, nt.PageReadWrite, nt.PageReadOnly}[s.r.IntN(3)]
	reserve := s.r.IntN(3) == 0
	sec, st := NewDataSection("", uint64(pages)*PageSize-uint64(s.r.IntN(PageSize)), protect, reserve)
	if st != nt.StatusSuccess {
		s.fail("NewDataSection: %v", st)
	}
	m := &mSection{s: sec, protect: protect, data: make([]byte, pages), committed: make([]bool, pages), open: true}
	for i := range m.committed {
		m.committed[i] = !reserve
	}
	s.sections = append(s.sections, m)
	s.step("create %d pages, reserve %v", pages, reserve)
}

func (s *sectionTest) mapView() {
	if len(s.sections) == 0 {
		return
	}
	m, x := s.sections[s.r.IntN(len(s.sections))], s.spaces[s.r.IntN(len(s.spaces))]
	if !m.open {
		return
	}
	protect := []uint32{nt.PageReadOnly, nt.PageReadWrite, nt.PageReadWrite, nt.PageWriteCopy, nt.PageNoAccess}[s.r.IntN(5)]
	first := s.r.IntN(len(m.data)/16+1) * 16
	want := nt.StatusSuccess
	switch {
	case protect == nt.PageReadWrite && m.protect != nt.PageReadWrite:
		want = nt.StatusSectionProtection
	case first >= len(m.data):
		want = nt.StatusInvalidViewSize
	}
	w := View{Offset: uint64(first) * PageSize, Protect: protect, TopDown: s.r.IntN(4) == 0}
	n := len(m.data) - first
	if n > 1 && s.r.IntN(2) == 0 {
		n = 1 + s.r.IntN(n)
		w.Size = uint64(n) * PageSize
	}
	base, offset, size, st := x.a.MapView(m.s, w)
	s.step("map %d pages from %d, protection %d: %#x", n, first, protect, base)
	if st != want || st.OK() && (offset != w.Offset || size != uint64(n)*PageSize) {
		s.fail("MapView: %v %#x %#x, want %v", st, offset, size, want)
	}
	if !st.OK() {
		return
	}
	v := &mView{s: m, base: base, first: first, have: protect, protect: make([]uint32, n), copied: make([]bool, n), data: make([]byte, n)}
	for i := range v.protect {
		v.protect[i] = protect
	}
	x.views = append(x.views, v)
}

// view picks one, and a page of it.
func (s *sectionTest) view() (x *mSpace, v *mView, i int) {
	x = s.spaces[s.r.IntN(len(s.spaces))]
	if len(x.views) == 0 {
		return x, nil, 0
	}
	v = x.views[s.r.IntN(len(x.views))]
	return x, v, s.r.IntN(len(v.data))
}

func (s *sectionTest) access() {
	x, v, i := s.view()
	if v == nil {
		return
	}
	b := []byte{byte(1 + s.r.IntN(255))}
	va := v.base + uint64(i)*PageSize + uint64(v.first+i)
	readable := v.s.committed[v.first+i] && v.protect[i] != nt.PageNoAccess
	want := nt.StatusSuccess
	if s.r.IntN(2) == 0 {
		if !readable || v.protect[i] == nt.PageReadOnly {
			want = nt.StatusAccessViolation
		}
		s.step("write %#x: %d", va, b[0])
		_, st := x.a.WriteBytes(va, b)
		for st == nt.StatusInPageError {
			_, st = x.a.WriteBytes(va, b)
		}
		if st != want {
			s.fail("write to %#x: %v, want %v", va, st, want)
		}
		if want == nt.StatusSuccess {
			if v.protect[i] == nt.PageWriteCopy {
				v.copied[i] = true
			}
			if v.copied[i] {
				v.data[i] = b[0]
			} else {
				v.s.data[v.first+i] = b[0]
			}
		}
		return
	}
	if !readable {
		want = nt.StatusAccessViolation
	}
	_, st := x.a.ReadBytes(va, b)
	for st == nt.StatusInPageError {
		_, st = x.a.ReadBytes(va, b)
	}
	s.step("read %#x: %d", va, b[0])
	if st != want || st.OK() && b[0] != v.at(i) {
		s.fail("read of %#x: %d, %v, want %d, %v", va, b[0], st, v.at(i), want)
	}
}

func (v *mView) at(i int) byte {
	if v.copied[i] {
		return v.data[i]
	}
	return v.s.data[v.first+i]
}

// may reports whether pages of the view may have a protection.
func (v *mView) may(p uint32) bool {
	switch p {
	case nt.PageReadWrite:
		return v.have == p
	case nt.PageNoAccess:
		return true
	}
	return v.have != nt.PageNoAccess
}

// seen is what a program is told of a page's protection.
func (v *mView) seen(i int) uint32 {
	if v.protect[i] == nt.PageWriteCopy && v.copied[i] {
		return nt.PageReadWrite
	}
	return v.protect[i]
}

func (s *sectionTest) protect() {
	x, v, i := s.view()
	if v == nil {
		return
	}
	n := 1 + s.r.IntN(len(v.data)-i)
	p := []uint32{nt.PageReadOnly, nt.PageReadWrite, nt.PageWriteCopy, nt.PageNoAccess}[s.r.IntN(4)]
	want := nt.StatusSuccess
	for k := i; k < i+n; k++ {
		if !v.s.committed[v.first+k] {
			want = nt.StatusNotCommitted
		}
	}
	if !v.may(p) {
		want = nt.StatusSectionProtection
	}
	s.step("protect %#x, %d pages: %d", v.base+uint64(i)*PageSize, n, p)
	_, _, old, st := x.a.Protect(v.base+uint64(i)*PageSize, uint64(n)*PageSize, p)
	if st != want || st.OK() && old != v.seen(i) {
		s.fail("Protect: %v %d, want %v %d", st, old, want, v.seen(i))
	}
	if st.OK() {
		for k := i; k < i+n; k++ {
			v.protect[k] = p
		}
	}
}

func (s *sectionTest) commit() {
	x, v, i := s.view()
	if v == nil {
		return
	}
	n := 1 + s.r.IntN(len(v.data)-i)
	want := nt.StatusSuccess
	if !v.may(nt.PageReadWrite) {
		want = nt.StatusSectionProtection
	}
	s.step("commit %#x, %d pages", v.base+uint64(i)*PageSize, n)
	if _, _, st := x.a.Allocate(v.base+uint64(i)*PageSize, uint64(n)*PageSize, nt.MemCommit, nt.PageReadWrite); st != want {
		s.fail("commit: %v, want %v", st, want)
	}
	for k := i; k < i+n && want.OK(); k++ {
		v.s.committed[v.first+k] = true
		v.protect[k] = nt.PageReadWrite
	}
}

func (s *sectionTest) query() {
	x, v, i := s.view()
	if v == nil {
		return
	}
	q, st := x.a.Query(v.base + uint64(i)*PageSize)
	j := i
	for j < len(v.data) && v.s.committed[v.first+j] == v.s.committed[v.first+i] && v.seen(j) == v.seen(i) {
		j++
	}
	want := nt.MemoryBasicInformation{BaseAddress: v.base + uint64(i)*PageSize, AllocationBase: v.base, AllocationProtect: q.AllocationProtect,
		RegionSize: uint64(j-i) * PageSize, State: nt.MemCommit, Protect: v.seen(i), Type: nt.MemMapped}
	if !v.s.committed[v.first+i] {
		want.State, want.Protect = nt.MemReserve, 0
	}
	if st != nt.StatusSuccess || q != want {
		s.fail("Query: %v %+v, want %+v", st, q, want)
	}
	if _, _, st := x.a.Free(v.base, 0, nt.MemRelease); st != nt.StatusUnableToDeleteSection {
		s.fail("Free of a view: %v", st)
	}
}

func (s *sectionTest) one() {
	switch s.r.IntN(20) {
	case 0:
		if len(s.sections) < 6 {
			s.create()
		}
	case 1, 2:
		s.mapView()
	case 3:
		x, v, i := s.view()
		if v == nil {
			return
		}
		s.step("unmap %#x", v.base)
		if st := x.a.UnmapView(v.base + uint64(i)*PageSize); st != nt.StatusSuccess {
			s.fail("UnmapView: %v", st)
		}
		if st := x.a.UnmapView(v.base); st != nt.StatusNotMappedView {
			s.fail("UnmapView again: %v", st)
		}
		for k := range x.views {
			if x.views[k] == v {
				x.views = append(x.views[:k], x.views[k+1:]...)
				break
			}
		}
	case 4:
		if i := s.r.IntN(6); i < len(s.sections) && s.r.IntN(4) == 0 {
			s.step("delete")
			s.sections[i].s.Delete()
			s.sections[i].open = false
			s.sections = append(s.sections[:i], s.sections[i+1:]...)
		}
	case 5:
		if s.r.IntN(20) == 0 {
			x := s.spaces[s.r.IntN(len(s.spaces))]
			s.step("end of a process")
			x.a.Destroy()
			x.a, _ = NewAddressSpace()
			x.views = nil
		}
	case 6, 7:
		s.protect()
	case 8:
		s.commit()
	case 9:
		s.query()
	case 10, 11:
		x := s.spaces[s.r.IntN(len(s.spaces))]
		s.step("trim %d", x.a.Trim(s.r.IntN(100), s.r.IntN(2), s.r.IntN(3) == 0))
	case 12:
		s.step("age, steal")
		s.spaces[s.r.IntN(len(s.spaces))].a.Age()
		if s.r.IntN(2) == 0 {
			writeAll()
		}
		stealStandby(s.r.IntN(10))
	default:
		s.access()
	}
}

// TestRandomSections compares processes that share sections with the model,
// while their working sets are trimmed and standby pages taken away.
func TestRandomSections(t *testing.T) { randomSections(t, 0) }

// TestRandomPagedSections does it with a paging file that fails at times; while
// it is written to the processes go on.
func TestRandomPagedSections(t *testing.T) { randomSections(t, 300) }

func randomSections(t *testing.T, slots uint32) {
	boot(t, 4096)
	var store *fakeStore
	if slots > 0 {
		store = withPaging(t, slots)
	}
	for _, seed := range seeds(3) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			before, commit := QueryCounts(), QueryCommit()
			s := &sectionTest{TB: t, r: rand.New(rand.NewPCG(seed, 7))}
			for range 3 {
				a, _ := NewAddressSpace()
				// So that trimming takes views' pages, too.
				a.Allocate(0x7FFF0000, minimumWorkingSet*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
				a.WriteBytes(0x7FFF0000, make([]byte, minimumWorkingSet*PageSize))
				s.spaces = append(s.spaces, &mSpace{a: a})
			}
			if store != nil {
				badStore(store, s.r)
				store.before = func(write bool) {
					before := store.before
					store.before = nil
					for i := s.r.IntN(5); write && i > 0; i-- {
						s.one()
					}
					if !write {
						s.spaces[s.r.IntN(len(s.spaces))].a.Trim(s.r.IntN(50), 0, false)
						stealStandby(s.r.IntN(5))
					}
					store.before = before
				}
			}
			for i := range 6000 {
				s.one()
				if i%100 == 0 {
					check(t)
				}
			}
			for _, x := range s.spaces {
				x.a.Destroy()
			}
			for _, m := range s.sections {
				m.s.Delete()
			}
			same(t, before)
			if slotsInUse() != 0 {
				t.Errorf("%d slots are left", slotsInUse())
			}
			if c := QueryCommit(); c.Committed != commit.Committed {
				t.Errorf("%d pages are committed, %d were before", c.Committed, commit.Committed)
			}
			if c := QueryCounts(); c.Lists[StandbyList]+c.Lists[ModifiedList] != 0 {
				t.Errorf("lists %v", c.Lists)
			}
		})
	}
}
