package paging

import (
	"errors"
	"testing"

	"gont/arc"
	"gont/pe"
)

// memory hands out tables from a map; room limits how many.
func memory(room int) (func() (uint64, error), func(uint64) *[512]uint64) {
	tables := map[uint64]*[512]uint64{}
	next := uint64(0x100000)
	return func() (uint64, error) {
			if len(tables) == room {
				return 0, errors.New("no room")
			}
			next += 4096
			tables[next] = &[512]uint64{7: 99} // not zero
			return next, nil
		}, func(p uint64) *[512]uint64 {
			return tables[p]
		}
}

const gib = 1 << 30

func TestHandOver(t *testing.T) {
	for _, high := range []uint64{32 << 20, 4 * gib, 6*gib + 0x1000, 513 * gib} {
		tab, err := New(memory(10000))
		if err != nil {
			t.Fatal(err)
		}
		if err := tab.HandOver(high); err != nil {
			t.Fatal(err)
		}
		last := max(high, 4*gib)
		for _, p := range []uint64{0, 0xB8000, 0x200000, 0xFEE00000, 4*gib - 1, high - 1, last / 3} {
			pa, flags, ok := tab.Lookup(arc.PhysMap + p)
			if !ok || pa != p || flags&NX == 0 || flags&Writable == 0 || flags&(1<<2) != 0 {
				t.Errorf("high %#x: physical map of %#x: %#x %#x %v", high, p, pa, flags, ok)
			}
			pa, flags, ok = tab.Lookup(p)
			if (p < 4*gib) != ok || ok && (pa != p || flags&NX != 0) {
				t.Errorf("high %#x: identity map of %#x: %#x %#x %v", high, p, pa, flags, ok)
			}
		}
		end := (last + 2<<20 - 1) &^ (2<<20 - 1)
		for _, va := range []uint64{arc.PhysMap + end, arc.PhysMap - 1, 4 * gib, arc.KernelBase, 1<<47 - 1} {
			if _, _, ok := tab.Lookup(va); ok {
				t.Errorf("high %#x: %#x is mapped", high, va)
			}
		}
	}
}

func TestMapImage(t *testing.T) {
	m := &pe.Image{Base: 0xFFFFFFFF803FF000, Size: 0x5000, HeaderSize: 0x400, Sections: []pe.Section{
		{RVA: 0x1000, Size: 0x1001, Flags: pe.Read | pe.Execute},
		{RVA: 0x3000, Size: 0x10, Flags: pe.Read},
		{RVA: 0x4000, Size: 0x1000, Flags: pe.Read | pe.Write},
	}}
	tab, err := New(memory(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := tab.MapImage(m, 0x700000); err != nil {
		t.Fatal(err)
	}
	for i, want := range []uint64{NX, 0, 0, NX, NX | Writable} {
		off := uint64(i) * 4096
		pa, flags, ok := tab.Lookup(m.Base + off)
		if !ok || pa != 0x700000+off || flags&(NX|Writable) != want || flags&Large != 0 {
			t.Errorf("page %d: %#x %#x %v", i, pa, flags, ok)
		}
	}
	for _, off := range []uint64{0x5000, ^uint64(0)} {
		if _, _, ok := tab.Lookup(m.Base + off); ok {
			t.Errorf("offset %#x is mapped", off)
		}
	}
}

func TestNoRoom(t *testing.T) {
	for room := range 11 {
		tab, err := New(memory(room))
		if err == nil {
			err = tab.HandOver(4 * gib)
		}
		if (err == nil) != (room >= 11) {
			t.Errorf("room for %d tables: %v", room, err)
		}
		if err == nil && tab.Pages != 11 {
			t.Errorf("%d tables", tab.Pages)
		}
	}
}
