package serial

import (
	"fmt"
	"unsafe"

	"gont/cm"
	"gont/io"
	"gont/ke"
	"gont/nt"
)

// Shared says of a port, by its base, whether the kernel sends its text there, and whether
// a debugger has it. The kernel sets it before the driver starts; nil: neither.
var Shared func(base uint16) (c Console, debugger bool)

// extension is of the functional device.
type extension struct {
	lower     *io.Device
	number    int
	port      *port // nil until it is started
	interrupt *io.Interrupt
	remove    io.RemoveLock
}

// DriverEntry is the driver's.
func DriverEntry(d *io.Driver, registryPath string) nt.Status {
	d.AddDevice = addDevice
	d.Major[io.Create] = create
	d.Major[io.Close] = succeed
	d.Major[io.Cleanup] = cleanup
	d.Major[io.Read] = read
	d.Major[io.Write] = write
	d.Major[io.FlushBuffers] = flush
	d.Major[io.DeviceControl] = control
	d.Major[io.Pnp] = pnp
	d.Extension = new(int) // the next number
	return nt.StatusSuccess
}

func deviceName(n int) string { return fmt.Sprintf(`\Device\Serial%d`, n) }
func portName(n int) string   { return fmt.Sprintf("COM%d", n+1) }

func addDevice(d *io.Driver, physical *io.Device) nt.Status {
	next := d.Extension.(*int)
	v, s := io.CreateDevice(d, deviceName(*next), nt.FileDeviceSerialPort, 0, io.BufferedIo)
	if !s.OK() {
		return s
	}
	x := &extension{number: *next}
	x.remove.Initialize()
	v.Extension = x
	if x.lower = io.AttachDevice(v, physical); x.lower == nil {
		io.DeleteDevice(v)
		return nt.StatusNoSuchDevice
	}
	*next++
	return nt.StatusSuccess
}

// pnp serves the PnP manager's requests.
func pnp(d *io.Device, irp *io.IRP) nt.Status {
	x, l := d.Extension.(*extension), irp.Location()
	switch l.Minor {
	case io.StartDevice:
		p := l.Argument.(*io.StartParameters)
		s := io.PassAndWait(x.lower, irp)
		if s.OK() {
			s = x.start(p.Resources)
		}
		return io.Complete(irp, s, 0)
	case io.RemoveDevice:
		x.stop()
		lower := x.lower
		s := io.PassAndWait(lower, irp)
		io.DetachDevice(lower)
		io.DeleteDevice(d)
		return io.Complete(irp, s, 0)
	}
	return io.PassDown(x.lower, irp)
}

