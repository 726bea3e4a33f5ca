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
