package fat

import (
	"fmt"

	"gont/nt"
)

// FormatOptions say what a new volume is like.
type FormatOptions struct {
	Kind        Kind   // 0: as Windows chooses for the size
	ClusterSize uint32 // bytes, a power of two up to 64 KiB; 0: as Windows chooses
	Label       string
	Serial      uint32
	Hidden      uint32 // sectors of the disk before the volume
}

// Format makes an empty volume of the whole device, which must be mounted nowhere. It writes the
// boot sector last, so that a cut leaves no volume. STATUS_INVALID_PARAMETER for a size and
// options that do not go together, STATUS_INVALID_VOLUME_LABEL.
func Format(dev Device, o FormatOptions) error {
	g, entries, err := plan(dev, o)
	if err != nil {
		return err
	}
	label, err := labelBytes(o.Label)
	if err != nil {
		return err
	}
	boot := g.bootSector(entries, o, label)
	if check, err := parseBoot(boot, dev.Sectors()*uint64(dev.SectorSize())); err != nil || check.kind != g.kind || check.clusters != g.clusters {
		return fail(nt.StatusInvalidParameter, "no %v volume of %d sectors with clusters of %d bytes: %v", g.kind, g.total, g.perCluster*uint32(g.sectorSize), err)
	}
	size := g.sectorSize
	write := func(b []byte, sector uint64) error { return dev.WriteAt(b, sector) }
	// Nothing of an old volume may be found: not its boot sector, nor a copy.
	zeros := make([]byte, writeBytes)
	end := g.data
	if g.kind == FAT32 {
		end += uint64(g.perCluster)
	}
	step := uint64(writeBytes / size)
	for s := uint64(0); s < end; s += step {
		if err := write(zeros[:min(step, end-s)*uint64(size)], s); err != nil {
			return err
		}
	}
	table := make([]byte, size)
	switch g.kind {
	case FAT12:
		copy(table, []byte{g.media, 0xFF, 0xFF})
	case FAT16:
		copy(table, []byte{g.media, 0xFF, 0xFF, 0xFF})
	default:
		le.PutUint32(table, entryBits&^0xFF|uint32(g.media))
		le.PutUint32(table[4:], entryBits)
		le.PutUint32(table[8:], entryBits)
	}
	for i := range uint64(g.fats) {
		if err := write(table, g.fat+i*g.fatSectors); err != nil {
			return err
		}
	}
	if len(label) > 0 {
		root := make([]byte, size)
		copy(root, "           ")
		copy(root, label)
		root[11] = attrVolume
		if err := write(root, g.rootStart); err != nil { // with FAT32 data begins there: cluster 2
			return err
		}
	}
	if g.kind == FAT32 {
		info := make([]byte, size)
		le.PutUint32(info, infoLead)
		le.PutUint32(info[484:], infoStruct)
		le.PutUint32(info[488:], g.clusters-1)
		le.PutUint32(info[492:], 3)
		le.PutUint32(info[508:], infoTrail)
		for _, w := range []struct {
			sector uint64
			b      []byte
		}{{g.fsInfo, info}, {g.backup + 1, info}, {g.backup, boot}} {
			if err := write(w.b, w.sector); err != nil {
				return err
			}
		}
	}
	if err := dev.Flush(); err != nil {
		return err
	}
	if err := write(boot, 0); err != nil {
		return err
	}
	return dev.Flush()
}

