package fat

import (
	"bytes"
	"fmt"

	"gont/nt"
)

// boot compares the boot sector's fields with those of its copy. Where they differ, nobody
// knows which are right, and mending by the wrong ones would destroy the volume.
func (k *checker) boot() error {
	v := k.v
	if v.g.backup == 0 {
		return nil
	}
	a, b := make([]byte, v.sectorSize), make([]byte, v.sectorSize)
	if err := v.readSectors(a, 0); err != nil {
		return err
	}
	if v.readSectors(b, v.g.backup) != nil || le.Uint16(b[510:]) != bootSignature || bytes.Equal(a[11:52], b[11:52]) {
		return nil
	}
	k.found("", "the boot sector and its copy differ")
	if k.mend {
		return fail(nt.StatusDiskCorruptError, "the boot sector and its copy differ; nothing is mended")
	}
	return nil
}

// tables compares the FATs and looks at the first entry.
func (k *checker) tables() error {
	v := k.v
	if v.g.mirrored && v.g.fats > 1 {
		if err := k.compareTables(); err != nil {
			return err
		}
	}
	x, err := v.raw(0)
	if err != nil {
		return err
	}
	if byte(x) != v.g.media {
		k.found("", "the FAT begins with media byte %02X, the boot sector has %02X", byte(x), v.g.media)
		return k.set(0, entryBits&^0xFF|uint32(v.g.media))
	}
	return nil
}

// compareTables makes all FATs like the first one.
func (k *checker) compareTables() error {
	v := k.v
	if v.g.kind == FAT12 {
		if err := k.tornEntries(); err != nil {
			return err
		}
	}
	size := uint64(v.sectorSize)
	step := writeBytes / size
	a, b := make([]byte, writeBytes), make([]byte, writeBytes)
	for other := uint64(1); other < uint64(v.g.fats); other++ {
		differ := 0
		for s := uint64(0); s < v.g.fatSectors; s += step {
			n := min(step, v.g.fatSectors-s) * size
			if err := v.cache.read(a[:n], v.table+s); err != nil {
				return err
			}
			err := v.readSectors(b[:n], v.table+other*v.g.fatSectors+s)
			if err == nil && bytes.Equal(a[:n], b[:n]) {
				continue
			}
			differ++
			if k.mend {
				if err := v.writeSectors(a[:n], v.table+other*v.g.fatSectors+s); err != nil {
					return err
				}
			}
		}
		if differ > 0 {
			k.found("", "FAT %d differs from the first one", other+1)
		}
	}
	return nil
}

// tornEntries looks at FAT12's entries that lie in two sectors. Where the writing of the
// first FAT was cut between the two, the entry is half old and half new there; the second
// FAT has the old one then. The FATs are written one after the other, from the first sector
// to the last: the first FAT's sector before the gap differs from the second's, and the one
// behind it does not.
func (k *checker) tornEntries() error {
	v := k.v
	size := v.sectorSize
	n := int(v.g.fatSectors) * size
	if n > 16<<10 {
		n = 16 << 10 / size * size // FAT12 has no more than 12 KiB
	}
	one, two := make([]byte, n), make([]byte, n)
	if v.readSectors(one, v.table) != nil || v.readSectors(two, v.table+v.g.fatSectors) != nil {
		return nil
	}
	for gap := size; gap < n; gap += size {
		before := bytes.Equal(one[gap-size:gap], two[gap-size:gap])
		behind := bytes.Equal(one[gap:gap+size], two[gap:gap+size])
		c := uint32(gap-1) * 2 / 3
		if before || !behind || int(c+c/2) != gap-1 || !v.g.valid(c) {
			continue
		}
		x := uint32(two[gap-1]) | uint32(two[gap])<<8
		if c&1 != 0 {
			x >>= 4
		}
		x = widen(x&0xFFF, FAT12)
		old, err := v.raw(c)
		if err != nil {
			return err
		}
		if x != old {
			k.found("", "the entry of cluster %d was written in half", c)
			if err := k.set(c, x); err != nil {
				return err
			}
			if k.mend { // compareTables reads the device
				if err := v.cache.writeTable(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// claim takes the clusters of a chain, at most most of them, for its owner. what says what is
// wrong with the chain, which then ends behind the last cluster that is right (mend); further,
// where it is not nil, has to say of every cluster but the first whether it is.
func (k *checker) claim(first, most uint32, further func(c uint32) (bool, error)) (count uint32, what string, err error) {
	v := k.v
	tail := uint32(0)
	c := first
	for {
		var x uint32
		switch {
		case c >= leastEnd:
			return count, "", nil
		case !v.g.valid(c):
			what = fmt.Sprintf("the chain leads to cluster %X, which does not exist", c)
		case count >= most:
			what = "the chain goes on behind the end"
		case k.claimed.has(c):
			what = fmt.Sprintf("cluster %d belongs to another file, too", c)
		default:
			if x, err = v.raw(c); err != nil {
				return count, "", err
			}
			if x == free || x == bad {
				what = fmt.Sprintf("the chain leads to cluster %d, which is free or bad", c)
			} else if further != nil && count > 0 {
				ok, err := further(c)
				if err != nil {
					return count, "", err
				}
				if !ok {
					what = fmt.Sprintf("the chain leads to cluster %d, which has no entries", c)
				}
			}
		}
		if what != "" {
			if tail != 0 {
				err = k.set(tail, endOfChain)
			}
			return count, what, err
		}
		k.claimed.set(c)
		count++
		if tail, c = c, x; count&0xFFF == 0 {
			v.cache.trim()
		}
	}
}

// lost frees clusters that belong to nobody.
func (k *checker) lost() error {
	v := k.v
	unused := uint32(0)
	for c := uint32(firstCluster); v.g.valid(c); c++ {
		x, err := v.raw(c)
		if err != nil {
			return err
		}
		switch {
		case x == free:
			unused++
		case x != bad && !k.claimed.has(c):
			k.r.Lost++
			unused++
			if err := k.set(c, free); err != nil {
				return err
			}
		}
		if c&0xFFF == 0 {
			v.cache.trim()
		}
	}
	if k.r.Lost > 0 {
		k.found("", "%d lost clusters", k.r.Lost)
	}
	if b, ok := v.infoSector(); ok {
		if n := le.Uint32(b[488:]); n != infoUnknown && n != unused {
			k.found("", "%d free clusters, and FSInfo says %d", unused, n)
		}
	}
	if k.mend {
		v.free, v.freeKnown, v.hint = unused, true, firstCluster
		clear(v.noFree)
	}
	return nil
}
