package fat

import (
	"strings"
	"testing"
)

// TestLoopInFile: a chain that comes back to a cluster before the file ends is an
// error, wherever that is; one that does so behind the end is none.
func TestLoopInFile(t *testing.T) {
	for length := uint32(1); length <= 12; length++ { // clusters of the file
		for back := uint32(0); back < length; back++ { // the last one continues here
			for more := uint32(0); more < 6; more++ { // clusters behind the end
				v := newVolume(t)
				n := length + more
				var cs []uint32
				for i := range n {
					cs = append(cs, 5+(i*7)%60)
				}
				v.chain(cs...)
				v.set(cs[n-1], cs[back])
				copy(v.cluster(2), entry("F          ", 0x20, cs[0], length*512))
				if _, err := open(t, v, `\F`); err != nil {
					t.Fatalf("%d clusters, %d more, back to %d: %v", length, more, back, err)
				}
				copy(v.cluster(2), entry("F          ", 0x20, cs[0], (n+1)*512))
				if _, err := open(t, v, `\F`); err == nil || !strings.Contains(err.Error(), "loop") {
					t.Fatalf("%d clusters of %d, back to %d: %v", n+1, n, back, err)
				}
			}
		}
	}
}
