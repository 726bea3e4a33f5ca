package fat

import "gont/boot/osldr/status"

// File is an open file: its length and where it lies.
type File struct {
	v      *Volume
	length uint32
	runs   []run
}

func (v *Volume) file(first, length uint32) (*File, error) {
	f := &File{v: v, length: length}
	if length == 0 {
		return f, nil
	}
	size := uint64(v.perCluster) * SectorSize
	n := (uint64(length) + size - 1) / size
	if n > uint64(v.lastCluster-1) {
		return nil, status.Corrupt("file is larger than the volume")
	}
	var err error
	f.runs, err = v.chain(first, uint32(n), uint32(n))
	return f, err
}

// Len is the length in bytes.
func (f *File) Len() int { return int(f.length) }

// Fragments is the number of separate pieces on the disk.
func (f *File) Fragments() int { return len(f.runs) }

// ReadAt fills dst from offset off, a multiple of SectorSize. Whole sectors go
// straight to dst in reads as long as the file's pieces allow; an odd end does
// too when dst's capacity has room for its whole sector, else it passes through
// a buffer. Reading past the end is an error.
func (f *File) ReadAt(dst []byte, off int) error {
	if off < 0 || off%SectorSize != 0 || uint64(off)+uint64(len(dst)) > uint64(f.length) {
		return status.Corrupt("file is shorter than its contents say")
	}
	if odd := len(dst) % SectorSize; odd != 0 && cap(dst)-len(dst) >= SectorSize-odd {
		dst = dst[:len(dst)+SectorSize-odd]
	}
	skip := uint32(off / SectorSize)
	for _, r := range f.runs {
		if skip >= r.sectors {
			skip -= r.sectors
			continue
		}
		lba, n := r.lba+uint64(skip), r.sectors-skip
		skip = 0
		if whole := uint32(len(dst) / SectorSize); whole > 0 {
			k := min(n, whole)
			if err := f.v.disk.ReadSectors(lba, dst[:k*SectorSize]); err != nil {
				return err
			}
			dst = dst[k*SectorSize:]
			lba += uint64(k)
			n -= k
		}
		if len(dst) == 0 {
			return nil
		}
		if n > 0 && len(dst) < SectorSize {
			tail := make([]byte, SectorSize)
			if err := f.v.disk.ReadSectors(lba, tail); err != nil {
				return err
			}
			copy(dst, tail)
			return nil
		}
	}
	if len(dst) == 0 {
		return nil
	}
	return status.Corrupt("cluster chain is shorter than the file")
}
