package fat

import "gont/nt"

// Rename gives a file another name, in the same directory or in dir (nil: the same one). With
// replace, a file that has the name is replaced, which nobody may have open: its entry gets
// the data, in one write, and keeps how the name is spelled. A name that differs in case only
// is changed.
//
// At a cut there are both names, or one: never none. Check takes the second one away.
//
// STATUS_OBJECT_NAME_COLLISION, STATUS_ACCESS_DENIED for what cannot be replaced or moved, and
// those of Open.
func (n *Node) Rename(dir *Node, name string, replace bool) error {
	v := n.v
	v.lock.Lock()
	defer v.lock.Unlock()
	if dir == nil {
		dir = n.parent
	}
	switch {
	case v.gone:
		return fail(nt.StatusVolumeDismounted, "the volume is dismounted")
	case n.parent == nil:
		return fail(nt.StatusInvalidParameter, "the root has no name")
	case n.removed || n.doomed || dir.removed || dir.doomed:
		return fail(nt.StatusDeletePending, "%s is deleted", n.name)
	case !dir.IsDirectory():
		return fail(nt.StatusNotADirectory, "%s is no directory", dir.name)
	case dir.v != v:
		return fail(nt.StatusNotSameDevice, "%s lies on another volume", n.name)
	}
	if err := checkName(name); err != nil {
		return err
	}
	for d := dir; d != nil; d = d.parent {
		if d == n {
			return fail(nt.StatusAccessDenied, "directory %s cannot lie in itself", n.name)
		}
	}
	e, err := dir.lookup(name)
	if err != nil {
		return err
	}
	if e != nil && (dir != n.parent || e.slot != n.slot) {
		return n.replace(dir, e, replace)
	}
	if err := v.touch(); err != nil {
		return err
	}
	if e != nil && n.name == name {
		return nil
	}
	return n.moveTo(dir, name, e != nil)
}

// moveTo writes an entry with the new name, and then takes the old one away. With same, the
// old one is the file's own under the name in other letters: the short name goes with it.
func (n *Node) moveTo(dir *Node, name string, same bool) error {
	v := n.v
	if dir == n.parent {
		if done, err := n.renameInPlace(name); done || err != nil {
			return err
		}
	}
	old := *n
	if same {
		// The index must not find the old entry when a short name is looked for.
		if err := n.parent.build(); err != nil {
			return err
		}
		removeName(n.parent.dir.index, shortName(n.short[:]), n.slot)
		removeName(n.parent.dir.index, n.name, n.slot)
	}
	n.forget()
	restore := func() {
		n.parent, n.slot, n.lfn, n.name, n.short = old.parent, old.slot, old.lfn, old.name, old.short
		v.nodes[n.key()] = n
	}
	if err := dir.insert(n, name); err != nil {
		restore()
		if same {
			n.parent.dir.index = nil
		}
		return err
	}
	placed := n.slot
	if n.IsDirectory() && dir != old.parent {
		if err := n.setDots(dir); err != nil {
			dir.remove(placed, n.lfn, false)
			restore()
			return err
		}
	}
	v.nodes[n.key()] = n
	after := !old.parent.sameSector(old.slot, dir, placed)
	if err := old.parent.remove(old.slot, old.lfn, after); err != nil {
		return err
	}
	if dir != old.parent {
		dir.reference()
		old.parent.dereference()
	}
	if same {
		dir.dir.index = nil // both had the name
	}
	return nil
}

