package storport

import (
	"math/rand/v2"
	"testing"
)

// TestScatter (I10): a buffer's segments cover it, once and in order, within the limits; what is
// outside of them is refused, which is what the bounce buffer is for.
func TestScatter(t *testing.T) {
	if err := BenchMemory(1024); err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		l := Limits{Segments: 1 + r.IntN(20), Align: []uint64{0, 1, 2, 4}[r.IntN(4)], Boundary: []uint64{0, 512, 1 << 16}[r.IntN(3)],
			Longest: []uint32{0, 4096, 8192}[r.IntN(3)], Pages: r.IntN(4) == 0}
		if l.Pages {
			l.Boundary = 0
		}
		if r.IntN(4) == 0 {
			l.Below = 300 << 12
		}
		b := NewBuffer(1+r.IntN(60_000), r.IntN(4096))
		from := r.IntN(b.Len())
		n := 1 + r.IntN(b.Len()-from)
		list, ok := l.scatter(make([]Segment, 0, l.Segments), b, from, n)
		if !ok {
			b.Free()
			continue
		}
		at := from
		for i, s := range list {
			end := s.Address + uint64(s.Length)
			if s.Length == 0 || l.Below != 0 && end > l.Below || l.Align > 1 && (s.Address|uint64(s.Length))%l.Align != 0 || l.Longest != 0 && s.Length > l.Longest ||
				l.Boundary != 0 && s.Address/l.Boundary != (end-1)/l.Boundary || l.Pages && (i > 0 && s.Address%4096 != 0 || i < len(list)-1 && end%4096 != 0) {
				t.Fatalf("seed %d: segment %d, %+v of %+v", seed, i, s, l)
			}
			for k := uint64(0); k < uint64(s.Length); {
				pa, have := b.Address(at)
				if pa != s.Address+k {
					t.Fatalf("seed %d: byte %d lies elsewhere", seed, at)
				}
				have = min(have, int(uint64(s.Length)-k))
				at, k = at+have, k+uint64(have)
			}
		}
		if at != from+n || len(list) > l.Segments {
			t.Fatalf("seed %d: %d of %d bytes in %d segments", seed, at-from, n, len(list))
		}
		b.Free()
	}
	l := Limits{Segments: 2, Align: 2}
	b := NewBuffer(8192, 1)
	if _, ok := l.scatter(make([]Segment, 0, 2), b, 0, 8192); ok {
		t.Error("an odd address")
	}
	if _, ok := l.scatter(make([]Segment, 0, 2), b, 8192, 1); ok {
		t.Error("beyond the end")
	}
}
