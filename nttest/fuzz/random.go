//go:build ntuser

package main

// random is SplitMix64: the same seed, the same calls.
type random uint64

func (r *random) next() uint64 {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// below returns a number from 0 to n-1.
func (r *random) below(n int) int { return int(r.next() % uint64(n)) }

// in reports true once in n times.
func (r *random) in(n int) bool { return r.below(n) == 0 }

// pick returns one of the values.
func pick[T any](r *random, list ...T) T { return list[r.below(len(list))] }
