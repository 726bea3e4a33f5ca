package main

import (
	"bytes"
	"debug/pe"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gontpe "gont/pe"
)

func mapped(t *testing.T, file []byte) []byte {
	t.Helper()
	m, err := gontpe.ParseDriver(file)
	if err != nil {
		t.Fatal(err)
	}
	memory := bytes.Repeat([]byte{0xCC}, int(m.Size))
	m.Place(memory, file)
	return memory
}

// TestImage (DESIGN 5a): the file is a native image with the one import, for our reader
// and for the Go library's; its first instruction jumps through the import's slot.
func TestImage(t *testing.T) {
	file, err := image("ntoskrnl.exe", "null.DriverEntry")
	if err != nil {
		t.Fatal(err)
	}
	memory := mapped(t, file)
	list, err := gontpe.ReadImports(memory)
	if err != nil || len(list) != 1 || list[0].Module != "ntoskrnl.exe" || list[0].Name != "null.DriverEntry" {
		t.Fatalf("%+v, %v", list, err)
	}
	m, _ := gontpe.ParseDriver(file)
	code := memory[m.Entry:]
	if slot := m.Entry + 6 + uint32(code[2]) + uint32(code[3])<<8 + uint32(code[4])<<16; code[0] != 0xFF || code[1] != 0x25 || slot != list[0].Slot {
		t.Errorf("entry %x, slot %#x", code[:6], list[0].Slot)
	}
	f, err := pe.NewFile(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := f.ImportedSymbols()
	if err != nil || !slices.Equal(symbols, []string{"null.DriverEntry:ntoskrnl.exe"}) {
		t.Errorf("debug/pe sees %q, %v", symbols, err)
	}
	var e *gontpe.Error
	if _, err := gontpe.Parse(file); !errors.As(err, &e) || e.Status() != 0xC0000135 {
		t.Errorf("as a program it is refused with %v", err)
	}
	if again, _ := image("ntoskrnl.exe", "null.DriverEntry"); !bytes.Equal(file, again) {
		t.Error("the same name gives another file")
	}
}

// TestNames: names that no table can have are refused.
func TestNames(t *testing.T) {
	for _, name := range []string{"", "a b", "a\n", "é", strings.Repeat("x", 300)} {
		if _, err := image("ntoskrnl.exe", name); err == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}

// TestMutants: whatever a driver's file has been made into, it is refused or its table
// is read, and nothing else happens.
func TestMutants(t *testing.T) {
	good, err := image("ntoskrnl.exe", "null.DriverEntry")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0x40 + 4 + 20 + 64; i < 0x40+4+20+68; i++ {
		good[i] = 0 // no checksum
	}
	r := rand.New(rand.NewPCG(5, 6))
	accepted, refused := 0, 0
	for range 50000 {
		b := bytes.Clone(good)
		for range 1 + r.IntN(3) {
			at := r.IntN(0x200)
			if r.IntN(2) == 0 {
				at = 2*4096 + r.IntN(0x80)
			}
			b[at] = byte(r.Uint32())
		}
		m, err := gontpe.ParseDriver(b)
		if err != nil {
			refused++
			continue
		}
		if m.Size > 1<<20 {
			continue
		}
		memory := make([]byte, m.Size)
		m.Place(memory, b)
		gontpe.ReadImports(memory)
		gontpe.ReadExports(memory)
		accepted++
	}
	if accepted == 0 || refused == 0 {
		t.Errorf("%d accepted, %d refused", accepted, refused)
	}
	for n := range 300 {
		gontpe.ReadImports(good[:n])
		gontpe.ReadExports(good[:n])
	}
}
