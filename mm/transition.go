package mm

// Transition: a page that no working set holds any more and whose contents may
// be wanted again is on the standby or the modified list, or being read or
// written, and the entry that knows it says so (PteTransition). A fault brings it
// back without reading or zeroing anything (a soft fault). A page on the standby
// list may be taken for something else: then its entry becomes that of its slot
// in a paging file, or zero, which is all that was in it. Modified pages stay
// until they are written (pagewriter.go); without a paging file, until they are
// wanted again or given up.
//
// Entries in transition are changed with the PFN lock held, whoever's they are.

// entry is the page-table entry at a physical address.
func entry(pte uint64) *PTE { return &table(uint32(pte >> PageShift))[pte>>3&511] }

// entryAddress is the physical address of va's entry. Preconditions: its table
// is there.
func entryAddress(root uint32, va uint64) uint64 {
	t := root
	for shift := uint(39); shift > PageShift; shift -= 9 {
		t = table(t)[va>>shift&511].load().pfn()
	}
	return uint64(t)<<PageShift | va>>PageShift&511<<3
}

// retire puts an active page that nobody maps any more on the list it belongs
// to; one that is being written is left to the writer, unless it has been
// written to again. Preconditions: the PFN lock is held.
func (d *pfnDatabase) retire(n uint32, pte uint64) {
	p := &d.pfn[n]
	d.count[Active]--
	d.uses[p.use]--
	p.share, p.pte = 0, pte
	entry(pte).store(makePTE(n, PteTransition))
	switch {
	case p.modified && p.use == UseFile:
		d.link(n, ModifiedFileList)
	case p.modified:
		d.dropSlot(p)
		d.link(n, ModifiedList)
	case p.io != ioNone:
		d.hold(n)
	default:
		d.link(n, StandbyList)
	}
}

// revive makes the page that e is about active again, with one share.
// Preconditions: the PFN lock is held; e is in transition, and its page not being
// read.
func (d *pfnDatabase) revive(e PTE) uint32 {
	n := e.pfn()
	p := &d.pfn[n]
	switch {
	case p.list == StandbyList || p.list == ModifiedList || p.list == ModifiedFileList:
		d.unlink(n)
	case p.list == Transition && p.io == ioWrite:
		d.count[Transition]--
	default:
		panic(ListCorrupt{n, StandbyList, p.list})
	}
	p.list, p.share = Active, 1
	d.count[Active]++
	d.uses[p.use]++
	return n
}

// discard gives up the page that p's entry is about, wherever it is. An entry of
// another kind, or none, is left. Preconditions: the PFN lock is held.
func (d *pfnDatabase) discard(p *PTE) {
	switch e := p.load(); {
	case e.inFile():
		d.freeSlot(e)
	case e&(PtePresent|PteTransition) != PteTransition:
		return
	case d.pfn[e.pfn()].io == ioRead: // its end frees it
		f := &d.pfn[e.pfn()]
		f.pte, f.use = 0, 0
	default:
		d.free(d.revive(e))
	}
	p.store(0)
}

// softFault brings back the private page that p is about, if it is still in
// transition, with the rights bits. One that is being read is returned.
// Preconditions: the address space's lock is held.
func (a *AddressSpace) softFault(p *PTE, bits PTE) (back bool, in *inPage) {
	pfns.mu.Lock()
	defer pfns.mu.Unlock()
	e := p.load()
	if e&PteTransition == 0 || e&PtePresent != 0 {
		return false, nil
	}
	if pfns.pfn[e.pfn()].io == ioRead {
		return false, pfns.reading(e.pfn())
	}
	n := pfns.revive(e)
	f := &pfns.pfn[n]
	f.pte = 0
	if bits&PteDirty != 0 { // what is in the slot will not be true any more
		f.modified = true
		pfns.dropSlot(f)
	}
	p.store(makePTE(n, bits))
	a.present()
	Faults.Transition.Add(1)
	return true, nil
}

// nextList is which list is tried after an empty one: a zeroed page is worth
// more than a free one, and one that somebody may ask for again more than both.
var nextList = map[List]List{FreeList: ZeroedList, ZeroedList: StandbyList}
