package ke

import (
	"math"
	"math/rand/v2"
	"testing"
)

func checkDivide(t *testing.T, r Reciprocal, d, n uint64) {
	if got := r.Divide(n); got != n/d {
		t.Fatalf("%d / %d is %d, the reciprocal says %d", n, d, n/d, got)
	}
}

// TestReciprocalSmall: every pair of small numbers.
func TestReciprocalSmall(t *testing.T) {
	for d := uint64(1); d <= 1000; d++ {
		r := NewReciprocal(d)
		for n := range uint64(3000) {
			checkDivide(t, r, d, n)
		}
	}
}

// interesting are numbers near which a multiply-shift goes wrong first: powers
// of two, the ends of the range.
func interesting() (a []uint64) {
	for i := range 64 {
		for _, k := range []uint64{1<<i - 1, 1 << i, 1<<i + 1, 3 << i, 5 << i} {
			if k != 0 {
				a = append(a, k, -k)
			}
		}
	}
	return append(a, math.MaxInt64, 10, 100, 1000, 100_000, 156_250, 156_001, 99_999, 10_000_000)
}

// TestReciprocalBoundaries: the multiples of a divisor and their neighbours,
// over the whole range, for every interesting divisor; and all pairs of them.
func TestReciprocalBoundaries(t *testing.T) {
	for _, d := range interesting() {
		r := NewReciprocal(d)
		last := math.MaxUint64 / d
		quotients := append([]uint64{0, 1, 2, last, last - 1, last / 2}, interesting()...)
		for _, q := range quotients {
			if q > last {
				continue
			}
			n := q * d
			checkDivide(t, r, d, n)
			checkDivide(t, r, d, n-1)
			checkDivide(t, r, d, n+1)
			checkDivide(t, r, d, n+(d-1))
		}
		for _, n := range interesting() {
			checkDivide(t, r, d, n)
		}
	}
}

// TestReciprocalRandom: pairs of every size.
func TestReciprocalRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 1))
	for range 200_000 {
		d := rnd.Uint64()>>rnd.IntN(64) | 1<<63>>rnd.IntN(64)
		r := NewReciprocal(d)
		for range 4 {
			n := rnd.Uint64() >> rnd.IntN(64)
			checkDivide(t, r, d, n)
			checkDivide(t, r, d, n/d*d)
			checkDivide(t, r, d, n/d*d-1)
		}
	}
}

// TestReciprocalTick: the clock's own divisors: every multiple in the first
// hours, then steps through the whole range.
func TestReciprocalTick(t *testing.T) {
	for _, d := range []uint64{156_250, 100_000, 10_000, 156_001} {
		r := NewReciprocal(d)
		for q := uint64(1); q < 500_000; q++ {
			checkDivide(t, r, d, q*d-1)
			checkDivide(t, r, d, q*d)
		}
		for n := uint64(0); n < math.MaxUint64-1<<44; n += 1<<44 - 12_345 {
			checkDivide(t, r, d, n/d*d)
			checkDivide(t, r, d, n/d*d-1)
		}
	}
	if panics(func() { NewReciprocal(0) }) == nil {
		t.Error("a reciprocal of zero was made")
	}
}

func BenchmarkReciprocal(b *testing.B) {
	r, n, sum := NewReciprocal(156_250), uint64(1)<<50, uint64(0)
	for b.Loop() {
		sum += r.Divide(n + sum)
	}
}

func BenchmarkDivision(b *testing.B) {
	d, n, sum := uint64(156_250+b.N-b.N), uint64(1)<<50, uint64(0)
	for b.Loop() {
		sum += (n + sum) / d
	}
}
