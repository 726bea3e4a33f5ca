package io

import (
	"unicode/utf16"
	"unicode/utf8"
)

// FileID is the id that the name of a file object opened with FILE_OPEN_BY_FILE_ID carries: eight bytes, little endian, behind
// Related, or behind the volume's device and a backslash. ok is false for a name of another length.
//
// On its way through the object manager such a name is text as any other: its four units of UTF-16, in which neither a
// backslash nor a zero means anything. As half a character keeps its value there, in the three bytes that UTF-8 would have for it,
// no bit of the id is lost. Any IRQL, no lock.
func (f *File) FileID() (id uint64, ok bool) {
	name := f.Name
	if f.Related == nil {
		if name == "" || name[0] != '\\' {
			return 0, false
		}
		name = name[1:]
	}
	n := 0
	for i := 0; i < len(name); {
		r, size := utf8.DecodeRuneInString(name[i:])
		if r == utf8.RuneError && size == 1 {
			if i+3 > len(name) || name[i] != 0xED {
				return 0, false
			}
			r, size = 0xD000|rune(name[i+1]&0x3F)<<6|rune(name[i+2]&0x3F), 3
		}
		i += size
		units := [2]rune{r}
		count := 1
		if r > 0xFFFF {
			units[0], units[1] = utf16.EncodeRune(r)
			count = 2
		}
		for _, u := range units[:count] {
			if n == 4 {
				return 0, false
			}
			id |= uint64(u) << (16 * n)
			n++
		}
	}
	return id, n == 4
}
