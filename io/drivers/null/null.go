// Package null is the driver of \Device\Null: what is written to it is gone, and nothing
// is read from it.
package null

import (
	"gont/io"
	"gont/nt"
	"gont/ps"
)

// DriverEntry makes the device.
func DriverEntry(d *io.Driver, _ string) nt.Status {
	for _, major := range []int{io.Create, io.Cleanup, io.Close} {
		d.Major[major] = succeed
	}
	d.Major[io.Read] = read
	d.Major[io.Write] = write
	d.Major[io.QueryInformation] = query
	d.Major[io.DeviceControl] = control
	d.FastIo.Read = func(*io.File, *ps.Thread, uint64, uint32, int64) (io.IoStatus, bool) {
		return io.IoStatus{Status: nt.StatusEndOfFile}, true
	}
	d.FastIo.Write = func(_ *io.File, _ *ps.Thread, _ uint64, length uint32, _ int64) (io.IoStatus, bool) {
		return io.IoStatus{Information: uint64(length)}, true
	}
	d.Unload = func(d *io.Driver) {
		for _, v := range d.Devices() {
			io.DeleteDevice(v)
		}
	}
	_, s := io.CreateDevice(d, `\Device\Null`, nt.FileDeviceNull, 0, 0)
	return s
}

func succeed(_ *io.Device, irp *io.IRP) nt.Status {
	information := uint64(0)
	if irp.Location().Major == io.Create {
		information = nt.FileOpened
	}
	return io.Complete(irp, nt.StatusSuccess, information)
}

func read(_ *io.Device, irp *io.IRP) nt.Status { return io.Complete(irp, nt.StatusEndOfFile, 0) }

func write(_ *io.Device, irp *io.IRP) nt.Status {
	return io.Complete(irp, nt.StatusSuccess, uint64(irp.Location().Length))
}

// query: the device looks like an empty file.
func query(_ *io.Device, irp *io.IRP) nt.Status {
	l := irp.Location()
	if l.Code != nt.FileStandardInformationClass {
		return io.Complete(irp, nt.StatusInvalidInfoClass, 0)
	}
	const size = 24
	clear(irp.SystemBuffer[:size])
	irp.SystemBuffer[16] = 1 // NumberOfLinks
	return io.Complete(irp, nt.StatusSuccess, size)
}

func control(_ *io.Device, irp *io.IRP) nt.Status {
	if irp.Location().Code != nt.IoctlNullNothing {
		return io.Complete(irp, nt.StatusInvalidDeviceRequest, 0)
	}
	return io.Complete(irp, nt.StatusSuccess, 0)
}
