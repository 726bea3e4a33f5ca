// Package sectors reads a disk through a BIOS that is not trusted. A BIOS may
// refuse long reads, do fewer sectors than it says, tell of extensions that it
// does not have or keep quiet about those it has, and leave CF set after success.
// What counts is whether the bytes have arrived. The boot sectors follow the same
// rules (boot/mbr, boot/fat32).
package sectors

import "gont/boot/osldr/status"

// Size of a sector in bytes.
const Size = 512

// Most is the number of sectors that a call reads at most, as EDD 1.1 has it.
const Most = 127

const tries = 3

// BIOS is the part of INT 13h that is needed, for one drive. The results are
// the BIOS's error codes, and whether CF was set.
type BIOS interface {
	// Extended is AH=42h: n sectors from sector lba on to the beginning of Buffer.
	Extended(lba uint64, n int) (code byte, carry bool)
	// Cylinder is AH=02h: one sector to the beginning of Buffer.
	Cylinder(cylinder, head, sector uint32) (code byte, carry bool)
	Reset()
	Buffer() []byte // of Most sectors
}

// Geometry is what the BIOS tells of a drive; zero is unknown.
type Geometry struct {
	Sectors                   uint64 // of the disk, AH=48h
	Cylinders, Heads, PerHead uint32 // AH=08h; PerHead is sectors a track
}

// end is the first sector that is not on the disk. AH=08h may leave out a
// cylinder that is kept for diagnosis, and cannot tell more than 1024.
func (g Geometry) end() uint64 {
	switch {
	case g.Sectors != 0:
		return g.Sectors
	case g.Cylinders != 0 && g.Cylinders < 1023 && g.Heads != 0 && g.PerHead != 0:
		return uint64(g.Cylinders+1) * uint64(g.Heads) * uint64(g.PerHead)
	}
	return 1 << 63
}

// Reader reads a drive. It implements fat.Disk.
type Reader struct {
	bios     BIOS
	geometry Geometry
	most     int  // sectors a call; becomes smaller where a BIOS does not do them
	extended bool // AH=42h has worked
	byTrack  bool // AH=42h has never worked, AH=02h has
}

// New makes a reader.
func New(b BIOS, g Geometry) *Reader { return &Reader{bios: b, geometry: g, most: Most} }

// ReadSectors fills dst, a multiple of Size, from sector lba on. No sector
// beyond the end of the disk is asked for. The error has DeviceError's status.
func (r *Reader) ReadSectors(lba uint64, dst []byte) error {
	if end, n := r.geometry.end(), uint64(len(dst)/Size); n > end || lba > end-n {
		return failure("sector " + status.Dec(lba+max(n, 1)-1) + " is beyond the end of the disk (" + status.Dec(end) + " sectors)")
	}
	for len(dst) > 0 {
		n := min(len(dst)/Size, r.most)
		if r.byTrack {
			n = 1
		}
		if code, ok := r.read(lba, n); !ok {
			if n == 1 {
				return failure("disk error " + status.Hex(uint64(code), 2) + "h at sector " + status.Dec(lba))
			}
			r.most = n / 2
			continue
		}
		copy(dst, r.bios.Buffer()[:n*Size])
		dst = dst[n*Size:]
		lba += uint64(n)
	}
	return nil
}

func failure(reason string) error {
	return &status.Error{Code: status.DeviceError.Code, Reason: reason}
}

// invalid is the error code of a function or parameter that a BIOS refuses:
// trying again is of no use.
const invalid = 0x01

// read reads n sectors to the buffer: three tries, with a reset of the drive
// between. ok is false when they did not come, with the last error code.
func (r *Reader) read(lba uint64, n int) (code byte, ok bool) {
	for i := 0; i < tries; i++ {
		if i > 0 {
			r.bios.Reset()
		}
		if !r.byTrack || n > 1 {
			if code, ok = r.call(lba, n, false); ok {
				r.extended = true
				return 0, true
			}
		}
		if n == 1 {
			second, ok := r.call(lba, 1, true)
			if ok {
				r.byTrack = !r.extended
				return 0, true
			}
			if r.byTrack {
				code = second
			}
		}
		if code == invalid && n > 1 {
			break
		}
	}
	return code, false
}

// track is AH=02h for a sector's number.
func (r *Reader) track(lba uint64) (code byte, carry bool) {
	g := &r.geometry
	if g.Heads == 0 || g.PerHead == 0 {
		return 0x07, true // drive parameters unknown
	}
	cylinder := lba / uint64(g.PerHead) / uint64(g.Heads)
	if cylinder > 1023 {
		return 0x04, true // sector not found
	}
	return r.bios.Cylinder(uint32(cylinder), uint32(lba/uint64(g.PerHead)%uint64(g.Heads)), uint32(lba%uint64(g.PerHead))+1)
}

// call makes a call, AH=02h or AH=42h, that brings n sectors. The last eight bytes of the buffer
// get a value that the disk does not hold; while they have it, nothing has come,
// whatever the BIOS says. CF with error code 0 is no error then.
func (r *Reader) call(lba uint64, n int, byTrack bool) (code byte, ok bool) {
	last := r.bios.Buffer()[n*Size-8 : n*Size]
	canary := (lba + 1) * 0x9E3779B97F4A7C15
	for i := range last {
		last[i] = byte(canary >> (8 * i))
	}
	var carry bool
	if byTrack {
		code, carry = r.track(lba)
	} else {
		code, carry = r.bios.Extended(lba, n)
	}
	if carry && code != 0 {
		return code, false
	}
	for i := range last {
		if last[i] != byte(canary>>(8*i)) {
			return 0, true
		}
	}
	return 0xFF, false // success without data
}
