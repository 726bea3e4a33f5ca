package disk

import "gont/fs/partition"

// DiskInfo is a disk, for the commands that show them.
type DiskInfo struct {
	Number     int
	Name       string
	Driver     string // of the port that the disk is at: its key of services
	Sectors    uint64
	SectorSize uint32
	Partitions []PartitionInfo // in the order of their numbers
	Dead       bool
	Known      bool   // its partition table has been read
	Arc        string // the loader's name of it, "" for none
	Counts     Counts
}

// PartitionInfo is a partition of a disk.
type PartitionInfo struct {
	partition.Partition
	Device string // its volume's name, \Device\HarddiskVolumeK
}

// Disks lists the disks. PASSIVE_LEVEL.
func Disks() (list []DiskInfo) {
	if class.driver == nil {
		return nil
	}
	class.lock.take()
	defer class.lock.release()
	for _, d := range class.disks {
		i := DiskInfo{Number: d.number, Name: d.port.Name, Sectors: d.port.Sectors, SectorSize: d.port.SectorSize, Known: d.known.Load(), Arc: d.arc}
		if port := d.port.Device; port != nil {
			i.Driver = port.Driver.Name
		}
		for _, v := range d.volumes {
			i.Partitions = append(i.Partitions, PartitionInfo{v.Extension.(*unit).partition, v.Object.Path()})
		}
		d.lock.Lock()
		i.Dead, i.Counts = d.state == dead, d.Counts
		d.lock.Unlock()
		list = append(list, i)
	}
	return list
}
