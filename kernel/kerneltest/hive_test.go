package kerneltest

import (
	"strings"
	"testing"
)

// TestDamagedHive (P1.22): a SYSTEM hive that is damaged when the kernel gets it is healed, and
// the kernel says of what, or it stops at P1.22 and says why. What OSLDR does with one is
// loadertest's.
func TestDamagedHive(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ what, healed, refused string }{
		{"value", `^P0\.1: the SYSTEM hive has [1-9][0-9]* faults, which are mended: `, ""},
		{"parent", `^P0\.1: the SYSTEM hive has [1-9][0-9]* faults, which are mended: `, ""},
		{"select", `^P0\.1: the SYSTEM hive has [1-9][0-9]* faults, which are mended: `, ""},
		{"root", "", "the SYSTEM hive: "},
		{"base", "", "the SYSTEM hive: "},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			g := boot(t, "/SOS /HIVETEST="+c.what)
			t.Log(g.Line(`^HIVETEST: `+c.what+` is damaged at 0x[0-9a-f]+$`, stopLine))
			if c.healed != "" {
				t.Log(g.Line(c.healed, stopLine))
				t.Log(g.Line(`^P1\.22: \\Registry; control set 1$`, stopLine))
				g.Line(firstLine, stopLine)
				return
			}
			text := stopped(t, g)
			t.Log(text)
			if !strings.HasPrefix(text, "*** STOP: 0x00000067") || !strings.Contains(text, c.refused) {
				t.Error(text)
			}
		})
	}
}
