package memmap

import (
	"reflect"
	"testing"

	"gont/arc"
)

const (
	free    = arc.LoaderFree
	perm    = arc.LoaderFirmwarePermanent
	special = arc.LoaderSpecialMemory
	broken  = arc.LoaderBad
	heap    = arc.LoaderOsloaderHeap
	mib     = 1 << 20
	gib     = 1 << 30
	mibPfn  = mib / PageSize
)

func row(base, length uint64, t uint32) arc.E820Entry {
	return arc.E820Entry{Base: base, Length: length, Type: t, Attributes: 1}
}

// check tests what the kernel relies on.
func check(t *testing.T, m *Map) {
	t.Helper()
	for i, r := range m.Runs() {
		if r.Count == 0 {
			t.Errorf("run %d is empty", i)
		}
		if i == 0 {
			continue
		}
		p := m.Runs()[i-1]
		if p.Base+p.Count > r.Base {
			t.Errorf("runs %d and %d overlap: %v %v", i-1, i, p, r)
		}
		if p.Base+p.Count == r.Base && p.Type == r.Type {
			t.Errorf("runs %d and %d are one: %v %v", i-1, i, p, r)
		}
	}
}

func TestFromE820(t *testing.T) {
	for name, c := range map[string]struct {
		rows []arc.E820Entry
		want []Run
	}{
		"QEMU, 256 MiB": {
			[]arc.E820Entry{row(0, 0x9FC00, 1), row(0x9FC00, 0x400, 2), row(0xF0000, 0x10000, 2),
				row(mib, 0xFEE0000, 1), row(0xFFE0000, 0x20000, 2), row(0xFFFC0000, 0x40000, 2)},
			[]Run{{0, 0x9F, free}, {0x9F, 1, perm}, {0xF0, 16, perm}, {0x100, 0xFEE0, free}},
		},
		"above 4 GiB, hole described inside the span": {
			[]arc.E820Entry{row(0, 3*gib, 1), row(4*gib, 2*gib, 1), row(0xFEFFC000, 0x4000, 2), row(7*gib, gib, 2)},
			[]Run{{0, 3 * gib / PageSize, free}, {0xFEFFC, 4, perm}, {gib / 1024, 2 * gib / PageSize, free}},
		},
		"unsorted, overlapping, empty": {
			[]arc.E820Entry{row(2*mib, 4*mib, 1), row(5*mib, 0, 2), row(mib, 2*mib, 1), row(3*mib, mib, 3),
				row(3*mib, mib/2, 4), row(4*mib, mib, 5), row(4*mib, mib, 1)},
			[]Run{{0x100, 0x200, free}, {0x300, 0x80, perm}, {0x380, 0x80, special}, {0x400, 0x100, broken}, {0x500, 0x100, free}},
		},
		"not on page boundaries": {
			[]arc.E820Entry{row(mib+1, mib-2, 1), row(2*mib-1, mib+1, 1), row(4*mib+100, 200, 1), row(5*mib+0x800, 0x1000, 3), row(5*mib, 0x3000, 1)},
			[]Run{{0x100, 1, perm}, {0x101, 0x1FF, free}, {0x400, 1, perm},
				{0x500, 2, special}, {0x502, 1, free}},
		},
		"attribute says ignore": {
			[]arc.E820Entry{row(mib, mib, 1), {Base: mib, Length: mib, Type: 2}},
			[]Run{{0x100, 0x100, free}},
		},
		"no attributes at all": {
			[]arc.E820Entry{{Base: mib, Length: 2 * mib, Type: 1}, {Base: mib, Length: mib, Type: 2}},
			[]Run{{0x100, 0x100, perm}, {0x200, 0x100, free}},
		},
		"attributes in long answers only": {
			[]arc.E820Entry{{Base: mib, Length: 2 * mib, Type: 1, Attributes: Untold | 1}, {Base: mib, Length: mib, Type: 2}},
			[]Run{{0x100, 0x100, perm}, {0x200, 0x100, free}},
		},
		"not volatile": {
			[]arc.E820Entry{row(mib, 3*mib, 1), {Base: 2 * mib, Length: mib, Type: 1, Attributes: 3}},
			[]Run{{0x100, 0x100, free}, {0x200, 0x100, perm}, {0x300, 0x100, free}},
		},
		"RAM that wraps around": {
			[]arc.E820Entry{row(mib, mib, 1), row(4*mib, ^uint64(0), 1), row(0x180000, ^uint64(0)-0x100000, 2)},
			[]Run{{0x100, 0x80, free}}, // nothing is RAM behind it
		},
		"unknown type": {
			[]arc.E820Entry{row(0, 4*mib, 1), row(mib, mib, 77)},
			[]Run{{0, 0x100, free}, {0x100, 0x100, perm}, {0x200, 0x200, free}},
		},
		"wraps around": {
			[]arc.E820Entry{row(mib, mib, 1), row(^uint64(0)-100, 4096, 2), row(^uint64(0)-100, 4096, 1)},
			[]Run{{0x100, 0x100, free}},
		},
	} {
		m, err := FromE820(c.rows, 52)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		check(t, m)
		if !reflect.DeepEqual(m.Runs(), c.want) {
			t.Errorf("%s:\n got %v\nwant %v", name, m.Runs(), c.want)
		}
	}
	for name, rows := range map[string][]arc.E820Entry{
		"nothing": nil, "reserved only": {row(0, mib, 2)}, "empty RAM": {row(0, 0, 1)},
	} {
		if _, err := FromE820(rows, 52); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAllocate(t *testing.T) {
	m, err := FromE820([]arc.E820Entry{row(0, 640<<10, 1), row(mib, 31*mib, 1), row(4*gib, gib, 1)}, 52)
	if err != nil {
		t.Fatal(err)
	}
	const limit = 4 * gib / PageSize
	total := m.Free()
	a, err := m.Alloc(10, limit, 1, heap)
	if err != nil || a != 32*mibPfn-10 {
		t.Errorf("first: %#x %v", a, err)
	}
	b, err := m.Alloc(512, limit, 512, heap)
	if err != nil || b%512 != 0 || b+512 > a {
		t.Errorf("aligned: %#x %v", b, err)
	}
	m.Release(a, 10)
	c, err := m.Alloc(10, limit, 1, heap)
	if err != nil || c != a {
		t.Errorf("again: %#x %v", c, err)
	}
	if _, err := m.Alloc(32*mibPfn, limit, 1, heap); err == nil {
		t.Error("more than there is below 4 GiB")
	}
	if _, err := m.Alloc(0, limit, 1, heap); err == nil {
		t.Error("nothing is allocated")
	}
	if p, err := m.Alloc(1, LowFrames, 1, heap); err == nil {
		t.Errorf("a page below 1 MiB: %#x", p)
	}
	if m.Free() != total-10-512 {
		t.Errorf("%d pages free, %d before", m.Free(), total)
	}
	check(t, m)
	m.Set(0, 1, perm)
	m.Claim(0, 0x120, heap) // takes RAM only where free
	check(t, m)
	want := []Run{{0, 1, perm}, {1, 0x9F, heap}, {0x100, 0x20, heap}}
	if got := m.Runs()[:3]; !reflect.DeepEqual(got, want) {
		t.Errorf("after claim: %v", got)
	}
	for {
		if _, err := m.Alloc(7, limit, 3, heap); err != nil {
			break
		}
	}
	check(t, m)
}
