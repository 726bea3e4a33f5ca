package svc

import (
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// Names come and go as UTF-16 of which nobody says that it is sound: a lone surrogate
// becomes the three bytes that UTF-8 would have for it, and these that surrogate again, so
// that different names stay different (cm/regf does the same).

// decodeText turns UTF-16 into a string.
func decodeText(u []uint16) string {
	var few [128]byte
	b := few[:]
	if len(u) > len(b) {
		b = make([]byte, len(u))
	}
	n := decodeASCII(b, u)
	if n == len(u) {
		return string(b[:n])
	}
	return string(decodeRest(b[:n], u[n:]))
}

// decodeASCII stores the characters of u up to the first one that is not ASCII, four at a
// time, and returns how many those are. b is as long as u.
func decodeASCII(b []byte, u []uint16) (n int) {
	b = b[:len(u)]
	for ; n+4 <= len(u); n += 4 {
		w := *(*uint64)(unsafe.Pointer(&u[n])) // the machine's order of bytes is the text's
		if w&0xFF80FF80FF80FF80 != 0 {
			break
		}
		w |= w >> 8
		*(*uint32)(unsafe.Pointer(&b[n])) = uint32(w&0xFFFF) | uint32(w>>16&0xFFFF0000)
	}
	for ; n < len(u) && u[n] < utf8.RuneSelf; n++ {
		b[n] = byte(u[n])
	}
	return n
}

// decodeRest appends any UTF-16.
func decodeRest(b []byte, u []uint16) []byte {
	for i := 0; i < len(u); i++ {
		r := rune(u[i])
		switch {
		case r < utf8.RuneSelf:
			b = append(b, byte(r))
		case !utf16.IsSurrogate(r):
			b = utf8.AppendRune(b, r)
		default:
			if i+1 < len(u) {
				if pair := utf16.DecodeRune(r, rune(u[i+1])); pair != utf8.RuneError {
					b = utf8.AppendRune(b, pair)
					i++
					continue
				}
			}
			b = append(b, 0xED, 0x80|byte(r>>6&0x3F), 0x80|byte(r&0x3F))
		}
	}
	return b
}

// encodeText turns a string into UTF-16.
func encodeText(s string) []uint16 {
	u := make([]uint16, 0, len(s))
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			u = append(u, uint16(c))
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 && i+3 <= len(s) && s[i] == 0xED && s[i+1]&0xE0 == 0xA0 && s[i+2]&0xC0 == 0x80 {
			u = append(u, 0xD000|uint16(s[i+1]&0x3F)<<6|uint16(s[i+2]&0x3F))
			i += 3
			continue
		}
		u = utf16.AppendRune(u, r)
		i += n
	}
	return u
}
