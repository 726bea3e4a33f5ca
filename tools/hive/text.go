package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"gont/cm/regf"
)

// cp1252 has the letters of 80h to 9Fh of the code page 1252; the rest is as in
// Latin-1. Places without a letter stay what they are, as in Windows.
var cp1252 = [32]uint16{
	0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d, 0x017d, 0x8f,
	0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d, 0x017e, 0x0178,
}

// fromANSI turns bytes of code page 1252 into UTF-16.
func fromANSI(b []byte) []uint16 {
	u := make([]uint16, len(b))
	for i, c := range b {
		u[i] = uint16(c)
		if 0x80 <= c && c < 0xa0 {
			u[i] = cp1252[c-0x80]
		}
	}
	return u
}

// decodeText returns the text of a .reg file: UTF-16 or UTF-8 with a mark at the
// beginning, else UTF-8, and what is none after the header REGEDIT4 is of code
// page 1252. Lone surrogates are as regf.Decode writes them.
func decodeText(b []byte) (string, error) {
	wide := func(b []byte, at func([]byte) uint16) (string, error) {
		if len(b)%2 != 0 {
			return "", errors.New("the text is UTF-16 and has half a letter at its end")
		}
		u := make([]uint16, len(b)/2)
		for i := range u {
			u[i] = at(b[2*i:])
		}
		return regf.Decode(u), nil
	}
	little := func(b []byte) uint16 { return uint16(b[0]) | uint16(b[1])<<8 }
	big := func(b []byte) uint16 { return uint16(b[1]) | uint16(b[0])<<8 }
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		return wide(b[2:], little)
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return wide(b[2:], big)
	case len(b) >= 2 && b[0] != 0 && b[1] == 0:
		return wide(b, little)
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		b = b[3:]
	}
	line := 1
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			if u := regf.Encode(string(b[i:min(i+3, len(b))])); len(u) == 1 && utf16.IsSurrogate(rune(u[0])) {
				i += 3
				continue
			}
			if bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte("REGEDIT4")) {
				return regf.Decode(fromANSI(b)), nil
			}
			return "", fmt.Errorf("line %d: byte %#x is no UTF-8", line, b[i])
		}
		if r == '\n' {
			line++
		}
		i += n
	}
	return string(b), nil
}

// utf16Bytes is a text as the registry has it, with a zero behind it.
func utf16Bytes(u []uint16) []byte {
	b := make([]byte, 0, 2*len(u)+2)
	for _, c := range u {
		b = append(b, byte(c), byte(c>>8))
	}
	return append(b, 0, 0)
}

// quote writes a name or a text in quotes.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
