package fat

import (
	"strconv"
	"strings"
	"unicode/utf16"

	"gont/nt"
	"gont/rtl/nls"
)

// Case bits of an entry's byte 12, as Windows NT has them: a short name whose base or
// extension is in lower case needs no long name.
const (
	lowerBase      = 0x08
	lowerExtension = 0x10
)

// noShortName is Linux's bit in byte 12 for an entry that has a long name only.
const noShortName = 0x20

const kanji = 0x05 // stands for E5h as a short name's first byte

// shortName is an entry's 8.3 name with its dot, as the case bits say.
func shortName(raw []byte) string {
	raw = raw[:13]
	var b [12]byte
	n, all := 8, byte(0)
	for n > 0 && raw[n-1] == ' ' {
		n--
	}
	copy(b[:8], raw[:8])
	for i := range n {
		all |= b[i&7]
		if raw[12]&lowerBase != 0 {
			b[i&7] = lower(b[i&7])
		}
	}
	if n > 0 && b[0] == kanji {
		b[0], all = 0xE5, 0x80
	}
	end := 11
	for end > 8 && raw[end-1] == ' ' {
		end--
	}
	if end > 8 {
		b[n] = '.'
		n++
		for _, c := range raw[8:end] {
			if raw[12]&lowerExtension != 0 {
				c = lower(c)
			}
			b[n] = c
			all |= c
			n++
		}
	}
	if all >= 0x80 {
		return nls.OemString(b[:n])
	}
	return string(b[:n])
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// oemUpper is name in the OEM code page in upper case; ok is false when the code page does
// not have all of it.
func oemUpper(name string) (b []byte, ok bool) {
	u := utf16.Encode([]rune(name))
	b = make([]byte, 2*len(u))
	b = b[:nls.UpcaseUnicodeToOem(b, u)]
	back := make([]uint16, len(b)+1)
	n := nls.OemToUnicode(back, b)
	if n != len(u) {
		return b, false
	}
	for i := range u { // u is in upper case now
		if u[i] != back[i] {
			return b, false
		}
	}
	return b, true
}

// fitsShort says whether name is an 8.3 name that needs no long one, with its 11 bytes and
// case bits. One that is not all ASCII gets a long name, too: another system's OEM code page
// may be another one.
func fitsShort(name string) (short [11]byte, bits byte, ok bool) {
	base, ext, dot := strings.Cut(name, ".")
	if base == "" || dot && ext == "" || strings.Contains(ext, ".") || !isASCII(name) {
		return short, 0, false
	}
	for i := range short {
		short[i] = ' '
	}
	for _, p := range []struct {
		s   string
		to  []byte
		bit byte
	}{{base, short[:8], lowerBase}, {ext, short[8:], lowerExtension}} {
		b := []byte(strings.ToUpper(p.s))
		if len(b) > len(p.to) {
			return short, 0, false
		}
		switch {
		case p.s == strings.ToUpper(p.s):
		case p.s == strings.ToLower(p.s):
			bits |= p.bit
		default:
			return short, 0, false
		}
		for _, c := range b {
			if !shortChar(c) {
				return short, 0, false
			}
		}
		copy(p.to, b)
	}
	return short, bits, true
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// shortChar says whether a byte may be in an 8.3 name.
func shortChar(c byte) bool {
	return c > ' ' && c != 0x7F && strings.IndexByte(`"*+,./:;<=>?[\]|`, c) < 0
}

// basis makes what the short name of a long one begins with (RtlGenerate8dot3Name): base of
// at most 8 bytes and extension of at most 3, characters that cannot be in it replaced by _
// or, if they are blanks and dots, left out.
func basis(name string) (base, ext []byte) {
	stem, extension := name, ""
	if i := strings.LastIndexByte(name, '.'); i > 0 && strings.Trim(name[:i], ". ") != "" {
		stem, extension = name[:i], name[i+1:]
	}
	part := func(s string, most int) (out []byte) {
		for _, r := range s {
			if r == ' ' || r == '.' {
				continue
			}
			b, ok := oemUpper(string(r))
			if !ok {
				b = []byte{'_'}
			}
			for _, c := range b {
				if !shortChar(c) {
					b = []byte{'_'}
					break
				}
			}
			if len(out)+len(b) > most {
				break
			}
			out = append(out, b...)
		}
		return out
	}
	return part(stem, 8), part(extension, 3)
}

// shortHash is the number in a short name whose first four were taken.
func shortHash(name string) uint16 {
	var sum uint16
	for _, c := range utf16.Encode([]rune(name)) {
		sum = sum*0x25 + c
	}
	x := int32(uint32(sum) * 314159269)
	if x < 0 {
		x = -x
	}
	x -= int32(uint64(int64(x)*1152921497)>>60) * 1000000007
	s := uint16(x)
	return s>>12 | s>>4&0xF0 | s<<4&0xF00 | s<<12
}

// generate makes the 8.3 name of a long name as Windows does: the first six characters with
// ~1 to ~4, then two with four hexadecimal digits and ~1 to ~9, and so on with more digits.
// taken says whether there is one of the name; STATUS_CANNOT_MAKE when all are.
func generate(name string, taken func(short [11]byte) (bool, error)) (short [11]byte, err error) {
	base, ext := basis(name)
	hash := strings.ToUpper(strconv.FormatUint(uint64(shortHash(name))|1<<16, 16)[1:])
	for i := 1; i < 1000000; i++ {
		tail, stem := "~"+strconv.Itoa(i), base
		if i > 4 || len(base) < 3 {
			stem = append(clip(base, 2), hash...)
			if i > 4 {
				tail = "~" + strconv.Itoa(i-4)
			}
		}
		stem = append(clip(stem, 8-len(tail)), tail...)
		for j := range short {
			short[j] = ' '
		}
		copy(short[:8], stem)
		copy(short[8:], ext)
		if short[0] == 0xE5 {
			short[0] = kanji
		}
		if used, err := taken(short); err != nil || !used {
			return short, err
		}
	}
	return short, fail(nt.StatusCannotMake, "all short names for %q are taken", name)
}

// clip returns at most n bytes of b, and no half of a character of two bytes, in a slice of
// its own.
func clip(b []byte, n int) []byte {
	for len(b) > n {
		b = b[:len(b)-1]
	}
	return append([]byte(nil), b...)
}

// checksum is that of a short name, which its long name's entries have.
func checksum(short []byte) (sum byte) {
	for _, c := range short[:11] {
		sum = sum>>1 | sum<<7
		sum += c
	}
	return sum
}

// hashName is a name's for the index: the same for all cases of its letters.
func hashName(name string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; ; i++ {
		if i == len(name) {
			return h
		}
		c := name[i]
		if c >= 0x80 {
			name = name[i:]
			break
		}
		if c-'a' <= 'z'-'a' {
			c -= 'a' - 'A'
		}
		h = (h ^ uint64(c)) * 1099511628211
	}
	add := func(c uint16) {
		h = (h ^ uint64(nls.Upcase(c))) * 1099511628211
	}
	for _, r := range name {
		if r > 0xFFFF {
			a, b := utf16.EncodeRune(r)
			add(uint16(a))
			add(uint16(b))
			continue
		}
		add(uint16(r))
	}
	return h
}

// sameName compares names without regard to case.
func sameName(a, b string) bool {
	if a == b {
		return true
	}
	return nls.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)), true) == 0
}

// upcased is a name in upper case.
func upcased(name string) string { return nls.UpcaseString(name) }
