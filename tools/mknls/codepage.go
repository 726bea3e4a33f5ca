package main

import (
	"fmt"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// The layout of a file, in words: a header of 13; the distance from the next word to the
// table of Unicode characters; that of the 256 bytes; 256 and their glyphs, or 0; the
// number of ranges of lead bytes, 0; a word that says how wide the entries of the last
// table are, 0 for bytes; then a byte for each of 65536 characters.
const (
	headerWords = 13
	bytesTable  = 256
)

// characters are the 256 characters of a code page. A byte that has none is the control
// character of the same number.
func characters(m *charmap.Charmap) (chars [256]uint16) {
	for i := range chars {
		chars[i] = uint16(i)
		if r := m.DecodeByte(byte(i)); r != '\uFFFD' {
			chars[i] = uint16(r)
		}
	}
	return chars
}

// controlGlyphs are what the screen of a PC shows for the characters 1 to 31 and 127.
var controlGlyphs = []rune("☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼")

// glyphs are the characters of a code page as a screen shows them.
func glyphs(chars [256]uint16) []uint16 {
	g := chars[:]
	list := append([]uint16(nil), g...)
	for i, r := range controlGlyphs {
		list[i+1] = uint16(r)
	}
	list[127] = '⌂'
	return list
}

// codePage makes the file of a code page of single bytes. glyphs are nil, or 256.
func codePage(number uint16, chars [256]uint16, glyphs []uint16) ([]byte, error) {
	const unknown = '?'
	w := []uint16{headerWords, number, 1, unknown, unknown, unknown, unknown, 0, 0, 0, 0, 0, 0}
	w = append(w, uint16(bytesTable+1+len(glyphs)+1+1))
	w = append(w, chars[:]...)
	w = append(w, uint16(len(glyphs)))
	w = append(w, glyphs...)
	w = append(w, 0, 0)
	wide := make([]byte, 1<<16)
	byChar := map[uint16]byte{}
	for i, c := range chars {
		if other, ok := byChar[c]; ok {
			return nil, fmt.Errorf("code page %d: bytes %#x and %#x are both the character %U", number, other, i, c)
		}
		byChar[c] = byte(i)
	}
	for i, g := range glyphs {
		if _, ok := byChar[g]; !ok {
			byChar[g] = byte(i)
		}
	}
	for c := range wide {
		wide[c] = unknown
		if b, ok := byChar[uint16(c)]; ok {
			wide[c] = b
		} else if b, ok := nearest(rune(c), byChar); ok {
			wide[c] = b
		}
	}
	return append(encode(w), wide...), nil
}

// nearest is the byte of a character's base letter: of what its compatibility
// decomposition is besides marks, if that is one character.
func nearest(r rune, byChar map[uint16]byte) (byte, bool) {
	if 0xD800 <= r && r < 0xE000 {
		return 0, false
	}
	base := rune(-1)
	for _, c := range norm.NFKD.String(string(r)) {
		if 0x300 <= c && c < 0x370 { // combining marks
			continue
		}
		if base >= 0 {
			return 0, false
		}
		base = c
	}
	if base < 0 || base == r || base > 0xFFFF {
		return 0, false
	}
	b, ok := byChar[uint16(base)]
	return b, ok
}
