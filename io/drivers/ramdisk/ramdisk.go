// Package ramdisk is a disk in memory, \Device\RamDisk0: zeros at the start, gone at the
// end. Its key's Parameters say how large it is (DiskSize, KB, 64 to 65536; 1024 when it
// is not there) and whether it may be written (ReadOnly). It is a port driver, too: the disk
// class driver, if it is loaded, makes one of its disks of it.
package ramdisk

import (
	"unsafe"

	"gont/cm"
	"gont/io"
	"gont/io/storage"
	"gont/mm"
	"gont/nt"
	"gont/ob"
)

const (
	sectorSize  = 512
	blockSize   = 64 << 10 // of memory
	defaultSize = 1024     // KB
	least, most = 64, 64 << 10

	deviceName = `\Device\RamDisk0`
	linkName   = `\??\RamDisk0`
)

var tag = mm.Tag{'R', 'a', 'm', 'D'}

// disk is the device's extension.
type disk struct {
	blocks   [][]byte
	size     int64
	readOnly bool
	port     storage.Port
}

// DriverEntry makes the disk. STATUS_DEVICE_CONFIGURATION_ERROR for a size that is none,
// STATUS_INSUFFICIENT_RESOURCES without memory.
func DriverEntry(d *io.Driver, registryPath string) nt.Status {
	x, s := newDisk(registryPath)
	if !s.OK() {
		return s
	}
	characteristics := uint32(0)
	if x.readOnly {
		characteristics = nt.FileReadOnlyDevice
	}
	v, s := io.CreateDevice(d, deviceName, nt.FileDeviceDisk, characteristics, io.DirectIo)
	if !s.OK() {
		x.free()
		return s
	}
	v.Extension, v.SectorSize = x, sectorSize
	if s := ob.CreateSymbolicLink(linkName, deviceName); !s.OK() {
		io.DeleteDevice(v)
		x.free()
		return s
	}
	for _, major := range []int{io.Create, io.Cleanup, io.Close, io.FlushBuffers, io.Shutdown} {
		d.Major[major] = succeed
	}
	d.Major[io.Read], d.Major[io.Write], d.Major[io.DeviceControl] = transfer, transfer, control
	d.Major[io.InternalDeviceControl] = serve
	d.Unload = func(*io.Driver) {
		storage.Gone(&x.port)
		if o, s := ob.Lookup(nil, linkName, true, ob.LinkType); s.OK() {
			o.MakeTemporary()
			o.Dereference()
		}
		io.DeleteDevice(v)
		x.free()
	}
	x.port = storage.Port{Device: v, Name: "RAM disk", Sectors: uint64(x.size / sectorSize), SectorSize: sectorSize, Physical: sectorSize,
		Requests: 16, ReadOnly: x.readOnly}
	storage.Arrived(&x.port)
	return s
}

func newDisk(registryPath string) (*disk, nt.Status) {
	kb, readOnly := uint32(defaultSize), uint32(0)
	if k, s := cm.OpenKey(registryPath + `\Parameters`); s.OK() {
		if n, ok := k.Uint32("DiskSize"); ok {
			kb = n
		}
		readOnly, _ = k.Uint32("ReadOnly")
		k.Close()
	}
	if kb < least || kb > most {
		return nil, nt.StatusDeviceConfigurationError
	}
	x := &disk{size: int64(kb) << 10 &^ (sectorSize - 1), readOnly: readOnly != 0}
	for have := int64(0); have < x.size; have += blockSize {
		b := mm.AllocatePool(mm.NonPagedPool, blockSize, tag)
		if b == nil {
			x.free()
			return nil, nt.StatusInsufficientResources
		}
		x.blocks = append(x.blocks, b)
	}
	return x, nt.StatusSuccess
}

func (x *disk) free() {
	for _, b := range x.blocks {
		mm.FreePool(b, tag)
	}
	x.blocks = nil
}

func succeed(_ *io.Device, irp *io.IRP) nt.Status { return io.Complete(irp, nt.StatusSuccess, 0) }

// check says whether a transfer is one: whole sectors inside the disk.
func (x *disk) check(at int64, n uint32) nt.Status {
	switch {
	case at < 0 || at%sectorSize != 0 || n%sectorSize != 0:
		return nt.StatusInvalidParameter
	case at >= x.size && n > 0:
		return nt.StatusEndOfFile
	case int64(n) > x.size-at && n > 0:
		return nt.StatusInvalidParameter
	}
	return nt.StatusSuccess
}

