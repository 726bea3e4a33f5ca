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

// Map is a sorted list of runs. Neighbours of one type are one run.
type Map struct {
	runs []Run
	ram  uint64 // bytes of RAM that were free at first
	high uint64 // physical address after the last byte of RAM
}

// E820 types (ACPI 6.5, table 15-374).
const (
	e820Ram  = 1
	e820Acpi = 3
	e820Bad  = 5
)

// class is what a row makes of its memory; where rows overlap, the greater
// rank wins, so that doubt never makes memory usable.
func class(e arc.E820Entry) (rank int, t arc.MemoryType) {
	switch e.Type {
	case e820Ram:
		return 1, arc.LoaderFree
	case e820Acpi:
		return 2, arc.LoaderSpecialMemory
	case e820Bad:
		return maxRank, arc.LoaderBad
	default: // reserved, NVS, and all that ACPI may yet define
		return 3, arc.LoaderFirmwarePermanent
	}
}

const (
	maxRank = 4
	top     = 1 << 52 // physical addresses end here
)

// FromE820 makes a map. Rows may be unsorted, overlapping, empty, not on page
// boundaries, or reach past the end of the address space; rows with ACPI 3
// attribute bit 0 clear are ignored. A page that is RAM only in part is
// LoaderFirmwarePermanent, or what else lies in it. Rows that are not RAM count
// only below the highest RAM. The error is STATUS_NO_MEMORY when there is no
// RAM at all.
func FromE820(rows []arc.E820Entry) (*Map, error) {
	m := &Map{}
	var ram []span
	for _, e := range rows {
		if s, ok := extent(e); ok && e.Type == e820Ram {
			ram = insert(ram, s)
			m.high = max(m.high, s.end)
		}
	}
	if m.high == 0 {
		return nil, &status.Error{Code: status.NoMemory.Code, Reason: "the firmware reports no memory"}
	}
	for _, s := range ram {
		first, last := (s.start+PageSize-1)/PageSize, s.end/PageSize
		if s.start%PageSize != 0 {
			m.Set(s.start/PageSize, 1, arc.LoaderFirmwarePermanent)
		}
		if s.end%PageSize != 0 {
			m.Set(s.end/PageSize, 1, arc.LoaderFirmwarePermanent)
		}
		if first < last {
			m.Set(first, last-first, arc.LoaderFree)
		}
	}
	highPage := (m.high + PageSize - 1) / PageSize
	for rank := 2; rank <= maxRank; rank++ {
		for _, e := range rows {
			s, ok := extent(e)
			n, t := class(e)
			first, last := s.start/PageSize, min((s.end+PageSize-1)/PageSize, highPage)
			if ok && n == rank && first < last {
				m.Set(first, last-first, t)
			}
		}
	}
	m.ram = m.Free() * PageSize
	return m, nil
}

// span is memory from start to just before end, in bytes.
type span struct{ start, end uint64 }

// extent is where a row that counts lies.
func extent(e arc.E820Entry) (span, bool) {
	end := e.Base + e.Length
	if end < e.Base || end > top {
		end = top
	}
	return span{e.Base, end}, e.Length != 0 && e.Attributes&1 != 0 && e.Base < top
}

// insert puts a span into a sorted list, merging it with those it touches.
func insert(list []span, s span) []span {
	var out []span
	for _, x := range list {
		switch {
		case x.end < s.start:
			out = append(out, x)
		case s.end < x.start:
			out = append(out, s)
			s = x
		default:
			s = span{min(s.start, x.start), max(s.end, x.end)}
		}
	}
	return append(out, s)
}

// Runs is the list. The caller does not change it.
func (m *Map) Runs() []Run { return m.runs }

// Ram is the number of bytes of RAM that were free at first.
func (m *Map) Ram() uint64 { return m.ram }

// High is the physical address after the last byte of RAM.
func (m *Map) High() uint64 { return m.high }

// Free is the number of free pages.
func (m *Map) Free() uint64 {
	n := uint64(0)
	for _, r := range m.runs {
		if r.Type == arc.LoaderFree {
			n += r.Count
		}
	}
	return n
}

// Set gives pages a type, whatever they were; parts that are in no run come
// to be described.
func (m *Map) Set(base, count uint64, t arc.MemoryType) {
	if count == 0 {
		return
	}
	end := base + count
	out := make([]Run, 0, len(m.runs)+2)
	put := func(r Run) {
		if r.Count == 0 {
			return
		}
		if k := len(out) - 1; k >= 0 && out[k].Type == r.Type && out[k].Base+out[k].Count == r.Base {
			out[k].Count += r.Count
			return
		}
		out = append(out, r)
	}
	done := false
	for _, r := range m.runs {
		rEnd := r.Base + r.Count
		if rEnd <= base {
			put(r)
			continue
		}
		if r.Base < base {
			put(Run{r.Base, base - r.Base, r.Type})
		}
		if !done {
			put(Run{base, count, t})
			done = true
		}
		if rEnd > end {
			from := max(r.Base, end)
			put(Run{from, rEnd - from, r.Type})
		}
	}
	if !done {
		put(Run{base, count, t})
	}
	m.runs = out
}

// Claim gives free pages a type and leaves all other pages as they are.
func (m *Map) Claim(base, count uint64, t arc.MemoryType) {
	end := base + count
	for _, r := range append([]Run(nil), m.runs...) {
		a, b := max(base, r.Base), min(end, r.Base+r.Count)
		if r.Type == arc.LoaderFree && a < b {
			m.Set(a, b-a, t)
		}
	}
}

// Alloc takes count pages of free memory, the highest that end at or below
// page frame limit and begin on a multiple of align, and gives them type t.
func (m *Map) Alloc(count, limit, align uint64, t arc.MemoryType) (uint64, error) {
	for i := len(m.runs) - 1; i >= 0; i-- {
		r := m.runs[i]
		end := min(r.Base+r.Count, limit)
		if r.Type != arc.LoaderFree || end < r.Base+count || count == 0 {
			continue
		}
		base := (end - count) / align * align
		if base < r.Base {
			continue
		}
		m.Set(base, count, t)
		return base, nil
	}
	return 0, status.NoMemory
}

// Release makes pages free again.
func (m *Map) Release(base, count uint64) { m.Set(base, count, arc.LoaderFree) }
