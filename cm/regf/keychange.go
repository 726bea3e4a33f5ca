package regf

// KeyOptions say how a key is made.
type KeyOptions struct {
	Class    []uint16
	Security []byte // nil: the parent's
	Volatile bool
	Link     bool // a symbolic link; its value SymbolicLinkValue says where to
}

// Create makes a subkey. It fails with ErrExists if there is one of this name,
// and changes nothing when it fails.
func (h *Hive) Create(parent Cell, name []uint16, o KeyOptions, now uint64) (Cell, error) {
	if err := checkKeyName(name); err != nil {
		return NoCell, err
	}
	if parent.Volatile() && !o.Volatile {
		return NoCell, ErrNotVolatile
	}
	if h.Find(parent, name) != NoCell {
		return NoCell, ErrExists
	}
	if h.Depth(parent)+1 >= maxDepth {
		return NoCell, ErrTooDeep
	}
	if err := h.upgrade(); err != nil {
		return NoCell, err
	}
	s := &h.stable
	if o.Volatile {
		s = &h.vol
	}
	if o.Security == nil {
		o.Security = h.Security(parent)
	}
	key, err := h.newKey(s, parent, encodeName(name), o, now)
	if err != nil {
		return NoCell, err
	}
	if err := h.insert(parent, key); err != nil {
		h.freeKey(key)
		return NoCell, err
	}
	h.grown(parent, len(name), len(o.Class))
	h.touch(parent, now)
	return key, nil
}

// grown keeps a parent's greatest lengths; of name and class in UTF-16 units.
func (h *Hive) grown(parent Cell, name, class int) {
	nk := h.write(parent)
	if n := uint16(2 * name); n > le.Uint16(nk[nkMaxName:]) {
		le.PutUint16(nk[nkMaxName:], n)
	}
	if n := uint32(2 * class); n > le.Uint32(nk[nkMaxClass:]) {
		le.PutUint32(nk[nkMaxClass:], n)
	}
}

// newKey makes a key node that no list has yet.
func (h *Hive) newKey(s *store, parent Cell, name rawName, o KeyOptions, now uint64) (Cell, error) {
	if len(o.Class) > 0x7fff {
		return NoCell, ErrName
	}
	sk, err := h.share(s, o.Security)
	if err != nil {
		return NoCell, err
	}
	class := NoCell
	if len(o.Class) > 0 {
		if class, err = s.alloc(2 * len(o.Class)); err != nil {
			h.unshare(sk)
			return NoCell, err
		}
		b := h.cell(class)
		for i, c := range o.Class {
			le.PutUint16(b[2*i:], c)
		}
	}
	key, err := s.alloc(nkName + len(name.b))
	if err != nil {
		h.unshare(sk)
		h.free(class)
		return NoCell, err
	}
	nk := h.cell(key)
	copy(nk, "nk")
	flags := uint16(0)
	if !name.wide {
		flags |= FlagCompName
	}
	if s.bit != 0 {
		flags |= FlagVolatile
	}
	if o.Link {
		flags |= FlagSymLink
	}
	le.PutUint16(nk[nkFlags:], flags)
	le.PutUint64(nk[nkTime:], now)
	le.PutUint32(nk[nkParent:], uint32(parent))
	for _, field := range []int{nkList, nkVolatileList, nkValueList} {
		le.PutUint32(nk[field:], uint32(NoCell))
	}
	le.PutUint32(nk[nkSecurity:], uint32(sk))
	le.PutUint32(nk[nkClass:], uint32(class))
	le.PutUint16(nk[nkNameLen:], uint16(len(name.b)))
	le.PutUint16(nk[nkClassLen:], uint16(2*len(o.Class)))
	copy(nk[nkName:], name.b)
	return key, nil
}

// freeKey frees a key node without subkeys, with its values.
func (h *Hive) freeKey(key Cell) {
	h.freeValues(key)
	nk := h.cell(key)
	h.unshare(Cell(le.Uint32(nk[nkSecurity:])))
	if le.Uint16(nk[nkClassLen:]) > 0 {
		h.free(Cell(le.Uint32(nk[nkClass:])))
	}
	h.free(key)
}

// Delete deletes a key that has no subkeys. The root cannot be deleted.
func (h *Hive) Delete(key Cell, now uint64) error {
	if key == h.root || h.Key(key).Flags&FlagNoDelete != 0 {
		return ErrNoDelete
	}
	if h.kids(key, false).count+h.kids(key, true).count > 0 {
		return ErrHasSubkeys
	}
	if err := h.upgrade(); err != nil {
		return err
	}
	parent := h.Parent(key)
	p, _ := h.search(h.kids(parent, key.Volatile()).list, h.keyName(key).append(nil))
	h.remove(parent, key.Volatile(), p)
	h.freeKey(key)
	if nk := h.write(parent); h.kids(parent, false).count+h.kids(parent, true).count == 0 {
		le.PutUint16(nk[nkMaxName:], 0)
		le.PutUint32(nk[nkMaxClass:], 0)
	}
	h.touch(parent, now)
	return nil
}

