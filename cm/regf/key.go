package regf

// KeyInfo is what a key's node says. Lengths are in bytes, of names as UTF-16.
// The greatest lengths may be too big after deletions, as NT's are.
type KeyInfo struct {
	LastWrite                                     uint64
	Flags                                         uint16
	UserFlags                                     uint8 // 4 bits
	Subkeys, VolatileSubkeys, Values              uint32
	MaxName, MaxClass, MaxValueName, MaxValueData uint32
	NameLength, ClassLength                       int
}

// Key returns what is known of a key.
func (h *Hive) Key(key Cell) KeyInfo {
	nk := h.cell(key)
	i := KeyInfo{
		LastWrite:    le.Uint64(nk[nkTime:]),
		Flags:        le.Uint16(nk[nkFlags:]),
		UserFlags:    nk[nkUser] >> 4,
		Values:       h.valueCount(key),
		MaxName:      uint32(le.Uint16(nk[nkMaxName:])),
		MaxClass:     le.Uint32(nk[nkMaxClass:]),
		MaxValueName: le.Uint32(nk[nkMaxValueName:]),
		MaxValueData: le.Uint32(nk[nkMaxData:]),
		NameLength:   2 * h.keyName(key).len(),
		ClassLength:  int(le.Uint16(nk[nkClassLen:])),
	}
	if !key.Volatile() {
		i.Subkeys = h.kids(key, false).count
	}
	i.VolatileSubkeys = h.kids(key, true).count
	return i
}

func (h *Hive) keyName(key Cell) rawName {
	nk := h.cell(key)
	return rawName{nk[nkName : nkName+int(le.Uint16(nk[nkNameLen:]))], le.Uint16(nk[nkFlags:])&FlagCompName == 0}
}

// AppendName appends a key's name to u.
func (h *Hive) AppendName(u []uint16, key Cell) []uint16 { return h.keyName(key).append(u) }

// Name is a key's name as a string.
func (h *Hive) Name(key Cell) string { return h.keyName(key).String() }

// AppendClass appends the name of a key's class to u.
func (h *Hive) AppendClass(u []uint16, key Cell) []uint16 {
	nk := h.cell(key)
	n := int(le.Uint16(nk[nkClassLen:])) &^ 1
	if n == 0 {
		return u
	}
	return rawName{h.cell(Cell(le.Uint32(nk[nkClass:])))[:n], true}.append(u)
}

// Parent returns the key above, NoCell for the root.
func (h *Hive) Parent(key Cell) Cell {
	if key == h.root {
		return NoCell
	}
	return Cell(le.Uint32(h.cell(key)[nkParent:]))
}

// Depth is the number of keys above a key.
func (h *Hive) Depth(key Cell) int {
	n := 0
	for key != h.root {
		key = h.Parent(key)
		n++
	}
	return n
}

// Find returns the subkey with a name, NoCell if there is none.
func (h *Hive) Find(parent Cell, name []uint16) Cell {
	for _, volatile := range [2]bool{false, true} {
		if k := h.kids(parent, volatile); k.list != NoCell {
			if key := h.lookup(k.list, name); key != NoCell {
				return key
			}
		}
	}
	return NoCell
}

// Open returns the key at a path of names separated by backslashes, NoCell if
// there is none. Empty names are skipped. Symbolic links are not followed.
func (h *Hive) Open(from Cell, path string) Cell {
	rest := Encode(path)
	for len(rest) > 0 && from != NoCell {
		var name []uint16
		if name, rest = cutName(rest); len(name) > 0 {
			from = h.Find(from, name)
		}
	}
	return from
}

// cutName returns what is before the first backslash and what is behind it.
func cutName(path []uint16) (name, rest []uint16) {
	for i, c := range path {
		if c == '\\' {
			return path[:i], path[i+1:]
		}
	}
	return path, nil
}

// Subkey returns a key's subkey number index, NoCell behind the last: first the
// stable ones in the order of their upper-case names, then the volatile ones.
func (h *Hive) Subkey(key Cell, index uint32) Cell {
	for _, volatile := range [2]bool{false, true} {
		k := h.kids(key, volatile)
		if index < k.count && k.list != NoCell {
			return h.listAt(k.list, index)
		}
		index -= k.count
	}
	return NoCell
}

// VirtFlags is the byte of virtualization flags: 2 do not virtualize, 4 do not
// fail silently, 8 for new subkeys, too.
func (h *Hive) VirtFlags(key Cell) uint8 { return h.cell(key)[nkUser] & 0x0f }
