package disk

import (
	"unsafe"

	"gont/io"
	"gont/nt"
)

// control answers the control codes of disks and partitions.
func control(v *io.Device, irp *io.IRP) nt.Status {
	u, l := v.Extension.(*unit), irp.Location()
	size := u.disk.port.SectorSize
	switch l.Code {
	case nt.IoctlDiskGetDriveGeometry:
		return answer(irp, nt.DiskGeometry{Cylinders: int64(u.sectors / (63 * 255)), MediaType: nt.FixedMedia,
			TracksPerCylinder: 255, SectorsPerTrack: 63, BytesPerSector: size})
	case nt.IoctlDiskGetLengthInfo:
		return answer(irp, int64(u.sectors)*int64(size))
	case nt.IoctlDiskCheckVerify, nt.IoctlDiskIsWritable:
		s := nt.Status(nt.StatusSuccess)
		u.disk.lock.Lock()
		if u.disk.state == dead {
			s = u.disk.status
		}
		u.disk.lock.Unlock()
		if s.OK() && l.Code == nt.IoctlDiskIsWritable && u.disk.port.ReadOnly {
			s = nt.StatusMediaWriteProtected
		}
		return io.Complete(irp, s, 0)
	case nt.IoctlDiskGetPartitionInfo:
		p := nt.PartitionInformation{StartingOffset: int64(u.start) * int64(size), PartitionLength: int64(u.sectors) * int64(size),
			PartitionNumber: uint32(u.partition.Number), PartitionType: u.partition.Type, RecognizedPartition: 1}
		if u.partition.Active {
			p.BootIndicator = 1
		}
		return answer(irp, p)
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
