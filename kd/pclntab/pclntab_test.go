package pclntab

import (
	"debug/elf"
	"debug/gosym"
	"errors"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// program builds a Go program for the host, with a fixed place in memory as GoNT's programs
// have, and returns its table and code.
func program(t *testing.T) (table, text *elf.Section) {
	t.Helper()
	dir := t.TempDir()
	source := "package main\nimport \"fmt\"\nfunc main() { fmt.Println(\"x\") }\n"
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("go", "build", "-o", "program", "-ldflags", "-s -w", "main.go")
	c.Dir = dir
	c.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := elf.Open(filepath.Join(dir, "program"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f.Section(".gopclntab"), f.Section(".text")
}

// memory is the table at its address, but for pages that absent names.
func memory(at uint64, data []byte, absent func(page uint64) bool) Memory {
	return func(a uint64, b []byte) int {
		for i := range b {
			p := a + uint64(i)
			if p < at || p >= at+uint64(len(data)) || absent != nil && absent(p>>12) {
				return i
			}
			b[i] = data[p-at]
		}
		return len(b)
	}
}

// TestAgainstGosym compares every function, and lines at many addresses, with what Go's own
// debug/gosym says of the same table.
func TestAgainstGosym(t *testing.T) {
	table, text := program(t)
	data, err := table.Data()
	if err != nil {
		t.Fatal(err)
	}
	want, err := gosym.NewTable(nil, gosym.NewLineTable(data, text.Addr))
	if err != nil {
		t.Fatal(err)
	}
	have, err := Open(memory(table.Addr, data, nil), table.Addr, text.Addr)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if absent := have.Each(func(f Function) bool {
		if w := want.Funcs[n]; w.Name != f.Name || w.Entry != f.Entry || w.End != f.End {
			t.Fatalf("function %d: %+v, want %+v", n, f, w)
		}
		n++
		return true
	}); absent != 0 || n != len(want.Funcs) {
		t.Errorf("%d functions, %d absent, want %d", n, absent, len(want.Funcs))
	}
	r := rand.New(rand.NewSource(1))
	lines, frames := 0, 0
	for range 20000 {
		pc := text.Addr + uint64(r.Int63n(int64(text.Size)))
		file, line, w := want.PCToLine(pc)
		f, err := have.Find(pc)
		if w == nil {
			continue // gosym gives the gaps between functions to nobody
		}
		if err != nil || f.Name != w.Name {
			t.Fatalf("%#x: %+v, %v; want %s", pc, f, err, w.Name)
		}
		if gotFile, got := have.Line(&f, pc); line > 0 && file != "" {
			if got != line || gotFile != file {
				t.Fatalf("%#x %s: %s:%d, want %s:%d", pc, f.Name, gotFile, got, file, line)
			}
			lines++
		}
		if size, ok := have.FrameSize(&f, pc); ok && size >= 0 {
			frames++
		}
	}
	if lines < 15000 || frames < 15000 {
		t.Errorf("%d lines, %d frames", lines, frames)
	}
	f, err := have.Find(text.Addr + text.Size + 1<<20)
	if !errors.Is(err, ErrNone) {
		t.Errorf("behind the code: %+v, %v", f, err)
	}
	if _, err := have.Find(text.Addr - 1); !errors.Is(err, ErrNone) {
		t.Errorf("before the code: %v", err)
	}
	for n := range want.Funcs {
		if f := want.Funcs[n]; f.Name == "main.main" {
			got, _ := have.Find(f.Entry)
			if size, ok := have.FrameSize(&got, f.Entry); !ok || size != 0 {
				t.Errorf("frame at main.main's entry: %d, %v", size, ok)
			}
			if file, line := have.Line(&got, f.Entry); !strings.HasSuffix(file, "main.go") || line != 3 {
				t.Errorf("main.main is at %s:%d", file, line)
			}
		}
	}
}

// TestAbsent: pages that are not there are told of, and lose only what they have.
func TestAbsent(t *testing.T) {
	table, text := program(t)
	data, _ := table.Data()
	if _, err := Open(memory(table.Addr, data, func(uint64) bool { return true }), table.Addr, text.Addr); !errors.Is(err, ErrAbsent) {
		t.Errorf("%v", err)
	}
	// The names are the first part of the table: some of their pages are not there.
	first := table.Addr >> 12
	have, err := Open(memory(table.Addr, data, func(p uint64) bool { return p >= first+2 && p < first+8 }), table.Addr, text.Addr)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	absent := have.Each(func(Function) bool { found++; return true })
	if found == 0 || absent == 0 {
		t.Errorf("%d functions, %d absent", found, absent)
	}
	seen := map[error]int{}
	for pc := text.Addr; pc < text.Addr+text.Size; pc += 512 {
		f, err := have.Find(pc)
		seen[err]++
		have.Line(&f, pc)
		have.FrameSize(&f, pc)
	}
	if seen[nil] == 0 || seen[ErrAbsent] == 0 || seen[ErrFormat] != 0 {
		t.Errorf("%v", seen)
	}
}

// TestDamage: 2,000 damaged tables are read to an end.
func TestDamage(t *testing.T) {
	table, text := program(t)
	good, _ := table.Data()
	r := rand.New(rand.NewSource(2))
	for range 2000 {
		data := append([]byte(nil), good...)
		for range 1 + r.Intn(8) {
			at := r.Intn(headSize)
			if r.Intn(3) == 0 {
				at = r.Intn(len(data))
			}
			data[at] = byte(r.Intn(256))
		}
		have, err := Open(memory(table.Addr, data, nil), table.Addr, text.Addr)
		if err != nil {
			continue
		}
		for range 20 {
			pc := text.Addr + uint64(r.Int63n(int64(text.Size)))
			if f, err := have.Find(pc); err == nil {
				have.Line(&f, pc)
				have.FrameSize(&f, pc)
			}
		}
	}
}
