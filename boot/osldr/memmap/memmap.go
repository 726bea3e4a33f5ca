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
	ram  uint64 // bytes of RAM the firmware told, before rounding
	high uint64 // physical address after the last byte of RAM
}

// E820 types (ACPI 6.5, table 15-374).
const (
	e820Ram      = 1
	e820Reserved = 2
	e820Acpi     = 3
	e820Nvs      = 4
	e820Bad      = 5
)

// class is what a row makes of its memory; where rows overlap, the greater
// class wins, so that doubt never makes memory usable.
func class(e arc.E820Entry) (rank int, t arc.MemoryType) {
	switch e.Type {
	case e820Ram:
		return 1, arc.LoaderFree
	case e820Acpi:
		return 2, arc.LoaderSpecialMemory
	case e820Bad:
		return 4, arc.LoaderBad
	default: // reserved, NVS, and all that ACPI may yet define
		return 3, arc.LoaderFirmwarePermanent
	}
}

// FromE820 makes a map. Rows may be unsorted, overlapping, empty, not on page
// boundaries, or reach past the end of the address space; rows with ACPI 3
// attribute bit 0 clear are ignored. A page that is RAM only in part is
// LoaderFirmwarePermanent. Rows that are not RAM count only below the highest
// RAM. The error is STATUS_NO_MEMORY when there is no RAM at all.
func FromE820(rows []arc.E820Entry) (*Map, error) {
	const top = 1 << 52 // physical addresses end here
	type span struct {
		start, end uint64
		rank       int
		t          arc.MemoryType
	}
	var spans []span
	var cuts []uint64
	m := &Map{}
	for _, e := range rows {
		end := e.Base + e.Length
		if end < e.Base || end > top {
			end = top
		}
		if e.Length == 0 || e.Attributes&1 == 0 || e.Base >= top {
			continue
		}
		rank, t := class(e)
		spans = append(spans, span{e.Base, end, rank, t})
		cuts = append(cuts, e.Base, end)
		if t == arc.LoaderFree && end > m.high {
			m.high = end
		}
	}
	if m.high == 0 {
		return nil, &status.Error{Code: 0xC0000017, Reason: "the firmware reports no memory"}
	}
	sortUint64(cuts)
	// Between two neighbouring cuts every span covers all or nothing.
	for i := 0; i+1 < len(cuts); i++ {
		a, b := cuts[i], min(cuts[i+1], (m.high+PageSize-1)&^(PageSize-1))
		if a >= b {
			continue
		}
		rank, t := 0, arc.MemoryType(0)
		for _, s := range spans {
			if s.start <= a && s.end > a && s.rank > rank {
				rank, t = s.rank, s.t
			}
		}
		switch {
		case rank == 0:
			continue
		case t == arc.LoaderFree:
			m.ram += b - a
			first, last := (a+PageSize-1)/PageSize, b/PageSize
			if first < last {
				m.mark(first, last-first, t, false)
			}
			if a%PageSize != 0 {
				m.mark(a/PageSize, 1, arc.LoaderFirmwarePermanent, true)
			}
			if b%PageSize != 0 {
				m.mark(b/PageSize, 1, arc.LoaderFirmwarePermanent, true)
			}
		default:
			first, last := a/PageSize, (b+PageSize-1)/PageSize
			m.mark(first, last-first, t, true)
		}
	}
	return m, nil
}

func sortUint64(a []uint64) {
	for i := 1; i < len(a); i++ {
		for j := i; j > 0 && a[j] < a[j-1]; j-- {
			a[j], a[j-1] = a[j-1], a[j]
		}
	}
}

// Runs is the list. The caller does not change it.
func (m *Map) Runs() []Run { return m.runs }

// Ram is the number of bytes of RAM the firmware told of.
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
func (m *Map) Set(base, count uint64, t arc.MemoryType) { m.mark(base, count, t, true) }

// Claim gives free pages a type and leaves all other pages as they are.
func (m *Map) Claim(base, count uint64, t arc.MemoryType) {
	end := base + count
	for _, r := range append([]Run(nil), m.runs...) {
		a, b := max(base, r.Base), min(end, r.Base+r.Count)
		if r.Type == arc.LoaderFree && a < b {
			m.mark(a, b-a, t, true)
		}
	}
}

// mark inserts a run. Without force, pages that have a run already keep it.
func (m *Map) mark(base, count uint64, t arc.MemoryType, force bool) {
	if count == 0 {
		return
	}
	end := base + count
	if !force {
		for _, r := range m.runs {
			a, b := max(base, r.Base), min(end, r.Base+r.Count)
			if a < b {
				m.mark(base, a-base, t, false)
				m.mark(b, end-b, t, false)
				return
			}
		}
	}
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
		m.mark(base, count, t, true)
		return base, nil
	}
	return 0, status.NoMemory
}

// Release makes pages free again.
func (m *Map) Release(base, count uint64) { m.mark(base, count, arc.LoaderFree, true) }
