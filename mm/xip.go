package mm

import "gont/arc"

// Region is a range of page frames.
type Region struct{ Base, Pages uint64 }

// xip is the ROM or RAM disk whose images run where they lie.
var xip Region

// InitXip is XIPInit (SPEC P1.48): it notes the region that the loader's map calls
// LoaderXIPRom, for image sections and the RAM disk driver. More than one is a mistake of
// the map: the largest counts. It returns how many there are.
func InitXip(runs []Run) (found int) {
	xip = Region{}
	for _, r := range runs {
		if r.Type != arc.LoaderXIPRom {
			continue
		}
		if found++; r.Size > xip.Pages {
			xip = Region{r.Base, r.Size}
		}
	}
	return found
}

// XipRegion returns the region; Pages is 0 when there is none.
func XipRegion() Region { return xip }
