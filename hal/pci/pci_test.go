package pci

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestWalk (I2): functions of several, bridges and what is behind them, a second root bus.
func TestWalk(t *testing.T) {
	m := newModel()
	m.add(Address{}, 0x12378086, 0x060000, 0)
	m.add(Address{Slot: 1}, 0x70008086, 0x060100, 0x80)
	m.add(Address{Slot: 1, Function: 1}, 0x70108086, 0x010180, 0)
	m.add(Address{Slot: 1, Function: 3}, 0x71138086, 0x068000, 0)
	m.add(Address{Slot: 2, Function: 2}, 0x11111111, 0x020000, 0) // without function 0: not there
	m.bridge(Address{Slot: 3}, 1, 4)
	m.bridge(Address{Bus: 1, Slot: 0}, 2, 3)
	f := m.add(Address{Bus: 2, Slot: 31}, 0x00021B36, 0x070002, 0)
	f.set(regInterrupt, 0x0000010A).set(regSubsystem, 0x11001AF4)
	m.add(Address{Bus: 200, Slot: 5}, 0x22222222, 0x020000, 0)
	r := Walk(m)
	if len(r.Functions) != 8 || len(r.Problems) != 0 {
		t.Fatalf("%d functions, %q", len(r.Functions), r.Problems)
	}
	by := map[Address]Function{}
	for _, f := range r.Functions {
		by[f.Address] = f
	}
	s := by[Address{Bus: 2, Slot: 31}]
	if s.Vendor != 0x1B36 || s.Device != 2 || s.Class != 7 || s.Subclass != 0 || s.Interface != 2 || s.Pin != 1 || s.Line != 10 || s.Subsystem != 0x1100 {
		t.Errorf("%+v", s)
	}
	if p := r.Functions[s.Parent]; p.Address != (Address{Bus: 1}) || r.Functions[p.Parent].Address != (Address{Slot: 3}) {
		t.Errorf("parent %v", p.Address)
	}
	if _, ok := by[Address{Bus: 200, Slot: 5}]; !ok {
		t.Error("the other root bus is missing")
	}
	if m.writes != 0 {
		t.Errorf("%d writes", m.writes)
	}
}

// TestWalkHostile: bridges in a ring, that lead back, to themselves, or to the same bus;
// lists of capabilities that never end; a bus that answers everywhere. Nothing hangs.
func TestWalkHostile(t *testing.T) {
	m := newModel()
	m.bridge(Address{Slot: 1}, 1, 255)
	m.bridge(Address{Bus: 1, Slot: 1}, 0, 255) // no bus
	m.bridge(Address{Bus: 1, Slot: 2}, 1, 255) // itself
	m.bridge(Address{Bus: 1, Slot: 3}, 9, 3)   // from 9 to 3
	m.bridge(Address{Bus: 1, Slot: 4}, 7, 7)   //
	m.bridge(Address{Bus: 1, Slot: 5}, 7, 7)   // the same
	m.add(Address{Slot: 2}, 0x33333333, 0x020000, 0x45)
	m.add(Address{Slot: 3}, 0x33333333, 0x020000, 0).set(regInterrupt, 0x0900)
	ring := m.add(Address{Slot: 4}, 0x33333333, 0x020000, 0)
	ring.capability(5, 0x50, 0x60)
	ring.capability(9, 0x60, 0x50)
	low := m.add(Address{Slot: 5}, 0x33333333, 0x020000, 0)
	low.capability(1, 0x40, 0x10)
	ext := m.add(Address{Slot: 6}, 0x33333333, 0x020000, 0)
	ext.capability(0x10, 0x40, 0)
	ext.extended = true
	ext.set(0x100, 0x00010001|0x200<<20).set(0x200, 0x00010003|0x100<<20)
	r := Walk(m)
	if len(r.Functions) != 11 {
		t.Errorf("%d functions", len(r.Functions))
	}
	for _, want := range []string{"01:01.0: the firmware has given it no bus", "01:02.0: buses 1 to 255 behind bus 1 cannot be", "01:03.0: buses 9 to 3", "01:05.0: bus 7 is another",
		"header of type 69", "pin 9", "00:04.0: the list of capabilities goes astray at 0x50", "00:05.0: the list of capabilities goes astray at 0x10", "extended capabilities goes astray at 0x100"} {
		if !strings.Contains(strings.Join(r.Problems, "\n"), want) {
			t.Errorf("%q is not told", want)
		}
	}
	all := newModel()
	all.hook = func(Address, uint16) (uint32, bool) { return 0x06048086, true }
	if r := Walk(all); len(r.Functions) != maximumFunctions || len(r.Problems) > maximumProblems {
		t.Errorf("%d functions, %d problems", len(r.Functions), len(r.Problems))
	}
	if r := Walk(newModel()); len(r.Functions) != 0 || len(r.Problems) != 0 {
		t.Errorf("%+v of a machine without PCI", r)
	}
}

