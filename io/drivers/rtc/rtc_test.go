package rtc

import (
	"encoding/binary"
	"testing"
	"unsafe"

	"gont/io"
	"gont/ke"
	"gont/nt"
)

// chip plays the CMOS clock's registers.
type pc struct{ regs [128]uint8 }

func (p *pc) in(r uint8) uint8 {
	v := p.regs[r]
	if r == regC {
		p.regs[regC] = 0
	}
	return v
}
func (p *pc) out(r uint8, v uint8) { p.regs[r] = v }

func bench(t *testing.T) (*pc, *clock, *io.Device, *uint64) {
	now := new(uint64)
	ke.Initialize(ke.Hooks{Now: func() uint64 { return *now }})
	p := &pc{}
	p.regs[regB] = b24
	c := newClock(p)
	c.synchronize, c.expect, c.started = func(f func()) { f() }, func() {}, true
	driver := &io.Driver{}
	DriverEntry(driver, "")
	return p, c, &io.Device{Driver: driver, StackSize: 1, Extension: c}, now
}

func (p *pc) interrupt(c *clock, what uint8) bool {
	p.regs[regC] = what
	if p.regs[regB]&what != 0 {
		p.regs[regC] |= 0x80
	}
	old := ke.RaiseIrql(ke.DispatchLevel)
	mine := c.service()
	ke.LowerIrql(old)
	return mine
}

func set(c *clock, code, v uint32) nt.Status {
	s, _ := c.control(code, binary.LittleEndian.AppendUint32(nil, v), 4, 4)
	return s
}

func query(t *testing.T, c *clock) (i nt.RtcInformation) {
	b := make([]byte, unsafe.Sizeof(i))
	if s, n := c.control(nt.IoctlRtcQuery, b, 0, uint32(len(b))); !s.OK() || n != len(b) {
		t.Errorf("query: %v, %d", s, n)
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&i)), len(b)), b)
	return i
}

// TestRate (I10): rates are set by the divider, and others refused; interrupts are counted,
// and those of somebody else are not the clock's.
func TestRate(t *testing.T) {
	p, c, _, _ := bench(t)
	p.regs[regA] = 0x26
	for hz, want := range map[uint32]uint8{8192: 0x23, 1024: 0x26, 64: 0x2A, 2: 0x2F} {
		if s := set(c, nt.IoctlRtcSetRate, hz); !s.OK() || p.regs[regA] != want || p.regs[regB] != b24|bPeriodic {
			t.Errorf("%d: %v, A %#x, B %#x", hz, s, p.regs[regA], p.regs[regB])
		}
	}
	for range 3 {
		if !p.interrupt(c, bPeriodic) {
			t.Error("not the clock's")
		}
	}
	if p.interrupt(c, bUpdate) {
		t.Error("an interrupt that is not on is the clock's")
	}
	if i := query(t, c); i.Periodic != 3 || i.Updates != 0 {
		t.Errorf("%+v", i)
	}
	for _, hz := range []uint32{1, 3, 16384, ^uint32(0)} {
		if s := set(c, nt.IoctlRtcSetRate, hz); s != nt.StatusInvalidParameter {
			t.Errorf("%d: %v", hz, s)
		}
	}
	if s := set(c, nt.IoctlRtcSetRate, 0); !s.OK() || p.regs[regB] != b24 {
		t.Errorf("off: %v, B %#x", s, p.regs[regB])
	}
	if s, _ := c.control(nt.IoctlRtcSetRate, nil, 0, 0); s != nt.StatusBufferTooSmall {
		t.Error(s)
	}
	if s, _ := c.control(nt.IoctlRtcQuery, make([]byte, 8), 0, 8); s != nt.StatusBufferTooSmall {
		t.Error(s)
	}
	if s, _ := c.control(1, make([]byte, 8), 8, 8); s != nt.StatusInvalidDeviceRequest {
		t.Error(s)
	}
}

