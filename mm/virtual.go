package mm

import (
	"math/bits"

	"gont/nt"
)

func roundDown(v uint64) uint64 { return v &^ (PageSize - 1) }
func roundUp(v uint64) uint64   { return (v + PageSize - 1) &^ (PageSize - 1) }

// userRange checks that [base, base+size) lies in user space.
func userRange(base, size uint64) bool {
	return size > 0 && base >= nt.MinimumUserAddress && base <= nt.MaximumUserAddress &&
		size-1 <= nt.MaximumUserAddress-base
}

// rangeStatus says which of the two parameters of a range is wrong, given
// their names' statuses. Below nt.MinimumUserAddress there is just nothing.
func rangeStatus(base, size uint64, badBase, badSize nt.Status) nt.Status {
	switch {
	case base > nt.MaximumUserAddress:
		return badBase
	case size == 0 || size-1 > nt.MaximumUserAddress-base:
		return badSize
	}
	return nt.StatusSuccess
}

// maximumZeroBits is NT's MM_MAXIMUM_ZERO_BITS.
const maximumZeroBits = 53

// ZeroBitsLimit is the highest address that a zeroBits argument allows, 0 for
// any: a number of high bits of a 32-bit address that must be zero, or from 32
// up a mask whose leading zeros count. ok is false for STATUS_INVALID_PARAMETER.
func ZeroBitsLimit(zeroBits uint64) (limit uint64, ok bool) {
	switch {
	case zeroBits == 0:
		return 0, true
	case zeroBits < 32:
		zeroBits += 32
	default:
		zeroBits = uint64(bits.LeadingZeros64(zeroBits))
	}
	if zeroBits > maximumZeroBits {
		return 0, false
	}
	return ^uint64(0) >> zeroBits, true
}

// Allocate is NtAllocateVirtualMemory's work: reserves, commits, or both, and
// returns what it did in whole pages. base 0 lets the system choose.
func (a *AddressSpace) Allocate(base, size uint64, typ, protect uint32) (b, s uint64, st nt.Status) {
	return a.AllocateBelow(0, base, size, typ, protect)
}