// start lets the port work with its resources: eight ports, and an interrupt or none, which
// is then polled.
func (x *extension) start(list []io.Resource) nt.Status {
	ports, ok := io.Find(list, io.PortResource, 0)
	if !ok || ports.Length < 8 || ports.Start > 0xFFF8 {
		return nt.StatusDeviceConfigurationError
	}
	base := uint16(ports.Start)
	p := newPort(chip(base))
	if Shared != nil {
		c, debugger := Shared(base)
		if debugger {
			return nt.StatusDeviceBusy
		}
		p.console = c
	}
	irq, ok := io.Find(list, io.InterruptResource, 0)
	if !ok {
		return nt.StatusDeviceConfigurationError
	}
	i, s := io.ConnectInterrupt(portName(x.number), irq.Line, func(int) bool { return p.service() })
	if !s.OK() {
		return s
	}
	p.synchronize, p.expect = i.Synchronize, i.Expect
	x.interrupt = i
	p.start()
	x.port = p
	if p.console != nil {
		p.console.Connect(p.kick)
	}
	if s := io.CreateSymbolicLink(`\??\`+portName(x.number), deviceName(x.number)); !s.OK() {
		x.stop()
		return s
	}
	k, s := cm.CreateKey(`\Registry\Machine\HARDWARE\DEVICEMAP\SERIALCOMM`, true)
	if s.OK() {
		s = k.SetText(deviceName(x.number), portName(x.number))
		k.Close()
	}
	return s
}

func (x *extension) stop() {
	p := x.port
	if p == nil {
		return
	}
	x.port = nil
	if p.console != nil {
		p.console.Connect(nil)
	}
	p.stop()
	p.reads.CancelFile(nil)
	p.writes.CancelFile(nil)
	io.DisconnectInterrupt(x.interrupt)
	io.DeleteSymbolicLink(`\??\` + portName(x.number))
}

func succeed(_ *io.Device, irp *io.IRP) nt.Status { return io.Complete(irp, nt.StatusSuccess, 0) }

func create(d *io.Device, irp *io.IRP) nt.Status {
	if d.Extension.(*extension).port == nil {
		return io.Complete(irp, nt.StatusDeviceNotReady, 0)
	}
	if irp.File.Name != "" {
		return io.Complete(irp, nt.StatusObjectNameNotFound, 0)
	}
	return io.Complete(irp, nt.StatusSuccess, nt.FileOpened)
}

// cleanup cancels what the file still wants.
func cleanup(d *io.Device, irp *io.IRP) nt.Status {
	if p := d.Extension.(*extension).port; p != nil {
		p.reads.CancelFile(irp.Location().File)
		p.writes.CancelFile(irp.Location().File)
		p.work()
	}
	return io.Complete(irp, nt.StatusSuccess, 0)
}

func read(d *io.Device, irp *io.IRP) nt.Status {
	p := d.Extension.(*extension).port
	if p == nil {
		return io.Complete(irp, nt.StatusDeviceNotReady, 0)
	}
	return p.queue(&p.reads, irp)
}

func write(d *io.Device, irp *io.IRP) nt.Status {
	p := d.Extension.(*extension).port
	switch {
	case p == nil:
		return io.Complete(irp, nt.StatusDeviceNotReady, 0)
	case irp.Location().Length == 0:
		return io.Complete(irp, nt.StatusSuccess, 0)
	case p.console != nil:
		s := p.console.Write(irp.SystemBuffer)
		if !s.OK() || s != nt.StatusSuccess {
			return io.Complete(irp, nt.StatusCancelled, 0)
		}
		return io.Complete(irp, s, uint64(len(irp.SystemBuffer)))
	}
	return p.queue(&p.writes, irp)
}

// queue has a request wait its turn.
func (p *port) queue(q *io.CancelQueue, irp *io.IRP) nt.Status {
	// Requests are used again: what is known of an earlier one is forgotten.
	p.process.Lock()
	if p.reading == irp {
		p.reading = nil
	}
	if p.writing == irp {
		p.writing = nil
	}
	p.process.Unlock()
	q.Insert(irp)
	p.work()
	return nt.StatusPending
}

// flush waits until what was written before is out. PASSIVE_LEVEL.
func flush(d *io.Device, irp *io.IRP) nt.Status {
	p := d.Extension.(*extension).port
	if p == nil {
		return io.Complete(irp, nt.StatusDeviceNotReady, 0)
	}
	for n := 0; n < 1000 && p.console != nil && p.console.Waiting() > 0 || p.writes.Len() > 0; n++ {
		if ke.Delay(ke.UserMode, false, -100_000) != nt.StatusSuccess {
			return io.Complete(irp, nt.StatusCancelled, 0)
		}
	}
	return io.Complete(irp, nt.StatusSuccess, 0)
}

// control serves the control codes.
func control(d *io.Device, irp *io.IRP) nt.Status {
	p := d.Extension.(*extension).port
	if p == nil {
		return io.Complete(irp, nt.StatusDeviceNotReady, 0)
	}
	l := irp.Location()
	s, n := p.control(l.Code, irp.SystemBuffer, l.InputLength, l.Length)
	return io.Complete(irp, s, uint64(n))
}

// take and give read and write a value in a buffer whose used part has n bytes.
func take[T any](b []byte, n uint32) (v T, ok bool) {
	if uintptr(n) < unsafe.Sizeof(v) || uintptr(len(b)) < unsafe.Sizeof(v) {
		return v, false
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&v)), unsafe.Sizeof(v)), b)
	return v, true
}

func give[T any](b []byte, n uint32, v T) (nt.Status, int) {
	size := int(unsafe.Sizeof(v))
	if int(n) < size || len(b) < size {
		return nt.StatusBufferTooSmall, 0
	}
	copy(b, unsafe.Slice((*byte)(unsafe.Pointer(&v)), size))
	return nt.StatusSuccess, size
}
