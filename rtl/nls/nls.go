package nls

import (
	"strings"
	"sync/atomic"
	"unicode/utf16"
	"unicode/utf8"
)

// Tables are those in force; nil stands for the built-in one.
type Tables struct {
	Ansi, Oem *CodePage
	Case      *CaseTable
}

var current atomic.Pointer[Tables]

func init() { current.Store(&Tables{}) }

// Install puts tables in force (RtlInitNlsTables, RtlResetRtlTranslations). Whoever is
// translating goes on with the tables before, which have to stay as they are.
func Install(t Tables) { current.Store(&t) }

// Current returns the tables that are in force.
func Current() Tables { return *current.Load() }

// Upcase is RtlUpcaseUnicodeChar.
func Upcase(c uint16) uint16 {
	switch {
	case c < 'a':
		return c
	case c <= 'z':
		return c - ('a' - 'A')
	case c < 0x80:
		return c
	}
	if t := current.Load().Case; t != nil {
		return t.upper.mapped(c)
	}
	return builtInUpper(c)
}

// Downcase is RtlDowncaseUnicodeChar.
func Downcase(c uint16) uint16 {
	switch {
	case c < 'A':
		return c
	case c <= 'Z':
		return c + ('a' - 'A')
	case c < 0x80:
		return c
	}
	if t := current.Load().Case; t != nil {
		return t.lower.mapped(c)
	}
	return builtInLower(c)
}

// Compare is RtlCompareUnicodeString: negative, 0, positive. With insensitive, upper
// case is compared.
func Compare(a, b []uint16, insensitive bool) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if x != y && insensitive {
			x, y = Upcase(x), Upcase(y)
		}
		if x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

// UpcaseString is RtlUpcaseUnicodeString for a Go string. What is beyond the first 65536
// characters has no case, as in NT.
func UpcaseString(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xFFFF || r == utf8.RuneError {
			return r
		}
		return rune(Upcase(uint16(r)))
	}, s)
}

// Translations by a code page that may be missing. latin is the built-in one: the first 256
// characters are themselves.
func toUnicode(c *CodePage, dst []uint16, src []byte) (n int) {
	if c != nil {
		return c.ToUnicode(dst, src)
	}
	for n = 0; n < len(src) && n < len(dst); n++ {
		dst[n] = uint16(src[n])
	}
	return n
}

func fromUnicode(c *CodePage, dst []byte, src []uint16) (n int) {
	if c != nil {
		return c.FromUnicode(dst, src)
	}
	for n = 0; n < len(src) && n < len(dst); n++ {
		if dst[n] = '?'; src[n] < 0x100 {
			dst[n] = byte(src[n])
		}
	}
	return n
}

// MultiByteToUnicode is RtlMultiByteToUnicodeN: from the ANSI code page.
func MultiByteToUnicode(dst []uint16, src []byte) int {
	return toUnicode(current.Load().Ansi, dst, src)
}

// UnicodeToMultiByte is RtlUnicodeToMultiByteN.
func UnicodeToMultiByte(dst []byte, src []uint16) int {
	return fromUnicode(current.Load().Ansi, dst, src)
}

// OemToUnicode is RtlOemToUnicodeN.
func OemToUnicode(dst []uint16, src []byte) int { return toUnicode(current.Load().Oem, dst, src) }

// UnicodeToOem is RtlUnicodeToOemN.
func UnicodeToOem(dst []byte, src []uint16) int { return fromUnicode(current.Load().Oem, dst, src) }

// UpcaseUnicodeToOem is RtlUpcaseUnicodeToOemN. src is changed to upper case.
func UpcaseUnicodeToOem(dst []byte, src []uint16) int {
	for i, c := range src {
		src[i] = Upcase(c)
	}
	return UnicodeToOem(dst, src)
}

// OemBytes is a Go string in the OEM code page, for the screen. ASCII is not copied.
func OemBytes(s string) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			u := utf16.Encode([]rune(s))
			b := make([]byte, 2*len(u))
			return b[:UnicodeToOem(b, u)]
		}
	}
	return []byte(s)
}

// OemString is text of the OEM code page, such as boot.ini's, as a Go string.
func OemString(b []byte) string {
	u := make([]uint16, len(b))
	return string(utf16.Decode(u[:OemToUnicode(u, b)]))
}
