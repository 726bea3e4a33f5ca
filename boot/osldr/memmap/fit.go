package memmap

import (
	"gont/arc"
	"gont/boot/osldr/status"
)

// The kernel has tables that are as long as memory is high: the PFN database and
// the page tables of the physical map. A little RAM far up would cost more than it
// gives, or more than there is.

// cost is how many bytes of tables memory up to a page frame takes.
func cost(frame uint64) uint64 { return frame*arc.PfnSize + frame/512*8 }

// fit leaves out RAM above the height at which most of it is left after the
// tables, and above what the kernel can number. The database is one piece: there
// has to be a free run for it, with a third as much beside it.
func (m *Map) fit() {
	most := uint64(arc.MostMemory / PageSize)
	free, largest := uint64(0), uint64(0)
	best, end := int64(-1)<<62, uint64(0)
	for _, r := range m.runs {
		if r.Type != arc.LoaderFree || r.Base >= most {
			continue
		}
		n := min(r.end(), most) - r.Base
		free += n * PageSize
		largest = max(largest, n*PageSize)
		c := cost(r.Base + n)
		if net := int64(free) - int64(c); end == 0 || net+trifle > best && c <= largest/4*3 {
			best, end = max(net, best), r.Base+n
		}
	}
	lost := (m.Free() - m.FreeBelow(end)) * PageSize
	if lost == 0 {
		return
	}
	m.cut(end)
	m.high = end * PageSize
	m.Notes = append(m.Notes, size(lost)+" of memory above "+size(m.high)+
		" are left out: the tables for them do not fit, or are larger than what they are for.")
}

// trifle is how many bytes of tables are not worth a word.
const trifle = 1 << 20

// size is bytes in MB, or KB where they are few.
func size(n uint64) string {
	if n < 1<<20 {
		return status.Dec(n>>10) + " KB"
	}
	return status.Dec(n>>20) + " MB"
}
