package regf

// Value is a value of a key: its cell, and what the cell says.
type Value struct {
	Cell Cell
	Type uint32
	Size uint32 // of the data, in bytes
}

// valueCount is the number of a key's values.
func (h *Hive) valueCount(key Cell) uint32 {
	nk := h.cell(key)
	if le.Uint16(nk[nkFlags:])&FlagPredef != 0 {
		return 0
	}
	return le.Uint32(nk[nkValues:])
}

func (h *Hive) valueName(v Cell) rawName {
	vk := h.cell(v)
	return rawName{vk[vkName : vkName+int(le.Uint16(vk[vkNameLen:]))], le.Uint16(vk[vkFlags:])&vkCompName == 0}
}

func (h *Hive) value(v Cell) Value {
	vk := h.cell(v)
	return Value{v, le.Uint32(vk[vkType:]), le.Uint32(vk[vkSize:]) &^ vkInline}
}

// findValue returns the index of a value, -1 if there is none.
func (h *Hive) findValue(key Cell, name []uint16) int {
	n := h.valueCount(key)
	if n == 0 {
		return -1
	}
	list := h.cell(Cell(le.Uint32(h.cell(key)[nkValueList:])))
	for i := range int(n) {
		if raw := h.valueName(Cell(le.Uint32(list[4*i:]))); raw.len() == len(name) && h.compare(name, raw) == 0 {
			return i
		}
	}
	return -1
}

// Value returns the value with a name; false if there is none. The empty name
// is the key's default value.
func (h *Hive) Value(key Cell, name []uint16) (Value, bool) {
	nk := h.cell(key)
	n := le.Uint32(nk[nkValues:])
	if n == 0 || le.Uint16(nk[nkFlags:])&FlagPredef != 0 {
		return Value{Cell: NoCell}, false
	}
	list := h.cell(Cell(le.Uint32(nk[nkValueList:])))
	for i := range n {
		c := Cell(le.Uint32(list[4*i:]))
		vk := h.cell(c)
		raw := rawName{vk[vkName : vkName+int(le.Uint16(vk[vkNameLen:]))], le.Uint16(vk[vkFlags:])&vkCompName == 0}
		if raw.len() == len(name) && h.compare(name, raw) == 0 {
			return Value{c, le.Uint32(vk[vkType:]), le.Uint32(vk[vkSize:]) &^ vkInline}, true
		}
	}
	return Value{Cell: NoCell}, false
}

// ValueAt returns a key's value number index, in the order in which they were
// set; false behind the last.
func (h *Hive) ValueAt(key Cell, index uint32) (Value, bool) {
	if index >= h.valueCount(key) {
		return Value{Cell: NoCell}, false
	}
	list := h.cell(Cell(le.Uint32(h.cell(key)[nkValueList:])))
	return h.value(Cell(le.Uint32(list[4*index:]))), true
}

// AppendValueName appends a value's name to u.
func (h *Hive) AppendValueName(u []uint16, v Value) []uint16 { return h.valueName(v.Cell).append(u) }

// ValueName is a value's name as a string.
func (h *Hive) ValueName(v Value) string { return h.valueName(v.Cell).String() }

// SetValue sets a value, which is made if it is not there. When it fails,
// nothing has changed.
func (h *Hive) SetValue(key Cell, name []uint16, typ uint32, data []byte, now uint64) error {
	if len(name) > MaxValueName {
		return ErrName
	}
	if err := h.upgrade(); err != nil {
		return err
	}
	var err error
	if i := h.findValue(key, name); i >= 0 {
		v, _ := h.ValueAt(key, uint32(i))
		err = h.replaceData(v.Cell, typ, data)
	} else {
		err = h.addValue(key, encodeName(name), typ, data)
	}
	if err != nil {
		return err
	}
	nk := h.write(key)
	if n := uint32(2 * len(name)); n > le.Uint32(nk[nkMaxValueName:]) {
		le.PutUint32(nk[nkMaxValueName:], n)
	}
	if n := uint32(len(data)); n > le.Uint32(nk[nkMaxData:]) {
		le.PutUint32(nk[nkMaxData:], n)
	}
	h.touch(key, now)
	return nil
}

