package regf

// The data of a value are in the value's own cell (up to 4 bytes), in a cell of
// their own (up to 16344 bytes), or big: a "db" cell names a cell with a list of
// cells with 16344 bytes each, the last with what is left. Before version 1.4
// there were no big data, and one cell held any size.

// MaxData is the size of the biggest value: 65535 segments.
const MaxData = 0xffff * maxSegment

// isBig reports whether the data of size bytes at a cell are big. A cell that
// has room for all of them is no "db" cell.
func (h *Hive) isBig(size uint32, c Cell) bool {
	return size > maxSegment && uint32(len(h.cell(c))) < size
}

// segment returns the cell with segment number i of big data.
func (h *Hive) segment(db Cell, i int) Cell {
	list := h.cell(Cell(le.Uint32(h.cell(db)[4:])))
	return Cell(le.Uint32(list[4*i:]))
}

// AppendData appends a value's data to b.
func (h *Hive) AppendData(b []byte, v Value) []byte {
	h.data(v.Cell, func(p []byte) { b = append(b, p...) })
	return b
}

// ReadData copies a value's data to b and returns how many bytes it has copied.
func (h *Hive) ReadData(b []byte, v Value) int {
	vk := h.cell(v.Cell)
	size, c := le.Uint32(vk[vkSize:]), Cell(le.Uint32(vk[vkData:]))
	switch {
	case size&vkInline != 0:
		return copy(b, vk[vkData:][:size&^vkInline])
	case size > 0 && size <= maxSegment:
		return copy(b, h.cell(c)[:size])
	}
	n := 0
	h.data(v.Cell, func(p []byte) { n += copy(b[n:], p) })
	return n
}

// data calls f with a value's data, piece by piece.
func (h *Hive) data(v Cell, f func([]byte)) {
	vk := h.cell(v)
	size, c := le.Uint32(vk[vkSize:]), Cell(le.Uint32(vk[vkData:]))
	switch {
	case size&vkInline != 0:
		f(vk[vkData:][:size&^vkInline])
	case size == 0:
	case h.isBig(size, c):
		for i := 0; size > 0; i++ {
			n := min(size, maxSegment)
			f(h.cell(h.segment(c, i))[:n])
			size -= n
		}
	default:
		f(h.cell(c)[:size])
	}
}

// putData makes cells with data and returns what belongs into the value's
// fields of size and data.
func (h *Hive) putData(s *store, data []byte) (size, field uint32, err error) {
	n := len(data)
	switch {
	case n > MaxData:
		return 0, 0, ErrTooBig
	case n == 0:
		return vkInline, 0, nil
	case n <= 4:
		var b [4]byte
		copy(b[:], data)
		return uint32(n) | vkInline, le.Uint32(b[:]), nil
	case n <= maxSegment:
		c, err := s.alloc(n)
		if err != nil {
			return 0, 0, err
		}
		copy(h.cell(c), data)
		return uint32(n), uint32(c), nil
	}
	c, err := h.putBig(s, data)
	return uint32(n), uint32(c), err
}

func (h *Hive) putBig(s *store, data []byte) (Cell, error) {
	n := (len(data) + maxSegment - 1) / maxSegment
	db, err := s.alloc(8)
	if err != nil {
		return NoCell, err
	}
	list, err := s.alloc(4 * n)
	if err != nil {
		h.free(db)
		return NoCell, err
	}
	for i := range n {
		part := data[i*maxSegment : min((i+1)*maxSegment, len(data))]
		c, err := s.alloc(len(part) + 4) // hivex reads 4 bytes less than a segment has
		if err != nil {
			for j := range i {
				h.free(Cell(le.Uint32(h.cell(list)[4*j:])))
			}
			h.free(list)
			h.free(db)
			return NoCell, err
		}
		copy(h.cell(c), part)
		le.PutUint32(h.cell(list)[4*i:], uint32(c))
	}
	b := h.cell(db)
	copy(b, "db")
	le.PutUint16(b[2:], uint16(n))
	le.PutUint32(b[4:], uint32(list))
	return db, nil
}

// freeData frees the cells of a value's data.
func (h *Hive) freeData(v Cell) {
	vk := h.cell(v)
	h.dropData(le.Uint32(vk[vkSize:]), Cell(le.Uint32(vk[vkData:])))
}

// dropData frees the cells of data whose value has these fields.
func (h *Hive) dropData(size uint32, c Cell) {
	if size&vkInline != 0 || size == 0 {
		return
	}
	if h.isBig(size, c) {
		n := int(le.Uint16(h.cell(c)[2:]))
		list := Cell(le.Uint32(h.cell(c)[4:]))
		for i := range n {
			h.free(h.segment(c, i))
		}
		h.free(list)
	}
	h.free(c)
}

// upgrade makes the hive one of version 1.5 before it is changed: values of over
// 16344 bytes in one cell, as version 1.3 has them, become big data.
func (h *Hive) upgrade() error {
	if h.bigSingles {
		if err := h.splitSingles(); err != nil {
			return err
		}
		h.bigSingles = false
	}
	if le.Uint32(h.base[baseMinor:]) < 5 {
		le.PutUint32(h.base[baseMinor:], 5)
	}
	return nil
}

// splitSingles makes big data of all that are not and should be. It may stop
// in the middle: what is done is sound.
func (h *Hive) splitSingles() error {
	return h.Walk(h.root, func(key Cell, _ int) error {
		for i := uint32(0); ; i++ {
			v, ok := h.ValueAt(key, i)
			if !ok {
				return nil
			}
			vk := h.cell(v.Cell)
			size, c := le.Uint32(vk[vkSize:]), Cell(le.Uint32(vk[vkData:]))
			if size&vkInline != 0 || size <= maxSegment || h.isBig(size, c) {
				continue
			}
			size, to, err := h.putData(h.storeOf(v.Cell), h.cell(c)[:size])
			if err != nil {
				return err
			}
			h.free(c)
			h.setData(v.Cell, v.Type, size, to)
		}
	})
}

// Walk calls f for a key and all below it, parents first, with the number of
// levels below top, until f returns an error. f must not change keys.
func (h *Hive) Walk(top Cell, f func(key Cell, level int) error) error {
	stack := append(make([]subkeyIterator, 0, 32), subkeyIterator{h: h, key: top})
	if err := f(top, 0); err != nil {
		return err
	}
	for len(stack) > 0 {
		sub := stack[len(stack)-1].next()
		if sub == NoCell {
			stack = stack[:len(stack)-1]
			continue
		}
		if err := f(sub, len(stack)); err != nil {
			return err
		}
		stack = append(stack, subkeyIterator{h: h, key: sub})
	}
	return nil
}
