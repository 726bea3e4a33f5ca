package main

import (
	"context"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// metalImage turns the Go program into a multiboot file: the stub, and the
// segments as they are to lie in memory. Addresses are physical ones.
func metalImage(t *testing.T, stub []byte, prog, part string) []byte {
	t.Helper()
	f, err := elf.Open(prog)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const (
		load = 0x100000
		high = 0xFFFFFFFF80000000
	)
	image := append([]byte{}, stub...)
	var end uint64
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD {
			continue
		}
		at := p.Vaddr - high - load
		if n := int(at + p.Filesz); n > len(image) {
			image = append(image, make([]byte, n-len(image))...)
		}
		if _, err := p.ReadAt(image[at:at+p.Filesz], 0); err != nil {
			t.Fatal(err)
		}
		end = max(end, at+p.Memsz)
	}
	binary.LittleEndian.PutUint32(image[0x18:], uint32(load+end))
	binary.LittleEndian.PutUint64(image[0x20:], f.Entry)
	copy(image[0x40:0x60], part)
	return image
}

// TestMetal runs parts of the program in ring 0 and the high half, in QEMU,
// with 64 MiB of memory and no operating system.
func TestMetal(t *testing.T) {
	qemu, err := exec.LookPath("qemu-system-x86_64")
	if err != nil {
		t.Skip("no QEMU here")
	}
	dir := t.TempDir()
	for _, c := range [][]string{
		{"as", "--32", "-o", filepath.Join(dir, "stub.o"), "testdata/metal/stub.s"},
		{"ld", "-m", "elf_i386", "-Ttext", "0x100000", "--oformat", "binary", "-o", filepath.Join(dir, "stub"), filepath.Join(dir, "stub.o")},
	} {
		if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", c, err, out)
		}
	}
	stub, err := os.ReadFile(filepath.Join(dir, "stub"))
	if err != nil {
		t.Fatal(err)
	}
	bin := metalProg(t)
	for _, c := range []struct {
		part string
		code int
		want string
	}{
		{"hello", 0, "hello from tamago amd64\nok\n"},
		{"goroutines", 0, "ok\n"},
		{"channels", 0, "ok\n"},
		{"maps", 0, "ok\n"},
		{"panics", 0, "ok\n"},
		{"gc", 0, "ok\n"},
		{"event", 0, "ok\n"},
		{"exhaust", 2, "out of memory"},
		{"exhaust-small", 2, "out of memory"},
		{"overflow", 2, "stack overflow"},
	} {
		t.Run(c.part, func(t *testing.T) {
			image := filepath.Join(dir, c.part)
			if err := os.WriteFile(image, metalImage(t, stub, bin, c.part), 0o644); err != nil {
				t.Fatal(err)
			}
			log := image + ".log"
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, qemu, "-accel", "tcg", "-m", "64", "-display", "none", "-nodefaults", "-no-reboot",
				"-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-debugcon", "file:"+log, "-icount", "shift=0,sleep=off", "-kernel", image)
			msg, _ := cmd.CombinedOutput()
			text, _ := os.ReadFile(log)
			// isa-debug-exit makes 2*code+1 of the code.
			if got := cmd.ProcessState.ExitCode(); got != 2*c.code+1 || !strings.Contains(string(text), c.want) {
				t.Errorf("QEMU status %d, %q expected\n%s%s", got, c.want, msg, text)
			}
		})
	}
}
