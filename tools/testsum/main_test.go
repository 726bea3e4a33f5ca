package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// module writes a module with a package that passes, fails, skips, panics,
// and one that does not build, and returns its folder.
func module(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":           "module m\n\ngo 1.26\n",
		"good/a_test.go":   "package good\nimport \"testing\"\nfunc TestA(t *testing.T) { t.Run(\"x\", func(t *testing.T) {}) }\nfunc TestS(t *testing.T) { t.Skip(\"later\") }\n",
		"bad/a_test.go":    "package bad\nimport \"testing\"\nfunc TestA(t *testing.T) { t.Log(\"quiet\") }\nfunc TestB(t *testing.T) { t.Error(\"two is not three\") }\n",
		"panics/a_test.go": "package panics\nimport \"testing\"\nfunc TestA(t *testing.T) { panic(\"at the disco\") }\n",
		"exits/a_test.go":  "package exits\nimport (\"os\"; \"testing\")\nfunc TestA(t *testing.T) { os.Exit(3) }\n",
		"broken/a_test.go": "package broken\nimport \"testing\"\nfunc TestA(t *testing.T) { undefinedThing() }\n",
		"none/a.go":        "package none\n",
	} {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestGoTest(t *testing.T) {
	t.Chdir(module(t))
	t.Setenv("GOFLAGS", "-mod=mod")
	for _, c := range []struct {
		packages                string
		passed, failed, skipped int
		want                    []string
	}{
		{"./good ./none", 2, 0, 1, []string{"ok    m/good", "2 passed, 1 skipped", "\n2 passed, 0 failed\n"}},
		{"./bad", 1, 1, 0, []string{"two is not three", "m/bad TestB", "\n1 passed, 1 failed\n"}},
		{"./panics", 0, 1, 0, []string{"at the disco", "m/panics TestA"}},
		{"./exits", 0, 1, 0, []string{"FAIL\tm/exits", "m/exits TestA"}},
		{"./broken", 0, 1, 0, []string{"undefinedThing", "m/broken"}},
		{"./...", 3, 4, 1, []string{"3 passed, 4 failed\n"}},
		{"./missing", 0, 1, 0, []string{"missing"}},
		{"-count=x ./good", 0, 0, 0, []string{"invalid value"}},
	} {
		var out strings.Builder
		s := summary{out: &out}
		err := s.test("go", append([]string{"test", "-json"}, strings.Fields(c.packages)...)...)
		if (err != nil) != (strings.HasPrefix(c.packages, "-")) {
			t.Errorf("%s: error %v", c.packages, err)
		}
		status := s.end()
		if s.passed != c.passed || s.failed != c.failed || s.skipped != c.skipped {
			t.Errorf("%s: %d passed, %d failed, %d skipped", c.packages, s.passed, s.failed, s.skipped)
		}
		if (status == 0) != (c.failed == 0 && c.passed > 0) {
			t.Errorf("%s: exit status %d", c.packages, status)
		}
		for _, w := range c.want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%s: no %q in\n%s", c.packages, w, out.String())
			}
		}
		if strings.Contains(out.String(), "quiet") {
			t.Errorf("%s: output of a passing test is shown", c.packages)
		}
	}
}

func TestCheck(t *testing.T) {
	var out strings.Builder
	s := summary{out: &out}
	s.check("good", "sh", "-c", "echo not shown")
	s.check("bad", "sh", "-c", "echo the reason; exit 3")
	if s.passed != 1 || s.failed != 1 || s.end() != 1 {
		t.Errorf("%d passed, %d failed", s.passed, s.failed)
	}
	for _, w := range []string{"ok    good", "the reason\n", "exit status 3", "FAIL  bad", "Failed:\n  bad\n"} {
		if !strings.Contains(out.String(), w) {
			t.Errorf("no %q in\n%s", w, out.String())
		}
	}
	if strings.Contains(out.String(), "not shown") {
		t.Error("output of a passing check is shown")
	}
}

func TestNothing(t *testing.T) {
	var out strings.Builder
	if s := (summary{out: &out}); s.end() != 1 || out.String() != "0 passed, 0 failed\n" {
		t.Errorf("nothing at all gives %q", out.String())
	}
}

func TestCommand(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "testsum")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for args, want := range map[string]int{"": 2, "-check|a: true": 0, "-check|a: false": 1, "-check|nonsense": 2, "-go|no-such-go|-test|./...": 1} {
		cmd := exec.Command(bin)
		if args != "" {
			cmd.Args = append(cmd.Args, strings.Split(args, "|")...)
		}
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("testsum %s: exit status %d, want %d\n%s", args, got, want, out)
		}
	}
}

// TestSlow: of many slow tests the slowest are named, in order; of quick ones none.
func TestSlow(t *testing.T) {
	var out strings.Builder
	s := summary{out: &out, passed: 1}
	s.took("quick", slowTest-0.1)
	for i := range slowTests + 5 {
		s.took(fmt.Sprint("test", i), slowTest+float64(i))
	}
	s.end()
	text := out.String()
	if strings.Contains(text, "quick") || strings.Contains(text, "test4\n") || strings.Count(text, "s test") != slowTests ||
		strings.Index(text, "test24\n") > strings.Index(text, "test5\n") {
		t.Error(text)
	}
}
