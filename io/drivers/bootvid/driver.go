// Package bootvid is the driver of the screen (SPEC I10, P0.11): \Device\Video0, to which
// programs write text. It shares the screen with the kernel's own messages, as inbv shows
// them; control sequences are inbv.Terminal's. What is written is text of a terminal: bytes of
// UTF-8, lines ended by CR LF or LF.
package bootvid

import (
	"encoding/binary"

	"gont/cm"
	"gont/io"
	"gont/nt"
)

const deviceName = `\Device\Video0`

// Screen is what shows the text. The kernel sets it before the driver starts.
var Screen interface {
	// Display shows text. It returns false while somebody else has the screen.
	Display(b []byte) bool
	// Size returns columns and rows.
	Size() (columns, rows int)
}

// DriverEntry is the driver's.
func DriverEntry(d *io.Driver, registryPath string) nt.Status {
	if Screen == nil {
		return nt.StatusNoSuchDevice
	}
	d.Major[io.Create] = create
	d.Major[io.Close] = succeed
	d.Major[io.Cleanup] = succeed
	d.Major[io.Write] = write
	d.Major[io.FlushBuffers] = succeed
	d.Major[io.DeviceControl] = control
	d.Unload = unload
	v, s := io.CreateDevice(d, deviceName, nt.FileDeviceVideo, 0, io.BufferedIo)
	if !s.OK() {
		return s
	}
	if s := io.CreateSymbolicLink(`\??\DISPLAY1`, deviceName); !s.OK() {
		io.DeleteDevice(v)
		return s
	}
	k, s := cm.CreateKey(`\Registry\Machine\HARDWARE\DEVICEMAP\VIDEO`, true)
	if s.OK() {
		s = k.SetText(deviceName, registryPath)
		k.Close()
	}
	return s
}

func unload(d *io.Driver) {
	io.DeleteSymbolicLink(`\??\DISPLAY1`)
	for _, v := range d.Devices() {
		io.DeleteDevice(v)
	}
}

func succeed(_ *io.Device, irp *io.IRP) nt.Status { return io.Complete(irp, nt.StatusSuccess, 0) }

func create(_ *io.Device, irp *io.IRP) nt.Status {
	if irp.File.Name != "" {
		return io.Complete(irp, nt.StatusObjectNameNotFound, 0)
	}
	return io.Complete(irp, nt.StatusSuccess, nt.FileOpened)
}

// write shows text. STATUS_DEVICE_BUSY while a logo or a stop has the screen.
func write(_ *io.Device, irp *io.IRP) nt.Status {
	b := irp.SystemBuffer
	if len(b) > 0 && !Screen.Display(b) {
		return io.Complete(irp, nt.StatusDeviceBusy, 0)
	}
	return io.Complete(irp, nt.StatusSuccess, uint64(len(b)))
}

// control serves IOCTL_VIDEO_QUERY_SIZE of this driver: columns and rows, two uint32.
func control(_ *io.Device, irp *io.IRP) nt.Status {
	l := irp.Location()
	if l.Code != nt.IoctlVideoQuerySize {
		return io.Complete(irp, nt.StatusInvalidDeviceRequest, 0)
	}
	if l.Length < 8 || len(irp.SystemBuffer) < 8 {
		return io.Complete(irp, nt.StatusBufferTooSmall, 0)
	}
	columns, rows := Screen.Size()
	binary.LittleEndian.PutUint32(irp.SystemBuffer, uint32(columns))
	binary.LittleEndian.PutUint32(irp.SystemBuffer[4:], uint32(rows))
	return io.Complete(irp, nt.StatusSuccess, 8)
}
