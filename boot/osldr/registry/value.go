package registry

import "gont/cm/regf"

// maxValue is the most of a value's data that is looked at, in bytes.
const maxValue = 64 << 10

// data is a value's data, nil where there is none of one of the types.
func (s *System) data(key regf.Cell, name string, types ...uint32) ([]byte, bool) {
	if key == regf.NoCell {
		return nil, false
	}
	v, ok := s.Hive.Value(key, regf.Encode(name))
	if !ok {
		return nil, false
	}
	for _, t := range types {
		if v.Type == t && v.Size <= maxValue {
			b := make([]byte, v.Size)
			return b[:s.Hive.ReadData(b, v)], true
		}
	}
	return nil, false
}

// dword is a REG_DWORD.
func (s *System) dword(key regf.Cell, name string) (uint32, bool) {
	b, ok := s.data(key, name, regf.Dword)
	if !ok || len(b) != 4 {
		return 0, false
	}
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24, true
}

// text is a REG_SZ or REG_EXPAND_SZ, up to its first NUL.
func (s *System) text(key regf.Cell, name string) (string, bool) {
	b, ok := s.data(key, name, regf.String, regf.ExpandString)
	if !ok {
		return "", false
	}
	t, _ := cutText(units(b))
	return t, true
}

// texts is a REG_MULTI_SZ, up to its first empty string, or a REG_SZ.
func (s *System) texts(key regf.Cell, name string) (list []string) {
	b, ok := s.data(key, name, regf.MultiString, regf.String)
	if !ok {
		return nil
	}
	for u := units(b); len(u) > 0; {
		var t string
		if t, u = cutText(u); t == "" {
			break
		}
		list = append(list, t)
	}
	return list
}

func units(b []byte) []uint16 {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
	}
	return u
}

// cutText is what is before the first NUL, and what is behind it.
func cutText(u []uint16) (string, []uint16) {
	for i, c := range u {
		if c == 0 {
			return regf.Decode(u[:i]), u[i+1:]
		}
	}
	return regf.Decode(u), nil
}
