package acpi

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// ram is a small physical memory with tables in it.
type ram struct {
	b    []byte
	next int
}

func newRAM() *ram { return &ram{b: make([]byte, 1<<16), next: 0x1000} }

func (r *ram) mem(at uint64, n int) []byte {
	if n < 0 || at > uint64(len(r.b)) || uint64(n) > uint64(len(r.b))-at {
		return nil
	}
	return r.b[at : at+uint64(n)]
}

func fix(b []byte, at int) {
	b[at] = 0
	b[at] = -sum(b)
}

// table stores a table with a right header and returns its address.
func (r *ram) table(signature string, body []byte) uint64 {
	at := r.next
	b := r.b[at : at+header+len(body)]
	copy(b, signature)
	le.PutUint32(b[4:], uint32(len(b)))
	copy(b[header:], body)
	fix(b, 9)
	r.next += (len(b) + 15) &^ 15
	return uint64(at)
}

// root makes the root pointer, and the root tables of its revision, with the same
// tables in both.
func (r *ram) root(revision byte, tables ...uint64) uint64 {
	return r.roots(revision, tables, tables)
}

// roots is root with a list for each root table.
func (r *ram) roots(revision byte, old, new []uint64) uint64 {
	var body, body8 []byte
	for _, t := range old {
		body = le.AppendUint32(body, uint32(t))
	}
	for _, t := range new {
		body8 = le.AppendUint64(body8, t)
	}
	p := r.b[0x100:0x124]
	copy(p, "RSD PTR ")
	p[15] = revision
	le.PutUint32(p[16:], uint32(r.table("RSDT", body)))
	le.PutUint32(p[20:], 36)
	if revision >= 2 {
		le.PutUint64(p[24:], r.table("XSDT", body8))
	}
	fix(p[:20], 8)
	fix(p, 32)
	return 0x100
}

func fadt(dsdt uint64) []byte {
	f := make([]byte, 276-header)
	put := func(at int, v uint64, n int) {
		for i := 0; i < n; i++ {
			f[at-header+i] = byte(v >> (8 * i))
		}
	}
	put(40, dsdt, 4)
	put(48, 0xB2, 4)
	put(52, 0xF1, 1)
	put(64, 0x604, 4)
	put(76, 0x608, 4)
	put(108, 0x32, 1)
	put(112, 1<<10, 4)
	put(116, uint64(IO), 1)
	put(120, 0xCF9, 8)
	put(128, 0x0F, 1)
	return f
}

var s5 = []byte("\x10\x05AAAA\x08_S5_\x12\x06\x04\x0A\x05\x00\x00\x00")

func madt(entries ...[]byte) []byte {
	return append([]byte{0, 0, 0xE0, 0xFE, 1, 0, 0, 0}, slices.Concat(entries...)...)
}

// TestTables: both kinds of root, what the tables say.
func TestTables(t *testing.T) {
	for _, revision := range []byte{0, 2} {
		r := newRAM()
		rsdp := r.root(revision, r.table("FACP", fadt(r.table("DSDT", s5))), r.table("APIC", madt(
			[]byte{0, 8, 0, 0, 1, 0, 0, 0}, []byte{0, 8, 1, 1, 1, 0, 0, 0}, []byte{0, 8, 2, 2, 0, 0, 0, 0},
			[]byte{1, 12, 4, 0, 0, 0, 0xC0, 0xFE, 0, 0, 0, 0}, []byte{2, 10, 0, 0, 2, 0, 0, 0, 5, 0},
			[]byte{9, 16, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0}, []byte{77, 4, 1, 2})))
		x, err := Parse(r.mem, rsdp)
		if err != nil || len(x.Problems) != 0 || !slices.Equal(x.Signatures(), []string{"FACP", "APIC"}) {
			t.Fatalf("revision %d: %v %+v", revision, err, x)
		}
		m, err := x.Madt()
		if err != nil || m.Enabled() != 3 || len(m.Processors) != 4 || m.Processors[3].ApicID != 256 || m.LocalApic != 0xFEE00000 ||
			!m.PCAT || len(m.IOApics) != 1 || m.Overrides[0] != (Override{0, 2, 5}) || len(m.Problems) != 0 {
			t.Errorf("MADT: %v %+v", err, m)
		}
		f, err := x.Fadt()
		if err != nil || f.PM1aControl != 0x604 || f.SmiCommand != 0xB2 || f.PMTimer != 0x608 || !f.HasReset || f.Reset.At != 0xCF9 ||
			f.ResetValue != 0x0F || !f.HasS5 || f.SleepType5 != [2]uint8{5, 0} || f.Century != 0x32 {
			t.Errorf("FADT: %v %+v", err, f)
		}
	}
}

