package mm

import (
	"slices"

	"gont/ke"
)

// Working sets. A process's working set is what its page tables have present:
// the entry of each page has its age, how often it was looked at and had not
// been used since the time before (the processor sets PteAccessed). There is no
// second list to keep.

// spaces are all address spaces that are not destroyed. Its lock is taken
// before theirs.
var spaces struct {
	mu  ke.FastMutex
	all []*AddressSpace
}

func register(a *AddressSpace) {
	spaces.mu.Lock()
	spaces.all = append(spaces.all, a)
	spaces.mu.Unlock()
}

func unregister(a *AddressSpace) {
	spaces.mu.Lock()
	if i := slices.Index(spaces.all, a); i >= 0 {
		spaces.all = slices.Delete(spaces.all, i, i+1)
	}
	spaces.mu.Unlock()
}

func allSpaces() []*AddressSpace {
	spaces.mu.Lock()
	defer spaces.mu.Unlock()
	return slices.Clone(spaces.all)
}

// oldest is the age no page gets beyond.
const oldest = 3

// minimumWorkingSet is how many pages trimming leaves a process.
const minimumWorkingSet = 20

// pteTrim marks, between the two passes of Trim, what goes.
const pteTrim = PteHidden | PteTransition

// Age looks at every page of the working set: those used since the last time
// become young, the others one step older. Processors may still have the
// accessed bit in their memory and not set it again for a while; that makes a
// page look older, no more.
func (a *AddressSpace) Age() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.residents(func(_ uint64, p *PTE) {
		switch e := p.load(); {
		case e&PteAccessed != 0:
			p.clear(PteAccessed | PteAge)
		case e&PteAge != PteAge:
			p.add(pteAgeOne)
		}
	})
}

// residents calls f for the entry of every page of the working set.
// Preconditions: a's lock is held.
func (a *AddressSpace) residents(f func(va uint64, p *PTE)) {
	a.mapped(func(va uint64, p *PTE) {
		if p.load()&PtePresent != 0 {
			f(va, p)
		}
	})
}

// mapped is residents for the hidden pages, too.
func (a *AddressSpace) mapped(f func(va uint64, p *PTE)) {
	for _, v := range a.vads {
		if v.Fixed {
			continue
		}
		entries(a.root, v.Start, v.End+1, func(va uint64, p *PTE) {
			if p.load().owned() {
				f(va, p)
			}
		})
	}
}

// Trim takes up to want pages that are at least age old and not locked out of
// the working set, and returns how many; with clean only those that others can
// have then. What was written to goes to the modified list, what is zero or in a
// paging file to the standby list; pages that others map, too, and those of images
// stay with them. The process gets them back by a fault. Pages that it must not
// touch at present (PteHidden) are as old as can be.
func (a *AddressSpace) Trim(want, age int, clean bool) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.dead {
		return 0
	}
	want = min(want, int(a.private.Load())-minimumWorkingSet)
	var gone shootdown
	a.mapped(func(va uint64, p *PTE) {
		e := p.load()
		if n >= want || e&PteLocked != 0 || pfns.pinned(e.pfn()) || e&PtePresent != 0 && int(e&PteAge/pteAgeOne) < age || clean && !pfns.isClean(e) {
			return
		}
		e = p.swap(0)
		p.store(e&^PtePresent | pteTrim)
		gone.add(va)
		n++
	})
	if n <= 0 {
		return 0
	}
	gone.flush(a)
	entries(a.root, gone.start, gone.end, func(va uint64, p *PTE) {
		e := p.load()
		if e&PtePresent != 0 || e&pteTrim != pteTrim {
			return
		}
		a.private.Add(^uint64(0))
		if f := &pfns.pfn[e.pfn()]; f.use != UsePrivate {
			p.store(0)
			dropShare(e.pfn(), e&PteDirty != 0)
			return
		}
		pfns.mu.Lock()
		f := &pfns.pfn[e.pfn()]
		f.modified = f.modified || e&PteDirty != 0
		pfns.retire(e.pfn(), entryAddress(a.root, va))
		pfns.mu.Unlock()
	})
	return n
}

// pinned reports whether a private page is held by an Mdl: it stays where it is.
func (d *pfnDatabase) pinned(n uint32) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pfn[n].use == UsePrivate && d.pfn[n].share > 1
}

// isClean reports whether nobody has written to the page that e is about, and
// nobody else maps it.
func (d *pfnDatabase) isClean(e PTE) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := &d.pfn[e.pfn()]
	return e&PteDirty == 0 && !f.modified && f.share == 1 && (f.use == UsePrivate || f.use == UseSection || f.use == UseFile)
}

// WorkingSet is NtQueryVirtualMemory's MemoryWorkingSetInformation: a
// MEMORY_WORKING_SET_BLOCK for each page, max at most, and how many there are.
func (a *AddressSpace) WorkingSet(max int) (blocks []uint64, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.residents(func(va uint64, p *PTE) {
		if n++; n > max {
			return
		}
		e := p.load()
		f := &pfns.pfn[e.pfn()]
		b := va | workingSetProtection(e)
		if f.use != UsePrivate {
			pfns.mu.Lock()
			b |= uint64(min(f.share, 7))<<5 | 1<<8 // ShareCount, Shared
			pfns.mu.Unlock()
		}
		blocks = append(blocks, b)
	})
	return blocks, n
}

// workingSetProtection is the Protection field of a MEMORY_WORKING_SET_BLOCK.
func workingSetProtection(e PTE) uint64 {
	p := uint64(1) // read-only
	switch {
	case e&PteCopy != 0:
		p = 5
	case e&PteWrite != 0:
		p = 4
	}
	if e&PteNoExecute == 0 {
		p = map[uint64]uint64{1: 3, 4: 6, 5: 7}[p]
	}
	if e&PteNoCache != 0 {
		p |= 8
	}
	return p
}
