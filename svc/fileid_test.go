package svc

import (
	"math/rand/v2"
	"testing"

	"gont/io"
)

// TestFileID (I10): the eight bytes of a file's id arrive whole, whatever they are, behind an open file and behind a
// device; more and less is no id.
func TestFileID(t *testing.T) {
	special := []uint16{0, 1, '\\', '/', 'A', 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xE000, 0xFFFD, 0xFFFE, 0xFFFF}
	related := &io.File{}
	check := func(u [4]uint16) {
		t.Helper()
		id := uint64(u[0]) | uint64(u[1])<<16 | uint64(u[2])<<32 | uint64(u[3])<<48
		name := decodeText(u[:])
		if got, ok := (&io.File{Name: name, Related: related}).FileID(); !ok || got != id {
			t.Fatalf("%X arrives as %X, %v", id, got, ok)
		}
		if got, ok := (&io.File{Name: `\` + name}).FileID(); !ok || got != id {
			t.Fatalf("%X arrives by a path as %X, %v", id, got, ok)
		}
		long := append(u[:], 5)
		for _, f := range []*io.File{{Name: decodeText(u[:3]), Related: related}, {Name: decodeText(long), Related: related}, {Name: name}} {
			if f.Related == nil && u[0] == '\\' {
				continue
			}
			if id, ok := f.FileID(); ok {
				t.Fatalf("%q is the id %X", f.Name, id)
			}
		}
	}
	for _, a := range special {
		for _, b := range special {
			for _, c := range special {
				for _, d := range special {
					check([4]uint16{a, b, c, d})
				}
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		check([4]uint16{uint16(r.Uint32()), uint16(r.Uint32()), uint16(r.Uint32()), uint16(r.Uint32())})
	}
	for _, name := range []string{"", `\`, "\xED", "\xED\xA0", "abc\xED\xA0", "\xFFabc", "abcde", "\U0001F600ab\U0001F600"} {
		if id, ok := (&io.File{Name: name, Related: related}).FileID(); ok {
			t.Errorf("%q is the id %X", name, id)
		}
	}
}
