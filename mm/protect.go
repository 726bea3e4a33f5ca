package mm

import "gont/nt"

// Protect is NtProtectVirtualMemory's work; old is the first page's protection.
func (a *AddressSpace) Protect(base, size uint64, protect uint32) (b, s uint64, old uint32, st nt.Status) {
	if _, ok := userProtection(protect); !ok {
		return 0, 0, 0, nt.StatusInvalidPageProtection
	}
	if st := rangeStatus(base, size, nt.StatusInvalidParameter2, nt.StatusInvalidParameter3); !st.OK() {
		return 0, 0, 0, st
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	start, end := roundDown(base), roundUp(base+size)
	v := a.find(start)
	if v == nil || end-1 > v.End || v.Fixed {
		return 0, 0, 0, nt.StatusConflictingAddresses
	}
	reserved := false
	v.each(v.index(start), v.index(end-1)+1, func(i, j int, now uint32) { reserved = reserved || now == 0 || !v.allCommitted(i, j) })
	if reserved {
		return 0, 0, 0, nt.StatusNotCommitted
	}
	if v.Section != nil && (v.Section.data == nil || copies(v.Protect)) { // the pages stay the section's: writing copies
		guard := protect & nt.PageGuard
		switch protect &^ nt.PageGuard {
		case nt.PageReadWrite:
			protect = nt.PageWriteCopy | guard
		case nt.PageExecuteReadWrite:
			protect = nt.PageExecuteWriteCopy | guard
		}
	} else if v.Section == nil && copies(protect) {
		return 0, 0, 0, nt.StatusInvalidPageProtection
	} else if v.Section != nil && !v.Section.data.allows(protect) {
		return 0, 0, 0, nt.StatusSectionProtection
	}
	if v.Section != nil && !a.charge(v.pagesToCharge(v.index(start), v.index(end-1)+1, protect)) {
		return 0, 0, 0, nt.StatusCommitmentLimit
	}
	old = v.prot(v.index(start))
	a.setProtection(v, start, end, protect)
	return start, end - start, old, nt.StatusSuccess
}

// setProtection gives committed pages [start, end) of v a protection, those that
// are present, too. Preconditions: a's lock is held, what needs it is charged.
func (a *AddressSpace) setProtection(v *Vad, start, end uint64, protect uint32) {
	v.setProt(v.index(start), v.index(end-1)+1, protect)
	bits, _ := protection(protect &^ nt.PageGuard)
	var changed shootdown
	entries(a.root, start, end, func(va uint64, p *PTE) {
		was := p.load()
		if !was.owned() {
			return
		}
		e := bits
		if protect&nt.PageGuard != 0 || bits&PtePresent == 0 {
			e = PteHidden
		} else if pfns.pfn[was.pfn()].use == UsePrivate {
			e = own(bits, Read)
		}
		e = makePTE(was.pfn(), e)
		if was&PtePresent == 0 {
			p.store(e | was&PteKept)
			return
		}
		was = p.swap(0) // with the dirty bit as it is at the end
		p.store(e | was&PteKept)
		if (was^e)&^(PteKept|PteAge|PteAccessed) != 0 {
			changed.add(va)
		}
	})
	changed.flush(a)
}
