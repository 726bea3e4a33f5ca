package beep

import (
	"testing"

	"gont/io"
	"gont/ke"
	"gont/nt"
)

// pc plays the 8254's channel 2 and port 61h.
type pc struct {
	gate  uint8
	count []uint8
	mode  uint8
}

func (p *pc) in(uint16) uint8 { return p.gate }
func (p *pc) out(port uint16, v uint8) {
	switch port {
	case portB:
		p.gate = v
	case mode:
		p.mode, p.count = v, nil
	case channel2:
		p.count = append(p.count, v)
	}
}

// TestBeep (I10): a sound has its frequency and its length, a new one replaces it, one without
// an end ends with its file; the other bits of port 61h stay.
func TestBeep(t *testing.T) {
	now := uint64(0)
	ke.Initialize(ke.Hooks{Now: func() uint64 { return now }})
	advance := func(ms uint64) {
		for end := now + ms*10_000; now < end; {
			now += ke.TimeIncrement
			ke.Tick(1, false)
		}
	}
	p := &pc{gate: 0x30}
	b := newBeeper(p)
	if s := b.set(440, 100, nil); !s.OK() || p.gate != 0x33 || p.mode != 0xB6 || len(p.count) != 2 || int(p.count[0])|int(p.count[1])<<8 != 1193182/440 {
		t.Errorf("%v, port %#x, mode %#x, count %v", s, p.gate, p.mode, p.count)
	}
	advance(50)
	if p.gate != 0x33 {
		t.Error("silent too early")
	}
	b.set(880, 200, nil)
	advance(150)
	if p.gate != 0x33 {
		t.Error("the first sound's end ends the second")
	}
	advance(100)
	if p.gate != 0x30 {
		t.Errorf("port %#x after the end", p.gate)
	}
	for _, c := range [][2]uint32{{36, 100}, {0, 100}, {0x8000, 100}, {^uint32(0), 1}} {
		if s := b.set(c[0], c[1], nil); s != nt.StatusInvalidParameter || p.gate != 0x30 {
			t.Errorf("%v: %v", c, s)
		}
	}
	driver := &io.Driver{}
	driver.Major[io.Cleanup] = cleanup
	driver.Major[io.DeviceControl] = control
	d := &io.Device{Driver: driver, StackSize: 1, Extension: b}
	f := &io.File{}
	call := func(major uint8, f *io.File, code uint32, buf []byte) nt.Status {
		irp := io.AllocateIrp(1)
		irp.SystemBuffer = buf
		l := irp.NextLocation()
		l.Major, l.File, l.Code, l.InputLength = major, f, code, uint32(len(buf))
		return io.Synchronously(d, irp)
	}
	if s := call(io.DeviceControl, f, nt.IoctlBeepSet, []byte{0xE8, 3, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}); !s.OK() || p.gate != 0x33 {
		t.Errorf("%v, port %#x", s, p.gate)
	}
	advance(100_000)
	call(io.Cleanup, &io.File{}, 0, nil)
	if p.gate != 0x33 {
		t.Error("another file's end ends the sound")
	}
	call(io.Cleanup, f, 0, nil)
	if p.gate != 0x30 {
		t.Error("the sound goes on after its file")
	}
	if s := call(io.DeviceControl, f, nt.IoctlBeepSet, make([]byte, 7)); s != nt.StatusBufferTooSmall {
		t.Error(s)
	}
	if s := call(io.DeviceControl, f, 1, make([]byte, 8)); s != nt.StatusInvalidDeviceRequest {
		t.Error(s)
	}
	if s := call(io.DeviceControl, f, nt.IoctlBeepSet, make([]byte, 8)); !s.OK() {
		t.Errorf("silence: %v", s)
	}
}
