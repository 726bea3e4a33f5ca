package regf

// putEntry writes entry i of a leaf.
func (h *Hive) putEntry(leaf []byte, i int, key Cell) {
	n := leafEntry(leaf)
	b := leaf[4+n*i:]
	le.PutUint32(b, uint32(key))
	switch sig(leaf) {
	case "lh":
		le.PutUint32(b[4:], h.hash(h.keyName(key)))
	case "lf":
		le.PutUint32(b[4:], hint(h.keyName(key)))
	}
}

// newList makes an empty list with room for n entries.
func (h *Hive) newList(s *store, kind string, n int) (Cell, error) {
	size := 8
	if kind == "ri" || kind == "li" {
		size = 4
	}
	c, err := s.alloc(4 + size*n)
	if err != nil {
		return NoCell, err
	}
	copy(h.cell(c), kind)
	return c, nil
}

// insert puts a key, which has its name already, into its parent's list. The
// list lies in the store that the key lies in.
func (h *Hive) insert(parent, key Cell) error {
	k := h.kids(parent, key.Volatile())
	s := h.storeOf(key)
	if k.list == NoCell {
		leaf, err := h.newList(s, "lh", 1)
		if err != nil {
			return err
		}
		h.putEntry(h.cell(leaf), 0, key)
		le.PutUint16(h.cell(leaf)[2:], 1)
		h.setKids(parent, key.Volatile(), kids{leaf, 1})
		return nil
	}
	p, _ := h.search(k.list, h.keyName(key).append(nil))
	if listCount(h.cell(p.leaf)) >= maxLeaf {
		var err error
		if p, err = h.split(&k, p, s); err != nil {
			return err
		}
	}
	leaf := h.cell(p.leaf)
	n, size := listCount(leaf), leafEntry(leaf)
	if len(leaf) < 4+size*(n+1) {
		c, err := s.resize(p.leaf, 4+size*max(n+1, min(n+1+n/4, maxLeaf)))
		if err != nil {
			return err
		}
		if p.root != NoCell {
			le.PutUint32(h.write(p.root)[4+4*p.j:], uint32(c))
		} else {
			k.list = c
		}
		p.leaf = c
	}
	leaf = h.write(p.leaf)
	copy(leaf[4+size*(p.i+1):4+size*(n+1)], leaf[4+size*p.i:])
	h.putEntry(leaf, p.i, key)
	le.PutUint16(leaf[2:], uint16(n+1))
	k.count++
	h.setKids(parent, key.Volatile(), k)
	return nil
}

// split makes two leaves of a full one and returns where p has gone. It writes
// to the key only through k. When it fails, nothing has changed.
func (h *Hive) split(k *kids, p place, s *store) (place, error) {
	kind, count := sig(h.cell(p.leaf)), listCount(h.cell(p.leaf))
	upper, err := h.newList(s, kind, max(maxLeaf, count-count/2+1))
	if err != nil {
		return p, err
	}
	if p.root == NoCell {
		root, err := h.newList(s, "ri", 8)
		if err != nil {
			h.free(upper)
			return p, err
		}
		b := h.cell(root)
		le.PutUint16(b[2:], 1)
		le.PutUint32(b[4:], uint32(p.leaf))
		p.root, p.j = root, 0
		k.list = root
	} else {
		n := listCount(h.cell(p.root))
		if n == maxRoot {
			h.free(upper)
			return p, ErrFull
		}
		if len(h.cell(p.root)) < 4+4*(n+1) {
			root, err := s.resize(p.root, 4+4*min(n+1+n/4, maxRoot))
			if err != nil {
				h.free(upper)
				return p, err
			}
			p.root, k.list = root, root
		}
	}
	b := h.write(p.root)
	n := listCount(b)
	copy(b[4+4*(p.j+2):4+4*(n+1)], b[4+4*(p.j+1):])
	le.PutUint32(b[4+4*(p.j+1):], uint32(upper))
	le.PutUint16(b[2:], uint16(n+1))

	leaf, up := h.write(p.leaf), h.cell(upper)
	size := leafEntry(leaf)
	half := count / 2
	copy(up[4:], leaf[4+size*half:4+size*count])
	le.PutUint16(up[2:], uint16(count-half))
	le.PutUint16(leaf[2:], uint16(half))
	if p.i > half {
		p.leaf, p.j, p.i = upper, p.j+1, p.i-half
	}
	return p, nil
}

// remove takes the key at a place out of its parent's list.
func (h *Hive) remove(parent Cell, volatile bool, p place) {
	k := h.kids(parent, volatile)
	leaf := h.write(p.leaf)
	n, size := listCount(leaf), leafEntry(leaf)
	copy(leaf[4+size*p.i:], leaf[4+size*(p.i+1):4+size*n])
	clear(leaf[4+size*(n-1) : 4+size*n])
	le.PutUint16(leaf[2:], uint16(n-1))
	k.count--
	if n == 1 {
		h.free(p.leaf)
		if p.root == NoCell {
			k.list = NoCell
		} else {
			root := h.write(p.root)
			n := listCount(root)
			copy(root[4+4*p.j:], root[4+4*(p.j+1):4+4*n])
			le.PutUint16(root[2:], uint16(n-1))
			if n == 1 {
				h.free(p.root)
				k.list = NoCell
			}
		}
	}
	h.setKids(parent, volatile, k)
}

// build makes the list of keys that are sorted by name and returns its cell.
func (h *Hive) build(s *store, keys []Cell) (list Cell, err error) {
	if len(keys) == 0 {
		return NoCell, nil
	}
	leaf := func(keys []Cell) (Cell, error) {
		c, err := h.newList(s, "lh", len(keys))
		if err != nil {
			return NoCell, err
		}
		b := h.cell(c)
		for i, k := range keys {
			h.putEntry(b, i, k)
		}
		le.PutUint16(b[2:], uint16(len(keys)))
		return c, nil
	}
	if len(keys) <= maxLeaf {
		return leaf(keys)
	}
	n := (len(keys) + maxLeaf - 1) / maxLeaf
	if n > maxRoot {
		return NoCell, ErrFull
	}
	root, err := h.newList(s, "ri", n)
	if err != nil {
		return NoCell, err
	}
	for i := range n {
		// As equal as can be: none is empty.
		c, err := leaf(keys[len(keys)*i/n : len(keys)*(i+1)/n])
		if err != nil {
			h.freeList(root)
			return NoCell, err
		}
		b := h.cell(root)
		le.PutUint32(b[4+4*i:], uint32(c))
		le.PutUint16(b[2:], uint16(i+1))
	}
	return root, nil
}

// freeList frees a list that is sound.
func (h *Hive) freeList(list Cell) {
	if list == NoCell {
		return
	}
	if b := h.cell(list); sig(b) == "ri" {
		for i := range listCount(b) {
			h.free(entry(b, i))
		}
	}
	h.free(list)
}
