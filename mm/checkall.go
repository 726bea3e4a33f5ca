package mm

import "fmt"

// CheckAll is Check, and walks every address space: each frame has as many
// shares as there are entries for it, each process the working set, the charges
// and the locked pages it is said to have, each slot of a paging file one page.
// For tests and MMCHECK; everybody who
// faults waits for it. IRQL: PASSIVE_LEVEL, no locks.
func CheckAll() error {
	spaces.mu.Lock() // no new ones meanwhile
	defer spaces.mu.Unlock()
	all := spaces.all // older ones first, as InheritViews takes them
	for _, a := range all {
		a.mu.Lock()
		defer a.mu.Unlock()
	}
	if err := Check(); err != nil {
		return err
	}
	d := &pfns
	d.mu.Lock()
	defer d.mu.Unlock()
	// prev of an active page is not a link: it counts entries here.
	for i := range d.pfn {
		if d.pfn[i].list == Active {
			d.pfn[i].prev = 0
		}
	}
	defer func() {
		for i := range d.pfn {
			if d.pfn[i].list == Active {
				d.pfn[i].prev = noPage
			}
		}
	}()
	d.beginSlots()
	charges, trimmed, locked := uint64(0), uint64(0), uint64(0)
	for _, a := range all {
		n, err := d.countSpace(a)
		if err != nil {
			return err
		}
		charges += a.charges.Load()
		locked += a.locked
		trimmed += n
	}
	if charges > d.charges {
		return fmt.Errorf("mm: processes are charged for %d pages, the system for %d", charges, d.charges)
	}
	if n := lockedPages.Load(); n != locked {
		return fmt.Errorf("mm: processes have locked %d pages, all together %d", locked, n)
	}
	for i := range d.pfn {
		if err := d.checkShares(uint32(i)); err != nil {
			return err
		}
		if p := &d.pfn[i]; p.list != Active && p.use == UsePrivate {
			trimmed--
		}
	}
	if trimmed != 0 {
		return fmt.Errorf("mm: %d entries in transition are about pages that are not", int64(trimmed))
	}
	return d.endSlots()
}

// countSpace counts a's entries at their frames, and returns how many are in
// transition. Preconditions: a's lock and the PFN lock are held.
func (d *pfnDatabase) countSpace(a *AddressSpace) (trimmed uint64, err error) {
	resident, locked, charged := uint64(0), uint64(0), uint64(0)
	for _, v := range a.vads {
		charged += v.charged(0, v.pages())
		entries(a.root, v.Start, v.End+1, func(va uint64, p *PTE) {
			e := p.load()
			switch {
			case err != nil || e&PteUnowned != 0:
			case e.owned():
				f := &d.pfn[e.pfn()]
				if f.list != Active {
					err = fmt.Errorf("mm: address %#x has page %#x, which is %v", va, e.pfn(), f.list)
					return
				}
				f.prev++
				resident++
				if e&PteLocked != 0 {
					locked++
				}
			case e&PteTransition != 0:
				trimmed++
				if f := &d.pfn[e.pfn()]; f.list != StandbyList && f.list != ModifiedList && f.list != Transition || entry(f.pte) != p {
					err = fmt.Errorf("mm: address %#x waits for page %#x, which is %v", va, e.pfn(), f.list)
				}
			case e.inFile():
				err = d.seeSlot(e, "address", va)
			case e != 0:
				err = fmt.Errorf("mm: address %#x has the entry %#x", va, e)
			}
		})
	}
	switch {
	case err != nil:
	case resident != a.private.Load():
		err = fmt.Errorf("mm: a working set of %d pages has %d", a.private.Load(), resident)
	case locked != a.locked:
		err = fmt.Errorf("mm: %d pages are locked, %d are said to be", locked, a.locked)
	case charged != a.charges.Load():
		err = fmt.Errorf("mm: a process has promises of %d pages, and is charged for %d", charged, a.charges.Load())
	}
	return trimmed, err
}

// checkShares compares a frame's shares with the entries that were counted. An
// image section has a share of its own.
func (d *pfnDatabase) checkShares(n uint32) error {
	p := &d.pfn[n]
	if p.list != Active {
		return nil
	}
	if p.share > p.prev && mdlPages.Load() > 0 { // an Mdl may hold it
		return nil
	}
	ok := true
	switch p.use {
	case UsePrivate, UseSection:
		ok = p.share == p.prev
	case UseFile:
		ok = p.share == p.prev || p.share > p.prev && d.files.held.Load() > 0
	case UseImage:
		ok = p.share == p.prev || p.share == p.prev+1
	}
	if !ok {
		return fmt.Errorf("mm: the %v page %#x has %d shares and %d entries", p.use, n, p.share, p.prev)
	}
	return nil
}
