package fastfat

import (
	"unicode/utf16"
	"unsafe"

	"gont/fs/fat"
	"gont/io"
	"gont/io/storage"
	"gont/ke"
	"gont/nt"
	"gont/ob"
)

// formatControl serves FsctlFormatVolume: the volume must be one that nobody has open, and not
// that of \SystemRoot (STATUS_ACCESS_DENIED).
func formatControl(irp *io.IRP) nt.Status {
	l := irp.Location()
	var v nt.FormatVolume
	head := int(unsafe.Sizeof(v))
	n := int(l.InputLength) - head
	if n <= 0 || n%2 != 0 || len(irp.SystemBuffer) < int(l.InputLength) {
		return done(irp, nt.StatusInvalidParameter, 0)
	}
	copy(bytesOf(&v), irp.SystemBuffer)
	if v.LabelLength > uint32(len(v.Label)) {
		return done(irp, nt.StatusInvalidVolumeLabel, 0)
	}
	u := make([]uint16, n/2)
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&u[0])), n), irp.SystemBuffer[head:])
	o := fat.FormatOptions{ClusterSize: v.ClusterSize, Serial: v.Serial, Label: string(v.Label[:v.LabelLength])}
	return done(irp, format(string(utf16.Decode(u)), o), 0)
}

// format makes a new volume of the one with a name.
func format(name string, o fat.FormatOptions) nt.Status {
	if d, _, s := ob.FindParser(nil, `\SystemRoot\x`, true, io.DeviceType); s.OK() {
		boot := d.Body
		d.Dereference()
		if d, _, s := ob.FindParser(nil, name+`\`, true, io.DeviceType); s.OK() {
			d.Dereference()
			if d.Body == boot {
				return nt.StatusAccessDenied
			}
		}
	}
	x, s := ob.OpenByName(nil, name, true, io.FileType, &io.OpenPacket{Access: nt.FileReadData | nt.FileWriteData | nt.Synchronize,
		Disposition: nt.FileOpen, Options: nt.FileSynchronousIoNonalert, Mode: ke.KernelMode})
	if !s.OK() {
		return s
	}
	defer x.Dereference()
	f := x.Body.(*io.File)
	for _, code := range []uint32{nt.FsctlLockVolume, nt.FsctlDismountVolume} {
		if s := f.ControlKernel(code); !s.OK() {
			return s
		}
	}
	length, s := lengthOf(f.Device)
	if !s.OK() {
		return s
	}
	size := f.Device.SectorSize
	return status(fat.Format(&storage.Disk{Device: f.Device, Size: size, Count: uint64(length) / uint64(size)}, o))
}

// lengthOf asks a disk device how many bytes it has.
func lengthOf(d *io.Device) (length int64, s nt.Status) {
	irp := io.AllocateIrp(d.StackSize)
	l := irp.NextLocation()
	l.Major, l.Code, l.Length = io.DeviceControl, nt.IoctlDiskGetLengthInfo, uint32(unsafe.Sizeof(length))
	irp.SystemBuffer = bytesOf(&length)
	s = io.Synchronously(d, irp)
	if s.OK() && length <= 0 {
		s = nt.StatusUnrecognizedVolume
	}
	return length, s
}
