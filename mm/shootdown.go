package mm

// shootdown collects what an operation has made invalid, for one Flush: the
// pages between the first and the last of them.
type shootdown struct{ start, end uint64 }

func (s *shootdown) add(va uint64) {
	if s.end == 0 {
		s.start = va
	}
	s.start, s.end = min(s.start, va), max(s.end, va+PageSize)
}

// flush makes all processors forget them; nothing if there are none.
// Preconditions: a's lock is held.
func (s *shootdown) flush(a *AddressSpace) {
	if s.end > s.start {
		machine.Flush(a.Root(), s.start, int((s.end-s.start)>>PageShift))
	}
}

// release unmaps [start, end) and gives the pages back, in two passes: entries
// stop being present; all processors forget them; then the frames go. Between the
// passes an entry looks like that of a hidden page, which it keeps its
// frame's number for. Preconditions: a's lock is held.
func (a *AddressSpace) release(start, end uint64) {
	var gone shootdown
	entries(a.root, start, end, func(va uint64, p *PTE) {
		if p.load()&PtePresent != 0 {
			e := p.swap(0) // with the dirty bit as it is at the end
			p.store(e&^(PtePresent|PteTransition) | PteHidden)
			gone.add(va)
		}
	})
	gone.flush(a)
	a.drop(start, end)
}

// dropAtOnce is how many entries are dropped with the PFN lock held once.
const dropAtOnce = 64

// drop gives back the frames of [start, end), which no processor uses.
// Preconditions: a's lock is held.
func (a *AddressSpace) drop(start, end uint64) {
	for va := start; va < end; {
		t := leaf(a.root, va, false)
		if t == nil {
			va = nextTable(a.root, va)
			continue
		}
		next := min(end, va&^(512*PageSize-1)+512*PageSize)
		part := t[va>>PageShift&511:][:(next-va)/PageSize]
		for len(part) > 0 {
			if n := zeroEntries(part); n > 0 {
				part = part[n:]
				continue
			}
			n := min(len(part), dropAtOnce)
			a.dropEntries(part[:n])
			part = part[n:]
		}
		va = next
	}
}

// zeroEntries is how many entries at the beginning are zero. Nobody makes one that is zero something else: its address space's
// lock is held. One in transition may become zero meanwhile, which is as good as being a moment later; the race detector is not told of
// these reads, because eight atomic ones take twice the instructions.
//
//go:norace
func zeroEntries(part []PTE) (n int) {
	for ; n+8 <= len(part); n += 8 {
		g := (*[8]PTE)(part[n:])
		if g[0]|g[1]|g[2]|g[3]|g[4]|g[5]|g[6]|g[7] != 0 {
			break
		}
	}
	for n < len(part) && part[n].load() == 0 {
		n++
	}
	return n
}

// dropEntries is drop for a few entries.
func (a *AddressSpace) dropEntries(part []PTE) {
	pages, locked := uint64(0), uint64(0)
	d := &pfns
	d.mu.Lock()
	for i := range part {
		p := &part[i]
		e := p.load()
		switch {
		case e == 0:
		case e&PtePresent == 0 && e&PteTransition != 0 || e.inFile():
			d.discard(p)
		default:
			p.store(0)
			if !e.owned() {
				break
			}
			d.dropShare(e.pfn(), e&PteDirty != 0)
			pages++
			if e&PteLocked != 0 {
				locked++
			}
		}
	}
	d.mu.Unlock()
	a.private.Add(-pages)
	if locked > 0 {
		a.lock(-locked)
	}
}
