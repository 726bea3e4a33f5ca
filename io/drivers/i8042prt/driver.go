package i8042prt

import (
	"encoding/binary"
	"unsafe"

	"gont/cm"
	"gont/io"
	"gont/nt"
)

const (
	portName  = `\Device\KeyboardPort0`
	className = `\Device\KeyboardClass0`
)

// extension is of the functional device; the class device has the same one.
type extension struct {
	lower, class *io.Device
	keyboard     *keyboard
	interrupt    *io.Interrupt
}

// DriverEntry is the driver's.
func DriverEntry(d *io.Driver, registryPath string) nt.Status {
	d.AddDevice = addDevice
	d.Major[io.Create] = create
	d.Major[io.Close] = succeed
	d.Major[io.Cleanup] = cleanup
	d.Major[io.Read] = read
	d.Major[io.DeviceControl] = control
	d.Major[io.Pnp] = pnp
	return nt.StatusSuccess
}

// addDevice: there is one keyboard at an 8042.
func addDevice(d *io.Driver, physical *io.Device) nt.Status {
	v, s := io.CreateDevice(d, portName, nt.FileDevice8042Port, 0, io.BufferedIo)
	if !s.OK() {
		return s
	}
	x := &extension{}
	v.Extension = x
	if x.class, s = io.CreateDevice(d, className, nt.FileDeviceKeyboard, 0, io.BufferedIo); !s.OK() {
		io.DeleteDevice(v)
		return s
	}
	x.class.Extension = x
	if x.lower = io.AttachDevice(v, physical); x.lower == nil {
		io.DeleteDevice(x.class)
		io.DeleteDevice(v)
		return nt.StatusNoSuchDevice
	}
	return nt.StatusSuccess
}

func pnp(d *io.Device, irp *io.IRP) nt.Status {
	x, l := d.Extension.(*extension), irp.Location()
	if x.lower == nil {
		return io.Complete(irp, nt.StatusInvalidDeviceRequest, 0)
	}
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
		io.DeleteDevice(x.class)
		io.DeleteDevice(d)
		return io.Complete(irp, s, 0)
	}
	return io.PassDown(x.lower, irp)
}

// start sets controller and keyboard up. A controller without a keyboard is started: one may
// be plugged in later.
func (x *extension) start(list []io.Resource) nt.Status {
	data, ok1 := io.Find(list, io.PortResource, 0)
	status, ok2 := io.Find(list, io.PortResource, 1)
	irq, ok3 := io.Find(list, io.InterruptResource, 0)
	if !ok1 || !ok2 || !ok3 {
		return nt.StatusDeviceConfigurationError
	}
	b := chip(uint16(data.Start), uint16(status.Start))
	commandByte, s := prepare(b)
	if !s.OK() {
		return s
	}
	k := newKeyboard(b)
	k.decoder.set, _ = setUp(b, commandByte, typematicByte(k.repeat))
	i, s := io.ConnectInterrupt("keyboard", irq.Line, func(int) bool { return k.service() })
	if !s.OK() {
		return s
	}
	k.synchronize, k.expect = i.Synchronize, i.Expect
	x.interrupt = i
	k.synchronize(func() {
		flush(b)
		send(b, cmdWriteByte, int(commandByte|byteInterrupt))
	})
	x.keyboard = k
	key, s := cm.CreateKey(`\Registry\Machine\HARDWARE\DEVICEMAP\KeyboardPort`, true)
	if s.OK() {
		s = key.SetText(portName, `\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\i8042prt`)
		key.Close()
	}
	if key, s := cm.CreateKey(`\Registry\Machine\HARDWARE\DEVICEMAP\KeyboardClass`, true); s.OK() {
		key.SetText(className, `\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\i8042prt`)
		key.Close()
	}
	return s
}

func (x *extension) stop() {
	k := x.keyboard
	if k == nil {
		return
	}
	x.keyboard = nil
	k.synchronize(func() { send(k.b, cmdDisable, -1) })
	k.reads.CancelFile(nil)
	io.DisconnectInterrupt(x.interrupt)
}

func succeed(_ *io.Device, irp *io.IRP) nt.Status { return io.Complete(irp, nt.StatusSuccess, 0) }