// TestWalkNoise: whatever functions answer, a walk and what follows end, and no register
// is written that is none of the base address and command ones.
func TestWalkNoise(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		m := newModel()
		m.hook = func(a Address, offset uint16) (uint32, bool) {
			if rnd.IntN(4) == 0 || a.Bus > 3 {
				return 0xFFFFFFFF, true
			}
			return rnd.Uint32(), true
		}
		r := Walk(m)
		router := NewRouter(m, r, nil)
		for i := range r.Functions {
			f := &r.Functions[i]
			f.Size(m, direct)
			f.MsiMessages(m)
			f.MsiXTable(m)
			router.Irq(r, f)
			for _, b := range f.Bars {
				if b.Size&(b.Size-1) != 0 || b.Address+b.Size < b.Address {
					t.Fatalf("%+v", b)
				}
			}
		}
	}
}

// TestBars: kinds and sizes, and that everything is as before afterwards.
func TestBars(t *testing.T) {
	m := newModel()
	a := Address{Slot: 3}
	f := m.add(a, 0x33333333, 0x020000, 0)
	f.set(regCommand, 7)
	f.set(regBar, 0xFEB00000).writable(regBar, 0xFFFE0000)       // 128 KiB
	f.set(regBar+4, 0xC001).writable(regBar+4, 0xFFC0)           // 64 ports, the upper half is wired
	f.set(regBar+8, 0xE000000C).writable(regBar+8, 0xFC000000)   // 64 bits, prefetchable
	f.set(regBar+12, 0x00000001).writable(regBar+12, 0xFFFFFFFF) //
	f.set(regBar+16, 0).writable(regBar+16, 0)                   // none
	f.set(regBar+20, 0xFEB80000).writable(regBar+20, 0xFFFFF000) //
	f.set(regRom, 0xFEB40001).writable(regRom, 0xFFFC0001)
	before := *f
	r := Walk(m)
	g := &r.Functions[0]
	if p := g.Size(m, direct); len(p) != 0 {
		t.Errorf("%q", p)
	}
	want := []Bar{
		{0, false, false, false, 0xFEB00000, 0x20000, true},
		{1, true, false, false, 0xC000, 64, true},
		{2, false, true, true, 0x1E0000000, 64 << 20, true},
		{5, false, false, false, 0xFEB80000, 4096, true},
		{RomIndex, false, false, false, 0xFEB40000, 0x40000, true},
	}
	if len(g.Bars) != len(want) {
		t.Fatalf("%v", g.Bars)
	}
	for i, b := range g.Bars {
		if b != want[i] {
			t.Errorf("%+v, want %+v", b, want[i])
		}
	}
	if *f != before {
		t.Error("registers have changed")
	}
	// A display that decodes is not measured, nor touched.
	m.writes = 0
	f.regs[regClass+3] = ClassDisplay
	r = Walk(m)
	if r.Functions[0].Size(m, direct); m.writes != 0 || len(r.Functions[0].Bars) != 4 || r.Functions[0].Bars[0].Size != 0 {
		t.Errorf("%d writes, %v", m.writes, r.Functions[0].Bars)
	}
}

