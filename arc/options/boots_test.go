package options

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestBooted (SPEC O): every option is given to a machine by some test of a boot, whose business it
// is to see what the option does.
func TestBooted(t *testing.T) {
	var text []byte
	for _, dir := range []string{"kernel/kerneltest", "boot/loadertest", "qemu/systemtest"} {
		files, err := filepath.Glob(filepath.Join("../..", dir, "*_test.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no tests: %v", dir, err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			text = append(text, b...)
		}
	}
	for _, o := range Table {
		if !regexp.MustCompile(`(?i)(/|\\r\\n|")` + o.Name + `[^A-Z0-9]`).Match(text) {
			t.Errorf("no test boots with %s", o.Name)
		}
	}
}
