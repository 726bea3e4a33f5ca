package hal

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// TestPat: the entries that page tables choose are the types that the names say (SDM vol.
// 3, table 11-10), and entries 0 and 3 are those of a reset.
func TestPat(t *testing.T) {
	const uc, wc, wb = 0, 1, 6
	entry := func(n CacheType) int { return int(uint64(patValue) >> (8 * n) & 7) }
	if entry(0) != wb || entry(WriteCombined) != wc || entry(NonCached) != uc {
		t.Errorf("%#x", uint64(patValue))
	}
	for i := CacheType(0); i < 8; i++ {
		if v := uint64(patValue) >> (8 * i) & 0xFF; v == 2 || v == 3 || v > 7 {
			t.Errorf("entry %d is reserved: %d", i, v)
		}
	}
}

func testSpace() *ioSpace {
	return &ioSpace{base: 0xFFFF_FFFF_FFD0_0000, pages: 16, ram: []frames{{0, 0xA0}, {0x100, 0x8000}}}
}

// TestIoSpace: what is refused, and that a second mapping is the first.
func TestIoSpace(t *testing.T) {
	s := testSpace()
	if err := s.claim(0xFEE00, 0x1000, NonCached); err != nil {
		t.Fatal(err)
	}
	a, there, err := s.place(0xFED00010, 0x1000, NonCached)
	if err != nil || there || a != s.base+0x10 || s.next != 2 {
		t.Fatalf("%#x %v %v", a, there, err)
	}
	if b, there, err := s.place(0xFED01800, 16, NonCached); err != nil || !there || b != s.base+0x1800 {
		t.Errorf("%#x %v %v", b, there, err)
	}
	if b, there, err := s.place(0xFEE00020, 4, NonCached); err != nil || !there || b != 0x1020 {
		t.Errorf("%#x %v %v", b, there, err)
	}
	for _, c := range []struct {
		pa, size uint64
		cache    CacheType
		want     error
	}{
		{0x5000, 4, NonCached, ErrIsRam}, {0x9FFF0, 0x20, NonCached, ErrIsRam}, {0xFF000, 0x1001, NonCached, ErrIsRam},
		{0xFED00000, 4, WriteCombined, ErrCacheType}, {0xFEE00000, 4, WriteCombined, ErrCacheType}, {0xFECFF000, 0x1001, WriteCombined, ErrCacheType},
		{0xE0000000, 15 << 12, WriteCombined, ErrNoSpace}, {0xE0000000, 1 << 40, WriteCombined, ErrNoSpace},
		{0xE0000000, 0, NonCached, ErrAddress}, {^uint64(0), 2, NonCached, ErrAddress}, {1 << 52, 1, NonCached, ErrAddress},
	} {
		if _, _, err := s.place(c.pa, c.size, c.cache); !errors.Is(err, c.want) {
			t.Errorf("%#x: %v, want %v", c.pa, err, c.want)
		}
	}
}

// TestIoSpaceRandom is a property: no frame has two types, none is memory, and no two
// frames have one address.
func TestIoSpaceRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 300 {
		s := testSpace()
		s.pages = 64
		types := map[uint64]CacheType{} // by frame
		at := map[uint64]uint64{}       // frame by address
		for range 60 {
			pa, size := 0x8000000-0x8000+r.Uint64N(0x40000), 1+r.Uint64N(0x6000)
			cache := []CacheType{NonCached, WriteCombined}[r.IntN(2)]
			va, _, err := s.place(pa, size, cache)
			if err != nil {
				continue
			}
			for f := pa >> 12; f <= (pa+size-1)>>12; f++ {
				page := va>>12 + f - pa>>12
				if c, is := types[f]; is && c != cache || s.isRam(f, f+1) {
					t.Fatalf("frame %#x has two types", f)
				}
				if o, is := at[page]; is && o != f {
					t.Fatalf("address %#x has two frames", page)
				}
				types[f], at[page] = cache, f
			}
		}
	}
}

// TestLargeMap is a property: a large page is shown whole only if every frame of it is
// memory, and not at all only if none is.
func TestLargeMap(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 2000 {
		var runs []frames
		for at := uint64(0); at < 3000; {
			at += r.Uint64N(700)
			n := r.Uint64N(900)
			runs = append(runs, frames{at, at + n})
			at += n
		}
		runs = merge(runs)
		for first := uint64(0); first < 3072; first += 512 {
			n := 0
			for f := first; f < first+512; f++ {
				for _, x := range runs {
					if x.first <= f && f < x.end {
						n++
					}
				}
			}
			if all, none := largeMap(runs, first); all != (n == 512) || none != (n == 0) {
				t.Fatalf("%v at %d: %v %v, %d frames", runs, first, all, none, n)
			}
		}
	}
}
