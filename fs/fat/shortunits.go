package fat

import (
	"math/bits"
	"unicode/utf16"
	"unsafe"
)

// shortUnits is room for an 8.3 name in UTF-16, and a little more, for its parts are
// stored in steps of four characters.
type shortUnits [16]uint16

// Eight bytes at a time.
const (
	eachByte  = 0x0101010101010101
	highBits  = 0x80 * eachByte
	blanks    = ' ' * eachByte
	extension = 0xFFFFFF // the bytes of three
)

// decode is shortName in UTF-16, good until the next one.
func (s *shortUnits) decode(raw *[entrySize]byte) []uint16 {
	base, ext := *(*uint64)(unsafe.Pointer(raw)), le.Uint64(raw[8:])&extension
	if (base|ext)&highBits != 0 || byte(base) == kanji {
		return utf16.Encode([]rune(shortName(raw[:])))
	}
	n := 8 - bits.LeadingZeros64(base^blanks)/8
	if raw[12]&lowerBase != 0 {
		base = lowerBytes(base)
	}
	s.put(0, base)
	s.put(4, base>>32)
	if x := ext ^ blanks&extension; x != 0 {
		if raw[12]&lowerExtension != 0 {
			ext = lowerBytes(ext)
		}
		s[n] = '.'
		s.put(n+1, ext)
		n += 9 - bits.LeadingZeros64(x)/8
	}
	return s[:n]
}

// put stores the lower four bytes of w as characters at i, which is not above 12.
func (s *shortUnits) put(i int, w uint64) {
	w &= 0xFFFFFFFF
	w = (w | w<<16) & 0x0000FFFF0000FFFF
	w = (w | w<<8) & 0x00FF00FF00FF00FF
	*(*uint64)(unsafe.Pointer(&s[i&15])) = w // the machine's order of bytes is the text's
}

// lowerBytes is lower of eight bytes of ASCII.
func lowerBytes(w uint64) uint64 {
	upper := (w + (0x80-'A')*eachByte) &^ (w + (0x7F-'Z')*eachByte) & highBits
	return w | upper>>2
}
