package io

import (
	"gont/ex"
	"gont/ke"
	"gont/nt"
	"gont/ob"
)

// NewDriver makes a driver object, \Driver\name or \FileSystem\name, with one reference,
// its maker's, and a permanent name. STATUS_OBJECT_NAME_COLLISION when there is one.
func NewDriver(directory, name, registryPath string) (*Driver, nt.Status) {
	d := &Driver{Name: name, RegistryPath: registryPath}
	d.Object = ob.New(DriverType, d)
	if s := ob.Insert(nil, d.Object, directory+`\`+name, true, true); !s.OK() {
		d.Object.Dereference()
		return nil, s
	}
	return d, nt.StatusSuccess
}

// Start calls a driver's entry (IopLoadDriver's second half) and lets its devices be
// opened. After a failure everything that it has left is taken away, and so is its
// name. PASSIVE_LEVEL.
func (d *Driver) Start(entry func(d *Driver, registryPath string) nt.Status) nt.Status {
	s := entry(d, d.RegistryPath)
	if l := ke.CurrentIrql(); l != ke.PassiveLevel {
		panic(ke.IrqlError(l))
	}
	if !s.OK() {
		for _, v := range d.Devices() {
			DeleteDevice(v)
		}
		d.Object.MakeTemporary()
		return s
	}
	for _, v := range d.Devices() {
		v.Ready()
	}
	return s
}

// StartUnload is IopUnloadDriver: nobody can open the driver's devices any more, and
// when nobody has one open Unload is called and the name goes. wait waits for that.
// STATUS_INVALID_DEVICE_REQUEST when the driver has no Unload routine, is being
// unloaded already, or is needed (KeepLoaded). PASSIVE_LEVEL.
func (d *Driver) StartUnload() nt.Status {
	if d.Unload == nil {
		return nt.StatusInvalidDeviceRequest
	}
	event := ke.NewEvent(nt.NotificationEvent, false)
	database.Lock()
	if d.unloading || d.needed {
		database.Unlock()
		return nt.StatusInvalidDeviceRequest
	}
	d.unloading, d.done = true, event
	now := d.lockedUnused()
	database.Unlock()
	if now {
		d.unload()
		ke.WaitForSingleObject(event, ke.KernelMode, false, nil)
	}
	return nt.StatusSuccess
}

// KeepLoaded says that the system cannot do without a device: the boot volume's, or one that a paging file lies on. Neither its driver
// nor those of its carriers can be unloaded from now on. PASSIVE_LEVEL or DISPATCH_LEVEL.
func KeepLoaded(d *Device) {
	database.Lock()
	for ; d != nil; d = d.Carrier {
		d.Driver.needed = true
		for l := d.lower; l != nil; l = l.lower {
			l.Driver.needed = true
		}
	}
	database.Unlock()
}

// lockedUnused reports whether Unload is to be called now, and by the caller. The
// database lock is held.
func (d *Driver) lockedUnused() bool {
	if !d.unloading || d.unloaded {
		return false
	}
	for v := d.devices; v != nil; v = v.next {
		if v.references > 0 || v.upper.Load() != nil {
			return false
		}
	}
	d.unloaded = true
	return true
}

// unloadIfUnused unloads the driver that was to be unloaded if this was the last use.
func (d *Driver) unloadIfUnused() {
	database.Lock()
	now := d.lockedUnused()
	database.Unlock()
	if now {
		d.unload()
	}
}

// unload lets a thread of the system call Unload, as NT does.
func (d *Driver) unload() {
	d.Object.Reference()
	ex.QueueWorkItem(ex.NewWorkItem(func(any) {
		d.Unload(d)
		for _, v := range d.Devices() { // it should have
			DeleteDevice(v)
		}
		d.Object.MakeTemporary()
		d.done.Set()
		d.Object.Dereference()
	}, nil), ex.DelayedWorkQueue)
}

// deleteDriver: the last device and the last who knew it have gone.
func deleteDriver(*ob.Object) {}

// Unloading reports whether the driver is to be unloaded or has been.
func (d *Driver) Unloading() bool {
	database.Lock()
	defer database.Unlock()
	return d.unloading
}
