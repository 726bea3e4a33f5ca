package loadertest

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gont/arc"
	"gont/boot/badbios"
	"gont/qemu"
)

// unansi is a transcript without control sequences, and lines without blanks
// around them.
func unansi(s string) string {
	s = regexp.MustCompile(`\x1b(\[[0-9;?]*[A-Za-z]|c)`).ReplaceAllString(s, "")
	return regexp.MustCompile(`[^\n]\x08`).ReplaceAllString(s, "")
}

// numberFile is a file with a number, as SeaBIOS reads it from fw_cfg.
func numberFile(t *testing.T, n uint64) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "number")
	must(t, os.WriteFile(name, binary.LittleEndian.AppendUint64(nil, n), 0o600))
	return name
}

// TestClocksThatStand (B4): with any clock of the machine standing the menu counts
// down, and keys work.
func TestClocksThatStand(t *testing.T) {
	const noPit = "pc,pit=off"
	for name, c := range map[string]struct {
		machine qemu.Machine
		bios    *badbios.Bios
		typed   string
		options string
	}{
		"no 8254":                        {noPit, nil, "", "FIRST"},
		"no 8254 and keys":               {noPit, nil, "x\x1b[B\x1b[A\x1b[B\r", "SECOND"},
		"no 8254 and no real-time clock": {noPit, &badbios.Bios{Flags: badbios.NoRTC}, "", "FIRST"},
		"the tick stands later":          {qemu.PC, &badbios.Bios{Ticks: 20}, "", "FIRST"},
		"the tick stands later and keys": {qemu.PC, &badbios.Bios{Ticks: 20}, "x\x1b[B\r", "SECOND"},
		"no real-time clock":             {qemu.PC, &badbios.Bios{Flags: badbios.NoRTC}, "", "FIRST"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := menuImage(t, "3")
			if c.bios != nil {
				must(t, c.bios.Install(img, file(t, "badbios.bin")))
			}
			g := boot(t, qemu.Config{Image: img.Name, Machine: c.machine, Disk: qemu.Virtio})
			g.Expect("started: 3")
			if c.typed == "" {
				g.Expect("started: 2")
				g.Expect("started: 1")
			} else {
				g.Type(c.typed)
			}
			if o := optionsOf(t, g); o != c.options {
				t.Errorf("options %q", o)
			}
		})
	}
	t.Run("restart without 8254", func(t *testing.T) {
		t.Parallel()
		img := image(t)
		must(t, img.Delete(smssPath))
		g := boot(t, qemu.Config{Image: img.Name, Machine: noPit, Disk: qemu.Virtio, Reboot: true})
		g.Expect("Press any key to restart.")
		g.Type("\xff") // noise
		g.Type("x")
		g.Expect("Press any key to restart.")
		must(t, g.SendKeys("ret"))
		g.Expect("Press any key to restart.")
	})
}

// TestNoise: what an open line makes is no key: the menu does not appear for it,
// and its clock goes on.
func TestNoise(t *testing.T) {
	const noise = "\xff\x00\x80\xfe\x01\x13\xc3"
	t.Run("menu", func(t *testing.T) {
		t.Parallel()
		g := boot(t, qemu.Config{Image: menuImage(t, "3").Name, Disk: qemu.Virtio})
		g.Expect("started: 3")
		g.Type(noise)
		for range 3 {
			if _, err := g.QMP("chardev-send-break", map[string]any{"id": "com1"}); err != nil {
				t.Fatal(err)
			}
		}
		g.Expect("started: 2")
		g.Expect("started: 1")
		if o := optionsOf(t, g); o != "FIRST" {
			t.Errorf("options %q", o)
		}
	})
	t.Run("before", func(t *testing.T) {
		t.Parallel()
		g := boot(t, qemu.Config{Image: menuImage(t, "0").Name, Disk: qemu.Virtio})
		g.Type(noise)
		if o := optionsOf(t, g); o != "FIRST" || strings.Contains(g.Text(), "Please select") {
			t.Errorf("options %q", o)
		}
	})
	t.Run("and a key", func(t *testing.T) {
		t.Parallel()
		g := boot(t, qemu.Config{Image: menuImage(t, "3").Name, Disk: qemu.Virtio})
		g.Expect("started: 3")
		g.Type(noise + "\x1b[B" + noise + "\r")
		if o := optionsOf(t, g); o != "SECOND" {
			t.Errorf("options %q", o)
		}
	})
}

