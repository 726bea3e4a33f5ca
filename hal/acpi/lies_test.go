package acpi

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

var cpu0 = []byte{0, 8, 0, 0, 1, 0, 0, 0}

// TestRoots: of RSDT and XSDT, one that fails, or a table that one of them misses,
// does not hide what the other leads to.
func TestRoots(t *testing.T) {
	nowhere := uint64(1) << 40
	for name, c := range map[string]struct {
		spoil func(r *ram, xsdt, rsdt uint64)
		said  string
	}{
		"sound":           {func(r *ram, xsdt, rsdt uint64) {}, ""},
		"XSDT's checksum": {func(r *ram, xsdt, rsdt uint64) { r.b[xsdt+40]++ }, "XSDT"},
		"XSDT's length":   {func(r *ram, xsdt, rsdt uint64) { le.PutUint32(r.b[xsdt+4:], 1<<31) }, "XSDT"},
		"XSDT's short":    {func(r *ram, xsdt, rsdt uint64) { le.PutUint32(r.b[xsdt+4:], 0) }, "XSDT"},
		"XSDT's name":     {func(r *ram, xsdt, rsdt uint64) { copy(r.b[xsdt:], "XXXX"); fix(r.b[xsdt:xsdt+44], 9) }, "XSDT"},
		"XSDT nowhere":    {func(r *ram, xsdt, rsdt uint64) { le.PutUint64(r.b[0x118:], nowhere); fix(r.b[0x100:0x124], 32) }, "XSDT"},
		"no XSDT":         {func(r *ram, xsdt, rsdt uint64) { le.PutUint64(r.b[0x118:], 0); fix(r.b[0x100:0x124], 32) }, ""},
		"RSDT's checksum": {func(r *ram, xsdt, rsdt uint64) { r.b[rsdt+38]++ }, "RSDT"},
		"no RSDT": {func(r *ram, xsdt, rsdt uint64) {
			le.PutUint32(r.b[0x110:], 0)
			fix(r.b[0x100:0x114], 8)
			fix(r.b[0x100:0x124], 32)
		}, ""},
		"XSDT's entry":      {func(r *ram, xsdt, rsdt uint64) { le.PutUint64(r.b[xsdt+36:], nowhere); fix(r.b[xsdt:xsdt+44], 9) }, "table at 0x10000000000: not in readable memory"},
		"XSDT's entry is 0": {func(r *ram, xsdt, rsdt uint64) { le.PutUint64(r.b[xsdt+36:], 0); fix(r.b[xsdt:xsdt+44], 9) }, ""},
		"RSDT's entry":      {func(r *ram, xsdt, rsdt uint64) { le.PutUint32(r.b[rsdt+36:], 0xFFFFFFF0); fix(r.b[rsdt:rsdt+40], 9) }, "table at 0xfffffff0"},
		"second sum":        {func(r *ram, xsdt, rsdt uint64) { r.b[0x120]++ }, "second part"},
		"second sum, no RSDT": {func(r *ram, xsdt, rsdt uint64) {
			r.b[rsdt+38]++
			r.b[0x120]++
		}, "second part"},
	} {
		r := newRAM()
		rsdp := r.root(2, r.table("APIC", madt(cpu0)))
		c.spoil(r, le.Uint64(r.b[0x118:]), uint64(le.Uint32(r.b[0x110:])))
		x, err := Parse(r.mem, rsdp)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m, err := x.Madt(); err != nil || m.Enabled() != 1 || len(x.list) != 1 {
			t.Errorf("%s: %v %v", name, err, x.Signatures())
		}
		if all := strings.Join(x.Problems, "|"); c.said == "" && all != "" || !strings.Contains(all, c.said) {
			t.Errorf("%s: %q, want %q", name, all, c.said)
		}
	}
}

