package mm

import "gont/nt"

// Query is NtQueryVirtualMemory's MemoryBasicInformation.
func (a *AddressSpace) Query(va uint64) (m nt.MemoryBasicInformation, st nt.Status) {
	if va > nt.MaximumUserAddress {
		return m, nt.StatusInvalidParameter
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	page := roundDown(va)
	m.BaseAddress = page
	v := a.find(page)
	if v == nil {
		end := uint64(nt.MaximumUserAddress + 1)
		for _, o := range a.vads {
			if o.Start > page {
				end = o.Start
				break
			}
		}
		m.RegionSize, m.State, m.Protect = end-page, nt.MemFree, nt.PageNoAccess
		return m, nt.StatusSuccess
	}
	i := v.index(page)
	protect, end := a.like(v, i)
	for end < v.pages() {
		p, e := a.like(v, end)
		if p != protect {
			break
		}
		end = e
	}
	m.AllocationBase, m.AllocationProtect = v.Start, v.Protect
	m.RegionSize = uint64(end-i) * PageSize
	m.Type, m.State, m.Protect = nt.MemPrivate, nt.MemCommit, protect
	if v.Section != nil {
		m.Type = nt.MemImage
	}
	if v.Section != nil && v.Section.data != nil {
		m.Type = nt.MemMapped
	}
	if protect == 0 {
		m.State = nt.MemReserve
	}
	return m, nt.StatusSuccess
}

// like is the protection that a program is told of page i, 0 for one that is only
// reserved, and where the pages that are surely like it end. Preconditions: a's
// lock is held.
func (a *AddressSpace) like(v *Vad, i int) (protect uint32, end int) {
	protect, end = v.prot(i), v.same(i)
	if v.Section != nil && v.Section.data != nil {
		committed, e := v.Section.data.stretch(v.first + i)
		if end = min(end, e-v.first); !committed {
			return 0, end
		}
	}
	if !copies(protect) {
		return protect, end
	}
	copied := a.copied(v.Start + uint64(i)*PageSize)
	for va, limit := v.Start+uint64(i+1)*PageSize, v.Start+uint64(end)*PageSize; va < limit; {
		if a.copied(va) != copied {
			return shown(protect, copied), v.index(va)
		}
		if leaf(a.root, va, false) == nil {
			va = nextTable(a.root, va)
		} else {
			va += PageSize
		}
	}
	return shown(protect, copied), end
}

// copied reports whether this address space has its own copy of a view's page,
// wherever that is. Preconditions: a's lock is held.
func (a *AddressSpace) copied(va uint64) bool {
	p := walk(a.root, va, false)
	if p == nil {
		return false
	}
	e := p.load()
	return e != 0 && (!e.owned() || pfns.pfn[e.pfn()].use == UsePrivate)
}

// shown is the protection that a program is told of: a copy is not copied again.
func shown(protect uint32, copied bool) uint32 {
	if !copied {
		return protect
	}
	switch protect &^ nt.PageGuard {
	case nt.PageWriteCopy:
		return protect&nt.PageGuard | nt.PageReadWrite
	case nt.PageExecuteWriteCopy:
		return protect&nt.PageGuard | nt.PageExecuteReadWrite
	}
	return protect
}
