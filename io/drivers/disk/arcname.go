package disk

import "gont/fs/partition"

// ArcDisk is a disk as the loader has seen it by the BIOS.
type ArcDisk struct {
	Name      string // "multi(0)disk(0)rdisk(0)"
	Signature uint32 // of the master boot record
	CheckSum  uint32 // of the first sector (partition.Table)
	Sectors   uint64 // of 512 bytes; 0: the BIOS does not say
	Gpt       bool
	ID        partition.GUID // of a GPT disk
}

// ArcDisks are the loader's, by which \ArcName leads to the right disk, whatever its number; the
// kernel sets them before the driver starts.
var ArcDisks []ArcDisk

// arcName is the name of the loader's disk that this one is; "" when none or several can be. A
// GPT disk is known by its GUID, a disk with an MBR by its signature, any other by the checksum of
// its first sector: one without a table, and a GPT disk whose header OSLDR could not read. Where several disks have the
// same, the checksum and then the size decide.
func (d *disk) arcName(t *partition.Table) string {
	var list []*ArcDisk
	for i := range ArcDisks {
		a, same := &ArcDisks[i], false
		switch {
		case a.Gpt && t.ID != (partition.GUID{}):
			same = a.ID == t.ID
		case t.Scheme == partition.MBR && t.Signature != 0:
			same = a.Signature == t.Signature
		default:
			same = a.CheckSum == t.CheckSum && t.CheckSum != 0
		}
		if same {
			list = append(list, a)
		}
	}
	bytes := d.port.Sectors * uint64(d.port.SectorSize)
	for _, same := range []func(*ArcDisk) bool{
		func(a *ArcDisk) bool { return a.CheckSum == t.CheckSum },
		func(a *ArcDisk) bool { return a.Sectors == 0 || a.Sectors*512 == bytes },
	} {
		if len(list) < 2 {
			break
		}
		var left []*ArcDisk
		for _, a := range list {
			if same(a) {
				left = append(left, a)
			}
		}
		list = left
	}
	if len(list) != 1 {
		return ""
	}
	return list[0].Name
}