// TestCandidates: a root pointer that leads to nothing does not hide another.
func TestCandidates(t *testing.T) {
	r := newRAM()
	good := r.root(2, r.table("APIC", madt(cpu0)))
	copy(r.b[0x200:], r.b[0x100:0x124]) // its tables are not there
	le.PutUint32(r.b[0x210:], 0x8000)
	le.PutUint64(r.b[0x218:], 0)
	fix(r.b[0x200:0x214], 8)
	fix(r.b[0x200:0x224], 32)
	copy(r.b[0x300:], r.b[0x200:0x224]) // an empty one
	le.PutUint32(r.b[0x310:], uint32(r.table("RSDT", nil)))
	fix(r.b[0x300:0x314], 8)
	fix(r.b[0x300:0x324], 32)
	for _, c := range []struct {
		list   []uint64
		tables int
		fails  bool
	}{{[]uint64{good}, 1, false}, {[]uint64{0x200, good}, 1, false}, {[]uint64{0, 1 << 40, 0x300, 0x200, good}, 1, false},
		{[]uint64{0x200, 0x300}, 0, false}, {[]uint64{0x200}, 0, true}, {nil, 0, true}} {
		x, err := Sound(r.mem, c.list)
		if (err != nil) != c.fails || err == nil && len(x.list) != c.tables {
			t.Errorf("%#x: %v", c.list, err)
		}
	}
}

// TestFirstTableDamaged: a table of a name does not hide the next one of that name.
func TestFirstTableDamaged(t *testing.T) {
	r := newRAM()
	bad, empty := r.table("APIC", []byte{1, 2}), r.table("APIC", madt([]byte{0, 8, 0, 0, 0, 0, 0, 0}))
	f := r.table("FACP", fadt(r.table("DSDT", s5)))
	x, err := Parse(r.mem, r.root(0, bad, empty, r.table("APIC", madt(cpu0)), r.table("FACP", []byte{0}), f))
	if err != nil {
		t.Fatal(err)
	}
	if m, err := x.Madt(); err != nil || m.Enabled() != 1 {
		t.Errorf("%v %+v", err, m)
	}
	if f, err := x.Fadt(); err != nil || f.PMTimer != 0x608 {
		t.Errorf("%v %+v", err, f)
	}
}

// TestDsdtPlaces: the 64-bit address counts, unless what it leads to is damaged.
func TestDsdtPlaces(t *testing.T) {
	for _, at := range []uint64{0, 1 << 40, 0x5000} {
		r := newRAM()
		b := fadt(r.table("DSDT", s5))
		le.PutUint64(b[140-header:], at)
		x, err := Parse(r.mem, r.root(0, r.table("FACP", b)))
		if err != nil {
			t.Fatal(err)
		}
		if f, err := x.Fadt(); err != nil || !f.HasS5 {
			t.Errorf("%#x: %v %+v %v", at, err, f, x.Problems)
		}
	}
}

// TestFadtFlags: boot flags count from revision 3 on; the PM timer's width; what
// cannot be a port or a century register.
func TestFadtFlags(t *testing.T) {
	read := func(revision byte, change func(b []byte)) (*Fadt, *Tables) {
		r := newRAM()
		b := fadt(r.table("DSDT", s5))
		change(b)
		at := r.table("FACP", b)
		r.b[at+8] = revision
		fix(r.b[at:at+276], 9)
		x, err := Parse(r.mem, r.root(0, at))
		if err != nil {
			t.Fatal(err)
		}
		f, err := x.Fadt()
		if err != nil {
			t.Fatal(err)
		}
		return f, x
	}
	flags := func(v uint16) func([]byte) { return func(b []byte) { le.PutUint16(b[109-header:], v) } }
	if f, _ := read(1, flags(1<<2|1<<5)); f.Boot != Has8042 {
		t.Errorf("revision 1: %#x", f.Boot)
	}
	if f, _ := read(4, flags(1<<2|1<<5)); f.Boot != NoVGA|NoRTC {
		t.Errorf("revision 4: %#x", f.Boot)
	}
	if f, _ := read(1, func(b []byte) { b[112-header+1] |= 1 }); !f.PMTimer32 {
		t.Error("TMR_VAL_EXT")
	}
	if f, x := read(1, func(b []byte) { b[108-header] = 0xB2; le.PutUint32(b[76-header:], 0x12345678) }); f.Century != 0 || f.PMTimer != 0 || len(x.Problems) != 1 {
		t.Errorf("%+v %v", f, x.Problems)
	}
	if f, _ := read(4, func(b []byte) {
		le.PutUint32(b[76-header:], 0)
		b[208-header] = byte(IO)
		le.PutUint64(b[212-header:], 0x1808)
	}); f.PMTimer != 0x1808 {
		t.Errorf("X_PM_TMR_BLK: %#x", f.PMTimer)
	}
}

