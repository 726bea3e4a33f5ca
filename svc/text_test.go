package svc

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unicode/utf16"
)

// TestText: any UTF-16 comes back as it was, and sound UTF-16 is the string that the
// standard library makes of it.
func TestText(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		u := make([]uint16, r.IntN(40))
		sound := true
		for i := range u {
			u[i] = []uint16{uint16('a' + r.IntN(26)), uint16(r.IntN(1 << 16)), uint16(0xD800 + r.IntN(0x800)), 0xE9}[r.IntN(4)]
		}
		s := decodeText(u)
		if back := encodeText(s); !slices.Equal(back, u) {
			t.Fatalf("%x has become %x", u, back)
		}
		for _, c := range utf16.Decode(u) {
			sound = sound && c != '\uFFFD'
		}
		if sound && s != string(utf16.Decode(u)) {
			t.Fatalf("%x is %q", u, s)
		}
	}
	if u := encodeText("a\xffb"); !slices.Equal(u, []uint16{'a', 0xFFFD, 'b'}) {
		t.Errorf("%x", u)
	}
}
