package imports

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// stepNeeds says which earlier steps each boot step needs, in the order of
// SPEC; the tables phase0 and phase1 of package kernel are compared with it.
var stepNeeds = []struct{ id, needs, why string }{
	{"P0.1", "", "processor tables and the loader block"},
	{"P0.2", "P0.1", "BURNMEMORY is an option, the runs come from the loader block"},
	{"P0.4", "P0.1", "the controllers' interrupts need an IDT"},
	{"P0.10", "P0.1 P0.2", "the runs, less what BURNMEMORY took; MAXMEM"},
	{"P0.11", "P0.1", "SOS, QUIETBOOT"},
	{"P0.14", "", "types are plain kernel memory"},
	{"P0.15", "P0.14", "Token is an object type"},
	{"P0.16", "P0.4 P0.14 P0.15", "interrupt time; types; System's token"},
	{"P0.19", "P0.4 P0.16", "there is an idle thread, and a thread for phase 1"},
	{"P1.1", "P0.10", "OSLDR's page tables were listed there"},
	{"P1.2", "P0.16 P0.19", "it runs in the system thread"},
	{"P1.3", "P0.4 P0.19", "the clock was calibrated and is masked; interrupts are on"},
	{"P1.5", "P0.4 P0.10 P0.11", "frequency, memory size, screen"},
	{"P1.7", "P0.1 P0.4", "YEAR; interrupt time"},
	{"P1.8", "P0.4 P0.10 P0.16 P1.3", "the firmware's list; low memory; threads; the clock"},
	{"P1.9", "P0.14", "directory, link and type objects"},
	{"P1.10", "P0.2 P0.10 P0.16 P1.8 P1.9", "pool and pages for packets; threads, as many at a time as there are processors; \\KernelObjects"},
	{"P1.12", "P0.1", "SYSCALL's registers are set"},
	{"P1.18", "P0.10 P1.9", "pages; \\BootImages"},
	{"P1.22", "P0.1 P0.2 P0.10 P1.7 P1.9", "the boot hive; pool and pages for it; the time of new keys; \\Registry"},
	{"P1.37", "P1.8", "every processor's features"},
	{"P1.43", "P0.2 P0.10 P0.15 P0.16 P1.9 P1.10 P1.12 P1.18", "pool, pages, token, types, names, services, sections"},
	{"P1.44", "P0.10 P1.43", "the boot files lie in loader memory until they are sections"},
	{"P1.45", "P1.3 P1.43", "a clock for the timeout, a process to wait for"},
	{"P1.46", "P1.43 P1.45", "what P1.43 allocated is given back when the session runs"},
	{"P1.47", "P1.1 P1.2 P1.18 P1.44 P1.46", "init pages, own priority, the event, nobody reads the loader block"},
}

// readSteps finds the ids of a []step table in a source file.
func readSteps(path, table string) (ids []string, err error) {
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return nil, err
	}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			if v.Names[0].Name != table || len(v.Values) != 1 {
				continue
			}
			list, ok := v.Values[0].(*ast.CompositeLit)
			if !ok {
				return nil, fmt.Errorf("%s in %s is not a literal", table, path)
			}
			for _, e := range list.Elts {
				row, ok := e.(*ast.CompositeLit)
				if !ok || len(row.Elts) < 2 {
					return nil, fmt.Errorf("%s in %s has a row that is not a literal", table, path)
				}
				l, ok := row.Elts[0].(*ast.BasicLit)
				if !ok || l.Kind != token.STRING {
					return nil, fmt.Errorf("%s in %s has a row without an id", table, path)
				}
				id, err := strconv.Unquote(l.Value)
				if err != nil {
					return nil, err
				}
				ids = append(ids, id)
			}
			return ids, nil
		}
	}
	return nil, fmt.Errorf("%s has no table %s", path, table)
}

// number gives the parts of an id, P1.43 → 1, 43.
func number(id string) (phase, row int, err error) {
	if _, err := fmt.Sscanf(id, "P%d.%d", &phase, &row); err != nil || fmt.Sprintf("P%d.%d", phase, row) != id {
		return 0, 0, fmt.Errorf("%q is not the id of a step", id)
	}
	return phase, row, nil
}

// checkSteps lists what is wrong with the steps of a run.
func checkSteps(ids []string, needs map[string]string) (problems []string) {
	done := map[string]bool{}
	lastPhase, lastRow := -1, 0
	for _, id := range ids {
		phase, row, err := number(id)
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		if phase < lastPhase || phase == lastPhase && row <= lastRow {
			problems = append(problems, id+" is out of SPEC's order")
		}
		lastPhase, lastRow = phase, row
		list, ok := needs[id]
		if !ok {
			problems = append(problems, id+" is not in the table of needs")
		}
		for _, n := range strings.Fields(list) {
			if !done[n] {
				problems = append(problems, id+" needs "+n+", which has not been done")
			}
		}
		done[id] = true
	}
	for id := range needs {
		if !done[id] {
			problems = append(problems, id+" is in the table of needs, the kernel has no such step")
		}
	}
	return problems
}

// TestSteps: every step of the kernel comes after all that it needs, and in
// SPEC's order.
func TestSteps(t *testing.T) {
	var ids []string
	for _, f := range [][2]string{{"phase0.go", "phase0"}, {"phase1.go", "phase1"}} {
		s, err := readSteps(filepath.Join(root(t), "kernel", f[0]), f[1])
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range s {
			if !strings.HasPrefix(id, "P"+strings.TrimPrefix(f[1], "phase")+".") {
				t.Errorf("%s has step %s", f[1], id)
			}
		}
		ids = append(ids, s...)
	}
	needs := map[string]string{}
	for _, s := range stepNeeds {
		if s.why == "" {
			t.Errorf("%s: no reason given", s.id)
		}
		if _, twice := needs[s.id]; twice {
			t.Errorf("%s is twice in the table of needs", s.id)
		}
		needs[s.id] = s.needs
	}
	for _, p := range checkSteps(ids, needs) {
		t.Error(p)
	}
}

// TestStepsNotices: a step too early, twice, unknown or missing is seen.
func TestStepsNotices(t *testing.T) {
	needs := map[string]string{"P0.1": "", "P0.2": "P0.1", "P1.1": "P0.2"}
	for _, c := range []struct {
		ids  string
		want int
	}{
		{"P0.1 P0.2 P1.1", 0},
		{"P0.2 P0.1 P1.1", 2},      // order, need
		{"P0.1 P0.2 P0.2 P1.1", 1}, // twice
		{"P0.1 P1.1", 2},           // missing, need
		{"P0.1 P0.2 P0.3 P1.1", 1}, // unknown
		{"P0.1 P0.2 P1.1 x", 1},
		{"P0.1 P0.2 P1.01 P1.1", 1},
	} {
		if p := checkSteps(strings.Fields(c.ids), needs); len(p) != c.want {
			t.Errorf("%s: %q", c.ids, p)
		}
	}
	if _, err := readSteps("steps_test.go", "nothing"); err == nil {
		t.Error("a table that is not there was found")
	}
	if _, err := readSteps("steps_test.go", "stepNeeds"); err != nil {
		t.Error(err)
	}
}
