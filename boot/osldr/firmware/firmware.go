// Package firmware looks for the tables a BIOS leaves in low memory: the ACPI
// root pointer and the SMBIOS entry point.
package firmware

import "gont/hal/acpi/root"

// Where they can be (ACPI 6.5, 5.2.5.1; SMBIOS 3.7, 5.2).
const (
	BiosStart = root.BiosStart
	BiosEnd   = root.BiosEnd
	EbdaSize  = root.EbdaSize
)

func has(b []byte, sign string) bool {
	return len(b) >= len(sign) && string(b[:len(sign)]) == sign
}

// Rsdp finds the ACPI root pointer in the EBDA or the BIOS's area, by the kernel's
// own rules (package root), and returns its physical address: of the first that is
// whole, else of the first of which only the first part is. 0 when there is none.
// The kernel, which follows it, looks at the others if it leads nowhere. ebda is the
// memory at ebdaBase and may be empty.
func Rsdp(ebda []byte, ebdaBase uint64, bios []byte) uint64 {
	i, whole := root.Best(ebda)
	if i >= 0 && whole {
		return ebdaBase + uint64(i)
	}
	if k, kWhole := root.Best(bios); k >= 0 && (kWhole || i < 0) {
		return BiosStart + uint64(k)
	}
	if i >= 0 {
		return ebdaBase + uint64(i)
	}
	return 0
}

// Smbios finds the SMBIOS entry point in area, the 64-bit one ("_SM3_")
// before the 32-bit one ("_SM_"), and returns its offset or -1.
func Smbios(area []byte) int {
	old := -1
	for i := 0; i+24 <= len(area); i += 16 {
		if area[i] != '_' {
			continue
		}
		b := area[i:]
		switch {
		case has(b, "_SM3_") && sums(b, int(b[6]), 24):
			return i
		case old < 0 && has(b, "_SM_") && sums(b, int(b[5]), 30):
			old = i
		}
	}
	return old
}

func sums(b []byte, n, least int) bool {
	return n >= least && n <= len(b) && root.SumsToZero(b[:n])
}

// SmbiosTable is where the structures are that the anchor at the beginning of b leads to,
// how many bytes they have at most, and their version: major<<16 | minor<<8 | revision (SMBIOS
// 3.7, 5.2). b is what Smbios has found.
func SmbiosTable(b []byte) (address uint64, length, version uint32) {
	number := func(at, n int) (v uint64) {
		for i := n - 1; i >= 0; i-- {
			v = v<<8 | uint64(b[at+i])
		}
		return v
	}
	if has(b, "_SM3_") {
		return number(16, 8), uint32(number(12, 4)), uint32(b[7])<<16 | uint32(b[8])<<8 | uint32(b[9])
	}
	return number(24, 4), uint32(number(22, 2)), uint32(b[6])<<16 | uint32(b[7])<<8
}
