package mm

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gont/nt"
)

var seedFlag = flag.Uint64("seed", 0, "run the random tests with this seed only")

func seeds(n uint64) (s []uint64) {
	if *seedFlag != 0 {
		return []uint64{*seedFlag}
	}
	for i := uint64(1); i <= n; i++ {
		s = append(s, i)
	}
	return append(s, uint64(time.Now().UnixNano()))
}

// The random test plays in this part of the address space.
const (
	areaStart = nt.MinimumUserAddress
	areaPages = 1024
	areaEnd   = areaStart + areaPages*PageSize
)

// mPage is what the model knows of a page; nil is free.
type mPage struct {
	base      uint64 // of the allocation
	allocated uint32 // protection of the allocation
	protect   uint32 // 0: reserved
	data      byte   // of every byte
}

// spaceModel is a process's memory, one entry a page.
type spaceModel [areaPages]*mPage

func at(i int) uint64 { return areaStart + uint64(i)*PageSize }

var protections = []uint32{nt.PageNoAccess, nt.PageReadOnly, nt.PageReadWrite, nt.PageExecute, nt.PageExecuteRead, nt.PageExecuteReadWrite}

func validProtection(p uint32) bool {
	return slices.Contains(protections, p&^nt.PageGuard) && p != nt.PageNoAccess|nt.PageGuard
}

func copyProtection(p uint32) bool {
	return p&^nt.PageGuard == nt.PageWriteCopy || p&^nt.PageGuard == nt.PageExecuteWriteCopy
}

// access says what an access does to a page.
func (m *spaceModel) access(i int, a Access) nt.Status {
	p := m[i]
	if p == nil || p.protect == 0 {
		return nt.StatusAccessViolation
	}
	if p.protect&nt.PageGuard != 0 {
		p.protect &^= nt.PageGuard
		return nt.StatusGuardPageViolation
	}
	ok := false
	switch a {
	case Read:
		ok = p.protect != nt.PageNoAccess
	case Write:
		ok = p.protect == nt.PageReadWrite || p.protect == nt.PageExecuteReadWrite
	case Execute:
		ok = p.protect&(nt.PageExecute|nt.PageExecuteRead|nt.PageExecuteReadWrite) != 0
	}
	if !ok {
		return nt.StatusAccessViolation
	}
	return nt.StatusSuccess
}

// span returns the pages [i, j) of [base, base+size), ok if they belong to one
// allocation.
func (m *spaceModel) span(base, size uint64) (i, j int, ok bool) {
	i, j = int((base-areaStart)/PageSize), int((base+size-areaStart+PageSize-1)/PageSize)
	if j > areaPages {
		return i, j, false
	}
	for k := i; k < j; k++ {
		if m[k] == nil || m[k].base != m[i].base {
			return i, j, false
		}
	}
	return i, j, true
}

func (m *spaceModel) allocate(base, size uint64, typ, protect uint32) (uint64, uint64, nt.Status) {
	if !validProtection(protect) {
		return 0, 0, nt.StatusInvalidPageProtection
	}
	if typ != nt.MemCommit && typ != nt.MemReserve && typ != nt.MemCommit|nt.MemReserve || size == 0 {
		return 0, 0, nt.StatusInvalidParameter
	}
	if base != 0 && base < nt.MinimumUserAddress {
		return 0, 0, nt.StatusInvalidParameter
	}
	if base != 0 && typ == nt.MemCommit {
		i, j, ok := m.span(base, size)
		if !ok {
			return 0, 0, nt.StatusConflictingAddresses
		}
		for k := i; k < j; k++ {
			if m[k].protect == 0 {
				m[k].protect, m[k].data = protect, 0
			}
		}
		return at(i), uint64(j-i) * PageSize, nt.StatusSuccess
	}
	i, j := -1, 0
	if base == 0 {
		n := int((size + PageSize - 1) / PageSize)
		for i = 0; ; i += nt.AllocationGranularity / PageSize {
			if i+n > areaPages {
				return 0, 0, nt.StatusNoMemory // the caller takes care
			}
			if !slices.ContainsFunc(m[i:i+n], func(p *mPage) bool { return p != nil }) {
				break
			}
		}
		j = i + n
	} else {
		i = int((base - areaStart) / nt.AllocationGranularity * nt.AllocationGranularity / PageSize)
		j = int((base + size - areaStart + PageSize - 1) / PageSize)
		if slices.ContainsFunc(m[i:j], func(p *mPage) bool { return p != nil }) {
			return 0, 0, nt.StatusConflictingAddresses
		}
	}
	for k := i; k < j; k++ {
		m[k] = &mPage{base: at(i), allocated: protect}
		if typ&nt.MemCommit != 0 {
			m[k].protect = protect
		}
	}
	return at(i), uint64(j-i) * PageSize, nt.StatusSuccess
}

