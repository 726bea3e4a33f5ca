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

func TestRsdp(t *testing.T) {
	for name, c := range map[string]struct {
		make func([]byte)
		want int
	}{
		"none":                 {func(b []byte) {}, -1},
		"revision 0":           {func(b []byte) { rsdp(b, 0x120, 0) }, 0x120},
		"revision 2":           {func(b []byte) { rsdp(b, 0x120, 2) }, 0x120},
		"last place":           {func(b []byte) { rsdp(b, len(b)-32, 0) }, 1024 - 32},
		"not on 16":            {func(b []byte) { rsdp(b, 0x128, 0) }, -1},
		"checksum":             {func(b []byte) { rsdp(b, 0x120, 0); b[0x130]++ }, -1},
		"second one is right":  {func(b []byte) { rsdp(b, 0x120, 0); b[0x130]++; rsdp(b, 0x200, 0) }, 0x200},
		"second checksum":      {func(b []byte) { rsdp(b, 0x120, 2); b[0x13E]++ }, -1},
		"length too small":     {func(b []byte) { rsdp(b, 0x120, 2); b[0x134] = 20 }, -1},
		"length past the area": {func(b []byte) { rsdp(b, 0x120, 2); b[0x136] = 20 }, -1},
		"cut off":              {func(b []byte) { rsdp(b, 0x3D0, 0); copy(b[0x3F0:], "RSD PTR ") }, 0x3D0},
	} {
		area := make([]byte, 1024)
		c.make(area)
		if got := Rsdp(area); got != c.want {
			t.Errorf("%s: %#x, want %#x", name, got, c.want)
		}
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
