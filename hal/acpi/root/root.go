// Package root finds and reads ACPI's root pointer (ACPI Specification 6.5,
// 5.2.5). OSLDR and the kernel both use it, so that both take the same structure
// for sound. It needs no other package: OSLDR has to stay small.
package root

// Where a BIOS puts the root pointer, besides the first KiB of the extended BIOS
// data area (5.2.5.1).
const (
	BiosStart = 0xE0000
	BiosEnd   = 0x100000
	EbdaSize  = 1024
)

// Sizes of the structure, bytes: the part that ACPI 1.0 has, and the whole.
const (
	FirstSize = 20
	WholeSize = 36
)

// Pointer is a root pointer (table 5.27).
type Pointer struct {
	Revision int    // 0 for ACPI 1.0
	Rsdt     uint64 // physical address, 0: none
	Xsdt     uint64 // physical address, 0: none, or not told in a way to be believed
	// Whole: what Revision promises is there, and its checksum is right.
	Whole bool
}

// Read reads the root pointer at the beginning of b. ok is false unless the
// signature is there and the first 20 bytes sum to zero. A second part that is
// damaged (length, checksum, or cut off by b's end) costs Whole only: Xsdt is
// then what stands there, if b reaches that far, and the table it leads to must
// speak for itself.
func Read(b []byte) (p Pointer, ok bool) {
	if len(b) < FirstSize || string(b[:8]) != "RSD PTR " || !SumsToZero(b[:FirstSize]) {
		return p, false
	}
	p = Pointer{Revision: int(b[15]), Rsdt: number(b[16:20])}
	if p.Revision < 2 {
		p.Whole = true
		return p, true
	}
	if len(b) >= WholeSize {
		p.Xsdt = number(b[24:32])
		n := number(b[20:24])
		p.Whole = n >= WholeSize && n <= uint64(len(b)) && SumsToZero(b[:n])
		// Some firmware leaves the length at 20, or at nonsense; the structure
		// has 36 bytes all the same.
		p.Whole = p.Whole || SumsToZero(b[:WholeSize])
	}
	return p, true
}

// Next returns the offset of the first root pointer in area at or after from, on
// a multiple of 16, and -1 when there is none.
func Next(area []byte, from int) int {
	for i := (from + 15) &^ 15; i+FirstSize <= len(area); i += 16 {
		if area[i] != 'R' {
			continue
		}
		if _, ok := Read(area[i:]); ok {
			return i
		}
	}
	return -1
}

// Best returns the offset of the first root pointer in area that is whole, or of
// the first of which only the first part is right. whole says which; the offset is
// -1 when there is neither.
func Best(area []byte) (offset int, whole bool) {
	offset = -1
	for i := Next(area, 0); i >= 0; i = Next(area, i+16) {
		if p, _ := Read(area[i:]); p.Whole {
			return i, true
		}
		if offset < 0 {
			offset = i
		}
	}
	return offset, false
}

// EbdaAddress returns the physical address of the extended BIOS data area from the
// word at 40:0Eh, a segment; 0 when the word cannot be one: the area lies below
// 640 KiB and above what the BIOS and the boot sectors use.
func EbdaAddress(segment uint16) uint64 {
	if a := uint64(segment) << 4; a >= 0x1000 && a < 0xA0000 {
		return a
	}
	return 0
}

// SumsToZero reports whether the bytes of b add up to 0 modulo 256.
func SumsToZero(b []byte) bool {
	var s byte
	for _, c := range b {
		s += c
	}
	return s == 0
}

func number(b []byte) (v uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	return v
}
