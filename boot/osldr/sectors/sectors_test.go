package sectors

import (
	"bytes"
	"strings"
	"testing"
)

// bios is a drive of 10000 sectors with 16 heads and 63 sectors a track, and
// the faults that tests give it.
type bios struct {
	t       *testing.T
	disk    []byte
	buffer  []byte
	most    int    // sectors a call really does, 0 any number
	refuse  bool   // more than that is an error, else a quiet loss
	noEdd   bool   // AH=42h fails
	noTrack bool   // AH=02h fails
	hollow  bool   // success, and nothing has come
	carry   bool   // success with CF and code 0
	bad     uint64 // sector that cannot be read, 0 none
	flaky   int    // so many calls fail between two that work, and until a reset
	fails   int
	resets  int
	calls   int
}

const total = 10000

var geometry = Geometry{Sectors: total, Cylinders: 9, Heads: 16, PerHead: 63}

func newBios(t *testing.T) *bios {
	b := &bios{t: t, disk: make([]byte, total*Size), buffer: make([]byte, Most*Size)}
	for i := range b.disk {
		b.disk[i] = byte(i*7 + i>>9)
	}
	return b
}

func (b *bios) Buffer() []byte { return b.buffer }
func (b *bios) Reset()         { b.resets++ }

func (b *bios) Extended(lba uint64, n int) (byte, bool) {
	b.calls++
	if b.noEdd {
		return 1, true
	}
	if lba+uint64(n) > total || n < 1 || n > Most {
		b.t.Errorf("asked for %d sectors from %d on", n, lba)
	}
	return b.transfer(lba, n)
}

func (b *bios) Cylinder(c, h, s uint32) (byte, bool) {
	b.calls++
	if c > 1023 || h >= 16 || s < 1 || s > 63 {
		b.t.Errorf("asked for %d/%d/%d", c, h, s)
	}
	if b.noTrack {
		return 1, true
	}
	return b.transfer(uint64((c*16+h)*63+s-1), 1)
}

func (b *bios) transfer(lba uint64, n int) (byte, bool) {
	if b.fails < b.flaky {
		b.fails++
		return 0x20, true
	}
	b.fails = 0
	if b.hollow {
		return 0, false
	}
	if b.bad != 0 && lba <= b.bad && b.bad < lba+uint64(n) {
		return 0x10, true
	}
	if b.most != 0 && n > b.most {
		if b.refuse {
			return 1, true
		}
		n = b.most
	}
	copy(b.buffer, b.disk[lba*Size:(lba+uint64(n))*Size])
	return 0, b.carry
}

func TestBioses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*bios)
		calls int // at most
	}{
		"good":                {func(*bios) {}, 5},
		"flaky":               {func(b *bios) { b.flaky = 2 }, 15},
		"no extensions":       {func(b *bios) { b.noEdd = true }, 620},
		"extensions alone":    {func(b *bios) { b.noTrack = true }, 5},
		"64 sectors at most":  {func(b *bios) { b.most, b.refuse = 64, true }, 12},
		"64, and says 127":    {func(b *bios) { b.most = 64 }, 14},
		"one, and says 127":   {func(b *bios) { b.most = 1 }, 630},
		"CF after success":    {func(b *bios) { b.carry = true }, 5},
		"CF, no extensions":   {func(b *bios) { b.carry, b.noEdd = true, true }, 620},
		"all that is allowed": {func(b *bios) { b.carry, b.noEdd, b.flaky = true, true, 1 }, 2000},
	} {
		for _, lba := range []uint64{0, 1, 2048, total - 600} {
			b := newBios(t)
			c.spoil(b)
			r := New(b, geometry)
			dst := make([]byte, 600*Size)
			if err := r.ReadSectors(lba, dst); err != nil || !bytes.Equal(dst, b.disk[lba*Size:(lba+600)*Size]) {
				t.Errorf("%s at %d: wrong data, %v", name, lba, err)
			}
			if b.calls > c.calls {
				t.Errorf("%s: %d calls, %d at most", name, b.calls, c.calls)
			}
		}
	}
}

func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*bios, *Geometry)
		lba   uint64
		want  string
		calls int
	}{
		"bad sector":             {func(b *bios, _ *Geometry) { b.bad = 107 }, 100, "disk error 10h at sector 107 (status C0000185)", 60},
		"bad, no extensions":     {func(b *bios, _ *Geometry) { b.bad, b.noEdd = 107, true }, 100, "disk error 10h at sector 107", 60},
		"hollow":                 {func(b *bios, _ *Geometry) { b.hollow = true }, 100, "disk error FFh at sector 100", 60},
		"nothing works":          {func(b *bios, _ *Geometry) { b.noEdd, b.noTrack = true, true }, 100, "disk error 01h at sector 100", 60},
		"no geometry":            {func(b *bios, g *Geometry) { b.noEdd = true; *g = Geometry{} }, 100, "disk error 01h at sector 100", 60},
		"beyond cylinder 1023":   {func(b *bios, g *Geometry) { b.noEdd = true; *g = Geometry{Heads: 16, PerHead: 63} }, 1 << 21, "disk error 01h", 60},
		"beyond the end":         {func(*bios, *Geometry) {}, total - 19, "sector 10000 is beyond the end of the disk (10000 sectors)", 0},
		"far beyond":             {func(*bios, *Geometry) {}, 1<<64 - 5, "beyond the end", 0},
		"beyond, by AH=08h":      {func(_ *bios, g *Geometry) { g.Sectors = 0 }, 10 * 16 * 63, "beyond the end of the disk (10080 sectors)", 0},
		"disk smaller than read": {func(_ *bios, g *Geometry) { g.Sectors = 19 }, 0, "sector 19 is beyond", 0},
	} {
		b, g := newBios(t), geometry
		c.spoil(b, &g)
		err := New(b, g).ReadSectors(c.lba, make([]byte, 20*Size))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if b.calls > c.calls {
			t.Errorf("%s: %d calls", name, b.calls)
		}
	}
}

// A retry comes after a reset, and three are enough.
func TestResets(t *testing.T) {
	b := newBios(t)
	b.bad, b.noTrack = 5, true
	if New(b, geometry).ReadSectors(5, make([]byte, Size)) == nil || b.resets != 2 || b.calls != 6 {
		t.Errorf("%d resets, %d calls", b.resets, b.calls)
	}
}
