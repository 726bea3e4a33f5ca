// Package memmap keeps the loader's map of physical memory: it starts as the
// firmware's E820 rows in whatever state they are, and is at every moment a
// sorted list of page runs without overlap, as the kernel gets it (SPEC B8).
package memmap

import (
	"gont/arc"
	"gont/boot/osldr/status"
)

// PageSize is the unit of everything here.
const PageSize = 4096

// Run is pages of one type. Free memory is arc.LoaderFree.
type Run struct {
	Base  uint64 // page frame number
	Count uint64
	Type  arc.MemoryType
}

func (r Run) end() uint64 { return r.Base + r.Count }

// Map is a sorted list of runs. Neighbours of one type are one run.
type Map struct {
	Notes []string // what was left out and why, a sentence each

	runs  []Run
	ram   uint64 // bytes of RAM that were free at first
	high  uint64 // physical address after the last byte of RAM
	limit uint64 // page frame: Alloc stays below it
}

// Runs is the list. The caller does not change it.
func (m *Map) Runs() []Run { return m.runs }

// Ram is the number of bytes of RAM that were free at first.
func (m *Map) Ram() uint64 { return m.ram }

// High is the physical address after the last byte of RAM.
func (m *Map) High() uint64 { return m.high }

// Free is the number of free pages.
func (m *Map) Free() uint64 { return m.FreeBelow(^uint64(0)) }

// FreeBelow is the number of free pages below a page frame.
func (m *Map) FreeBelow(limit uint64) uint64 {
	n := uint64(0)
	for _, r := range m.runs {
		if r.Type == arc.LoaderFree && r.Base < limit {
			n += min(r.end(), limit) - r.Base
		}
	}
	return n
}

// Limit keeps Alloc below a page frame from here on.
func (m *Map) Limit(frame uint64) { m.limit = frame }

// Set gives pages a type, whatever they were; parts that are in no run come
// to be described.
func (m *Map) Set(base, count uint64, t arc.MemoryType) {
	if count == 0 {
		return
	}
	mid := [3]Run{1: {base, count, t}} // what stands for the runs that are touched
	lo := 0
	for lo < len(m.runs) && m.runs[lo].end() < base {
		lo++
	}
	hi := lo // the runs from lo up to hi touch the new one
	for hi < len(m.runs) && m.runs[hi].Base <= base+count {
		r := m.runs[hi]
		if r.Base < base {
			mid[0] = Run{r.Base, base - r.Base, r.Type}
		}
		if r.end() > base+count {
			mid[2] = Run{base + count, r.end() - base - count, r.Type}
		}
		hi++
	}
	// A neighbour that begins or ends exactly there is in neither part yet.
	if lo < hi && mid[0].Count == 0 && m.runs[lo].end() == base {
		mid[0] = m.runs[lo]
	}
	if lo < hi && mid[2].Count == 0 && m.runs[hi-1].Base == base+count {
		mid[2] = m.runs[hi-1]
	}
	var by [3]Run
	n := 0
	for _, r := range mid {
		if r.Count == 0 {
			continue
		}
		if n > 0 && by[n-1].Type == r.Type {
			by[n-1].Count += r.Count
			continue
		}
		by[n] = r
		n++
	}
	m.replace(lo, hi, by[:n])
}

// replace puts runs where those from lo up to hi were. It allocates only when the
// list is longer than ever: OSLDR does not collect garbage.
func (m *Map) replace(lo, hi int, by []Run) {
	old := len(m.runs)
	n := old - (hi - lo) + len(by)
	if n > cap(m.runs) {
		grown := make([]Run, old, n+n/2+8)
		copy(grown, m.runs)
		m.runs = grown
	}
	tail := m.runs[hi:old]
	m.runs = m.runs[:max(n, old)]
	copy(m.runs[lo+len(by):], tail)
	copy(m.runs[lo:], by)
	m.runs = m.runs[:n]
}

// Claim gives free pages a type and leaves all other pages as they are.
func (m *Map) Claim(base, count uint64, t arc.MemoryType) {
	end := base + count
	for at := base; at < end; {
		next := end
		for _, r := range m.runs { // the first free run from at on
			a, b := max(at, r.Base), min(end, r.end())
			if r.Type == arc.LoaderFree && a < b {
				m.Set(a, b-a, t)
				next = b
				break
			}
		}
		at = next
	}
}

// Alloc takes count pages of free memory, the highest that end at or below
// page frame limit (and Limit's) and begin on a multiple of align, and gives them
// type t. It takes none below 1 MiB, which firmware uses without a word.
func (m *Map) Alloc(count, limit, align uint64, t arc.MemoryType) (uint64, error) {
	for i := len(m.runs) - 1; i >= 0; i-- {
		r := m.runs[i]
		first, end := max(r.Base, LowFrames), min(r.end(), limit, m.limit)
		if r.Type != arc.LoaderFree || end < first+count || count == 0 {
			continue
		}
		base := (end - count) / align * align
		if base < first {
			continue
		}
		m.Set(base, count, t)
		return base, nil
	}
	return 0, status.NoMemory
}

// LowFrames is how many page frames there are below 1 MiB.
const LowFrames = arc.LowFrames

// Release makes pages free again.
func (m *Map) Release(base, count uint64) { m.Set(base, count, arc.LoaderFree) }
