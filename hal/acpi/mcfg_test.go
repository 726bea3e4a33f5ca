package acpi

import (
	"errors"
	"testing"
)

// TestMcfg (P1.29): areas are read; those that cannot be are named; a short table is an error.
func TestMcfg(t *testing.T) {
	area := func(at uint64, segment uint16, first, last byte) []byte {
		b := le.AppendUint64(nil, at)
		b = le.AppendUint16(b, segment)
		return append(b, first, last, 0, 0, 0, 0)
	}
	body := make([]byte, 8)
	for _, a := range [][]byte{area(0xB0000000, 0, 0, 255), area(0, 0, 0, 1), area(0xC0000100, 0, 0, 1), area(1<<60, 0, 0, 1), area(0xD0000000, 1, 9, 3)} {
		body = append(body, a...)
	}
	r := newRAM()
	x, err := Parse(r.mem, r.root(0, r.table("MCFG", append(body, 1, 2, 3))))
	if err != nil {
		t.Fatal(err)
	}
	a, err := x.Mcfg()
	if err != nil || len(a) != 1 || a[0] != (EcamArea{0xB0000000, 0, 0, 255}) || len(x.Problems) != 4 {
		t.Errorf("%v %v %q", a, err, x.Problems)
	}
	r = newRAM()
	x, _ = Parse(r.mem, r.root(0, r.table("MCFG", []byte{1})))
	if _, err := x.Mcfg(); !errors.Is(err, ErrLength) {
		t.Error(err)
	}
	x, _ = Parse(r.mem, r.root(0))
	if x != nil {
		if _, err := x.Mcfg(); !errors.Is(err, ErrMissing) {
			t.Error(err)
		}
	}
}
