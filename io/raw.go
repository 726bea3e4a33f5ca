package io

import (
	"gont/nt"
	"gont/ob"
)

// RAW is the file system of volumes that no other one knows (SPEC I9): a volume is one file
// without a name, whose requests the disk serves. It is part of the I/O manager.

// rawVolume is the extension of a volume's device.
type rawVolume struct {
	vpb    *Vpb
	target *Device
	locked *File // that has locked the volume; the VPB's turn
	opens  int   // the VPB's turn
}

// rawDriver makes or finds the driver object.
func rawDriver() (*Driver, nt.Status) {
	o, s := ob.Lookup(nil, `\FileSystem\RAW`, true, DriverType)
	if s.OK() {
		defer o.Dereference()
		return o.Body.(*Driver), s
	}
	d, s := NewDriver(`\FileSystem`, "RAW", "")
	if !s.OK() {
		return nil, s
	}
	d.Major[Create], d.Major[Cleanup], d.Major[Close] = rawCreate, rawCleanup, rawClose
	for _, major := range []int{Read, Write, DeviceControl, FlushBuffers} {
		d.Major[major] = rawPass
	}
	d.Major[FileSystemControl], d.Major[Pnp] = rawControl, rawPnp
	return d, s
}

// mountRaw makes a volume device. The VPB's turn is held.
func mountRaw(v *Vpb) (*Device, nt.Status) {
	driver, s := rawDriver()
	if !s.OK() {
		return nil, s
	}
	d, s := CreateDevice(driver, "", nt.FileDeviceDisk, v.device.Characteristics, v.device.Flags&(DirectIo|BufferedIo))
	if !s.OK() {
		return nil, s
	}
	d.Extension, d.SectorSize, d.StackSize = &rawVolume{vpb: v, target: v.device}, v.device.SectorSize, v.device.StackSize+1
	d.Ready()
	return d, s
}

// rawUnused reports whether nobody has a RAW volume open. The VPB's turn is held.
func rawUnused(d *Device) bool { return d.Extension.(*rawVolume).opens == 0 }

// dismountRaw lets go of a RAW volume that nobody has open. The VPB's turn is held.
func (v *Vpb) dismountRaw() {
	if d := v.volume; d != nil {
		v.volume, v.raw = nil, false
		DeleteDevice(d)
	}
}

// rawCreate runs with the VPB's turn free: who opens has let go of it.
func rawCreate(d *Device, irp *IRP) nt.Status {
	x, l := d.Extension.(*rawVolume), irp.Location()
	s := nt.Status(nt.StatusSuccess)
	x.vpb.turn.Lock()
	switch {
	case x.vpb.volume != d: // it was dismounted a moment ago
		s = nt.StatusVolumeDismounted
	case irp.File.Name != "" || irp.File.Related != nil:
		s = nt.StatusObjectPathNotFound
	case l.Options&nt.FileDirectoryFile != 0:
		s = nt.StatusNotADirectory
	case l.Disposition != nt.FileOpen && l.Disposition != nt.FileOpenIf:
		s = nt.StatusAccessDenied
	case x.locked != nil:
		s = nt.StatusAccessDenied
	default:
		x.opens++
	}
	x.vpb.turn.Unlock()
	return Complete(irp, s, nt.FileOpened)
}

func rawCleanup(d *Device, irp *IRP) nt.Status {
	x := d.Extension.(*rawVolume)
	x.vpb.turn.Lock()
	if x.locked == irp.File {
		x.locked = nil
	}
	x.opens--
	x.vpb.turn.Unlock()
	return Complete(irp, nt.StatusSuccess, 0)
}

// rawClose lets go of the volume with the last file, so that a file system may know it then.
func rawClose(d *Device, irp *IRP) nt.Status {
	x := d.Extension.(*rawVolume)
	x.vpb.turn.Lock()
	if x.opens == 0 && x.vpb.volume == d {
		x.vpb.dismountRaw()
	}
	x.vpb.turn.Unlock()
	return Complete(irp, nt.StatusSuccess, 0)
}

func rawPass(d *Device, irp *IRP) nt.Status {
	irp.SkipLocation()
	return CallDriver(d.Extension.(*rawVolume).target, irp)
}

func rawPnp(d *Device, irp *IRP) nt.Status {
	if irp.Location().Minor != SurpriseRemoval {
		return rawPass(d, irp)
	}
	DeleteDevice(d)
	return Complete(irp, nt.StatusSuccess, 0)
}

// rawControl serves what makes sense for a volume without files.
func rawControl(d *Device, irp *IRP) nt.Status {
	x := d.Extension.(*rawVolume)
	x.vpb.turn.Lock()
	s := nt.Status(nt.StatusSuccess)
	switch irp.Location().Code {
	case nt.FsctlLockVolume:
		if x.locked != nil || x.opens > 1 {
			s = nt.StatusAccessDenied
		} else {
			x.locked = irp.File
		}
	case nt.FsctlUnlockVolume:
		if x.locked != irp.File {
			s = nt.StatusNotLocked
		} else {
			x.locked = nil
		}
	case nt.FsctlDismountVolume:
		if x.locked != nil && x.locked != irp.File {
			s = nt.StatusAccessDenied
		} else if x.vpb.volume == d {
			x.vpb.dismountRaw()
		}
	case nt.FsctlIsVolumeMounted:
	default:
		s = nt.StatusInvalidDeviceRequest
	}
	x.vpb.turn.Unlock()
	return Complete(irp, s, 0)
}
