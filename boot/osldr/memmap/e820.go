package memmap

import (
	"gont/arc"
	"gont/boot/osldr/status"
)

// E820 types (ACPI 6.5, table 15-374).
const (
	e820Ram      = 1
	e820Reserved = 2
	e820Acpi     = 3
	e820Bad      = 5
)

// Attributes of a row (ACPI 6.5, table 15-375, and 3.0 for bit 1).
const (
	enabled     = 1
	nonVolatile = 2       // keeps its contents without power
	Untold      = 1 << 31 // the firmware's answer had no attributes (stub/memory.inc)
)

// rank is what a row makes of its memory; where rows overlap, the greater one
// wins, so that doubt never makes memory usable.
type rank int

const (
	nothing rank = iota
	ram
	acpi
	reserved // NVS, and all that ACPI may yet define
	bad
	ranks
)

var typeOf = [ranks]arc.MemoryType{ram: arc.LoaderFree, acpi: arc.LoaderSpecialMemory,
	reserved: arc.LoaderFirmwarePermanent, bad: arc.LoaderBad}

func rankOf(t uint32) rank {
	switch t {
	case e820Ram:
		return ram
	case e820Acpi:
		return acpi
	case e820Bad:
		return bad
	}
	return reserved
}

// Clean returns the rows that count, with attributes of 1, and notes. bits is the
// width of the processor's physical addresses.
//
// Attributes count where any row has bit 0 set in them: rows without it are
// ignored then. Where all of them are without it the firmware knows nothing of
// attributes. RAM that is not volatile is reserved, since what is in it is somebody's.
// What lies beyond the processor's addresses is ignored. RAM that wraps around is a
// mistake and ignored; other rows that do reach to the end.
func Clean(rows []arc.E820Entry, bits uint) (clean []arc.E820Entry, notes []string) {
	told := false
	for _, e := range rows {
		told = told || e.Attributes&Untold == 0 && e.Attributes&enabled != 0
	}
	top := uint64(1) << min(bits, 52)
	beyond, wrapped := uint64(0), 0
	clean = make([]arc.E820Entry, 0, len(rows))
	for _, e := range rows {
		if told && e.Attributes&Untold == 0 {
			if e.Attributes&enabled == 0 {
				continue
			}
			if e.Attributes&nonVolatile != 0 && e.Type == e820Ram {
				e.Type = e820Reserved
			}
		}
		e.Attributes = enabled
		end := e.Base + e.Length
		switch {
		case e.Length == 0:
			continue
		case end < e.Base && e.Type == e820Ram && end != 0:
			wrapped++
			continue
		case end <= e.Base:
			end = ^uint64(0)
		}
		if end > top {
			if e.Type == e820Ram {
				beyond = max(beyond, end-max(e.Base, top))
			}
			if e.Base >= top {
				continue
			}
			end = top
		}
		e.Length = end - e.Base
		clean = append(clean, e)
	}
	if wrapped > 0 {
		notes = append(notes, "The BIOS's memory map has RAM that ends beyond 2^64; it is left out.")
	}
	if beyond > 0 {
		notes = append(notes, "The BIOS's memory map has RAM beyond the "+status.Dec(uint64(bits))+
			" address bits of the processor; it is left out.")
	}
	return clean, notes
}

// edge is where rows of a rank begin or end.
type edge struct {
	at    uint64
	rank  rank
	begin bool
}

// edges of clean rows, sorted.
func edges(rows []arc.E820Entry) []edge {
	list := make([]edge, 0, 2*len(rows))
	for _, e := range rows {
		r := rankOf(e.Type)
		list = append(list, edge{e.Base, r, true}, edge{e.Base + e.Length, r, false})
	}
	// Heap sort: package sort would bring reflection along, and rows may be many.
	sift := func(i, n int) {
		for {
			child := 2*i + 1
			if child >= n {
				return
			}
			if child+1 < n && list[child].at < list[child+1].at {
				child++
			}
			if list[i].at >= list[child].at {
				return
			}
			list[i], list[child] = list[child], list[i]
			i = child
		}
	}
	for i := len(list)/2 - 1; i >= 0; i-- {
		sift(i, len(list))
	}
	for n := len(list) - 1; n > 0; n-- {
		list[0], list[n] = list[n], list[0]
		sift(0, n)
	}
	return list
}

// FromE820 makes a map. Rows may be unsorted, overlapping, empty, many, not on page
// boundaries, or reach past the end of the address space (Clean). A page that is
// RAM only in part is LoaderFirmwarePermanent, or what else lies in it. Rows that
// are not RAM count only below the highest RAM. RAM that costs more in tables
// than it gives is left out (fit). The error is STATUS_NO_MEMORY when there is no
// RAM at all.
func FromE820(rows []arc.E820Entry, bits uint) (*Map, error) {
	m := &Map{limit: ^uint64(0)}
	rows, m.Notes = Clean(rows, bits)
	p := pages{m: m}
	var depth [ranks]int
	now, from := nothing, uint64(0)
	for _, e := range edges(rows) {
		p.add(from, e.at, now)
		from = e.at
		if e.begin {
			depth[e.rank]++
		} else {
			depth[e.rank]--
		}
		now = nothing
		for r := ram; r < ranks; r++ {
			if depth[r] > 0 {
				now = r
			}
		}
	}
	p.flush()
	if m.high == 0 {
		return nil, &status.Error{Code: status.NoMemory.Code, Reason: "the firmware reports no memory"}
	}
	m.cut((m.high + PageSize - 1) / PageSize)
	m.fit()
	m.ram = m.Free() * PageSize
	return m, nil
}

// cut forgets the pages from a frame on.
func (m *Map) cut(frame uint64) {
	for n := len(m.runs); n > 0; n = len(m.runs) {
		r := &m.runs[n-1]
		if r.end() <= frame {
			return
		}
		if r.Base < frame {
			r.Count = frame - r.Base
			return
		}
		m.runs = m.runs[:n-1]
	}
}

// pages makes runs of page frames from stretches of bytes, which come in order.
type pages struct {
	m     *Map
	page  uint64 // a page that is known in part
	bytes uint64 // of RAM in it
	worst rank   // of what else is in it
}

func (p *pages) add(from, to uint64, r rank) {
	if r == nothing {
		return
	}
	if r == ram && from < to {
		p.m.high = to
	}
	for from < to {
		if page := from / PageSize; page != p.page {
			p.flush()
			p.page = page
		}
		if n := (to - from) / PageSize; from%PageSize == 0 && n > 0 {
			p.flush()
			p.put(from/PageSize, n, typeOf[r])
			from += n * PageSize
			continue
		}
		end := min(to, (from/PageSize+1)*PageSize)
		if r == ram {
			p.bytes += end - from
		} else {
			p.worst = max(p.worst, r)
		}
		from = end
	}
}

// flush puts the page that is known in part.
func (p *pages) flush() {
	switch {
	case p.bytes == PageSize:
		p.put(p.page, 1, arc.LoaderFree)
	case p.worst > nothing:
		p.put(p.page, 1, typeOf[p.worst])
	case p.bytes > 0:
		p.put(p.page, 1, arc.LoaderFirmwarePermanent)
	}
	p.bytes, p.worst = 0, nothing
}

func (p *pages) put(base, count uint64, t arc.MemoryType) {
	runs := p.m.runs
	if k := len(runs) - 1; k >= 0 && runs[k].Type == t && runs[k].end() == base {
		runs[k].Count += count
		return
	}
	p.m.runs = append(runs, Run{base, count, t})
}
