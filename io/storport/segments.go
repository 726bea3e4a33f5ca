package storport

import (
	"gont/io/storage"
	"gont/mm"
)

// addressed is a buffer that knows where its bytes lie; *mm.Mdl is one.
type addressed interface {
	Address(offset int) (physical uint64, n int)
}

var _ addressed = (*mm.Mdl)(nil)

// locate returns the physical address of a buffer's byte and how many bytes follow it there;
// n is 0 where it has none.
func locate(b storage.Buffer, offset int) (physical uint64, n int) {
	if a, ok := b.(addressed); ok {
		return a.Address(offset)
	}
	p := b.Piece(offset)
	if len(p) == 0 {
		return 0, 0
	}
	physical, n = physicalOf(p)
	return physical, min(n, len(p))
}

// scatter appends to list, which has room, where n bytes of a buffer lie from offset on.
// ok is false where the limits do not allow it as it is.
func (l *Limits) scatter(list []Segment, b storage.Buffer, offset, n int) (out []Segment, ok bool) {
	list = list[:0]
	for n > 0 {
		pa, have := locate(b, offset)
		have = min(have, n)
		if have <= 0 {
			return list, false
		}
		if list, ok = l.add(list, pa, uint64(have)); !ok {
			return list, false
		}
		offset += have
		n -= have
	}
	return list, l.inPages(list)
}

// add appends a run of memory to a list of segments.
func (l *Limits) add(list []Segment, pa, n uint64) (out []Segment, ok bool) {
	if l.Below != 0 && (pa >= l.Below || n > l.Below-pa) {
		return list, false
	}
	if l.Align > 1 && (pa|n)&(l.Align-1) != 0 {
		return list, false
	}
	boundary := l.Boundary
	if l.Pages {
		boundary = mm.PageSize
	}
	for n > 0 {
		part := n
		if boundary != 0 {
			part = min(part, boundary-pa&(boundary-1))
		}
		longest := uint64(l.Longest)
		if longest == 0 {
			longest = 1 << 22
		}
		part = min(part, longest)
		k := len(list) - 1
		joins := k >= 0 && list[k].Address+uint64(list[k].Length) == pa && uint64(list[k].Length)+part <= longest &&
			(boundary == 0 || pa&(boundary-1) != 0)
		switch {
		case joins:
			list[k].Length += uint32(part)
		case len(list) == l.Segments:
			return list, false
		default:
			list = append(list, Segment{pa, uint32(part)})
		}
		pa += part
		n -= part
	}
	return list, true
}

// inPages reports whether a list is one of pages, where it has to be.
func (l *Limits) inPages(list []Segment) bool {
	for i, s := range list {
		if l.Pages && (i > 0 && s.Address%mm.PageSize != 0 || i < len(list)-1 && (s.Address+uint64(s.Length))%mm.PageSize != 0) {
			return false
		}
	}
	return true
}
