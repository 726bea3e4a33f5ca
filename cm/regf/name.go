package regf

import (
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Longest names, in UTF-16 units.
const (
	MaxKeyName   = 256
	MaxValueName = 16383
)

// Upcase is the upper-case letter of a UTF-16 unit as NT's table has it: one
// unit for one, and only where the way back leads to the same letter. So the
// dotless i, the long s and the micro sign stay what they are; the final sigma
// is the one exception.
func Upcase(c uint16) uint16 {
	if c < 0x80 {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		return c
	}
	r := unicode.ToUpper(rune(c))
	if r == rune(c) || r > 0xffff || unicode.ToLower(r) != rune(c) && c != 0x3c2 {
		return c
	}
	return uint16(r)
}

// Encode turns a string into UTF-16 units. Bytes that are no UTF-8 but encode a
// lone surrogate, as Decode writes it, become that surrogate again.
func Encode(s string) []uint16 {
	u := make([]uint16, 0, len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 && i+3 <= len(s) && s[i] == 0xed && s[i+1]&0xe0 == 0xa0 && s[i+2]&0xc0 == 0x80 {
			u = append(u, 0xd000|uint16(s[i+1]&0x3f)<<6|uint16(s[i+2]&0x3f))
			i += 3
			continue
		}
		u = utf16.AppendRune(u, r)
		i += n
	}
	return u
}

// Decode turns UTF-16 units into a string. A lone surrogate becomes three bytes
// that are no UTF-8, and Encode knows them.
func Decode(u []uint16) string {
	b := make([]byte, 0, len(u)+len(u)/2)
	for i := 0; i < len(u); i++ {
		r := rune(u[i])
		switch {
		case utf16.IsSurrogate(r) && i+1 < len(u) && utf16.DecodeRune(r, rune(u[i+1])) != unicode.ReplacementChar:
			b = utf8.AppendRune(b, utf16.DecodeRune(r, rune(u[i+1])))
			i++
		case utf16.IsSurrogate(r):
			b = append(b, 0xed, 0x80|byte(r>>6&0x3f), 0x80|byte(r&0x3f))
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return string(b)
}

// rawName is a name in a cell: Latin-1, or UTF-16 with its low byte first.
type rawName struct {
	b    []byte
	wide bool
}

func (n rawName) len() int {
	if n.wide {
		return len(n.b) / 2
	}
	return len(n.b)
}

func (n rawName) at(i int) uint16 {
	if n.wide {
		return le.Uint16(n.b[2*i:])
	}
	return uint16(n.b[i])
}

func (n rawName) append(u []uint16) []uint16 {
	for i := range n.len() {
		u = append(u, n.at(i))
	}
	return u
}

func (n rawName) String() string { return Decode(n.append(nil)) }

// upper is the hive's upper-case letter.
func (h *Hive) upper(c uint16) uint16 {
	if c < 256 {
		return h.latin[c]
	}
	return h.upcase(c)
}

// compare orders names as NT does: by the upper-case letters' numbers, then by
// length.
func (h *Hive) compare(a []uint16, b rawName) int {
	if !b.wide {
		return h.compareLatin(a, b.b)
	}
	n := b.len()
	for i, c := range a {
		if i == n {
			return 1
		}
		if d := b.at(i); c != d {
			if c, d = h.upper(c), h.upper(d); c != d {
				return int(c) - int(d)
			}
		}
	}
	return len(a) - n
}

func (h *Hive) compareLatin(a []uint16, b []byte) int {
	for i, c := range a {
		if i == len(b) {
			return 1
		}
		if d := uint16(b[i]); c != d {
			if c, d = h.upper(c), h.latin[d]; c != d {
				return int(c) - int(d)
			}
		}
	}
	return len(a) - len(b)
}

// compareRaw is compare for two names in cells.
func (h *Hive) compareRaw(a, b rawName) int {
	m, n := a.len(), b.len()
	for i := range min(m, n) {
		if c, d := a.at(i), b.at(i); c != d {
			if c, d = h.upper(c), h.upper(d); c != d {
				return int(c) - int(d)
			}
		}
	}
	return m - n
}

// hashName is hash for a name that is in no cell.
func (h *Hive) hashName(u []uint16) uint32 {
	var x uint32
	for _, c := range u {
		if c < 256 {
			c = h.latin[c]
		} else {
			c = h.upcase(c)
		}
		x = x*37 + uint32(c)
	}
	return x
}

// hash is the number that "lh" lists keep of a name.
func (h *Hive) hash(n rawName) uint32 {
	var x uint32
	for i := range n.len() {
		x = x*37 + uint32(h.upper(n.at(i)))
	}
	return x
}

// hint is what "lf" lists keep: the first four letters, if they are ASCII.
func hint(n rawName) uint32 {
	var x uint32
	for i := range min(n.len(), 4) {
		c := n.at(i)
		if c == 0 || c > 0x7f {
			return 0
		}
		x |= uint32(c) << (8 * i)
	}
	return x
}

// encodeName returns a name as it lies in a cell: Latin-1 when that is enough.
func encodeName(u []uint16) rawName {
	for _, c := range u {
		if c > 0xff {
			b := make([]byte, 2*len(u))
			for i, c := range u {
				le.PutUint16(b[2*i:], c)
			}
			return rawName{b, true}
		}
	}
	b := make([]byte, len(u))
	for i, c := range u {
		b[i] = byte(c)
	}
	return rawName{b, false}
}

// checkKeyName says whether a key may have this name.
func checkKeyName(u []uint16) error {
	if len(u) == 0 || len(u) > MaxKeyName {
		return ErrName
	}
	for _, c := range u {
		if c == '\\' {
			return ErrName
		}
	}
	return nil
}
