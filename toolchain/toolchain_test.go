package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// tamagoGo returns the go command under test, made if need be.
var tamagoGo = sync.OnceValues(run)

// goCommand runs the derived go command in dir and returns its output.
func goCommand(t *testing.T, dir string, env []string, args ...string) (string, error) {
	t.Helper()
	gocmd, err := tamagoGo()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(gocmd, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=tamago", "GOARCH=amd64", "GOFLAGS=", "GOWORK=off", "GOOSPKG=")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// mustGo is goCommand for what has to succeed.
func mustGo(t *testing.T, dir string, env []string, args ...string) string {
	t.Helper()
	out, err := goCommand(t, dir, env, args...)
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func TestVersions(t *testing.T) {
	for _, v := range []string{"go1.26", "go1.26.0", "go1.26.8", "go1.26.12"} {
		if err := checkVersion(v); err != nil {
			t.Errorf("%s: %v", v, err)
		}
	}
	for _, v := range []string{"go1.25.9", "go1.27.0", "go1.260", "go1.26rc1", "devel go1.27-abc", ""} {
		err := checkVersion(v)
		if err == nil {
			t.Errorf("%q was accepted", v)
			continue
		}
		if !strings.Contains(err.Error(), `"`+v+`"`) || !strings.Contains(err.Error(), "supported are go1.26 ") {
			t.Errorf("%q: the message names not both versions: %v", v, err)
		}
	}
}

func TestUnsupportedDistribution(t *testing.T) {
	goroot := t.TempDir()
	d := &deriver{goroot: goroot, cache: t.TempDir(), log: new(bytes.Buffer)}
	if _, err := d.derive(); err == nil || !strings.Contains(err.Error(), "no Go distribution in "+goroot) {
		t.Errorf("empty GOROOT: %v", err)
	}
	if err := os.WriteFile(filepath.Join(goroot, "VERSION"), []byte("go1.19.4\ntime x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := d.derive(); err == nil || !strings.Contains(err.Error(), `found Go version "go1.19.4"`) {
		t.Errorf("old GOROOT: %v", err)
	}
}

// copyForEdits makes a copy of the files that the edits by hand are about.
func copyForEdits(t *testing.T) string {
	t.Helper()
	goroot, err := hostGOROOT()
	if err != nil {
		t.Fatal(err)
	}
	src := t.TempDir()
	for _, e := range append(append([]edit{}, toolEdits...), libEdits...) {
		from := filepath.Join(goroot, "src", e.file)
		if e.file == "syscall/syscall_tamago.go" {
			from = filepath.Join(goroot, "src/syscall/syscall_wasip1.go")
		}
		to := filepath.Join(src, e.file)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := copyFile(to, from, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return src
}

// TestEditsNameTheFile breaks each file in turn: the error must name it and
// what was expected there.
func TestEditsNameTheFile(t *testing.T) {
	edits := append(append([]edit{}, toolEdits...), libEdits...)
	if err := applyEdits(copyForEdits(t), edits); err != nil {
		t.Fatalf("the installed Go: %v", err)
	}
	src := copyForEdits(t)
	for _, e := range edits {
		name := filepath.Join(src, e.file)
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, broken := range []string{
			strings.ReplaceAll(string(data), e.old, ""),
			string(data) + e.old,
		} {
			if err := os.WriteFile(name, []byte(broken), 0o644); err != nil {
				t.Fatal(err)
			}
			err := applyEdits(src, []edit{e})
			var ee *editError
			if !errors.As(err, &ee) {
				t.Fatalf("%s: the edit was made in a file without its text: %v", e.file, err)
			}
			if !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), e.old) {
				t.Errorf("%s: the message does not say what is missing where: %v", e.file, err)
			}
		}
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(src, "runtime/proc.go")); err != nil {
		t.Fatal(err)
	}
	if err := applyEdits(src, edits); err == nil || !strings.Contains(err.Error(), "proc.go") {
		t.Errorf("missing file: %v", err)
	}
}

func TestNameTamago(t *testing.T) {
	for _, c := range [][2]string{
		{"//go:build unix || (js && wasm) || wasip1\n", "//go:build unix || (js && wasm) || (wasip1 || tamago)\n"},
		{"//go:build !wasip1 && !wasip10\n", "//go:build !(wasip1 || tamago) && !wasip10\n"},
		{"\tif runtime.GOOS != \"wasip1\" {", "\tif (runtime.GOOS != \"wasip1\" && runtime.GOOS != \"tamago\") {"},
		{"\tif a && GOOS == \"wasip1\" {", "\tif a && (GOOS == \"wasip1\" || GOOS == \"tamago\") {"},
		{"\tcase \"js\", \"wasip1\":\n", "\tcase \"js\", \"wasip1\", \"tamago\":\n"},
		{"// on wasip1 this is so\n", "// on wasip1 this is so\n"},
	} {
		if got := nameTamago(c[0]); got != c[1] {
			t.Errorf("%q became %q, %q expected", c[0], got, c[1])
		}
	}
}

func TestOverride(t *testing.T) {
	dir := t.TempDir()
	script := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return name
	}
	stock, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []struct{ name, path, want string }{
		{"missing", filepath.Join(dir, "none"), "no such file"},
		{"not executable", dir, "TAMAGO=" + dir},
		{"fails", script("fails", "echo broken >&2; exit 3"), "broken"},
		{"answers nonsense", script("nonsense", "echo go version 3"), `"go version 3\n"`},
		{"stock go", stock, "does not know GOOS=tamago"},
	} {
		t.Setenv("TAMAGO", bad.path)
		if got, err := run(); err == nil || !strings.Contains(err.Error(), bad.want) || !strings.Contains(err.Error(), bad.path) {
			t.Errorf("%s: got %q, %v; an error with %q expected", bad.name, got, err, bad.want)
		}
	}
	t.Setenv("TAMAGO", "")
	good, err := tamagoGo()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TAMAGO", good)
	if got, err := run(); err != nil || got != good {
		t.Errorf("a good one: %q, %v", got, err)
	}
}

// TestOnce lets many processes' worth of callers ask for the same folder.
func TestOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "thing")
	result := filepath.Join(dir, "result")
	// An interrupted run, and a folder without its result, are in the way.
	if err := os.MkdirAll(dir+".tmp123/x", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir+"/half", 0o755); err != nil {
		t.Fatal(err)
	}
	failing := errors.New("disk full")
	if err := once(dir, result, func(string) error { return failing }); err != failing {
		t.Fatalf("failure was reported as %v", err)
	}
	made := 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			err := once(dir, result, func(tmp string) error {
				made++ // under the lock
				time.Sleep(10 * time.Millisecond)
				return os.WriteFile(filepath.Join(tmp, "result"), nil, 0o644)
			})
			if err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(result); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if made != 1 {
		t.Errorf("made %d times", made)
	}
	left, _ := filepath.Glob(dir + ".tmp*")
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestConcurrentProcesses starts the command three times at once on an empty
// cache that has the built tools only.
func TestConcurrentProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a distribution")
	}
	gocmd, err := tamagoGo()
	if err != nil {
		t.Fatal(err)
	}
	goroot, err := hostGOROOT()
	if err != nil {
		t.Fatal(err)
	}
	version, err := goVersion(goroot)
	if err != nil {
		t.Fatal(err)
	}
	id, toolID, err := stamp(version)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(gocmd, "toolchain-"+id) {
		t.Skip("another distribution is in use: " + gocmd)
	}
	cache := t.TempDir()
	if err := os.Mkdir(filepath.Join(cache, "gont"), 0o755); err != nil {
		t.Fatal(err)
	}
	old, err := cacheDir()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(cache, "gont", "tools-"+toolID), os.DirFS(filepath.Join(old, "tools-"+toolID))); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "toolchain")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			cmd := exec.Command(bin)
			cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			want := filepath.Join(cache, "gont", "toolchain-"+id, "go", "bin", "go") + "\n"
			if err != nil || string(out) != want {
				t.Errorf("%v, stdout %q\n%s", err, out, stderr.String())
			}
		})
	}
	wg.Wait()
}

func TestUsage(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "toolchain")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command(bin, "-h").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "usage: go run ./toolchain") {
		t.Errorf("-h: %v\n%s", err, out)
	}
	out, err = exec.Command(bin, "surplus").CombinedOutput()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), "usage:") {
		t.Errorf("surplus argument: %v\n%s", err, out)
	}
}
