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

// drop gives back the frames of [start, end), which no processor uses.
// Preconditions: a's lock is held.
func (a *AddressSpace) drop(start, end uint64) {
	entries(a.root, start, end, func(_ uint64, p *PTE) {
		e := p.load()
		if e == 0 {
			return
		}
		if e&PtePresent == 0 && e&PteTransition != 0 || e.inFile() {
			pfns.mu.Lock()
			pfns.discard(p) // whatever it is by now
			pfns.mu.Unlock()
			return
		}
		p.store(0)
		if e.owned() {
			dropShare(e.pfn(), e&PteDirty != 0)
			a.private.Add(^uint64(0))
			if e&PteLocked != 0 {
				a.lock(^uint64(0))
			}
		}
	})
}
