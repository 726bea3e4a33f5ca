package kerneltest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gont/qemu"
)

// Go's own tests in ring 3. The programs are made by the derived toolchain, with
// the test files of the installed Go by an overlay; nttest/gotests runs them one
// after another.

// goTestPackage is a package whose tests run, and what is left out of them.
type goTestPackage struct {
	path  string
	files map[string]bool // left out
	skip  []string        // patterns
}

// goTestList reads testdata/gotests.txt.
func goTestList(t *testing.T) (list []*goTestPackage) {
	t.Helper()
	f, err := os.Open("testdata/gotests.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	line := regexp.MustCompile(`^(package) (\S+)$|^(file|skip) (\S+) (\S+): .+$`)
	for s := bufio.NewScanner(f); s.Scan(); {
		if s.Text() == "" || strings.HasPrefix(s.Text(), "#") {
			continue
		}
		m := line.FindStringSubmatch(s.Text())
		if m == nil {
			t.Fatalf("testdata/gotests.txt: %q", s.Text())
		}
		if m[1] != "" {
			list = append(list, &goTestPackage{path: m[2], files: map[string]bool{}})
			continue
		}
		var p *goTestPackage
		for _, q := range list {
			if q.path == m[4] {
				p = q
			}
		}
		switch {
		case p == nil:
			t.Fatalf("testdata/gotests.txt: no package before %q", s.Text())
		case m[3] == "file":
			p.files[m[5]] = true
		default:
			p.skip = append(p.skip, m[5])
		}
	}
	return list
}

// command runs a program in the module's root and returns what it says.
func command(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir, c.Env = root, append(os.Environ(), env...)
	out, err := c.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		t.Fatalf("%s %v: %v\n%s%s", name, args, err, out, exit.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// goTestPrograms builds the test programs in build/gotests and returns their files
// by the names that they have on the disk.
func goTestPrograms(t *testing.T, list []*goTestPackage) map[string]string {
	t.Helper()
	dir := filepath.Join(root, "build", "gotests")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	stock := command(t, nil, "go", "env", "GOROOT")
	tamago := command(t, nil, "go", "run", "./toolchain")
	derived := filepath.Dir(filepath.Dir(tamago))
	replace := map[string]string{}
	args := []string{"test", "-c", "-overlay", filepath.Join(dir, "overlay.json"), "-tags", "ntuser", "-trimpath",
		"-ldflags", "-s -w -T 0x140001000 -checklinkname=0", "-o", dir + string(filepath.Separator)}
	for _, p := range list {
		names, err := filepath.Glob(filepath.Join(stock, "src", p.path, "*_test.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no tests of %s: %v", p.path, err)
		}
		for _, n := range names {
			if base := filepath.Base(n); !p.files[base] {
				replace[filepath.Join(derived, "src", p.path, base)] = n
			}
		}
		// One file more: package ntdll, for arguments and output, and what to skip. Its
		// name here does not end in .go: build/ is below the module.
		own := filepath.Join(dir, path.Base(p.path)+".overlay")
		text := fmt.Sprintf("package %s_test\n\nimport (\n\t\"os\"\n\n\t_ \"gont/ntdll\"\n)\n\n"+
			"func init() {\n\tos.Args = append([]string{os.Args[0], %q}, os.Args[1:]...)\n}\n", path.Base(p.path), "-test.skip="+strings.Join(p.skip, "|"))
		if old, err := os.ReadFile(own); err != nil || string(old) != text {
			if err := os.WriteFile(own, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		replace[filepath.Join(derived, "src", p.path, "gont_gont_test.go")] = own
		args = append(args, p.path)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	command(t, []string{"GOOS=tamago", "GOARCH=amd64", "GOOSPKG=gont", "CGO_ENABLED=0"}, tamago, args...)
	command(t, nil, "make", "-s", "build/bin/elf2pe", "build/nttest/gotests.exe")
	files := map[string]string{}
	for _, p := range list {
		base := path.Base(p.path)
		exe := filepath.Join(dir, base+".exe")
		command(t, nil, "build/bin/elf2pe", "-lz4", "-base", "0x140000000", "-o", exe, filepath.Join(dir, base+".test"))
		files[base+".exe"] = exe
	}
	return files
}

// parallelPackages are those that TestGoTests runs on several processors.
var parallelPackages = map[string]bool{"context": true, "runtime": true, "sync": true, "sync/atomic": true}

// TestGoTests: the tests of Go's own packages pass in ring 3. The packages that are about
// goroutines and memory run on four processors, the others on one; -full: all on both.
func TestGoTests(t *testing.T) {
	t.Parallel()
	list := goTestList(t)
	files := goTestPrograms(t, list)
	several := 2 // as many as the host has, mostly: more take their turns spinning
	if *full {
		several = 4
	}
	for _, smp := range []int{1, several} {
		var names []string
		for _, p := range list {
			if *full || parallelPackages[p.path] == (smp > 1) {
				names = append(names, path.Base(p.path)+".exe")
			}
		}
		t.Run(fmt.Sprint(smp), func(t *testing.T) {
			t.Parallel()
			img := with(t, image(t, "/SESSION=-test.v /BOOTFILES="+strings.Join(names, ",")), "nttest/gotests.exe")
			for _, n := range names {
				if err := img.CopyIn(files[n], `\Windows\System32\`+n); err != nil {
					t.Fatal(err)
				}
			}
			g := qemu.Boot(t, qemu.Config{Image: img.Name, SMP: smp, Memory: 512, Disk: qemu.Virtio, Limit: 10 * time.Minute})
			done := g.Line(`^GOTEST done: `, stopLine)
			reportGoTests(t, g.Lines())
			if want := fmt.Sprintf("GOTEST done: %d passed, 0 failed", len(names)); done != want {
				t.Errorf("%q, expected %q", done, want)
			}
		})
	}
}

// reportGoTests says how many tests of each package passed and were skipped, and
// which failed.
func reportGoTests(t *testing.T, lines []string) {
	t.Helper()
	passed, skipped := 0, 0
	for _, l := range lines {
		switch {
		case strings.HasPrefix(l, "--- PASS: "):
			passed++
		case strings.HasPrefix(l, "--- SKIP: "):
			skipped++
		case strings.Contains(l, "--- FAIL: "):
			t.Error(l)
		case strings.HasPrefix(l, "GOTEST ") && strings.Contains(l, ".exe ok"):
			t.Logf("%s: %d passed, %d skipped", l, passed, skipped)
			if passed == 0 {
				t.Errorf("%s, without a test", l)
			}
			passed, skipped = 0, 0
		case strings.HasPrefix(l, "GOTEST ") && strings.Contains(l, "FAILED"):
			t.Error(l)
			passed, skipped = 0, 0
		}
	}
}
