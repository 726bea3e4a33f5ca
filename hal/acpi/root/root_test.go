package root

import (
	"math/rand/v2"
	"testing"
)

// seal makes b sum to zero by its byte at.
func seal(b []byte, at int) {
	b[at] = 0
	var s byte
	for _, c := range b {
		s += c
	}
	b[at] = -s
}

func rsdp(area []byte, at int, revision byte) {
	b := area[at:]
	copy(b, "RSD PTR ")
	b[15], b[16] = revision, 0x55
	seal(b[:20], 8)
	if revision >= 2 {
		b[20], b[30] = 36, 0x77
		seal(b[:36], 32)
	}
}

// TestBest: which of the structures in an area is taken.
func TestBest(t *testing.T) {
	for name, c := range map[string]struct {
		make  func([]byte)
		want  int
		whole bool
	}{
		"none":                  {func(b []byte) {}, -1, false},
		"revision 0":            {func(b []byte) { rsdp(b, 0x120, 0) }, 0x120, true},
		"revision 2":            {func(b []byte) { rsdp(b, 0x120, 2) }, 0x120, true},
		"last place":            {func(b []byte) { rsdp(b, len(b)-32, 0) }, 1024 - 32, true},
		"not on 16":             {func(b []byte) { rsdp(b, 0x128, 0) }, -1, false},
		"checksum":              {func(b []byte) { rsdp(b, 0x120, 0); b[0x130]++ }, -1, false},
		"second one is right":   {func(b []byte) { rsdp(b, 0x120, 0); b[0x130]++; rsdp(b, 0x200, 0) }, 0x200, true},
		"second checksum":       {func(b []byte) { rsdp(b, 0x120, 2); b[0x13E]++ }, 0x120, false},
		"a whole one elsewhere": {func(b []byte) { rsdp(b, 0x120, 2); b[0x13E]++; rsdp(b, 0x200, 2) }, 0x200, true},
		"length too small":      {func(b []byte) { rsdp(b, 0x120, 2); b[0x134] = 20; seal(b[0x120:0x144], 32) }, 0x120, true},
		"length past the area":  {func(b []byte) { rsdp(b, 0x120, 2); b[0x136] = 20 }, 0x120, false},
		"cut off":               {func(b []byte) { rsdp(b, 0x3D0, 0); copy(b[0x3F0:], "RSD PTR ") }, 0x3D0, true},
		"second part cut off":   {func(b []byte) { c := make([]byte, 64); rsdp(c, 0, 2); copy(b[0x3E0:], c[:32]) }, 0x3E0, false},
	} {
		area := make([]byte, 1024)
		c.make(area)
		if got, whole := Best(area); got != c.want || whole != c.whole {
			t.Errorf("%s: %#x, %v, want %#x, %v", name, got, whole, c.want, c.whole)
		}
	}
}

// TestNext: all of them are found, in order, those that are not whole, too.
func TestNext(t *testing.T) {
	area := make([]byte, 4096)
	for _, at := range []int{0, 0x30, 0x200, 0xFE0} {
		rsdp(area, at, 0)
	}
	n := 0
	for i := Next(area, 0); i >= 0; i = Next(area, i+1) {
		n++
	}
	if n != 4 {
		t.Errorf("%d", n)
	}
}

// TestEbda: what can be an EBDA's segment.
func TestEbda(t *testing.T) {
	for segment, want := range map[uint16]uint64{0: 0, 0x50: 0, 0x9FC0: 0x9FC00, 0x8000: 0x80000, 0xA000: 0, 0xFFFF: 0} {
		if got := EbdaAddress(segment); got != want {
			t.Errorf("%#x: %#x, want %#x", segment, got, want)
		}
	}
}

// FuzzRead: whatever stands there, nothing panics, and what is taken has the right
// sum.
func FuzzRead(f *testing.F) {
	b := make([]byte, 64)
	rsdp(b, 0, 2)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, ok := Read(b); ok && !SumsToZero(b[:FirstSize]) {
			t.Error("a wrong sum is taken")
		}
		for i := Next(b, 0); i >= 0; i = Next(b, i+16) {
		}
		Best(b)
	})
}

// TestNoise: damage anywhere in the structure is found, or costs Whole only.
func TestNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		b := make([]byte, 36)
		rsdp(b, 0, 2)
		at, v := r.IntN(36), byte(1+r.IntN(255))
		b[at] += v
		p, ok := Read(b)
		if at < 20 && ok || at >= 20 && (!ok || p.Whole) {
			t.Fatalf("byte %d: %+v %v", at, p, ok)
		}
	}
}
