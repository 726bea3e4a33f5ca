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
	n := v.same(i)
	m.AllocationBase, m.AllocationProtect = v.Start, v.Protect
	m.RegionSize = uint64(n-i) * PageSize
	m.Type, m.State, m.Protect = nt.MemPrivate, nt.MemCommit, v.prot(i)
	if v.Section != nil {
		m.Type = nt.MemImage
	}
	if v.Section != nil && v.Section.data != nil {
		m.Type = nt.MemMapped
		committed, end := v.Section.data.stretch(v.first + i)
		m.RegionSize = uint64(min(n, end-v.first)-i) * PageSize
		if !committed {
			m.Protect = 0
		}
	}
	if m.Protect == 0 {
		m.State = nt.MemReserve
	}
	return m, nt.StatusSuccess
}