// TestRedirected (B2, B3, B4): a BIOS that sends to COM1 what the screen gets does
// not make every message double, with a screen and without one.
func TestRedirected(t *testing.T) {
	const (
		noScreen = "pc,graphics=off" // SeaBIOS's sercon
		missing  = `\OSLDR is missing`
		little   = "GoNT needs 32 MB of memory; this computer has only "
		noSmss   = smssPath + ": file not found (status C000000F)"
		anyKey   = "Press any key to restart."
	)
	once := func(t *testing.T, g *qemu.Guest, messages ...string) {
		t.Helper()
		g.Expect(`restart\.|bootable device`)
		for _, m := range messages {
			if n := strings.Count(unansi(g.Text()), m); n != 1 {
				t.Errorf("%q is there %d times:\n%s", m, n, unansi(g.Text()))
			}
		}
	}
	for name, c := range map[string]struct {
		config qemu.Config
		bios   *badbios.Bios
		path   string // to be deleted
		says   []string
	}{
		"boot sector without a screen":     {qemu.Config{Machine: noScreen}, nil, `\OSLDR`, []string{missing}},
		"real mode without a screen":       {qemu.Config{Machine: noScreen, Memory: 6}, nil, "", []string{little, anyKey}},
		"real mode":                        {qemu.Config{Args: []string{"-fw_cfg", "name=etc/sercon-port,file=" + numberFile(t, 0x3F8)}, Memory: 6}, nil, "", []string{little, anyKey}},
		"Go part without a screen":         {qemu.Config{Machine: noScreen}, nil, smssPath, []string{noSmss, anyKey}},
		"Go part":                          {qemu.Config{}, &badbios.Bios{Flags: badbios.Echo}, smssPath, []string{noSmss, anyKey}},
		"real mode with a simple BIOS":     {qemu.Config{}, &badbios.Bios{Flags: badbios.Echo, Rows: []arc.E820Entry{badbios.Ram(0, 0x9FC00)}}, "", []string{little, anyKey}},
		"boot sector with a simple BIOS":   {qemu.Config{}, &badbios.Bios{Flags: badbios.Echo}, `\OSLDR`, []string{missing}},
		"not redirected, without a screen": {qemu.Config{NoVGA: true}, nil, smssPath, []string{noSmss, anyKey}},
	} {
		t.Run(strings.ReplaceAll(name, ",", ""), func(t *testing.T) {
			t.Parallel()
			img := image(t)
			if c.path != "" {
				must(t, img.Delete(c.path))
			}
			if c.bios != nil {
				must(t, c.bios.Install(img, file(t, "badbios.bin")))
			}
			c.config.Image, c.config.Disk = img.Name, qemu.Virtio
			c.config.NoVGA = c.config.NoVGA || c.config.Machine == noScreen
			once(t, boot(t, c.config), c.says...)
		})
	}
	t.Run("menu without a screen", func(t *testing.T) {
		t.Parallel()
		g := boot(t, qemu.Config{Image: menuImage(t, "-1").Name, Machine: noScreen, NoVGA: true, Disk: qemu.Virtio})
		g.Expect("E: edit options")
		g.Type("\x1b[B\r")
		if o := optionsOf(t, g); o != "SECOND" {
			t.Errorf("options %q", o)
		}
		if n := strings.Count(unansi(g.Text()), "Please select"); n != 1 {
			t.Errorf("the menu is there %d times", n)
		}
	})
}