func (m *spaceModel) free(base, size uint64, typ uint32) (uint64, uint64, nt.Status) {
	if typ != nt.MemDecommit && typ != nt.MemRelease || base < nt.MinimumUserAddress {
		return 0, 0, nt.StatusInvalidParameter
	}
	i := int((base - areaStart) / PageSize)
	if m[i] == nil {
		return 0, 0, nt.StatusUnableToFreeVM
	}
	j := i
	if size == 0 {
		if m[i].base != at(i) {
			return 0, 0, nt.StatusUnableToFreeVM
		}
		for j = i; j < areaPages && m[j] != nil && m[j].base == m[i].base; {
			j++
		}
	} else {
		var ok bool
		if i, j, ok = m.span(base, size); !ok {
			return 0, 0, nt.StatusUnableToFreeVM
		}
	}
	own := m[i].base
	for k := i; k < j; k++ {
		if typ == nt.MemRelease {
			m[k] = nil
		} else {
			m[k].protect, m[k].data = 0, 0
		}
	}
	if typ == nt.MemRelease { // what is behind is an allocation of its own
		for k := j; k < areaPages && m[k] != nil && m[k].base == own; k++ {
			m[k].base = at(j)
		}
	}
	return at(i), uint64(j-i) * PageSize, nt.StatusSuccess
}

func (m *spaceModel) protect(base, size uint64, protect uint32) (uint64, uint64, uint32, nt.Status) {
	if !validProtection(protect) && !copyProtection(protect) || size == 0 {
		return 0, 0, 0, nt.StatusInvalidPageProtection
	}
	i, j, ok := m.span(base, size)
	if !ok {
		return 0, 0, 0, nt.StatusConflictingAddresses
	}
	for k := i; k < j; k++ {
		if m[k].protect == 0 {
			return 0, 0, 0, nt.StatusNotCommitted
		}
	}
	if !validProtection(protect) {
		return 0, 0, 0, nt.StatusInvalidPageProtection
	}
	old := m[i].protect
	for k := i; k < j; k++ {
		m[k].protect = protect
	}
	return at(i), uint64(j-i) * PageSize, old, nt.StatusSuccess
}