func create(d *io.Device, irp *io.IRP) nt.Status {
	if d.Extension.(*extension).keyboard == nil {
		return io.Complete(irp, nt.StatusDeviceNotReady, 0)
	}
	if irp.File.Name != "" {
		return io.Complete(irp, nt.StatusObjectNameNotFound, 0)
	}
	return io.Complete(irp, nt.StatusSuccess, nt.FileOpened)
}

func cleanup(d *io.Device, irp *io.IRP) nt.Status {
	if k := d.Extension.(*extension).keyboard; k != nil {
		k.reads.CancelFile(irp.Location().File)
	}
	return io.Complete(irp, nt.StatusSuccess, 0)
}

// read waits for keys: a read ends when there is one, with as many as there are.
func read(d *io.Device, irp *io.IRP) nt.Status {
	k := d.Extension.(*extension).keyboard
	n := irp.Location().Length
	switch {
	case k == nil:
		return io.Complete(irp, nt.StatusDeviceNotReady, 0)
	case n == 0:
		return io.Complete(irp, nt.StatusSuccess, 0)
	case n%keySize != 0:
		return io.Complete(irp, nt.StatusBufferTooSmall, 0)
	}
	k.reads.Insert(irp)
	k.work()
	return nt.StatusPending
}

func control(d *io.Device, irp *io.IRP) nt.Status {
	k := d.Extension.(*extension).keyboard
	if k == nil {
		return io.Complete(irp, nt.StatusDeviceNotReady, 0)
	}
	l := irp.Location()
	s, n := k.control(l.Code, irp.SystemBuffer, l.InputLength, l.Length)
	return io.Complete(irp, s, uint64(n))
}

// control serves a control code, with in bytes of input and room for out bytes of output in b.
func (k *keyboard) control(code uint32, b []byte, in, out uint32) (s nt.Status, n int) {
	le := binary.LittleEndian
	word := func(i int) uint16 { return le.Uint16(b[2*i:]) }
	put := func(words ...uint16) (nt.Status, int) {
		if int(out) < 2*len(words) || len(b) < 2*len(words) {
			return nt.StatusBufferTooSmall, 0
		}
		for i, w := range words {
			le.PutUint16(b[2*i:], w)
		}
		return nt.StatusSuccess, 2 * len(words)
	}
	switch code {
	case nt.IoctlKeyboardSetIndicators:
		if in < 4 || len(b) < 4 {
			return nt.StatusBufferTooSmall, 0
		}
		leds := word(1)
		if leds&^7 != 0 {
			return nt.StatusInvalidParameter, 0
		}
		if !k.say(kbdLeds, uint8(leds)) {
			return nt.StatusDeviceNotReady, 0
		}
		k.leds = leds
	case nt.IoctlKeyboardQueryIndicators:
		return put(0, k.leds)
	case nt.IoctlKeyboardSetTypematic:
		if in < 6 || len(b) < 6 {
			return nt.StatusBufferTooSmall, 0
		}
		t := nt.KeyboardTypematic{Rate: word(1), Delay: word(2)}
		if t.Rate < 2 || t.Rate > 30 || t.Delay < 250 || t.Delay > 1000 {
			return nt.StatusInvalidParameter, 0
		}
		if !k.say(kbdTypematic, typematicByte(t)) {
			return nt.StatusDeviceNotReady, 0
		}
		k.repeat = t
	case nt.IoctlKeyboardQueryTypematic:
		return put(0, k.repeat.Rate, k.repeat.Delay)
	case nt.IoctlKeyboardQueryAttributes:
		a := nt.KeyboardAttributes{Type: 4, Mode: 1, FunctionKeys: 12, Leds: 3, Keys: 101, InputDataQueueLength: queueLength,
			Minimum: nt.KeyboardTypematic{Rate: 2, Delay: 250}, Maximum: nt.KeyboardTypematic{Rate: 30, Delay: 1000}}
		size := int(unsafe.Sizeof(a))
		if int(out) < size || len(b) < size {
			return nt.StatusBufferTooSmall, 0
		}
		copy(b, unsafe.Slice((*byte)(unsafe.Pointer(&a)), size))
		return nt.StatusSuccess, size
	default:
		return nt.StatusInvalidDeviceRequest, 0
	}
	return nt.StatusSuccess, 0
}
