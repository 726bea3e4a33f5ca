package i8042prt

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"gont/io"
	"gont/ke"
	"gont/nt"
)

// pc plays a controller with a keyboard.
type pc struct {
	time                       int64
	out                        []uint8 // bytes for the driver
	commandByte                uint8
	next                       uint8   // the command whose byte comes next
	kbd                        []uint8 // bytes that the keyboard has had
	noKeyboard, absent, babble bool
	resend                     int // times that the keyboard wants to hear it again
	selfTest, portTest         uint8
	busy                       bool
}

func newPC() *pc { return &pc{commandByte: 0x45, selfTest: selfTestPassed} }

func (p *pc) now() int64 { return p.time }
func (p *pc) pause()     { p.time += 1000 }
func (p *pc) status() (v uint8) {
	p.time += 1000
	if p.absent {
		return 0xFF
	}
	if len(p.out) > 0 || p.babble {
		v |= statusOutput
	}
	if p.busy {
		v |= statusInput
	}
	return v
}

func (p *pc) data() uint8 {
	if p.absent || p.babble {
		return 0xFF
	}
	if len(p.out) == 0 {
		return 0
	}
	c := p.out[0]
	p.out = p.out[1:]
	return c
}

func (p *pc) command(v uint8) {
	switch v {
	case cmdReadByte:
		p.out = append(p.out, p.commandByte)
	case cmdWriteByte:
		p.next = v
	case cmdSelfTest:
		p.commandByte = 0x30
		if p.selfTest != 0 {
			p.out = append(p.out, p.selfTest)
		}
	case cmdTestPort:
		p.out = append(p.out, p.portTest)
	}
}

func (p *pc) write(v uint8) {
	if p.next == cmdWriteByte {
		p.commandByte, p.next = v, 0
		return
	}
	if p.noKeyboard {
		return
	}
	if p.resend > 0 {
		p.resend--
		p.out = append(p.out, answerResend)
		return
	}
	p.kbd = append(p.kbd, v)
	p.out = append(p.out, answerAck)
}

// TestSetUp (I10): controller and keyboard are set up; codes of set 1 where the controller
// translates, else of set 2; a keyboard that wants to hear it again does.
func TestSetUp(t *testing.T) {
	for _, c := range []struct {
		commandByte uint8
		set         int
	}{{0x45, 1}, {0x05, 2}} {
		p := newPC()
		p.commandByte, p.resend, p.out = c.commandByte, 2, []uint8{1, 2, 3}
		b, s := prepare(p)
		if !s.OK() || b&byteInterrupt != 0 || b&byteDisabled != 0 || b&byteTranslate != c.commandByte&byteTranslate || p.commandByte != b {
			t.Errorf("%v, command byte %#x and %#x", s, b, p.commandByte)
		}
		set, ok := setUp(p, b, 0x20)
		if !ok || set != c.set || fmt.Sprintf("%x", p.kbd) != "f5f6f002f320ed00f4" {
			t.Errorf("set %d, %v, %x", set, ok, p.kbd)
		}
	}
}

// TestAbsent: what is not there, or does not work, costs little time and is no device.
func TestAbsent(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*pc)
		want  nt.Status
	}{
		"absent":         {func(p *pc) { p.absent = true }, nt.StatusNoSuchDevice},
		"busy":           {func(p *pc) { p.busy = true }, nt.StatusNoSuchDevice},
		"babbles":        {func(p *pc) { p.babble = true }, nt.StatusNoSuchDevice},
		"test fails":     {func(p *pc) { p.selfTest = 0xFC }, nt.StatusDeviceNotReady},
		"test is silent": {func(p *pc) { p.selfTest = 0 }, nt.StatusDeviceNotReady},
		"wire is stuck":  {func(p *pc) { p.portTest = 3 }, nt.StatusDeviceNotReady},
	} {
		p := newPC()
		c.spoil(p)
		if _, s := prepare(p); s != c.want {
			t.Errorf("%s: %v, want %v", name, s, c.want)
		}
		if p.time > 700_000_000 {
			t.Errorf("%s: %d ms", name, p.time/1_000_000)
		}
	}
	p := newPC()
	p.noKeyboard = true
	b, s := prepare(p)
	if _, ok := setUp(p, b, 0); !s.OK() || ok || p.time > 100_000_000 {
		t.Errorf("no keyboard: %v, %v, %d ms", s, ok, p.time/1_000_000)
	}
}

