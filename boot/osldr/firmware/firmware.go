// Package firmware looks for the tables a BIOS leaves in low memory: the ACPI
// root pointer and the SMBIOS entry point.
package firmware

// Where they can be (ACPI 6.5, 5.2.5.1; SMBIOS 3.7, 5.2).
const (
	BiosStart = 0xE0000
	BiosEnd   = 0x100000
	EbdaSize  = 1024
)

func sumsToZero(b []byte) bool {
	var s byte
	for _, c := range b {
		s += c
	}
	return s == 0
}

func has(b []byte, sign string) bool {
	return len(b) >= len(sign) && string(b[:len(sign)]) == sign
}

// Rsdp finds the ACPI root pointer in area, on a multiple of 16, and returns
// its offset, -1 when there is none with right checksums.
func Rsdp(area []byte) int {
	for i := 0; i+20 <= len(area); i += 16 {
		if area[i] != 'R' {
			continue
		}
		b := area[i:]
		if !has(b, "RSD PTR ") || !sumsToZero(b[:20]) {
			continue
		}
		if b[15] >= 2 { // revision 2: the whole structure has a sum too
			if len(b) < 36 {
				continue
			}
			n := int(b[20]) | int(b[21])<<8 | int(b[22])<<16 | int(b[23])<<24
			if n < 36 || n > len(b) || !sumsToZero(b[:n]) {
				continue
			}
		}
		return i
	}
	return -1
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
	return n >= least && n <= len(b) && sumsToZero(b[:n])
}