// TestBarsHostile: registers that cannot be are left out and named.
func TestBarsHostile(t *testing.T) {
	for _, c := range []struct {
		at          uint16
		value, mask uint32
		want        string
	}{
		{regBar, 0xFFFFFFFF, 0xFFFFFFFF, "does not answer"},
		{regBar, 0xFEB00000, 0xF0F00000, "which is no size"},
		{regBar, 0xFEB01000, 0xFFFF0000, "which is no size"},
		{regBar, 0xFEB00006, 0xFFFF0000, "not defined"},
		{regBar, 0x10001, 0xFFE0, "I/O at 0x10000 cannot be"},
		{regBar + 20, 0xFEB00004, 0xFFFF0000, "no register is left"},
	} {
		m := newModel()
		m.add(Address{}, 0x33333333, 0x020000, 0).set(c.at, c.value).writable(c.at, c.mask)
		r := Walk(m)
		p := r.Functions[0].Size(m, direct)
		if len(p) != 1 || !strings.Contains(p[0], c.want) || len(r.Functions[0].Bars) != 0 {
			t.Errorf("%#x: %q, %v", c.value, p, r.Functions[0].Bars)
		}
	}
}

// table is a mapped table of MSI-X.
type table struct {
	b    [64]uint32
	dead bool
}

func (t *table) Read(o uint64) uint32 {
	if t.dead {
		return 0xFFFFFFFF
	}
	return t.b[o/4]
}
func (t *table) Write(o uint64, v uint32) { t.b[o/4] = v }

// TestMessages: both kinds are set up as the specification says, and refused where they
// are not there or do not keep what is written.
func TestMessages(t *testing.T) {
	m := newModel()
	a := Address{Slot: 9}
	f := m.add(a, 0x33333333, 0x020000, 0)
	f.capability(CapabilityMsi, 0x50, 0x70, 2<<17|msiWide) // four messages
	f.writable(0x50, 0x00710000).writable(0x54, 0xFFFFFFFC).writable(0x58, 0xFFFFFFFF).writable(0x5C, 0xFFFF)
	f.capability(CapabilityMsiX, 0x70, 0, 3<<16, 0x2001)
	f.writable(0x70, 0xC0000000)
	f.set(regBar+4, 0xFEB00000).writable(regBar+4, 0xFFFFC000)
	r := Walk(m)
	g := &r.Functions[0]
	g.Size(m, direct)
	if n := g.MsiMessages(m); n != 4 {
		t.Errorf("%d messages", n)
	}
	if err := g.EnableMsi(m, Message{0xFEE01000, 0x64}, 4); err != nil {
		t.Error(err)
	}
	if m.Read(a, 0x50)>>16 != 2<<1|0x80|2<<4|1 || m.Read(a, 0x54) != 0xFEE01000 || m.Read(a, 0x5C) != 0x64 || m.Read(a, regCommand)&0x404 != 0x404 {
		t.Errorf("control %#x, command %#x", m.Read(a, 0x50), m.Read(a, regCommand))
	}
	g.DisableMsi(m)
	if m.Read(a, 0x50)&msiEnable != 0 || m.Read(a, regCommand)&CommandIntxDisable != 0 {
		t.Error("MSI is still on")
	}
	for _, c := range []struct {
		m    Message
		n    int
		want error
	}{{Message{0xFEE00000, 0x60}, 8, ErrTooMany}, {Message{0xFEE00000, 0x60}, 0, ErrTooMany}, {Message{0xFEE00000, 0x60}, 3, ErrTwoAtOne}, {Message{0xFEE00000, 0x62}, 4, ErrTwoAtOne}} {
		if err := g.EnableMsi(m, c.m, c.n); err != c.want {
			t.Errorf("%+v: %v", c, err)
		}
	}
	f.writable(0x54, 0)
	if err := g.EnableMsi(m, Message{0xFEE02000, 0x64}, 1); err != ErrRefused {
		t.Error(err)
	}

	bar, offset, n, err := g.MsiXTable(m)
	if err != nil || bar.Address != 0xFEB00000 || offset != 0x2000 || n != 4 {
		t.Fatal(bar, offset, n, err)
	}
	x := &table{}
	if err := g.EnableMsiX(m, x, []Message{{0xFEE00000, 0x61}, {0x1FEE01000, 0x62}}); err != nil {
		t.Error(err)
	}
	if m.Read(a, 0x70)>>30 != 2 || x.b[2] != 0x61 || x.b[3] != 0 || x.b[4] != 0xFEE01000 || x.b[5] != 1 || x.b[7] != 0 || x.b[11] != 1 || x.b[15] != 1 {
		t.Errorf("%#x, %#x", m.Read(a, 0x70), x.b[:16])
	}
	if err := g.EnableMsiX(m, x, make([]Message, 5)); err != ErrTooMany {
		t.Error(err)
	}
	if err := g.EnableMsiX(m, &table{dead: true}, make([]Message, 1)); err != ErrRefused || m.Read(a, 0x70)&msixEnable != 0 {
		t.Error(err)
	}
	f.set(0x74, 0x3FFFF001)
	if _, _, _, err := g.MsiXTable(m); err != ErrNoTable {
		t.Error(err)
	}
	none := &Function{Address: Address{Slot: 1}}
	if none.EnableMsi(m, Message{}, 1) != ErrNoMsi || none.EnableMsiX(m, x, make([]Message, 1)) != ErrNoMsi {
		t.Error("messages without the capability")
	}
}

