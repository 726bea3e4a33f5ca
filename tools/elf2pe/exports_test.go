package main

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gontpe "gont/pe"
)

// TestExports (DESIGN 5a): the entries of the drivers that are linked into a program are
// its exports, with their addresses, and nothing else is.
func TestExports(t *testing.T) {
	dir := t.TempDir()
	driver := "package NAME\n\n//go:noinline\nfunc DriverEntry() int { return len(\"NAME\") }\n"
	for name, text := range map[string]string{
		"go.mod":                    "module hello\n\ngo 1.26\n",
		"main.go":                   "package main\n\nimport (\n\"hello/io/drivers/beep\"\n\"hello/io/drivers/null\"\n\"hello/io/drivers/null/part\"\n\"hello/other\"\n)\n\nfunc main() { println(beep.DriverEntry(), null.DriverEntry(), part.DriverEntry(), other.DriverEntry()) }\n",
		"io/drivers/null/null.go":   driver,
		"io/drivers/beep/beep.go":   driver,
		"io/drivers/null/part/p.go": driver,
		"other/other.go":            driver,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		pkg := filepath.Base(filepath.Dir(path))
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "NAME", pkg)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-T 0x140001000", "-o", "p.elf", ".")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOFLAGS=")
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, msg)
	}
	data, err := os.ReadFile(filepath.Join(dir, "p.elf"))
	if err != nil {
		t.Fatal(err)
	}
	opt := native
	opt.exports, opt.module = true, "ntoskrnl.exe"
	out, err := convert(data, opt)
	if err != nil {
		t.Fatal(err)
	}
	m, err := gontpe.Parse(out)
	if err != nil {
		t.Fatal(err)
	}
	memory := make([]byte, m.Size)
	m.Place(memory, out)
	list := gontpe.ReadExports(memory)
	if len(list) != 2 || list[0].Name != "beep.DriverEntry" || list[1].Name != "null.DriverEntry" {
		t.Fatalf("exports %+v", list)
	}
	f, err := elf.Open(filepath.Join(dir, "p.elf"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if s.Name == "hello/io/drivers/null.DriverEntry" && uint64(list[1].RVA)+base != s.Value {
			t.Errorf("the entry is at %#x, exported as %#x", s.Value, uint64(list[1].RVA)+base)
		}
	}
	without, err := convert(data, native)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = gontpe.Parse(without); err != nil {
		t.Fatal(err)
	}
	m.Place(memory, without)
	if list := gontpe.ReadExports(memory); len(list) != 0 {
		t.Errorf("without -exports there are %+v", list)
	}
}