// replaceData gives a value other data. Data that fit the old cell are written
// into it.
func (h *Hive) replaceData(v Cell, typ uint32, data []byte) error {
	vk := h.cell(v)
	size := le.Uint32(vk[vkSize:])
	if n := len(data); n > 4 && n <= maxSegment && size&vkInline == 0 && size > 4 && size <= maxSegment {
		if c := Cell(le.Uint32(vk[vkData:])); n <= len(h.cell(c)) {
			b := h.write(c)
			copy(b, data)
			clear(b[n:])
			h.setData(v, typ, uint32(n), uint32(c))
			return nil
		}
	}
	size, c, err := h.putData(h.storeOf(v), data)
	if err != nil {
		return err
	}
	h.freeData(v)
	h.setData(v, typ, size, c)
	return nil
}

func (h *Hive) setData(v Cell, typ, size, data uint32) {
	vk := h.write(v)
	le.PutUint32(vk[vkSize:], size)
	le.PutUint32(vk[vkData:], data)
	le.PutUint32(vk[vkType:], typ)
}

// addValue makes a value behind the others.
func (h *Hive) addValue(key Cell, name rawName, typ uint32, data []byte) error {
	s, n := h.storeOf(key), int(h.valueCount(key))
	size, c, err := h.putData(s, data)
	if err != nil {
		return err
	}
	v, err := s.alloc(vkName + len(name.b))
	if err != nil {
		h.dropData(size, Cell(c))
		return err
	}
	vk := h.cell(v)
	copy(vk, "vk")
	le.PutUint16(vk[vkNameLen:], uint16(len(name.b)))
	if !name.wide && len(name.b) > 0 {
		le.PutUint16(vk[vkFlags:], vkCompName)
	}
	copy(vk[vkName:], name.b)
	h.setData(v, typ, size, c)

	list := NoCell
	if n > 0 {
		list = Cell(le.Uint32(h.cell(key)[nkValueList:]))
		if len(h.cell(list)) < 4*(n+1) {
			list, err = s.resize(list, 4*(n+1+n/4))
		}
	} else {
		list, err = s.alloc(4)
	}
	if err != nil {
		h.dropData(size, Cell(c))
		h.free(v)
		return err
	}
	le.PutUint32(h.write(list)[4*n:], uint32(v))
	nk := h.write(key)
	le.PutUint16(nk[nkFlags:], le.Uint16(nk[nkFlags:])&^FlagPredef)
	le.PutUint32(nk[nkValueList:], uint32(list))
	le.PutUint32(nk[nkValues:], uint32(n+1))
	return nil
}

// DeleteValue deletes a value; ErrNotFound if there is none.
func (h *Hive) DeleteValue(key Cell, name []uint16, now uint64) error {
	i := h.findValue(key, name)
	if i < 0 {
		return ErrNotFound
	}
	if err := h.upgrade(); err != nil {
		return err
	}
	nk := h.write(key)
	n := int(le.Uint32(nk[nkValues:]))
	c := Cell(le.Uint32(nk[nkValueList:]))
	list := h.write(c)
	v := Cell(le.Uint32(list[4*i:]))
	h.freeData(v)
	h.free(v)
	copy(list[4*i:], list[4*(i+1):4*n])
	clear(list[4*(n-1) : 4*n])
	le.PutUint32(nk[nkValues:], uint32(n-1))
	if n == 1 {
		h.free(c)
		le.PutUint32(nk[nkValueList:], uint32(NoCell))
		le.PutUint32(nk[nkMaxValueName:], 0)
		le.PutUint32(nk[nkMaxData:], 0)
	}
	h.touch(key, now)
	return nil
}

// freeValues frees all values of a key.
func (h *Hive) freeValues(key Cell) {
	n := h.valueCount(key)
	if n == 0 {
		return
	}
	c := Cell(le.Uint32(h.cell(key)[nkValueList:]))
	list := h.cell(c)
	for i := range int(n) {
		v := Cell(le.Uint32(list[4*i:]))
		h.freeData(v)
		h.free(v)
	}
	h.free(c)
}
