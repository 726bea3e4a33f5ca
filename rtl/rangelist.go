package rtl

// RangeList is RTL_RANGE_LIST: ranges of numbers, such as ports, addresses and interrupts,
// with who owns them. Arbiters keep account of resources in them (SPEC P1.27). Ranges are
// sorted by where they begin. The zero value is empty. No locks.
type RangeList struct {
	list []Range
}

// Range is from Start to End, both in it.
type Range struct {
	Start, End uint64
	Shared     bool // others may have it, too, if they share it
	Owner      any
}

// Add adds a range (RtlAddRange). It returns the range that is in the way, and adds nothing,
// if somebody else has a part of it that not both share. ok is false, too, when End is
// before Start.
func (l *RangeList) Add(r Range) (conflict Range, ok bool) {
	if r.End < r.Start {
		return Range{}, false
	}
	at := len(l.list)
	for i, x := range l.list {
		if x.Start > r.End {
			at = min(at, i)
			break
		}
		if x.End >= r.Start && !(x.Shared && r.Shared) && x.Owner != r.Owner {
			return x, false
		}
		if x.Start > r.Start {
			at = min(at, i)
		}
	}
	l.list = append(l.list, Range{})
	copy(l.list[at+1:], l.list[at:])
	l.list[at] = r
	return Range{}, true
}

// Available reports whether a range could be added (RtlIsRangeAvailable).
func (l *RangeList) Available(r Range) bool {
	if r.End < r.Start {
		return false
	}
	for _, x := range l.list {
		if x.Start > r.End {
			break
		}
		if x.End >= r.Start && !(x.Shared && r.Shared) && x.Owner != r.Owner {
			return false
		}
	}
	return true
}

// Find returns the lowest place between low and high, both usable, for length numbers, the
// first a multiple of alignment (RtlFindRange).
func (l *RangeList) Find(low, high, length, alignment uint64, shared bool) (start uint64, ok bool) {
	if length == 0 || alignment == 0 || high < low || high-low < length-1 {
		return 0, false
	}
	up := func(v uint64) (uint64, bool) {
		if n := v % alignment; n != 0 {
			if v > ^uint64(0)-(alignment-n) {
				return 0, false
			}
			v += alignment - n
		}
		return v, v <= high && high-v >= length-1
	}
	if start, ok = up(low); !ok {
		return 0, false
	}
	for _, x := range l.list {
		if x.Start > start+(length-1) {
			break
		}
		if x.End < start || x.Shared && shared {
			continue
		}
		if x.End == ^uint64(0) {
			return 0, false
		}
		if start, ok = up(x.End + 1); !ok {
			return 0, false
		}
	}
	return start, true
}

// DeleteOwner takes an owner's ranges out (RtlDeleteOwnersRanges).
func (l *RangeList) DeleteOwner(owner any) {
	keep := l.list[:0]
	for _, x := range l.list {
		if x.Owner != owner {
			keep = append(keep, x)
		}
	}
	clear(l.list[len(keep):])
	l.list = keep
}

// Ranges returns the ranges in order; they are the list's own.
func (l *RangeList) Ranges() []Range { return l.list }
