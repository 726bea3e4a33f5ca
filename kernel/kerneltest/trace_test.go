package kerneltest

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

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

// TestFails: FAIL= makes each step stop the system with its own code.
func TestFails(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile("testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	code := map[string]string{
		"P0.4": "HAL_INITIALIZATION_FAILED", "P1.3": "HAL1_INITIALIZATION_FAILED", "P1.8": "HAL1_INITIALIZATION_FAILED", "P1.9": "OBJECT1_INITIALIZATION_FAILED",
		"P1.18": "MEMORY1_INITIALIZATION_FAILED", "P1.22": "CONFIG_INITIALIZATION_FAILED", "P1.43": "SESSION1_INITIALIZATION_FAILED",
		"P1.43.1": "SESSION1_INITIALIZATION_FAILED", "P1.43.2": "SESSION2_INITIALIZATION_FAILED",
		"P1.43.3": "SESSION3_INITIALIZATION_FAILED", "P1.43.4": "SESSION4_INITIALIZATION_FAILED",
		"P1.37": "MULTIPROCESSOR_CONFIGURATION_NOT_SUPPORTED", "P1.45": "SESSION5_INITIALIZATION_FAILED", "P1.47": "PFN_LIST_CORRUPT",
	}
	ids := strings.Fields(string(golden))
	for _, id := range append(ids, "P1.43.1", "P1.43.2", "P1.43.3", "P1.43.4") {
		if id == "P0.1" {
			continue // the options are not known before
		}
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			want := code[id]
			if want == "" {
				want = "PHASE" + id[1:2] + "_INITIALIZATION_FAILED"
			}
			text := stopped(t, boot(t, "/FAIL="+id))
			step := id
			if strings.HasPrefix(id, "P1.43") {
				step = "P1.43"
			}
			if !strings.Contains(text, "*** "+want+"\n") || !strings.Contains(text, "*** "+step+" ") {
				t.Errorf("FAIL=%s: expected %s naming %s, got\n%s", id, want, step, text)
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
