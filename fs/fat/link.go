package fat

import (
	"unicode/utf16"

	"gont/fsrtl"
	"gont/nt"
)

// insert makes an entry of the directory for node n, whose name, attributes and cluster are
// set: it finds slots and a short name, and writes the entry to the cache, the slot that
// makes the file seen last.
func (d *Node) insert(n *Node, name string) error {
	if err := d.build(); err != nil {
		return err
	}
	short, long, err := d.shortFor(name, nil)
	if err != nil {
		return err
	}
	k := parts(long) + 1
	at, err := d.findSlots(k)
	if err != nil {
		return err
	}
	if err := d.reserve(at + k); err != nil {
		return err
	}
	if err := d.endBehind(at + k); err != nil {
		return err
	}
	n.parent, n.lfn, n.slot = d, at, at+k-1
	n.short = short
	n.name = name
	sum := checksum(short[:])
	var before *buffer
	for i := range k {
		b, o, err := d.slotAt(at + i)
		if err != nil {
			return err
		}
		if before != nil && b != before {
			if err := d.v.cache.changedAfter(b); err != nil {
				return err
			}
		}
		before = b
		raw := b.data[o : o+entrySize]
		if i < k-1 {
			encodePart(raw, long, k-1-i, sum)
		} else {
			clear(raw)
			n.encode(raw)
		}
		d.v.cache.changed(b)
	}
	d.dir.end = max(d.dir.end, at+k)
	d.dir.live++
	addName(d.dir.index, shortName(n.short[:]), n.slot)
	if long != nil {
		addName(d.dir.index, name, n.slot)
	}
	return nil
}

// shortFor makes the short name, with its case bits, that a file of the directory gets for a
// name, and the long one; nil when it needs none. own is the file itself, if it has a name
// already, whose short name counts as free.
func (d *Node) shortFor(name string, own *Node) (short [13]byte, long []uint16, err error) {
	s, bits, ok := fitsShort(name)
	if !ok {
		long = utf16.Encode([]rune(name))
		bits = 0
		s, err = generate(name, func(s [11]byte) (bool, error) {
			var raw [13]byte
			copy(raw[:], s[:])
			e, err := d.lookup(shortName(raw[:]))
			return e != nil && (own == nil || e.slot != own.slot), err
		})
	}
	copy(short[:], s[:])
	short[12] = bits
	return short, long, err
}

// endBehind makes slot i the end of the directory, where entries up to it are new: what
// lies behind may never have been cleared.
func (d *Node) endBehind(i uint32) error {
	if i <= d.dir.end {
		return nil
	}
	b, o, err := d.slotAt(i)
	if err != nil || b == nil || b.data[o] == slotNever {
		return err
	}
	b.data[o] = slotNever
	d.v.cache.changed(b)
	return nil
}

// remove frees the slots of an entry, first the one that makes the file seen. With after,
// they are to be written after everything else that waits.
func (d *Node) remove(slot, lfn uint32, after bool) error {
	if err := d.build(); err != nil {
		return err
	}
	e, err := d.read(slot)
	if err != nil {
		return err
	}
	var before *buffer
	for i := slot + 1; i > lfn; i-- {
		b, o, err := d.slotAt(i - 1)
		if err != nil || b == nil {
			return err
		}
		if after && before == nil || before != nil && before != b {
			if err := d.v.cache.changedAfter(b); err != nil {
				return err
			}
		}
		before = b
		b.data[o] = slotFree
		d.v.cache.changed(b)
	}
	if e != nil {
		removeName(d.dir.index, shortName(e.raw[:]), slot)
		if e.long != "" {
			removeName(d.dir.index, e.long, slot)
		}
	}
	if d.dir.live > 0 {
		d.dir.live--
	}
	d.dir.lower(lfn)
	return nil
}

// checkName says whether a file can have a name.
func checkName(name string) error {
	if s := fsrtl.CheckName(name); !s.OK() {
		return fail(s, "%q is no name", name)
	}
	if name == "." || name == ".." {
		return fail(nt.StatusObjectNameInvalid, "%q is no name", name)
	}
	return nil
}

// newNode makes a file or an empty directory in d. Nobody has the name.
func (d *Node) newNode(name string, attributes uint32, isDirectory bool) (*Node, error) {
	v := d.v
	t := v.now()
	n := &Node{v: v, parent: d, attr: attributes & attrUser, refs: 1, whole: true, name: name,
		times: Times{Created: t, Written: t, Accessed: day(t)}}
	if !isDirectory {
		n.attr |= nt.FileAttributeArchive
	} else {
		n.attr |= nt.FileAttributeDirectory
		n.dir = &directory{}
		if err := n.makeDots(d); err != nil {
			return nil, err
		}
	}
	if err := d.insert(n, name); err != nil {
		if n.first != 0 {
			v.give([]run{{n.first, 1}})
		}
		return nil, err
	}
	d.reference()
	v.nodes[n.key()] = n
	return n, nil
}

// makeDots gives a new directory its first cluster, with . and .., on the device at once.
func (n *Node) makeDots(parent *Node) error {
	v := n.v
	if err := n.grow(1); err != nil {
		return err
	}
	b := make([]byte, v.clusterSize())
	n.dot(b[:entrySize], ".", n.first)
	n.dot(b[entrySize:2*entrySize], "..", parent.dotCluster())
	s := v.g.sectorOf(n.first)
	v.cache.forget(s, v.g.perCluster)
	if err := v.writeSectors(b, s); err != nil {
		v.give([]run{{n.first, 1}})
		return err
	}
	return nil
}

// dotCluster is what .. of the directory's children says: 0 for the root.
func (n *Node) dotCluster() uint32 {
	if n.parent == nil {
		return 0
	}
	return n.first
}

func (n *Node) dot(raw []byte, name string, first uint32) {
	x := Node{v: n.v, attr: nt.FileAttributeDirectory, times: n.times, first: first}
	copy(x.short[:], "           ")
	copy(x.short[:], name)
	x.short[12] = 0
	x.encode(raw)
}
