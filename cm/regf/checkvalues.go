package regf

import "slices"

// values makes the cells of a key's values the key's, without their data. What
// is no value is taken out of the list, and so is the second of two with the
// same name.
func (c *checker) values(key Cell) {
	h := c.h
	nk := h.cell(key)
	n := int(le.Uint32(nk[nkValues:]))
	if n == 0 {
		return
	}
	x := Cell(le.Uint32(nk[nkValueList:]))
	if why := c.claim(x, 4); why != "" {
		c.r.add(key, "key %q has lost its %d values: the list %v: %s", h.keyName(key), n, x, why)
		c.setValues(key, NoCell, 0)
		return
	}
	if room := len(h.cell(x)) / 4; n > room {
		c.r.add(key, "key %q counts %d values, and its list has room for %d", h.keyName(key), n, room)
		n = room
	}
	n = c.keep(key, x, n, false, c.valueCell)
	n = c.sameNames(key, x, n)
	c.ended(key, x, n)
}

// contents looks at the data of a key's values.
func (c *checker) contents(key Cell) {
	h := c.h
	n := int(h.valueCount(key))
	if n == 0 {
		return
	}
	x := Cell(le.Uint32(h.cell(key)[nkValueList:]))
	n = c.keep(key, x, n, true, func(v Cell) string {
		claimed := c.claimed[:0]
		why := c.data(v, &claimed)
		if why != "" {
			c.give(claimed...)
		}
		c.claimed = claimed
		return why
	})
	var maxName, maxData uint32
	list := h.cell(x)
	for i := range n {
		v := Cell(le.Uint32(list[4*i:]))
		maxName = max(maxName, 2*uint32(h.valueName(v).len()))
		maxData = max(maxData, h.value(v).Size)
	}
	c.ended(key, x, n)
	if nk := h.cell(key); n > 0 && (maxName > le.Uint32(nk[nkMaxValueName:]) || maxData > le.Uint32(nk[nkMaxData:])) {
		c.r.add(key, "the greatest lengths of values of key %q are too small", h.keyName(key))
		nk = h.write(key)
		le.PutUint32(nk[nkMaxValueName:], max(maxName, le.Uint32(nk[nkMaxValueName:])))
		le.PutUint32(nk[nkMaxData:], max(maxData, le.Uint32(nk[nkMaxData:])))
	}
}

// keep leaves those of the first n values in a list for which look finds no
// fault, and returns how many. named says that all of them are values, which are
// freed when they go.
func (c *checker) keep(key, list Cell, n int, named bool, look func(Cell) string) int {
	h, kept := c.h, 0
	for i := range n {
		v := Cell(le.Uint32(h.cell(list)[4*i:]))
		if why := look(v); why != "" {
			name := ""
			if named {
				name = h.valueName(v).String()
				h.free(v)
			}
			c.r.add(key, "key %q has lost value number %d %q (%v): %s", h.keyName(key), i, name, v, why)
			continue
		}
		if kept != i {
			le.PutUint32(h.write(list)[4*kept:], uint32(v))
		}
		kept++
	}
	return kept
}

// ended writes how many values a list has now.
func (c *checker) ended(key, list Cell, n int) {
	if n == int(le.Uint32(c.h.cell(key)[nkValues:])) {
		return
	}
	if n == 0 {
		c.h.free(list)
		list = NoCell
	}
	c.setValues(key, list, n)
}

func (c *checker) setValues(key, list Cell, n int) {
	nk := c.h.write(key)
	le.PutUint32(nk[nkValues:], uint32(n))
	le.PutUint32(nk[nkValueList:], uint32(list))
}

