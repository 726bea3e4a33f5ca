// Package rtc is the driver of the CMOS clock's interrupts (SPEC I10): \Device\Rtc. The time of
// day is the HAL's; this driver has the periodic interrupt, the alarm, and the interrupt at the
// end of each second's update, by which it measures how long the system's clock thinks a second
// is (MC146818 data sheet; 82371AB data sheet, 4.5).
//
// A read waits for the next interrupt that is asked for (IoctlRtcSetRate, IoctlRtcSetAlarm),
// or for the next second if none is, and returns a uint64: how many of them have come since
// the clock was started.
package rtc

import (
	"encoding/binary"
	"unsafe"

	"gont/io"
	"gont/ke"
	"gont/nt"
)

const deviceName = `\Device\Rtc`

// cmos are the chip's registers, or a test's.
type cmos interface {
	in(r uint8) uint8
	out(r uint8, v uint8)
}

// Registers and their bits (data sheet, figures 12 to 14).
const (
	regSeconds = 0x00 // minutes 2, hours 4; alarms at 1, 3, 5
	regA       = 0x0A
	regB       = 0x0B
	regC       = 0x0C
	bPeriodic  = 0x40
	bAlarm     = 0x20
	bUpdate    = 0x10
	bBinary    = 0x04
	b24        = 0x02
)

