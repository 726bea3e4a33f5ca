package main

import (
	"bytes"
	"compress/flate"
	"debug/elf"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
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
	image, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil || len(image) != int(h.ImageLength) {
		t.Fatalf("%d bytes, %v", len(image), err)
	}
	relative(image, int(h.CodeStart), int(h.CodeEnd))
	text := f.Section(".text")
	want, err := text.Data()
	if err != nil || !bytes.Equal(image[text.Addr-0x400000:][:text.Size], want) {
		t.Error("code is not as in the program")
	}
	if bytes.Contains(image, []byte("runtime/proc.go")) || bytes.Contains(image, []byte("runtime.schedule\x00")) || !bytes.Contains(image, []byte("main.main\x00")) {
		t.Error("file names and the library's function names should be gone, the program's not")
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

// relative is what the stub does (stub/unpack.inc).
func relative(image []byte, start, end int) {
	size := int64(len(image))
	for at := start; at+5 <= end; at++ {
		if image[at] != 0xE8 {
			continue
		}
		field := image[at+1:]
		switch n := int64(int32(binary.LittleEndian.Uint32(field))); {
		case n >= size || n < -int64(at):
		case n >= 0:
			binary.LittleEndian.PutUint32(field, uint32(n-int64(at)))
		default:
			binary.LittleEndian.PutUint32(field, uint32(n+size))
		}
		at += 4
	}
}

// TestAbsolute: whatever bytes look like calls, they come back.
func TestAbsolute(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		image := make([]byte, 5+r.IntN(400))
		for i := range image {
			switch r.IntN(4) {
			case 0:
				image[i] = 0xE8 + byte(r.IntN(2))
			case 1:
				image[i] = byte(r.Uint32())
			case 2:
				image[i] = 0xFF
			}
		}
		start := r.IntN(5)
		end := start + r.IntN(len(image)-start+1)
		was := bytes.Clone(image)
		absolute(image, start, end)
		relative(image, start, end)
		if !bytes.Equal(was, image) {
			t.Fatalf("%x comes back as %x (%d to %d)", was, image, start, end)
		}
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
