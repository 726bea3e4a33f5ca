package loadertest

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"gont/qemu"
)

// TestBootIni: nothing wrong with boot.ini keeps the machine from starting, and
// every bad line is named (B4).
func TestBootIni(t *testing.T) {
	const entry = "multi(0)disk(0)rdisk(0)partition(1)\\Windows=\"GoNT\" /a\n"
	for name, c := range map[string]struct {
		text    string
		message string
		options string
	}{
		"missing":     {"", `\boot.ini: file not found (status C000000F)`, ""},
		"empty":       {"\n", `\boot.ini: no usable entry in [operating systems]`, ""},
		"binary":      {"\x00\x01\x02\xFF\xFE", `\boot.ini line 1: line before the first section`, ""},
		"broken line": {"[boot loader]\ntimeout=x\n[operating systems]\n" + entry, `\boot.ini line 2: timeout is not a number of seconds: x`, "A"},
		"broken path": {"[operating systems]\nC:\\=\"x\"\n" + entry, `\boot.ini line 2: path does not begin with multi(0)`, "A"},
		"default": {"[boot loader]\ndefault=multi(0)disk(0)rdisk(0)partition(2)\\W\n[operating systems]\n" + entry,
			`\boot.ini line 2: default is none of the entries`, "A"},
		"large": {strings.Repeat("; nothing\n", 7000), `\boot.ini: file is larger than 64 KiB`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := image(t)
			if c.text == "" {
				must(t, img.Delete(`\boot.ini`))
			} else {
				must(t, img.Write(`\boot.ini`, []byte(c.text)))
			}
			g := boot(t, qemu.Config{Image: img.Name})
			g.Expect(regexp.QuoteMeta(c.message))
			g.Line(done)
			if s := parse(t, g.Text()).strings[6]; s != c.options {
				t.Errorf("options %q", s)
			}
		})
	}
}

const twoEntries = "[boot loader]\ntimeout=%\ndefault=multi(0)disk(0)rdisk(0)partition(1)\\Windows\n[operating systems]\n" +
	"multi(0)disk(0)rdisk(0)partition(1)\\NT=\"Not there\"\n" +
	"multi(0)disk(0)rdisk(0)partition(1)\\Windows=\"First\" /first\n" +
	"multi(0)disk(0)rdisk(0)partition(1)\\Windows=\"Second\" /second\n"

func menuImage(t *testing.T, timeout string) *qemu.Image {
	t.Helper()
	img := image(t)
	must(t, img.Write(`\boot.ini`, []byte(strings.ReplaceAll(twoEntries, "%", timeout))))
	return img
}

func optionsOf(t *testing.T, g *qemu.Guest) string {
	t.Helper()
	g.Line(done)
	return parse(t, g.Text()).strings[6]
}

// TestMenuSerial drives the menu over the serial port.
func TestMenuSerial(t *testing.T) {
	for name, c := range map[string]struct{ typed, options string }{
		"enter":        {"\r", "FIRST"},
		"down":         {"\x1b[B\r", "SECOND"},
		"up and end":   {"\x1b[A\x1b[F\r", "SECOND"},
		"digit":        {"3", "SECOND"},
		"edit":         {"e /more=Yes\r\r", "FIRST MORE=Yes"},
		"edit at home": {"E\x1b[H\x1b[3~\x1b[3~x\x7f/\r\r", "IRST"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := boot(t, qemu.Config{Image: menuImage(t, "-1").Name})
			g.Expect("Please select the operating system to start:")
			g.Expect("E: edit options")
			g.Type(c.typed)
			if o := optionsOf(t, g); o != c.options {
				t.Errorf("options %q", o)
			}
		})
	}
}

// TestMenuKeyboard drives it with the PC's keyboard and looks at the screen.
func TestMenuKeyboard(t *testing.T) {
	t.Parallel()
	g := boot(t, qemu.Config{Image: menuImage(t, "30").Name})
	g.Expect("Seconds until the highlighted choice is started: 30")
	g.Expect("30|29") // the clock runs
	screen := g.ScreenText()
	for _, w := range []string{"Please select the operating system to start:", "1 Not there", "2 First", "3 Second", "Options: /first", "E: edit"} {
		if !strings.Contains(screen, w) {
			t.Errorf("no %q on the screen:\n%s", w, screen)
		}
	}
	must(t, g.SendKeys("up", "up", "down", "down"))
	g.Expect("Options: /second")
	cells, err := g.Cells()
	must(t, err)
	for row, reverse := range map[int]bool{4: false, 5: false, 6: true} {
		if (cells[row][8].Attr == 0x70) != reverse {
			t.Errorf("row %d has attribute %#x", row, cells[row][8].Attr)
		}
	}
	must(t, g.SendKeys("e", "spc", "slash", "x", "y", "backspace", "left", "end", "ret", "ret"))
	if o := optionsOf(t, g); o != "SECOND X" {
		t.Errorf("options %q", o)
	}
}

