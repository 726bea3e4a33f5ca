package main

import (
	"debug/elf"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// notForTamago are the packages of the standard library on Linux that do not
// exist for GOOS=tamago, with the reason.
var notForTamago = map[string]string{
	"internal/runtime/cgroup":        "control groups are a thing of Linux",
	"internal/cgrouptest":            "control groups are a thing of Linux",
	"os/exec/internal/fdtest":        "help for tests of descriptors that are passed on",
	"runtime/race/internal/amd64v1":  "no race detector",
	"internal/runtime/cgobench":      "no C",
	"internal/runtime/syscall/linux": "system calls of Linux",
	"runtime/cgo":                    "no C",
	"runtime/race":                   "no race detector",
}

// uniqueToTamago are the packages that only exist for it.
var uniqueToTamago = map[string]bool{"runtime/goos": true}

func lines(s string) map[string]bool {
	m := map[string]bool{}
	for _, f := range strings.Fields(s) {
		m[f] = true
	}
	return m
}

// TestStandardLibrary compiles all of it, and checks that all of it is all.
func TestStandardLibrary(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the standard library")
	}
	cmd := exec.Command("go", "list", "-f", "{{if or .GoFiles .CgoFiles}}{{.ImportPath}}{{end}}", "std")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	stock := lines(string(out))
	ours := lines(mustGo(t, "", nil, "list", "std"))
	for p := range stock {
		if why := notForTamago[p]; !ours[p] && why == "" {
			t.Errorf("%s is missing", p)
		}
	}
	for p := range ours {
		if !stock[p] && !uniqueToTamago[p] {
			t.Errorf("%s is not in the installed Go", p)
		}
	}
	var list []string
	for p := range ours {
		list = append(list, p)
	}
	sort.Strings(list)
	mustGo(t, "", nil, append([]string{"build"}, list...)...)
	t.Logf("%d packages", len(list))
}

// testedPackages are packages whose own tests run for GOOS=tamago, on one
// processor and on four.
var testedPackages = []string{
	"internal/runtime/atomic", "internal/runtime/maps", "iter", "math", "slices", "strconv",
	"sync", "sync/atomic", "unique", "weak",
}

// TestStandardTests runs them. The test files come from the installed Go, by
// an overlay.
func TestStandardTests(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	gocmd, err := tamagoGo()
	if err != nil {
		t.Fatal(err)
	}
	stock, err := hostGOROOT()
	if err != nil {
		t.Fatal(err)
	}
	derived := filepath.Dir(filepath.Dir(gocmd))
	replace := map[string]string{}
	for _, p := range testedPackages {
		names, err := filepath.Glob(filepath.Join(stock, "src", p, "*_test.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no tests of %s: %v", p, err)
		}
		for _, n := range names {
			replace[filepath.Join(derived, "src", p, filepath.Base(n))] = n
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(overlay, text, 0o644); err != nil {
		t.Fatal(err)
	}
	// Examples and seeds of fuzz tests are in files.
	args := append([]string{"test", "-overlay", overlay, "-short", "-cpu=1,4", "-run=^Test", "-timeout=5m", "-exec=env"}, testedPackages...)
	out, err := goCommand(t, filepath.Join(derived, "src"), nil, args...)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestVet runs the derived vet over what is ours in the standard library.
func TestVet(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a part of the standard library")
	}
	mustGo(t, "", nil, "vet", "runtime/goos", "syscall", "os", "internal/poll", "internal/syscall/unix")
}

// urootCommands are the commands of u-root v0.16.0, cmds/core, that have to
// compile. The TamaGo distribution compiles the same ones; those missing here
// need parts of golang.org/x/sys/unix that exist for Unix systems only.
const urootCommands = `backoff base64 basename cat chmod cmp comm cp dd dirname
echo false gpgv gpt grep gzip head hexdump hwclock id ln man md5sum mkdir
mktemp more mv netcat ping printenv pwd readlink realpath rm scp seq service
shasum sleep sort strings tail tar tee time touch tr true truncate ts tsort
tty uniq unmount update-rc.d uptime wc wget which xargs yes`

func TestURoot(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles 61 commands")
	}
	gocmd, err := tamagoGo()
	if err != nil {
		t.Fatal(err)
	}
	out := mustGo(t, "testdata/uroot", nil, "mod", "download", "-json", "github.com/u-root/u-root")
	var mod struct{ Dir, Version string }
	if err := json.Unmarshal([]byte(out), &mod); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	if mod.Version != "v0.16.0" {
		t.Fatalf("u-root is %s", mod.Version)
	}
	// The results stay beside the distribution, so that they are made once.
	bin := filepath.Join(filepath.Dir(gocmd), "..", "..", "uroot")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		bin = t.TempDir()
	}
	args := []string{"build", "-mod=readonly", "-ldflags=-s -w", "-o", bin + string(filepath.Separator)}
	names := strings.Fields(urootCommands)
	for _, n := range names {
		args = append(args, "./cmds/core/"+n)
	}
	mustGo(t, mod.Dir, nil, args...)
	for _, n := range names {
		if _, err := os.Stat(filepath.Join(bin, n)); err != nil {
			t.Error(err)
		}
	}
	// Some of them, run as processes of Linux: no files, but arguments and
	// standard output.
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"echo", "a", "b"}, "a b\n"},
		{[]string{"seq", "3"}, "1\n2\n3\n"},
		{[]string{"basename", "/x/y"}, "y\n"},
		{[]string{"printenv", "TOOLCHAIN_TEST"}, "42\n"},
	} {
		cmd := exec.Command(filepath.Join(bin, c.args[0]), c.args[1:]...)
		cmd.Env = []string{"TOOLCHAIN_TEST=42"}
		got, err := cmd.CombinedOutput()
		if err != nil || string(got) != c.want {
			t.Errorf("%q: %v\n%q, %q expected", c.args, err, got, c.want)
		}
	}
}

// TestHighHalf links at the kernel's address and looks at the segments.
func TestHighHalf(t *testing.T) {
	f, err := elf.Open(metalProg(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const base = 0xFFFFFFFF80200000
	if f.Type != elf.ET_EXEC || f.Entry < base {
		t.Errorf("type %v, entry %#x", f.Type, f.Entry)
	}
	var flags []elf.ProgFlag
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC || p.Type == elf.PT_TLS {
			t.Errorf("segment %v in a static program", p.Type)
		}
		if p.Type != elf.PT_LOAD {
			continue
		}
		flags = append(flags, p.Flags)
		if p.Vaddr < base || p.Vaddr%4096 != 0 {
			t.Errorf("segment at %#x", p.Vaddr)
		}
		if p.Flags&elf.PF_W != 0 && p.Flags&elf.PF_X != 0 {
			t.Errorf("segment at %#x is writable and executable", p.Vaddr)
		}
	}
	if len(flags) != 3 || flags[0] != elf.PF_R|elf.PF_X || flags[1] != elf.PF_R || flags[2] != elf.PF_R|elf.PF_W {
		t.Errorf("segments %v", flags)
	}
	for _, s := range f.Sections {
		if s.Type == elf.SHT_NOBITS && s.Size > 256<<10 {
			t.Errorf("%s has %d bytes, too much for a machine of 32 MiB", s.Name, s.Size)
		}
	}
}
