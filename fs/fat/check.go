package fat

import (
	"bytes"
	"fmt"

	"gont/nt"
)

// Finding is something that is wrong on a volume.
type Finding struct {
	Path string // of the file or directory; empty: the volume
	What string
}

func (f Finding) String() string {
	if f.Path == "" {
		return f.What
	}
	return f.Path + ": " + f.What
}

// Report is what a check has found.
type Report struct {
	Ran                bool
	Found              []Finding // the first ones
	Count              int       // of all
	Mended             bool
	Files, Directories int
	Lost               uint32 // clusters that belonged to nobody
}

const mostFindings = 100

// checker is a check that runs. Its memory is two bits a cluster and what is said.
type checker struct {
	v       *Volume
	mend    bool
	r       Report
	claimed bitmap           // clusters that belong to a file or directory
	starts  bitmap           // first clusters that an entry has named
	twice   map[uint32]bool  // first clusters that several entries name
	ignored map[nodeKey]bool // entries that go, or would with mend
	dirs    []checkedDir
	renamed int
}

type bitmap []uint64

func (b bitmap) has(c uint32) bool { return b[c/64]>>(c%64)&1 != 0 }
func (b bitmap) set(c uint32)      { b[c/64] |= 1 << (c % 64) }
func (b bitmap) clear(c uint32)    { b[c/64] &^= 1 << (c % 64) }

// checkedDir is a directory that has been found.
type checkedDir struct {
	node *Node
	path string
	up   uint32 // what .. has to say
}

const mostTwice = 4096

// Check looks at the whole volume: FATs that differ, chains that leave the volume, end
// early, go on behind the file's end or share clusters, clusters that belong to nobody,
// damaged entries, and the number of free clusters. With mend, what is wrong is put right,
// and the volume is closed; STATUS_ACCESS_DENIED while somebody has a file open.
//
// Nothing of a file that is whole is changed. Of two names for one chain one remains, of
// files that share a part the first one that is found; lost clusters become free.
// STATUS_DISK_CORRUPT_ERROR, and nothing is changed, where the boot sector and its copy differ.
func (v *Volume) Check(mend bool) (Report, error) {
	v.lock.Lock()
	defer v.lock.Unlock()
	switch {
	case v.gone:
		return Report{}, fail(nt.StatusVolumeDismounted, "the volume is dismounted")
	case mend && v.o.ReadOnly:
		return Report{}, fail(nt.StatusMediaWriteProtected, "the volume is mounted for reading")
	}
	if !v.o.ReadOnly {
		if err := v.flushAll(); err != nil {
			return Report{}, err
		}
	}
	for len(v.idle) > 0 {
		v.idle[0].dismiss()
	}
	if mend && len(v.nodes) > 0 {
		return Report{}, fail(nt.StatusAccessDenied, "%d files are open", len(v.nodes))
	}
	if mend {
		if err := v.touch(); err != nil {
			return Report{}, err
		}
	}
	return v.check(mend)
}

// check is Check with the lock held, and nothing open or waiting.
func (v *Volume) check(mend bool) (Report, error) {
	words := (uint64(v.g.clusters)+firstCluster)/64 + 1
	k := &checker{v: v, mend: mend, claimed: make(bitmap, words), starts: make(bitmap, words),
		twice: map[uint32]bool{}, ignored: map[nodeKey]bool{}}
	k.r.Ran = true
	for _, step := range []func() error{k.boot, k.tables, k.findDirectories, k.settleTwice, k.files, k.label, k.lost, k.finish} {
		if err := step(); err != nil {
			return k.r, err
		}
	}
	k.r.Mended = mend
	return k.r, nil
}

// found notes a finding.
func (k *checker) found(path, format string, a ...any) {
	if k.r.Count++; len(k.r.Found) < mostFindings {
		k.r.Found = append(k.r.Found, Finding{path, fmt.Sprintf(format, a...)})
	}
}

// set changes the FAT if the check mends.
func (k *checker) set(c, x uint32) error {
	if !k.mend {
		return nil
	}
	if len(k.v.cache.table) > k.v.cache.most/2 {
		if err := k.v.cache.writeTable(); err != nil {
			return err
		}
	}
	return k.v.setAny(c, x)
}

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

// label makes the boot sector's label that of the root directory.
func (k *checker) label() error {
	label, err := k.v.label()
	if err != nil {
		return err
	}
	b, _ := oemUpper(label)
	if same, err := k.v.hasBootLabel(b); err != nil || same {
		return err
	}
	k.found("", "the boot sector's label is not %q", label)
	if !k.mend {
		return nil
	}
	return k.v.bootLabel(b)
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

// finish writes what was mended and closes the volume.
func (k *checker) finish() error {
	v := k.v
	if !k.mend {
		return nil
	}
	v.root.runs, v.root.whole, v.root.length, v.root.dir = nil, false, 0, &directory{}
	v.g.dirty = false
	return v.clean()
}
