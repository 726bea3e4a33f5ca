package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// hooksModule writes a module with a program and a folder goos, which is the
// default one with some text replaced.
func hooksModule(t *testing.T, name string, replace ...string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module "+name+"\n\ngo 1.26.0\n")
	write("main.go", `package main

import (
	"fmt"
	"runtime"
)

func main() {
	p := new([1 << 20]byte)
	runtime.GC()
	fmt.Printf("%p ok\n", p)
}
`)
	r := strings.NewReplacer(replace...)
	err := fs.WalkDir(files, "_files/src/runtime/goos", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := files.ReadFile(name)
		write("goos/"+filepath.Base(name), r.Replace(string(data)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestGOOSPKG builds one program with several hooks. Nothing of one may be
// taken for the other's.
func TestGOOSPKG(t *testing.T) {
	// The layout of a ring-3 program: image and heap in 4 GiB from 0x140000000.
	ring3 := hooksModule(t, "example.org/ring3",
		"ArenaBaseOffset     = 0", "ArenaBaseOffset     = 0x140000000",
		"RamStart       uint = 0x80000000", "RamStart       uint = 0x150000000")
	build := func(dir string, env []string, args ...string) string {
		t.Helper()
		bin := filepath.Join(t.TempDir(), "prog")
		mustGo(t, dir, env, append([]string{"build", "-o", bin}, args...)...)
		out, err := exec.Command(bin).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	env := []string{"GOOSPKG=example.org/ring3"}
	for range 2 {
		if out := build(ring3, env, "-ldflags=-T 0x140001000", "."); !strings.HasPrefix(out, "0x15") {
			t.Errorf("ring-3 layout: %s", out)
		}
		if out := build(ring3, nil, "."); !strings.HasPrefix(out, "0x8") {
			t.Errorf("default hooks: %s", out)
		}
	}
	if out := build(ring3, []string{"GOOSPKG=" + ring3}, "-ldflags=-T 0x140001000", "."); !strings.HasPrefix(out, "0x15") {
		t.Errorf("GOOSPKG as a folder: %s", out)
	}

	// A changed file, and a build tag, are seen.
	ram := filepath.Join(ring3, "goos", "ram.go")
	data, err := os.ReadFile(ram)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ram, []byte(strings.Replace(string(data), "!ram64", "!ram64 && nowhere", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := goCommand(t, ring3, env, "build", "-o", os.DevNull, "."); err == nil || !strings.Contains(out, "undefined: ramSize") {
		t.Errorf("a broken hooks file was not noticed: %v\n%s", err, out)
	}
	if out := build(ring3, env, "-tags", "ram64", "-ldflags=-T 0x140001000", "."); !strings.HasPrefix(out, "0x15") {
		t.Errorf("with a tag: %s", out)
	}

	// The hooks of a module that the main module requires.
	user := hooksModule(t, "example.org/user")
	if err := os.RemoveAll(filepath.Join(user, "goos")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ram, data, 0o644); err != nil {
		t.Fatal(err)
	}
	gomod := "module example.org/user\n\ngo 1.26.0\n\nrequire example.org/ring3 v1.0.0\n\nreplace example.org/ring3 => " + ring3 + "\n"
	if err := os.WriteFile(filepath.Join(user, "go.mod"), []byte(gomod), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := build(user, env, "-ldflags=-T 0x140001000", "."); !strings.HasPrefix(out, "0x15") {
		t.Errorf("hooks of a required module: %s", out)
	}

	for value, want := range map[string]string{
		"example.org/none":  "GOOSPKG=example.org/none: module not in current build",
		"example.org/user":  "no folder " + filepath.Join(user, "goos"),
		"/no/such/folder":   "no folder /no/such/folder/goos",
		"not a module path": "GOOSPKG=not a module path:",
	} {
		if out, err := goCommand(t, user, []string{"GOOSPKG=" + value}, "build", "-o", os.DevNull, "."); err == nil || !strings.Contains(out, want) {
			t.Errorf("GOOSPKG=%s: %v\n%s", value, err, out)
		}
	}
}
