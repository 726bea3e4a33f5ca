package fat

import (
	"unicode/utf16"

	"gont/nt"
)

// A file's id is the place of its entry: above, the first cluster of the directory, and below, the slot. It is never 0,
// which is "no id" (MS-FSCC 2.1.9). A rename may change a file's id, and another file may have it afterwards.
const (
	// rootID is the root directory's: it has no entry, and no entry's id is so small.
	rootID = 1
	// fixedRoot stands for the root of FAT12 and FAT16, which has no cluster; no cluster has this number.
	fixedRoot = 1
	// mostDepth is how many directories may lie in each other below the root for an id to lead there: as many as a
	// path of 32,766 characters can name.
	mostDepth = 16383
)

// idOf is the id of the entry in a slot of the directory.
func (n *Node) idOf(slot uint32) uint64 {
	c := n.first
	if n.fixed() {
		c = fixedRoot
	}
	return uint64(c)<<32 | uint64(slot)
}

// id is the node's. The volume's lock is held.
func (n *Node) id() uint64 {
	if n.parent == nil {
		return rootID
	}
	return n.parent.idOf(n.slot)
}

// ByID returns what has an id (Info.ID, Entry.ID), wherever it lies, for Open with the path "" from there. It is not open, but
// stays known until Release. STATUS_INVALID_PARAMETER where nothing has the id, which is what NTFS says then to every disposition
// (by open_id of maharmstone's tests of file systems, which NTFS passes), STATUS_VOLUME_DISMOUNTED, and errors of a damaged
// volume or device.
//
// The id may be any number, and the volume may be damaged: what leads nowhere, or in a circle, is nothing.
func (v *Volume) ByID(id uint64) (*Node, error) {
	v.lock.Lock()
	defer v.lock.Unlock()
	if v.gone {
		return nil, fail(nt.StatusVolumeDismounted, "the volume is dismounted")
	}
	n, err := v.nodeByID(id)
	if err == nil && n == nil {
		err = fail(nt.StatusInvalidParameter, "nothing has the id %X", id)
	}
	return n, err
}

// Release gives ByID's node back.
func (n *Node) Release() {
	n.v.lock.Lock()
	n.dereference()
	n.v.lock.Unlock()
}

// nodeByID returns the node that has an id, with a reference, and nil where nothing has it.
func (v *Volume) nodeByID(id uint64) (*Node, error) {
	cluster, slot := uint32(id>>32), uint32(id)
	switch {
	case id == rootID:
		v.root.reference()
		return v.root, nil
	case slot >= mostSlots:
		return nil, nil
	case cluster == fixedRoot && v.root.fixed():
		cluster = v.g.root
	case !v.g.valid(cluster):
		return nil, nil
	}
	if n := v.nodes[nodeKey{cluster, slot}]; n != nil {
		n.reference()
		return n, nil
	}
	d, err := v.directoryAt(cluster)
	if err != nil || d == nil {
		return nil, err
	}
	n, err := d.childAt(slot)
	d.dereference()
	return n, err
}

// childAt returns the node of the directory's entry in a slot, with a reference; nil where there is none: the slot was never
// used or is free, has a part of a long name, the volume's label, or . or .. itself.
func (n *Node) childAt(slot uint32) (*Node, error) {
	if err := n.build(); err != nil {
		return nil, err
	}
	if slot >= n.dir.end {
		return nil, nil
	}
	e, err := n.read(slot)
	if err != nil || e == nil || e.dots() || e.raw[11]&attrVolume != 0 {
		return nil, err
	}
	return n.v.nodeAt(n, e)
}

// directoryAt returns the directory that begins at a cluster, with a reference; nil where none does. For one that is not in
// memory it goes up by the .. entries as far as a directory that is, and down again by the entries of each: only they say that a
// cluster is a directory's. What .. says is good for the way alone.
func (v *Volume) directoryAt(c uint32) (*Node, error) {
	known := map[uint32]*Node{v.g.root: v.root}
	for _, n := range v.nodes {
		if n.IsDirectory() {
			known[n.first] = n
		}
	}
	var way []uint32 // from the directory that is wanted up
	for known[c] == nil {
		if len(way) == mostDepth {
			return nil, nil
		}
		parent, ok, err := v.parentOf(c)
		if err != nil || !ok {
			return nil, err
		}
		way = append(way, c)
		c = parent
	}
	d := known[c]
	d.reference()
	for i := len(way) - 1; i >= 0; i-- {
		sub, err := d.subdirectory(way[i])
		d.dereference()
		if err != nil || sub == nil {
			return nil, err
		}
		d = sub
	}
	return d, nil
}

// parentOf reads from a cluster that may be a directory's first where the .. there leads; ok is false where the
// cluster does not begin as a directory does, or .. leads nowhere. The cluster may hold anybody's data: the cache gets none of them.
func (v *Volume) parentOf(c uint32) (parent uint32, ok bool, err error) {
	s := v.g.sectorOf(c)
	b := v.cache.buffers[s]
	if b == nil {
		b = &buffer{data: make([]byte, v.sectorSize)}
		if err := v.readSectors(b.data, s); err != nil {
			return 0, false, err
		}
	}
	dot, up := b.data[:entrySize], b.data[entrySize:2*entrySize]
	if string(dot[:11]) != ".          " || string(up[:11]) != "..         " || !isDirectory(dot) || !isDirectory(up) || v.firstOf(dot) != c {
		return 0, false, nil
	}
	if parent = v.firstOf(up); parent == 0 {
		parent = v.g.root
	}
	return parent, parent == v.g.root || v.g.valid(parent), nil
}

// isDirectory says whether an entry is a directory's, and no volume's label.
func isDirectory(raw []byte) bool {
	return raw[11]&(attrVolume|nt.FileAttributeDirectory) == nt.FileAttributeDirectory
}

// subdirectory returns the directory below n that begins at a cluster, with a reference; nil where none does.
func (n *Node) subdirectory(c uint32) (*Node, error) {
	f := &clusterFinder{v: n.v, cluster: c}
	if _, err := n.each(0, f); err != nil || !f.found {
		return nil, err
	}
	d, err := n.v.nodeAt(n, &f.e)
	if err == nil && (!d.IsDirectory() || d.first != c) {
		d.dereference()
		return nil, nil
	}
	return d, err
}

// clusterFinder looks for the entry of the directory that begins at a cluster.
type clusterFinder struct {
	v       *Volume
	cluster uint32
	e       entry
	found   bool
}

func (f *clusterFinder) visit(slot, first uint32, raw *[entrySize]byte, long []uint16) bool {
	if !isDirectory(raw[:]) || raw[0] == '.' || f.v.firstOf(raw[:]) != f.cluster {
		return true
	}
	f.e, f.found = entry{slot: slot, first: first, raw: *raw, long: string(utf16.Decode(long))}, true
	return false
}
