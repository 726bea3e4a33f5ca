package mm

import (
	"testing"

	"gont/arc"
)

// TestXip (P1.48): no region, one, and the largest of several.
func TestXip(t *testing.T) {
	free, rom := Run{Type: arc.LoaderFree, Base: 1, Size: 100}, func(base, size uint64) Run { return Run{Type: arc.LoaderXIPRom, Base: base, Size: size} }
	for _, c := range []struct {
		runs []Run
		n    int
		want Region
	}{
		{[]Run{free}, 0, Region{}},
		{[]Run{free, rom(200, 5)}, 1, Region{200, 5}},
		{[]Run{rom(200, 5), free, rom(300, 9), rom(400, 1)}, 3, Region{300, 9}},
	} {
		if n := InitXip(c.runs); n != c.n || XipRegion() != c.want {
			t.Errorf("%d regions, %v", n, XipRegion())
		}
	}
}