func (m *spaceModel) query(i int) (q nt.MemoryBasicInformation) {
	q.BaseAddress = at(i)
	j := i
	if m[i] == nil {
		for j < areaPages && m[j] == nil {
			j++
		}
		q.State, q.Protect = nt.MemFree, nt.PageNoAccess
		q.RegionSize = at(j) - at(i)
		if j == areaPages {
			q.RegionSize = nt.MaximumUserAddress + 1 - at(i)
		}
		return q
	}
	for j < areaPages && m[j] != nil && m[j].base == m[i].base && m[j].protect == m[i].protect {
		j++
	}
	q.AllocationBase, q.AllocationProtect, q.RegionSize = m[i].base, m[i].allocated, at(j)-at(i)
	q.Type, q.State, q.Protect = nt.MemPrivate, nt.MemCommit, m[i].protect
	if m[i].protect == 0 {
		q.State = nt.MemReserve
	}
	return q
}

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
	switch s.r.IntN(10) {
	case 0, 1:
		base, size, protect := s.place(), s.size(), s.protection()
		typ := []uint32{nt.MemReserve, nt.MemCommit, nt.MemReserve | nt.MemCommit, nt.MemReserve | nt.MemCommit, nt.MemCommit, 0, nt.MemRelease}[s.r.IntN(7)]
		if s.r.IntN(2) == 0 {
			base = 0
		}
		was := s.m
		wb, ws, want := s.m.allocate(base, size, typ, protect)
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
		s.same("Fault", s.a.Fault(va, access), s.m.access(int((va-areaStart)/PageSize), access))
		s.touch(va)
	default:
		s.data()
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
	private := uint64(0)
	for i := range areaPages {
		p := walk(s.a.root, at(i), false)
		if p == nil || *p == 0 {
			continue
		}
		e, m := *p, s.m[i]
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
}

// TestRandomSpace compares an address space with the model over thousands of
// random operations.
func TestRandomSpace(t *testing.T) {
	m := boot(t, 4096)
	for _, seed := range seeds(3) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			before := QueryCounts()
			a, ok := NewAddressSpace()
			if !ok {
				t.Fatal("no address space")
			}
			s := &spaceTest{TB: t, r: rand.New(rand.NewPCG(seed, 3)), a: a, tlb: map[uint64]PTE{}}
			m.tlb = s.tlb
			defer func() { m.tlb = nil }()
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
		})
	}
}

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
		{0, 0, both, rw, nt.StatusInvalidParameter},
		{0, 1, 0, rw, nt.StatusInvalidParameter},
		{0, 1, nt.MemDecommit, rw, nt.StatusInvalidParameter},
		{0, 1, both | 1<<31, rw, nt.StatusInvalidParameter},
		{0, ^uint64(0), both, rw, nt.StatusInvalidParameter},
		{0, 1 << 47, both, rw, nt.StatusInvalidParameter},
		{1, 1, both, rw, nt.StatusInvalidParameter},
		{0xFFFF, 1, both, rw, nt.StatusInvalidParameter},
		{top, 1, both, rw, nt.StatusInvalidParameter},
		{top - 1, 2, both, rw, nt.StatusInvalidParameter},
		{1 << 63, 1, both, rw, nt.StatusInvalidParameter},
		{0x20000, ^uint64(0) - 0x1000, both, rw, nt.StatusInvalidParameter},
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
		{0x10000, 0, 0, nt.StatusInvalidParameter},
		{0x10000, 0, nt.MemDecommit | nt.MemRelease, nt.StatusInvalidParameter},
		{0, 0, nt.MemRelease, nt.StatusInvalidParameter},
		{top, 0, nt.MemRelease, nt.StatusInvalidParameter},
		{0x10000, ^uint64(0), nt.MemRelease, nt.StatusInvalidParameter},
		{0x30000, 0, nt.MemRelease, nt.StatusUnableToFreeVM},
		{0x11000, 0, nt.MemRelease, nt.StatusUnableToFreeVM},
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
		{0x10000, 0, rw, nt.StatusInvalidPageProtection},
		{0x10000, 1, 0, nt.StatusInvalidPageProtection},
		{0x10000, 1, nt.PageWriteCopy, nt.StatusInvalidPageProtection},
		{0x10000, 1, nt.PageNoAccess | nt.PageGuard, nt.StatusInvalidPageProtection},
		{0, 1, rw, nt.StatusInvalidParameter},
		{top, 1, rw, nt.StatusInvalidParameter},
		{0x10000, ^uint64(0), rw, nt.StatusInvalidParameter},
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
	if _, _, s := a.Free(nt.SharedUserData, 0, nt.MemRelease); s != nt.StatusUnableToFreeVM {
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

// TestSpaceOutOfMemory: every allocation may fail, and all comes back.
func TestSpaceOutOfMemory(t *testing.T) {
	boot(t, 512)
	before := QueryCounts()
	page, _ := AllocatePage(UseShared, false)
	held := drain(t, 0)
	if _, ok := NewAddressSpace(); ok {
		t.Error("an address space without a page")
	}
	for left := 1; left < 12; left++ {
		for range left {
			FreePage(held[len(held)-1])
			held = held[:len(held)-1]
		}
		a, ok := NewAddressSpace()
		if !ok {
			t.Fatal("no address space")
		}
		base, _, s := a.Allocate(0x20000, 64*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		if s != nt.StatusSuccess {
			t.Fatal(s)
		}
		good := 0
		for i := range 64 {
			if s = a.Fault(base+uint64(i)*PageSize, Write); !s.OK() {
				break
			}
			good++
		}
		// The root and three tables come first.
		if s != nt.StatusNoMemory || good != max(0, left-4) {
			t.Errorf("%d pages left: %d faults served, then %v", left, good, s)
		}
		if n, s := a.WriteBytes(base+63*PageSize, []byte{1}); n != 0 || s != nt.StatusNoMemory {
			t.Errorf("WriteBytes: %v", s)
		}
		if s := a.MapShared(0x4000_0000_0000, page); left < 7 && s != nt.StatusNoMemory {
			t.Errorf("MapShared: %v", s)
		}
		check(t)
		a.Destroy()
		if n := QueryCounts().Available(); n != uint64(left) {
			t.Errorf("%d pages came back of %d", n, left)
		}
		held = append(held, drain(t, 0)...)
	}
	FreePages(held)
	FreePage(page)
	same(t, before)
}

// TestKernelHalf: every address space has the kernel's upper half and none of
// its lower.
func TestKernelHalf(t *testing.T) {
	m := boot(t, 512)
	for i := range table(m.root) {
		table(m.root)[i] = PTE(i)<<12 | PteWrite
	}
	a, _ := NewAddressSpace()
	for i, e := range table(uint32(a.Root() >> PageShift)) {
		want := PTE(0)
		if i >= 256 {
			want = PTE(i)<<12 | PteWrite
		}
		if e != want {
			t.Fatalf("entry %d is %#x, want %#x", i, e, want)
		}
	}
	clear(table(m.root)[:])
}

// TestHugeReservations: what a program reserves costs nothing until it is used.
func TestHugeReservations(t *testing.T) {
	boot(t, 512)
	before := QueryCounts()
	a, _ := NewAddressSpace()
	start := time.Now()
	allocated := testing.AllocsPerRun(1, func() {
		const size = 1 << 46
		for _, typ := range []uint32{nt.MemReserve, nt.MemReserve | nt.MemCommit} {
			base, n, s := a.Allocate(0, size, typ, nt.PageReadOnly)
			if s != nt.StatusSuccess || n != size {
				t.Fatal(s)
			}
			middle := base + size/2
			if _, _, s := a.Allocate(middle, PageSize, nt.MemCommit, nt.PageReadOnly); s != nt.StatusSuccess {
				t.Fatal(s)
			}
			if _, _, _, s := a.Protect(middle, PageSize, nt.PageReadWrite); s != nt.StatusSuccess {
				t.Fatal(s)
			}
			if _, s := a.WriteBytes(middle, []byte{1}); s != nt.StatusSuccess {
				t.Fatal(s)
			}
			if typ&nt.MemCommit != 0 {
				if _, _, _, s := a.Protect(base, size, nt.PageNoAccess); s != nt.StatusSuccess {
					t.Fatal(s)
				}
			}
			if q, _ := a.Query(base); q.RegionSize != size/2 && typ&nt.MemCommit == 0 {
				t.Errorf("Query: %+v", q)
			}
			if _, _, s := a.Free(base, 0, nt.MemDecommit); s != nt.StatusSuccess {
				t.Fatal(s)
			}
			if q, _ := a.Query(middle); q.State != nt.MemReserve || q.RegionSize != size/2 {
				t.Errorf("Query: %+v", q)
			}
			if _, _, s := a.Free(base, 0, nt.MemRelease); s != nt.StatusSuccess {
				t.Fatal(s)
			}
		}
		a.Allocate(0, size/8, nt.MemReserve, nt.PageReadOnly)
	})
	a.Destroy()
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("it took %v", d)
	}
	if allocated > 200 {
		t.Errorf("%v allocations", allocated)
	}
	same(t, before)
}

// TestDestroyed: an address space that has gone answers so, and touches nothing:
// its tables may be somebody else's by now.
func TestDestroyed(t *testing.T) {
	m := boot(t, 512)
	before := QueryCounts()
	a, _ := NewAddressSpace()
	if _, _, s := a.Allocate(0x10000, 1, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); s != nt.StatusSuccess {
		t.Fatal(s)
	}
	a.WriteBytes(0x10000, []byte{1})
	root := a.root
	a.Destroy()
	same(t, before)
	for i := range m.pages[root] {
		m.pages[root][i] = 0xFF // whoever has the page now
	}
	was := m.pages[root]
	if _, _, s := a.Allocate(0, 1, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); s != nt.StatusProcessIsTerminating {
		t.Errorf("Allocate: %v", s)
	}
	if _, _, s := a.Free(0x10000, 0, nt.MemRelease); s != nt.StatusUnableToFreeVM {
		t.Errorf("Free: %v", s)
	}
	if _, _, _, s := a.Protect(0x10000, 1, nt.PageReadOnly); s != nt.StatusConflictingAddresses {
		t.Errorf("Protect: %v", s)
	}
	if s := a.MapShared(nt.SharedUserData, 300); s != nt.StatusProcessIsTerminating {
		t.Errorf("MapShared: %v", s)
	}
	if s := a.MapImage(&Section{Base: 0x140000000, Size: PageSize}); s != nt.StatusProcessIsTerminating {
		t.Errorf("MapImage: %v", s)
	}
	if _, s := a.WriteBytes(0x10000, []byte{1}); s != nt.StatusAccessViolation {
		t.Errorf("WriteBytes: %v", s)
	}
	if q, s := a.Query(0x10000); s != nt.StatusSuccess || q.State != nt.MemFree {
		t.Errorf("Query: %+v", q)
	}
	if a.Root() != uint64(m.root)<<PageShift {
		t.Errorf("Root is %#x: a thread that ends would run on a freed page", a.Root())
	}
	if m.pages[root] != was {
		t.Error("the page was written to")
	}
	same(t, before)
}
