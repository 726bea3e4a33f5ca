package hal

import "errors"

// Which physical pages are mapped as what, so that no page has two memory types at a time
// (SDM vol. 3, 11.12.4: what then happens is undefined).

// CacheType is how a mapping of device space is cached; the values are the entries of
// the PAT that a page-table entry's PCD and PWT bits choose.
type CacheType uint8

const (
	WriteCombined CacheType = 1 // PWT
	NonCached     CacheType = 3 // PCD, PWT
)

// patValue is IA32_PAT as every processor has it: entries 0 to 3 are write-back,
// write-combining, UC-, uncached; 4 to 7, which the PAT bit would choose, write-back,
// write-through, UC-, uncached (SDM vol. 3, 11.12.2). Entry 0 and 3 are what they are after a
// reset, so that page tables made before need not change.
const patValue = 0x0007_0406_0007_0106

// Errors of a mapping of device space.
var (
	// ErrIsRam: the page is memory, which the physical map shows write-back.
	ErrIsRam = errors.New("hal: this is memory, not device space")
	// ErrCacheType: the page is mapped, with another type.
	ErrCacheType = errors.New("hal: this device space is mapped with another memory type")
	// ErrNoSpace: there are no addresses left for device space.
	ErrNoSpace = errors.New("hal: no addresses are left for device space")
	// ErrAddress: no bytes, or an address beyond what page tables can hold.
	ErrAddress = errors.New("hal: there is no such device space")
)

// frames is a run of page frames, from first to before end.
type frames struct{ first, end uint64 }

// ioSpace keeps account. Addresses from base on, pages of them, are given out upwards and
// taken back never; a page that is mapped is not mapped again.
type ioSpace struct {
	base, pages, next uint64
	ram               []frames // sorted
	mapped            map[uint64]ioPage
}

type ioPage struct {
	va    uint64
	cache CacheType
}

// isRam reports whether any frame of [first, end) is memory.
func (s *ioSpace) isRam(first, end uint64) bool {
	for _, r := range s.ram {
		if r.first < end && first < r.end {
			return true
		}
	}
	return false
}

// claim notes a mapping at an address that its caller has chosen.
func (s *ioSpace) claim(frame, va uint64, cache CacheType) error {
	if s.isRam(frame, frame+1) {
		return ErrIsRam
	}
	if p, there := s.mapped[frame]; there && p.cache != cache {
		return ErrCacheType
	}
	if s.mapped == nil {
		s.mapped = map[uint64]ioPage{}
	}
	s.mapped[frame] = ioPage{va, cache}
	return nil
}

// place returns where [pa, pa+size) is to be mapped, and whether it is there already,
// whole and in order; if not, every page of it is to be mapped at va.
func (s *ioSpace) place(pa, size uint64, cache CacheType) (va uint64, there bool, err error) {
	if size == 0 || pa+size < pa || pa+size > 1<<52 {
		return 0, false, ErrAddress
	}
	first, end := pa>>12, (pa+size-1)>>12+1
	if s.isRam(first, end) {
		return 0, false, ErrIsRam
	}
	there = true
	for f := first; f < end; f++ {
		p, is := s.mapped[f]
		if is && p.cache != cache {
			return 0, false, ErrCacheType
		}
		there = there && is && p.va == s.mapped[first].va+(f-first)<<12
		if end-first > s.pages {
			break
		}
	}
	if there {
		return s.mapped[first].va + pa&0xFFF, true, nil
	}
	if end-first > s.pages-s.next {
		return 0, false, ErrNoSpace
	}
	va = s.base + s.next<<12
	s.next += end - first
	for f := first; f < end; f++ {
		if err := s.claim(f, va+(f-first)<<12, cache); err != nil {
			return 0, false, err
		}
	}
	return va + pa&0xFFF, false, nil
}

// largeMap says of the 2 MiB page of frames from first on what the physical map is to
// show: all of it, nothing, or single pages (SDM vol. 3, 11.11.9: a large page must not
// span memory and device space).
func largeMap(ram []frames, first uint64) (all, none bool) {
	const n = 512
	all, none = false, true
	for _, r := range ram {
		if r.first < first+n && first < r.end {
			none = false
			all = all || r.first <= first && first+n <= r.end
		}
	}
	return all, none
}

// merge joins runs that touch. Preconditions: they are sorted.
func merge(list []frames) (out []frames) {
	for _, r := range list {
		switch k := len(out) - 1; {
		case r.end <= r.first:
		case k >= 0 && r.first <= out[k].end:
			out[k].end = max(out[k].end, r.end)
		default:
			out = append(out, r)
		}
	}
	return out
}
