package fsrtl

import (
	"strings"

	"gont/nt"
)

// The wildcards of an expression. The last three are what a Win32 program's "*.", "?" and
// "." become: they know where a name's extension begins.
const (
	wildStar  = '*'
	wildQM    = '?'
	dosStar   = '<' // any characters up to the last dot
	dosQM     = '>' // one character, or none before a dot or at the end
	dosDot    = '"' // a dot, or the name's end
	longest83 = 8
)

// DoesNameContainWildCards is FsRtlDoesNameContainWildCards.
func DoesNameContainWildCards(name string) bool { return strings.ContainsAny(name, `*?<>"`) }

// DissectName is FsRtlDissectName: a path's first part, and the rest without the
// backslash between.
func DissectName(path string) (first, rest string) {
	path = strings.TrimPrefix(path, `\`)
	first, rest, _ = strings.Cut(path, `\`)
	return first, rest
}

// AreNamesEqual is FsRtlAreNamesEqual.
func AreNamesEqual(a, b string, ignoreCase bool) bool {
	if ignoreCase {
		a, b = strings.ToUpper(a), strings.ToUpper(b)
	}
	return a == b
}

// IsNameInExpression is FsRtlIsNameInExpression: whether a name without wildcards is one
// that the expression stands for. Its time is the product of the lengths.
func IsNameInExpression(expression, name string, ignoreCase bool) bool {
	if ignoreCase {
		expression, name = strings.ToUpper(expression), strings.ToUpper(name)
	}
	n := []rune(name)
	lastDot := -1
	for i, c := range n {
		if c == '.' {
			lastDot = i
		}
	}
	// at[j]: the expression up to i stands for the name up to j.
	at, next := make([]bool, len(n)+1), make([]bool, len(n)+1)
	at[0] = true
	for _, c := range expression {
		clear(next)
		for j := range at {
			switch {
			case c == wildStar:
				next[j] = at[j] || j > 0 && next[j-1]
			case c == dosStar: // it goes over every dot but the last
				next[j] = at[j] || j > 0 && next[j-1] && j-1 != lastDot
			case c == dosQM:
				// One character that is no dot, or none where a dot or the end is next.
				next[j] = at[j] && (j == len(n) || n[j] == '.') || j > 0 && at[j-1] && n[j-1] != '.'
			case c == dosDot:
				next[j] = at[j] && j == len(n) || j > 0 && at[j-1] && n[j-1] == '.'
			case c == wildQM:
				next[j] = j > 0 && at[j-1]
			default:
				next[j] = j > 0 && at[j-1] && n[j-1] == c
			}
		}
		at, next = next, at
	}
	return at[len(n)]
}

// plain are the ASCII characters that a long name may have.
var plain = func() (is [256]bool) {
	for c := ' '; c < 0x80; c++ {
		is[c] = !strings.ContainsRune(`"*/:<>?\|`, c)
	}
	return is
}()

// CheckName says whether a component of a long name on FAT is allowed
// (STATUS_OBJECT_NAME_INVALID): 1 to 255 UTF-16 units, no control characters, none of
// "*/:<>?\| and no dot or blank at the end.
func CheckName(name string) nt.Status {
	units := 0
	for units < len(name) && plain[name[units]] {
		units++
	}
	for _, c := range name[units:] {
		if c < 0x80 && !plain[c] {
			return nt.StatusObjectNameInvalid
		}
		if units++; c > 0xFFFF {
			units++
		}
	}
	if units == 0 || units > 255 {
		return nt.StatusObjectNameInvalid
	}
	if last := name[len(name)-1]; last == '.' || last == ' ' {
		return nt.StatusObjectNameInvalid
	}
	return nt.StatusSuccess
}

// IsFatDbcsLegal is FsRtlIsFatDbcsLegal without wildcards: whether a name is an 8.3 name:
// up to eight characters, and up to three behind one dot, none of
// ("*+,/:;<=>?[\]| and blank).
func IsFatDbcsLegal(name string) bool {
	base, extension, dot := strings.Cut(name, ".")
	if base == "" || len(base) > longest83 || dot && (extension == "" || len(extension) > 3) {
		return false
	}
	for i := 0; i < len(name); i++ {
		if c := name[i]; c <= ' ' || strings.IndexByte(`"*+,/:;<=>?[\]|`, c) >= 0 || c == '.' && i != len(base) {
			return false
		}
	}
	return true
}
