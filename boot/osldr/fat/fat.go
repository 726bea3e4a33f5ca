// Package fat reads files from a FAT32 volume (Microsoft FAT specification
// 1.03, 30 August 2005). It is written for a boot loader: a few large reads
// into memory the caller owns, no writing, and no trust in what is on the disk:
// loops, clusters outside the volume, chains that end early and directories
// without end all give an error.
package fat

import "gont/boot/osldr/status"

// SectorSize is the only sector size a BIOS boots from.
const SectorSize = 512

// Disk is where the volume lies.
type Disk interface {
	// ReadSectors fills dst, a multiple of SectorSize, from sector lba on.
	ReadSectors(lba uint64, dst []byte) error
}

const (
	entryMask  = 0x0FFF_FFFF // upper four bits are reserved
	badCluster = 0x0FFF_FFF7
	endOfChain = 0x0FFF_FFF8
	windowSize = 16 * SectorSize // of FAT kept in memory
	maxRuns    = 1 << 15         // pieces of a file; half a megabyte of memory
)

// Volume is a mounted FAT32 file system.
type Volume struct {
	disk        Disk
	start       uint64 // first sector of the volume
	fat         uint64 // first sector of the active FAT
	fatSectors  uint32
	data        uint64 // sector of cluster 2
	perCluster  uint32 // sectors
	lastCluster uint32
	root        uint32

	window      []byte // sectors of the FAT
	windowStart uint32 // first of them, counted in the FAT
	windowLen   uint32 // number of sectors valid
}

func le16(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 }
func le32(b []byte) uint32 { return le16(b) | le16(b[2:])<<16 }

// Mount reads the volume's boot sector at sector start and checks it. The
// error is a disk error or BadVolume with what is wrong.
func Mount(d Disk, start uint64) (*Volume, error) {
	b := make([]byte, SectorSize)
	if err := d.ReadSectors(start, b); err != nil {
		return nil, err
	}
	p, err := ParseBPB(b)
	if err != nil {
		return nil, err
	}
	return &Volume{
		disk: d, start: start, perCluster: p.PerCluster, lastCluster: p.LastCluster, root: p.Root,
		fat:        start + uint64(p.FAT) + uint64(p.Active)*uint64(p.FATSectors),
		fatSectors: p.FATSectors,
		data:       start + p.Data,
	}, nil
}

func (v *Volume) valid(c uint32) bool { return c >= 2 && c <= v.lastCluster }

func (v *Volume) lba(c uint32) uint64 {
	return v.data + uint64(c-2)*uint64(v.perCluster)
}

// next is the FAT's entry for a valid cluster c.
func (v *Volume) next(c uint32) (uint32, error) {
	sector := c / (SectorSize / 4)
	if sector < v.windowStart || sector >= v.windowStart+v.windowLen {
		if v.window == nil {
			v.window = make([]byte, windowSize)
		}
		n := min(v.fatSectors-sector, windowSize/SectorSize)
		v.windowLen = 0
		if err := v.disk.ReadSectors(v.fat+uint64(sector), v.window[:n*SectorSize]); err != nil {
			return 0, err
		}
		v.windowStart, v.windowLen = sector, n
	}
	return le32(v.window[(sector-v.windowStart)*SectorSize+c%(SectorSize/4)*4:]) & entryMask, nil
}

// run is a piece of a file that is contiguous on the disk.
type run struct {
	lba     uint64
	sectors uint32
}

// chain follows the FAT from first for at most limit clusters and returns the
// runs. A chain shorter than want clusters, and a loop (which only a chain
// longer than the volume can be), are errors.
func (v *Volume) chain(first, want, limit uint32) ([]run, error) {
	var runs []run
	c := first
	for n := uint32(0); n < limit; n++ {
		switch {
		case c >= endOfChain:
			if n < want {
				return nil, status.Corrupt("cluster chain is shorter than the file")
			}
			return runs, nil
		case c == badCluster:
			return nil, status.Corrupt("cluster chain runs into a bad cluster")
		case !v.valid(c):
			return nil, status.Corrupt("cluster chain leaves the volume")
		}
		if len(runs) >= maxRuns {
			return nil, status.Corrupt("file is in too many pieces, or its cluster chain has a loop")
		}
		lba := v.lba(c)
		if k := len(runs) - 1; k >= 0 && runs[k].lba+uint64(runs[k].sectors) == lba {
			runs[k].sectors += v.perCluster
		} else {
			runs = append(runs, run{lba, v.perCluster})
		}
		var err error
		if c, err = v.next(c); err != nil {
			return nil, err
		}
	}
	if want != limit {
		return nil, errLoop
	}
	// This is all the file needs, and what follows does not matter; but a chain
	// that ends here has no cluster twice, and another may.
	if c < endOfChain {
		twice, err := v.repeats(first, limit)
		if err != nil {
			return nil, err
		}
		if twice {
			return nil, errLoop
		}
	}
	return runs, nil
}

var errLoop = status.Corrupt("cluster chain has a loop")

// repeats reports whether one of the first n clusters of a chain comes twice.
// It is R. P. Brent's way to find a cycle ("An improved Monte Carlo factorization
// algorithm", BIT 20, 1980): without memory, in some 4n steps.
func (v *Volume) repeats(first, n uint32) (bool, error) {
	length, power := uint32(1), uint32(1)
	mark := first
	c, err := v.next(first)
	for steps := uint64(0); c != mark; steps++ {
		if err != nil || !v.valid(c) || steps > 4*uint64(n)+16 {
			return false, err
		}
		if power == length {
			mark, power, length = c, power*2, 0
		}
		c, err = v.next(c)
		length++
	}
	// A cycle of length clusters; where does it begin?
	ahead := first
	for i := uint32(0); i < length && err == nil; i++ {
		ahead, err = v.next(ahead)
	}
	at := first
	for begin := uint64(0); begin+uint64(length) < uint64(n) && err == nil; begin++ {
		if at == ahead {
			return true, nil
		}
		if at, err = v.next(at); err == nil {
			ahead, err = v.next(ahead)
		}
	}
	return false, err
}
