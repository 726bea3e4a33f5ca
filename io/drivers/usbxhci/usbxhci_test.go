package usbxhci

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"gont/io/drivers/usbstor"
	"gont/io/storage"
	"gont/io/storport"
	"gont/io/usb"
	"gont/io/usb/usbtest"
	"gont/mm"
	"gont/nt"
)

// rig is the driver above a model.
type rig struct {
	m       *model
	c       *controller
	changes int
	came    int
	cut     int
	said    []string
}

// wait asks a few times.
func wait(_ uint64, f func() bool) bool {
	for range 10 {
		if f() {
			return true
		}
	}
	return false
}

func start(t testing.TB, m *model) (*rig, error) {
	t.Helper()
	if err := storport.BenchMemory(2048); err != nil {
		t.Fatal(err)
	}
	return restart(m)
}

// restart starts the driver in memory that is there.
func restart(m *model) (*rig, error) {
	r := &rig{m: m}
	storport.Say = func(l string) { r.said = append(r.said, l) }
	c, err := newController(m, modelBytes, wait)
	if err != nil {
		return nil, err
	}
	r.c = c
	c.changed, c.came, c.cut = func() { r.changes++ }, func() { r.came++ }, func() { r.cut++ }
	c.ticked.Store(true)
	if err := c.start(false, modelBytes); err != nil {
		c.stop()
		c.release()
		return nil, err
	}
	c.power()
	c.look(false)
	return r, nil
}

