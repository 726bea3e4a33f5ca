package systemtest

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gont/qemu"
)

// prompt is a shell's, which shows the current directory where there is one.
// match checks what has come for a line that was typed against a pattern.
func match(t *testing.T, line, want, got string) {
	t.Helper()
	if got = strings.ReplaceAll(got, "\r", ""); !regexp.MustCompile(want).MatchString(got) {
		t.Errorf("%q: no %q in\n%s", line, want, got)
	}
}

const prompt = `(?m)^nt(?: [A-Z]:\\[^>\n]*)?> $`

// promptLines are what a person types at the prompt, and what comes: a pattern for each,
// right use and wrong use of every command.
var promptLines = []struct{ line, want string }{
	{"help", `  reg +look into the registry`},
	{"help kill", `usage: kill PID`},
	{"help frob", `there is no command "frob"`},
	{"frob", `frob: there is no such command`},
	{"ver", `version 6\.1, build 7601`},
	{"ver x", `usage: ver`},
	{"ps", ` nsh\.exe\s`},
	{"ps x", `usage: ps`},
	{"threads 4", `Waiting: `},
	{"threads x", `"x" is no process id`},
	{"kill 3", `kill: process 3: STATUS_INVALID_`},
	{"kill", `usage: kill PID`},
	{"mem", `physical memory +\d{5,}`},
	{"mem x", `usage: mem`},
	{"cache", `(?s)in use or mapped +[1-9]\d*.* hits +\d+.*misses +\d+`},
	{"cache x", `usage: cache`},
	{`obj \Device`, `Serial0 +Device`},
	{`obj \DosDevices`, `is a SymbolicLink -> \\\?\?`},
	{`obj \Nothing`, `obj: \\Nothing: STATUS_OBJECT_NAME_NOT_FOUND`},
	{"handles 4", `no handles|Handle +Access`},
	{"handles x", `"x" is no process id`},
	{`reg query HKLM\SYSTEM\Select`, `Current    REG_DWORD    0x1`},
	{`reg add HKLM\SYSTEM\Prompt\Test /v Number /t REG_DWORD /d 0x2A`, `Number    REG_DWORD    0x2a`},
	{`reg query HKLM\SYSTEM\Prompt /s`, `\\Prompt\\Test\s+Number    REG_DWORD    0x2a`},
	{`reg delete HKLM\SYSTEM\Prompt`, `2 keys were deleted`},
	{`reg query HKLM\SYSTEM\Prompt`, `STATUS_OBJECT_NAME_NOT_FOUND`},
	{`reg query HKCU`, `is no key`},
	{"drivers", `serial .*STATUS_SUCCESS`},
	{"devices", `\[serial\]  started`},
	{"irq", `COM1`},
	{"irq x", `usage: irq`},
	{"steps", `P1\.43 .*STATUS_SUCCESS`},
	{"steps P9", `no step "P9" was recorded`},
	{"opt", `YEAR=2031`},
	{"tune quota", `PagedPoolQuota|PagingFileQuota`},
	{"tune frob", `nothing in the control vector`},
	{"date", `2031-\d\d-\d\d`},
	{"date 1", `is no time of 1980 to 2099`},
	{"run frob", `frob\.exe: STATUS_OBJECT_NAME_NOT_FOUND`},
	{"run nsh /C ver", `process \d+ ended with STATUS_SUCCESS`},
	{"reboot twice", `neither LKG nor the number`},
	{"crash 5", `is no status of an error`},
	{"shutdown now", `usage: shutdown`},
	// Files of the volume that the system was started from; a program from a file.
	{"disk", `(?s)0 +virtio disk +64 MB +512 +1 .*works +viostor.* 1 +2048 +63 MB +0C FAT32 +\\Device\\HarddiskVolume1 +C: +active`},
	{"vol", `C:  GONT, FAT32`},
	{"mountvol", `C: +\\Device\\HarddiskVolume1 +FAT32 GONT`},
	{`dir \WINDOWS\system32`, `\d{6,} +NTOSKRNL\.EXE +ntoskrnl\.exe|\d{6,} +ntoskrnl\.exe`},
	{"mkdir d", ``},
	{`copy \boot.ini d\b`, `1 files copied`},
	{`type d\b`, `YEAR=2031`},
	{`move d\b d\c`, `1 files moved`},
	{`type d\b`, `STATUS_OBJECT_NAME_NOT_FOUND`},
	{`copy \quit.exe d\again.exe`, `1 files copied`},
	{`run d\again`, `returns at once[^$]*process \d+ ended with STATUS_SUCCESS`},
	{`del d\again.exe`, `1 files deleted`},
	{`run d\c`, `STATUS_INVALID_IMAGE_FORMAT|c\.exe: STATUS_OBJECT_NAME_NOT_FOUND`},
	{"chkdsk", `nothing is wrong`},
	{"sync", `1 volumes written`},
	// Those of a RAM disk.
	{"drivers load Disk", `STATUS_IMAGE_ALREADY_LOADED`},
	{"drivers load RamDisk", ``},
	{"disk", `1 +RAM disk +1024 KB +512 +1 .*works`},
	{"mountvol", `D: +\\Device\\HarddiskVolume2 +STATUS_UNRECOGNIZED_VOLUME`},
	{"dir D:", `STATUS_UNRECOGNIZED_VOLUME`},
	{"format D: /L:RAM", `say /Y`},
	{"format D: /L:RAM /Y", `D:  RAM, FAT, serial number`},
	{"d:", `nt D:\\> $`},
	{"mkdir \"A directory\"", ``},
	{"cd \"a directory\"", `nt D:\\a directory> $`},
	{"mkdir x", ``},
	{"ren x y", ``},
	{"attrib +h y", `-H-- +D:\\a directory\\y`},
	{"dir", `<DIR> +y\n0 files with 0 bytes, 3 directories\n\d+ KB free`},
	{"dir *.z", `STATUS_NO_SUCH_FILE`},
	{"rmdir y", ``},
	{"rmdir y", `STATUS_OBJECT_NAME_NOT_FOUND`},
	{"copy y z", `STATUS_OBJECT_NAME_NOT_FOUND`},
	{"move y", `usage: move`},
	{"del *", `STATUS_NO_SUCH_FILE`},
	{"sum *", `STATUS_NO_SUCH_FILE`},
	{"hexdump .", `STATUS_FILE_IS_A_DIRECTORY`},
	{"cd ..", `nt D:\\> $`},
	{"label D: NEW", ``},
	{"vol", `D:  NEW, FAT`},
	{"sync", `2 volumes written`},
	{"chkdsk -f", `nothing is wrong`},
	{"c:", `nt C:\\> $`},
	{"drivers unload RamDisk", ``},
	{"disk", `0 +virtio disk.*works`},
	// A line that is mended and completed, and one of before.
	{"stex\x7fps P1.9", `P1\.9 .*STATUS_SUCCESS`},
	{"obj \\Dev\tSerial\t", `Serial0 is a Device`},
	{"\x1b[A\x1b[A", `P1\.9 .*STATUS_SUCCESS`},
}

