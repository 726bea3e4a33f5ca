package nls

import (
	"fmt"
	"unicode"
)

// CaseTable has the differences between the cases, in two tables of three steps each: by
// the high byte of a character, its third, and its last hexadecimal digit.
type CaseTable struct {
	all          words
	upper, lower words
}

// ParseCaseTable reads a file of case tables (l_intl.nls), which it keeps. No character
// leads outside of it.
func ParseCaseTable(b []byte) (*CaseTable, error) {
	w := words(b)
	if w.len() < 2 {
		return nil, fmt.Errorf("case table: it has no header")
	}
	lower := int(w.at(1)) + 2
	if lower > w.len() {
		return nil, fmt.Errorf("case table: the lower case lies outside of it")
	}
	t := &CaseTable{all: w, upper: w[2*2 : 2*lower], lower: w[2*lower:]}
	for _, k := range []struct {
		name string
		w    words
	}{{"upper", t.upper}, {"lower", t.lower}} {
		for high := range 256 {
			if high >= k.w.len() || int(k.w.at(high))+16 > k.w.len() {
				return nil, fmt.Errorf("case table: %s case of %02Xxx lies outside of it", k.name, high)
			}
			for third := range 16 {
				if int(k.w.at(int(k.w.at(high))+third))+16 > k.w.len() {
					return nil, fmt.Errorf("case table: %s case of %02X%Xx lies outside of it", k.name, high, third)
				}
			}
		}
	}
	return t, nil
}

// Bytes is the file.
func (t *CaseTable) Bytes() []byte { return t.all }

func (w words) mapped(c uint16) uint16 {
	return c + w.at(int(w.at(int(w.at(int(c>>8)))+int(c>>4&15)))+int(c&15))
}

// builtInUpper and builtInLower stand for a table that is missing. A character has another
// case where that is one of the first 65536, and leads back; as the registry sorts its
// names (cm/regf), of which the table's rule is to be no other.
func builtInUpper(c uint16) uint16 {
	r := unicode.ToUpper(rune(c))
	if r > 0xFFFF || unicode.ToLower(r) != rune(c) && c != 0x3C2 {
		return c
	}
	return uint16(r)
}

func builtInLower(c uint16) uint16 {
	r := unicode.ToLower(rune(c))
	if r > 0xFFFF || unicode.ToUpper(r) != rune(c) {
		return c
	}
	return uint16(r)
}
