package main

import (
	"unicode"

	"gont/cm/regf"
)

// caseTables makes l_intl.nls, in words: 1; the length of the upper-case table and its own
// word; that table; the same for lower case. A table leads by a character's high byte, its
// third and its last hexadecimal digit to the difference that is added to the character.
func caseTables() []byte {
	upper, lower := differences(regf.Upcase), differences(downcase)
	w := append([]uint16{1, uint16(1 + len(upper))}, upper...)
	w = append(w, uint16(1+len(lower)))
	return encode(append(w, lower...))
}

// downcase is a character's lower case, where that is one of the first 65536 and its upper
// case is the character again.
func downcase(c uint16) uint16 {
	r := unicode.ToLower(rune(c))
	if r > 0xFFFF || regf.Upcase(uint16(r)) != c {
		return c
	}
	return uint16(r)
}

func differences(f func(uint16) uint16) []uint16 {
	w := make([]uint16, 256)
	seen := map[[16]uint16]uint16{}
	place := func(block [16]uint16) uint16 {
		at, ok := seen[block]
		if !ok {
			at = uint16(len(w))
			w = append(w, block[:]...)
			seen[block] = at
		}
		return at
	}
	for high := range 256 {
		var row [16]uint16
		for third := range row {
			var last [16]uint16
			for i := range last {
				c := uint16(high<<8 | third<<4 | i)
				last[i] = f(c) - c
			}
			row[third] = place(last)
		}
		w[high] = place(row)
	}
	return w
}