// renameInPlace writes the new name over the old one, where both lie in one sector, which is
// written at once. It is false where they do not, and nothing is changed.
func (n *Node) renameInPlace(name string) (bool, error) {
	v, d := n.v, n.parent
	if err := d.build(); err != nil {
		return false, err
	}
	per := uint32(v.sectorSize / entrySize)
	raw, long, err := d.shortFor(name, n)
	k := parts(long) + 1
	if err != nil || k > n.slot%per+1 || n.lfn/per != n.slot/per {
		return false, err
	}
	b, o, err := d.slotAt(n.slot)
	if err != nil {
		return false, err
	}
	at := func(slot uint32) []byte { return b.data[o-int(n.slot-slot)*entrySize:][:entrySize] }
	first := n.slot + 1 - k
	for i := first; i < n.lfn; i++ {
		if at(i)[0] != slotFree {
			return false, nil // another file's
		}
	}
	removeName(d.dir.index, shortName(n.short[:]), n.slot)
	removeName(d.dir.index, n.name, n.slot)
	copy(n.short[:], raw[:])
	n.forgetName()
	n.name = name
	for i := n.lfn; i < first; i++ {
		at(i)[0] = slotFree
	}
	if n.lfn < first {
		d.dir.lower(n.lfn)
	}
	n.lfn = first
	for i := first; i < n.slot; i++ {
		encodePart(at(i), long, n.slot-i, checksum(raw[:]))
	}
	n.encode(at(n.slot))
	v.cache.changed(b)
	addName(d.dir.index, shortName(n.short[:]), n.slot)
	if long != nil {
		addName(d.dir.index, name, n.slot)
	}
	return true, nil
}

// sameSector says whether two slots are written at once.
func (d *Node) sameSector(slot uint32, e *Node, other uint32) bool {
	a, _, err := d.slotAt(slot)
	if err != nil {
		return false
	}
	b, _, err := e.slotAt(other)
	return err == nil && a == b
}

// setDots changes where .. of a directory leads.
func (n *Node) setDots(parent *Node) error {
	b, o, err := n.slotAt(1)
	if err != nil {
		return err
	}
	if b == nil || string(b.data[o:o+11]) != "..         " {
		return corrupt("directory %s has no ..", n.name)
	}
	c := parent.dotCluster()
	le.PutUint16(b.data[o+26:], uint16(c))
	if n.v.g.kind == FAT32 {
		le.PutUint16(b.data[o+20:], uint16(c>>16))
	}
	n.v.cache.changed(b)
	return nil
}

// replace gives the entry e of another file to n.
func (n *Node) replace(dir *Node, e *entry, replace bool) error {
	v := n.v
	if !replace {
		return fail(nt.StatusObjectNameCollision, "%s exists", e.name())
	}
	target, err := v.nodeAt(dir, e)
	if err != nil {
		return err
	}
	defer target.dereference()
	if target.refs > 1 || target.IsDirectory() || n.IsDirectory() || target.attr&nt.FileAttributeReadOnly != 0 {
		return fail(nt.StatusAccessDenied, "%s cannot be replaced", target.name)
	}
	if err := v.touch(); err != nil {
		return err
	}
	if err := n.settle(); err != nil {
		return err
	}
	old := *n
	n.forget()
	target.forget()
	v.release(target.first)
	delete(v.unsettled, target)
	n.parent, n.slot, n.lfn, n.name, n.short = dir, target.slot, target.lfn, target.name, target.short
	n.short[12] = n.short[12]&^moveBits | nextMove(old.short[12])
	v.nodes[n.key()] = n
	// target has no entry any more; its reference to the directory becomes n's.
	target.removed, target.first, target.runs, target.whole, target.length = true, 0, nil, true, 0
	dir.reference()
	if err := n.store(); err != nil {
		return err
	}
	after := !old.parent.sameSector(old.slot, dir, n.slot)
	if err := old.parent.remove(old.slot, old.lfn, after); err != nil {
		return err
	}
	old.parent.dereference()
	return nil
}

// moveBits are two bits of an entry's byte 12 that nobody else uses: a number from 1 to 3. At
// a replacement the new entry gets the old one's next number, so that Check, when it finds
// both, knows which is the new one.
const moveBits = 0xC0

func nextMove(b byte) byte { return ((b&moveBits>>6)%3 + 1) << 6 }

// newer says whether an entry with byte b has been made by the replacement that an entry
// with byte a was the source of.
func newer(b, a byte) bool { return b&moveBits == nextMove(a) }
