package ex

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"gont/nt"
)

// TestTrace: records in order, lines that a machine can read, printed when asked
// for.
func TestTrace(t *testing.T) {
	now := int64(0)
	var lines []string
	tr := &Trace{Now: func() int64 { return now }, Print: func(s string) { lines = append(lines, s) }}
	now = 1_234_567
	tr.Add("P0.1", 1_000_999, nt.StatusSuccess)
	tr.Echo = true
	now = 5_000_000
	tr.Add("P1.43", 2_000_000, nt.StatusNoMemory)
	if want := []string{"TRACE P1.43 2000 3000 0 STATUS_NO_MEMORY"}; !slices.Equal(lines, want) {
		t.Errorf("printed %q", lines)
	}
	r := tr.Records()
	if len(r) != 2 || r[0].String() != "TRACE P0.1 1000 233 0 STATUS_SUCCESS" || r[1].ID != "P1.43" || r[1].Status != nt.StatusNoMemory {
		t.Errorf("records %v", r)
	}
	for n, want := range map[int]int{0: 0, 1: 1, 2: 2, 3: 2, 100: 2} {
		l := tr.Last(n)
		if len(l) != want || want > 0 && l[want-1].ID != "P1.43" {
			t.Errorf("Last(%d): %v", n, l)
		}
	}
}

// TestTraceHeld: records from before the clock is understood are printed after,
// in nanoseconds, and none is lost.
func TestTraceHeld(t *testing.T) {
	now := int64(100)
	var lines []string
	tr := &Trace{Now: func() int64 { return now }, Print: func(s string) { lines = append(lines, s) }, Echo: true, Held: true,
		Nanoseconds: func(v int64) int64 { return (v - 100) * 1000 }}
	now = 110
	tr.Add("P0.1", 100, nt.StatusSuccess)
	if len(lines) != 0 || tr.Last(1)[0].ID != "P0.1" {
		t.Errorf("printed %q while held", lines)
	}
	tr.Held = false
	now = 150
	tr.Add("P0.4", 120, nt.StatusSuccess)
	if want := []string{"TRACE P0.1 0 10 0 STATUS_SUCCESS", "TRACE P0.4 20 30 0 STATUS_SUCCESS"}; !slices.Equal(lines, want) {
		t.Errorf("printed %q", lines)
	}
	if r := tr.Records(); len(r) != 2 || r[1].Start != 20_000 || r[1].Duration != 30_000 {
		t.Errorf("records %v", r)
	}
}

// TestBugCodes: every code has a name of its own in NT's style.
func TestBugCodes(t *testing.T) {
	form := regexp.MustCompile(`^[A-Z][A-Z0-9_]+$`)
	seen := map[string]BugCode{}
	for c, n := range bugNames {
		if !form.MatchString(n) || c.String() != n {
			t.Errorf("%#x is %q", uint32(c), n)
		}
		if other, twice := seen[n]; twice {
			t.Errorf("%#x and %#x are both %s", uint32(c), uint32(other), n)
		}
		seen[n] = c
	}
	for c, want := range map[BugCode]string{0x0A: "IRQL_NOT_LESS_OR_EQUAL", 0x32: "PHASE1_INITIALIZATION_FAILED", 0x4E: "PFN_LIST_CORRUPT",
		0x71: "SESSION5_INITIALIZATION_FAILED", 0x7F: "UNEXPECTED_KERNEL_MODE_TRAP", 0x12345: "UNKNOWN_STOP_CODE", 0: "UNKNOWN_STOP_CODE"} {
		if c.String() != want {
			t.Errorf("%#x is %s, want %s", uint32(c), c, want)
		}
	}
	if strings.Contains(BugCode(1).String(), "_FAILED") {
		t.Error("an unknown code has a name")
	}
}
