// Package beep is the driver of the PC's speaker (SPEC I10): \Device\Beep, IOCTL_BEEP_SET.
// The sound is channel 2 of the 8254, in mode 3, let through by port 61h (data sheet 231164;
// 82371AB data sheet, 4.3.1).
package beep

import (
	"encoding/binary"

	"gont/io"
	"gont/ke"
	"gont/nt"
)

const deviceName = `\Device\Beep`

// speaker is the machine's, or a test's.
type speaker interface {
	in(port uint16) uint8
	out(port uint16, v uint8)
}

const (
	channel2  = 0x42
	mode      = 0x43
	portB     = 0x61
	gateSpeak = 0x03 // the counter counts, its output reaches the speaker
	clockHz   = 1193182
)

// beeper is the device's extension.
type beeper struct {
	lock  ke.SpinLock // of the chip
	s     speaker
	timer *ke.Timer
	quiet *ke.Dpc
	// endless is the file whose sound has no end, nil for none.
	endless *io.File
}

// DriverEntry is the driver's.
func DriverEntry(d *io.Driver, registryPath string) nt.Status {
	d.Major[io.Create] = create
	d.Major[io.Close] = succeed
	d.Major[io.Cleanup] = cleanup
	d.Major[io.DeviceControl] = control
	d.Unload = unload
	v, s := io.CreateDevice(d, deviceName, nt.FileDeviceBeep, 0, io.BufferedIo)
	if !s.OK() {
		return s
	}
	v.Extension = newBeeper(chip)
	return nt.StatusSuccess
}

func newBeeper(s speaker) *beeper {
	b := &beeper{s: s, timer: ke.NewTimer(nt.SynchronizationTimer)}
	b.quiet = ke.NewDpc(func(any) { b.sound(0) })
	return b
}

func unload(d *io.Driver) {
	for _, v := range d.Devices() {
		b := v.Extension.(*beeper)
		b.timer.Cancel()
		b.sound(0)
		io.DeleteDevice(v)
	}
}

// sound lets the speaker sound at a frequency, 0 for silence. IRQL <= DISPATCH_LEVEL.
func (b *beeper) sound(hz uint32) {
	b.lock.Lock()
	defer b.lock.Unlock()
	off := b.s.in(portB) &^ gateSpeak
	b.s.out(portB, off)
	if hz == 0 {
		return
	}
	n := clockHz / hz
	b.s.out(mode, 0xB6) // channel 2, low then high, mode 3
	b.s.out(channel2, uint8(n))
	b.s.out(channel2, uint8(n>>8))
	b.s.out(portB, off|gateSpeak)
}

// set is IOCTL_BEEP_SET. It does not wait for the end of the sound.
func (b *beeper) set(hz, ms uint32, f *io.File) nt.Status {
	b.endless = nil
	if hz == 0 && ms == 0 {
		b.timer.Cancel()
		b.sound(0)
		return nt.StatusSuccess
	}
	if hz < nt.BeepFrequencyMinimum || hz > nt.BeepFrequencyMaximum {
		return nt.StatusInvalidParameter
	}
	b.timer.Cancel()
	b.sound(hz)
	switch {
	case ms == 0:
		b.sound(0)
	case ms == 0xFFFFFFFF:
		b.endless = f
	default:
		b.timer.SetDpc(-int64(ms)*10_000, 0, b.quiet)
	}
	return nt.StatusSuccess
}

func succeed(_ *io.Device, irp *io.IRP) nt.Status { return io.Complete(irp, nt.StatusSuccess, 0) }

func create(_ *io.Device, irp *io.IRP) nt.Status {
	return io.Complete(irp, nt.StatusSuccess, nt.FileOpened)
}

// cleanup: a sound without an end ends with the file that has begun it.
func cleanup(d *io.Device, irp *io.IRP) nt.Status {
	if b := d.Extension.(*beeper); b.endless == irp.Location().File && b.endless != nil {
		b.set(0, 0, nil)
	}
	return io.Complete(irp, nt.StatusSuccess, 0)
}

func control(d *io.Device, irp *io.IRP) nt.Status {
	l := irp.Location()
	switch {
	case l.Code != nt.IoctlBeepSet:
		return io.Complete(irp, nt.StatusInvalidDeviceRequest, 0)
	case l.InputLength < 8 || len(irp.SystemBuffer) < 8:
		return io.Complete(irp, nt.StatusBufferTooSmall, 0)
	}
	le := binary.LittleEndian
	return io.Complete(irp, d.Extension.(*beeper).set(le.Uint32(irp.SystemBuffer), le.Uint32(irp.SystemBuffer[4:]), l.File), 0)
}
