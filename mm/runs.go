package mm

import (
	"slices"
	"sort"
)

// runs has a value for every page of a range: stretches of equal pages, as long
// as they can be, so that what is reserved costs nothing until it is used in
// pieces. They lie in blocks, none empty, so that a range in very many pieces needs
// no large block of the kernel's heap.
type runs [][]run

// run is a stretch of pages, up to but not including end.
type run struct {
	end   int
	value uint32
}

// runsBlock is how many runs a block may have; tests have less.
var runsBlock = 512

// place is where a run is: its block, and its index there.
type place struct{ b, k int }

// newRuns is n pages of one value.
func newRuns(n int, value uint32) runs { return runs{{{n, value}}} }

// index returns the place of the run that page i is in.
func (r runs) index(i int) place {
	b := sort.Search(len(r), func(b int) bool { return r[b][len(r[b])-1].end > i })
	return place{b, sort.Search(len(r[b]), func(k int) bool { return r[b][k].end > i })}
}

func (r runs) run(p place) *run { return &r[p.b][p.k] }

// next is the place behind p; there is none if ok is false.
func (r runs) next(p place) (_ place, ok bool) {
	if p.k++; p.k == len(r[p.b]) {
		p = place{p.b + 1, 0}
	}
	return p, p.b < len(r)
}

// before is the place before p; there is none if ok is false.
func (r runs) before(p place) (_ place, ok bool) {
	if p.k > 0 {
		return place{p.b, p.k - 1}, true
	}
	if p.b == 0 {
		return p, false
	}
	return place{p.b - 1, len(r[p.b-1]) - 1}, true
}

// at returns a page's value.
func (r runs) at(i int) uint32 { return r.run(r.index(i)).value }

// each calls f for every stretch of equal pages of [i, j).
func (r runs) each(i, j int, f func(i, j int, value uint32)) {
	for p := r.index(i); i < j; p, _ = r.next(p) {
		x := r.run(p)
		end := min(x.end, j)
		f(i, end, x.value)
		i = end
	}
}

// set gives pages [i, j) a value.
func (r *runs) set(i, j int, value uint32) {
	if i >= j {
		return
	}
	old := *r
	var mid [3]run // what stands for the runs that change, and their neighbours
	n := 0
	add := func(x run) {
		if n > 0 && mid[n-1].value == x.value {
			mid[n-1].end = x.end
			return
		}
		mid[n] = x
		n++
	}
	lo, hi := old.index(i), old.index(j-1)
	if p, ok := old.before(lo); !ok && i > 0 || ok && old.run(p).end < i {
		add(run{i, old.run(lo).value})
	} else if ok {
		lo = p
		add(*old.run(p))
	}
	add(run{j, value})
	if old.run(hi).end > j {
		add(*old.run(hi))
	} else if p, ok := old.next(hi); ok {
		hi = p
		add(*old.run(p))
	}
	r.replace(lo, hi, mid[:n])
}

// replace puts new runs where those from lo to hi were.
func (r *runs) replace(lo, hi place, by []run) {
	blocks := *r
	b := lo.b
	if lo.b == hi.b {
		blocks[b] = slices.Replace(blocks[b], lo.k, hi.k+1, by...)
	} else {
		blocks[b] = append(blocks[b][:lo.k], by...)
		end := hi.b
		if blocks[hi.b] = blocks[hi.b][hi.k+1:]; len(blocks[hi.b]) == 0 {
			end++
		}
		blocks = slices.Delete(blocks, b+1, end)
	}
	switch n := len(blocks[b]); {
	case n > runsBlock:
		half := slices.Clone(blocks[b][n/2:])
		blocks[b] = blocks[b][:n/2]
		blocks = slices.Insert(blocks, b+1, half)
	case b+1 < len(blocks) && n+len(blocks[b+1]) <= runsBlock/2:
		blocks[b] = append(blocks[b], blocks[b+1]...)
		blocks = slices.Delete(blocks, b+1, b+2)
	}
	*r = blocks
}

// cut is the values of pages [i, j), from 0 on.
func (r runs) cut(i, j int) (c runs) {
	r.each(i, j, func(_, end int, value uint32) {
		if n := len(c); n == 0 || len(c[n-1]) == runsBlock {
			c = append(c, nil)
		}
		b := &c[len(c)-1]
		*b = append(*b, run{end - i, value})
	})
	return c
}
