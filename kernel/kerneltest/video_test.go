package kerneltest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gont/qemu"
)

// screenshot keeps the screen for people to look at, where GONT_SCREENS names a folder.
func screenshot(t *testing.T, g *qemu.Guest, name string) {
	t.Helper()
	if dir := os.Getenv("GONT_SCREENS"); dir != "" {
		if err := g.Screendump(filepath.Join(dir, name+".ppm")); err != nil {
			t.Error(err)
		}
	}
}

// TestBootScreens (P0.11, P1.4, P1.42, O): without options the logo, without the kernel's lines
// and with what the user has to see, which stays there after the logo; with NOGUIBOOT and
// QUIETBOOT nothing; with SOS text. With all of them the session manager has the screen.
func TestBootScreens(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options                string
		early, late, not, cant string
	}{
		"logo":  {"/NONSENSE", "unknown boot option NONSENSE", "unknown boot option NONSENSE", "", "System Processor"},
		"sos":   {"/SOS", "1 System Processor [", "", "", ""},
		"nogui": {"/NOGUIBOOT /NONSENSE", "", "", "NONSENSE", "System Processor"},
		"base":  {"/BASEVIDEO /NONSENSE", "unknown boot option NONSENSE", "", "", "System Processor"},
		"quiet": {"/QUIETBOOT", "", "", "GoNT", "System Processor"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := boot(t, c.options+" /SELFTEST=wait")
			if name == "logo" || name == "sos" {
				g.Line(`^P0\.20: the BIOS can be called; the screen is in mode (0x[1-9a-f][0-9a-f]+|0x3)$`, stopLine)
			}
			if name == "logo" {
				g.Line(`^P0\.11: screen of [0-9]+ by [0-9]+, (32|24|16|15) bits, VBE mode 0x`, stopLine)
			}
			g.Line(`^SELFTEST wait$`, stopLine)
			screenshot(t, g, name+"-early")
			if s := g.ScreenText(); !strings.Contains(s, c.early) || c.not != "" && strings.Contains(s, c.not) || c.cant != "" && strings.Contains(s, c.cant) {
				t.Errorf("while the system starts:\n%s", s)
			}
			g.Line(waiting, stopLine) // the serial port has the line before the screen has it
			for until := time.Now().Add(time.Minute); !strings.Contains(g.ScreenText(), "smss: waiting") && time.Now().Before(until); {
			}
			screenshot(t, g, name+"-late")
			if s := g.ScreenText(); !strings.Contains(s, "smss: waiting") || !strings.Contains(s, c.late) || c.cant != "" && strings.Contains(s, c.cant) {
				t.Errorf("when it has started:\n%s", s)
			}
		})
	}
}
