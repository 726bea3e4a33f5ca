package mm

import "gont/nt"

// View says what NtMapViewOfSection is asked for.
type View struct {
	Base     uint64 // 0: the system chooses
	Limit    uint64 // the highest address allowed, 0: none
	Commit   uint64 // bytes from the start to be committed (SEC_RESERVE)
	Offset   uint64 // in the section
	Size     uint64 // bytes, 0: to the end of the section
	Protect  uint32
	Share    bool // ViewShare
	TopDown  bool
	NoCommit bool // MEM_RESERVE: copies are not charged for now
}

// MapImage maps an image section at its base, or, where something is there and the image can be
// moved, elsewhere, with STATUS_IMAGE_NOT_AT_BASE, and returns where. STATUS_CONFLICTING_ADDRESSES for
// an image that cannot, STATUS_COMMITMENT_LIMIT when its writable pages could not be copied.
func (a *AddressSpace) MapImage(s *Section) (base uint64, st nt.Status) { return a.mapImage(s, View{}) }

// mapImage is MapImage for a view of which Base, Limit and TopDown count.
func (a *AddressSpace) mapImage(s *Section, w View) (base uint64, st nt.Status) {
	if s.data != nil {
		return 0, nt.StatusSectionNotImage
	}
	if base = w.Base; base == 0 {
		base = s.Base
	}
	if base == s.Base && (w.Limit == 0 || base+s.Size-1 <= w.Limit) {
		if st = a.mapImageAt(base, s); st != nt.StatusConflictingAddresses || !s.Movable() || w.Base != 0 {
			return base, st
		}
	} else if !s.Movable() || w.Base != 0 && !userRange(base, s.Size) {
		return 0, nt.StatusConflictingAddresses
	}
	for {
		if w.Base == 0 {
			a.mu.Lock()
			var ok bool
			base, ok = a.findGap(s.Size, w.Limit, w.TopDown)
			a.mu.Unlock()
			if !ok {
				return 0, nt.StatusNoMemory
			}
		}
		moved, st := s.relocated(base)
		if !st.OK() {
			return 0, st
		}
		st = a.mapImageAt(base, moved)
		moved.Delete() // the view has it
		switch {
		case st.OK():
			return base, nt.StatusImageNotAtBase
		case st != nt.StatusConflictingAddresses || w.Base != 0:
			return 0, st
		}
	}
}

// mapImageAt maps what an image is at base.
func (a *AddressSpace) mapImageAt(base uint64, s *Section) nt.Status {
	v := newVad(base, base+s.Size-1, nt.PageExecuteWriteCopy, 0)
	for _, p := range s.parts {
		v.runs.set(p.first, p.first+p.count, p.protect)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.mapView(v, s)
}

// mapView inserts a view that is complete but for its section.
// Preconditions: a's lock is held.
func (a *AddressSpace) mapView(v *Vad, s *Section) nt.Status {
	if a.dead {
		return nt.StatusProcessIsTerminating
	}
	if a.overlaps(v.Start, v.End) {
		return nt.StatusConflictingAddresses
	}
	if a.full() {
		return nt.StatusInsufficientResources
	}
	charge := uint64(0)
	v.runs.each(0, v.pages(), func(i, j int, protect uint32) {
		if copies(protect) {
			charge += uint64(j - i)
		}
	})
	if !a.charge(charge) {
		return nt.StatusCommitmentLimit
	}
	v.Section = s
	for i := 0; i < v.pages(); { // marks what is charged for
		r := *v.runs.run(v.runs.index(i))
		v.setProt(i, r.end, r.value)
		i = r.end
	}
	a.insert(v)
	s.mapped()
	return nt.StatusSuccess
}

// MapView is NtMapViewOfSection's work; an image is mapped as by MapImage. It returns where the view is, where it
// begins in the section, and its size, in whole pages.
func (a *AddressSpace) MapView(s *Section, w View) (base, offset, size uint64, st nt.Status) {
	if s.data == nil {
		if w.Offset != 0 || w.Size > s.Size || w.Base%nt.AllocationGranularity != 0 {
			return 0, 0, 0, nt.StatusConflictingAddresses
		}
		base, st = a.mapImage(s, w)
		return base, 0, s.Size, st
	}
	if _, ok := protection(w.Protect); !ok || w.Protect&cacheTypes != 0 {
		return 0, 0, 0, nt.StatusInvalidPageProtection
	}
	if !compatible(s.limit, w.Protect) {
		return 0, 0, 0, nt.StatusSectionProtection
	}
	if w.Base%nt.AllocationGranularity != 0 || w.Offset%nt.AllocationGranularity != 0 {
		return 0, 0, 0, nt.StatusMappedAlignment
	}
	if w.Offset >= s.Size || w.Size > s.Size-w.Offset {
		return 0, 0, 0, nt.StatusInvalidViewSize
	}
	if size = roundUp(w.Size); size == 0 {
		size = s.Size - w.Offset
	}
	if w.Commit > size {
		return 0, 0, 0, nt.StatusInvalidParameter5
	}
	if w.Base != 0 && !userRange(w.Base, size) {
		return 0, 0, 0, nt.StatusInvalidParameter3
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if base = w.Base; base == 0 {
		var ok bool
		if base, ok = a.findGap(size, w.Limit, w.TopDown); !ok {
			return 0, 0, 0, nt.StatusNoMemory
		}
	}
	v := newVad(base, base+size-1, w.Protect, w.Protect)
	v.first, v.share = int(w.Offset/PageSize), w.Share
	if st = a.mapView(v, s); !st.OK() {
		return 0, 0, 0, st
	}
	if n := int(roundUp(w.Commit) / PageSize); n > 0 {
		if st = s.data.commitPages(v.first, v.first+n); !st.OK() {
			a.unmap(v)
			return 0, 0, 0, st
		}
	}
	return base, w.Offset, size, nt.StatusSuccess
}

// UnmapView is NtUnmapViewOfSection's work; va is anywhere in the view. It
// returns STATUS_NOT_MAPPED_VIEW where there is none.
func (a *AddressSpace) UnmapView(va uint64) nt.Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	v := a.find(va)
	if v == nil || v.Section == nil {
		return nt.StatusNotMappedView
	}
	a.unmap(v)
	return nt.StatusSuccess
}

// unmap removes a view. Preconditions: a's lock is held.
func (a *AddressSpace) unmap(v *Vad) {
	a.release(v.Start, v.End+1)
	a.uncharge(v.charged(0, v.pages()))
	a.remove(v)
	v.Section.unmapped()
}

// InheritViews gives a process made from a's the views that were mapped with
// ViewShare, where they are. What a has copied of them stays its own.
func (a *AddressSpace) InheritViews(child *AddressSpace) nt.Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	child.mu.Lock() // nobody knows the child yet
	defer child.mu.Unlock()
	for _, v := range a.vads {
		if v.Section == nil || !v.share {
			continue
		}
		n := newVad(v.Start, v.End, v.Protect, v.Protect)
		n.runs = v.runs.cut(0, v.pages())
		for _, block := range n.runs {
			for i := range block {
				block[i].value &^= chargedPage
			}
		}
		n.first, n.share = v.first, true
		if s := child.mapView(n, v.Section); !s.OK() {
			return s
		}
	}
	return nt.StatusSuccess
}

