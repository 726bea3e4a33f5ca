package mm

import "gont/nt"

// LockPages is NtLockVirtualMemory's work with MAP_PROCESS: the pages come into
// the working set and stay there. STATUS_WAS_LOCKED, a success, says that one
// of them had been locked before. After an error none is locked that was not.
func (a *AddressSpace) LockPages(base, size uint64) (b, s uint64, st nt.Status) {
	if !userRange(base, size) {
		return 0, 0, nt.StatusInvalidParameter
	}
	start, end := roundDown(base), roundUp(base+size)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.dead {
		return 0, 0, nt.StatusProcessIsTerminating
	}
	n := (end - start) / PageSize
	if n > maximumLocked() || a.locked+n > maximumLocked() {
		return 0, 0, nt.StatusWorkingSetQuota
	}
	for va := start; va < end; va += PageSize {
		if st := a.fault(va, Read); !st.OK() {
			return 0, 0, st
		}
	}
	st = nt.StatusSuccess
	entries(a.root, start, end, func(_ uint64, p *PTE) {
		switch e := p.load(); {
		case e&PteLocked != 0:
			st = nt.StatusWasLocked
		case e.owned():
			p.or(PteLocked)
			a.locked++
		}
	})
	return start, end - start, st
}

// maximumLocked is how many pages a process may lock.
func maximumLocked() uint64 { return pfns.ram / 8 }

// UnlockPages is NtUnlockVirtualMemory's work: all pages, or with
// STATUS_NOT_LOCKED none.
func (a *AddressSpace) UnlockPages(base, size uint64) (b, s uint64, st nt.Status) {
	if !userRange(base, size) {
		return 0, 0, nt.StatusInvalidParameter
	}
	start, end := roundDown(base), roundUp(base+size)
	a.mu.Lock()
	defer a.mu.Unlock()
	n := uint64(0)
	entries(a.root, start, end, func(_ uint64, p *PTE) {
		if e := p.load(); e.owned() && e&PteLocked != 0 {
			n++
		}
	})
	if n != (end-start)/PageSize {
		return 0, 0, nt.StatusNotLocked
	}
	entries(a.root, start, end, func(_ uint64, p *PTE) { p.clear(PteLocked) })
	a.locked -= n
	return start, end - start, nt.StatusSuccess
}