// AllocateBelow is Allocate for addresses up to limit, if that is not 0 and the
// system chooses.
func (a *AddressSpace) AllocateBelow(limit, base, size uint64, typ, protect uint32) (b, s uint64, st nt.Status) {
	topDown := typ&nt.MemTopDown != 0
	switch typ &^= nt.MemTopDown; typ {
	case nt.MemCommit, nt.MemReserve, nt.MemCommit | nt.MemReserve, nt.MemReset:
	default:
		return 0, 0, nt.StatusInvalidParameter5
	}
	if _, ok := userProtection(protect); !ok || copies(protect) && (base == 0 || typ&nt.MemReserve != 0) {
		return 0, 0, nt.StatusInvalidPageProtection
	}
	if size == 0 || size > nt.MaximumUserAddress {
		return 0, 0, nt.StatusInvalidParameter4
	}
	if base != 0 && base < nt.MinimumUserAddress && typ&nt.MemReserve != 0 {
		return 0, 0, nt.StatusInvalidParameter2
	}
	if base != 0 || typ == nt.MemReset {
		if st := rangeStatus(base, size, nt.StatusInvalidParameter2, nt.StatusInvalidParameter4); !st.OK() {
			return 0, 0, st
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.dead {
		return 0, 0, nt.StatusProcessIsTerminating
	}
	if typ == nt.MemReset {
		return a.reset(base, size)
	}
	if base != 0 && typ&nt.MemReserve == 0 {
		return a.commit(base, size, protect)
	}
	if a.full() {
		return 0, 0, nt.StatusInsufficientResources
	}
	start, end := uint64(0), uint64(0)
	if base == 0 {
		size = roundUp(size)
		var ok bool
		if start, ok = a.findGap(size, limit, topDown); !ok {
			return 0, 0, nt.StatusNoMemory
		}
		end = start + size - 1
	} else {
		start = base &^ (nt.AllocationGranularity - 1)
		end = roundUp(base+size) - 1
		if a.overlaps(start, end) {
			return 0, 0, nt.StatusConflictingAddresses
		}
	}
	current := uint32(0)
	if typ&nt.MemCommit != 0 {
		current = protect
		if !a.charge((end + 1 - start) / PageSize) {
			return 0, 0, nt.StatusCommitmentLimit
		}
	}
	a.insert(newVad(start, end, protect, current))
	return start, end + 1 - start, nt.StatusSuccess
}

// commit makes reserved pages usable. Those that are committed keep their
// contents, and get the protection, as in NT; so do the pages of a view. An
// image has nothing to commit: STATUS_ALREADY_COMMITTED.
func (a *AddressSpace) commit(base, size uint64, protect uint32) (b, s uint64, st nt.Status) {
	start, end := roundDown(base), roundUp(base+size)
	v := a.find(start)
	if v == nil || end-1 > v.End || v.Fixed {
		return 0, 0, nt.StatusConflictingAddresses
	}
	i, j := v.index(start), v.index(end-1)+1
	switch {
	case v.Section == nil && copies(protect), v.Section != nil && protect&cacheTypes != 0:
		return 0, 0, nt.StatusInvalidPageProtection
	case v.Section != nil && v.Section.data == nil:
		return 0, 0, nt.StatusAlreadyCommitted
	case v.Section != nil && !compatible(v.Protect, protect):
		return 0, 0, nt.StatusSectionProtection
	case v.Section != nil:
		if st := v.Section.data.commitPages(v.first+i, v.first+j); !st.OK() {
			return 0, 0, st
		}
	}
	if !a.charge(v.pagesToCharge(i, j, protect)) {
		return 0, 0, nt.StatusCommitmentLimit
	}
	a.setProtection(v, start, end, protect)
	return start, end - start, nt.StatusSuccess
}

// reset is MEM_RESET: the program does not need the contents any more. They may
// be kept all the same, and are. Preconditions: a's lock is held.
func (a *AddressSpace) reset(base, size uint64) (b, s uint64, st nt.Status) {
	start, end := roundDown(base), roundUp(base+size)
	v := a.find(start)
	if v == nil || end-1 > v.End || v.Section != nil || v.Fixed {
		return 0, 0, nt.StatusConflictingAddresses
	}
	if v.charged(v.index(start), v.index(end-1)+1) != (end-start)/PageSize {
		return 0, 0, nt.StatusNotCommitted
	}
	return start, end - start, nt.StatusSuccess
}

// Free is NtFreeVirtualMemory's work: MEM_DECOMMIT of pages, or MEM_RELEASE of
// a whole allocation (size 0).
func (a *AddressSpace) Free(base, size uint64, typ uint32) (b, s uint64, st nt.Status) {
	if typ != nt.MemDecommit && typ != nt.MemRelease {
		return 0, 0, nt.StatusInvalidParameter4
	}
	if st := rangeStatus(base, max(size, 1), nt.StatusInvalidParameter2, nt.StatusInvalidParameter3); !st.OK() {
		return 0, 0, st
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	v := a.find(roundDown(base))
	if v == nil {
		return 0, 0, nt.StatusMemoryNotAllocated
	}
	if v.Section != nil || v.Fixed {
		return 0, 0, nt.StatusUnableToDeleteSection
	}
	start, end := roundDown(base), roundUp(base+size)
	if size == 0 {
		if start != v.Start {
			return 0, 0, nt.StatusFreeVMNotAtBase
		}
		end = v.End + 1
	}
	if end-1 > v.End {
		return 0, 0, nt.StatusUnableToFreeVM
	}
	if typ == nt.MemRelease && start > v.Start && end <= v.End && a.full() { // there will be two
		return 0, 0, nt.StatusInsufficientResources
	}
	a.release(start, end)
	a.uncharge(v.charged(v.index(start), v.index(end-1)+1))
	if typ == nt.MemDecommit {
		v.setProt(v.index(start), v.index(end-1)+1, 0)
		return start, end - start, nt.StatusSuccess
	}
	// Release: what is left before and after stays allocated.
	a.remove(v)
	if start > v.Start {
		a.insert(v.part(0, v.index(start)))
	}
	if end <= v.End {
		a.insert(v.part(v.index(end), v.pages()))
	}
	return start, end - start, nt.StatusSuccess
}
