package imports

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mostGlue is how many lines the kernel's main package may have, without its tests and the
// table of services, which is generated: it joins the components and has no work of its own
// (DESIGN 1). What grows beyond goes into a component, where the host can test it.
const mostGlue = 2550

// countLines counts the lines of a folder's Go files that are no tests and not generated.
func countLines(dir string) (n int, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			return n, err
		}
		if !bytes.HasPrefix(b, []byte("// Code generated")) {
			n += bytes.Count(b, []byte{'\n'})
		}
	}
	return n, err
}

// TestGlue: the kernel's main package stays glue.
func TestGlue(t *testing.T) {
	n, err := countLines(filepath.Join(root(t), "kernel"))
	if err != nil || n < 1000 {
		t.Fatal(n, err)
	}
	if n >= mostGlue {
		t.Errorf("kernel/*.go has %d lines, %d are too many", n, mostGlue)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"a.go": "1\n2\n", "b.go": "3\n", "a_test.go": "4\n", "c.txt": "5\n", "d.go": "// Code generated\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := countLines(dir); n != 3 || err != nil {
		t.Errorf("%d lines, %v", n, err)
	}
}