// sameNames takes values out of a list of n whose name an earlier one has, and
// returns how many are left.
func (c *checker) sameNames(key, list Cell, n int) int {
	h := c.h
	if n < 2 {
		return n
	}
	b := h.cell(list)
	// Sorted by hash, then by place: equal names are neighbours, nearly.
	order := make([]uint64, n)
	for i := range n {
		order[i] = uint64(h.hash(h.valueName(Cell(le.Uint32(b[4*i:])))))<<32 | uint64(i)
	}
	slices.Sort(order)
	gone := false
	for i := 1; i < n; i++ {
		for j := i - 1; j >= 0 && order[j]>>32 == order[i]>>32 && j >= i-64; j-- {
			one, two := int(uint32(order[j])), int(uint32(order[i]))
			a, v := Cell(le.Uint32(b[4*one:])), Cell(le.Uint32(b[4*two:]))
			if a != NoCell && v != NoCell && h.compareRaw(h.valueName(a), h.valueName(v)) == 0 {
				c.r.add(key, "key %q has two values named %q; the second (%v) is gone", h.keyName(key), h.valueName(v), v)
				le.PutUint32(h.write(list)[4*two:], uint32(NoCell))
				h.free(v) // its data nobody has yet
				gone = true
				break
			}
		}
	}
	if !gone {
		return n
	}
	kept := 0
	for i := range n {
		if v := le.Uint32(b[4*i:]); v != uint32(NoCell) {
			le.PutUint32(b[4*kept:], v)
			kept++
		}
	}
	return kept
}

// valueCell makes a value's cell the key's, or says why it cannot be.
func (c *checker) valueCell(v Cell) string {
	if why := c.claim(v, vkName); why != "" {
		return why
	}
	vk := c.h.cell(v)
	if sig(vk) != "vk" {
		c.give(v)
		return "there is no value"
	}
	n := int(le.Uint16(vk[vkNameLen:]))
	if n > len(vk)-vkName || le.Uint16(vk[vkFlags:])&vkCompName == 0 && n%2 != 0 {
		c.h.free(v)
		return "the name has an impossible length"
	}
	return ""
}

// data makes the cells of a value's data the value's, notes them, or says why
// they cannot be.
func (c *checker) data(v Cell, claimed *[]Cell) string {
	vk := c.h.cell(v)
	size, x := le.Uint32(vk[vkSize:]), Cell(le.Uint32(vk[vkData:]))
	switch {
	case size&vkInline != 0:
		if size&^vkInline > 4 {
			return "it has more than 4 bytes in itself"
		}
	case size == 0:
	case size <= maxSegment:
		return c.note(claimed, "the data: ", x, int(size))
	default:
		return c.bigData(size, x, claimed)
	}
	return ""
}

// note is claim with a list of what was claimed.
func (c *checker) note(claimed *[]Cell, what string, x Cell, n int) string {
	if why := c.claim(x, n); why != "" {
		return what + why
	}
	*claimed = append(*claimed, x)
	return ""
}

// bigData makes the cells of more than 16344 bytes the value's.
func (c *checker) bigData(size uint32, x Cell, claimed *[]Cell) string {
	h := c.h
	if why := c.note(claimed, "the data: ", x, 8); why != "" {
		return why
	}
	b := h.cell(x)
	if !h.isBig(size, x) {
		// One cell with all of it: so version 1.3 has it.
		if le.Uint32(h.base[baseMinor:]) > 3 {
			c.r.add(x, "%d bytes of data in one cell", size)
		}
		c.big = true
		return ""
	}
	n := int((uint64(size) + maxSegment - 1) / maxSegment)
	if sig(b) != "db" {
		return "the data: the cell is too small"
	}
	if int(le.Uint16(b[2:])) != n {
		return "the big data have a wrong number of segments"
	}
	if why := c.note(claimed, "the list of segments: ", Cell(le.Uint32(b[4:])), 4*n); why != "" {
		return why
	}
	for i := range n {
		if why := c.note(claimed, "a segment: ", h.segment(x, i), int(min(size, maxSegment))); why != "" {
			return why
		}
		size -= min(size, maxSegment)
	}
	return ""
}
