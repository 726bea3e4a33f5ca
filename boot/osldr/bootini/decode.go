package bootini

// Editors save text in several ways. This file makes one of them all: lines of
// printable ASCII, ended by '\n', a question mark for every other character.

// encoding is what a file's first bytes say about the rest.
type encoding int

const (
	bytesOrUTF8 encoding = iota
	utf16LE
	utf16BE
	utf32
)

// detect looks at the byte order mark (Unicode 15.0, 23.8). Without one, a file
// whose first two characters are ASCII with zero bytes between is UTF-16.
func detect(b []byte) (e encoding, mark int) {
	at := func(i int) byte {
		if i < len(b) {
			return b[i]
		}
		return 0xAA
	}
	ascii := func(c byte) bool { return c >= '\t' && c < 0x7F }
	switch {
	case at(0) == 0xFF && at(1) == 0xFE && at(2) == 0 && at(3) == 0, at(0) == 0 && at(1) == 0 && at(2) == 0xFE && at(3) == 0xFF:
		return utf32, 4
	case at(0) == 0xFF && at(1) == 0xFE:
		return utf16LE, 2
	case at(0) == 0xFE && at(1) == 0xFF:
		return utf16BE, 2
	case at(0) == 0xEF && at(1) == 0xBB && at(2) == 0xBF:
		return bytesOrUTF8, 3
	case ascii(at(0)) && at(1) == 0 && ascii(at(2)) && at(3) == 0:
		return utf16LE, 0
	case at(0) == 0 && ascii(at(1)) && at(2) == 0 && ascii(at(3)):
		return utf16BE, 0
	}
	return bytesOrUTF8, 0
}

// decode returns the text of a file. ok is false where its encoding is not read.
func decode(b []byte) (text string, ok bool) {
	e, mark := detect(b)
	b = b[mark:]
	out := make([]byte, 0, len(b))
	before := byte(0)
	put := func(c byte) {
		switch {
		case c == '\n' && before == '\r': // one end of a line, not two
		case c == '\r' || c == '\n':
			out = append(out, '\n')
		case c == '\t':
			out = append(out, ' ')
		case c < ' ' && c != ctrlZ || c > '~':
			out = append(out, '?')
		default:
			out = append(out, c)
		}
		before = c
	}
	switch e {
	case utf32:
		return "", false
	case utf16LE, utf16BE:
		for i := 0; i+1 < len(b); i += 2 {
			low, high := b[i], b[i+1]
			if e == utf16BE {
				low, high = high, low
			}
			switch {
			case high >= 0xDC && high <= 0xDF && before == 0xFF: // second half of a pair
				before = 0
			case high >= 0xD8 && high <= 0xDB:
				put(0xFF)
			case high != 0:
				put(0xFE)
			default:
				put(low)
			}
		}
	default:
		for i := 0; i < len(b); {
			put(b[i])
			for n := sequence(b[i:]); n > 0; n-- {
				i++
			}
		}
	}
	for i, c := range out {
		if c == ctrlZ {
			out = out[:i]
			break
		}
	}
	return string(out), true
}

const ctrlZ = 0x1A // ends a file of DOS

// sequence is the length of the UTF-8 character that b begins with (Unicode
// 15.0, table 3-7), 1 where it is none.
func sequence(b []byte) int {
	n := 1
	switch c := b[0]; {
	case c >= 0xC2 && c < 0xE0:
		n = 2
	case c >= 0xE0 && c < 0xF0:
		n = 3
	case c >= 0xF0 && c < 0xF5:
		n = 4
	}
	if n > len(b) {
		return 1
	}
	for _, c := range b[1:n] {
		if c&0xC0 != 0x80 {
			return 1
		}
	}
	return n
}
