package fat

import (
	"encoding/binary"
	"fmt"

	"gont/nt"
)

var le = binary.LittleEndian

// Kind is which FAT a volume has: the bits of an entry.
type Kind int

// The kinds.
const (
	FAT12 Kind = 12
	FAT16 Kind = 16
	FAT32 Kind = 32
)

func (k Kind) String() string { return fmt.Sprintf("FAT%d", int(k)) }

// Limits of the format.
const (
	maxCluster    = 64 << 10 // bytes
	most12        = 4084     // clusters of FAT12 (specification chapter 3.5)
	most16        = 65524
	most32        = 0x0FFFFFF5
	dirtyBoot     = 0x01 // in byte 37 (FAT12, FAT16) or 65 of the boot sector: not closed
	firstCluster  = 2
	bootSignature = 0xAA55
)

// geometry is what the boot sector says, checked. Sectors are counted from the volume's
// first.
type geometry struct {
	kind        Kind
	sectorSize  int
	perCluster  uint32 // sectors
	total       uint64 // sectors of the volume
	fat         uint64 // first sector of the first FAT
	fatSectors  uint64 // of one FAT
	fats        uint32
	active      uint32 // the FAT that counts
	mirrored    bool   // all FATs are written
	rootStart   uint64 // of FAT12 and FAT16
	rootSectors uint64
	data        uint64 // sector of cluster 2
	clusters    uint32 // the last one is clusters+1
	root        uint32 // first cluster, of FAT32
	fsInfo      uint64 // sector; 0: there is none
	backup      uint64 // sector of the boot sector's copy; 0: none
	media       byte
	serial      uint32
	dirty       bool // the boot sector says so
}

func refuse(format string, a ...any) (*geometry, error) {
	return nil, &Error{Status: nt.StatusUnrecognizedVolume, Reason: fmt.Sprintf("not a FAT volume: "+format, a...)}
}

func powerOfTwo(n uint32) bool { return n != 0 && n&(n-1) == 0 }

// parseBoot reads a boot sector and checks all of its fields (specification chapter 3).
// The error is STATUS_UNRECOGNIZED_VOLUME with the field that is wrong.
func parseBoot(b []byte, deviceBytes uint64) (*geometry, error) {
	if len(b) < 512 {
		return refuse("%d bytes are no boot sector", len(b))
	}
	reserved, entries := le.Uint16(b[14:]), uint32(le.Uint16(b[17:]))
	size := uint32(le.Uint16(b[11:]))
	g := &geometry{sectorSize: int(size), perCluster: uint32(b[13]), fats: uint32(b[16]), media: b[21],
		fat: uint64(reserved), fatSectors: uint64(le.Uint16(b[22:])), total: uint64(le.Uint16(b[19:])), mirrored: true}
	if g.total == 0 {
		g.total = uint64(le.Uint32(b[32:]))
	}
	switch {
	case le.Uint16(b[510:]) != bootSignature:
		return refuse("the boot sector has no signature")
	case b[0] != 0xEB && b[0] != 0xE9 && b[0] != 0x49:
		return refuse("the boot sector begins with %02X, which is no jump", b[0])
	case !powerOfTwo(size) || size < 512 || size > 4096:
		return refuse("sectors of %d bytes", size)
	case !powerOfTwo(g.perCluster):
		return refuse("%d sectors a cluster", g.perCluster)
	case g.perCluster*size > maxCluster:
		return refuse("clusters of %d KiB; 64 is the most", g.perCluster*size>>10)
	case reserved == 0:
		return refuse("no reserved sectors")
	case g.fats == 0 || g.fats > 4:
		return refuse("%d FATs", g.fats)
	case g.media != 0xF0 && g.media < 0xF8:
		return refuse("media byte %02X", g.media)
	case g.total == 0:
		return refuse("no sectors")
	case g.total*uint64(size) > deviceBytes:
		return refuse("%d sectors of %d bytes, and the device has %d bytes", g.total, size, deviceBytes)
	}
	if g.fatSectors == 0 {
		g.kind = FAT32
		if _, err := g.parse32(b, entries); err != nil {
			return nil, err
		}
	} else {
		if b[38] == 0x28 || b[38] == 0x29 {
			g.serial = le.Uint32(b[39:])
		}
		g.dirty = b[37]&dirtyBoot != 0
		switch {
		case entries == 0:
			return refuse("no root directory")
		case entries*entrySize%size != 0: // BPB_RootEntCnt
			return refuse("a root directory of %d entries, which are no whole number of sectors", entries)
		}
	}
	g.rootStart = g.fat + uint64(g.fats)*g.fatSectors
	g.rootSectors = (uint64(entries)*entrySize + uint64(size) - 1) / uint64(size)
	g.data = g.rootStart + g.rootSectors
	if g.data >= g.total {
		return refuse("FATs and root directory take %d sectors of %d", g.data, g.total)
	}
	return g.count()
}

