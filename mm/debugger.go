package mm

import (
	"bytes"
	"slices"
)

// What the kernel's debugger reads. All processors are stopped, and no lock is taken: what
// another processor was changing may be seen half done.

// DebugCounts is QueryCounts.
func DebugCounts() Counts { return Counts{pfns.count, pfns.uses, pfns.ram} }

// DebugVads calls yield for the allocations of an address space, the lowest first.
func (a *AddressSpace) DebugVads(yield func(v *Vad) bool) {
	for _, v := range a.vads {
		if !yield(v) {
			return
		}
	}
}

// DebugFrame is what the PFN database has of a page frame.
type DebugFrame struct {
	List       List
	Use        Use
	Share      uint32
	Modified   bool
	Pte        uint64
	Original   uint64
	Next, Prev uint32
}

// DebugPfn describes a page frame; ok is false where the database has none.
func DebugPfn(n uint32) (f DebugFrame, ok bool) {
	if uint64(n) >= uint64(len(pfns.pfn)) {
		return f, false
	}
	p := &pfns.pfn[n]
	return DebugFrame{p.list, p.use, p.share, p.modified, p.pte, uint64(p.original), p.next, p.prev}, true
}

// DebugPoolTags is PoolTags.
func DebugPoolTags() []TagCount {
	list := make([]TagCount, 0, len(pool.tags))
	for _, c := range pool.tags {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b TagCount) int { return bytes.Compare(a.Tag[:], b.Tag[:]) })
	return list
}

// DebugLocks reports which of the package's locks are held.
func DebugLocks(yield func(name string, held bool)) {
	yield("mm: pools", pool.mu.Held())
}

// DebugPage returns the frame that has the contents of a page of ring 3 whose page-table entry,
// entry, is not present: one that was taken from the working set and is still in memory, one that
// nobody may touch, or one of an image that the process has not touched yet. write is false where
// a change would be seen by others that have no part in it. ok is false where the contents are not
// in memory, or there are none.
func (a *AddressSpace) DebugPage(va, entry uint64) (frame uint32, write, ok bool) {
	switch e := PTE(entry); {
	case e&PtePresent != 0:
		return 0, false, false
	case e&(PteHidden|PteTransition) != 0:
		return e.pfn(), false, pfns.pfn[e.pfn()].io != ioRead
	case e != 0:
		return 0, false, false
	}
	v := a.find(va)
	if v == nil || v.Section == nil || v.Section.data != nil {
		return 0, false, false
	}
	i := int((va - v.Start) / PageSize)
	if v.first+i >= len(v.Section.pages) || v.Section.pages[v.first+i] == noPage {
		return 0, false, false
	}
	return v.Section.pages[v.first+i], !copies(v.prot(i)), true
}

// DebugImages calls yield for the images that are mapped: their section's name, where they lie, and
// how large they are.
func (a *AddressSpace) DebugImages(yield func(name string, base, size uint64) bool) {
	for _, v := range a.vads {
		if s := v.Section; s != nil && s.data == nil && v.first == 0 && !yield(s.Name, v.Start, s.Size) {
			return
		}
	}
}
