package acpi

import (
	"errors"
	"testing"
)

// TestHpet: what the table says; short ones and impossible addresses are refused.
func TestHpet(t *testing.T) {
	body := func(space byte, address uint64) []byte {
		b := le.AppendUint32(nil, 0x8086A201)
		b = append(b, space, 64, 0, 0)
		b = le.AppendUint64(b, address)
		return append(b, 0, 0x80, 0, 0)
	}
	parse := func(tables ...[]byte) (*Hpet, error) {
		r := newRAM()
		var at []uint64
		for _, b := range tables {
			at = append(at, r.table("HPET", b))
		}
		r.root(0, at...)
		x, err := Parse(r.mem, 0x100)
		if err != nil {
			t.Fatal(err)
		}
		return x.Hpet()
	}
	h, err := parse(body(0, 0xFED00000))
	if err != nil || *h != (Hpet{0xFED00000, 0x8086, 3, true, 128}) {
		t.Errorf("%+v, %v", h, err)
	}
	if _, err := parse(); !errors.Is(err, ErrMissing) {
		t.Errorf("no table: %v", err)
	}
	if _, err := parse(body(0, 0xFED00000)[:19]); !errors.Is(err, ErrLength) {
		t.Errorf("a short table: %v", err)
	}
	for _, b := range [][]byte{body(1, 0xFED00000), body(0, 0), body(0, 0xFED00004)} {
		if _, err := parse(b); err == nil {
			t.Errorf("% x is accepted", b)
		}
	}
}
