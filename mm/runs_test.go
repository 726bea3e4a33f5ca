package mm

import (
	"math/rand/v2"
	"testing"
)

// TestRuns: stretches in small blocks, beside a value for every page.
func TestRuns(t *testing.T) {
	defer func(n int) { runsBlock = n }(runsBlock)
	const pages = 300
	for seed := range uint64(9) {
		runsBlock = 2 + int(seed%9)
		random := rand.New(rand.NewPCG(seed, 1))
		r, model := newRuns(pages, 7), make([]uint32, pages)
		for i := range model {
			model[i] = 7
		}
		for step := range 1500 {
			i := random.IntN(pages)
			j := i + 1 + random.IntN(min(pages-i, 1+random.IntN(pages)*(step%50/49)))
			value := random.Uint32N(3)
			r.set(i, j, value)
			for k := i; k < j; k++ {
				model[k] = value
			}
			checkRuns(t, r, model)
			if t.Failed() {
				t.Fatalf("seed %d, step %d: set [%d, %d) to %d: %v", seed, step, i, j, value, r)
			}
			if step%100 == 0 {
				checkRuns(t, r.cut(i, j), model[i:j])
			}
		}
	}
}

// checkRuns compares r with a value for every page; equal neighbours are one run, and
// no block is empty or too long.
func checkRuns(t *testing.T, r runs, model []uint32) {
	t.Helper()
	begin, last := 0, -1
	for _, b := range r {
		if len(b) == 0 || len(b) > runsBlock {
			t.Errorf("a block of %d", len(b))
		}
		for _, x := range b {
			if last == int(x.value) || x.end <= begin {
				t.Errorf("a run to %d of %d behind one to %d of %d", x.end, x.value, begin, last)
			}
			begin, last = x.end, int(x.value)
		}
	}
	if begin != len(model) {
		t.Errorf("they end at %d of %d", begin, len(model))
		return
	}
	seen := 0
	r.each(0, len(model), func(i, j int, value uint32) {
		for ; i < j; i++ {
			if i != seen || model[i] != value || r.at(i) != value {
				t.Errorf("page %d is %d", i, value)
			}
			seen++
		}
	})
}
