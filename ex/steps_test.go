package ex

import (
	"slices"
	"strings"
	"testing"

	"gont/nt"
)

// TestStepsDeclared (P0, P1): ids, names and needs of the table make sense; what a
// step needs comes before it; progress rises to 100 %.
func TestStepsDeclared(t *testing.T) {
	seen := map[string]bool{}
	progress, row := 0, ""
	for i := range Steps {
		s := &Steps[i]
		if seen[s.ID] || s.Name == "" {
			t.Errorf("%s: twice, or without a name", s.ID)
		}
		if s.IsPart() {
			if !strings.HasPrefix(s.ID, row+".") || s.Needs != "" || s.Code == 0 {
				t.Errorf("part %s after %s", s.ID, row)
			}
			seen[s.ID] = true
			continue
		}
		row = s.ID
		if s.Why == "" {
			t.Errorf("%s: no reason given for what it needs", s.ID)
		}
		for _, n := range strings.Fields(s.Needs) {
			if !seen[n] {
				t.Errorf("%s needs %s, which is not before it", s.ID, n)
			}
		}
		if s.Progress != 0 && s.Progress <= progress {
			t.Errorf("%s: progress falls to %d", s.ID, s.Progress)
		}
		progress = max(progress, s.Progress)
		seen[s.ID] = true
		if bugNames[s.StopCode()] == "" {
			t.Errorf("%s: stop code %#x has no name", s.ID, s.StopCode())
		}
	}
	if progress != 100 {
		t.Errorf("progress ends at %d %%", progress)
	}
	// SPEC has 21 rows of phase 0 and 49 of phase 1.
	count := [2]int{}
	for i := range Steps {
		if phase, _, part := Steps[i].number(); !part {
			count[phase]++
		}
	}
	if count != [2]int{21, 49} {
		t.Errorf("%v rows", count)
	}
}

// TestStepParameters: the codes and parameters that SPEC's column names.
func TestStepParameters(t *testing.T) {
	const s = nt.StatusUnsuccessful
	for _, c := range []struct {
		id   string
		code BugCode
		p    [4]uint64
	}{
		{"P0.2", 0x31, [4]uint64{uint64(s), 2}},
		{"P0.4", 0x5C, [4]uint64{uint64(s), 4}},
		{"P1.1", 0x32, [4]uint64{uint64(s), 0x101}},
		{"P1.1.1", 0x32, [4]uint64{uint64(nt.StatusNoMemory), 8}},
		{"P1.5", 0x32, [4]uint64{uint64(s), 7}},
		{"P1.8", 0x61, [4]uint64{uint64(s)}},
		{"P1.8.1", 0x32, [4]uint64{uint64(s), 4}},
		{"P1.10", 0x32, [4]uint64{uint64(s), 0, 1}},
		{"P1.12", 0x32, [4]uint64{uint64(s), 0, 2}},
		{"P1.13", 0x32, [4]uint64{uint64(s), 0, 3}},
		{"P1.17", 0x64, [4]uint64{uint64(s)}},
		{"P1.33", 0x32, [4]uint64{uint64(s), 6}},
		{"P1.43.4", 0x70, [4]uint64{uint64(s)}},
		{"P1.47", 0x4E, [4]uint64{0x8F}},
	} {
		step := FindStep(strings.ToLower(c.id))
		if step == nil {
			t.Errorf("no step %s", c.id)
		} else if code, p := step.StopCode(), step.Parameters(s); code != c.code || p != c.p {
			t.Errorf("%s: %v %#x, want %v %#x", c.id, code, p, c.code, c.p)
		}
	}
	if FindStep("P1.99") != nil || FindStep("") != nil {
		t.Error("a step that is not there was found")
	}
}

// TestSequence: a step too early, twice, out of order or unknown is seen; what the
// kernel does not have is not asked for.
func TestSequence(t *testing.T) {
	for _, c := range []struct{ have, run, bad string }{
		{"P0.1 P0.2 P0.10 P1.1", "P0.1 P0.2 P0.10 P1.1", ""},
		{"P0.1 P0.10", "P0.1 P0.10", ""},               // P0.2 is not there
		{"P0.1 P0.2 P0.10", "P0.1 P0.10", "P0.10"},     // P0.2 is there and was not done
		{"P0.1 P0.2", "P0.2 P0.1", "P0.2 P0.1"},        // need, order
		{"P0.10 P0.20 P0.11", "P0.10 P0.20 P0.11", ""}, // P0.20's place
		{"P0.1 P0.2", "P0.1 P0.2 P0.2", "P0.2"},
		{"P0.1 P0.99", "P0.1 P0.99", "P0.99"},
	} {
		q := NewSequence(strings.Fields(c.have))
		var bad []string
		for _, id := range strings.Fields(c.run) {
			if text := q.Begin(id); text != "" {
				bad = append(bad, id)
			}
			q.End(id)
		}
		if !slices.Equal(bad, strings.Fields(c.bad)) {
			t.Errorf("%s of %s: wrong are %q, want %s", c.run, c.have, bad, c.bad)
		}
	}
}
