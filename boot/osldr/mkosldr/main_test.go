package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pierrec/lz4/v4"
)

// program builds a small Go program for this host and returns its ELF file.
func program(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	src := "package main\n\nfunc main() { println(\"hello\") }\n"
	for name, text := range map[string]string{"main.go": src, "go.mod": "module hello\n\ngo 1.26\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-o", "hello", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOARCH=amd64", "GOOS=linux")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(dir, "hello")
}

func stub(t *testing.T) string {
	t.Helper()
	b := make([]byte, 1024)
	copy(b[4:], "OSLDR 1")
	name := filepath.Join(t.TempDir(), "stub.bin")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestFile: what the stub will find in the file.
func TestFile(t *testing.T) {
	prog, out := program(t), filepath.Join(t.TempDir(), "OSLDR")
	if err := run(stub(t), prog, out, 64<<20); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var h header
	if err := binary.Read(bytes.NewReader(b[headerOffset:]), binary.LittleEndian, &h); err != nil {
		t.Fatal(err)
	}
	f, err := elf.Open(prog)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if h.PackedOffset != 1024 || h.ImageBase != 0x400000 || uint64(h.ImageEntry) != f.Entry || h.RamEnd != 64<<20 || len(b)%512 != 0 {
		t.Errorf("%+v", h)
	}
	packed := b[h.PackedOffset : h.PackedOffset+h.PackedLength]
	if sum(packed) != h.PackedSum || sum(b[h.PackedOffset:]) != h.PackedSum {
		t.Error("checksum")
	}
	image := make([]byte, h.ImageLength)
	if n, err := lz4.UncompressBlock(packed, image); err != nil || n != len(image) {
		t.Fatalf("%d bytes, %v", n, err)
	}
	text := f.Section(".text")
	want, err := text.Data()
	if err != nil || !bytes.Equal(image[text.Addr-0x400000:][:text.Size], want) {
		t.Error("code is not as in the program")
	}
	if bytes.Contains(image, []byte("runtime/proc.go")) || !bytes.Contains(image, []byte("runtime.schedule")) {
		t.Error("file names should be gone, function names not")
	}
	// A program whose lines are gone still unwinds its stack: run it.
	full, err := os.ReadFile(prog)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD {
			copy(full[p.Off:p.Off+p.Filesz], image[p.Vaddr-0x400000:])
		}
	}
	slimmed := filepath.Join(t.TempDir(), "slim")
	if err := os.WriteFile(slimmed, full, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(slimmed).CombinedOutput(); err != nil || string(out) != "hello\n" {
		t.Errorf("slimmed program: %v\n%s", err, out)
	}
}

func TestErrors(t *testing.T) {
	prog, good, out := program(t), stub(t), filepath.Join(t.TempDir(), "OSLDR")
	bad := filepath.Join(t.TempDir(), "bad")
	if err := os.WriteFile(bad, make([]byte, 100), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		stub, prog string
		end        uint32
		want       string
	}{
		"no stub":       {"/nonexistent", prog, 64 << 20, "no such file"},
		"not a stub":    {bad, prog, 64 << 20, "not the real-mode part"},
		"no program":    {good, "/nonexistent", 64 << 20, "no such file"},
		"not a program": {good, bad, 64 << 20, "bad magic"},
		"memory":        {good, prog, 0x401000, "after its memory's end"},
	} {
		if err := run(c.stub, c.prog, out, c.end); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStrangeTables: tables of an unknown form are an error, not a wrong image.
func TestStrangeTables(t *testing.T) {
	prog := program(t)
	f, err := elf.Open(prog)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := f.Section(".gopclntab")
	for name, at := range map[string]int{"magic": 0, "pointer size": 7, "functions": 13, "offsets": 60} {
		image := make([]byte, s.Addr-0x400000+s.Size)
		tab, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		copy(image[s.Addr-0x400000:], tab)
		image[int(s.Addr-0x400000)+at] ^= 0x55
		if err := slim(f, image, 0x400000); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
