package regf

// A list of subkeys is a leaf ("lh", "lf" or "li"), or a root ("ri") of leaves.
// Leaves and their entries are sorted by upper-case name. An entry is the cell
// of a key, in "lh" with a hash of the name, in "lf" with its first letters.

func leafEntry(b []byte) int {
	if is(b, "li") {
		return 4
	}
	return 8
}

func listCount(b []byte) int { return int(le.Uint16(b[2:])) }

// entry returns the cell of entry i of a list.
func entry(b []byte, i int) Cell {
	if is(b, "ri") {
		return Cell(le.Uint32(b[4+4*i:]))
	}
	return Cell(le.Uint32(b[4+leafEntry(b)*i:]))
}

// place is a position among a key's subkeys: entry i of a leaf, which is entry
// j of the root if there is one.
type place struct {
	root Cell
	j    int
	leaf Cell
	i    int
}

// firstAtLeast returns the first entry of a leaf whose name is not below, and
// whether it is the name.
func (h *Hive) firstAtLeast(leaf []byte, name []uint16) (int, bool) {
	lo, hi := 0, listCount(leaf)
	found := false
	for lo < hi {
		mid := (lo + hi) / 2
		c := h.compare(name, h.keyName(entry(leaf, mid)))
		if c == 0 {
			found = true
		}
		if c <= 0 {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo, found
}

// leafOf returns the leaf of a list in which a name is, if it is anywhere, and
// for a root its number in it.
func (h *Hive) leafOf(list Cell, name []uint16) (Cell, int) {
	b := h.cell(list)
	if !is(b, "ri") {
		return list, 0
	}
	// The last leaf whose first name is not above.
	lo, hi := 1, listCount(b)
	for lo < hi {
		mid := (lo + hi) / 2
		if h.compare(name, h.keyName(entry(h.cell(entry(b, mid)), 0))) < 0 {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return entry(b, lo-1), lo - 1
}

// lookup finds a name in a list, NoCell if it is not there. In a short leaf with
// hashes it looks at these.
func (h *Hive) lookup(list Cell, name []uint16) Cell {
	leaf, _ := h.leafOf(list, name)
	b := h.cell(leaf)
	if is(b, "lh") && listCount(b) <= 64 {
		x := h.hashName(name)
		for e := b[4 : 4+8*listCount(b)]; len(e) >= 8; e = e[8:] {
			if le.Uint32(e[4:]) == x && h.compare(name, h.keyName(Cell(le.Uint32(e)))) == 0 {
				return Cell(le.Uint32(e))
			}
		}
		return NoCell
	}
	if i, ok := h.firstAtLeast(b, name); ok {
		return entry(b, i)
	}
	return NoCell
}

// search finds a name in a list, or the place where it belongs. list must not
// be NoCell.
func (h *Hive) search(list Cell, name []uint16) (place, bool) {
	p := place{root: NoCell}
	if is(h.cell(list), "ri") {
		p.root = list
	}
	p.leaf, p.j = h.leafOf(list, name)
	var found bool
	p.i, found = h.firstAtLeast(h.cell(p.leaf), name)
	return p, found
}

// listAt returns entry number index of a whole list.
func (h *Hive) listAt(list Cell, index uint32) Cell {
	b := h.cell(list)
	if !is(b, "ri") {
		return entry(b, int(index))
	}
	for j := range listCount(b) {
		leaf := h.cell(entry(b, j))
		if n := uint32(listCount(leaf)); index >= n {
			index -= n
			continue
		}
		return entry(leaf, int(index))
	}
	return NoCell
}

// subkeyIterator goes through a key's subkeys in their order, in a step each. The
// lists must not change meanwhile.
type subkeyIterator struct {
	h        *Hive
	key      Cell
	volatile bool
	j, i     int // entry j of the root, if there is one, and i of the leaf
}

// next returns the next subkey, NoCell behind the last.
func (t *subkeyIterator) next() Cell {
	for {
		list := t.h.kids(t.key, t.volatile).list
		if list != NoCell {
			b := t.h.cell(list)
			if !is(b, "ri") {
				if t.i < listCount(b) {
					t.i++
					return entry(b, t.i-1)
				}
			} else {
				for ; t.j < listCount(b); t.j, t.i = t.j+1, 0 {
					if leaf := t.h.cell(entry(b, t.j)); t.i < listCount(leaf) {
						t.i++
						return entry(leaf, t.i-1)
					}
				}
			}
		}
		if t.volatile {
			return NoCell
		}
		t.volatile, t.j, t.i = true, 0, 0
	}
}
