package mm

import (
	"slices"

	"gont/ke"
)

// Lookaside is a look-aside list (PAGED_LOOKASIDE_LIST, NPAGED_LOOKASIDE_LIST):
// free blocks of one size and tag, kept for the next who wants one. How many
// are kept follows, once a second, how many were asked for
// (ExAdjustLookasideDepth in kind). With the verifier nothing is kept.
type Lookaside struct {
	typ  PoolType
	size int
	tag  Tag

	mu    ke.FastMutex
	free  [][]byte
	depth int
	count LookasideCount
	last  uint64 // allocations at the last adjustment
}

// LookasideCount is what a list has done.
type LookasideCount struct{ Allocates, AllocateMisses, Frees, FreeMisses uint64 }

const (
	minimumDepth = 4
	maximumDepth = 256
)

var lookasides struct {
	mu  ke.FastMutex
	all []*Lookaside
}

// NewLookaside makes an empty list of blocks of size bytes.
func NewLookaside(t PoolType, size int, tag Tag) *Lookaside {
	l := &Lookaside{typ: t, size: size, tag: tag, depth: minimumDepth}
	lookasides.mu.Lock()
	lookasides.all = append(lookasides.all, l)
	lookasides.mu.Unlock()
	return l
}

// Allocate returns a zeroed block, nil without memory.
func (l *Lookaside) Allocate() []byte {
	l.mu.Lock()
	l.count.Allocates++
	if n := len(l.free); n > 0 {
		b := l.free[n-1]
		l.free = l.free[:n-1]
		l.mu.Unlock()
		clear(b)
		return b
	}
	l.count.AllocateMisses++
	l.mu.Unlock()
	return AllocatePool(l.typ, l.size, l.tag)
}

// Free takes a block back that Allocate has returned.
func (l *Lookaside) Free(b []byte) {
	l.mu.Lock()
	l.count.Frees++
	if len(l.free) < l.depth && !verifier.Load() {
		l.free = append(l.free, b)
		l.mu.Unlock()
		return
	}
	l.count.FreeMisses++
	l.mu.Unlock()
	FreePool(b, l.tag)
}

// Counts returns what the list has done, and how many blocks it keeps.
func (l *Lookaside) Counts() (c LookasideCount, kept int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count, len(l.free)
}

// LookasideInformation is a list and what it has done.
type LookasideInformation struct {
	LookasideCount
	Type       PoolType
	Tag        Tag
	Size       int // bytes of a block
	Kept, Most int // free blocks that are kept, and that may be
}

// Lookasides describes all lists, the oldest first.
func Lookasides() (r []LookasideInformation) {
	lookasides.mu.Lock()
	defer lookasides.mu.Unlock()
	for _, l := range lookasides.all {
		l.mu.Lock()
		r = append(r, LookasideInformation{l.count, l.typ, l.tag, l.size, len(l.free), l.depth})
		l.mu.Unlock()
	}
	return r
}

// LookasideHits returns how many allocations of a pool have found a block in a
// list.
func LookasideHits(t PoolType) (n uint64) {
	for _, l := range Lookasides() {
		if l.Type == t {
			n += l.Allocates - l.AllocateMisses
		}
	}
	return n
}

// Delete frees what the list keeps. It must not be used afterwards.
func (l *Lookaside) Delete() {
	lookasides.mu.Lock()
	lookasides.all = slices.DeleteFunc(lookasides.all, func(o *Lookaside) bool { return o == l })
	lookasides.mu.Unlock()
	l.shrink(0)
}

// shrink frees blocks beyond depth.
func (l *Lookaside) shrink(depth int) {
	l.mu.Lock()
	l.depth = depth
	n := min(depth, len(l.free))
	extra := slices.Clone(l.free[n:])
	l.free = l.free[:n]
	l.mu.Unlock()
	for _, b := range extra {
		FreePool(b, l.tag)
	}
}

// adjustLookasides gives each list the depth that the last second's use of it
// asks for: half of what was allocated; none when pages are few.
func adjustLookasides(low bool) {
	lookasides.mu.Lock()
	all := slices.Clone(lookasides.all)
	lookasides.mu.Unlock()
	for _, l := range all {
		l.mu.Lock()
		recent := l.count.Allocates - l.last
		l.last = l.count.Allocates
		l.mu.Unlock()
		depth := min(max(int(recent/2), minimumDepth), maximumDepth)
		if low {
			depth = 0
		}
		l.shrink(depth)
	}
}
