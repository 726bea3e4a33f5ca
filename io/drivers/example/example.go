// Package example is the driver that docs/driver.md explains: \Device\Example keeps
// messages. What is written to it is a message; who reads gets the oldest one, or waits
// for one, until it is cancelled or the file is closed.
package example

import (
	"encoding/binary"
	"unsafe"

	"gont/cm"
	"gont/io"
	"gont/ke"
	"gont/nt"
	"gont/ps"
)

// device is the device's extension.
type device struct {
	lock    ke.SpinLock // everything below
	ring    [][]byte    // of messages; there is no allocation with the lock
	first   int
	count   int
	written uint32
	taken   uint32

	readers io.CancelQueue // requests that wait for a message
}

const (
	mostBytes       = 256 // of a message
	defaultCapacity = 16
)

// DriverEntry is called once, when the driver is loaded. What it has made, Unload takes
// back.
func DriverEntry(d *io.Driver, registryPath string) nt.Status {
	capacity := defaultCapacity
	if k, s := cm.OpenKey(registryPath + `\Parameters`); s.OK() {
		if n, ok := k.Uint32("Capacity"); ok {
			capacity = int(n)
		}
		k.Close()
	}
	if capacity < 1 || capacity > 4096 {
		return nt.StatusDeviceConfigurationError
	}
	d.Major[io.Create] = create
	d.Major[io.Close] = create
	d.Major[io.Cleanup] = cleanup
	d.Major[io.Read] = read
	d.Major[io.Write] = write
	d.Major[io.DeviceControl] = control
	d.Unload = unload
	v, s := io.CreateDevice(d, `\Device\Example`, nt.FileDeviceUnknown, 0, io.BufferedIo)
	if s.OK() {
		v.Extension = &device{ring: make([][]byte, capacity)}
	}
	return s
}

// unload is called when nobody has the device open any more.
func unload(d *io.Driver) {
	for _, v := range d.Devices() {
		io.DeleteDevice(v)
	}
}

// create lets everybody open the device; Close has nothing to do.
func create(_ *io.Device, irp *io.IRP) nt.Status {
	return io.Complete(irp, nt.StatusSuccess, nt.FileOpened)
}

// cleanup: the last handle has gone; what this file still waits for is cancelled.
func cleanup(d *io.Device, irp *io.IRP) nt.Status {
	d.Extension.(*device).readers.CancelFile(irp.Location().File)
	return io.Complete(irp, nt.StatusSuccess, 0)
}

// read gives the oldest message, or lets the request wait.
func read(d *io.Device, irp *io.IRP) nt.Status {
	x := d.Extension.(*device)
	x.readers.Insert(irp)
	x.serve()
	return nt.StatusPending // whatever has become of it by now
}

// write keeps a message.
func write(d *io.Device, irp *io.IRP) nt.Status {
	x, l := d.Extension.(*device), irp.Location()
	if l.Length == 0 || l.Length > mostBytes {
		return io.Complete(irp, nt.StatusInvalidParameter, 0)
	}
	m := append([]byte(nil), irp.SystemBuffer...) // not with the lock
	x.lock.Lock()
	full := x.count == len(x.ring)
	if !full {
		x.ring[(x.first+x.count)%len(x.ring)] = m
		x.count++
		x.written++
	}
	x.lock.Unlock()
	if full {
		return io.Complete(irp, nt.StatusInsufficientResources, 0)
	}
	s := io.Complete(irp, nt.StatusSuccess, uint64(l.Length))
	x.serve()
	return s
}

// serve brings readers and messages together.
func (x *device) serve() {
	for {
		x.lock.Lock()
		var irp *io.IRP
		if x.count > 0 {
			irp = x.readers.Remove(nil)
		}
		if irp == nil {
			x.lock.Unlock()
			return
		}
		m := x.ring[x.first]
		x.ring[x.first] = nil
		x.first = (x.first + 1) % len(x.ring)
		x.count--
		x.taken++
		x.lock.Unlock()
		n := copy(irp.SystemBuffer, m)
		s := nt.StatusSuccess
		if n < len(m) {
			s = nt.StatusBufferOverflow // the rest is lost
		}
		io.Complete(irp, s, uint64(n))
	}
}

// control has a code for each way in which buffers travel.
func control(d *io.Device, irp *io.IRP) nt.Status {
	x, l := d.Extension.(*device), irp.Location()
	switch l.Code {
	case nt.IoctlExampleCount: // METHOD_BUFFERED: the answer goes to SystemBuffer
		if l.Length < 8 {
			return io.Complete(irp, nt.StatusBufferTooSmall, 0)
		}
		x.lock.Lock()
		written, taken := x.written, x.taken
		x.lock.Unlock()
		binary.LittleEndian.PutUint32(irp.SystemBuffer, written)
		binary.LittleEndian.PutUint32(irp.SystemBuffer[4:], taken)
		return io.Complete(irp, nt.StatusSuccess, 8)
	case nt.IoctlExampleSum: // METHOD_IN_DIRECT: the second buffer is an Mdl to read
		sum, at := uint64(0), 0
		for irp.Mdl != nil && at < irp.Mdl.Len() {
			b := irp.Mdl.Piece(at)
			for _, c := range b {
				sum += uint64(c)
			}
			at += len(b)
		}
		return io.Complete(irp, nt.StatusSuccess, sum)
	case nt.IoctlExampleFill: // METHOD_OUT_DIRECT: the second buffer is an Mdl to write
		if l.InputLength < 1 || irp.Mdl == nil {
			return io.Complete(irp, nt.StatusInvalidParameter, 0)
		}
		for at := 0; at < irp.Mdl.Len(); {
			b := irp.Mdl.Piece(at)
			for i := range b {
				b[i] = irp.SystemBuffer[0]
			}
			at += len(b)
		}
		return io.Complete(irp, nt.StatusSuccess, uint64(irp.Mdl.Len()))
	case nt.IoctlExampleCopy: // METHOD_NEITHER: addresses of the program, which may be bad
		n := min(l.InputLength, l.Length, mostBytes)
		var b [mostBytes]byte
		s := ps.CopyFrom(irp.Thread, unsafe.Pointer(&b), l.Type3InputBuffer, uint64(n))
		if s.OK() {
			s = ps.CopyTo(irp.Thread, irp.UserBuffer, unsafe.Pointer(&b), uint64(n))
		}
		if !s.OK() {
			n = 0
		}
		return io.Complete(irp, s, uint64(n))
	}
	return io.Complete(irp, nt.StatusInvalidDeviceRequest, 0)
}