func transfer(d *io.Device, irp *io.IRP) nt.Status {
	x, l := d.Extension.(*disk), irp.Location()
	at, n := l.ByteOffset, l.Length
	if s := x.check(at, n); !s.OK() {
		return io.Complete(irp, s, 0)
	}
	if l.Major == io.Write && x.readOnly {
		return io.Complete(irp, nt.StatusMediaWriteProtected, 0)
	}
	for done := 0; done < int(n); {
		b := x.blocks[at/blockSize][at%blockSize:]
		b = b[:min(len(b), int(n)-done)]
		if l.Major == io.Read {
			irp.Mdl.CopyIn(b, done)
		} else {
			irp.Mdl.CopyOut(b, done)
		}
		done += len(b)
		at += int64(len(b))
	}
	if irp.File != nil && irp.File.Synchronous() {
		irp.File.Advance(at)
	}
	return io.Complete(irp, nt.StatusSuccess, uint64(n))
}

// serve is what the disk class driver asks for. Nothing has to be reset or flushed.
func serve(d *io.Device, irp *io.IRP) nt.Status {
	x := d.Extension.(*disk)
	r, ok := irp.Location().Argument.(*storage.Request)
	switch {
	case !ok:
		return io.Complete(irp, nt.StatusInvalidDeviceRequest, 0)
	case r.Function == storage.Flush || r.Function == storage.Reset:
		return io.Complete(irp, nt.StatusSuccess, 0)
	case r.Sector > uint64(x.size/sectorSize) || uint64(r.Count) > uint64(x.size/sectorSize)-r.Sector:
		return io.Complete(irp, nt.StatusNonexistentSector, 0)
	case r.Function == storage.Write && x.readOnly:
		return io.Complete(irp, nt.StatusMediaWriteProtected, 0)
	}
	n, at := int(r.Count)*sectorSize, int64(r.Sector)*sectorSize
	for done := 0; done < n; {
		b := x.blocks[at/blockSize][at%blockSize:]
		p := r.Buffer.Piece(r.Offset + done)
		b = b[:min(len(b), len(p), n-done)]
		if len(b) == 0 {
			return io.Complete(irp, nt.StatusInvalidParameter, 0)
		}
		if r.Function == storage.Read {
			copy(p, b)
		} else {
			copy(b, p)
		}
		done += len(b)
		at += int64(len(b))
	}
	return io.Complete(irp, nt.StatusSuccess, uint64(n))
}

// control answers the control codes of disks.
func control(d *io.Device, irp *io.IRP) nt.Status {
	x, l := d.Extension.(*disk), irp.Location()
	switch l.Code {
	case nt.IoctlDiskGetDriveGeometry:
		return answer(irp, nt.DiskGeometry{Cylinders: x.size / sectorSize / 32, MediaType: nt.FixedMedia,
			TracksPerCylinder: 1, SectorsPerTrack: 32, BytesPerSector: sectorSize})
	case nt.IoctlDiskGetLengthInfo:
		return answer(irp, x.size)
	case nt.IoctlDiskCheckVerify:
		return io.Complete(irp, nt.StatusSuccess, 0)
	case nt.IoctlDiskIsWritable:
		if x.readOnly {
			return io.Complete(irp, nt.StatusMediaWriteProtected, 0)
		}
		return io.Complete(irp, nt.StatusSuccess, 0)
	case nt.IoctlDiskVerify:
		var v nt.VerifyInformation
		if l.InputLength < uint32(unsafe.Sizeof(v)) {
			return io.Complete(irp, nt.StatusInfoLengthMismatch, 0)
		}
		v = *(*nt.VerifyInformation)(unsafe.Pointer(&irp.SystemBuffer[0]))
		return io.Complete(irp, x.check(v.StartingOffset, v.Length), 0)
	}
	return io.Complete(irp, nt.StatusInvalidDeviceRequest, 0)
}

// answer completes a buffered control code with a value.
func answer[T any](irp *io.IRP, v T) nt.Status {
	n := int(unsafe.Sizeof(v))
	if int(irp.Location().Length) < n {
		return io.Complete(irp, nt.StatusBufferTooSmall, 0)
	}
	copy(irp.SystemBuffer, unsafe.Slice((*byte)(unsafe.Pointer(&v)), n))
	return io.Complete(irp, nt.StatusSuccess, uint64(n))
}