// TestNmiPins: by UID, for all, and what a PC has when the table is silent.
func TestNmiPins(t *testing.T) {
	r := newRAM()
	x, _ := Parse(r.mem, r.root(0, r.table("APIC", madt(cpu0, []byte{4, 6, 3, 0xF, 0, 0}, []byte{4, 6, 0xFF, 5, 0, 1},
		[]byte{10, 12, 0xF, 0, 9, 1, 0, 0, 0, 0, 0, 0}, []byte{4, 6, 1, 0, 0, 7}, []byte{3, 8, 0xF, 0, 21, 0, 0, 0}))))
	m, err := x.Madt()
	if err != nil || len(m.LocalNmis) != 3 || len(m.NmiSources) != 1 || m.NmiSources[0].Gsi != 21 || len(m.Problems) != 1 {
		t.Fatalf("%v %+v", err, m)
	}
	if p := m.NmiPins(3); len(p) != 2 || !p[0].ActiveLow() || !p[0].Level() || p[1].Level() || p[1].ActiveLow() {
		t.Errorf("%v", p)
	}
	if p := m.NmiPins(1); len(p) != 1 || p[1] != 5 {
		t.Errorf("%v", p)
	}
	if p := (&Madt{}).NmiPins(0); len(p) != 1 || p[1] != 0 {
		t.Errorf("%v", p)
	}
	if g, f := (&Madt{Overrides: []Override{{0, 2, 0}, {9, 20, 0xD}}}).GsiOf(9); g != 20 || f.ActiveLow() || !f.Level() {
		t.Errorf("%d %#x", g, f)
	}
}

// TestMadtOrder is a property: whatever disabled, impossible and repeated entries are
// mixed in, in any order, exactly the ids that some entry enables are enabled, each
// once, and there are few sentences.
func TestMadtOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		var entries [][]byte
		want := map[uint32]bool{}
		for n := rnd.IntN(40); n > 0; n-- {
			id, enabled := uint32(rnd.IntN(8)), byte(rnd.IntN(3)&1)
			switch rnd.IntN(5) {
			case 0:
				e := make([]byte, 16)
				e[0], e[1], e[8] = 9, 16, enabled
				le.PutUint32(e[4:], id)
				entries = append(entries, e)
			case 1:
				entries = append(entries, []byte{0, 8, 7, 0xFF, 1, 0, 0, 0}, []byte{9, 16, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 0, 0, 0, 0})
				continue
			case 2:
				entries = append(entries, []byte{0, 4, 1, 1}, []byte{200, 2})
				continue
			default:
				entries = append(entries, []byte{0, 8, 9, byte(id), enabled, 0, 0, 0})
			}
			if enabled != 0 {
				want[id] = true
			}
		}
		r := newRAM()
		x, err := Parse(r.mem, r.root(0, r.table("APIC", madt(entries...))))
		if err != nil {
			t.Fatal(err)
		}
		m, err := x.Madt()
		if err != nil {
			t.Fatal(err)
		}
		got := map[uint32]bool{}
		for _, p := range m.Processors {
			if p.Enabled {
				got[p.ApicID] = true
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || m.Enabled() != len(want) || len(m.Problems) > 2 {
			t.Fatalf("%v: %v, want %v; %v", entries, got, want, m.Problems)
		}
	}
}

// FuzzParse: whatever stands in memory, nothing panics or goes on for ever.
func FuzzParse(f *testing.F) {
	r := newRAM()
	r.root(2, r.table("FACP", fadt(r.table("DSDT", s5))), r.table("APIC", madt(cpu0)))
	f.Add(slices.Clone(r.b[:0x2000]), uint16(0x1000), byte(1))
	f.Fuzz(func(t *testing.T, b []byte, at uint16, v byte) {
		m := newRAM()
		copy(m.b, b)
		m.b[at] ^= v
		if x, err := Sound(m.mem, []uint64{0x100, uint64(at)}); err == nil {
			x.Madt()
			x.Fadt()
			x.Hpet()
		}
	})
}
