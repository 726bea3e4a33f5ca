package mm

import (
	"sort"
	"sync/atomic"

	"gont/ke"
	"gont/nt"
)

// AddressSpace is a process's user half: page tables and VADs.
type AddressSpace struct {
	mu   ke.FastMutex
	root uint32 // frame of the PML4
	vads []*Vad // sorted, disjoint
	dead bool   // Destroy was called: nothing may be looked for in root

	// cr3 is what Root returns; private counts pages with a frame. Both are
	// written with mu held and read without.
	cr3, private atomic.Uint64
	// Pages charged for, and the most there were.
	charges, peakCharges atomic.Uint64
	// The most that private was; bytes of VADs, and the most; page faults.
	peakPrivate, size, peakSize, faults atomic.Uint64

	locked uint64 // pages that stay in the working set

	// nearby is around's, here because a fault has little stack.
	nearby [aroundPages]uint32
}

// MaximumAllocations is how many allocations and views an address space may have: their
// list is one block of the kernel's heap. What would make more is
// STATUS_INSUFFICIENT_RESOURCES.
const MaximumAllocations = 1 << 17

// full reports whether there is no room for one more allocation.
func (a *AddressSpace) full() bool { return len(a.vads) >= MaximumAllocations }

// kernelRoot is the PML4 that the kernel's half is copied from.
var kernelRoot uint32

// SetKernelRoot tells where the kernel's page tables are; its upper half is
// shared by every address space made later.
func SetKernelRoot(pfn uint32) { kernelRoot = pfn }

// NewAddressSpace makes an empty address space. ok is false without memory.
func NewAddressSpace() (as *AddressSpace, ok bool) {
	n, ok := AllocatePageWait(UsePageTable, true)
	if !ok {
		return nil, false
	}
	copy(table(n)[256:], table(kernelRoot)[256:])
	as = &AddressSpace{root: n}
	as.cr3.Store(uint64(n) << PageShift)
	register(as)
	return as, true
}

// Root is the physical address for CR3. After Leave and Destroy it is the kernel's:
// threads that are ending may be switched to once more.
func (a *AddressSpace) Root() uint64 { return a.cr3.Load() }

// Leave makes Root the kernel's for good, before Destroy, and returns what it
// was: nobody loads that from now on, but a processor may still have it.
func (a *AddressSpace) Leave() (root uint64) {
	return a.cr3.Swap(uint64(kernelRoot) << PageShift)
}

// find returns the VAD that holds va.
func (a *AddressSpace) find(va uint64) *Vad {
	i := sort.Search(len(a.vads), func(i int) bool { return a.vads[i].End >= va })
	if i < len(a.vads) && a.vads[i].Start <= va {
		return a.vads[i]
	}
	return nil
}

// overlaps reports whether anything is in [start, end].
func (a *AddressSpace) overlaps(start, end uint64) bool {
	i := sort.Search(len(a.vads), func(i int) bool { return a.vads[i].End >= start })
	return i < len(a.vads) && a.vads[i].Start <= end
}

func (a *AddressSpace) insert(v *Vad) {
	i := sort.Search(len(a.vads), func(i int) bool { return a.vads[i].Start > v.Start })
	a.vads = append(a.vads, nil)
	copy(a.vads[i+1:], a.vads[i:])
	a.vads[i] = v
	n := a.size.Add(v.End + 1 - v.Start)
	a.peakSize.Store(max(a.peakSize.Load(), n))
}

func (a *AddressSpace) remove(v *Vad) {
	for i, o := range a.vads {
		if o == v {
			a.vads = append(a.vads[:i], a.vads[i+1:]...)
			a.size.Add(-(v.End + 1 - v.Start))
			return
		}
	}
}

// findGap finds size free bytes that end at limit or below (0: anywhere): the lowest such
// gap, or with topDown the highest.
func (a *AddressSpace) findGap(size, limit uint64, topDown bool) (start uint64, ok bool) {
	top := uint64(nt.MaximumUserAddress)
	if limit != 0 {
		top = min(top, limit)
	}
	if !topDown {
		start, ok = a.place(size, nt.MinimumUserAddress)
		return start, ok && start+size-1 <= top
	}
	end := top + 1
	for i := len(a.vads) - 1; i >= -1; i-- {
		low := uint64(nt.MinimumUserAddress)
		if i >= 0 {
			low = a.vads[i].End + 1
		}
		if end >= low && end-low >= size {
			if start = (end - size) &^ (nt.AllocationGranularity - 1); start >= low && start >= nt.MinimumUserAddress {
				return start, true
			}
		}
		if i >= 0 {
			end = min(end, a.vads[i].Start)
		}
	}
	return 0, false
}

// place finds room for size bytes at or above from, on an allocation boundary.
func (a *AddressSpace) place(size, from uint64) (start uint64, ok bool) {
	start = from
	for _, v := range a.vads {
		if v.End < start {
			continue
		}
		if v.Start > start && v.Start-start >= size {
			break
		}
		start = (v.End + nt.AllocationGranularity) &^ (nt.AllocationGranularity - 1)
	}
	return start, start+size-1 <= nt.MaximumUserAddress && start+size > start
}

// Destroy gives everything back. Whoever still knows the address space gets
// STATUS_PROCESS_IS_TERMINATING from then on. Preconditions: no processor uses
// it, nor has it in CR3; nothing is flushed.
func (a *AddressSpace) Destroy() {
	a.mu.Lock()
	a.cr3.Store(uint64(kernelRoot) << PageShift)
	for _, v := range a.vads {
		a.drop(v.Start, v.End+1)
		a.uncharge(v.charged(0, v.pages()))
		if v.Section != nil {
			v.Section.unmapped()
		}
	}
	a.vads, a.dead = nil, true
	a.size.Store(0)
	freeTables(a.root, 39)
	a.mu.Unlock()
	unregister(a)
	SignalZeroing()
}

// freeTables frees a table and all below it; of the root only the user half.
func freeTables(n uint32, shift uint) {
	t := table(n)
	limit := 512
	if shift == 39 {
		limit = 256
	}
	if shift > PageShift {
		for i := 0; i < limit; i++ {
			if i += zeroEntries(t[i:limit]); i < limit && t[i]&PtePresent != 0 {
				freeTables(t[i].pfn(), shift-9)
			}
		}
	}
	FreePage(n)
}

// present counts a page more. Preconditions: a's lock is held.
func (a *AddressSpace) present() { a.presentMore(1) }

func (a *AddressSpace) presentMore(pages uint64) {
	n := a.private.Add(pages)
	a.peakPrivate.Store(max(a.peakPrivate.Load(), n))
}

// SpaceUse is what an address space has to do with memory, besides commit: bytes of
// addresses, page faults, pages of the working set, each with the most there was.
type SpaceUse struct{ Size, PeakSize, Faults, Pages, PeakPages uint64 }

// Use returns it.
func (a *AddressSpace) Use() SpaceUse {
	return SpaceUse{a.size.Load(), a.peakSize.Load(), a.faults.Load(), a.private.Load(), a.peakPrivate.Load()}
}

// Private returns the pages that belong to this address space alone, or are
// shared by it, with a frame each.
func (a *AddressSpace) Private() uint64 { return a.private.Load() }
