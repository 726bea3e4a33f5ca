package rtl

import (
	"math/rand/v2"
	"testing"
)

// TestRangeList (P1.27): random ranges against an account of single numbers.
func TestRangeList(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		var l RangeList
		var numbers [64][]Range
		fits := func(r Range) bool {
			for n := r.Start; n <= r.End; n++ {
				for _, x := range numbers[n] {
					if !(x.Shared && r.Shared) && x.Owner != r.Owner {
						return false
					}
				}
			}
			return true
		}
		for range 60 {
			start := rnd.Uint64N(64)
			r := Range{start, min(63, start+rnd.Uint64N(8)), rnd.IntN(2) == 0, rnd.IntN(4)}
			want := fits(r)
			if l.Available(r) != want {
				t.Fatalf("%+v: available %v in %+v", r, !want, l.list)
			}
			if _, ok := l.Add(r); ok != want {
				t.Fatalf("%+v: added %v", r, ok)
			}
			if want {
				for n := r.Start; n <= r.End; n++ {
					numbers[n] = append(numbers[n], r)
				}
			}
			for i, x := range l.list {
				if i > 0 && l.list[i-1].Start > x.Start {
					t.Fatalf("not sorted: %+v", l.list)
				}
			}
			length, alignment, shared := 1+rnd.Uint64N(5), 1+rnd.Uint64N(4), rnd.IntN(2) == 0
			at, ok := l.Find(0, 63, length, alignment, shared)
			found := false
			var first uint64
			for n := uint64(0); n+length <= 64 && !found; n += alignment {
				if fits(Range{n, n + length - 1, shared, "nobody"}) {
					first, found = n, true
				}
			}
			if ok != found || ok && at != first {
				t.Fatalf("%d of %d: found %d %v, want %d %v in %+v", length, alignment, at, ok, first, found, l.list)
			}
			if rnd.IntN(10) == 0 {
				owner := rnd.IntN(4)
				l.DeleteOwner(owner)
				for n := range numbers {
					var keep []Range
					for _, x := range numbers[n] {
						if x.Owner != owner {
							keep = append(keep, x)
						}
					}
					numbers[n] = keep
				}
			}
		}
	}
}

// TestRangeListEnds: the ends of the numbers, and ranges that are none.
func TestRangeListEnds(t *testing.T) {
	const top = ^uint64(0)
	var l RangeList
	if _, ok := l.Add(Range{5, 4, false, 1}); ok {
		t.Error("a range that ends before it begins")
	}
	if _, ok := l.Add(Range{top - 1, top, false, 1}); !ok {
		t.Error("the end of all numbers")
	}
	if c, ok := l.Add(Range{0, top, false, 2}); ok || c.Owner != 1 {
		t.Errorf("%+v %v", c, ok)
	}
	for _, c := range [][4]uint64{{0, 0, 0, 1}, {0, 10, 1, 0}, {9, 3, 1, 1}, {0, 3, 5, 1}, {top - 1, top, 1, 1}, {top - 5, top, 1, 1 << 63}} {
		if at, ok := l.Find(c[0], c[1], c[2], c[3], false); ok {
			t.Errorf("%v: %d", c, at)
		}
	}
	if at, ok := l.Find(top-5, top, 3, 1, false); !ok || at != top-5 {
		t.Error(at, ok)
	}
}
