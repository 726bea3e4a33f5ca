// Package disk is the class driver of disks (SPEC I8, I10): it takes the disks that port
// drivers tell of (io/storage), and gives them names, partitions and volumes.
//
//	\Device\HarddiskN\Partition0    disk N as a whole; \??\PhysicalDriveN leads there
//	\Device\HarddiskVolumeK         a partition
//	\Device\HarddiskN\PartitionM    leads to the volume of disk N's partition M
//	\ArcName\...                    leads to the disks and partitions that the BIOS saw
//
// Requests of whole sectors are cut into pieces that the port takes, tried again where that
// may help, and watched: a disk that does not answer in time is reset, and when that does not
// help either, whoever asked and will ask gets an error. A write that is to be written through is
// followed by a flush, or has the port's own way.
package disk

import (
	"encoding/binary"
	"fmt"

	"gont/fs/partition"
	"gont/io"
	"gont/io/storage"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
)

// Say prints a line for who watches the console; the kernel sets it.
var Say = func(string) {}

// unit is the extension of a device: a disk or a partition.
type unit struct {
	disk      *disk
	start     uint64 // sectors of the disk
	sectors   uint64
	partition partition.Partition // its Number is 0 for the whole disk
}

// A port has as long as this to give back the requests of a disk that is gone.
const (
	waitDelay = 100_000 // 100 ns
	mostWait  = 1000
)

// turn is a lock whose holder may wait, for the disk that it looks at. PASSIVE_LEVEL.
type turn struct{ *ke.Event }

func newTurn() turn     { return turn{ke.NewEvent(nt.SynchronizationEvent, true)} }
func (t turn) take()    { ke.WaitForSingleObject(t.Event, ke.KernelMode, false, nil) }
func (t turn) release() { t.Set() }

// class is what the driver has. disks is guarded by lock.
var class struct {
	lock    turn
	driver  *io.Driver
	disks   []*disk
	volumes int // numbers that have been given

	starting bool // DriverEntry waits for the tables of all disks
}

// DriverEntry waits for disks.
func DriverEntry(d *io.Driver, registryPath string) nt.Status {
	d.Major[io.Create], d.Major[io.Cleanup], d.Major[io.Close] = create, succeed, succeed
	d.Major[io.Read], d.Major[io.Write] = transfer, transfer
	d.Major[io.FlushBuffers], d.Major[io.Shutdown] = flush, flush
	d.Major[io.DeviceControl] = control
	d.Unload = func(*io.Driver) {
		storage.Subscribe(nil, nil)
		for len(class.disks) > 0 {
			gone(class.disks[0].port)
		}
	}
	class.lock, class.driver, class.disks, class.volumes = newTurn(), d, nil, 0
	if _, s := ob.CreateDirectory(`\ArcName`); !s.OK() && s != nt.StatusObjectNameCollision {
		return s
	}
	class.starting = true // the disks that are there are read beside each other
	storage.Subscribe(arrived, gone)
	class.lock.take()
	class.starting = false
	waitScans(class.disks)
	class.lock.release()
	return nt.StatusSuccess
}

func succeed(_ *io.Device, irp *io.IRP) nt.Status {
	return io.Complete(irp, nt.StatusSuccess, nt.FileOpened)
}

// arrived makes the devices of a disk. What it cannot make, it says.
func arrived(port *storage.Port) {
	class.lock.take()
	defer class.lock.release()
	n := 0
	for taken := true; taken; { // the lowest number that is free
		taken = false
		for _, o := range class.disks {
			if o.number == n {
				taken = true
				n++
			}
		}
	}
	size := port.SectorSize
	if size < 512 || size > 4096 || size&(size-1) != 0 || port.Sectors == 0 || port.Sectors > 1<<62/uint64(size) {
		Say(fmt.Sprintf("%s is no disk: %d sectors of %d bytes.", port.Name, port.Sectors, size))
		return
	}
	d := newDisk(port, n)
	directory := fmt.Sprintf(`\Device\Harddisk%d`, n)
	if _, s := ob.CreateDirectory(directory); !s.OK() && s != nt.StatusObjectNameCollision {
		Say(fmt.Sprintf("Disk %d (%s): %v", n, port.Name, s))
		return
	}
	whole := directory + `\Partition0`
	v, s := d.newDevice(whole, &unit{disk: d, sectors: port.Sectors})
	if !s.OK() {
		Say(fmt.Sprintf("Disk %d (%s): %v", n, port.Name, s))
		return
	}
	d.device = v
	io.RegisterShutdown(v, io.LastChance) // its write cache is flushed when all volumes are closed
	d.clock.SetDpc(-oneSecond, oneSecond, d.tick)
	class.disks = append(class.disks, d)
	d.link(fmt.Sprintf(`\??\PhysicalDrive%d`, n), whole)
	d.unhurried.Store(true)
	d.startScan()
	if !class.starting {
		waitScans([]*disk{d})
	}
}

// newDevice makes a device for a unit. It can be opened at once.
func (d *disk) newDevice(name string, u *unit) (*io.Device, nt.Status) {
	characteristics := uint32(0)
	if d.port.ReadOnly {
		characteristics = nt.FileReadOnlyDevice
	}
	v, s := io.CreateDevice(class.driver, name, nt.FileDeviceDisk, characteristics, io.DirectIo)
	if s.OK() {
		v.Extension, v.SectorSize, v.Carrier = u, d.port.SectorSize, d.port.Device
		v.Ready()
	}
	return v, s
}

