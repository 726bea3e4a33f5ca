package bugcheck

import (
	"strings"
	"testing"

	"gont/ex"
)

// shownOn is what of a text a screen shows.
func shownOn(s *screenPart, text string) string {
	var b strings.Builder
	s.put = func(c byte) { b.WriteByte(c) }
	for i := range len(text) {
		s.Put(text[i])
	}
	return b.String()
}

// TestScreenPart: what is shown fits on 80 by 25, whatever there is to say, and the last
// lines always have room.
func TestScreenPart(t *testing.T) {
	long := strings.Repeat("x", 200)
	s := &screenPart{rows: stopRows}
	text := shownOn(s, long+"\n")
	s.cut = true
	text += shownOn(s, long+"\n"+strings.Repeat("line\n", 100))
	s.cut, s.last = false, true
	text += shownOn(s, "where the report is\nhalted\n")
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) >= stopRows || len(lines) < 20 {
		t.Errorf("%d lines", len(lines))
	}
	for _, l := range lines {
		if len(l) >= stopColumns {
			t.Errorf("%d columns: %s", len(l), l)
		}
	}
	if lines[0]+lines[1]+lines[2] != long || lines[3] != long[:79] || lines[4] != "line" || lines[len(lines)-1] != "halted" || lines[len(lines)-2] != "where the report is" {
		t.Errorf("%q", lines)
	}
}

// TestParametersWhole: no parameter of a stop code is torn between two rows, and their meanings
// fit in one.
func TestParametersWhole(t *testing.T) {
	shown := screenPart{rows: stopRows}
	var b strings.Builder
	shown.put = func(c byte) { b.WriteByte(c) }
	w := writer{put: shown.Put, show: func() {}}
	w.head(0x50, "X", [4]uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)})
	if n := strings.Count(b.String(), "0xffffffffffffffff"); n != 4 {
		t.Errorf("%d whole parameters in\n%s", n, b.String())
	}
	for code := range ex.BugCode(0x200) {
		b.Reset()
		shown = screenPart{rows: stopRows, put: shown.put}
		w.meanings(code)
		if strings.Count(b.String(), "\n") > 1 || len(b.String()) > stopColumns {
			t.Errorf("%#x: %q", uint32(code), b.String())
		}
	}
}

// TestLastStop: what is said of a report, and of what is none.
func TestLastStop(t *testing.T) {
	for report, want := range map[string]string{
		"":               "",
		"\n*** STOP: 0x": "",
		"\n*** STOP: 0x00000050 (0x8)\n*** PAGE_FAULT\nmore": "The last start ended with STOP: 0x00000050 (0x8), PAGE_FAULT.",
	} {
		if got := lastStop(report); got != want {
			t.Errorf("%q: %q", report, got)
		}
	}
}

// TestExplained: a parameter with a meaning is told, others are not, and nothing allocates.
func TestExplained(t *testing.T) {
	s := &screen{}
	w := s.writer()
	tell := func() {
		s.n = 0
		w.explain(ex.IRQLNotLessOrEqual, [4]uint64{2, 7})
		w.explain(ex.ManuallyInitiatedCrash, [4]uint64{1})
	}
	if n := testing.AllocsPerRun(10, tell); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if got := string(s.b[:s.n]); got != "  IRQL: 0x0000000000000002\n" {
		t.Errorf("%q", got)
	}
}