// TestAlarm: the alarm's registers in all four forms of the clock, over midnight.
func TestAlarm(t *testing.T) {
	for _, c := range []struct {
		form, h, m, s uint8
		in            uint32
		wh, wm, ws    uint8
	}{
		{b24, 0x23, 0x59, 0x50, 15, 0x00, 0x00, 0x05},
		{b24 | bBinary, 23, 59, 50, 15, 0, 0, 5},
		{0, 0x91, 0x59, 0x59, 1, 0x92, 0x00, 0x00}, // 11:59:59 PM is 91h: the alarm is at 12 PM? see below
		{b24, 0x10, 0x00, 0x00, 3600, 0x11, 0x00, 0x00},
		{bBinary, 12 | 0x80, 30, 0, 60, 12 | 0x80, 31, 0}, // half past noon
		{bBinary, 12, 30, 0, 60, 12, 31, 0},               // half past midnight
	} {
		if c.form == 0 {
			c.h, c.wh = 0x11|0x80, 0x12 // 11:59:59 PM to midnight, which is 12 AM
		}
		p, k, _, _ := bench(t)
		p.regs[regB] = c.form
		p.regs[4], p.regs[2], p.regs[0] = c.h, c.m, c.s
		if s := set(k, nt.IoctlRtcSetAlarm, c.in); !s.OK() || p.regs[5] != c.wh || p.regs[3] != c.wm || p.regs[1] != c.ws || p.regs[regB] != c.form|bAlarm {
			t.Errorf("%+v: %x:%x:%x, B %#x", c, p.regs[5], p.regs[3], p.regs[1], p.regs[regB])
		}
		if !p.interrupt(k, bAlarm) || query(t, k).Alarms != 1 || p.regs[regB] != c.form {
			t.Errorf("%+v: %+v, B %#x", c, query(t, k), p.regs[regB])
		}
	}
	p, k, _, _ := bench(t)
	if s := set(k, nt.IoctlRtcSetAlarm, 86400); s != nt.StatusInvalidParameter {
		t.Error(s)
	}
	set(k, nt.IoctlRtcSetAlarm, 10)
	if s := set(k, nt.IoctlRtcSetAlarm, 0); !s.OK() || p.regs[regB] != b24 {
		t.Errorf("%v, B %#x", s, p.regs[regB])
	}
}

// TestReads: a read waits for the next interrupt; without one that is asked for, for the next
// second, whose length is measured. Seconds are off again when nobody waits.
func TestReads(t *testing.T) {
	p, c, d, now := bench(t)
	read := func(n int) (done *bool, b []byte, s *nt.Status) {
		done, s, b = new(bool), new(nt.Status), make([]byte, n)
		irp := io.AllocateIrp(1)
		irp.SystemBuffer = b
		l := irp.NextLocation()
		l.Major, l.Length = io.Read, uint32(n)
		irp.SetCompletionRoutine(func(_ *io.Device, irp *io.IRP, _ any) nt.Status {
			*done, *s = true, irp.IoStatus.Status
			return nt.StatusMoreProcessingRequired
		}, nil, true, true, true)
		io.CallDriver(d, irp)
		return done, b, s
	}
	if _, _, s := read(7); *s != nt.StatusBufferTooSmall {
		t.Error(*s)
	}
	done, b, _ := read(8)
	if *done || p.regs[regB]&bUpdate == 0 {
		t.Fatalf("done %v, B %#x", *done, p.regs[regB])
	}
	*now += 5_000_000
	p.interrupt(c, bUpdate)
	if !*done || binary.LittleEndian.Uint64(b) != 1 {
		t.Errorf("done %v, %v", *done, b)
	}
	*now += 10_001_000
	p.interrupt(c, bUpdate)
	if i := query(t, c); i.Second != 10_001_000 || i.Updates != 2 {
		t.Errorf("%+v", i)
	}
	for range 2 {
		p.interrupt(c, bUpdate)
	}
	if p.regs[regB]&bUpdate != 0 {
		t.Error("seconds still interrupt, and nobody waits")
	}
	done, _, s := read(8)
	c.reads.CancelFile(nil)
	if !*done || *s != nt.StatusCancelled {
		t.Error(*s)
	}
}