// TestCodes: keys of set 1 and of set 2 are the same keys.
func TestCodes(t *testing.T) {
	for _, c := range []struct {
		one, two []uint8
		want     string
	}{
		{[]uint8{0x1E, 0x9E}, []uint8{0x1C, 0xF0, 0x1C}, "1e 1e-"},                                                                                   // A
		{[]uint8{0x2A, 0x02, 0x82, 0xAA}, []uint8{0x12, 0x16, 0xF0, 0x16, 0xF0, 0x12}, "2a 02 02- 2a-"},                                              // shift, 1
		{[]uint8{0xE0, 0x48, 0xE0, 0xC8}, []uint8{0xE0, 0x75, 0xE0, 0xF0, 0x75}, "e048 e048-"},                                                       // up
		{[]uint8{0xE0, 0x2A, 0xE0, 0x47, 0xE0, 0xC7, 0xE0, 0xAA}, []uint8{0xE0, 0x12, 0xE0, 0x6C, 0xE0, 0xF0, 0x6C, 0xE0, 0xF0, 0x12}, "e047 e047-"}, // home, with shifts around it
		{[]uint8{0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5}, []uint8{0xE1, 0x14, 0x77, 0xE1, 0xF0, 0x14, 0xF0, 0x77}, "e145 e145-"},                         // pause
		{[]uint8{0x01, 0x81, 0x3B, 0x58}, []uint8{0x76, 0xF0, 0x76, 0x05, 0x07}, "01 01- 3b 58"},                                                     // Esc, F1, F12
		{[]uint8{0xFA, 0xFE, 0x1C, 0x00, 0x9C}, []uint8{0xFA, 0xAA, 0x5A, 0x00, 0xF0, 0x5A}, "1c 1c-"},                                               // what is no key
	} {
		for set, in := range map[int][]uint8{1: c.one, 2: c.two} {
			d := decoder{set: set}
			var got []string
			for _, b := range in {
				k, ok := d.next(b)
				if !ok {
					continue
				}
				s := fmt.Sprintf("%02x", k.MakeCode)
				if k.Flags&nt.KeyE0 != 0 {
					s = "e0" + s
				}
				if k.Flags&nt.KeyE1 != 0 {
					s = "e1" + s
				}
				if k.Flags&nt.KeyBreak != 0 {
					s += "-"
				}
				got = append(got, s)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("set %d, % x: %v, want %s", set, in, got, c.want)
			}
		}
	}
	// Noise never leads out of the tables.
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, set := range []int{1, 2} {
		d := decoder{set: set}
		for range 100000 {
			if k, ok := d.next(uint8(rnd.Uint32())); ok && (k.MakeCode == 0 || k.MakeCode > 0x7F) {
				t.Fatalf("%+v", k)
			}
		}
	}
}

// bench is a keyboard in a system of one processor.
func bench(t *testing.T) (*pc, *keyboard, *io.Device) {
	ke.Initialize(ke.Hooks{Now: func() uint64 { return 1 }})
	p := newPC()
	k := newKeyboard(p)
	k.decoder.set = 1
	k.synchronize, k.expect = func(f func()) { f() }, func() {}
	driver := &io.Driver{}
	DriverEntry(driver, "")
	return p, k, &io.Device{Driver: driver, StackSize: 1, Extension: &extension{keyboard: k}}
}

func interrupt(k *keyboard) {
	old := ke.RaiseIrql(ke.DispatchLevel)
	k.service()
	ke.LowerIrql(old)
}

func sendRead(d *io.Device, n int) (r *struct {
	done bool
	s    nt.Status
	b    []byte
	irp  *io.IRP
}) {
	r = &struct {
		done bool
		s    nt.Status
		b    []byte
		irp  *io.IRP
	}{irp: io.AllocateIrp(1)}
	r.irp.SystemBuffer = make([]byte, n)
	l := r.irp.NextLocation()
	l.Major, l.Length = io.Read, uint32(n)
	r.irp.SetCompletionRoutine(func(_ *io.Device, irp *io.IRP, _ any) nt.Status {
		r.done, r.s, r.b = true, irp.IoStatus.Status, irp.SystemBuffer[:irp.IoStatus.Information]
		return nt.StatusMoreProcessingRequired
	}, nil, true, true, true)
	io.CallDriver(d, r.irp)
	return r
}

