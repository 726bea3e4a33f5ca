package storage

import (
	"slices"

	"gont/io"
	"gont/ke"
)

// Volume is a partition that can be mounted, as the class driver tells the mount manager of it.
type Volume struct {
	Device *io.Device
	Name   string // \Device\HarddiskVolumeK
	// UniqueID is what SYSTEM\MountedDevices knows it by: the MBR's signature and the offset in
	// bytes, or "DMIO:ID:" and the partition's GUID. Empty: it has nothing that stays.
	UniqueID []byte
	Length   uint64 // bytes
	// NoLetter: it gets no drive letter but one that SYSTEM\MountedDevices has for it.
	NoLetter bool
}

var volumes struct {
	lock          ke.FastMutex
	list          []*Volume
	arrived, gone func(*Volume)
}

// VolumeArrived tells the mount manager of a volume that can be opened. PASSIVE_LEVEL.
func VolumeArrived(v *Volume) {
	volumes.lock.Lock()
	volumes.list = append(volumes.list, v)
	f := volumes.arrived
	volumes.lock.Unlock()
	if f != nil {
		f(v)
	}
}

// VolumeGone tells it of a device that is about to go. PASSIVE_LEVEL.
func VolumeGone(d *io.Device) {
	volumes.lock.Lock()
	i := slices.IndexFunc(volumes.list, func(v *Volume) bool { return v.Device == d })
	var v *Volume
	if i >= 0 {
		v = volumes.list[i]
		volumes.list = slices.Delete(volumes.list, i, i+1)
	}
	f := volumes.gone
	volumes.lock.Unlock()
	if f != nil && v != nil {
		f(v)
	}
}

// SubscribeVolumes is the mount manager's: arrived is called for the volumes that there are and
// that come, gone for those that go. nil, nil ends it. PASSIVE_LEVEL.
func SubscribeVolumes(arrived, gone func(*Volume)) {
	volumes.lock.Lock()
	volumes.arrived, volumes.gone = arrived, gone
	list := slices.Clone(volumes.list)
	volumes.lock.Unlock()
	if arrived != nil {
		for _, v := range list {
			arrived(v)
		}
	}
}
