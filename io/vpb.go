package io

import (
	"gont/ex"
	"gont/nt"
)

// Minor functions of FileSystemControl, beside UserRequest's control codes, and of
// DirectoryControl and LockControl.
const (
	UserFsRequest = 0x00 // IRP_MN_USER_FS_REQUEST: Code is an FSCTL
	MountVolume   = 0x01 // IRP_MN_MOUNT_VOLUME: Argument is a *Mount

	QueryDirectory        = 0x01
	NotifyChangeDirectory = 0x02

	LockRange       = 0x01
	UnlockRange     = 0x02
	UnlockAllRanges = 0x03
)

// Flags of a stack location (SL_...).
const (
	RestartScan       uint8 = 0x01 // DirectoryControl, QueryDirectory
	ReturnSingleEntry uint8 = 0x02
	WatchTree         uint8 = 0x01 // NotifyChangeDirectory
	FailImmediately   uint8 = 0x01 // LockControl
	ExclusiveLock     uint8 = 0x02
	WriteThrough      uint8 = 0x04 // Write
)

// Vpb is VPB: which file system has the volume of a disk device. Volumes are mounted at the
// first open that needs it.
//
// Locks: turn is held by who mounts, dismounts, or looks which device the volume has. Its
// holder waits for the disk.
type Vpb struct {
	device *Device // the disk's
	turn   *ex.FastMutex
	volume *Device // the file system's, nil: nobody has mounted it
	raw    bool    // it is RAW's
}

// Mount is what a file system gets with MountVolume. STATUS_UNRECOGNIZED_VOLUME says that the
// volume is not of its kind; with success it has set Volume, a device that may be opened.
type Mount struct {
	Vpb    *Vpb
	Target *Device // the disk's
	Volume *Device
}

// CreateVpb says that a disk device is a volume, which a file system may mount.
func CreateVpb(d *Device) {
	d.vpb = &Vpb{device: d, turn: ex.NewFastMutex()}
}

// fileSystems are the control devices of file systems, which are asked in this order.
// registering guards the list; its holder may wait.
var (
	registering = ex.NewFastMutex()
	fileSystems []*Device
)

// RegisterFileSystem is IoRegisterFileSystem: the driver of a control device is asked to mount
// volumes from now on, and is told of the system's end by Shutdown. PASSIVE_LEVEL.
func RegisterFileSystem(control *Device) {
	registering.Lock()
	fileSystems = append([]*Device{control}, fileSystems...)
	registering.Unlock()
}

// UnregisterFileSystem is IoUnregisterFileSystem. PASSIVE_LEVEL.
func UnregisterFileSystem(control *Device) {
	registering.Lock()
	for i, d := range fileSystems {
		if d == control {
			fileSystems = append(fileSystems[:i:i], fileSystems[i+1:]...)
			break
		}
	}
	registering.Unlock()
}

// open returns the device that files of the volume are opened of, with a reference for the
// file. allowRaw: the volume as a whole is meant, which needs no file system.
// STATUS_UNRECOGNIZED_VOLUME when nobody knows the volume, else what the mount has failed with.
func (v *Vpb) open(allowRaw bool) (volume *Device, s nt.Status) {
	v.turn.Lock()
	if v.volume == nil || v.raw && !allowRaw {
		s = nt.StatusUnrecognizedVolume
		if !v.raw || rawUnused(v.volume) {
			s = v.mount(allowRaw)
		}
	}
	if s.OK() {
		volume = v.volume
		s = volume.reference(false)
	}
	v.turn.Unlock()
	return volume, s
}

// mounted returns the file system's device with a reference, nil if there is none.
func (v *Vpb) mounted() *Device {
	v.turn.Lock()
	volume := v.volume
	if volume != nil && (v.raw || !volume.reference(false).OK()) {
		volume = nil
	}
	v.turn.Unlock()
	return volume
}

// mount asks the file systems. turn is held.
func (v *Vpb) mount(allowRaw bool) nt.Status {
	registering.Lock()
	list := fileSystems
	registering.Unlock()
	v.dismountRaw()
	for _, d := range list {
		m := &Mount{Vpb: v, Target: v.device}
		irp := AllocateIrp(d.StackSize)
		l := irp.NextLocation()
		l.Major, l.Minor, l.Argument = FileSystemControl, MountVolume, m
		switch s := Synchronously(d, irp); {
		case s.OK():
			v.volume, v.raw = m.Volume, false
			return s
		case s != nt.StatusUnrecognizedVolume && !allowRaw:
			return s
		}
	}
	if !allowRaw {
		return nt.StatusUnrecognizedVolume
	}
	d, s := mountRaw(v)
	if s.OK() {
		v.volume, v.raw = d, true
	}
	return s
}

// Dismount takes the volume from its file system, whose device is volume: who opens it next
// has it mounted again. The file system deletes the device afterwards, which stays as long as
// files of it are open. It does nothing when another device is mounted. PASSIVE_LEVEL.
func (v *Vpb) Dismount(volume *Device) {
	v.turn.Lock()
	if v.volume == volume {
		v.volume, v.raw = nil, false
	}
	v.turn.Unlock()
}

// Mounted reports whether a file system, RAW being one, has the volume. PASSIVE_LEVEL.
func (v *Vpb) Mounted() bool {
	v.turn.Lock()
	defer v.turn.Unlock()
	return v.volume != nil
}

// gone tells the file system that the disk is not there any more.
func (v *Vpb) gone() {
	v.turn.Lock()
	volume := v.volume
	if volume != nil {
		volume.Object.Reference()
	}
	v.volume, v.raw = nil, false
	v.turn.Unlock()
	if volume == nil {
		return
	}
	irp := AllocateIrp(volume.StackSize)
	l := irp.NextLocation()
	l.Major, l.Minor = Pnp, SurpriseRemoval
	Synchronously(volume, irp)
	volume.Object.Dereference()
}
