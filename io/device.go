package io

import (
	"sync/atomic"

	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// DispatchRoutine serves requests of a major function: it completes the request, passes
// it on, or marks it pending and returns STATUS_PENDING.
type DispatchRoutine func(d *Device, irp *IRP) nt.Status

// Driver is DRIVER_OBJECT.
type Driver struct {
	// Object is the driver object; its path is \Driver\X or \FileSystem\X.
	Object *ob.Object
	// Name is X: the name of its key of services.
	Name string
	// RegistryPath is that key's path.
	RegistryPath string
	// Major has the routines by major function; DriverEntry fills it in. nil completes
	// with STATUS_INVALID_DEVICE_REQUEST.
	Major [MaximumFunction + 1]DispatchRoutine
	// FastIo is asked first, where it is set: fast ways that need no request.
	FastIo FastIo
	// AddDevice makes the driver's device for one that a bus has found (PnP).
	AddDevice func(d *Driver, physical *Device) nt.Status
	// StartIo begins the request that StartPacket or StartNextPacket has chosen.
	// DISPATCH_LEVEL.
	StartIo func(d *Device, irp *IRP)
	// Unload takes back all that the driver has done; nil: it cannot be unloaded.
	Unload func(d *Driver)
	// Extension is the driver's own.
	Extension any

	devices   *Device // by next; database lock
	unloading bool    // database lock
	unloaded  bool    // Unload is called, or is about to be; database lock
	needed    bool    // KeepLoaded; database lock
	done      *ke.Event
}

// FastIo are ways that need no request (FAST_IO_DISPATCH). ok is false when the driver
// cannot do it at once: then a request is made. They run at PASSIVE_LEVEL in the thread
// that asks; buffers are the program's, at its addresses.
type FastIo struct {
	// Read and Write are called in t, the thread that asks, with the file's turn if it is synchronous.
	Read, Write func(f *File, t *ps.Thread, buffer uint64, length uint32, offset int64) (status IoStatus, ok bool)
	// QueryOpen answers for the file of a device that a name, from its backslash on, leads to, as if
	// it was opened with FILE_READ_ATTRIBUTES, asked and closed.
	QueryOpen func(d *Device, name string, v *nt.FileNetworkOpenInformation) (s nt.Status, ok bool)
}

// DeviceFlags say how buffers reach the driver, and what state the device is in (DO_...).
type DeviceFlags uint32

const (
	BufferedIo   DeviceFlags = 0x004 // Read and Write use SystemBuffer
	Exclusive    DeviceFlags = 0x008 // one open at a time
	DirectIo     DeviceFlags = 0x010 // Read and Write use Mdl
	Initializing DeviceFlags = 0x080 // nobody can open it yet; cleared after DriverEntry
)

// Device is DEVICE_OBJECT. Those who look at Type, Characteristics, SectorSize and Flags
// do so without a lock; a driver sets them before it lets the device be opened.
type Device struct {
	Driver          *Driver
	Object          *ob.Object
	Type            uint32 // nt.FileDevice...
	Characteristics uint32
	Flags           DeviceFlags
	StackSize       int // of a request for the device
	SectorSize      uint32
	Extension       any // the driver's own
	// Carrier is the device whose driver this one sends its requests to, without being attached to it: of a volume the disk's, of
	// a disk the port's. nil: none.
	Carrier *Device

	next          *Device // of the driver's; database lock
	lower         *Device // in the stack; database lock
	references    int     // opens, and work items; database lock
	deletePending bool    // database lock
	deleted       bool    // database lock

	// upper is the device that is attached to this one; it is changed with the database
	// lock held, and requests look at it without.
	upper atomic.Pointer[Device]

	queue   DeviceQueue
	current *IRP // queue's lock

	timer    *deviceTimer
	shutdown atomic.Bool // it is in a list of told (shutdown.go)
	vpb      *Vpb        // of a disk's volume; set before the device can be opened
}

// database guards what connects drivers and devices (IopDatabaseLock).
var database ke.SpinLock

// CreateDevice is IoCreateDevice: a device of the driver, unnamed when name is "",
// which can be opened once Initializing is cleared: that is done when DriverEntry
// returns, and is the driver's to do later. Its object is permanent until DeleteDevice.
// Flags may be BufferedIo, DirectIo and Exclusive.
func CreateDevice(d *Driver, name string, kind, characteristics uint32, flags DeviceFlags) (*Device, nt.Status) {
	v := &Device{Driver: d, Type: kind, Characteristics: characteristics, Flags: flags | Initializing, StackSize: 1}
	v.Object = ob.New(DeviceType, v)
	if name != "" {
		if s := ob.Insert(nil, v.Object, name, true, true); !s.OK() {
			v.Object.Dereference()
			return nil, s
		}
	}
	d.Object.Reference()
	database.Lock()
	v.next, d.devices = d.devices, v
	database.Unlock()
	return v, nt.StatusSuccess
}

// Ready lets a device be opened (clears Initializing).
func (d *Device) Ready() {
	database.Lock()
	d.Flags &^= Initializing
	database.Unlock()
}

// DeleteDevice is IoDeleteDevice: the device loses its name, and goes when nobody has it
// open any more. Precondition: it is attached to nothing, and nothing to it.
func DeleteDevice(d *Device) {
	d.stopTimer()
	if d.shutdown.Load() {
		UnregisterShutdown(d)
	}
	d.Object.MakeTemporary()
	database.Lock()
	if d.upper.Load() != nil || d.lower != nil {
		database.Unlock()
		panic("io: a device is deleted that is part of a stack")
	}
	d.deletePending = true
	database.Unlock()
	if d.vpb != nil {
		d.vpb.gone() // nobody can open it, so nobody mounts it again
	}
	database.Lock()
	gone := d.references == 0 && !d.deleted
	d.deleted = d.deleted || gone
	database.Unlock()
	if gone {
		d.remove()
	}
}

// remove takes a deleted device, which nobody has open, out of its driver.
func (d *Device) remove() {
	database.Lock()
	for p := &d.Driver.devices; *p != nil; p = &(*p).next {
		if *p == d {
			*p = d.next
			break
		}
	}
	database.Unlock()
	d.Driver.Object.Dereference()
	d.Object.Dereference()
}

// reference counts one more open, if the device may be opened. first says that nobody
// may have it open already.
func (d *Device) reference(first bool) nt.Status {
	s := nt.Status(nt.StatusSuccess)
	database.Lock()
	switch {
	case d.deletePending || d.Driver.unloading || d.Flags&Initializing != 0:
		s = nt.StatusNoSuchDevice
	case first && d.references > 0:
		s = nt.StatusAccessDenied
	default:
		d.references++
	}
	database.Unlock()
	return s
}

// release takes a reference back; with the last one a deleted device goes, and a driver
// that is to be unloaded may be. PASSIVE_LEVEL.
func (d *Device) release() {
	driver := d.Driver
	database.Lock()
	d.references--
	gone := d.references == 0 && d.deletePending && !d.deleted
	if !gone && !driver.unloading {
		database.Unlock()
		return
	}
	d.deleted = d.deleted || gone
	database.Unlock()
	driver.Object.Reference()
	if gone {
		d.remove()
	}
	driver.unloadIfUnused()
	driver.Object.Dereference()
}

// AttachDevice is IoAttachDeviceToDeviceStack: source becomes the top of the stack that
// target is in; requests for target go to source first. It returns the device that was
// the top, to which source passes requests on; nil when that is about to go, or the
// stack too high.
func AttachDevice(source, target *Device) (lower *Device) {
	database.Lock()
	defer database.Unlock()
	target, _ = target.top()
	if target.deletePending || target.Driver.unloading || target.StackSize >= maximumStack || source.lower != nil {
		return nil
	}
	source.StackSize = target.StackSize + 1
	source.SectorSize = target.SectorSize
	source.lower = target
	target.upper.Store(source)
	return target
}

// DetachDevice is IoDetachDevice: what is attached to target is so no longer. Requests
// that have reached it already may still come from there: a remove lock waits for them.
func DetachDevice(target *Device) {
	database.Lock()
	upper := target.upper.Load()
	if upper == nil {
		database.Unlock()
		panic("io: nothing is attached to the device")
	}
	upper.lower = nil
	target.upper.Store(nil)
	database.Unlock()
}

// top returns the highest device of the stack, and how many locations a request for it
// needs.
func (d *Device) top() (highest *Device, size int) {
	for up := d.upper.Load(); up != nil; up = d.upper.Load() {
		d = up
	}
	return d, d.StackSize
}

// AttachedDevice is IoGetAttachedDeviceReference: the top of the stack, whose object
// has a reference for the caller.
func AttachedDevice(d *Device) *Device {
	database.Lock()
	defer database.Unlock()
	d, _ = d.top()
	d.Object.Reference()
	return d
}

// HasUpper reports whether a device is attached to this one.
func (d *Device) HasUpper() bool { return d.upper.Load() != nil }

// Lower returns the device that d is attached to, nil if none.
func (d *Device) Lower() *Device {
	database.Lock()
	defer database.Unlock()
	return d.lower
}

// Devices lists the driver's devices, the last one made first.
func (d *Driver) Devices() (list []*Device) {
	n := 0
	for {
		database.Lock()
		list = list[:0]
		for v := d.devices; v != nil && len(list) < cap(list); v = v.next {
			list = append(list, v)
		}
		for v, i := d.devices, 0; v != nil; v = v.next {
			i++
			n = max(n, i)
		}
		database.Unlock()
		if n <= len(list) {
			return list
		}
		list = make([]*Device, 0, n+2) // not with the lock
		n = 0
	}
}