// DeleteTree deletes a key with all below it. When it fails, a part is gone.
func (h *Hive) DeleteTree(key Cell, now uint64) error {
	top := key
	for {
		if sub := h.Subkey(key, 0); sub != NoCell {
			key = sub
			continue
		}
		parent := h.Parent(key)
		if err := h.Delete(key, now); err != nil {
			return err
		}
		if key == top {
			return nil
		}
		key = parent
	}
}

// Rename gives a key another name and returns its new cell: the old one is no
// more. When it fails, nothing has changed.
func (h *Hive) Rename(key Cell, name []uint16, now uint64) (Cell, error) {
	if err := checkKeyName(name); err != nil {
		return key, err
	}
	if key == h.root {
		return key, ErrNoDelete
	}
	parent := h.Parent(key)
	same := h.compare(name, h.keyName(key)) == 0
	if !same && h.Find(parent, name) != NoCell {
		return key, ErrExists
	}
	if err := h.upgrade(); err != nil {
		return key, err
	}
	to, err := h.renamed(key, name)
	if err != nil {
		return key, err
	}
	le.PutUint64(h.cell(to)[nkTime:], now)
	old := h.keyName(key).append(nil)
	if same {
		p, _ := h.search(h.kids(parent, key.Volatile()).list, old)
		h.putEntry(h.write(p.leaf), p.i, to)
	} else {
		if err := h.insert(parent, to); err != nil {
			h.free(to)
			return key, err
		}
		p, _ := h.search(h.kids(parent, key.Volatile()).list, old)
		h.remove(parent, key.Volatile(), p)
	}
	h.moved(key, to)
	h.free(key)
	h.grown(parent, len(name), 0)
	h.touch(parent, now)
	return to, nil
}

// renamed makes a copy of a key's node with another name.
func (h *Hive) renamed(key Cell, name []uint16) (Cell, error) {
	raw := encodeName(name)
	to, err := h.storeOf(key).alloc(nkName + len(raw.b))
	if err != nil {
		return NoCell, err
	}
	nk := h.cell(to)
	copy(nk, h.cell(key)[:nkName])
	flags := le.Uint16(nk[nkFlags:]) &^ FlagCompName
	if !raw.wide {
		flags |= FlagCompName
	}
	le.PutUint16(nk[nkFlags:], flags)
	le.PutUint16(nk[nkNameLen:], uint16(len(raw.b)))
	copy(nk[nkName:], raw.b)
	return to, nil
}

// moved tells a key's subkeys that the key has a new cell.
func (h *Hive) moved(from, to Cell) {
	for t := (subkeyIterator{h: h, key: from}); ; {
		sub := t.next()
		if sub == NoCell {
			break
		}
		le.PutUint32(h.write(sub)[nkParent:], uint32(to))
	}
	if k, ok := h.volKids[from]; ok {
		delete(h.volKids, from)
		h.volKids[to] = k
	}
}

// SetUserFlags sets the four flags that NtSetInformationKey knows.
func (h *Hive) SetUserFlags(key Cell, flags uint8, now uint64) error {
	if err := h.upgrade(); err != nil {
		return err
	}
	nk := h.write(key)
	nk[nkUser] = nk[nkUser]&0x0f | flags<<4
	h.touch(key, now)
	return nil
}

// SetVirtFlags sets them.
func (h *Hive) SetVirtFlags(key Cell, flags uint8, now uint64) error {
	if err := h.upgrade(); err != nil {
		return err
	}
	nk := h.write(key)
	nk[nkUser] = nk[nkUser]&0xf0 | flags&0x0f
	h.touch(key, now)
	return nil
}

// SetTime sets a key's time of the last change.
func (h *Hive) SetTime(key Cell, t uint64) { h.touch(key, t) }

// SetLink makes a key a symbolic link; its value SymbolicLinkValue, of type
// Link, says where to.
func (h *Hive) SetLink(key Cell, now uint64) error {
	if err := h.upgrade(); err != nil {
		return err
	}
	nk := h.write(key)
	le.PutUint16(nk[nkFlags:], le.Uint16(nk[nkFlags:])|FlagSymLink)
	h.touch(key, now)
	return nil
}
