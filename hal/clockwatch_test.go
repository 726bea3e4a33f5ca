package hal

import (
	"math/rand/v2"
	"testing"
)

// watched runs a watch for some ticks of 1/64 s: rate is the counter's real rate as a
// share of what was measured, from tick change on; jitter is how long looks take, ns.
// It returns the tick at which the counter was found off, -1 for never.
func watched(ticks, change int, rate float64, jitter uint64, seed uint64) int {
	const hz = 2_600_000_000
	r := rand.New(rand.NewPCG(seed, 1))
	w := clockWatch{hz: hz, unsure: hz / 1000, wrap: 4_680_000_000}
	tsc, real := float64(1e12), uint64(0)
	for i := range ticks {
		f := 1.0005 // measured to 1 in 1000
		if i >= change {
			f *= rate
		}
		step := uint64(TimeIncrement*100) + r.Uint64N(1_000_000)
		real += step
		tsc += float64(step) * hz / 1e9 * f
		late := r.Uint64N(jitter + 1)
		before := uint64(tsc)
		after := before + uint64(float64(late)*hz/1e9*f)
		if w.look(before, after, real+r.Uint64N(late+1)) {
			return i
		}
		tsc, real = tsc+float64(late)*hz/1e9*f, real+late
	}
	return -1
}

// TestWatch: a counter that keeps its rate is never found off, however long looks
// take; one that changes or stops is, within some ticks.
func TestWatch(t *testing.T) {
	for seed := range uint64(40) {
		for _, jitter := range []uint64{0, 1000, 20_000_000, 400_000_000} {
			if at := watched(2000, 2000, 1, jitter, seed); at >= 0 {
				t.Errorf("jitter %d ns: found off at tick %d", jitter, at)
			}
		}
		for _, rate := range []float64{0, 0.3, 0.8, 0.95, 1.05, 2, 100} {
			if at := watched(2000, 500, rate, 2000, seed); at < 500 || at > 500+64 {
				t.Errorf("rate %v: found off at tick %d", rate, at)
			}
		}
	}
}

// TestWatchLate: who has not looked for longer than the chipset's counter needs to come
// round says nothing.
func TestWatchLate(t *testing.T) {
	w := clockWatch{hz: 1_000_000_000, wrap: 4_680_000_000}
	real := uint64(0)
	for i := range uint64(100) {
		now := i * 5_000_000_000 // ns, and ticks
		real += 5_000_000_000 - 4_680_000_000
		if w.look(now, now+100, real) {
			t.Fatal("found off")
		}
	}
}

// TestSkew: the truth is within what one question tells.
func TestSkew(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 10000 {
		off := r.Int64N(1<<40) - 1<<39
		before := r.Uint64() // it may come round
		width := r.Uint64N(100000)
		theirs := before + r.Uint64N(width+1) + uint64(off)
		ahead, unsure := skew(before, theirs, before+width)
		if d := ahead - off; d > int64(unsure) || d < -int64(unsure) {
			t.Fatalf("%d, give or take %d: it is %d", ahead, unsure, off)
		}
	}
}
