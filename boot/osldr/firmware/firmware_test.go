package firmware

import "testing"

// seal makes b sum to zero by its byte at.
func seal(b []byte, at int) {
	b[at] = 0
	var s byte
	for _, c := range b {
		s += c
	}
	b[at] = -s
}

func rsdp(area []byte, at int, revision byte) {
	b := area[at:]
	copy(b, "RSD PTR ")
	b[15] = revision
	b[16] = 0x55
	seal(b[:20], 8)
	if revision >= 2 {
		b[20] = 36
		b[30] = 0x77
		seal(b[:36], 32)
	}
}

// TestRsdp: both areas are searched, and a damaged structure in one hides no sound
// one in the other.
func TestRsdp(t *testing.T) {
	const base = 0x9FC00
	put := func(revision byte, damage int) func([]byte, int) {
		return func(b []byte, at int) {
			rsdp(b, at, revision)
			if damage > 0 {
				b[at+damage]++
			}
		}
	}
	none := func([]byte, int) {}
	for name, c := range map[string]struct {
		ebda, bios func([]byte, int)
		want       uint64
	}{
		"nowhere":                  {none, none, 0},
		"EBDA":                     {put(0, 0), none, base + 0x120},
		"BIOS":                     {none, put(2, 0), BiosStart + 0x240},
		"both":                     {put(2, 0), put(0, 0), base + 0x120},
		"EBDA damaged":             {put(2, 5), put(0, 0), BiosStart + 0x240},
		"EBDA's second part":       {put(2, 33), put(2, 0), BiosStart + 0x240},
		"second part, alone":       {put(2, 33), none, base + 0x120},
		"BIOS's second part":       {none, put(2, 33), BiosStart + 0x240},
		"second parts of both":     {put(2, 33), put(2, 33), base + 0x120},
		"first parts of both, too": {put(2, 3), put(0, 3), 0},
	} {
		ebda, bios := make([]byte, EbdaSize), make([]byte, BiosEnd-BiosStart)
		c.ebda(ebda, 0x120)
		c.bios(bios, 0x240)
		if got := Rsdp(ebda, base, bios); got != c.want {
			t.Errorf("%s: %#x, want %#x", name, got, c.want)
		}
	}
	if got := Rsdp(nil, 0, make([]byte, 64)); got != 0 {
		t.Errorf("no EBDA: %#x", got)
	}
}

func TestSmbios(t *testing.T) {
	sm := func(area []byte, at int) {
		copy(area[at:], "_SM_")
		area[at+5] = 31
		seal(area[at:at+31], 4)
	}
	sm3 := func(area []byte, at int) {
		copy(area[at:], "_SM3_")
		area[at+6] = 24
		seal(area[at:at+24], 5)
	}
	for name, c := range map[string]struct {
		make func([]byte)
		want int
	}{
		"none":         {func(b []byte) {}, -1},
		"32-bit":       {func(b []byte) { sm(b, 0x40) }, 0x40},
		"64-bit":       {func(b []byte) { sm3(b, 0x80) }, 0x80},
		"both":         {func(b []byte) { sm(b, 0x40); sm3(b, 0x80) }, 0x80},
		"checksum":     {func(b []byte) { sm(b, 0x40); b[0x48]++ }, -1},
		"length":       {func(b []byte) { sm3(b, 0x40); b[0x46] = 200 }, -1},
		"length small": {func(b []byte) { sm(b, 0x40); b[0x45] = 4 }, -1},
	} {
		area := make([]byte, 256)
		c.make(area)
		if got := Smbios(area); got != c.want {
			t.Errorf("%s: %#x, want %#x", name, got, c.want)
		}
	}
}

// TestSmbiosTable: what the two kinds of anchors say of the structures.
func TestSmbiosTable(t *testing.T) {
	b := make([]byte, 32)
	copy(b, "_SM_")
	copy(b[6:], []byte{2, 8})
	copy(b[22:], []byte{0x34, 0x12, 0x78, 0x56, 0x0F, 0})
	if a, n, v := SmbiosTable(b); a != 0xF5678 || n != 0x1234 || v != 0x20800 {
		t.Errorf("%#x %#x %#x", a, n, v)
	}
	b = make([]byte, 32)
	copy(b, "_SM3_")
	copy(b[7:], []byte{3, 4, 1, 1, 0, 0x11, 0x22, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8})
	if a, n, v := SmbiosTable(b); a != 0x0807060504030201 || n != 0x2211 || v != 0x30401 {
		t.Errorf("%#x %#x %#x", a, n, v)
	}
}
