package shell

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// Types of a registry value, in the order of their numbers.
var regTypes = []string{"REG_NONE", "REG_SZ", "REG_EXPAND_SZ", "REG_BINARY", "REG_DWORD", "REG_DWORD_BIG_ENDIAN", "REG_LINK",
	"REG_MULTI_SZ", "REG_RESOURCE_LIST", "REG_FULL_RESOURCE_DESCRIPTOR", "REG_RESOURCE_REQUIREMENTS_LIST", "REG_QWORD"}

const (
	regNone = iota
	regSz
	regExpandSz
	regBinary
	regDword
	regDwordBigEndian
	regLink
	regMultiSz
	regResourceList
	regFullResourceDescriptor
	regResourceRequirementsList
	regQword
)

func regTypeName(t uint32) string {
	if int(t) < len(regTypes) {
		return regTypes[t]
	}
	return fmt.Sprintf("REG_%#x", t)
}

// regTypeOf is regTypeName's inverse for names in any case.
func regTypeOf(name string) (uint32, bool) {
	for i, n := range regTypes {
		if strings.EqualFold(n, name) {
			return uint32(i), true
		}
	}
	return 0, false
}

// regData makes a value's bytes of text as reg.exe does. Strings of a REG_MULTI_SZ
// are separated by separator.
func regData(typ uint32, text, separator string) ([]byte, error) {
	switch typ {
	case regSz, regExpandSz:
		return utf16Bytes(text + "\x00"), nil
	case regMultiSz:
		if text == "" {
			return utf16Bytes("\x00"), nil
		}
		list := strings.Split(strings.TrimSuffix(text, separator), separator)
		for _, s := range list {
			if s == "" {
				return nil, wrong("an empty string ends a list, so it cannot be in one")
			}
		}
		return utf16Bytes(strings.Join(list, "\x00") + "\x00\x00"), nil
	case regDword, regDwordBigEndian:
		n, ok := number(text, 32)
		if !ok {
			return nil, wrong("%q is no number of 32 bits", text)
		}
		if typ == regDwordBigEndian {
			return binary.BigEndian.AppendUint32(nil, uint32(n)), nil
		}
		return binary.LittleEndian.AppendUint32(nil, uint32(n)), nil
	case regQword:
		n, ok := number(text, 64)
		if !ok {
			return nil, wrong("%q is no number of 64 bits", text)
		}
		return binary.LittleEndian.AppendUint64(nil, n), nil
	case regBinary, regNone:
		if len(text)%2 != 0 {
			return nil, wrong("%q is not two hexadecimal digits for each byte", text)
		}
		b := make([]byte, 0, len(text)/2)
		for i := 0; i < len(text); i += 2 {
			n, ok := number("0x"+text[i:i+2], 8)
			if !ok {
				return nil, wrong("%q is not two hexadecimal digits for each byte", text)
			}
			b = append(b, byte(n))
		}
		return b, nil
	}
	return nil, wrong("reg does not make data of type %s", regTypeName(typ))
}

// regText shows a value's data; data that does not fit its type is shown as bytes.
func regText(typ uint32, b []byte) string {
	switch typ {
	case regSz, regExpandSz, regLink:
		if len(b)%2 == 0 {
			text, _, _ := strings.Cut(utf16Text(b), "\x00")
			return text
		}
	case regMultiSz:
		if len(b)%2 == 0 {
			return strings.Join(stringsOf(b), `\0`)
		}
	case regDword:
		if len(b) == 4 {
			return hex(uint64(binary.LittleEndian.Uint32(b)))
		}
	case regDwordBigEndian:
		if len(b) == 4 {
			return hex(uint64(binary.BigEndian.Uint32(b)))
		}
	case regQword:
		if len(b) == 8 {
			return hex(binary.LittleEndian.Uint64(b))
		}
	}
	return fmt.Sprintf("%X", b)
}

// stringsOf is the list in the data of a REG_MULTI_SZ: up to the empty string, or
// up to the end.
func stringsOf(b []byte) (list []string) {
	for text := utf16Text(b); text != ""; {
		s, rest, _ := strings.Cut(text, "\x00")
		if s == "" {
			break
		}
		list = append(list, s)
		text = rest
	}
	return list
}

func utf16Bytes(text string) []byte {
	var b []byte
	for _, c := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, c)
	}
	return b
}

func utf16Text(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u))
}
