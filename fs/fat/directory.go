package fat

import "gont/nt"

// directory is what is kept of a directory besides its sectors.
type directory struct {
	index map[uint64]int32 // by hash of a name: the slot; -1: several names have the hash
	end   uint32           // the first slot that was never used
	live  uint32           // entries but . and ..
	hint  [22]uint32       // by number: below this slot are not so many free ones in a row
	// recent are children that were found by their names, by place (recentAt). All are in v.nodes, under the
	// names that they were found by.
	recent [recentNodes]*Node
}

// The first byte of a slot that is free, and of the first one that was never used.
const (
	slotFree  = 0xE5
	slotNever = 0x00
)

// entry is a short entry with its long name.
type entry struct {
	slot, first uint32 // its slot and that of its long name's first part
	raw         [entrySize]byte
	long        string
}

func (e *entry) name() string {
	if e.long != "" {
		return e.long
	}
	return shortName(e.raw[:])
}

// named says whether the entry has the name, long or short.
func (e *entry) named(name string) bool {
	return e.long != "" && sameName(e.long, name) || sameName(shortName(e.raw[:]), name)
}

func (e *entry) dots() bool { return e.raw[0] == '.' }

// capacity is how many slots the directory has room for.
func (n *Node) capacity() (uint32, error) {
	if n.fixed() {
		return uint32(n.v.g.rootSectors) * uint32(n.v.sectorSize) / entrySize, nil
	}
	count, _, err := n.clusters()
	if err != nil {
		return 0, err
	}
	return uint32(min(uint64(count)*uint64(n.v.clusterSize()/entrySize), mostSlots)), nil
}

// fixed says that the directory is the root of FAT12 or FAT16, which has no chain.
func (n *Node) fixed() bool { return n.parent == nil && n.v.g.kind != FAT32 }

// slotAt returns the sector that has a slot, and where in it; nil behind the last one.
func (n *Node) slotAt(i uint32) (*buffer, int, error) {
	v := n.v
	at := uint64(i) * entrySize
	o := int(at % uint64(v.sectorSize))
	if i >= mostSlots {
		return nil, 0, nil
	}
	if n.fixed() {
		s := at / uint64(v.sectorSize)
		if s >= v.g.rootSectors {
			return nil, 0, nil
		}
		b, err := v.cache.get(v.g.rootStart+s, v.g.rootSectors-s)
		return b, o, err
	}
	size := uint64(v.clusterSize())
	c, count, err := n.at(uint32(at / size))
	if err != nil || c == 0 {
		return nil, 0, err
	}
	s := at % size / uint64(v.sectorSize)
	b, err := v.cache.get(v.g.sectorOf(c)+s, uint64(count)*uint64(v.g.perCluster)-s)
	return b, o, err
}

// build makes the index.
func (n *Node) build() error {
	d := n.dir
	if d.index != nil {
		return nil
	}
	index, live := map[uint64]int32{}, uint32(0)
	end, err := n.scan(0, func(e *entry) bool {
		if !e.dots() && e.raw[11]&attrVolume == 0 {
			live++
			addName(index, shortName(e.raw[:]), e.slot)
			if e.long != "" {
				addName(index, e.long, e.slot)
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	d.index, d.end, d.live, d.hint = index, end, live, [22]uint32{}
	return nil
}

func addName(index map[uint64]int32, name string, slot uint32) {
	h := hashName(name)
	if old, ok := index[h]; ok && old != int32(slot) {
		index[h] = -1
		return
	}
	index[h] = int32(slot)
}

func removeName(index map[uint64]int32, name string, slot uint32) {
	if h := hashName(name); index[h] == int32(slot) {
		delete(index, h)
	}
}

// lookup finds an entry by its long or short name; nil when there is none.
func (n *Node) lookup(name string) (*entry, error) {
	if err := n.build(); err != nil {
		return nil, err
	}
	slot, ok := n.dir.index[hashName(name)]
	if !ok {
		return nil, nil
	}
	if slot >= 0 {
		e, err := n.read(uint32(slot))
		if err != nil || e != nil && e.named(name) {
			return e, err
		}
	}
	var found *entry
	_, err := n.scan(0, func(e *entry) bool {
		if e.raw[11]&attrVolume == 0 && !e.dots() && e.named(name) {
			found = e
			return false
		}
		return true
	})
	return found, err
}

// findSlots returns the first of k free slots in a row, behind which the directory may have
// to grow.
func (n *Node) findSlots(k uint32) (uint32, error) {
	d := n.dir
	inRow := uint32(0)
	for i := d.hint[k]; i < d.end; i++ {
		b, o, err := n.slotAt(i)
		if err != nil {
			return 0, err
		}
		if b == nil {
			break
		}
		if b.data[o] != slotFree {
			inRow = 0
			continue
		}
		if inRow++; inRow == k {
			d.raise(k, i+1-k)
			return i + 1 - k, nil
		}
	}
	at := d.end - inRow
	d.raise(k, at)
	if at+k > mostSlots {
		return 0, fail(nt.StatusCannotMake, "directory %s is full", n.name)
	}
	return at, nil
}

// raise says that below slot there are not k free ones in a row.
func (d *directory) raise(k, slot uint32) {
	for ; k < uint32(len(d.hint)); k++ {
		d.hint[k] = max(d.hint[k], slot)
	}
}

// lower says that slots from slot on have become free.
func (d *directory) lower(slot uint32) {
	for k := range d.hint {
		if s := slot - min(slot, uint32(k)); d.hint[k] > s {
			d.hint[k] = s
		}
	}
}

// reserve makes room for slots up to end.
func (n *Node) reserve(end uint32) error {
	have, err := n.capacity()
	if err != nil || end <= have {
		return err
	}
	if n.fixed() {
		return fail(nt.StatusCannotMake, "the root directory is full")
	}
	per := n.v.clusterSize() / entrySize
	count := (have + per - 1) / per
	want := (end + per - 1) / per
	v := n.v
	_, tail, err := n.clusters()
	if err != nil {
		return err
	}
	if _, cut := v.cuts[tail]; cut {
		if err := v.flush(); err != nil {
			return err
		}
	}
	if err := n.grow(want); err != nil {
		return err
	}
	for i := count; i < want; i++ {
		c, _, err := n.at(i)
		if err == nil {
			err = v.zeroCluster(c)
		}
		if err != nil {
			n.shrink(count) // what follows never was on the device
			return err
		}
	}
	return nil
}

// zeroCluster writes zeros to a cluster that becomes part of a directory, at once: nothing
// leads to it yet.
func (v *Volume) zeroCluster(c uint32) error {
	s := v.g.sectorOf(c)
	v.cache.forget(s, v.g.perCluster)
	v.zeroed = true
	return v.writeSectors(make([]byte, v.clusterSize()), s)
}
