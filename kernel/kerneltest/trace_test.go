package kerneltest

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gont/ex"
	"gont/nt"
	"gont/qemu"
)

// loaderSteps are OSLDR's.
var loaderSteps = strings.Fields("B4.1 B4.2 B4.3 B4.4 B5.1 B6.1 B5.2 B5.3 B5.4 B8.1 B7.1 B8.2")

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
	var ids, bar []string
	last, loaded := int64(-1), false
	for _, l := range g.Lines() {
		if step, at, ok := strings.Cut(strings.TrimPrefix(l, "NOTE "), " boot screen: "); ok {
			bar = append(bar, step+" "+at)
		}
		f := strings.Fields(l)
		if len(f) == 0 || f[0] != "TRACE" {
			continue
		}
		if len(f) != 7 {
			t.Errorf("%q has %d fields", l, len(f))
			continue
		}
		if strings.HasPrefix(f[1], "B") && f[1] < "B6" && f[1] != "B4.4" && f[6] != "0" {
			loaded = true
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
	want := strings.Join(loaderSteps, "\n") + "\n" + strings.TrimSpace(string(golden))
	if got := strings.Join(ids, "\n"); got != want {
		t.Errorf("steps:\n%s\nthe golden list is\n%s", got, want)
	}
	if !loaded {
		t.Error("no step of OSLDR's has taken memory")
	}
	for _, want := range []string{`^BEGIN P0\.4 [0-9]+$`, `^SUMMARY OSLDR: [0-9]+ steps, [0-9.]+ ms, [0-9.]+ ms between steps, [1-9][0-9]{3,} KB taken$`,
		`^SUMMARY phase 0: 21 steps, `, `^SUMMARY phase 1: [0-9]+ steps, .* ms between steps, -?[0-9]+ KB taken$`,
		`^SUMMARY [0-9.]+ ms since OSLDR's first instruction; longest: P1\.45 [0-9.]+ ms, `} {
		if !slices.ContainsFunc(g.Lines(), regexp.MustCompile(want).MatchString) {
			t.Errorf("no line %s", want)
		}
	}
	expectBar(t, bar)
}

// TestHangShown (K3): a step that hangs before the clock's rate is known is the last one
// that is named, though no times can be told yet.
func TestHangShown(t *testing.T) {
	t.Parallel()
	g := boot(t, "/BOOTTRACE /HANG=P0.4")
	g.Line(`^BEGIN P0\.3 [0-9]+$`, stopLine)
	g.Line(`^BEGIN P0\.4 [0-9]+$`, stopLine)
}

// expectBar (P1.4) looks at how the bar of the boot screen has moved: as the steps say, and
// within the drivers' part of it with each driver.
func expectBar(t *testing.T, bar []string) {
	t.Helper()
	from := []string{"P1.8 5.00 %", "P1.16 10.00 %", "P1.24 15.00 %", "P1.29 20.00 %", "P1.31 25.00 %"}
	to := []string{"P1.34 75.00 %", "P1.36 80.00 %", "P1.39 90.00 %", "P1.41 100.00 %"}
	const boot = 15 // drivers of a new installation that start with the system
	if len(bar) != len(from)+boot+len(to) || !slices.Equal(bar[:len(from)], from) || !slices.Equal(bar[len(from)+boot:], to) {
		t.Fatalf("the bar has moved as\n%s", strings.Join(bar, "\n"))
	}
	last := 25.0
	for _, l := range bar[len(from) : len(from)+boot] {
		var at float64
		if _, err := fmt.Sscanf(l, "P1.34 %f %%", &at); err != nil || at <= last || at-last > 10 || at >= 75 {
			t.Errorf("%q after %.2f", l, last)
		}
		last = at
	}
}

// stopsAs is how a step or part fails: the stop's first line, its name, and the row.
func stopsAs(s *ex.Step, row string) (first, name, text string) {
	p := s.Parameters(nt.StatusUnsuccessful)
	return fmt.Sprintf("0x%08x (0x%016x, 0x%016x, 0x%016x, 0x%016x)", uint32(s.StopCode()), p[0], p[1], p[2], p[3]), s.StopCode().String(), row + " "
}

// TestFailsAll: with FAIL=* every step and part of the golden list says how its failure
// would stop the system, with the code and the parameters that ex.Steps declares, and the
// start goes on.
func TestFailsAll(t *testing.T) {
	t.Parallel()
	g := qemu.Boot(t, qemu.Config{Image: image(t, "/FAIL=*").Name, Disk: qemu.Virtio, Memory: 64})
	g.Line(waiting, stopLine)
	golden, err := os.ReadFile("testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, l := range g.Lines() {
		if strings.HasPrefix(l, "REHEARSAL ") {
			got = append(got, l)
		}
	}
	last := ""
	for i := range ex.Steps {
		s := &ex.Steps[i]
		name := s.Name
		if !s.IsPart() {
			last = s.ID
		} else {
			name = ex.FindStep(last).Name + ", " + name
		}
		if slices.Contains(strings.Fields(string(golden)), last) {
			first, code, row := stopsAs(s, last)
			want = append(want, fmt.Sprintf("REHEARSAL %s: %s %s: %s%s", s.ID, first, code, row, name))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// reallyFailing are steps that TestFails really stops at: the first and the last ones, and
// one wherever a stop meets other circumstances (no clock, no screen, no threads yet, a
// part, programs running). FAILS=all in the environment stops at all of them.
var reallyFailing = []string{"P0.1", "P0.4", "P0.16", "P1.1.1", "P1.8.1", "P1.22", "P1.41", "P1.43.2", "P1.44", "P1.45", "P1.47"}

// TestFails: FAIL= makes a step, and a part of one, stop the system with the code and the
// parameters that ex.Steps declares.
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
		if !slices.Contains(strings.Fields(string(golden)), row) || os.Getenv("FAILS") != "all" && !slices.Contains(reallyFailing, s.ID) {
			continue
		}
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			text := stopped(t, qemu.Boot(t, qemu.Config{Image: image(t, "/FAIL="+s.ID).Name, Disk: qemu.Virtio, Memory: 64}))
			first, code, row := stopsAs(s, row)
			if !strings.HasPrefix(text, "*** STOP: "+first+"\n*** "+code+"\n") || !strings.Contains(text, "*** "+row) {
				t.Errorf("FAIL=%s: expected %s, %s, %s, got\n%s", s.ID, first, code, row, text)
			}
		})
	}
}

// TestFailAllocation: whichever allocation of the start fails, the system stops and says
// why, or starts and says that; it never hangs.
func TestFailAllocation(t *testing.T) {
	t.Parallel()
	fail := func(t *testing.T, n int) *qemu.Guest {
		return qemu.Boot(t, qemu.Config{Image: image(t, fmt.Sprint("/FAILALLOC=", n)).Name, Disk: qemu.Virtio, Memory: 64})
	}
	g := fail(t, 0)
	line := g.Line(`^FAILALLOC: the start has made [0-9]+ allocations$`, stopLine)
	all, err := strconv.Atoi(strings.Fields(line)[len(strings.Fields(line))-2])
	if err != nil || all < 50 {
		t.Fatal(line)
	}
	for _, n := range []int{1, 3, all / 8, all / 4, all / 3, all / 2, all * 3 / 4, all - 1} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			g := fail(t, n)
			g.Line(`^\*\*\* FAILALLOC has made an allocation fail: |^FAILALLOC: one of them has failed, and the start has gone on: `)
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
