package kerneltest

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// firmware returns arguments for QEMU that replace its ACPI tables by a root and
// the given ones: the machine is one without ACPI, and the tables are handed
// to SeaBIOS as QEMU hands over its own, by files and a script of 128-byte
// commands (QEMU, hw/acpi/bios-linker-loader.c; SeaBIOS,
// src/fw/romfile_loader.c). Checksums are made right, but for the tables
// named in damaged. With RSDT, XSDT or RSDP (its second part) among these, there is an
// XSDT, too; else the root pointer is ACPI 1.0's.
func firmware(t *testing.T, tables map[string][]byte, damaged ...string) []string {
	t.Helper()
	const rootPointer, all = "etc/acpi/rsdp", "etc/acpi/tables"
	le := binary.LittleEndian
	var blob, script []byte
	command := func(kind uint32, parts ...any) {
		c := make([]byte, 128)
		le.PutUint32(c, kind)
		at := 4
		for _, p := range parts {
			switch v := p.(type) {
			case string: // a file's name
				copy(c[at:], v)
				at += 56
			case int:
				le.PutUint32(c[at:], uint32(v))
				at += 4
			case byte:
				c[at] = v
				at++
			}
		}
		script = append(script, c...)
	}
	allocate := func(file string, align int, zone byte) { command(1, file, align, zone) }
	pointer := func(file string, at, size int) { command(2, file, all, at, byte(size)) }
	whole := func(signature string) bool { return !slices.Contains(damaged, signature) }
	checksum := func(file string, at, start, n int) { command(3, file, at, start, n) }

	const high, low = 1, 2 // zones: anywhere, the segment F000h
	allocate(rootPointer, 16, low)
	allocate(all, 64, high)
	add := func(signature string, body []byte) (at int) {
		at = len(blob)
		h := make([]byte, 36) // ACPI 6.5, 5.2.6
		copy(h, signature)
		le.PutUint32(h[4:], uint32(len(h)+len(body)))
		if h[8] = 1; signature == "FACP" {
			h[8] = 4 // the first with boot flags is 3
		}
		copy(h[10:], "GONT  TESTTABL")
		blob = append(append(blob, h...), body...)
		for len(blob)%16 != 0 {
			blob = append(blob, 0)
		}
		return at
	}
	var root, root8 []byte
	sums := func(signature string, at int) {
		if whole(signature) {
			checksum(all, at+9, at, int(le.Uint32(blob[at+4:])))
		}
	}
	for signature, body := range tables {
		at := add(signature, body)
		root, root8 = le.AppendUint32(root, uint32(at)), le.AppendUint64(root8, uint64(at))
		sums(signature, at)
	}
	addRoot := func(signature string, list []byte, size int) int {
		at := add(signature, list)
		for i := 0; i < len(list); i += size {
			pointer(all, at+36+i, size)
		}
		sums(signature, at)
		return at
	}
	rsdp := append([]byte("RSD PTR \x00GONT  \x00"), 0, 0, 0, 0)
	le.PutUint32(rsdp[16:], uint32(addRoot("RSDT", root, 4)))
	pointer(rootPointer, 16, 4)
	if !whole("RSDT") || !whole("XSDT") || !whole("RSDP") {
		rsdp[15] = 2
		rsdp = le.AppendUint64(le.AppendUint32(rsdp, 36), uint64(addRoot("XSDT", root8, 8)))
		rsdp = append(rsdp, 0, 0, 0, 0)
		pointer(rootPointer, 24, 8)
	}
	checksum(rootPointer, 8, 0, 20)
	if len(rsdp) > 20 && whole("RSDP") {
		checksum(rootPointer, 32, 0, len(rsdp))
	}

	args := []string{"-machine", "acpi=off"}
	dir := t.TempDir()
	for name, b := range map[string][]byte{rootPointer: rsdp, all: blob, "etc/table-loader": script} {
		file := filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "-fw_cfg", "name="+name+",file="+file)
	}
	return args
}

// fadtFlags is the body of a table "FACP" that tells nothing but the IA-PC boot flags
// (ACPI 6.5, 5.2.9.3).
func fadtFlags(flags uint16) []byte {
	b := make([]byte, 276-36)
	binary.LittleEndian.PutUint16(b[109-36:], flags)
	return b
}

// apic is a MADT entry of a processor (ACPI 6.5, 5.2.12.2).
func apic(id byte, enabled bool) []byte {
	e := []byte{0, 8, id, id, 0, 0, 0, 0}
	if enabled {
		e[4] = 1
	}
	return e
}

// x2apic is the same for ids beyond 254 (5.2.12.12).
func x2apic(id uint32) []byte {
	e := []byte{9, 16, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}
	binary.LittleEndian.PutUint32(e[4:], id)
	return e
}

// madt is the body of the table "APIC".
func madt(entries ...[]byte) []byte {
	b := []byte{0, 0, 0xE0, 0xFE, 1, 0, 0, 0}
	for _, e := range entries {
		b = append(b, e...)
	}
	return b
}