// TestPromptSerial: a person at the prompt on COM1 uses every command, ends the shell, is
// given another, and switches the machine off.
func TestPromptSerial(t *testing.T) {
	img := image(t, `/YEAR=2031`)
	root, err := qemu.Root()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "quit.exe") // as it is in memory; what OSLDR reads is compressed
	for _, c := range [][]string{
		{"make", "-s", "-C", root, "build/nttest/quit.exe"},
		{"lz4", "-q", "-d", filepath.Join(root, "build/nttest/quit.exe"), program},
	} {
		if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", c, err, out)
		}
	}
	if err := img.CopyIn(program, `\quit.exe`); err != nil {
		t.Fatal(err)
	}
	g := qemu.Boot(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio})
	g.Expect(prompt)
	for _, c := range promptLines {
		from := len(g.Text())
		g.Type(c.line + "\r")
		g.Expect(`(?s)\n(.*\n)?nt(?: [A-Z]:\\[^>\n]*)?> $`)
		match(t, c.line, c.want, g.Text()[from:])
	}
	g.Type("exit\r")
	g.Expect(`native prompt\.[^\n]*\n\r?nt(?: [A-Z]:[^>\n]*)?> $`)
	g.Type("shutdown\r")
	if e := g.End(); e.Reason != "guest-shutdown" {
		t.Errorf("the machine ended by %v", e)
	}
}

// qcodes are QEMU's names of the keys for characters.
func qcodes(text string) (keys []string) {
	names := map[rune]string{' ': "spc", '\r': "ret", '\\': "backslash", '.': "dot", '\t': "tab"}
	for _, c := range text {
		switch {
		case names[c] != "":
			keys = append(keys, names[c])
		case c >= 'A' && c <= 'Z':
			keys = append(keys, "shift-"+strings.ToLower(string(c)))
		default:
			keys = append(keys, string(c))
		}
	}
	return keys
}

// TestPromptScreen: another at screen and keyboard.
func TestPromptScreen(t *testing.T) {
	g := qemu.Boot(t, qemu.Config{Image: image(t, "/SOS").Name, Disk: qemu.Virtio})
	g.Expect(prompt) // the one on COM1
	shows := func(pattern string) {
		t.Helper()
		re := regexp.MustCompile(pattern)
		for end := time.Now().Add(time.Minute); ; {
			screen := g.ScreenText()
			if re.MatchString(screen) {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("no %q on the screen\n%s", pattern, screen)
			}
		}
	}
	shows(`(?m)^nt[^\n>]*>`)
	for _, c := range []struct{ keys, want string }{
		{"obj \\Dev\t\r", `Video0 +Device`},
		{"frob\r", `frob: there is no such command`},
		{"ver\r", `version 6\.1, build 7601`},
		{"steps P1.9\r", `P1\.9 .*STATUS_SUCCESS`},
	} {
		for _, k := range qcodes(c.keys) {
			if err := g.SendKeys(k); err != nil {
				t.Fatal(err)
			}
		}
		shows(c.want + `(?s).*nt[^\n>]*>[^\n]*\s*$`)
	}
	for _, k := range qcodes("crash\r") {
		if err := g.SendKeys(k); err != nil {
			t.Fatal(err)
		}
	}
	g.Line(`^\*\*\* FATAL_UNHANDLED_HARD_ERROR$`)
}