// TestRouter: the BIOS's table and the router's registers, bridges' swizzle, the interrupt
// line register where they tell nothing, and tables of nonsense.
func TestRouter(t *testing.T) {
	m := newModel()
	m.add(Address{Slot: 1}, 0x70008086, 0x060100, 0).set(0x60, 0x800B0A05) // A: 5, B: 10, C: 11, D: off
	m.bridge(Address{Slot: 5}, 1, 1)
	dev := func(a Address, pin, line uint32) {
		m.add(a, 0x33333333, 0x020000, 0).set(regInterrupt, pin<<8|line)
	}
	dev(Address{Slot: 3}, 1, 9)          // link 61h
	dev(Address{Slot: 4}, 1, 9)          // link 63h, which is off
	dev(Address{Slot: 6}, 2, 11)         // not in the table
	dev(Address{Slot: 7}, 1, 255)        // nowhere
	dev(Address{Slot: 8}, 0, 10)         // no pin
	dev(Address{Bus: 1, Slot: 2}, 1, 12) // behind the bridge: pin C of slot 5, link 62h
	bios := make([]byte, 256)
	p := bios[64:]
	copy(p, "$PIR")
	p[6] = 32 + 3*16
	entry := func(i int, slot byte, links [4]byte) {
		e := p[32+16*i:]
		e[1] = slot << 3
		for k, l := range links {
			e[2+3*k] = l
		}
	}
	entry(0, 3, [4]byte{0x61})
	entry(1, 4, [4]byte{0x63})
	entry(2, 5, [4]byte{1, 2, 0x62, 4})
	sum := byte(0)
	for _, c := range p[:32+3*16] {
		sum += c
	}
	p[31] = -sum
	r := Walk(m)
	router := NewRouter(m, r, bios)
	want := map[Address]Route{{Slot: 3}: {10, "router"}, {Slot: 4}: {9, "line"}, {Slot: 6}: {11, "line"}, {Bus: 1, Slot: 2}: {11, "router"}}
	for i := range r.Functions {
		f := &r.Functions[i]
		route, ok := router.Irq(r, f)
		if w, is := want[f.Address]; is != ok || w != route {
			t.Errorf("%v: %v %v, want %v", f.Address, route, ok, w)
		}
	}
	p[40]++ // the sum is wrong
	if router := NewRouter(m, r, bios); router.table != nil {
		t.Error("a damaged table is believed")
	}
	if router := NewRouter(m, r, []byte("$PIR")); router.table != nil {
		t.Error("a cut table is believed")
	}
	if route, ok := NewRouter(m, &Scan{}, nil).Irq(r, &r.Functions[2]); !ok || route.By != "line" {
		t.Errorf("%v %v without a router", route, ok)
	}
}
