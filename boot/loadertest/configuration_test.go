package loadertest

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"gont/arc"
	"gont/cm/regf"
	"gont/qemu"
)

// quiet is a boot.ini without a menu.
func quiet(options string) []byte {
	return []byte("[boot loader]\ntimeout=0\n[operating systems]\nmulti(0)disk(0)rdisk(0)partition(1)\\Windows=\"GoNT\" " + options + "\n")
}

// started boots an image without a menu and returns what the kernel got.
func started(t *testing.T, img *qemu.Image, options string) *handed {
	t.Helper()
	must(t, img.Write(`\boot.ini`, quiet(options)))
	g := boot(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio, Memory: 64})
	g.Line(done, "could not start", "exception", "fatal error")
	return parse(t, g.Text())
}

// TestControlSets (B6): the set that Select names, LastKnownGood where it is asked for or
// that one is missing, what Select says then, and that it is told.
func TestControlSets(t *testing.T) {
	for name, c := range map[string]struct {
		sel     [4]uint32 // Current, Default, Failed, LastKnownGood
		gone    string    // a key that is deleted
		options string
		set     uint32
		failed  uint32
		reason  arc.LastKnownGood
		drivers int
		says    string
	}{
		"default":            {sel: [4]uint32{2, 1, 0, 2}, set: 1, drivers: 2},
		"the other":          {sel: [4]uint32{1, 2, 0, 1}, set: 2, drivers: 1},
		"last known good":    {sel: [4]uint32{1, 1, 0, 2}, options: "/LastKnownGood", set: 2, failed: 1, reason: arc.LastKnownGoodAsked, drivers: 1},
		"default is missing": {sel: [4]uint32{1, 3, 0, 2}, set: 2, failed: 3, reason: arc.LastKnownGoodBad, drivers: 1, says: "The control set ControlSet003 is missing; LastKnownGood (ControlSet002) is used."},
		"half of it is":      {sel: [4]uint32{1, 1, 0, 2}, gone: `ControlSet001\Control`, set: 2, failed: 1, reason: arc.LastKnownGoodBad, drivers: 1, says: "The control set ControlSet001 is missing; LastKnownGood (ControlSet002) is used."},
		"good is missing":    {sel: [4]uint32{1, 1, 0, 9}, options: "/LASTKNOWNGOOD", set: 1, drivers: 2, says: "The control set LastKnownGood (ControlSet009) is missing; ControlSet001 is used."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := baseHive()
			for i, n := range []string{"Current", "Default", "Failed", "LastKnownGood"} {
				h.dword("Select", n, c.sel[i])
			}
			if c.gone != "" {
				must(t, h.DeleteTree(h.key(c.gone), 1))
			}
			img := image(t)
			must(t, img.Write(hivePath, h.bytes()))
			got := started(t, img, c.options)
			x := got.extension()
			if x.ControlSet != c.set || x.FailedSet != c.failed || x.LastKnownGood != c.reason || len(got.drivers(t)) != c.drivers {
				t.Errorf("set %d, failed %d, %v, drivers %q", x.ControlSet, x.FailedSet, x.LastKnownGood, got.drivers(t))
			}
			if report, _ := got.reader().Text(x.HiveReport); c.says == "" && report != "" || !strings.Contains(report, c.says) {
				t.Errorf("report %q", report)
			}
			r := got.registry(t)
			wantDefault := c.sel[1]
			if c.reason != arc.CurrentSet {
				wantDefault = c.set
			}
			if cur, def, failed := r.number("Select", "Current"), r.number("Select", "Default"), r.number("Select", "Failed"); cur != c.set || def != wantDefault || failed != c.failed {
				t.Errorf("Select says Current %d, Default %d, Failed %d", cur, def, failed)
			}
		})
	}
}