func begin(t testing.TB, m *model) *rig {
	t.Helper()
	r, err := start(t, m)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// settle lets the controller do what it has, and the driver look at it.
func (r *rig) settle() {
	for range 100 {
		for s := range r.m.slot {
			for e := range r.m.slot[s].endpoints {
				if x := &r.m.slot[s].endpoints[e]; r.m.slot[s].on && x.held && x.state == endpointRunning {
					x.held = false
					r.m.run(s, e)
				}
			}
		}
		some := false
		for range 10 {
			if !r.m.pending || !r.c.interrupt() {
				break
			}
			some = true
			r.c.poll()
		}
		if r.changes > 0 {
			r.changes, some = 0, true
			r.c.look(true)
		}
		if !some {
			return
		}
	}
}

// leave has the drivers of functions that are gone let them go.
func (r *rig) leave(list []*function) {
	for _, f := range list {
		f.letGo()
	}
}

// disk starts the driver of mass storage above a function.
func disk(t testing.TB, f *function) *storport.Bench {
	t.Helper()
	list, err := usbstor.Channels(f, wait)
	if err == nil {
		var b *storport.Bench
		if b, err = storport.NewBench(list[0], 0); err == nil {
			return b
		}
	}
	t.Fatal(err)
	return nil
}

func names(r *rig) string {
	var list []string
	for _, f := range r.c.list {
		list = append(list, fmt.Sprintf("%v %v %s", f.d.at, f.Speed(), f.Name()))
	}
	return strings.Join(list, "; ")
}

func high(sizes ...int) *usbtest.Stick {
	s := usbtest.NewStick(sizes...)
	s.Super = false
	return s
}

// TestTransfers (I10): what is plugged in when the controller starts is found, and read and written by
// the driver of mass storage, in memory that lies as it likes, by controllers of both kinds of
// contexts.
func TestTransfers(t *testing.T) {
	for name, set := range map[string]func(*model){
		"32": func(*model) {}, "64": func(m *model) { m.context64 = true }, "narrow": func(m *model) { m.wide = false },
		"scratch": func(m *model) { m.scratch = 37 }, "firmware": func(m *model) { m.owned = true },
	} {
		t.Run(name, func(t *testing.T) {
			m := newModel()
			set(m)
			sticks := []*usbtest.Stick{high(1 << 20), usbtest.NewStick(1 << 20)}
			m.plug(2, sticks[0])
			m.plug(5, sticks[1])
			rig := begin(t, m)
			if n := names(rig); n != "port 2 high speed GoNT model stick; port 5 SuperSpeed GoNT model stick" || m.owned {
				t.Fatalf("%s; %q", n, rig.said)
			}
			r := rand.New(rand.NewPCG(3, 1))
			for k, f := range rig.c.list {
				b := disk(t, f)
				u, data := b.Units[0], sticks[k].Units[0]
				if (u.Limits.Below != 0) == m.wide {
					t.Errorf("below %X", u.Limits.Below)
				}
				for i := range 60 {
					n := 1 + r.IntN(int(u.Port.MaximumSectors))
					at := r.IntN(2048 - n)
					buffer := storport.NewBuffer(n*512, r.IntN(5000))
					op := storage.Function(i % 2)
					want := bytes.Clone(data[at*512 : (at+n)*512])
					if op == storage.Write {
						for k := range want {
							want[k] = byte(r.Uint32())
						}
						buffer.Fill(want)
					}
					call := b.Move(u, op, uint64(at), buffer)
					for range 5 {
						rig.settle()
						b.Look()
					}
					if call.Done != 1 || call.Status != 0 || !bytes.Equal(buffer.Bytes(), want) || !bytes.Equal(data[at*512:(at+n)*512], want) {
						t.Fatalf("%d: function %d of %d at %d: %d, %v", i, op, n, at, call.Done, call.Status)
					}
					buffer.Free()
				}
			}
			if m.bad != 0 {
				t.Errorf("%d accesses that should not be", m.bad)
			}
			if rig.c.due != 0 {
				t.Errorf("%d interrupts are waited for", rig.c.due)
			}
		})
	}
}

// TestStalls: a request and a transfer that the device refuses end with ErrStall, and what follows
// works; one that it does not answer ends with ErrNoAnswer, and the pipe works on.
func TestStalls(t *testing.T) {
	m := newModel()
	s := usbtest.NewStick(1 << 20)
	m.plug(4, s)
	rig := begin(t, m)
	f := rig.c.list[0]
	pipes, err := f.Open(f.Interface().Endpoints)
	if err != nil {
		t.Fatal(err)
	}
	memory := storport.Allocate(4096, 0)
	move := func(p usb.Pipe, n uint32) (uint32, error) {
		x := &usb.Transfer{Segments: []storport.Segment{{Address: memory.Address, Length: n}}}
		err := p.Move(x, 1)
		return x.Actual, err
	}
	inquiry := func() {
		copy(memory.Bytes, []byte{0x55, 0x53, 0x42, 0x43, 1, 0, 0, 0, 36, 0, 0, 0, 0x80, 0, 6, 0x12, 0, 0, 0, 36})
		clear(memory.Bytes[20:31])
	}
	for range 3 {
		if _, err := f.Request(usb.Setup{RequestType: usb.In, Request: 99}, make([]byte, 8), 1); err != usb.ErrStall {
			t.Errorf("a request that it refuses: %v", err)
		}
		var b [18]byte
		if n, err := f.Request(usb.Setup{RequestType: usb.In, Request: usb.GetDescriptor, Value: 1 << 8}, b[:], 1); n != 18 || err != nil || !bytes.Equal(b[:], s.Device()) {
			t.Errorf("after that: %d, %v", n, err)
		}
		if _, err := move(pipes[1], 7); err != usb.ErrStall {
			t.Errorf("a command that is none: %v", err)
		}
		if _, err := move(pipes[1], 7); err != usb.ErrStall {
			t.Errorf("a halted pipe: %v", err)
		}
		f.Request(usb.Setup{RequestType: usb.Class | usb.ToInterface, Request: 0xFF}, nil, 1)
		for _, p := range pipes {
			if err := p.ClearHalt(); err != nil {
				t.Error(err)
			}
		}
		if _, err := move(pipes[0], 13); err != usb.ErrNoAnswer { // there is no status to ask for
			t.Errorf("a transfer that is not answered: %v", err)
		}
		inquiry()
		if n, err := move(pipes[1], 31); n != 31 || err != nil {
			t.Errorf("a command: %d, %v", n, err)
		}
		if n, err := move(pipes[0], 4096); n != 36 || err != nil || string(memory.Bytes[8:12]) != "GoNT" {
			t.Errorf("less than was asked for: %d, %v", n, err)
		}
		if n, err := move(pipes[0], 13); n != 13 || err != nil {
			t.Errorf("its status: %d, %v", n, err)
		}
		// Pipes that are not halted begin anew, too: at both ends.
		inquiry()
		for range 2 { // an odd number in all: the next packet would be one of the other kind
			if n, err := move(pipes[1], 31); n != 31 || err != nil {
				t.Errorf("a command: %d, %v", n, err)
			}
			f.Request(usb.Setup{RequestType: usb.Class | usb.ToInterface, Request: 0xFF}, nil, 1)
		}
		for _, p := range pipes {
			if err := p.ClearHalt(); err != nil {
				t.Error(err)
			}
		}
		if n, err := move(pipes[1], 31); n != 31 || err != nil {
			t.Errorf("a command: %d, %v", n, err)
		}
	}
	s.Deaf = true
	if _, err := f.Request(usb.Setup{RequestType: usb.In, Request: usb.GetDescriptor, Value: 1 << 8}, make([]byte, 18), 1); !errors.Is(err, usb.ErrTransaction) {
		t.Errorf("a request that fails: %v", err)
	}
	s.Deaf = false
	sets := s.Sets
	if err := f.Reset(); err != nil || s.Sets != sets+1 || s.Resets < 1 {
		t.Fatalf("reset: %v", err)
	}
	if n, err := move(pipes[1], 31); n != 31 && err == nil {
		t.Errorf("a command after the reset: %d, %v", n, err)
	}
	s.DeviceDesc = bytes.Clone(s.Device())
	s.DeviceDesc[8]++
	if err := f.Reset(); !errors.Is(err, usb.ErrGone) {
		t.Errorf("a reset after which it is another device: %v", err)
	}
	if m.bad != 0 {
		t.Errorf("%d accesses that should not be", m.bad)
	}
}

// TestLong: transfers whose memory lies in one piece are cut where a TRB ends, whichever address they begin
// at, and go round the ring; an event that counts more than there is is no success.
func TestLong(t *testing.T) {
	m := newModel()
	s := usbtest.NewStick(1 << 20)
	m.plug(4, s)
	rig := begin(t, m)
	f := rig.c.list[0]
	pipes, err := f.Open(f.Interface().Endpoints)
	if err != nil {
		t.Fatal(err)
	}
	memory := storport.Allocate(512<<10, 0)
	at := func(offset int, n uint32) *usb.Transfer {
		return &usb.Transfer{Segments: []storport.Segment{{Address: memory.Address + uint64(offset), Length: n}}}
	}
	r := rand.New(rand.NewPCG(1, 5))
	for i := range 200 {
		sectors := 1 + r.IntN(600)
		n := uint32(sectors * 512)
		copy(memory.Bytes, []byte{0x55, 0x53, 0x42, 0x43, byte(i), 0, 0, 0, byte(n), byte(n >> 8), byte(n >> 16), 0, 0x80, 0, 10, 0x28, 0, 0, 0, 0, 3, 0, byte(sectors >> 8), byte(sectors)})
		clear(memory.Bytes[24:31])
		first := 64 + r.IntN(100<<10)
		x := at(first, n)
		if k := r.IntN(int(n)); r.IntN(2) == 0 { // two pieces, of any length
			x.Segments = []storport.Segment{{Address: memory.Address + uint64(first), Length: uint32(k)}, {Address: memory.Address + uint64(first+k), Length: n - uint32(k)}}
		}
		for _, step := range []struct {
			p usb.Pipe
			t *usb.Transfer
		}{{pipes[1], at(0, 31)}, {pipes[0], x}, {pipes[0], at(32, 13)}} {
			if err := step.p.Move(step.t, 1); err != nil {
				t.Fatalf("%d: %v", i, err)
			}
		}
		if x.Actual != n || !bytes.Equal(memory.Bytes[first:first+int(n)], s.Units[0][3*512:][:n]) || memory.Bytes[32+12] != 0 {
			t.Fatalf("%d: %d of %d bytes", i, x.Actual, n)
		}
	}
	if m.bad != 0 {
		t.Errorf("%d TRBs that should not be", m.bad)
	}
	m.lie = func(_ *uint64, status, control *uint32) bool {
		if *control>>trbType&63 == eventTransfer {
			*status |= 1000
		}
		return true
	}
	memory.Bytes[15] = 0x12
	if err := pipes[1].Move(at(0, 31), 1); !errors.Is(err, usb.ErrTransaction) {
		t.Errorf("more is left than there was: %v", err)
	}
}

// TestPlug: what is plugged in later is found, what is pulled out ends its transfers, and nothing of it
// stays, neither slot nor memory.
func TestPlug(t *testing.T) {
	m := newModel()
	rig := begin(t, m)
	for _, at := range []int{2, 4} {
		free := uint64(0)
		for round := range 20 {
			s := usbtest.NewStick(1 << 16)
			s.Super = at > 3
			m.plug(at, s)
			rig.settle()
			if len(rig.c.list) != 1 {
				t.Fatalf("round %d: %q; %q", round, names(rig), rig.said)
			}
			list := rig.c.list
			f := list[0]
			pipes, err := f.Open(f.Interface().Endpoints)
			if err != nil {
				t.Fatal(err)
			}
			s.Silent = true
			memory := storport.Allocate(4096, 0)
			done := 0
			x := &usb.Transfer{Segments: []storport.Segment{{Address: memory.Address, Length: 13}}, Done: func(*usb.Transfer) { done++ }}
			if err := pipes[0].Submit(x); err != nil {
				t.Fatal(err)
			}
			rig.settle()
			if done != 0 {
				t.Fatalf("%v", x.Err)
			}
			m.plug(at, nil)
			rig.settle()
			if done != 1 || x.Err == nil || len(rig.c.list) != 0 {
				t.Fatalf("pulled out: %d, %v, %q", done, x.Err, names(rig))
			}
			if err := pipes[0].Submit(x); !errors.Is(err, usb.ErrGone) {
				t.Errorf("afterwards: %v", err)
			}
			if _, err := f.Request(usb.Setup{RequestType: usb.In}, nil, 1); !errors.Is(err, usb.ErrGone) {
				t.Errorf("afterwards: %v", err)
			}
			rig.leave(list)
			memory.Free()
			if n := mm.QueryCounts().Available(); round == 0 {
				free = n
			} else if n != free {
				t.Fatalf("round %d: %d pages are free, not %d", round, n, free)
			}
		}
	}
	for s := range m.slot {
		if m.slot[s].on {
			t.Errorf("slot %d is in use", s)
		}
	}
	// Pulled out and plugged in before anybody looks.
	m.plug(4, usbtest.NewStick(1<<16))
	rig.settle()
	old := rig.c.list
	m.plug(4, nil)
	m.plug(4, usbtest.NewStick(1<<16))
	rig.settle()
	if len(rig.c.list) != 1 || rig.c.list[0] == old[0] {
		t.Errorf("another one in its place: %s", names(rig))
	}
	// A port that is disabled, as after noise: the device is brought up again.
	old = rig.c.list
	m.port[4].v &^= portEnabled
	m.event(4<<24, codeSuccess<<24, eventPort<<trbType)
	rig.settle()
	if len(rig.c.list) != 1 || rig.c.list[0] == old[0] || m.warm+m.port[4].device.(*usbtest.Stick).Resets == 0 {
		t.Errorf("a port that was disabled: %s", names(rig))
	}
	if rig.c.due != 0 || m.bad != 0 {
		t.Errorf("%d interrupts are waited for, %d bad accesses", rig.c.due, m.bad)
	}
}

// TestHub: sticks behind a hub, and behind a hub behind that, come and go, and go with the hub.
func TestHub(t *testing.T) {
	m := newModel()
	near, far := &usbtest.Hub{}, &usbtest.Hub{}
	near.Plug(3, high(1<<16))
	m.plug(1, near)
	rig := begin(t, m)
	if n := names(rig); n != "port 1.3 high speed GoNT model stick" {
		t.Fatalf("%s; %q", n, rig.said)
	}
	near.Plug(1, high(1<<16))
	rig.settle()
	near.StallTell = 2
	s := high(1 << 16)
	s.Serial = "DEEP"
	far.Plug(4, s)
	near.Plug(2, far)
	rig.settle()
	if n := names(rig); n != "port 1.3 high speed GoNT model stick; port 1.1 high speed GoNT model stick; port 1.2.4 high speed GoNT model stick" {
		t.Fatalf("%s; %q", n, rig.said)
	}
	b := &bus{c: rig.c}
	if a := rig.c.list[0].identity(b); a.InstanceID != "STICK1&0&1&3" || a.DeviceID != `USB\VID_46F4&PID_0001` || a.CompatibleIDs[0] != `USB\Class_08&SubClass_06&Prot_50` {
		t.Errorf("%+v", a)
	}
	if a := rig.c.list[2].identity(b); a.InstanceID != "DEEP" || a.Location != "USB port 1.2.4, high speed" {
		t.Errorf("%+v", a)
	}
	bench := disk(t, rig.c.list[2])
	buffer := storport.NewBuffer(4096, 0)
	call := bench.Move(bench.Units[0], storage.Read, 8, buffer)
	for range 5 {
		rig.settle()
		bench.Look()
	}
	if call.Status != 0 || !bytes.Equal(buffer.Bytes(), s.Units[0][4096:8192]) {
		t.Errorf("%v", call.Status)
	}
	all := rig.c.list
	near.Plug(1, nil)
	rig.settle()
	if n := names(rig); n != "port 1.3 high speed GoNT model stick; port 1.2.4 high speed GoNT model stick" {
		t.Errorf("%s; %q", n, rig.said)
	}
	call = bench.Move(bench.Units[0], storage.Read, 8, buffer)
	m.plug(1, nil)
	rig.settle()
	bench.Look()
	if len(rig.c.list) != 0 || call.Done != 1 || call.Status.OK() {
		t.Errorf("%s; %d, %v", names(rig), call.Done, call.Status)
	}
	rig.leave(all)
	for s := range m.slot {
		if m.slot[s].on {
			t.Errorf("slot %d is in use", s)
		}
	}
	m.plug(1, &usbtest.Hub{Short: true})
	rig.settle()
	if !strings.Contains(strings.Join(rig.said, "\n"), "USB port 1: a device cannot be used: its hub descriptor is none.") {
		t.Errorf("%q", rig.said)
	}
}

// TestDead: a controller that stops answering, says that it has failed, or is pulled out ends all that
// it has, is kept from memory, and its devices are gone; a command alone that does not end is taken
// back.
func TestDead(t *testing.T) {
	for name, kill := range map[string]func(*model){
		"gone": func(m *model) { m.gone = true }, "mute": func(m *model) { m.mute = true },
		"error":    func(m *model) { m.status |= statusSystem; m.mute = true },
		"commands": func(m *model) { m.deaf[trbStopEndpoint], m.mute = true, true },
	} {
		m := newModel()
		s := usbtest.NewStick(1 << 16)
		m.plug(4, s)
		rig := begin(t, m)
		bench := disk(t, rig.c.list[0])
		s.Silent = true
		call := bench.Move(bench.Units[0], storage.Read, 0, storport.NewBuffer(512, 0))
		rig.settle()
		kill(m)
		if st := bench.Reset(bench.Units[0]); st.OK() {
			t.Errorf("%s: a reset that succeeds", name)
		}
		rig.settle()
		if call.Done != 1 || call.Status.OK() || rig.cut != 1 || len(rig.c.list) != 0 {
			t.Errorf("%s: %d, %v; cut %d; %s; %q", name, call.Done, call.Status, rig.cut, names(rig), rig.said)
		}
		if call := bench.Move(bench.Units[0], storage.Read, 0, storport.NewBuffer(512, 0)); call.Done != 1 || call.Status != nt.StatusDeviceNotConnected {
			t.Errorf("%s: %d, %v", name, call.Done, call.Status)
		}
	}
	m := newModel()
	s := usbtest.NewStick(1 << 16)
	m.deaf[trbAddress] = true
	m.plug(4, s)
	rig := begin(t, m)
	if len(rig.c.list) != 0 || rig.cut != 0 || !strings.Contains(strings.Join(rig.said, "\n"), "USB port 4: a device cannot be used: it takes no address: it does not answer") || m.done[trbAddress] != mostTries {
		t.Errorf("%s; %q", names(rig), rig.said)
	}
	m.deaf[trbAddress] = false
	m.plug(5, usbtest.NewStick(1<<16))
	rig.settle()
	if n := names(rig); n != "port 5 SuperSpeed GoNT model stick" {
		t.Errorf("%s; %q", n, rig.said)
	}
}

// TestStart: controllers that cannot be, are refused with words.
func TestStart(t *testing.T) {
	for want, set := range map[string]func(*model){
		"not there any more":    func(m *model) { m.gone = true },
		"does not halt":         func(m *model) { m.noHalt, m.status = true, 0 },
		"reset does not end":    func(m *model) { m.noReset = true },
		"does not run":          func(m *model) { m.noRun = true },
		"0 ports":               func(m *model) { m.set[capParams1] = 8 },
		"0 slots":               func(m *model) { m.set[capParams1] = 6 << 24 },
		"outside":               func(m *model) { m.set[capDoorbell] = 0xFFFFFFF0 },
		"lie outside of":        func(m *model) { m.set[capRuntime] = modelBytes - 32 },
		"registers lie outside": func(m *model) { m.set[capLength] = 0x01100010 },
		"version is 0020":       func(m *model) { m.set[capLength] = 0x00200040 },
		"no pages of 4 KB":      func(m *model) { m.set[modelOp+opPage] = 2 },
		"no memory":             func(m *model) { m.scratch = 1023 },
	} {
		m := newModel()
		set(m)
		_, err := start(t, m)
		if want == "no memory" {
			if err := storport.BenchMemory(700); err != nil {
				t.Fatal(err)
			}
			_, err = restart(m)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

// TestRefusals: devices that cannot be are left out with words, and the others work.
func TestRefusals(t *testing.T) {
	for want, set := range map[string]func(*usbtest.Stick){
		"configuration descriptor is none":            func(s *usbtest.Stick) { s.Config = []byte{1, 2, 3} },
		"its configuration has no interface":          func(s *usbtest.Stick) { s.Config = []byte{9, 2, 9, 0, 1, 1, 0, 0, 0} },
		"device descriptor is none":                   func(s *usbtest.Stick) { s.DeviceDesc = []byte{18, 2, 0, 3, 0, 0, 0, 9} },
		"its device descriptor has 5 bytes":           func(s *usbtest.Stick) { s.DeviceDesc = []byte{18, 2, 0, 3, 0} },
		"its packets of control have 77 bytes":        func(s *usbtest.Stick) { s.DeviceDesc = []byte{18, 1, 0, 3, 0, 0, 0, 77} },
		"packets of control have 64 bytes at SuperSp": func(s *usbtest.Stick) { s.DeviceDesc = []byte{18, 1, 0, 2, 0, 0, 0, 64} },
		"the transfer has failed":                     func(s *usbtest.Stick) { s.Deaf = true },
	} {
		m := newModel()
		s := usbtest.NewStick(1 << 16)
		set(s)
		m.plug(4, s)
		m.plug(6, usbtest.NewStick(1<<16))
		rig := begin(t, m)
		if n := names(rig); n != "port 6 SuperSpeed GoNT model stick" || !strings.Contains(strings.Join(rig.said, "\n"), want) {
			t.Errorf("%q: %s; %q", want, n, rig.said)
		}
		for s := 2; s <= modelSlots; s++ {
			if m.slot[s].on && m.slot[1].on {
				t.Errorf("%q: a slot is left", want)
			}
		}
	}
	for kind, want := range map[uint32]string{trbEnableSlot: "no slot: completion code 9", trbAddress: "it takes no address: completion code 9", trbEvaluate: "", trbConfigure: "takes no endpoints: completion code 9"} {
		m := newModel()
		m.refuse[kind] = codeNoSlots
		m.plug(4, usbtest.NewStick(1<<16))
		rig := begin(t, m)
		text := strings.Join(rig.said, "\n")
		if len(rig.c.list) == 1 {
			if _, err := rig.c.list[0].Open(rig.c.list[0].Interface().Endpoints); err != nil {
				text += err.Error()
			}
		}
		if !strings.Contains(text, want) {
			t.Errorf("command %d: %q", kind, text)
		}
	}
	m := newModel()
	m.plug(4, usbtest.NewStick(1<<16))
	g := begin(t, m).c.list[0]
	twice := append(g.Interface().Endpoints[:1:1], g.Interface().Endpoints[0])
	if _, err := g.Open(twice); err == nil || !strings.Contains(err.Error(), "two endpoints have the address 81h") {
		t.Errorf("an endpoint twice: %v", err)
	}
	f := &usb.Endpoint{Address: 0x81, Kind: usb.Bulk, MaxPacket: 512}
	for speed, ok := range map[usb.Speed]bool{usb.High: true, usb.Super: false, usb.Full: false, usb.Low: false} {
		if err := fits(f, speed); (err == nil) != ok {
			t.Errorf("bulk of 512 bytes at %v: %v", speed, err)
		}
	}
}

// TestHostile: whatever the controller tells and devices say, nothing panics, each transfer ends once,
// and what the driver starts it ends.
func TestHostile(t *testing.T) {
	for seed := range uint64(80) {
		r := rand.New(rand.NewPCG(seed, 11))
		m := newModel()
		hub := &usbtest.Hub{}
		if seed%2 == 0 {
			m.lie = func(p *uint64, status, control *uint32) bool {
				switch r.IntN(12) {
				case 0:
					*p ^= 1 << r.IntN(64)
				case 1:
					*status ^= 1 << r.IntN(32)
				case 2:
					*control ^= 1 << (1 + r.IntN(31))
				case 3:
					return false
				case 4:
					*p += 16 * uint64(r.IntN(5))
				}
				return true
			}
		}
		stick := func() *usbtest.Stick {
			s := usbtest.NewStick(1 << 16)
			s.Super = r.IntN(2) == 0
			c := bytes.Clone(s.Configuration())
			for range r.IntN(3) {
				c[r.IntN(len(c))] ^= byte(1 << r.IntN(8))
			}
			d := bytes.Clone(s.Device())
			for range r.IntN(2) {
				d[r.IntN(len(d))] ^= byte(1 << r.IntN(8))
			}
			s.Config, s.DeviceDesc = c, d
			return s
		}
		m.plug(1, hub)
		m.plug(4, stick())
		rig, err := start(t, m)
		if err != nil {
			continue
		}
		ends := map[*usb.Transfer]int{}
		begun := 0
		for range 40 {
			switch r.IntN(7) {
			case 0:
				m.plug(1+r.IntN(6), stick())
			case 1:
				m.plug(1+r.IntN(6), nil)
			case 2:
				hub.Plug(1+r.IntN(4), stick())
			case 3:
				for p := range m.port {
					m.port[p].v ^= 1 << r.IntN(32)
				}
			default:
				if len(rig.c.list) == 0 {
					break
				}
				f := rig.c.list[r.IntN(len(rig.c.list))]
				if f.opened == nil {
					f.Open(f.Interface().Endpoints)
				}
				f.Request(usb.Setup{RequestType: byte(r.Uint32()), Request: byte(r.IntN(12)), Value: uint16(r.Uint32())}, make([]byte, r.IntN(100)), 1)
				for _, p := range f.opened {
					x := &usb.Transfer{Segments: []storport.Segment{{Address: 1 << 21, Length: uint32(r.IntN(5000))}}, Done: func(x *usb.Transfer) { ends[x]++ }}
					if p.Submit(x) == nil {
						begun++
						ends[x] += 0
					}
					if r.IntN(5) == 0 {
						p.ClearHalt()
					}
				}
				if r.IntN(10) == 0 {
					f.Reset()
				}
			}
			rig.settle()
		}
		m.lie = nil
		rig.c.fail("test")
		rig.settle()
		if len(ends) != begun {
			t.Fatalf("seed %d", seed)
		}
		for _, n := range ends {
			if n != 1 {
				t.Fatalf("seed %d: a transfer has ended %d times", seed, n)
			}
		}
		if rig.c.due != 0 {
			t.Fatalf("seed %d: %d interrupts are waited for", seed, rig.c.due)
		}
	}
}