// MapShared maps one page that the system owns, read-only, at a fixed
// address (KUSER_SHARED_DATA).
func (a *AddressSpace) MapShared(va uint64, pfn uint32) nt.Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.dead {
		return nt.StatusProcessIsTerminating
	}
	if a.overlaps(va, va+PageSize-1) {
		return nt.StatusConflictingAddresses
	}
	p := walk(a.root, va, true)
	if p == nil {
		return nt.StatusNoMemory
	}
	p.store(makePTE(pfn, PtePresent|PteUser|PteAccessed|PteNoExecute|PteUnowned))
	v := newVad(va, va+PageSize-1, nt.PageReadOnly, nt.PageReadOnly)
	v.Fixed = true
	a.insert(v)
	return nt.StatusSuccess
}

// FlushView is the first half of NtFlushVirtualMemory: it finds what has been written to
// through the view at va, size bytes from va on, or to the view's end where size is 0, so that
// ControlArea.Flush writes it. It returns the section's pages [first, first+count) and what
// they are of; nil where the view is not of a file's data. STATUS_NOT_MAPPED_VIEW.
func (a *AddressSpace) FlushView(va, size uint64) (c *ControlArea, first, count int, s nt.Status) {
	a.mu.Lock()
	defer a.mu.Unlock()
	v := a.find(va)
	if v == nil || v.Section == nil {
		return nil, 0, 0, nt.StatusNotMappedView
	}
	end := v.End + 1
	if size != 0 && size < end-va {
		end = roundUp(va + size)
	}
	va = roundDown(va)
	d := v.Section.data
	if d == nil || d.file == nil {
		return nil, 0, 0, nt.StatusSuccess
	}
	a.noteWritten(va, end)
	return d.file.area, v.first + v.index(va), int((end - va) / PageSize), nt.StatusSuccess
}

// noteWritten makes the pages of files that the processor has marked as written in [va, end) dirty
// for the file. Preconditions: a's lock is held.
func (a *AddressSpace) noteWritten(va, end uint64) {
	var gone shootdown
	entries(a.root, va, end, func(at uint64, p *PTE) {
		e := p.load()
		if e&(PtePresent|PteDirty) != PtePresent|PteDirty || pfns.pfn[e.pfn()].use != UseFile {
			return
		}
		p.clear(PteDirty)
		gone.add(at)
		pfns.mu.Lock()
		if f := &pfns.pfn[e.pfn()]; !f.modified {
			f.modified = true
			pfns.fileDirty(f)
		}
		pfns.mu.Unlock()
	})
	gone.flush(a)
}