// TestMenuTimeout: the default starts when the time is up, at once with 0.
func TestMenuTimeout(t *testing.T) {
	t.Run("2", func(t *testing.T) {
		t.Parallel()
		g := boot(t, qemu.Config{Image: menuImage(t, "2").Name})
		g.Expect("started: 2")
		g.Expect("started: 1")
		if o := optionsOf(t, g); o != "FIRST" {
			t.Errorf("options %q", o)
		}
	})
	t.Run("0", func(t *testing.T) {
		t.Parallel()
		g := boot(t, qemu.Config{Image: menuImage(t, "0").Name})
		if o := optionsOf(t, g); o != "FIRST" || strings.Contains(g.Text(), "Please select") {
			t.Errorf("options %q", o)
		}
	})
	t.Run("single entry", func(t *testing.T) {
		t.Parallel()
		g := boot(t, qemu.Config{Image: image(t).Name})
		g.Type("   ")
		g.Expect("E: edit options")
		g.Type("\r")
		if o := optionsOf(t, g); o != options {
			t.Errorf("options %q", o)
		}
	})
}

// TestRestart: after a failure a key press starts the machine anew.
func TestRestart(t *testing.T) {
	t.Parallel()
	img := image(t)
	must(t, img.Delete(smssPath))
	g := boot(t, qemu.Config{Image: img.Name, Reboot: true})
	g.Expect("Press any key to restart.")
	must(t, g.SendKeys("ret"))
	g.Expect("Press any key to restart.")
	g.Type("x")
	g.Expect("Press any key to restart.")
}

// TestForeignText (B4): files of other editors are read, every bad line is named or
// counted on both consoles, and nothing raw of a file reaches a terminal.
func TestForeignText(t *testing.T) {
	const entry = "multi(0)disk(0)rdisk(0)partition(1)\\Windows="
	two := "[boot loader]\r\ntimeout=-1\r\n[operating systems]\r\n" + entry + "\"One\" /a\r\n" + entry + "\"A \x1b[31mred\x1b[2J \u00c4\u20ac\" /b=\u00fc\r\n"
	wide := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(two)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	for name, text := range map[string][]byte{"UTF-16": wide, "CR": []byte(strings.ReplaceAll(two, "\r\n", "\r"))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := image(t)
			must(t, img.Write(`\boot.ini`, text))
			g := boot(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio})
			g.Expect("E: edit options")
			if s := g.ScreenText(); !strings.Contains(s, "2 A ?[31mred?[2J ??") || !strings.Contains(s, "1 One") {
				t.Errorf("screen:\n%s", s)
			}
			g.Type("2")
			if o := optionsOf(t, g); o != "B=?" {
				t.Errorf("options %q", o)
			}
			if s := g.Text(); strings.Contains(s, "\x1b[31m") || regexp.MustCompile(`[\x80-\xff]`).MatchString(s) {
				t.Errorf("raw bytes in %q", s)
			}
		})
	}
	t.Run("bad lines", func(t *testing.T) {
		t.Parallel()
		img := image(t)
		must(t, img.Write(`\boot.ini`, []byte(two+strings.Repeat("C:\\=\"DOS\"\r\n", 30))))
		g := boot(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio})
		g.Expect(`\\boot\.ini line 35: path does not begin`)
		g.Expect("E: edit options")
		g.Expect(`\d+ more, in lines \d+, \d+, \d+`)
		s := g.ScreenText()
		named := strings.Count(s, `\boot.ini line `)
		if want := fmt.Sprintf("%d more, in lines %d, %d", 30-named, 6+named, 7+named); named < 3 || !strings.Contains(s, want) {
			t.Errorf("screen:\n%s", s)
		}
	})
}
