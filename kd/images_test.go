package kd

import "testing"

// TestImages (P0.12): images are announced, found by address, and go; one that lies over
// another is refused.
func TestImages(t *testing.T) {
	var told []string
	SymbolsLoaded = func(i *Image) { told = append(told, i.Name) }
	defer func() { SymbolsLoaded, images.list = nil, nil }()
	for _, c := range []struct {
		name       string
		base, size uint64
		ok         bool
	}{
		{"kernel", 0x1000, 0x2000, true}, {"null", 0x3000, 0x10, true}, {"inside", 0x2FFF, 1, false}, {"over", 0, 0x10000, false},
		{"empty", 0x9000, 0, false}, {"wraps", ^uint64(0), 2, false}, {"beep", 0x3010, 0x10, true},
	} {
		if ok := LoadSymbols(Image{Name: c.name, Base: c.base, Size: c.size}); ok != c.ok {
			t.Errorf("%s: %v", c.name, ok)
		}
	}
	if len(told) != 3 || len(Images()) != 3 || Images()[0].Name != "kernel" {
		t.Errorf("%q", told)
	}
	old := Images()
	for a, want := range map[uint64]string{0x0FFF: "", 0x1000: "kernel", 0x2FFF: "kernel", 0x3000: "null", 0x300F: "null", 0x3010: "beep", 0x3020: ""} {
		if i := FindImage(a); (i == nil) != (want == "") || i != nil && i.Name != want {
			t.Errorf("%#x lies in %v", a, i)
		}
	}
	if !UnloadSymbols(0x3000) || UnloadSymbols(0x3000) || FindImage(0x3000) != nil || len(Images()) != 2 || old[1].Name != "null" {
		t.Error("after null has gone")
	}
}
