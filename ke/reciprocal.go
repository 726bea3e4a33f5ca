package ke

import "math/bits"

// Reciprocal divides by one divisor with a multiplication and two shifts (SPEC
// P0.5): the clock's way from a due time to a tick, without the division's
// tens of cycles. It is exact for every 64-bit number. (Granlund and
// Montgomery, "Division by Invariant Integers using Multiplication", 1994,
// figure 4.1.)
type Reciprocal struct {
	multiplier     uint64
	shift1, shift2 uint8
}

// NewReciprocal makes the reciprocal of d. Precondition: d > 0.
func NewReciprocal(d uint64) Reciprocal {
	if d == 0 {
		panic("ke: reciprocal of zero")
	}
	l := bits.Len64(d - 1) // d <= 1<<l
	// 2^64 * (2^l - d) / d + 1; for l = 64 the difference wraps to what it is.
	m, _ := bits.Div64(1<<l-d, 0, d)
	return Reciprocal{multiplier: m + 1, shift1: uint8(min(l, 1)), shift2: uint8(max(l-1, 0))}
}

// Divide returns n divided by the divisor, rounded down.
func (r Reciprocal) Divide(n uint64) uint64 {
	t, _ := bits.Mul64(r.multiplier, n)
	return (t + (n-t)>>(r.shift1&63)) >> (r.shift2 & 63)
}