// link makes a name that Gone takes away.
func (d *disk) link(name, target string) {
	if ob.CreateSymbolicLink(name, target).OK() {
		d.links = append(d.links, name)
	}
}

// partitions makes a volume for each partition of a table.
func (d *disk) partitions(t *partition.Table) {
	p, directory := d.port, fmt.Sprintf(`\Device\Harddisk%d`, d.number)
	for _, problem := range t.Problems {
		Say(fmt.Sprintf("Disk %d (%s): %s.", d.number, p.Name, problem))
	}
	list := t.Partitions
	if t.Scheme == partition.None { // all of it may be one volume
		list = []partition.Partition{{Number: 1, Sectors: p.Sectors}}
	}
	arc := d.arcName(t)
	if arc != "" {
		if o, s := ob.Lookup(nil, `\ArcName\`+arc, true, io.DeviceType); s.OK() {
			Say(fmt.Sprintf("Disk %d (%s): another disk is the same for the BIOS, and \\ArcName\\%s leads there.", d.number, p.Name, arc))
			o.Dereference()
		} else {
			d.arc = arc
		}
		d.link(`\ArcName\`+arc, directory+`\Partition0`)
	}
	for _, x := range list {
		class.volumes++
		name := fmt.Sprintf(`\Device\HarddiskVolume%d`, class.volumes)
		v, s := d.newDevice(name, &unit{d, x.Start, x.Sectors, x})
		if !s.OK() {
			Say(fmt.Sprintf("Disk %d, partition %d: %v", d.number, x.Number, s))
			continue
		}
		io.CreateVpb(v)
		d.volumes = append(d.volumes, v)
		link := fmt.Sprintf(`%s\Partition%d`, directory, x.Number)
		d.link(link, name)
		if arc != "" {
			d.link(fmt.Sprintf(`\ArcName\%spartition(%d)`, arc, x.Number), link)
		}
		storage.VolumeArrived(&storage.Volume{Device: v, Name: name, UniqueID: uniqueID(t, &x, p.SectorSize), Length: x.Sectors * uint64(p.SectorSize), NoLetter: t.Scheme == partition.GPT && !x.Letter()})
	}
}

// uniqueID is what a partition is known by wherever the disk is (storage.Volume).
func uniqueID(t *partition.Table, x *partition.Partition, sectorSize uint32) []byte {
	switch {
	case t.Scheme == partition.GPT:
		return append([]byte("DMIO:ID:"), x.ID[:]...)
	case t.Scheme == partition.MBR && t.Signature != 0:
		id := binary.LittleEndian.AppendUint32(nil, t.Signature)
		return binary.LittleEndian.AppendUint64(id, x.Start*uint64(sectorSize))
	}
	return nil
}

// gone takes the devices of a disk away; their requests fail.
func gone(port *storage.Port) {
	class.lock.take()
	defer class.lock.release()
	for i, d := range class.disks {
		if d.port != port {
			continue
		}
		class.disks = append(class.disks[:i:i], class.disks[i+1:]...)
		d.left = true
		d.stop(nt.StatusDeviceNotConnected, "is gone")
		for wait := 0; d.busy(); wait++ { // what the port has, it gives back
			if wait == mostWait {
				d.release(^uint64(0))
				break
			}
			ke.Delay(ke.KernelMode, false, -waitDelay)
		}
		ke.WaitForSingleObject(d.scan.read, ke.KernelMode, false, nil) // its requests fail
		d.timer.Cancel()
		d.clock.Cancel()
		for _, l := range d.links {
			if o, s := ob.Lookup(nil, l, true, ob.LinkType); s.OK() {
				o.MakeTemporary()
				o.Dereference()
			}
		}
		for _, v := range append(d.volumes, d.device) {
			storage.VolumeGone(v)
			io.DeleteDevice(v)
		}
		return
	}
}

// bufferOf is where a request's data are: the program's pages, or a driver's buffer.
func bufferOf(irp *io.IRP) storage.Buffer {
	if irp.Mdl != nil {
		return irp.Mdl
	}
	b, _ := irp.Location().Argument.(storage.Buffer)
	return b
}

var _ storage.Buffer = (*mm.Mdl)(nil)

// check says whether a span of bytes is one of whole sectors of the unit.
func (u *unit) check(at int64, n uint32) nt.Status {
	size := int64(u.disk.port.SectorSize)
	whole := int64(u.sectors) * size
	switch {
	case at < 0 || at%size != 0 || int64(n)%size != 0:
		return nt.StatusInvalidParameter
	case at >= whole && n > 0:
		return nt.StatusEndOfFile
	case int64(n) > whole-at:
		return nt.StatusInvalidParameter
	}
	return nt.StatusSuccess
}

// transfer serves Read and Write.
func transfer(v *io.Device, irp *io.IRP) nt.Status {
	u, l := v.Extension.(*unit), irp.Location()
	s := u.check(l.ByteOffset, l.Length)
	if b := bufferOf(irp); s.OK() && l.Length > 0 && (b == nil || b.Len() < int(l.Length)) {
		s = nt.StatusInvalidParameter
	}
	if s.OK() && l.Major == io.Write && u.disk.port.ReadOnly {
		s = nt.StatusMediaWriteProtected
	}
	if !s.OK() || l.Length == 0 {
		return io.Complete(irp, s, 0)
	}
	return u.disk.submit(irp)
}

// flush serves FlushBuffers and Shutdown.
func flush(v *io.Device, irp *io.IRP) nt.Status { return v.Extension.(*unit).disk.submit(irp) }
