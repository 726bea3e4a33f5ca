package imports

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gont/ex"
)

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

// kernelSteps are the ids of the kernel's phase tables.
func kernelSteps(t *testing.T) (ids []string) {
	t.Helper()
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
	return ids
}

// TestSteps: the kernel's steps are declared in ex.Steps, in SPEC's order, and each
// comes after all that it needs; the golden list of a boot is the same.
func TestSteps(t *testing.T) {
	ids := kernelSteps(t)
	q := ex.NewSequence(ids)
	for _, id := range ids {
		if text := q.Begin(id); text != "" {
			t.Error(text)
		}
		q.End(id)
	}
	golden, err := os.ReadFile(filepath.Join(root(t), "kernel", "kerneltest", "testdata", "golden.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(string(golden)); !slices.Equal(got, ids) {
		t.Errorf("golden.txt has\n%s\nthe kernel's tables have\n%s", got, ids)
	}
}

// TestReadSteps: a table that is not there is an error.
func TestReadSteps(t *testing.T) {
	if _, err := readSteps("steps_test.go", "nothing"); err == nil {
		t.Error("a table that is not there was found")
	}
}