// plan chooses kind, cluster size and the places of everything.
func plan(dev Device, o FormatOptions) (*geometry, uint32, error) {
	size := uint32(dev.SectorSize())
	bytes := dev.Sectors() * uint64(size)
	if dev.Sectors() > 1<<32-1 || bytes < 64<<10 {
		return nil, 0, fail(nt.StatusInvalidParameter, "a volume of %d sectors of %d bytes", dev.Sectors(), size)
	}
	g := &geometry{kind: o.Kind, sectorSize: int(size), total: dev.Sectors(), fats: 2, mirrored: true, media: 0xF8, fat: 1}
	if g.kind == 0 {
		switch {
		case bytes < 16<<20:
			g.kind = FAT12
		case bytes < 512<<20:
			g.kind = FAT16
		default:
			g.kind = FAT32
		}
	}
	cluster := o.ClusterSize
	if cluster == 0 {
		cluster = max(size, chooseCluster(g.kind, bytes))
	}
	if !powerOfTwo(cluster) || cluster < size || cluster > maxCluster || cluster/size > 128 {
		return nil, 0, fail(nt.StatusInvalidParameter, "clusters of %d bytes", cluster)
	}
	g.perCluster = cluster / size
	entries := uint32(512)
	if g.kind == FAT32 {
		entries, g.fat, g.fsInfo, g.backup, g.root = 0, 32, 1, 6, firstCluster
	}
	g.rootSectors = uint64((entries*entrySize + size - 1) / size)
	// FATs of a size that has room for the clusters that are left beside them.
	for g.fatSectors = 1; ; {
		g.rootStart = g.fat + uint64(g.fats)*g.fatSectors
		g.data = g.rootStart + g.rootSectors
		if g.data >= g.total {
			return nil, 0, fail(nt.StatusInvalidParameter, "a volume of %d sectors has no room for its FATs", g.total)
		}
		clusters := (g.total - g.data) / uint64(g.perCluster)
		need := ((clusters+firstCluster)*uint64(g.kind) + 8*uint64(size) - 1) / (8 * uint64(size))
		if need <= g.fatSectors {
			g.clusters = uint32(clusters)
			return g, entries, nil
		}
		g.fatSectors = need
	}
}

// chooseCluster is the cluster size that Windows takes.
func chooseCluster(k Kind, bytes uint64) uint32 {
	most := map[Kind]uint64{FAT12: most12, FAT16: most16, FAT32: 1 << 21}[k]
	c := uint32(512)
	if k == FAT32 && bytes >= 260<<20 {
		c = 4096
	}
	for c < 32<<10 && bytes/uint64(c) > most {
		c *= 2
	}
	return c
}

// bootSector makes the boot sector. What a BIOS starts there says that it cannot.
func (g *geometry) bootSector(entries uint32, o FormatOptions, label []byte) []byte {
	b := make([]byte, g.sectorSize)
	copy(b[3:], "GONT 1.0")
	le.PutUint16(b[11:], uint16(g.sectorSize))
	b[13], b[16], b[21] = byte(g.perCluster), byte(g.fats), g.media
	le.PutUint16(b[14:], uint16(g.fat))
	le.PutUint16(b[17:], uint16(entries))
	if g.total < 1<<16 && g.kind != FAT32 {
		le.PutUint16(b[19:], uint16(g.total))
	} else {
		le.PutUint32(b[32:], uint32(g.total))
	}
	le.PutUint16(b[24:], 63)
	le.PutUint16(b[26:], 255)
	le.PutUint32(b[28:], o.Hidden)
	at := 36
	if g.kind == FAT32 {
		le.PutUint32(b[36:], uint32(g.fatSectors))
		le.PutUint32(b[44:], g.root)
		le.PutUint16(b[48:], uint16(g.fsInfo))
		le.PutUint16(b[50:], uint16(g.backup))
		at = 64
	} else {
		le.PutUint16(b[22:], uint16(g.fatSectors))
	}
	b[at], b[at+2] = 0x80, 0x29
	le.PutUint32(b[at+3:], o.Serial)
	name := paddedLabel(label)
	copy(b[at+7:], name[:])
	copy(b[at+18:], fmt.Sprintf("%-8s", g.kind))
	// jmp to: cli; hlt; jmp back
	b[0], b[1], b[2] = 0xEB, byte(at+26-2), 0x90
	copy(b[at+26:], []byte{0xFA, 0xF4, 0xEB, 0xFD})
	le.PutUint16(b[510:], bootSignature)
	return b
}
