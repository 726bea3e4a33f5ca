package kerneltest

import (
	"regexp"
	"strings"
	"testing"

	"gont/qemu"
)

// The checked build (`make CHECKED=1`), which enforces the rules about IRQL and
// locks.

// checked is image with the kernel of the checked build.
func checked(t *testing.T, options string) *qemu.Image {
	t.Helper()
	img := image(t, options)
	if err := img.CopyIn(root+"/build/ntoskrnl-checked.exe", kernelPath); err != nil {
		t.Fatal(err)
	}
	return img
}

// TestChecked: nothing that ring 3 can make the kernel do breaks the rules. The same
// programs run on other numbers of processors with the free build, and longer with -full.
func TestChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		options, program, end string
		memory                int
	}{
		{"/VERIFIER /MMCHECK", "nttest.exe", `^NTTEST done: [1-9][0-9]* passed, 0 failed$`, 0},
		{"/SESSION=seed:3,calls:20000,files:0", "nttest/fuzz.exe", `^FUZZ done: .* 0 failed$`, 0},
		{"/SESSION=seconds:5,seed:3", "nttest/soak.exe", `^SOAK done: .* 0 failed$`, 0},
		{"/PAGEFILE=24 /PAGETEST=WAIT,ERRORS /SESSION=errors", "nttest/paging.exe", `^PAGING done: 7 passed, 0 failed$`, 72},
	} {
		t.Run(c.program, func(t *testing.T) {
			t.Parallel()
			img := with(t, checked(t, c.options), c.program)
			if c.program == "nttest/soak.exe" {
				plainProgram(t, img)
			}
			g := qemu.Boot(t, qemu.Config{Image: img.Name, SMP: 2, Memory: c.memory})
			g.Line(`^GoNT kernel: .* \(checked build\), `, stopLine)
			line := g.Line(`^[A-Z]+ done: `, stopLine)
			if !regexp.MustCompile(c.end).MatchString(line) {
				t.Error(line)
			}
		})
	}
}

// TestCheckedStops: what breaks them stops a checked build, and its place is on the
// stack.
func TestCheckedStops(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ how, code, word string }{
		{"lock", "0x0000001e", "a dispatch point with locks held: 1"},
		{"locklevel", "0x0000000a (0x0000000000000002,", "gont/ke.(*FastMutex).Lock"},
		{"service", "0x0000004a", "*** in NtDisplayString"},
	} {
		t.Run(c.how, func(t *testing.T) {
			t.Parallel()
			text := stopped(t, qemu.Boot(t, qemu.Config{Image: checked(t, "/CRASH="+c.how).Name}))
			if !strings.HasPrefix(text, "*** STOP: "+c.code) || !strings.Contains(text, c.word) {
				t.Errorf("expected %s and %q, got\n%s", c.code, c.word, text)
			}
		})
	}
}