// TestDamage: a damaged root is an error, a damaged table is left out and named.
func TestDamage(t *testing.T) {
	good := func() (*ram, uint64, uint64) {
		r := newRAM()
		m := r.table("APIC", madt([]byte{0, 8, 0, 0, 1, 0, 0, 0}))
		return r, r.root(0, m), m
	}
	for name, c := range map[string]struct {
		spoil func(r *ram, m uint64)
		want  string
	}{
		"signature": {func(r *ram, m uint64) { r.b[0x100] = 'X' }, "no root pointer"},
		"checksum":  {func(r *ram, m uint64) { r.b[0x10A]++ }, "RSDP: wrong checksum"},
		"root":      {func(r *ram, m uint64) { le.PutUint32(r.b[0x110:], 0xFFFFFF0); fix(r.b[0x100:0x114], 8) }, "root table RSDT at 0xffffff0"},
		"root kind": {func(r *ram, m uint64) { le.PutUint32(r.b[0x110:], uint32(m)); fix(r.b[0x100:0x114], 8) }, "wrong signature"},
	} {
		r, rsdp, m := good()
		c.spoil(r, m)
		if _, err := Parse(r.mem, rsdp); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, spoil := range map[string]func(r *ram, m uint64){
		"checksum": func(r *ram, m uint64) { r.b[m+40]++ },
		"long":     func(r *ram, m uint64) { le.PutUint32(r.b[m+4:], 1<<30) },
		"short":    func(r *ram, m uint64) { le.PutUint32(r.b[m+4:], 35) },
		"outside":  func(r *ram, m uint64) { le.PutUint32(r.b[m+4:], 0xFFFF) },
	} {
		r, rsdp, m := good()
		spoil(r, m)
		x, err := Parse(r.mem, rsdp)
		if err != nil || len(x.Problems) != 1 || x.Find("APIC") != nil {
			t.Errorf("%s: %v %+v", name, err, x)
		} else if _, err := x.Madt(); !errors.Is(err, ErrMissing) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse(newRAM().mem, 0); !errors.Is(err, ErrNoRsdp) {
		t.Error(err)
	}
	if _, err := Parse(newRAM().mem, 1<<40); !errors.Is(err, ErrMemory) {
		t.Error(err)
	}
	// The second part of the root pointer is damaged: the first still leads on.
	r := newRAM()
	rsdp := r.root(2, r.table("APIC", madt()))
	r.b[0x120]++
	if x, err := Parse(r.mem, rsdp); err != nil || len(x.Problems) != 1 || x.Find("APIC") == nil {
		t.Errorf("%v %+v", err, x)
	}
}

// TestMadtDamage: entries of a wrong length, and processors listed twice.
func TestMadtDamage(t *testing.T) {
	for _, c := range []struct {
		entries  [][]byte
		cpus, no int
	}{
		{[][]byte{{0, 8, 0, 0, 1, 0, 0, 0}, {0, 8, 9, 0, 1, 0, 0, 0}}, 1, 0},
		{[][]byte{{0, 4, 0, 0}, {0, 8, 0, 1, 1, 0, 0, 0}}, 1, 1},
		{[][]byte{{0, 8, 0, 0, 1, 0, 0, 0}, {0, 0}}, 1, 0}, // padding
		{[][]byte{{0, 8, 0, 0, 1, 0, 0, 0}, {1, 0}}, 1, 1},
		{[][]byte{{0, 8, 0, 0, 1, 0, 0, 0}, {1}}, 1, 1},
		{[][]byte{{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, {0, 8, 0, 0, 1, 0, 0, 0}}, 1, 1}, // no length, and one behind it
		{[][]byte{{0, 8, 0, 0, 1, 0, 0, 0}, {1, 200, 0}}, 1, 1},
		{[][]byte{{0, 8, 0, 0xFF, 1, 0, 0, 0}}, 0, 0},
		{nil, 0, 0},
	} {
		r := newRAM()
		x, err := Parse(r.mem, r.root(0, r.table("APIC", madt(c.entries...))))
		if err != nil {
			t.Fatal(err)
		}
		if m, err := x.Madt(); err != nil || len(m.Processors) != c.cpus || len(m.Problems) != c.no {
			t.Errorf("%v: %v %+v", c.entries, err, m)
		}
	}
	r := newRAM()
	x, _ := Parse(r.mem, r.root(0, r.table("APIC", []byte{1, 2}), r.table("FACP", []byte{1, 2})))
	if _, err := x.Madt(); !errors.Is(err, ErrLength) {
		t.Error(err)
	}
	if _, err := x.Fadt(); !errors.Is(err, ErrLength) {
		t.Error(err)
	}
}

// TestS5: the encodings of the package, and what only looks like one.
func TestS5(t *testing.T) {
	for _, c := range []struct {
		aml  string
		want [2]uint8
		ok   bool
	}{
		{"\x08_S5_\x12\x06\x04\x0A\x05\x0A\x07\x00\x00", [2]uint8{5, 7}, true},
		{"\x08\\_S5_\x12\x06\x02\x00\x01", [2]uint8{0, 1}, true},
		{"\x08_S5_\x12\x46\x00\x04\x0B\x05\x00\x0C\x03\x00\x00\x00", [2]uint8{5, 3}, true},
		{"x_S5_\x12\x06\x04\x0A\x05\x00 \x08_S5_\x12\x04\x02\x01\x00", [2]uint8{1, 0}, true},
		{"\x08_S5_\x12\x06\x04\x0A\x09\x00", [2]uint8{}, false},
		{"\x08_S5_\x12", [2]uint8{}, false},
		{"\x08_S5_\x12\xC6\x00", [2]uint8{}, false},
		{"\x08_S5_\x12\x06\x01\x00", [2]uint8{}, false},
		{"", [2]uint8{}, false},
	} {
		got, ok := findS5([]byte(c.aml))
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%q: %v %v", c.aml, got, ok)
		}
	}
}

// TestNoise: random damage anywhere never panics.
func TestNoise(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := 0; i < 20000; i++ {
		r := newRAM()
		rsdp := r.root(byte(i&1)*2, r.table("FACP", fadt(r.table("DSDT", s5))), r.table("APIC", madt([]byte{0, 8, 0, 0, 1, 0, 0, 0}, []byte{1, 12, 4, 0, 0, 0, 0xC0, 0xFE, 0, 0, 0, 0})))
		for n := rnd.IntN(6); n >= 0; n-- {
			r.b[0x100+rnd.IntN(r.next-0x100)] = byte(rnd.Uint32())
		}
		for at := 0x1000; at < r.next; at += 16 { // make checksums right where there is a table
			if n := int(le.Uint32(r.b[at+4:])); n >= header && at+n <= len(r.b) && rnd.IntN(2) == 0 {
				fix(r.b[at:at+n], 9)
			}
		}
		if x, err := Parse(r.mem, rsdp); err == nil {
			x.Madt()
			x.Fadt()
		}
	}
}
