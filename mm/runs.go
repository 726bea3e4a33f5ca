package mm

import (
	"slices"
	"sort"
)

// runs has a value for every page of a range: stretches of equal pages, as long
// as they can be, so that what is reserved costs nothing until it is used in
// pieces.
type runs []run

// run is a stretch of pages, up to but not including end.
type run struct {
	end   int
	value uint32
}

// index returns the index of the run that page i is in.
func (r runs) index(i int) int {
	return sort.Search(len(r), func(k int) bool { return r[k].end > i })
}

// at returns a page's value.
func (r runs) at(i int) uint32 { return r[r.index(i)].value }

// each calls f for every stretch of equal pages of [i, j).
func (r runs) each(i, j int, f func(i, j int, value uint32)) {
	for k := r.index(i); i < j; k++ {
		end := min(r[k].end, j)
		f(i, end, r[k].value)
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
	switch {
	case lo == 0 && i > 0 || lo > 0 && old[lo-1].end < i:
		add(run{i, old[lo].value})
	case lo > 0:
		lo--
		add(old[lo])
	}
	add(run{j, value})
	switch {
	case old[hi].end > j:
		add(old[hi])
	case hi+1 < len(old):
		hi++
		add(old[hi])
	}
	*r = slices.Replace(old, lo, hi+1, mid[:n]...)
}

// cut is the values of pages [i, j), from 0 on.
func (r runs) cut(i, j int) (c runs) {
	r.each(i, j, func(_, end int, value uint32) { c = append(c, run{end - i, value}) })
	return c
}
