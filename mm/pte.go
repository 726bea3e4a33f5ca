package mm

import (
	"sync/atomic"

	"gont/nt"
)

// PTE is a page-table entry (SDM vol. 3, 4.5.4). What bit 0 clear means is the
// memory manager's own: zero is "ask the VAD".
type PTE uint64

const (
	PtePresent  PTE = 1 << 0
	PteWrite    PTE = 1 << 1
	PteUser     PTE = 1 << 2
	PteAccessed PTE = 1 << 5
	PteDirty    PTE = 1 << 6
	PteLarge    PTE = 1 << 7
	// PteCopy (available to software): a write makes a private copy.
	PteCopy PTE = 1 << 9
	// PteUnowned (available to software): the frame does not belong to this
	// mapping and is not counted.
	PteUnowned PTE = 1 << 10
	// PteHidden: not present but valid: a page that NtProtectVirtualMemory
	// made inaccessible.
	PteHidden PTE = 1 << 11
	// PteTransition, in an entry that is not present: the page is on the standby
	// or modified list (transition.go).
	PteTransition PTE = 1 << 8
	// PtePageFile, in an entry that is not present, hidden or in transition: the
	// contents are in a slot of a paging file (pagefile.go).
	PtePageFile PTE = 1 << 7
	// pteReading, in an entry in transition: the contents are on their way into the frame.
	// pteTaken, in a prototype in transition of a file: the frame is about to be taken for
	// something else (forget).
	pteReading PTE = 1 << 1
	pteTaken   PTE = 1 << 6
	// PteLocked (available to software): NtLockVirtualMemory; the page stays in
	// the working set. PteAge counts how often the page was looked at and had
	// not been used.
	PteLocked PTE = 1 << 52
	PteAge    PTE = 3 << 53
	pteAgeOne PTE = 1 << 53
	// PteNoCache (available to software): the page was asked for as PAGE_NOCACHE or
	// PAGE_WRITECOMBINE. It is write-back all the same, as the physical map shows it:
	// a page with two memory types is undefined (SDM vol. 3, 11.12.4), and memory that no
	// device reads looks the same either way.
	PteNoCache PTE = 1 << 55
	// PteKept is what an entry keeps when rights change.
	PteKept          = PteDirty | PteLocked
	PteNoExecute PTE = 1 << 63
	pteFrame     PTE = 0x000F_FFFF_FFFF_F000
)

func (p PTE) pfn() uint32 { return uint32((p & pteFrame) >> PageShift) }

// owned reports whether the entry has a frame of its own.
func (p PTE) owned() bool {
	return p&(PtePresent|PteHidden) != 0 && p&PteUnowned == 0
}

// load, store and swap are single accesses: a processor may walk the table at
// the same time, and sets PteAccessed and PteDirty in entries that are present.
func (p *PTE) load() PTE      { return PTE(atomic.LoadUint64((*uint64)(p))) }
func (p *PTE) store(e PTE)    { atomic.StoreUint64((*uint64)(p), uint64(e)) }
func (p *PTE) swap(e PTE) PTE { return PTE(atomic.SwapUint64((*uint64)(p), uint64(e))) }
func (p *PTE) or(bits PTE)    { atomic.OrUint64((*uint64)(p), uint64(bits)) }
func (p *PTE) add(n PTE)      { atomic.AddUint64((*uint64)(p), uint64(n)) }
func (p *PTE) clear(bits PTE) { atomic.AndUint64((*uint64)(p), uint64(^bits)) }

// replace makes old e, unless it has become something else.
func (p *PTE) replace(old, e PTE) bool {
	return atomic.CompareAndSwapUint64((*uint64)(p), uint64(old), uint64(e))
}

func makePTE(pfn uint32, bits PTE) PTE { return PTE(pfn)<<PageShift | bits }

// cacheTypes change how a page is cached; here they are only remembered (PteNoCache).
const cacheTypes = nt.PageNoCache | nt.PageWriteCombine

// protection translates PAGE_* into PTE bits of a user page. ok is false for
// what is no protection.
func protection(p uint32) (bits PTE, ok bool) {
	bits = PtePresent | PteUser | PteAccessed
	switch p & cacheTypes {
	case nt.PageNoCache, nt.PageWriteCombine:
		bits |= PteNoCache
	case cacheTypes:
		return 0, false
	}
	switch p &^ cacheTypes {
	case nt.PageNoAccess:
		return PteHidden, p&cacheTypes == 0
	case nt.PageReadOnly:
		return bits | PteNoExecute, true
	case nt.PageReadWrite:
		return bits | PteWrite | PteNoExecute, true
	case nt.PageWriteCopy:
		return bits | PteCopy | PteNoExecute, true
	case nt.PageExecute, nt.PageExecuteRead:
		return bits, true
	case nt.PageExecuteReadWrite:
		return bits | PteWrite, true
	case nt.PageExecuteWriteCopy:
		return bits | PteCopy, true
	}
	return 0, false
}

// userProtection is protection with PAGE_GUARD allowed on what can be accessed,
// and cached.
func userProtection(p uint32) (bits PTE, ok bool) {
	if p&nt.PageGuard != 0 && p&(nt.PageNoAccess|cacheTypes) != 0 {
		return 0, false
	}
	return protection(p &^ nt.PageGuard)
}

// walk finds va's entry below root. With create, missing tables are made;
// nil without, or when no page is left.
func walk(root uint32, va uint64, create bool) *PTE {
	t := leaf(root, va, create)
	if t == nil {
		return nil
	}
	return &t[va>>PageShift&511]
}

// leaf is walk for the table that va's entry is in.
func leaf(root uint32, va uint64, create bool) *[512]PTE {
	t := root
	for shift := uint(39); ; shift -= 9 {
		if shift == PageShift {
			return table(t)
		}
		e := &table(t)[va>>shift&511]
		if e.load()&PtePresent == 0 {
			if !create {
				return nil
			}
			n, ok := AllocatePage(UsePageTable, true)
			if !ok {
				return nil
			}
			bits := PtePresent | PteWrite | PteAccessed
			if va>>47 == 0 {
				bits |= PteUser
			}
			e.store(makePTE(n, bits))
		}
		t = e.load().pfn()
	}
}

// entries calls f for every entry of [start, end) below root whose table is
// there.
func entries(root uint32, start, end uint64, f func(va uint64, p *PTE)) {
	for va := start; va < end; {
		t := leaf(root, va, false)
		if t == nil {
			va = nextTable(root, va)
			continue
		}
		for next := min(end, va&^(512*PageSize-1)+512*PageSize); va < next; va += PageSize {
			f(va, &t[va>>PageShift&511])
		}
	}
}

// nextTable returns the first address after va that the lowest table missing on
// the way to va does not cover. Preconditions: walk found none.
func nextTable(root uint32, va uint64) uint64 {
	t, shift := root, uint(39)
	for ; shift > PageShift; shift -= 9 {
		e := table(t)[va>>shift&511].load()
		if e&PtePresent == 0 {
			break
		}
		t = e.pfn()
	}
	return (va>>shift + 1) << shift
}
