package io

import (
	"gont/ob"
	"gont/ps"
)

// What the kernel's debugger reads. All processors are stopped, and no lock is taken: what
// another processor was changing may be seen half done. Lists are followed a bounded way.

// debugMost is how many entries of a list are followed.
const debugMost = 1000

// DebugDriver is the driver of a driver object, nil for another object.
func DebugDriver(o *ob.Object) *Driver {
	d, _ := o.Body.(*Driver)
	return d
}

// DebugDevice is the device of a device object, nil for another object.
func DebugDevice(o *ob.Object) *Device {
	d, _ := o.Body.(*Device)
	return d
}

// DebugDevices calls yield for a driver's devices.
func (d *Driver) DebugDevices(yield func(*Device) bool) {
	n := 0
	for v := d.devices; v != nil && n < debugMost && yield(v); v = v.next {
		n++
	}
}

// DebugStack lists the stack that a device belongs to, the highest device first.
func (d *Device) DebugStack() (list []*Device) {
	top := d
	for n := 0; top.upper.Load() != nil && n < debugMost; n++ {
		top = top.upper.Load()
	}
	for v := top; v != nil && len(list) < debugMost; v = v.lower {
		list = append(list, v)
	}
	return list
}

// DebugReferences are a device's opens and work items.
func (d *Device) DebugReferences() int { return d.references }

// DebugRequest is a thread's request that has not come back.
type DebugRequest struct {
	Irp       *IRP
	Major     uint8
	Device    *Device // that has it
	Cancelled bool
}

// DebugRequests calls yield for a thread's requests.
func DebugRequests(t *ps.Thread, yield func(DebugRequest) bool) {
	x, _ := t.Io.(*threadIo)
	if x == nil {
		return
	}
	n := 0
	for i := x.first; i != nil && n < debugMost; i = i.threadNext {
		n++
		r := DebugRequest{Irp: i, Cancelled: i.cancelled.Load()}
		if at := int(i.current); at >= 0 && at < len(i.stack) {
			r.Major, r.Device = i.stack[at].Major, i.stack[at].Device
		}
		if !yield(r) {
			return
		}
	}
}
