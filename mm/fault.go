package mm

import (
	"sync/atomic"

	"gont/nt"
)

// Faults counts what page faults did; for NtQuerySystemInformation.
// PageRead and PageWrite are pages, PageReadIo and PageWriteIo the calls of the
// stores that they came and went with; writes are of paging files. MappedWrite is what
// went to other files, and CacheRead that part of PageRead that no fault has asked for, but
// a read or write of a file, or reading ahead.
var Faults struct {
	Total, DemandZero, CopyOnWrite, Transition   atomic.Uint64
	PageRead, PageReadIo, PageWrite, PageWriteIo atomic.Uint64

	CacheRead, CacheReadIo, MappedWrite, MappedWriteIo atomic.Uint64
}

// Access is what a fault wanted.
type Access uint8

const (
	Read Access = iota
	Write
	Execute
)

// Fault is MmAccessFault for a user address: it makes the access possible or
// says why it is not: STATUS_ACCESS_VIOLATION, STATUS_NO_MEMORY,
// STATUS_GUARD_PAGE_VIOLATION, STATUS_IN_PAGE_ERROR for a page that cannot be
// read from its paging file. IRQL: PASSIVE_LEVEL, no locks: it may wait.
func (a *AddressSpace) Fault(va uint64, access Access) nt.Status {
	Faults.Total.Add(1)
	a.faults.Add(1)
	if va < nt.MinimumUserAddress || va > nt.MaximumUserAddress {
		return nt.StatusAccessViolation
	}
	a.mu.Lock()
	s, w := a.fault(va, access)
	a.mu.Unlock()
	if w.in != nil || s == nt.StatusNoMemory {
		s = a.waitFault(va, access, s, w)
	}
	return s
}

// fault is Fault with a's lock held. It does not wait, but says what for.
func (a *AddressSpace) fault(va uint64, access Access) (nt.Status, pageWait) {
	v := a.find(va)
	if v == nil {
		return nt.StatusAccessViolation, pageWait{}
	}
	page := va &^ (PageSize - 1)
	protect := v.prot(v.index(page))
	if protect == 0 || !v.committed(v.index(page)) {
		return nt.StatusAccessViolation, pageWait{}
	}
	if protect&nt.PageGuard != 0 {
		v.setProt(v.index(page), v.index(page)+1, protect&^nt.PageGuard)
		return nt.StatusGuardPageViolation, pageWait{}
	}
	bits, ok := protection(protect)
	if !ok || bits&PtePresent == 0 ||
		access == Write && bits&(PteWrite|PteCopy) == 0 ||
		access == Execute && bits&PteNoExecute != 0 {
		return nt.StatusAccessViolation, pageWait{}
	}
	p := walk(a.root, page, true)
	if p == nil {
		return nt.StatusNoMemory, pageWait{}
	}
	e := p.load()
	if e&PtePresent != 0 && (access != Write || e&PteWrite != 0) {
		// Another thread was faster, or the processor had kept a translation
		// that allowed less; the fault has made it forget that.
		return nt.StatusSuccess, pageWait{}
	}
	if e&(PtePresent|PteTransition) == PteTransition {
		if back, in := a.softFault(p, own(bits, access)); back || in != nil {
			return nt.StatusSuccess, pageWait{in, false}
		}
		e = p.load() // the page was taken for something else
	}
	switch {
	case e.inFile():
		in, s := inPageFault(p, entryAddress(a.root, page), UsePrivate)
		return s, pageWait{in, in != nil}
	case e&PteHidden != 0: // was a guard page, or not accessible
		if v.Section == nil || pfns.pfn[e.pfn()].use == UsePrivate {
			bits = own(bits, access)
		}
		p.store(makePTE(e.pfn(), bits) | e&PteKept)
		if access == Write && bits&PteCopy != 0 {
			return a.copyPage(p, page, bits), pageWait{}
		}
		return nt.StatusSuccess, pageWait{}
	case e&PtePresent != 0: // a write to a copy-on-write page
		if e&PteCopy == 0 {
			return nt.StatusAccessViolation, pageWait{}
		}
		return a.copyPage(p, page, bits), pageWait{}
	case v.Section != nil:
		n, private, s, w := v.Section.share(v.first + v.index(page))
		if !s.OK() || w.in != nil {
			return s, w
		}
		if private {
			return a.zeroPage(p, own(bits, access)), pageWait{}
		}
		if access == Write && bits&PteWrite != 0 {
			bits |= PteDirty
		}
		a.present()
		p.store(makePTE(n, bits))
		if access == Write && bits&PteCopy != 0 {
			return a.copyPage(p, page, bits), pageWait{}
		}
		a.around(v, page, bits)
		return nt.StatusSuccess, pageWait{}
	}
	return a.zeroPage(p, own(bits, access)), pageWait{}
}

// own is for a page that belongs to this address space alone: it needs no
// copying any more. It is dirty once it was written to.
func own(bits PTE, access Access) PTE {
	if bits&PteCopy != 0 {
		bits = bits&^PteCopy | PteWrite
	}
	if access == Write {
		bits |= PteDirty
	}
	return bits
}

func (a *AddressSpace) zeroPage(p *PTE, bits PTE) nt.Status {
	n, ok := AllocatePage(UsePrivate, true)
	if !ok {
		return nt.StatusNoMemory
	}
	Faults.DemandZero.Add(1)
	a.present()
	p.store(makePTE(n, bits))
	return nt.StatusSuccess
}

// copyPage gives the faulting address space its own copy. Nobody reads the
// old page through this address space any more when the copy is there to be
// written: the entry goes, is forgotten by all processors, and then leads to the
// copy. The entry is left as it was when there is no page.
func (a *AddressSpace) copyPage(p *PTE, page uint64, bits PTE) nt.Status {
	n, ok := AllocatePage(UsePrivate, false)
	if !ok {
		return nt.StatusNoMemory
	}
	old := p.swap(0)
	machine.Flush(a.Root(), page, 1)
	*frameBytes(n) = *frameBytes(old.pfn())
	p.store(makePTE(n, own(bits, Write)) | old&PteLocked)
	dropShare(old.pfn(), old&PteDirty != 0)
	Faults.CopyOnWrite.Add(1)
	return nt.StatusSuccess
}