// TestHives (B5): a damaged hive is healed, made whole from its log, or taken from its
// copy, and that is said.
func TestHives(t *testing.T) {
	type files map[string][]byte
	good := baseHive().bytes()
	cut, log := interrupted(t)
	spoiled := bytes.Clone(good)
	at := bytes.Index(spoiled, []byte("ControlSet002"))
	copy(spoiled[at-76:], "xx") // the key's signature
	for name, c := range map[string]struct {
		files  files
		source arc.HiveSource
		says   string
		set2   bool
	}{
		"a bad cell":                    {files{"SYSTEM": spoiled}, arc.HiveHealed, "SYSTEM was damaged; faults mended: ", false},
		"logs":                          {files{"SYSTEM": cut, "SYSTEM.LOG1": log[0], "SYSTEM.LOG2": log[1]}, arc.HiveRecovered, "SYSTEM was not completely written; it was made whole from its log.", true},
		"no logs":                       {files{"SYSTEM": cut}, arc.HiveHealed, "a flush was not completed", true},
		"copy instead of no hive":       {files{"SYSTEM": []byte("this is none"), "SYSTEM.ALT": good}, arc.HiveAlternate, "SYSTEM cannot be used: not a registry hive (status C0000102)", true},
		"copy instead of no sets":       {files{"SYSTEM": newHive().bytes(), "SYSTEM.ALT": good}, arc.HiveAlternate, "SYSTEM cannot be used: it has no control set (status C0000102)", true},
		"copy instead of an empty file": {files{"SYSTEM": nil, "SYSTEM.ALT": good}, arc.HiveAlternate, "SYSTEM.ALT, its copy, is used instead.", true},
		"copy instead of no file":       {files{"SYSTEM.ALT": good}, arc.HiveAlternate, "SYSTEM cannot be used: file not found (status C000000F)", true},
		"garbage behind":                {files{"SYSTEM": append(bytes.Clone(good), slices.Repeat([]byte{0xA5}, 5000)...)}, arc.HiveSound, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := image(t)
			must(t, img.Delete(hivePath))
			for n, b := range c.files {
				must(t, img.Write(system32+`config\`+n, b))
			}
			h := started(t, img, "")
			x := h.extension()
			report, _ := h.reader().Text(x.HiveReport)
			if x.HiveSource != c.source || (x.HiveFaults != 0) != (c.source == arc.HiveHealed) || !strings.Contains(report, c.says) || c.says == "" && report != "" {
				t.Errorf("%v, %d faults, %q", x.HiveSource, x.HiveFaults, report)
			}
			r := h.registry(t)
			if has := r.Open(r.Root(), `ControlSet002\Services`) != regf.NoCell; has != c.set2 {
				t.Errorf("the second control set: %v", has)
			}
			if c.source == arc.HiveRecovered && r.Open(r.Root(), `ControlSet001\Services\New`) == regf.NoCell {
				t.Error("what is in the log is missing")
			}
		})
	}
}

// memoryFile is a regf.File.
type memoryFile struct{ b []byte }

func (f *memoryFile) WriteAt(p []byte, off int64) (int, error) {
	if n := int(off) + len(p); n > len(f.b) {
		f.b = append(f.b, make([]byte, n-len(f.b))...)
	}
	return copy(f.b[off:], p), nil
}

func (f *memoryFile) Sync() error { return nil }

// interrupted is a hive whose last write was cut off behind its first sector, and its
// logs.
func interrupted(t *testing.T) (cut []byte, logs [2][]byte) {
	t.Helper()
	h := baseHive()
	hive, one, two := &memoryFile{}, &memoryFile{}, &memoryFile{}
	files := regf.Files{Primary: hive, Log1: one, Log2: two}
	h.SetAllDirty()
	must(t, h.Flush(files, 5))
	before := bytes.Clone(hive.b)
	h.driver("ControlSet001", "New", "", `\SystemRoot\System32\drivers\good.sys`)
	must(t, h.Flush(files, 6))
	before[4]++
	sum := [4]byte{}
	for i := range 508 {
		sum[i%4] ^= before[i]
	}
	copy(before[508:], sum[:])
	return before, [2][]byte{one.b, two.b}
}

// TestBadHives (B5): what cannot be started from is named with its reason.
func TestBadHives(t *testing.T) {
	put := func(b []byte) func(*testing.T, *qemu.Image) {
		return func(t *testing.T, img *qemu.Image) { must(t, img.Write(hivePath, b)) }
	}
	version := baseHive().bytes()
	version[20] = 9
	sum := [4]byte{}
	for i := range 508 {
		sum[i%4] ^= version[i]
	}
	copy(version[508:], sum[:])
	run(t, []spoil{
		{"text", put(slices.Repeat([]byte("no hive "), 1000)), hivePath + ": not a registry hive (status C0000102)"},
		{"one sector", put(baseHive().bytes()[:512]), hivePath + ": the file ends before its first bin does (status C0000102)"},
		{"version", put(version), hivePath + ": version 9.5 is not known; 1.3 to 1.6 are (status C0000102)"},
		{"no Select", put(newHive().bytes()), hivePath + ": it has no control set (status C0000102)"},
		{"all zero", put(append(baseHive().bytes()[:4096], make([]byte, 8192)...)), hivePath + ": "},
	})
}

// TestDrivers (B5, I7): each driver that cannot be had is in the list with its status, and
// named on the screen; the others are loaded, in order.
func TestDrivers(t *testing.T) {
	t.Parallel()
	h := baseHive()
	const drivers = `\Windows\System32\drivers\`
	wrong := bytes.Clone(file(t, "good.sys"))
	copy(wrong[bytes.Index(wrong, []byte("good.DriverEntry")):], "lost")
	other := bytes.Clone(file(t, "good.sys"))
	copy(other[bytes.Index(other, []byte("ntoskrnl.exe")):], "somebody.exe")
	flipped := bytes.Clone(file(t, "good.sys"))
	flipped[0x1001] ^= 1
	for _, b := range [][]byte{wrong, other} {
		clear(b[0x40+24+64:][:4]) // no checksum
	}
	img := image(t)
	for name, b := range map[string][]byte{"wrong.sys": wrong, "other.sys": other, "flipped.sys": flipped, "text.sys": []byte("no image"), "program.sys": file(t, "testkernel.bin")[:0x400]} {
		must(t, img.Write(drivers+name, b))
	}
	for name, path := range map[string]string{"a": "", "b": `System32\drivers\wrong.sys`, "c": `System32\drivers\other.sys`, "d": `%SystemRoot%\System32\drivers\flipped.sys`,
		"e": `\SystemRoot\System32\drivers\text.sys`, "f": `%Nowhere%\x.sys`, "g": `\Windows\System32\drivers\program.sys`, "h": `\SystemRoot\nowhere\x.sys`, "i": `\??\C:\Windows\System32\drivers\good.sys`} {
		h.driver("ControlSet001", name, "", path)
	}
	must(t, img.Write(hivePath, h.bytes()))
	must(t, img.Delete(system32+"c_437.nls"))
	must(t, img.Write(system32+"l_intl.nls", nil))
	got := started(t, img, "")
	want := []string{
		"Other " + driverPath + " 00000000",
		"Good " + drivers + "Good.sys 00000000",
		"a " + drivers + "a.sys C000000F file not found",
		"b " + drivers + "wrong.sys C0000263 it needs lost.DriverEntry of ntoskrnl.exe, which is not there",
		"c " + drivers + "other.sys C0000135 it needs somebody.exe, which is not there",
		"d " + drivers + "flipped.sys C0000221 checksum is wrong",
		"e " + drivers + "text.sys C000007B not a PE image (no MZ)",
		`f %Nowhere%\x.sys C000003A ImagePath has a variable that is not %SystemRoot%`,
		"g " + drivers + "program.sys C000007B section .text ends after the file",
		`h \Windows\nowhere\x.sys C000003A directory not found`,
		"i " + driverPath + " 00000000",
	}
	if list := got.drivers(t); !slices.Equal(list, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(list, "\n"), strings.Join(want, "\n"))
	}
	r := got.reader()
	notes, _ := r.Text(got.extension().LoaderNotes)
	for _, line := range []string{"Driver a: " + drivers + "a.sys: file not found (status C000000F)",
		"Driver b: " + drivers + "wrong.sys: it needs lost.DriverEntry of ntoskrnl.exe, which is not there (status C0000263)",
		system32 + "c_437.nls: file not found (status C000000F)"} {
		if !strings.Contains(notes, line+"\n") {
			t.Errorf("no note %q in %q", line, notes)
		}
	}
	ansi, oem, table := r.NlsTables(got.block().NlsData)
	if len(ansi) == 0 || len(oem) != 0 || len(table) != 0 {
		t.Errorf("NLS tables of %d, %d, %d bytes", len(ansi), len(oem), len(table))
	}
}
