package mm

// Transition: a page that no working set holds any more and whose contents may
// be wanted again is on the standby or the modified list, and the entry that
// knows it says so (PteTransition). A fault brings it back without reading or
// zeroing anything (a soft fault). A page on the standby list may be taken for
// something else: then its entry becomes zero, which is all that was in it.
// Modified pages stay, as there is nowhere to write them to.
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
// to. Preconditions: the PFN lock is held.
func (d *pfnDatabase) retire(n uint32, pte uint64) {
	p := &d.pfn[n]
	d.count[Active]--
	d.uses[p.use]--
	p.share, p.pte = 0, pte
	entry(pte).store(makePTE(n, PteTransition))
	if p.modified {
		d.link(n, ModifiedList)
	} else {
		d.link(n, StandbyList)
	}
}

// revive makes the page that e is about active again, with one share.
// Preconditions: the PFN lock is held; e is in transition.
func (d *pfnDatabase) revive(e PTE) uint32 {
	n := e.pfn()
	p := &d.pfn[n]
	if p.list != StandbyList && p.list != ModifiedList {
		panic(ListCorrupt{n, StandbyList, p.list})
	}
	d.unlink(n)
	p.list, p.share = Active, 1
	d.count[Active]++
	d.uses[p.use]++
	return n
}

// discard frees the page that e is about. Preconditions: as for revive.
func (d *pfnDatabase) discard(e PTE) { d.free(d.revive(e)) }

// forget makes the entry of the standby list's first page forget it.
// Preconditions: the PFN lock is held, and the page is taken next.
func (d *pfnDatabase) forget() {
	if n := d.head[StandbyList]; n != noPage {
		entry(d.pfn[n].pte).store(0)
	}
}

// softFault brings back the private page that p is about, if it is still in
// transition, with the rights bits. Preconditions: the address space's lock is
// held.
func (a *AddressSpace) softFault(p *PTE, bits PTE) bool {
	pfns.mu.Lock()
	defer pfns.mu.Unlock()
	e := p.load()
	if e&PteTransition == 0 || e&PtePresent != 0 {
		return false
	}
	n := pfns.revive(e)
	pfns.pfn[n].pte = 0
	p.store(makePTE(n, bits))
	a.private.Add(1)
	Faults.Transition.Add(1)
	return true
}

// nextList is which list is tried after an empty one: a zeroed page is worth
// more than a free one, and one that somebody may ask for again more than both.
var nextList = map[List]List{FreeList: ZeroedList, ZeroedList: StandbyList}