// parse32 reads what only FAT32 has.
func (g *geometry) parse32(b []byte, entries uint32) (*geometry, error) {
	g.fatSectors = uint64(le.Uint32(b[36:]))
	g.root = le.Uint32(b[44:])
	g.serial = le.Uint32(b[67:])
	g.dirty = b[65]&dirtyBoot != 0
	switch {
	case g.fatSectors == 0:
		return refuse("FATs of no sectors")
	case entries != 0:
		return refuse("FAT32 with %d entries of a root directory", entries)
	case b[42] != 0 || b[43] != 0:
		return refuse("FAT32 version %d.%d", b[43], b[42])
	}
	if flags := uint32(le.Uint16(b[40:])); flags&0x80 != 0 {
		g.mirrored, g.active = false, flags&15
		if g.active >= g.fats {
			return refuse("FAT %d is active, of %d", g.active, g.fats)
		}
	}
	if s := le.Uint16(b[48:]); s != 0 && s != 0xFFFF {
		if g.fsInfo = uint64(s); g.fsInfo >= g.fat {
			return refuse("FSInfo is sector %d, and the FAT begins at %d", s, g.fat)
		}
	}
	if s := le.Uint16(b[50:]); s != 0 && s != 0xFFFF {
		if g.backup = uint64(s); g.backup >= g.fat || g.backup == g.fsInfo {
			return refuse("the boot sector's copy is sector %d, and the FAT begins at %d", s, g.fat)
		}
	}
	return g, nil
}

// count finds the number of clusters and with it the kind.
func (g *geometry) count() (*geometry, error) {
	clusters := (g.total - g.data) / uint64(g.perCluster)
	if clusters == 0 {
		return refuse("no clusters")
	}
	most := uint64(most32)
	if g.kind != FAT32 {
		if g.kind, most = FAT12, most12; clusters > most12 {
			g.kind, most = FAT16, most16
		}
	}
	if clusters > most {
		return refuse("%d clusters are too many for %v", clusters, g.kind)
	}
	room := g.fatSectors * uint64(g.sectorSize) * 8 / uint64(g.kind)
	if room <= firstCluster {
		return refuse("a FAT of %d entries", room)
	}
	// Formatters round in different ways: entries that a short FAT does not have are
	// clusters that nobody uses.
	g.clusters = uint32(min(clusters, room-firstCluster))
	if g.kind == FAT32 && (g.root < firstCluster || g.root > g.clusters+1) {
		return refuse("the root directory's cluster is %d, the last one %d", g.root, g.clusters+1)
	}
	return g, nil
}

// last is the last cluster.
func (g *geometry) last() uint32 { return g.clusters + 1 }

// valid says whether c is a cluster of the volume.
func (g *geometry) valid(c uint32) bool { return c >= firstCluster && c <= g.last() }

// sectorOf is the first sector of a valid cluster.
func (g *geometry) sectorOf(c uint32) uint64 {
	return g.data + uint64(c-firstCluster)*uint64(g.perCluster)
}

// dirtyAt is where the boot sector says that the volume was not closed.
func (g *geometry) dirtyAt() int {
	if g.kind == FAT32 {
		return 65
	}
	return 37
}
