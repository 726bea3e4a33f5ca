package cm

import (
	"encoding/binary"

	"gont/cm/regf"
)

// Value is a value: its type (regf.String...) and data. The data are the caller's.
type Value struct {
	Type uint32
	Data []byte
}

// Text returns a REG_SZ, REG_EXPAND_SZ or REG_LINK, up to its first zero; false for
// other types.
func (v Value) Text() (string, bool) {
	if v.Type != regf.String && v.Type != regf.ExpandString && v.Type != regf.Link {
		return "", false
	}
	u := units(v.Data)
	for i, c := range u {
		if c == 0 {
			u = u[:i]
			break
		}
	}
	return regf.Decode(u), true
}

// Uint32 returns a REG_DWORD or REG_DWORD_BIG_ENDIAN; false for other types, and for
// data that are not four bytes.
func (v Value) Uint32() (uint32, bool) {
	switch {
	case len(v.Data) != 4:
		return 0, false
	case v.Type == regf.Dword:
		return binary.LittleEndian.Uint32(v.Data), true
	case v.Type == regf.DwordBigEndian:
		return binary.BigEndian.Uint32(v.Data), true
	}
	return 0, false
}

// Uint64 returns a REG_QWORD; false for other types, and for data that are not eight
// bytes.
func (v Value) Uint64() (uint64, bool) {
	if v.Type != regf.Qword || len(v.Data) != 8 {
		return 0, false
	}
	return binary.LittleEndian.Uint64(v.Data), true
}

// MultiText returns the strings of a REG_MULTI_SZ, or a REG_SZ as the only one; false for
// other types. The list ends at the first empty string.
func (v Value) MultiText() ([]string, bool) {
	if s, ok := v.Text(); ok && v.Type != regf.Link {
		return []string{s}, true
	}
	if v.Type != regf.MultiString {
		return nil, false
	}
	list := []string{}
	u := units(v.Data)
	for len(u) > 0 {
		n := 0
		for n < len(u) && u[n] != 0 {
			n++
		}
		if n == 0 {
			break
		}
		list = append(list, regf.Decode(u[:n]))
		u = u[min(n+1, len(u)):]
	}
	return list, true
}

// TextData is the data of a REG_SZ: UTF-16 with a zero behind it.
func TextData(s string) []byte { return bytes(append(regf.Encode(s), 0)) }

// MultiTextData is the data of a REG_MULTI_SZ.
func MultiTextData(list []string) []byte {
	var u []uint16
	for _, s := range list {
		u = append(append(u, regf.Encode(s)...), 0)
	}
	return bytes(append(u, 0))
}

// Uint32Data is the data of a REG_DWORD.
func Uint32Data(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }

func units(b []byte) []uint16 {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return u
}

func bytes(u []uint16) []byte {
	b := make([]byte, 2*len(u))
	for i, c := range u {
		binary.LittleEndian.PutUint16(b[2*i:], c)
	}
	return b
}