// TestReads: a read ends with the keys that are there; those that nobody reads wait, a hundred
// of them; buffers of wrong lengths are refused.
func TestReads(t *testing.T) {
	if n := unsafe.Sizeof(nt.KeyboardInputData{}); n != keySize {
		t.Fatalf("KEYBOARD_INPUT_DATA has %d bytes", n)
	}
	p, k, d := bench(t)
	r := sendRead(d, 10*keySize)
	if r.done {
		t.Fatal("done without a key")
	}
	p.out = []uint8{0x1E, 0x9E, 0xE0}
	interrupt(k)
	if !r.done || !r.s.OK() || len(r.b) != 2*keySize || r.b[2] != 0x1E || r.b[4] != 0 || r.b[keySize+4] != nt.KeyBreak {
		t.Errorf("%v %v % x", r.done, r.s, r.b)
	}
	for range 150 {
		p.out = append(p.out, 0x02)
	}
	for range 4 {
		interrupt(k)
	}
	if r = sendRead(d, 200*keySize); len(r.b) != queueLength*keySize {
		t.Errorf("%d bytes", len(r.b))
	}
	if r = sendRead(d, keySize); r.done {
		t.Error("a key that is not there")
	}
	io.CancelIrp(r.irp)
	if !r.done || r.s != nt.StatusCancelled {
		t.Errorf("cancelled: %v", r.s)
	}
	for _, n := range []int{1, keySize - 1, keySize + 1} {
		if r = sendRead(d, n); r.s != nt.StatusBufferTooSmall {
			t.Errorf("%d bytes: %v", n, r.s)
		}
	}
}

// TestLeds: LEDs and repetition are sent byte by byte, each when the one before has been
// acknowledged; a keyboard that has gone does not hang anything.
func TestLeds(t *testing.T) {
	p, k, _ := bench(t)
	put := func(words ...uint16) []byte {
		var b []byte
		for _, w := range words {
			b = append(b, byte(w), byte(w>>8))
		}
		return b
	}
	if s, _ := k.control(nt.IoctlKeyboardSetIndicators, put(0, nt.LedCapsLock|nt.LedNumLock), 4, 0); !s.OK() || fmt.Sprintf("%x", p.kbd) != "ed" {
		t.Errorf("%v, %x", s, p.kbd)
	}
	p.resend = 1
	for range 4 {
		interrupt(k)
	}
	if fmt.Sprintf("%x", p.kbd) != "ed06" || k.outs != 0 {
		t.Errorf("%x, %d bytes wait", p.kbd, k.outs)
	}
	if s, _ := k.control(nt.IoctlKeyboardSetTypematic, put(0, 10, 500), 6, 0); !s.OK() {
		t.Error(s)
	}
	for range 3 {
		interrupt(k)
	}
	if fmt.Sprintf("%x", p.kbd) != "ed06f32c" {
		t.Errorf("%x", p.kbd)
	}
	b := make([]byte, 6)
	if s, n := k.control(nt.IoctlKeyboardQueryTypematic, b, 0, 6); !s.OK() || n != 6 || b[2] != 10 {
		t.Errorf("%v %x", s, b)
	}
	for _, c := range []struct {
		code uint32
		b    []byte
		want nt.Status
	}{
		{nt.IoctlKeyboardSetIndicators, put(0, 8), nt.StatusInvalidParameter}, {nt.IoctlKeyboardSetIndicators, put(0), nt.StatusBufferTooSmall},
		{nt.IoctlKeyboardSetTypematic, put(0, 1, 500), nt.StatusInvalidParameter}, {nt.IoctlKeyboardSetTypematic, put(0, 10, 2000), nt.StatusInvalidParameter},
		{nt.IoctlKeyboardQueryAttributes, put(0), nt.StatusBufferTooSmall}, {0x777, put(0, 0, 0, 0), nt.StatusInvalidDeviceRequest},
	} {
		if s, _ := k.control(c.code, c.b, uint32(len(c.b)), uint32(len(c.b))); s != c.want {
			t.Errorf("%#x % x: %v, want %v", c.code, c.b, s, c.want)
		}
	}
	p.noKeyboard = true
	ok := true
	for range 20 {
		ok = ok && k.say(kbdLeds, 0)
	}
	if ok {
		t.Error("a keyboard that does not answer takes everything")
	}
}

// TestTypematic: rates and delays, and what is nearest.
func TestTypematic(t *testing.T) {
	for _, c := range []struct {
		rate, delay uint16
		want        uint8
	}{{30, 250, 0x00}, {2, 1000, 0x7F}, {10, 500, 0x2C}, {0, 0, 0x1F}, {1000, 5000, 0x60}, {20, 750, 0x44}} {
		if got := typematicByte(nt.KeyboardTypematic{Rate: c.rate, Delay: c.delay}); got != c.want {
			t.Errorf("%d, %d: %#x, want %#x", c.rate, c.delay, got, c.want)
		}
	}
}
