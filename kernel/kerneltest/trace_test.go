package kerneltest

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gont/ex"
	"gont/nt"
	"gont/qemu"
)

// TestGoldenBoot (K3): every step of the golden list, once, in order, with
// success; times that rise; the session manager's five seconds by the host's
// clock; and the zero-page thread at the end (P1.45, P1.47).
func TestGoldenBoot(t *testing.T) {
	t.Parallel()
	g := boot(t, "/SOS /BOOTTRACE /MMCHECK")
	g.Line(`^P0\.19: phase 0 complete; IF was set in 0 steps, interrupts taken 0$`, stopLine)
	_, created := g.LineAt(`^TRACE P1\.43 `, stopLine)
	g.Line(firstLine, stopLine)
	g.Line(`^    \?\? +SymbolicLink -> \\GLOBAL\?\?$`, stopLine)
	_, watched := g.LineAt(`^P1\.45: the session manager has run for 5 s$`, stopLine)
	g.Line(`^smss: the zero-page thread runs: [1-9][0-9]* pages zeroed`, stopLine)
	g.Line(waiting, stopLine)
	// By the host's clock, too; a busy host lets either line come late.
	if d := watched - created; d < 4*time.Second || d > time.Minute {
		t.Errorf("the five seconds took %v", d)
	}
	golden, err := os.ReadFile("testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	last := int64(-1)
	for _, l := range g.Lines() {
		f := strings.Fields(l)
		if len(f) == 0 || f[0] != "TRACE" {
			continue
		}
		if len(f) != 6 {
			t.Errorf("%q has %d fields", l, len(f))
			continue
		}
		start, err1 := strconv.ParseInt(f[2], 10, 64)
		duration, err2 := strconv.ParseInt(f[3], 10, 64)
		if err1 != nil || err2 != nil || start < last || duration < 0 || f[4] != "0" || f[5] != "STATUS_SUCCESS" {
			t.Errorf("%q after start %d", l, last)
		}
		if f[1] == "P1.45" && (duration < 4_900_000 || duration > 60_000_000) {
			t.Errorf("the five seconds are %d us of the machine", duration)
		}
		last = start
		ids = append(ids, f[1])
	}
	if got, want := strings.Join(ids, "\n"), strings.TrimSpace(string(golden)); got != want {
		t.Errorf("steps:\n%s\nthe golden list is\n%s", got, want)
	}
}

// TestFails: FAIL= makes each step, and each part of one, stop the system with the code
// and the parameters that ex.Steps declares.
func TestFails(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile("testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	last := ""
	for i := range ex.Steps {
		s := &ex.Steps[i]
		if !s.IsPart() {
			last = s.ID
		}
		row := last
		if !slices.Contains(strings.Fields(string(golden)), row) {
			continue
		}
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			text := stopped(t, qemu.Boot(t, qemu.Config{Image: image(t, "/FAIL="+s.ID).Name, Disk: qemu.Virtio, Memory: 64}))
			p := s.Parameters(nt.StatusUnsuccessful)
			want := fmt.Sprintf("*** STOP: 0x%08x (0x%016x, 0x%016x, 0x%016x, 0x%016x)\n*** %v\n*** %s", uint32(s.StopCode()), p[0], p[1], p[2], p[3], s.StopCode(), row)
			if !strings.HasPrefix(text, want) {
				t.Errorf("FAIL=%s: expected\n%s\ngot\n%s", s.ID, want, text)
			}
		})
	}
}

// TestSessionEnds (P1.45): a session manager that returns at once is the end of
// the system, on the serial port and on the screen.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	g := qemu.Boot(t, qemu.Config{Image: with(t, image(t, ""), "nttest/quit.exe").Name})
	g.Line(firstLine)
	text := stopped(t, g)
	for _, want := range []string{"SESSION5_INITIALIZATION_FAILED", "0x00000071", "the session manager ended with STATUS_SUCCESS"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
		if screen := strings.ReplaceAll(g.ScreenText(), "\n", ""); !strings.Contains(screen, want) {
			t.Errorf("no %q on the screen\n%s", want, screen)
		}
	}
	cells, err := g.Cells()
	if err != nil {
		t.Fatal(err)
	}
	if a := cells[24][79].Attr; a != 0x1F {
		t.Errorf("the screen's attribute is %#x, not white on blue", a)
	}
}
