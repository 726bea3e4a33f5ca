package mm

import "fmt"

func (d *pfnDatabase) available() uint64 {
	return d.count[ZeroedList] + d.count[FreeList] + d.count[StandbyList]
}

// Counts is what the lists hold, in pages.
type Counts struct {
	Lists [Reserved + 1]uint64
	Uses  [numUses]uint64
	Ram   uint64
}

// Available is what can be handed out, and what the zero-page thread will have put
// back in a moment.
func (c Counts) Available() uint64 {
	return c.Lists[ZeroedList] + c.Lists[FreeList] + c.Lists[StandbyList] + c.Uses[UseZeroing]
}

// QueryCounts returns the counts of the lists.
func QueryCounts() Counts {
	pfns.mu.Lock()
	defer pfns.mu.Unlock()
	return Counts{pfns.count, pfns.uses, pfns.ram}
}

// Check walks every list and every frame and compares them with the counts.
func Check() error {
	d := &pfns
	d.mu.Lock()
	defer d.mu.Unlock()
	var count [numLists]uint64
	var uses [numUses]uint64
	for i := range d.pfn {
		count[d.pfn[i].list]++
		if d.pfn[i].list == Active {
			uses[d.pfn[i].use]++
		}
	}
	if count != d.count {
		return fmt.Errorf("mm: frames say %v, counts say %v", count, d.count)
	}
	if uses != d.uses {
		return fmt.Errorf("mm: frames are used for %v, counts say %v", uses, d.uses)
	}
	for l := ZeroedList; l < Active; l++ {
		seen, last := uint64(0), noPage
		for n := d.head[l]; n != noPage; n = d.pfn[n].next {
			if p := d.pfn[n]; p.list != l || p.prev != last {
				return fmt.Errorf("mm: page %#x on the %v list is marked %v", n, l, p.list)
			}
			if seen++; seen > d.count[l] {
				return fmt.Errorf("mm: the %v list is longer than its count %d", l, d.count[l])
			}
			last = n
		}
		if seen != d.count[l] {
			return fmt.Errorf("mm: the %v list has %d pages, its count is %d", l, seen, d.count[l])
		}
	}
	for i := range d.pfn {
		if err := d.checkPage(uint32(i)); err != nil {
			return err
		}
	}
	return nil
}

// checkPage: whoever may ask for the page again finds it.
func (d *pfnDatabase) checkPage(n uint32) error {
	p := &d.pfn[n]
	if err := d.checkIO(n); err != nil {
		return err
	}
	want := PTE(0)
	switch {
	case p.list == StandbyList || p.list == ModifiedList || p.list == ModifiedFileList:
		if p.modified != (p.list != StandbyList) || p.share != 0 {
			return fmt.Errorf("mm: page %#x on the %v list has %d shares, modified %v", n, p.list, p.share, p.modified)
		}
		want = makePTE(n, PteTransition)
	case p.list == Transition && p.pte != 0:
		// A page of a file may be changed under a pin while it is being written.
		if p.modified && (p.use != UseFile || p.io != ioWrite) || p.share != 0 {
			return fmt.Errorf("mm: page %#x is being read or written and has %d shares, modified %v", n, p.share, p.modified)
		}
		if want = makePTE(n, PteTransition); p.io == ioRead {
			want |= pteReading
		}
	case p.list == Active && (p.use == UseSection || p.use == UseFile) && p.pte != 0:
		want = makePTE(n, PtePresent)
	default:
		return nil
	}
	if got := entry(p.pte).load(); got != want && (p.use != UseFile || got != want|PteAccessed) {
		return fmt.Errorf("mm: the %v page %#x is known as %#x, expected %#x", p.list, n, got, want)
	}
	return nil
}
