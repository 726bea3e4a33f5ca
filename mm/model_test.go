package mm

import (
	"flag"
	"slices"
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

// allocate is told how many pages may be committed.
func (m *spaceModel) allocate(base, size uint64, typ, protect uint32, headroom uint64) (uint64, uint64, nt.Status) {
	if typ != nt.MemCommit && typ != nt.MemReserve && typ != nt.MemCommit|nt.MemReserve {
		return 0, 0, nt.StatusInvalidParameter5
	}
	if !validProtection(protect) && (!copyProtection(protect) || base == 0 || typ&nt.MemReserve != 0) {
		return 0, 0, nt.StatusInvalidPageProtection
	}
	if size == 0 {
		return 0, 0, nt.StatusInvalidParameter4
	}
	if base != 0 && base < nt.MinimumUserAddress {
		return 0, 0, nt.StatusInvalidParameter2
	}
	if base != 0 && typ == nt.MemCommit {
		i, j, ok := m.span(base, size)
		if !ok {
			return 0, 0, nt.StatusConflictingAddresses
		}
		if copyProtection(protect) {
			return 0, 0, nt.StatusInvalidPageProtection
		}
		if uint64(m.reserved(i, j)) > headroom {
			return 0, 0, nt.StatusCommitmentLimit
		}
		for k := i; k < j; k++ {
			if m[k].protect == 0 {
				m[k].data = 0
			}
			m[k].protect = protect
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
	if typ&nt.MemCommit != 0 && uint64(j-i) > headroom {
		return 0, 0, nt.StatusCommitmentLimit
	}
	for k := i; k < j; k++ {
		m[k] = &mPage{base: at(i), allocated: protect}
		if typ&nt.MemCommit != 0 {
			m[k].protect = protect
		}
	}
	return at(i), uint64(j-i) * PageSize, nt.StatusSuccess
}

// reserved counts the pages of [i, j) that are not committed.
func (m *spaceModel) reserved(i, j int) (n int) {
	for _, p := range m[i:j] {
		if p == nil || p.protect == 0 {
			n++
		}
	}
	return n
}

func (m *spaceModel) free(base, size uint64, typ uint32) (uint64, uint64, nt.Status) {
	if typ != nt.MemDecommit && typ != nt.MemRelease {
		return 0, 0, nt.StatusInvalidParameter4
	}
	if base < nt.MinimumUserAddress {
		return 0, 0, nt.StatusInvalidParameter2
	}
	i := int((base - areaStart) / PageSize)
	if m[i] == nil {
		return 0, 0, nt.StatusMemoryNotAllocated
	}
	j := i
	if size == 0 {
		if m[i].base != at(i) {
			return 0, 0, nt.StatusFreeVMNotAtBase
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
	if !validProtection(protect) && !copyProtection(protect) {
		return 0, 0, 0, nt.StatusInvalidPageProtection
	}
	if size == 0 {
		return 0, 0, 0, nt.StatusInvalidParameter3
	}
	i, j, ok := m.span(base, size)
	if !ok {
		return 0, 0, 0, nt.StatusConflictingAddresses
	}
	if copyProtection(protect) {
		return 0, 0, 0, nt.StatusInvalidParameter4
	}
	for k := i; k < j; k++ {
		if m[k].protect == 0 {
			return 0, 0, 0, nt.StatusNotCommitted
		}
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
