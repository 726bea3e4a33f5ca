package mm

import "gont/nt"

// compatible reports whether a view of a section with protection have, or pages of a
// view with it, may have protection want (MmCompatibleProtectionMask): what
// writes needs what may be written, what executes what may be executed; copies
// are private and need reading alone.
func compatible(have, want uint32) bool {
	const read = nt.PageNoAccess | nt.PageReadOnly | nt.PageWriteCopy
	const execute = read | nt.PageExecute | nt.PageExecuteRead | nt.PageExecuteWriteCopy
	may := uint32(0)
	switch have &^ nt.PageGuard {
	case nt.PageNoAccess:
		may = nt.PageNoAccess
	case nt.PageReadOnly, nt.PageWriteCopy:
		may = read
	case nt.PageReadWrite:
		may = read | nt.PageReadWrite
	case nt.PageExecute:
		may = nt.PageNoAccess | nt.PageExecute
	case nt.PageExecuteRead, nt.PageExecuteWriteCopy:
		may = execute
	case nt.PageExecuteReadWrite:
		may = execute | nt.PageReadWrite | nt.PageExecuteReadWrite
	}
	return want&^nt.PageGuard&^may == 0
}

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
	switch {
	case v.Section == nil && copies(protect), v.Section != nil && protect&cacheTypes != 0:
		return 0, 0, 0, nt.StatusInvalidParameter4
	case v.Section != nil && v.Section.data != nil && !compatible(v.Protect, protect):
		return 0, 0, 0, nt.StatusSectionProtection
	}
	reserved := false
	v.each(v.index(start), v.index(end-1)+1, func(i, j int, now uint32) { reserved = reserved || now == 0 || !v.allCommitted(i, j) })
	if reserved {
		return 0, 0, 0, nt.StatusNotCommitted
	}
	if v.Section != nil && v.Section.data == nil { // the pages stay the image's: writing copies
		guard := protect & nt.PageGuard
		switch protect &^ nt.PageGuard {
		case nt.PageReadWrite:
			protect = nt.PageWriteCopy | guard
		case nt.PageExecuteReadWrite:
			protect = nt.PageExecuteWriteCopy | guard
		}
	}
	if v.Section != nil && !a.charge(v.pagesToCharge(v.index(start), v.index(end-1)+1, protect)) {
		return 0, 0, 0, nt.StatusCommitmentLimit
	}
	if old = v.prot(v.index(start)); copies(old) {
		old = shown(old, a.copied(start))
	}
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
