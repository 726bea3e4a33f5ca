package fat

import (
	"cmp"
	"slices"
)

// buffer is a sector of the FAT or of a directory.
type buffer struct {
	sector uint64
	data   []byte
	dirty  bool
	table  bool // of the first (or active) FAT, else of a directory
	used   bool // since the hand went by
	epoch  int  // of a dirty directory sector: lower ones are written before
}

// cache keeps sectors of FAT and directories. get never takes a buffer away: the pointer
// stays good until trim, which is called where nobody has one.
type cache struct {
	v       *Volume
	buffers map[uint64]*buffer
	ring    []*buffer
	hand    int
	most    int // buffers, as far as they are clean
	table   []*buffer
	dirs    []*buffer
	epoch   int // the latest of a dirty directory sector
	scratch []byte
}

const (
	cacheBytes = 2 << 20
	aheadBytes = 8 << 10 // read at once
	writeBytes = 64 << 10
)

func newCache(v *Volume) *cache {
	return &cache{v: v, buffers: map[uint64]*buffer{}, most: cacheBytes / v.sectorSize}
}

// get returns a sector; where it has to be read, ahead sectors from it on are, as far as
// they are not known.
func (c *cache) get(sector uint64, ahead uint64) (*buffer, error) {
	if b := c.buffers[sector]; b != nil {
		b.used = true
		return b, nil
	}
	n := uint64(1)
	for n < ahead && n < uint64(aheadBytes/c.v.sectorSize) && c.buffers[sector+n] == nil {
		n++
	}
	data := make([]byte, int(n)*c.v.sectorSize)
	if err := c.read(data, sector); err != nil {
		if n == 1 {
			return nil, err
		}
		n = 1 // the one that is needed may be readable
		data = data[:c.v.sectorSize]
		if err := c.read(data, sector); err != nil {
			return nil, err
		}
	}
	for i := range n {
		c.insert(sector+i, data[int(i)*c.v.sectorSize:][:c.v.sectorSize:c.v.sectorSize])
	}
	return c.buffers[sector], nil
}

// read reads sectors; those of a FAT, where that fails, from another one.
func (c *cache) read(data []byte, sector uint64) error {
	v := c.v
	err := v.readSectors(data, sector)
	if err == nil || !v.inTable(sector) || !v.g.mirrored {
		return err
	}
	for i := uint64(1); i < uint64(v.g.fats); i++ {
		if v.readSectors(data, sector+i*v.g.fatSectors) == nil {
			return nil
		}
	}
	return err
}

func (c *cache) insert(sector uint64, data []byte) *buffer {
	b := &buffer{sector: sector, data: data, table: c.v.inTable(sector), used: true}
	c.buffers[sector] = b
	c.ring = append(c.ring, b)
	return b
}

// changed marks a buffer. A directory's sector gets the latest epoch that there is.
func (c *cache) changed(b *buffer) {
	if b.dirty {
		return
	}
	b.dirty = true
	if b.table {
		c.table = append(c.table, b)
		return
	}
	b.epoch = c.epoch
	c.dirs = append(c.dirs, b)
}

// changedAfter has to be called before a directory's sector is changed that is to be
// written after all others that are dirty now.
func (c *cache) changedAfter(b *buffer) error {
	others, later := false, false
	for _, o := range c.dirs {
		if o != b && o.dirty {
			others = true
			later = later || b.dirty && o.epoch > b.epoch
		}
	}
	if !others {
		c.changed(b)
		return nil
	}
	if later { // somebody waits for b: both ways at once cannot be
		if err := c.v.flush(); err != nil {
			return err
		}
		c.changed(b)
		return nil
	}
	c.epoch++
	c.changed(b)
	b.epoch = c.epoch
	return nil
}

// dirtyCount is how many sectors wait.
func (c *cache) dirtyCount() int { return len(c.table) + len(c.dirs) }

// trim takes clean buffers away until there are no more than most. Nobody may have one.
func (c *cache) trim() {
	for tries := 2 * len(c.ring); len(c.ring) > c.most && tries > 0; tries-- {
		if c.hand >= len(c.ring) {
			c.hand = 0
		}
		b := c.ring[c.hand]
		if gone := c.buffers[b.sector] != b; !gone && (b.used || b.dirty) {
			b.used = false
			c.hand++
			continue
		} else if !gone {
			delete(c.buffers, b.sector)
		}
		last := len(c.ring) - 1
		c.ring[c.hand], c.ring[last] = c.ring[last], nil
		c.ring = c.ring[:last]
	}
}

// forget drops the sectors of a cluster, dirty or not; it reports whether one was dirty.
func (c *cache) forget(sector uint64, n uint32) (dirty bool) {
	for s := sector; s < sector+uint64(n); s++ {
		if b := c.buffers[s]; b != nil {
			dirty = dirty || b.dirty
			b.dirty = false
			delete(c.buffers, s)
		}
	}
	return dirty
}

// isDirty reports whether one of n sectors is.
func (c *cache) isDirty(sector uint64, n uint32) bool {
	for s := sector; s < sector+uint64(n); s++ {
		if b := c.buffers[s]; b != nil && b.dirty {
			return true
		}
	}
	return false
}

// writeTable writes the dirty sectors of the FAT, to the first FAT and then to the others,
// from the first sector to the last one: Check relies on that (torn entries of FAT12).
func (c *cache) writeTable() error {
	if len(c.table) == 0 {
		return nil
	}
	slices.SortFunc(c.table, func(a, b *buffer) int { return cmp.Compare(a.sector, b.sector) })
	v := c.v
	first := uint64(0)
	for i := uint64(0); i < uint64(v.g.fats); i++ {
		if !v.g.mirrored {
			if i != 0 {
				break
			}
		} else {
			first = i * v.g.fatSectors
		}
		if err := c.write(c.table, first); err != nil {
			return err
		}
	}
	for _, b := range c.table {
		b.dirty = false
	}
	c.table = c.table[:0]
	return nil
}

// writeDirs writes the dirty sectors of directories, epoch after epoch, with a barrier
// behind each.
func (c *cache) writeDirs() error {
	for len(c.dirs) > 0 {
		c.dirs = slices.DeleteFunc(c.dirs, func(b *buffer) bool { return !b.dirty })
		slices.SortFunc(c.dirs, func(a, b *buffer) int {
			return cmp.Or(cmp.Compare(a.epoch, b.epoch), cmp.Compare(a.sector, b.sector))
		})
		n := 0
		for n < len(c.dirs) && c.dirs[n].epoch == c.dirs[0].epoch {
			n++
		}
		if err := c.write(c.dirs[:n], 0); err != nil {
			return err
		}
		if err := c.v.barrier(); err != nil {
			return err
		}
		for _, b := range c.dirs[:n] {
			b.dirty = false
		}
		c.dirs = slices.Delete(c.dirs, 0, n)
	}
	c.epoch = 0
	return nil
}

// write writes buffers, which are sorted; neighbours in one piece.
func (c *cache) write(list []*buffer, distance uint64) error {
	size := c.v.sectorSize
	if c.scratch == nil {
		c.scratch = make([]byte, writeBytes)
	}
	for len(list) > 0 {
		n := 1
		for n < len(list) && n < writeBytes/size && list[n].sector == list[0].sector+uint64(n) {
			n++
		}
		for i, b := range list[:n] {
			copy(c.scratch[i*size:], b.data)
		}
		if err := c.v.writeSectors(c.scratch[:n*size], list[0].sector+distance); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}
