package fat

import "gont/boot/osldr/status"

// BPB is what a FAT32 volume's first sector says (FAT specification 1.03,
// chapter 3.1). Sectors are counted from the volume's first.
type BPB struct {
	PerCluster  uint32 // sectors a cluster, a power of two up to 128
	FAT         uint32 // first sector of the first FAT
	FATSectors  uint32 // of one FAT
	FATs        uint32
	Active      uint32 // number of the FAT that counts
	Data        uint64 // sector of cluster 2
	LastCluster uint32
	Root        uint32 // first cluster of the root directory
}

// ParseBPB decides by its first sector whether something is a FAT32 volume, and
// what its parts are. Hidden sectors, partition type, and what file systems write
// for information count for nothing; boot/fat32 has the same rule. The error is
// BadVolume with what is wrong.
func ParseBPB(b []byte) (*BPB, error) {
	v := &BPB{PerCluster: uint32(b[13]), FAT: le16(b[14:]), FATs: uint32(b[16]), FATSectors: le32(b[36:]), Root: le32(b[44:])}
	total := uint64(le32(b[32:]))
	if total == 0 {
		total = uint64(le16(b[19:]))
	}
	switch {
	case b[510] != 0x55 || b[511] != 0xAA:
		return nil, status.BadVolume("boot sector has no signature")
	case le16(b[11:]) != SectorSize:
		return nil, status.BadVolume("sector size is not 512 bytes")
	case v.PerCluster == 0 || v.PerCluster&(v.PerCluster-1) != 0:
		return nil, status.BadVolume("cluster size is not a power of two")
	case le16(b[22:]) != 0 || v.FATSectors == 0:
		return nil, status.BadVolume("volume is not FAT32")
	case v.FATs == 0 || v.FAT == 0:
		return nil, status.BadVolume("volume has no FAT")
	case b[42] != 0 || b[43] != 0:
		return nil, status.BadVolume("FAT32 version is not 0.0")
	}
	v.Data = uint64(v.FAT) + uint64(v.FATs)*uint64(v.FATSectors)
	if v.Data >= total {
		return nil, status.BadVolume("FAT is larger than the volume")
	}
	clusters := (total - v.Data) / uint64(v.PerCluster)
	clusters = min(clusters, uint64(v.FATSectors)*(SectorSize/4)-2, badCluster-2)
	v.LastCluster = uint32(clusters) + 1
	if flags := le16(b[40:]); flags&0x80 != 0 { // mirroring off: one FAT is active
		if v.Active = flags & 15; v.Active >= v.FATs {
			return nil, status.BadVolume("active FAT does not exist")
		}
	}
	if v.Root < 2 || v.Root > v.LastCluster {
		return nil, status.BadVolume("root directory is outside the volume")
	}
	return v, nil
}
