package ex

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gont/nt"
)

// last are the ids of the n last records.
func last(t *Trace, n int) (ids []string) {
	t.Last(n, func(r *Record) { ids = append(ids, r.ID) })
	return ids
}

// TestTrace: records in order, lines that a machine can read, printed when asked
// for.
func TestTrace(t *testing.T) {
	now, memory := int64(1_000_999), int64(4096)
	var lines []string
	tr := &Trace{Now: func() int64 { return now }, Memory: func() int64 { return memory }, Processor: func() int { return 2 },
		Print: func(s string) { lines = append(lines, s) }}
	s := tr.Begin("P0.1")
	now, memory = 1_234_567, 4096+8192
	tr.End(s, nt.StatusSuccess)
	tr.Echo = true
	now = 2_000_000
	s = tr.Begin("P1.43")
	now, memory = 5_000_000, 4096
	tr.End(s, nt.StatusNoMemory)
	if want := []string{"TRACE P1.43 2000 3000 2 STATUS_NO_MEMORY -8"}; !slices.Equal(lines, want) {
		t.Errorf("printed %q", lines)
	}
	r := tr.Records()
	if len(r) != 2 || r[0].String() != "TRACE P0.1 1000 233 2 STATUS_SUCCESS 8" || r[1].ID != "P1.43" || r[1].Status != nt.StatusNoMemory {
		t.Errorf("records %v", r)
	}
	for n, want := range map[int]int{-1: 0, 0: 0, 1: 1, 2: 2, 3: 2, 100: 2} {
		l := last(tr, n)
		if len(l) != want || want > 0 && l[want-1] != "P1.43" {
			t.Errorf("Last(%d): %v", n, l)
		}
	}
}

// TestTraceHeld: records from before the clock is understood are printed after,
// in nanoseconds, and none is lost; a step that hangs meanwhile has been named.
func TestTraceHeld(t *testing.T) {
	now := int64(100)
	var lines []string
	tr := &Trace{Now: func() int64 { return now }, Print: func(s string) { lines = append(lines, s) }, Echo: true, Held: true,
		Nanoseconds: func(v int64) int64 { return (v - 100) * 1000 }}
	s := tr.Begin("P0.1")
	now = 110
	tr.End(s, nt.StatusSuccess)
	if !slices.Equal(lines, []string{"BEGIN P0.1 100"}) || !slices.Equal(last(tr, 1), []string{"P0.1"}) {
		t.Errorf("printed %q while held", lines)
	}
	now, lines = 120, nil
	s = tr.Begin("P0.4")
	tr.Held = false
	now = 150
	tr.End(s, nt.StatusSuccess)
	if want := []string{"BEGIN P0.4 120", "TRACE P0.1 0 10 0 STATUS_SUCCESS 0", "TRACE P0.4 20 30 0 STATUS_SUCCESS 0"}; !slices.Equal(lines, want) {
		t.Errorf("printed %q", lines)
	}
	if r := tr.Records(); len(r) != 2 || r[1].Start != 20_000 || r[1].Duration != 30_000 {
		t.Errorf("records %v", r)
	}
}

// TestTraceFull: more records than there is room for overwrite the oldest; what comes is in
// order, and a reader beside sees no record half written.
func TestTraceFull(t *testing.T) {
	var printed []string
	tr := &Trace{Now: func() int64 { return 0 }, Held: true, Echo: true, Print: func(s string) { printed = append(printed, s) }}
	for n := range TraceSize + 10 {
		tr.Put(Record{ID: strconv.Itoa(n)})
	}
	tr.Held = false
	tr.Put(Record{ID: "last"})
	r := tr.Records()
	// A record that may be under way costs the oldest one its place.
	if len(r) != TraceSize-1 || r[0].ID != "12" || r[len(r)-1].ID != "last" {
		t.Errorf("%d records, %v to %v", len(r), r[0], r[len(r)-1])
	}
	if len(printed) != TraceSize || !strings.HasPrefix(printed[0], "TRACE 11 ") {
		t.Errorf("%d lines, the first is %q", len(printed), printed[0])
	}
	if l := last(tr, 1000); len(l) != TraceSize || l[0] != "11" {
		t.Errorf("Last has %d records from %s on", len(l), l[0])
	}
}

// TestSummary: where the time went; nothing is said of nothing.
func TestSummary(t *testing.T) {
	if l := Summary(nil); len(l) != 0 {
		t.Errorf("%q", l)
	}
	ms := int64(1_000_000)
	got := Summary([]Record{{ID: "B4.1", Duration: 3 * ms, Memory: 1 << 20}, {ID: "B5.1", Start: 5 * ms, Duration: 20 * ms},
		{ID: "P0.1", Start: 30 * ms, Duration: ms}, {ID: "P1.1", Start: 31 * ms, Duration: 2 * ms, Memory: -4096}, {ID: "P1.2", Start: 33 * ms, Duration: ms / 2}})
	want := []string{"SUMMARY OSLDR: 2 steps, 23.0 ms, 2.0 ms between steps, 1024 KB taken", "SUMMARY phase 0: 1 steps, 1.0 ms, 0.0 ms between steps, 0 KB taken",
		"SUMMARY phase 1: 2 steps, 2.5 ms, 0.0 ms between steps, -4 KB taken",
		"SUMMARY 33.5 ms since OSLDR's first instruction; longest: B5.1 20.0 ms, B4.1 3.0 ms, P1.1 2.0 ms, P0.1 1.0 ms, P1.2 0.5 ms"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
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
