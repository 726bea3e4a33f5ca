package fat

// Entries of a FAT, as values of 28 bits whatever the kind is.
const (
	free       = 0
	bad        = 0x0FFFFFF7
	endOfChain = 0x0FFFFFFF // everything from 0FFFFFF8h on ends a chain
	leastEnd   = 0x0FFFFFF8
	entryBits  = 0x0FFFFFFF

	clean32, clean16 = 0x08000000, 0x8000 // in FAT[1]: the volume was closed
)

func (v *Volume) inTable(sector uint64) bool {
	return sector >= v.table && sector < v.table+v.g.fatSectors
}

// tableSector returns the sector of the FAT with its n-th byte.
func (v *Volume) tableSector(n uint64) (*buffer, int, error) {
	s := n / uint64(v.sectorSize)
	b, err := v.cache.get(v.table+s, v.g.fatSectors-s)
	return b, int(n % uint64(v.sectorSize)), err
}

// widen makes a value of 28 bits of an entry's.
func widen(x uint32, k Kind) uint32 {
	if limit := uint32(1)<<k - 9; k != FAT32 && x >= limit {
		return x | entryBits&^(1<<k-1)
	}
	return x & entryBits
}

// raw is the FAT's entry of cluster c as it is in the cache.
func (v *Volume) raw(c uint32) (uint32, error) {
	switch v.g.kind {
	case FAT32:
		b, o, err := v.tableSector(uint64(c) * 4)
		if err != nil {
			return 0, err
		}
		return le.Uint32(b.data[o:]) & entryBits, nil
	case FAT16:
		b, o, err := v.tableSector(uint64(c) * 2)
		if err != nil {
			return 0, err
		}
		return widen(uint32(le.Uint16(b.data[o:])), FAT16), nil
	}
	at := uint64(c) + uint64(c)/2
	b, o, err := v.tableSector(at)
	if err != nil {
		return 0, err
	}
	x := uint32(b.data[o])
	if b, o, err = v.tableSector(at + 1); err != nil {
		return 0, err
	}
	if x |= uint32(b.data[o]) << 8; c&1 != 0 {
		x >>= 4
	}
	return widen(x&0xFFF, FAT12), nil
}

// set changes an entry in the cache.
func (v *Volume) set(c, x uint32) error {
	if !v.g.valid(c) {
		return corrupt("cluster %d lies outside of the volume", c)
	}
	return v.setAny(c, x)
}

// setAny is set for the first two entries, too.
func (v *Volume) setAny(c, x uint32) error {
	switch v.g.kind {
	case FAT32:
		b, o, err := v.tableSector(uint64(c) * 4)
		if err != nil {
			return err
		}
		le.PutUint32(b.data[o:], le.Uint32(b.data[o:])&^entryBits|x&entryBits)
		v.cache.changed(b)
		return nil
	case FAT16:
		b, o, err := v.tableSector(uint64(c) * 2)
		if err != nil {
			return err
		}
		le.PutUint16(b.data[o:], uint16(x))
		v.cache.changed(b)
		return nil
	}
	at := uint64(c) + uint64(c)/2
	b, o, err := v.tableSector(at)
	if err != nil {
		return err
	}
	b2, o2, err := v.tableSector(at + 1)
	if err != nil {
		return err
	}
	if c&1 == 0 {
		b.data[o] = byte(x)
		b2.data[o2] = b2.data[o2]&0xF0 | byte(x>>8)&0x0F
	} else {
		b.data[o] = b.data[o]&0x0F | byte(x<<4)
		b2.data[o2] = byte(x >> 4)
	}
	v.cache.changed(b)
	v.cache.changed(b2)
	return nil
}

// next is the cluster behind c in its chain; 0 at the end. A link that leads nowhere is
// STATUS_FILE_CORRUPT_ERROR.
func (v *Volume) next(c uint32) (uint32, error) {
	if _, cut := v.cuts[c]; cut {
		return 0, nil
	}
	x, err := v.raw(c)
	switch {
	case err != nil:
		return 0, err
	case x >= leastEnd:
		return 0, nil
	case !v.g.valid(x):
		return 0, corrupt("cluster %d leads to %X", c, x)
	}
	return x, nil
}
