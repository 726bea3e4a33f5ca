package imports

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gont/ex"
	"gont/nt"
)

var update = flag.Bool("update", false, "write docs/steps.md")

// stepFunctions are the expressions of the kernel's phase tables, by id, and where each
// function is: package folder and file.
func stepFunctions(t *testing.T, dir string) map[string]string {
	t.Helper()
	list := map[string]string{}
	for _, name := range []string{"phase0.go", "phase1.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, "kernel", name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		folders := map[string]string{}
		for _, i := range f.Imports {
			path, _ := strconv.Unquote(i.Path.Value)
			folder := strings.TrimPrefix(path, "gont/")
			folders[folder[strings.LastIndexByte(folder, '/')+1:]] = folder
		}
		ast.Inspect(f, func(n ast.Node) bool {
			row, ok := n.(*ast.CompositeLit)
			if !ok || len(row.Elts) != 2 {
				return true
			}
			id, ok := row.Elts[0].(*ast.BasicLit)
			if !ok || id.Kind != token.STRING {
				return true
			}
			folder, function := "kernel", ""
			switch e := row.Elts[1].(type) {
			case *ast.Ident:
				function = e.Name
			case *ast.SelectorExpr:
				folder, function = folders[e.X.(*ast.Ident).Name], e.Sel.Name
			default:
				t.Errorf("%s: its function is no name", id.Value)
			}
			text, _ := strconv.Unquote(id.Value)
			list[text] = fmt.Sprintf("`%s` in %s", function, whereIs(t, dir, folder, function))
			return true
		})
	}
	return list
}

// whereIs finds the file of a function.
func whereIs(t *testing.T, dir, folder, function string) string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, folder, "*.go"))
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(b), "\nfunc "+function+"(") {
			return folder + "/" + filepath.Base(file)
		}
	}
	t.Errorf("%s has no function %s", folder, function)
	return "?"
}

// stepMap is docs/steps.md.
func stepMap(functions map[string]string) string {
	var b strings.Builder
	b.WriteString(`# The steps of the boot

Written by ` + "`go test ./internal/imports -run TestStepMap -args -update`" + ` from ` + "`ex/steps.go`" + ` and the kernel's phase tables;
a test checks that it is current. [boot-trace.md](boot-trace.md) says how to watch the steps and how to make them fail.
Parameters: what the stop screen shows behind the stop code, S the status; those that are left out are 0.

| step | name | needs | done, % | stop code | parameters | code |
|---|---|---|---|---|---|---|
`)
	for i := range ex.Steps {
		s := &ex.Steps[i]
		where := functions[s.ID]
		if s.IsPart() {
			where = "a part of the step above"
		} else if where == "" {
			where = "not there yet"
		}
		const mark = nt.Status(0x5A5A5A5A)
		p := s.Parameters(mark)
		last := 0
		for k, v := range p {
			if v != 0 {
				last = k
			}
		}
		var parameters []string
		for _, v := range p[:last+1] {
			if v == uint64(mark) {
				parameters = append(parameters, "S")
			} else {
				parameters = append(parameters, fmt.Sprintf("%#x", v))
			}
		}
		progress := ""
		if s.Progress != 0 {
			progress = strconv.Itoa(s.Progress)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %v | %s | %s |\n", s.ID, s.Name, s.Needs, progress, s.StopCode(), strings.Join(parameters, ", "), where)
	}
	return b.String()
}

// TestStepMap: docs/steps.md says what the tables say.
func TestStepMap(t *testing.T) {
	dir := root(t)
	want := stepMap(stepFunctions(t, dir))
	path := filepath.Join(dir, "docs", "steps.md")
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("docs/steps.md is not current (%v): go test ./internal/imports -run TestStepMap -args -update", err)
	}
}