// clock is the device's extension.
type clock struct {
	lower       *io.Device
	interrupt   *io.Interrupt
	started     bool
	r           cmos
	synchronize func(func())
	expect      func()
	dpc         *ke.Dpc
	reads       io.CancelQueue

	// The interrupt's lock.
	i     nt.RtcInformation
	last  uint64 // interrupt time of the last second
	alarm bool   // is set
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

func addDevice(d *io.Driver, physical *io.Device) nt.Status {
	v, s := io.CreateDevice(d, deviceName, nt.FileDeviceUnknown, 0, io.BufferedIo)
	if !s.OK() {
		return s
	}
	c := newClock(chip)
	v.Extension = c
	if c.lower = io.AttachDevice(v, physical); c.lower == nil {
		io.DeleteDevice(v)
		return nt.StatusNoSuchDevice
	}
	return nt.StatusSuccess
}

func newClock(r cmos) *clock {
	c := &clock{r: r}
	c.dpc = ke.NewDpc(func(any) { c.complete() })
	return c
}

func pnp(d *io.Device, irp *io.IRP) nt.Status {
	c, l := d.Extension.(*clock), irp.Location()
	switch l.Minor {
	case io.StartDevice:
		p := l.Argument.(*io.StartParameters)
		s := io.PassAndWait(c.lower, irp)
		if s.OK() {
			s = c.start(p.Resources)
		}
		return io.Complete(irp, s, 0)
	case io.RemoveDevice:
		c.stop()
		lower := c.lower
		s := io.PassAndWait(lower, irp)
		io.DetachDevice(lower)
		io.DeleteDevice(d)
		return io.Complete(irp, s, 0)
	}
	return io.PassDown(c.lower, irp)
}

// start connects the interrupt. Nothing interrupts until somebody wants it.
func (c *clock) start(list []io.Resource) nt.Status {
	irq, ok := io.Find(list, io.InterruptResource, 0)
	if !ok {
		return nt.StatusDeviceConfigurationError
	}
	i, s := io.ConnectInterrupt("real-time clock", irq.Line, func(int) bool { return c.service() })
	if !s.OK() {
		return s
	}
	c.interrupt, c.synchronize, c.expect, c.started = i, i.Synchronize, i.Expect, true
	c.synchronize(func() {
		c.r.out(regB, c.r.in(regB)&^(bPeriodic|bAlarm|bUpdate))
		c.r.in(regC)
	})
	return nt.StatusSuccess
}

func (c *clock) stop() {
	if !c.started {
		return
	}
	c.started = false
	c.synchronize(func() { c.enable(0) })
	c.reads.CancelFile(nil)
	io.DisconnectInterrupt(c.interrupt)
}

// enable sets which interrupts come. The interrupt's lock is held.
func (c *clock) enable(bits uint8) {
	c.r.out(regB, c.r.in(regB)&^(bPeriodic|bAlarm|bUpdate)|bits)
	if bits&bUpdate == 0 {
		c.last, c.i.Second = 0, 0
	}
}

// service is the service routine: reading register C acknowledges, and says what it was.
func (c *clock) service() (mine bool) {
	for range 16 {
		v := c.r.in(regC)
		if v&0x80 == 0 || v == 0xFF {
			break
		}
		mine = true
		if v&bPeriodic != 0 {
			c.i.Periodic++
		}
		if v&bAlarm != 0 && c.alarm {
			c.i.Alarms++
			c.alarm = false
			c.enable(c.r.in(regB) & (bPeriodic | bUpdate))
		}
		if v&bUpdate != 0 {
			c.i.Updates++
			now := ke.InterruptTime()
			if c.last != 0 {
				c.i.Second = now - c.last
			}
			c.last = now
		}
	}
	if mine {
		c.dpc.Insert(nil)
	}
	return mine
}

// complete ends the reads: an interrupt has come. When nobody waits for seconds any more,
// they do not interrupt.
func (c *clock) complete() {
	var n uint64
	c.synchronize(func() { n = c.count() })
	for irp := c.reads.Remove(nil); irp != nil; irp = c.reads.Remove(nil) {
		binary.LittleEndian.PutUint64(irp.SystemBuffer, n)
		irp.IoStatus = io.IoStatus{Status: nt.StatusSuccess, Information: 8}
		io.CompleteRequest(irp, 1)
	}
	c.synchronize(func() {
		if b := c.r.in(regB); b&bUpdate != 0 && c.reads.Len() == 0 && c.i.Updates%4 == 0 {
			c.enable(b & (bPeriodic | bAlarm))
		}
	})
}

// count is what a read returns. The interrupt's lock is held.
func (c *clock) count() uint64 { return c.i.Periodic + c.i.Alarms + c.i.Updates }

func succeed(_ *io.Device, irp *io.IRP) nt.Status { return io.Complete(irp, nt.StatusSuccess, 0) }

func create(d *io.Device, irp *io.IRP) nt.Status {
	if !d.Extension.(*clock).started {
		return io.Complete(irp, nt.StatusDeviceNotReady, 0)
	}
	return io.Complete(irp, nt.StatusSuccess, nt.FileOpened)
}

func cleanup(d *io.Device, irp *io.IRP) nt.Status {
	d.Extension.(*clock).reads.CancelFile(irp.Location().File)
	return io.Complete(irp, nt.StatusSuccess, 0)
}

func read(d *io.Device, irp *io.IRP) nt.Status {
	c := d.Extension.(*clock)
	switch {
	case !c.started:
		return io.Complete(irp, nt.StatusDeviceNotReady, 0)
	case irp.Location().Length < 8:
		return io.Complete(irp, nt.StatusBufferTooSmall, 0)
	}
	c.reads.Insert(irp)
	c.synchronize(func() {
		if b := c.r.in(regB); b&(bPeriodic|bAlarm|bUpdate) == 0 {
			c.enable(bUpdate)
		}
	})
	c.expectSoon()
	return nt.StatusPending
}

// expectSoon tells the watch that an interrupt will come, if one comes within a second.
func (c *clock) expectSoon() {
	soon := false
	c.synchronize(func() { soon = c.i.Rate != 0 })
	if soon {
		c.expect()
	}
}

func control(d *io.Device, irp *io.IRP) nt.Status {
	c := d.Extension.(*clock)
	if !c.started {
		return io.Complete(irp, nt.StatusDeviceNotReady, 0)
	}
	l := irp.Location()
	s, n := c.control(l.Code, irp.SystemBuffer, l.InputLength, l.Length)
	return io.Complete(irp, s, uint64(n))
}

func (c *clock) control(code uint32, b []byte, in, out uint32) (s nt.Status, n int) {
	value := func() (uint32, bool) {
		if in < 4 || len(b) < 4 {
			return 0, false
		}
		return binary.LittleEndian.Uint32(b), true
	}
	switch code {
	case nt.IoctlRtcSetRate:
		v, ok := value()
		if !ok {
			return nt.StatusBufferTooSmall, 0
		}
		if v != 0 && (v < 2 || v > 8192 || v&(v-1) != 0) {
			return nt.StatusInvalidParameter, 0
		}
		c.synchronize(func() { c.rate(v) })
		c.expectSoon()
	case nt.IoctlRtcSetAlarm:
		v, ok := value()
		if !ok {
			return nt.StatusBufferTooSmall, 0
		}
		if v >= 86400 {
			return nt.StatusInvalidParameter, 0
		}
		c.synchronize(func() { c.setAlarm(v) })
	case nt.IoctlRtcQuery:
		var i nt.RtcInformation
		c.synchronize(func() { i = c.i })
		if size := int(unsafe.Sizeof(i)); int(out) < size || len(b) < size {
			return nt.StatusBufferTooSmall, 0
		}
		return nt.StatusSuccess, copy(b, unsafe.Slice((*byte)(unsafe.Pointer(&i)), unsafe.Sizeof(i)))
	default:
		return nt.StatusInvalidDeviceRequest, 0
	}
	return nt.StatusSuccess, 0
}

// rate sets the periodic interrupt (data sheet, table 5: the divider is 32768 Hz; 8192 Hz is
// 3, each step halves it). The interrupt's lock is held.
func (c *clock) rate(hz uint32) {
	b := c.r.in(regB) & (bAlarm | bUpdate)
	if c.i.Rate = hz; hz != 0 {
		select4 := uint8(3)
		for x := uint32(8192); x > hz; x /= 2 {
			select4++
		}
		c.r.out(regA, c.r.in(regA)&0xF0|select4)
		b |= bPeriodic
	}
	c.enable(b)
}

// setAlarm sets the alarm to so many seconds from now, 0 takes it back. The interrupt's lock
// is held.
func (c *clock) setAlarm(seconds uint32) {
	b := c.r.in(regB)
	keep := b & (bPeriodic | bUpdate)
	c.alarm = seconds != 0
	if !c.alarm {
		c.enable(keep)
		return
	}
	decode := func(v uint8) uint32 {
		if b&bBinary == 0 {
			return uint32(v>>4)*10 + uint32(v&15)
		}
		return uint32(v)
	}
	encode := func(v uint32) uint8 {
		if b&bBinary == 0 {
			return uint8(v/10<<4 | v%10)
		}
		return uint8(v)
	}
	hour := c.r.in(regSeconds + 4)
	h := decode(hour & 0x7F)
	if b&b24 == 0 {
		if h %= 12; hour&0x80 != 0 {
			h += 12
		}
	}
	at := (decode(c.r.in(regSeconds)) + 60*decode(c.r.in(regSeconds+2)) + 3600*h + seconds) % 86400
	c.r.out(regSeconds+1, encode(at%60))
	c.r.out(regSeconds+3, encode(at/60%60))
	h = at / 3600
	v := encode(h)
	if b&b24 == 0 {
		v = encode((h+11)%12 + 1)
		if h >= 12 {
			v |= 0x80
		}
	}
	c.r.out(regSeconds+5, v)
	c.r.in(regC) // what there was is forgotten
	c.enable(keep | bAlarm)
}
