package io

import (
	"sync/atomic"
	"testing"

	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// Places in the program's memory.
const (
	iosbAt = dataAt
	bufAt  = dataAt + 0x1000
)

// codes of the test's driver.
var (
	codeEcho    = nt.CtlCode(nt.FileDeviceUnknown, 0x800, nt.MethodBuffered, nt.FileAnyAccess)
	codePend    = nt.CtlCode(nt.FileDeviceUnknown, 0x801, nt.MethodBuffered, nt.FileAnyAccess)
	codeDirect  = nt.CtlCode(nt.FileDeviceUnknown, 0x802, nt.MethodOutDirect, nt.FileAnyAccess)
	codeNeither = nt.CtlCode(nt.FileDeviceUnknown, 0x803, nt.MethodNeither, nt.FileAnyAccess)
)

// testDriver is a driver with one device, whose Pend requests wait in a queue.
type testDriver struct {
	*Driver
	device         *Device
	queue          CancelQueue
	cleanups, ends atomic.Int32
	unloaded       atomic.Bool
}

func (w *world) driver(name string, flags DeviceFlags) *testDriver {
	w.t.Helper()
	d, s := NewDriver(`\Driver`, name, `\Registry\Machine\System\CurrentControlSet\Services\`+name)
	if !s.OK() {
		w.t.Fatal(s)
	}
	x := &testDriver{Driver: d}
	if s := d.Start(func(d *Driver, path string) nt.Status {
		ok := func(_ *Device, irp *IRP) nt.Status { return Complete(irp, nt.StatusSuccess, nt.FileOpened) }
		d.Major[Create] = ok
		d.Major[Close] = func(_ *Device, irp *IRP) nt.Status { x.ends.Add(1); return Complete(irp, nt.StatusSuccess, 0) }
		d.Major[Cleanup] = func(_ *Device, irp *IRP) nt.Status {
			x.cleanups.Add(1)
			x.queue.CancelFile(irp.Location().File)
			return Complete(irp, nt.StatusSuccess, 0)
		}
		d.Major[DeviceControl] = x.control
		d.Unload = func(d *Driver) { x.unloaded.Store(true); DeleteDevice(x.device) }
		var s nt.Status
		x.device, s = CreateDevice(d, `\Device\`+name, nt.FileDeviceUnknown, 0, flags)
		return s
	}); !s.OK() {
		w.t.Fatal(s)
	}
	return x
}

func (x *testDriver) control(d *Device, irp *IRP) nt.Status {
	l := irp.Location()
	switch l.Code {
	case codeEcho:
		for i := range irp.SystemBuffer {
			irp.SystemBuffer[i]++
		}
		return Complete(irp, nt.StatusSuccess, uint64(l.Length))
	case codePend:
		x.queue.Insert(irp)
		return nt.StatusPending
	}
	return Complete(irp, nt.StatusInvalidDeviceRequest, 0)
}

// open opens a device as NtOpenFile does, with a handle.
func (w *world) open(name string, options uint32) (*File, nt.Handle) {
	w.t.Helper()
	o, s := ob.OpenByName(nil, name, true, FileType, &OpenPacket{Access: nt.FileAllAccess, Disposition: nt.FileOpen, Options: options, Mode: ke.UserMode})
	if !s.OK() {
		panic(name + ": " + s.String()) // Fatal would take the processor with it
	}
	h, s := w.p.Handles.Insert(o, nt.FileAllAccess, 0)
	o.Dereference()
	if !s.OK() {
		panic(s)
	}
	return o.Body.(*File), h
}

// tryOpen opens a device without a handle.
func (w *world) tryOpen(name string) (*File, nt.Status) {
	o, s := ob.OpenByName(nil, name, true, FileType, &OpenPacket{})
	if !s.OK() {
		return nil, s
	}
	return o.Body.(*File), s
}

// TestControl: a buffered control code goes to the driver and back.
func TestControl(t *testing.T) {
	simulate(t, func(w *world) {
		x := w.driver("Test", 0)
		f, h := w.open(`\Device\Test`, nt.FileSynchronousIoNonalert)
		w.p.Space.WriteBytes(bufAt, []byte{1, 2, 3, 4})
		s := f.DeviceControl(&Request{Thread: ps.Current(), Iosb: iosbAt}, false, codeEcho, bufAt, 4, bufAt+8, 4)
		w.expect("the service", s, nt.StatusSuccess)
		w.expect("the block", w.iosb(iosbAt), nt.IoStatusBlock{Information: 4})
		var got [4]byte
		w.p.Space.ReadBytes(bufAt+8, got[:])
		w.expect("the output", got, [4]byte{2, 3, 4, 5})
		w.p.Handles.Close(h)
		w.expect("cleanups", int(x.cleanups.Load()), 1)
		w.expect("closes", int(x.ends.Load()), 1)
		w.expect("the unloading", x.StartUnload(), nt.StatusSuccess)
		if _, s := ob.Lookup(nil, `\Driver\Test`, true, nil); s != nt.StatusObjectNameNotFound {
			t.Errorf("the driver has its name still: %v", s)
		}
	})
}
