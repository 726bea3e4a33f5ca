package regf

// A security cell ("sk") holds a self-relative security descriptor and the
// number of keys that have it. All security cells of a store are a ring.

func skHash(sd []byte) uint32 {
	return uint32(marvin32(marvinSeed, sd))
}

func storeIndex(c Cell) int {
	if c&volatileBit != 0 {
		return 1
	}
	return 0
}

func (h *Hive) descriptor(sk Cell) []byte {
	b := h.cell(sk)
	n := le.Uint32(b[skSize:])
	return b[skData : skData+n : skData+n]
}

// Security returns a key's security descriptor. The bytes are the hive's, and
// only to be read, until the hive is changed.
func (h *Hive) Security(key Cell) []byte {
	return h.descriptor(Cell(le.Uint32(h.cell(key)[nkSecurity:])))
}

// SetSecurity gives a key a security descriptor, self-relative.
func (h *Hive) SetSecurity(key Cell, sd []byte, now uint64) error {
	if err := h.upgrade(); err != nil {
		return err
	}
	sk, err := h.share(h.storeOf(key), sd)
	if err != nil {
		return err
	}
	nk := h.write(key)
	h.unshare(Cell(le.Uint32(nk[nkSecurity:])))
	le.PutUint32(nk[nkSecurity:], uint32(sk))
	h.touch(key, now)
	return nil
}

// findShared looks for a security cell with this content.
func (h *Hive) findShared(x int, sd []byte) Cell {
	first, ok := h.shared[x][skHash(sd)]
	if !ok {
		return NoCell
	}
	if string(h.descriptor(first)) == string(sd) {
		return first
	}
	// Two descriptors with the same hash: look at all.
	for c := first; ; {
		if string(h.descriptor(c)) == string(sd) {
			return c
		}
		if c = Cell(le.Uint32(h.cell(c)[skNext:])); c == first {
			return NoCell
		}
	}
}

// share returns a security cell with this content and counts one more key.
func (h *Hive) share(s *store, sd []byte) (Cell, error) {
	x := storeIndex(s.bit)
	if c := h.findShared(x, sd); c != NoCell {
		b := h.write(c)
		le.PutUint32(b[skCount:], le.Uint32(b[skCount:])+1)
		return c, nil
	}
	if !soundDescriptor(sd) {
		return NoCell, ErrSecurity
	}
	c, err := s.alloc(skData + len(sd))
	if err != nil {
		return NoCell, err
	}
	b := h.cell(c)
	copy(b, "sk")
	le.PutUint32(b[skCount:], 1)
	le.PutUint32(b[skSize:], uint32(len(sd)))
	copy(b[skData:], sd)
	h.link(x, c)
	return c, nil
}

// link puts a security cell into its ring, before the ring's first cell.
func (h *Hive) link(x int, c Cell) {
	first := h.ring[x]
	b := h.write(c)
	if first == NoCell {
		h.ring[x] = c
		le.PutUint32(b[skNext:], uint32(c))
		le.PutUint32(b[skPrev:], uint32(c))
	} else {
		f := h.write(first)
		last := Cell(le.Uint32(f[skPrev:]))
		le.PutUint32(b[skNext:], uint32(first))
		le.PutUint32(b[skPrev:], uint32(last))
		le.PutUint32(f[skPrev:], uint32(c))
		le.PutUint32(h.write(last)[skNext:], uint32(c))
	}
	if k := skHash(h.descriptor(c)); h.shared[x][k] == 0 {
		h.shared[x][k] = c
	}
}

// unshare counts one key less; the last one takes the cell with it.
func (h *Hive) unshare(sk Cell) {
	b := h.write(sk)
	n := le.Uint32(b[skCount:]) - 1
	le.PutUint32(b[skCount:], n)
	if n == 0 {
		h.unlink(sk)
		h.free(sk)
	}
}

func (h *Hive) unlink(c Cell) {
	x, b := storeIndex(c), h.cell(c)
	if k := skHash(h.descriptor(c)); h.shared[x][k] == c {
		delete(h.shared[x], k)
	}
	next, prev := Cell(le.Uint32(b[skNext:])), Cell(le.Uint32(b[skPrev:]))
	if next == c {
		h.ring[x] = NoCell
		return
	}
	le.PutUint32(h.write(prev)[skNext:], uint32(next))
	le.PutUint32(h.write(next)[skPrev:], uint32(prev))
	if h.ring[x] == c {
		h.ring[x] = next
	}
}

// soundDescriptor reports whether b is a self-relative security descriptor whose
// parts lie in it: SIDs and ACLs with entries that fill no more than they have.
func soundDescriptor(b []byte) bool {
	const selfRelative, haveDacl, haveSacl = 0x8000, 0x0004, 0x0010
	if len(b) < 20 || b[0] != 1 || le.Uint16(b[2:])&selfRelative == 0 {
		return false
	}
	control := le.Uint16(b[2:])
	for i, part := range [4]func([]byte) bool{soundSid, soundSid, soundAcl, soundAcl} {
		off := le.Uint32(b[4+4*i:])
		if off == 0 || i == 2 && control&haveSacl == 0 || i == 3 && control&haveDacl == 0 {
			continue
		}
		if off < 20 || off > uint32(len(b)) || !part(b[off:]) {
			return false
		}
	}
	return true
}

func soundSid(b []byte) bool {
	return len(b) >= 8 && b[0] == 1 && b[1] <= 15 && len(b) >= 8+4*int(b[1])
}

func soundAcl(b []byte) bool {
	if len(b) < 8 || b[0] < 1 || b[0] > 4 {
		return false
	}
	size, n := int(le.Uint16(b[2:])), int(le.Uint16(b[4:]))
	if size < 8 || size > len(b) {
		return false
	}
	b = b[8:size]
	for range n {
		if len(b) < 4 {
			return false
		}
		ace := int(le.Uint16(b[2:]))
		if ace < 4 || ace > len(b) {
			return false
		}
		b = b[ace:]
	}
	return true
}

// DefaultSecurity is the descriptor of a root key that has no other: owner and
// group are the administrators; full access for them and the system, reading
// for everyone, inherited by subkeys.
func DefaultSecurity() []byte {
	sid := func(authority byte, sub ...uint32) []byte {
		b := []byte{1, byte(len(sub)), 0, 0, 0, 0, 0, authority}
		for _, s := range sub {
			b = le.AppendUint32(b, s)
		}
		return b
	}
	administrators, system, world := sid(5, 32, 544), sid(5, 18), sid(1, 0)
	const all, read = 0x000f003f, 0x00020019
	var aces []byte
	for _, a := range []struct {
		mask uint32
		sid  []byte
	}{{all, system}, {all, administrators}, {read, world}} {
		aces = append(aces, 0, 2) // ACCESS_ALLOWED, CONTAINER_INHERIT
		aces = le.AppendUint16(aces, uint16(8+len(a.sid)))
		aces = le.AppendUint32(aces, a.mask)
		aces = append(aces, a.sid...)
	}
	acl := le.AppendUint16([]byte{2, 0}, uint16(8+len(aces)))
	acl = append(acl, 3, 0, 0, 0)
	acl = append(acl, aces...)
	owner := uint32(20 + len(acl))
	sd := []byte{1, 0, 0x04, 0x80}
	for _, off := range []uint32{owner, owner + uint32(len(administrators)), 0, 20} {
		sd = le.AppendUint32(sd, off)
	}
	sd = append(sd, acl...)
	sd = append(sd, administrators...)
	return append(sd, administrators...)
}
