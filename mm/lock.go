package mm

import (
	"sync/atomic"

	"gont/nt"
)

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
	if st := a.allPresent(start, end); !st.OK() {
		return 0, 0, st
	}
	if a.locked+n > maximumLocked() { // others have locked meanwhile
		return 0, 0, nt.StatusWorkingSetQuota
	}
	// Pages that are promised by paging files need frames to come to.
	if hasPagingFile() && lockedPages.Load()+n > pfns.ram/2 {
		return 0, 0, nt.StatusWorkingSetQuota
	}
	st = nt.StatusSuccess
	entries(a.root, start, end, func(_ uint64, p *PTE) {
		switch e := p.load(); {
		case e&PteLocked != 0:
			st = nt.StatusWasLocked
		case e.owned():
			p.or(PteLocked)
			a.lock(1)
		}
	})
	return start, end - start, st
}

// lockedPages is what all processes have locked.
var lockedPages atomic.Uint64

// lock counts n pages more, or fewer. Preconditions: a's lock is held.
func (a *AddressSpace) lock(n uint64) {
	a.locked += n
	lockedPages.Add(n)
}

// allPresent makes all of [start, end) present at the same time. Preconditions: a's
// lock is held; it is given up to wait for pages, and held again at the end.
func (a *AddressSpace) allPresent(start, end uint64) nt.Status {
	const attempts = 100
	for range attempts {
		waited := false
		for va := start; va < end; va += PageSize {
			st, w := a.fault(va, Read)
			if w.in != nil || st == nt.StatusNoMemory {
				waited = true
				a.mu.Unlock()
				st = a.waitFault(va, Read, st, w)
				a.mu.Lock()
			}
			if !st.OK() {
				return st
			}
		}
		if !waited {
			return nt.StatusSuccess
		}
	}
	return nt.StatusWorkingSetQuota // they leave as fast as they come
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
	a.lock(-n)
	return start, end - start, nt.StatusSuccess
}
