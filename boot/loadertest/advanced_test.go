package loadertest

import (
	"bytes"
	"strings"
	"testing"

	"gont/arc"
	"gont/qemu"
)

// TestAdvancedMenu (B4): F8 on both consoles, before the menu and in it; what it adds
// reaches the kernel, and the way back leads to the menu.
func TestAdvancedMenu(t *testing.T) {
	const safe = " SOS BOOTLOG NOGUIBOOT"
	for name, c := range map[string]struct {
		typed   string   // on the serial port, in the menu
		keys    []string // or on the keyboard
		options string
		set     uint32
	}{
		"safe mode by F8":        {"\x1b[19~\r", nil, "FIRST SAFEBOOT=MINIMAL" + safe, 1},
		"networking by letter":   {"f2", nil, "FIRST SAFEBOOT=NETWORK" + safe, 1},
		"prompt by ESC 8":        {"\x1b83", nil, "FIRST SAFEBOOT=MINIMAL(ALTERNATESHELL)" + safe, 1},
		"last known good":        {"F4", nil, "FIRST LASTKNOWNGOOD", 2},
		"back and the next one":  {"f9\x1b[B\r", nil, "SECOND", 1},
		"debugging, keyboard":    {"", []string{"f8", "down", "down", "down", "down", "ret"}, "FIRST DEBUG", 1},
		"base video, keyboard":   {"", []string{"down", "f8", "7"}, "SECOND BASEVIDEO", 1},
		"back by ESC, keyboard":  {"", []string{"f8", "esc", "down", "ret"}, "SECOND", 1},
		"boot logging, keyboard": {"", []string{"f8", "6"}, "FIRST BOOTLOG", 1},
	} {
		t.Run(strings.ReplaceAll(name, ",", ""), func(t *testing.T) {
			t.Parallel()
			g := boot(t, qemu.Config{Image: menuImage(t, "-1").Name, Disk: qemu.Virtio, Memory: 64})
			g.Expect("Please select the operating system to start:")
			g.Expect("F8 or F: safe mode")
			if c.keys == nil {
				g.Type(c.typed)
			} else {
				must(t, g.SendKeys(c.keys...))
			}
			g.Expect("Advanced options for First|Advanced options for Second")
			g.Line(done)
			h := parse(t, g.Text())
			x := h.extension()
			if h.strings[6] != c.options || x.ControlSet != c.set || (x.LastKnownGood == arc.LastKnownGoodAsked) != (c.set == 2) || x.BootEntry != uint32(1+strings.Count(c.options, "SECOND")) {
				t.Errorf("options %q, control set %d, %v, entry %d", h.strings[6], x.ControlSet, x.LastKnownGood, x.BootEntry)
			}
			if graphic := x.Video.FrameBuffer != 0; graphic != !(strings.Contains(c.options, "SOS") || strings.Contains(c.options, "BASEVIDEO")) {
				t.Errorf("with %q the video mode is %+v", c.options, x.Video)
			}
			if c.typed != "" && !strings.Contains(g.Text(), "] 100 %") {
				t.Error("no bar on the serial port that was used")
			}
		})
	}
}

// TestRestartMessage (I6): what the kernel before the restart has left comes through the
// firmware of both chipsets, and counts once.
func TestRestartMessage(t *testing.T) {
	for name, c := range map[string]struct {
		message arc.RestartMessage
		options string
		set     uint32
		reason  arc.LastKnownGood
		machine qemu.Machine
	}{
		"a driver failed":    {arc.RestartMessage{Kind: arc.RestartLastKnownGood, Number: 1}, "FIRST", 2, arc.LastKnownGoodDriver, qemu.PC},
		"asked for":          {arc.RestartMessage{Kind: arc.RestartAskedGood, Number: 2}, "SECOND", 2, arc.LastKnownGoodAsked, qemu.Q35},
		"an entry":           {arc.RestartMessage{Kind: arc.RestartEntry, Number: 2}, "SECOND", 1, arc.CurrentSet, qemu.PC},
		"an entry too large": {arc.RestartMessage{Kind: arc.RestartEntry, Number: 200}, "FIRST", 1, arc.CurrentSet, qemu.PC},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := menuImage(t, "1")
			must(t, img.Write(kernelPath, restarts(t, c.message)))
			disk := qemu.Virtio
			if c.machine == qemu.Q35 {
				disk = qemu.AHCI
			}
			g := boot(t, qemu.Config{Image: img.Name, Machine: c.machine, Disk: disk, Memory: 64, Reboot: true})
			g.Line("^TESTKERNEL RESTARTS$", done)
			g.Line(done)
			_, second, _ := strings.Cut(g.Text(), "TESTKERNEL RESTARTS")
			h := parse(t, second)
			x := h.extension()
			if x.Message != c.message || h.strings[6] != c.options || x.ControlSet != c.set || x.LastKnownGood != c.reason {
				t.Errorf("message %+v, options %q, control set %d, %v", x.Message, h.strings[6], x.ControlSet, x.LastKnownGood)
			}
			if strings.Contains(second, "Please select") {
				t.Error("the menu was shown")
			}
			if h.alarm[0]|h.alarm[1]|h.alarm[2] != 0 {
				t.Errorf("the registers have %x still", h.alarm)
			}
			if said := strings.Contains(second, "Last Known Good Configuration is used"); said != (c.set == 2) {
				t.Errorf("it is said: %v", said)
			}
		})
	}
}

// restarts is the test kernel that leaves a message and restarts.
func restarts(t *testing.T, m arc.RestartMessage) []byte {
	t.Helper()
	b := bytes.Clone(file(t, "testkernel.bin"))
	at := bytes.LastIndex(b, []byte{0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11}) + 8
	b[at], b[at+1], b[at+2] = m.Registers()
	return b
}
