package control

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"unicode/utf16"
)

// Types of registry values.
const (
	regSz       = 1
	regExpandSz = 2
	regBinary   = 3
	regDword    = 4
	regMultiSz  = 7
	regQword    = 11
)

// Source finds a value below Control; ok is false where it is absent. What it returns
// stays as it is until Read is done.
type Source func(key, name string) (typ uint32, data []byte, ok bool)

// Value is one setting as it is in force.
type Value struct {
	Number uint64   // of Number, Signed (int64)
	Text   string   // of Word, Text
	List   []string // of List
	Date   [16]byte // of Date
	// Given reports that the registry has the value, and that it was accepted.
	Given bool
}

// Vector has every setting, by ID.
type Vector struct {
	Values [len(Table)]Value
	// Problems has a sentence for every value that was not accepted.
	Problems []string
}

// Read reads all settings.
func Read(source Source) *Vector {
	v := &Vector{}
	for i := range Table {
		e := &Table[i]
		value := e.preset()
		if typ, data, ok := source(e.Key, e.Name); ok {
			if got, why := e.decode(typ, data); why == "" {
				value = got
				value.Given = true
			} else {
				v.Problems = append(v.Problems, "registry value Control\\"+e.Path()+" "+why+e.instead())
			}
		}
		v.Values[i] = value
	}
	return v
}

// Path is key and name.
func (e *Entry) Path() string { return e.Key + `\` + e.Name }

func (e *Entry) preset() (v Value) {
	v.Number = e.Default
	if e.Kind == Word {
		v.Text = e.Words[0]
	}
	return v
}

// Accepted says which values are accepted.
func (e *Entry) Accepted() string {
	switch e.Kind {
	case Number:
		s := fmt.Sprintf("%s to %s", number(e.Low), number(e.High))
		if e.Zero {
			s = "0, " + s
		}
		return s
	case Signed:
		return fmt.Sprintf("%d to %d", int64(e.Low), int64(e.High))
	case Word:
		return strings.Join(e.Words, ", ")
	case Date:
		return "TIME_FIELDS of 16 bytes"
	case List:
		return "a list of strings"
	}
	return "a string"
}

// number writes numbers that are masks or sizes as people read them.
func number(n uint64) string {
	switch {
	case n == 0xFFFF || n == 0xFFFFFFFF || n == 0x3F:
		return fmt.Sprintf("%#x", n)
	}
	return fmt.Sprint(n)
}

// PresetText is the default as the manual shows it.
func (e *Entry) PresetText() string {
	switch e.Kind {
	case Number:
		return number(e.Default)
	case Signed:
		return fmt.Sprint(int64(e.Default))
	case Word:
		return e.Words[0]
	}
	return "none"
}

func (e *Entry) instead() string {
	if e.Kind == Text || e.Kind == List || e.Kind == Date {
		return "; it is taken for absent"
	}
	return "; " + e.PresetText() + " is used"
}

// decode returns a value, or what is wrong with it.
func (e *Entry) decode(typ uint32, data []byte) (v Value, why string) {
	wrongType := func(want string) (Value, string) {
		return v, fmt.Sprintf("is of type %d with %d bytes, not %s", typ, len(data), want)
	}
	switch e.Kind {
	case Number, Signed:
		switch {
		case typ == regDword && len(data) == 4 && e.Kind == Signed:
			v.Number = uint64(int64(int32(binary.LittleEndian.Uint32(data))))
		case typ == regDword && len(data) == 4:
			v.Number = uint64(binary.LittleEndian.Uint32(data))
		case typ == regQword && len(data) == 8:
			v.Number = binary.LittleEndian.Uint64(data)
		default:
			return wrongType("a REG_DWORD")
		}
		if e.Kind == Signed {
			if n := int64(v.Number); n < int64(e.Low) || n > int64(e.High) {
				return v, fmt.Sprintf("is %d, which is not one of %s", n, e.Accepted())
			}
		} else if n := v.Number; (n < e.Low || n > e.High) && !(e.Zero && n == 0) {
			return v, fmt.Sprintf("is %d, which is not one of %s", n, e.Accepted())
		}
	case Word, Text:
		if typ != regSz && typ != regExpandSz || len(data)%2 != 0 || len(data) > math.MaxUint16 {
			return wrongType("a REG_SZ")
		}
		v.Text = text(data)
		if e.Kind == Word {
			for _, w := range e.Words {
				if strings.EqualFold(w, v.Text) {
					v.Text = w
					return v, ""
				}
			}
			return v, fmt.Sprintf("is %q, which is not one of %s", v.Text, e.Accepted())
		}
	case List:
		if typ != regMultiSz || len(data)%2 != 0 || len(data) > math.MaxUint16 {
			return wrongType("a REG_MULTI_SZ")
		}
		for len(data) >= 2 {
			s := text(data)
			if s == "" {
				break
			}
			v.List = append(v.List, s)
			data = data[min(len(data), len(utf16.Encode([]rune(s)))*2+2):]
		}
	case Date:
		if typ != regBinary || len(data) != len(v.Date) {
			return wrongType("a REG_BINARY of 16")
		}
		copy(v.Date[:], data)
	}
	return v, ""
}

// text reads UTF-16 up to a zero, or to the end.
func text(data []byte) string {
	var u []uint16
	for ; len(data) >= 2; data = data[2:] {
		c := binary.LittleEndian.Uint16(data)
		if c == 0 {
			break
		}
		u = append(u, c)
	}
	return string(utf16.Decode(u))
}

// Number returns a number's value.
func (v *Vector) Number(id ID) uint64 { return v.Values[id].Number }

// Signed returns a signed number's value.
func (v *Vector) Signed(id ID) int64 { return int64(v.Values[id].Number) }

// Flag reports whether a number is not 0.
func (v *Vector) Flag(id ID) bool { return v.Values[id].Number != 0 }

// Text returns a word or text.
func (v *Vector) Text(id ID) string { return v.Values[id].Text }

// String is a setting as people read it.
func (v *Vector) String(id ID) string {
	e, x := &Table[id], &v.Values[id]
	switch e.Kind {
	case Number:
		return number(x.Number)
	case Signed:
		return fmt.Sprint(int64(x.Number))
	case List:
		return strings.Join(x.List, ", ")
	case Date:
		return fmt.Sprintf("% x", x.Date)
	}
	return x.Text
}
