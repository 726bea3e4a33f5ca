package usbstor

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"gont/io/storage"
	"gont/io/storport"
	"gont/io/usb/usbtest"
	"gont/nt"
)

func wait(_ uint64, f func() bool) bool {
	for range 10 {
		if f() {
			return true
		}
	}
	return false
}

// rig is the driver above a model.
type rig struct {
	*storport.Bench
	s *usbtest.Stick
	f *usbtest.Function
}

// start starts the driver of a model.
func start(t *testing.T, s *usbtest.Stick) (*rig, error) {
	t.Helper()
	if err := storport.BenchMemory(2048); err != nil {
		t.Fatal(err)
	}
	f := usbtest.NewFunction(s)
	list, err := Channels(f, wait)
	if err != nil {
		return nil, err
	}
	b, err := storport.NewBench(list[0], 0)
	if err != nil {
		return nil, err
	}
	return &rig{b, s, f}, nil
}

func begin(t *testing.T, s *usbtest.Stick) *rig {
	t.Helper()
	r, err := start(t, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// settle lets the device do what it has, and the driver look at it.
func (r *rig) settle() {
	for range 200 {
		some := r.f.Pump()
		r.Look()
		if !some && !r.f.Pump() {
			return
		}
	}
}

// TestTransfers (I10): sectors are read and written as they lie on the device, of all sizes and from
// all addresses, on several units, of 512 and 4096 bytes, at both speeds; a flush reaches it.
func TestTransfers(t *testing.T) {
	for name, set := range map[string]func(*usbtest.Stick){
		"super": func(*usbtest.Stick) {}, "high": func(s *usbtest.Stick) { s.Super = false },
		"4096": func(s *usbtest.Stick) { s.SectorSize = 4096 }, "no LUN": func(s *usbtest.Stick) { s.StallLun, s.Units = true, s.Units[:1] },
	} {
		t.Run(name, func(t *testing.T) {
			s := usbtest.NewStick(1<<20, 2<<20)
			set(s)
			b := begin(t, s)
			if len(b.Units) != len(s.Units) {
				t.Fatalf("%d units", len(b.Units))
			}
			r := rand.New(rand.NewPCG(1, 1))
			for i := range 100 {
				k := r.IntN(len(b.Units))
				u, data := b.Units[k], s.Units[k]
				size := int(u.Port.SectorSize)
				if u.Port.Sectors != uint64(len(data)/size) || u.Port.Name != "GoNT Model stick" || !u.Port.WriteCache || u.Port.ReadOnly {
					t.Fatalf("%+v", u.Port)
				}
				n := 1 + r.IntN(int(u.Port.MaximumSectors))
				at := r.IntN(int(u.Port.Sectors) - n)
				buffer := storport.NewBuffer(n*size, r.IntN(5000))
				f := storage.Function(i % 2)
				want := bytes.Clone(data[at*size : (at+n)*size])
				if f == storage.Write {
					for k := range want {
						want[k] = byte(r.Uint32())
					}
					buffer.Fill(want)
				}
				call := b.Move(u, f, uint64(at), buffer)
				b.settle()
				if call.Done != 1 || call.Status != 0 || call.Bytes != uint64(n*size) || !bytes.Equal(buffer.Bytes(), want) || !bytes.Equal(data[at*size:(at+n)*size], want) {
					t.Fatalf("%d: function %d of %d at %d: %d, %v, %d bytes", i, f, n, at, call.Done, call.Status, call.Bytes)
				}
				buffer.Free()
			}
			call := b.Request(b.Units[0], storage.Request{Function: storage.Flush})
			b.settle()
			if call.Done != 1 || call.Status != 0 || s.Commands[opSyncCache10] != 1 {
				t.Errorf("flush: %d, %v", call.Done, call.Status)
			}
		})
	}
}

// TestTogether: requests of several units wait for each other, one too many of a unit is told to come
// later.
func TestTogether(t *testing.T) {
	b := begin(t, usbtest.NewStick(1<<20, 1<<20))
	var calls []*storport.Call
	for i := range 2 * mostWaiting {
		calls = append(calls, b.Move(b.Units[i%2], storage.Read, uint64(i), storport.NewBuffer(512, 0)))
	}
	if k := b.Move(b.Units[0], storage.Read, 0, storport.NewBuffer(512, 0)); k.Done != 1 || k.Status != nt.StatusDeviceBusy {
		t.Errorf("one too many: %d, %v", k.Done, k.Status)
	}
	b.settle()
	for i, k := range calls {
		if k.Done != 1 || k.Status != 0 || k.Buffer.(*storport.Buffer).Bytes()[0] != b.s.Units[i%2][i*512] {
			t.Errorf("request %d: %d, %v", i, k.Done, k.Status)
		}
	}
}

// TestErrors: a command that fails ends with what the sense data say, whether the device halts its
// pipe or not, and the next one works.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		sense usbtest.Sense
		want  nt.Status
	}{
		{"medium", usbtest.Sense{3, 0x11, 0}, nt.StatusDeviceDataError},
		{"aborted", usbtest.Sense{11, 0, 6}, nt.StatusIoDeviceError},
		{"attention", usbtest.Sense{6, 0x28, 0}, nt.StatusDeviceBusy},
		{"protected", usbtest.Sense{7, 0x27, 0}, nt.StatusMediaWriteProtected},
		{"no medium", usbtest.Sense{2, 0x3A, 0}, nt.StatusNoMediaInDevice},
		{"becoming ready", usbtest.Sense{2, 4, 1}, nt.StatusDeviceBusy},
		{"range", usbtest.Sense{5, 0x21, 0}, nt.StatusNonexistentSector},
		{"illegal", usbtest.Sense{5, 0x20, 0}, nt.StatusInvalidDeviceRequest},
		{"hardware", usbtest.Sense{4, 0x44, 0}, nt.StatusIoDeviceError},
		{"recovered", usbtest.Sense{1, 0x17, 0}, nt.StatusIoDeviceError}, // but no data came
	} {
		for _, stall := range []bool{false, true} {
			for _, f := range []storage.Function{storage.Read, storage.Write} {
				s := usbtest.NewStick(1 << 20)
				s.StallShort = stall
				b := begin(t, s)
				s.Fail = func(_, op uint8) (usbtest.Sense, bool) { return c.sense, op == opRead10 || op == opWrite10 }
				want := c.want
				if c.name == "recovered" && f == storage.Write && !stall {
					want = nt.StatusIoDeviceError
				}
				k := b.Move(b.Units[0], f, 8, storport.NewBuffer(4096, 0))
				other := b.Move(b.Units[0], storage.Read, 16, storport.NewBuffer(512, 0))
				s.Before = func(op uint8) {
					if op == opRequestSense {
						s.Fail = nil
					}
				}
				b.settle()
				if k.Done != 1 || k.Status != want && !(c.name == "recovered" && f == storage.Write && k.Status == 0) {
					t.Errorf("%s, stall %v, function %d: %d, %v", c.name, stall, f, k.Done, k.Status)
				}
				if other.Done != 1 || other.Status != 0 {
					t.Errorf("%s, stall %v, function %d: the next one: %d, %v", c.name, stall, f, other.Done, other.Status)
				}
				if b.f.Resets != 0 {
					t.Errorf("%s: %d resets", c.name, b.f.Resets)
				}
			}
		}
	}
}

// TestFlush: a device that does not know SYNCHRONIZE CACHE is asked once, and writes through then.
func TestFlush(t *testing.T) {
	s := usbtest.NewStick(1 << 20)
	b := begin(t, s)
	s.Fail = func(_, op uint8) (usbtest.Sense, bool) { return usbtest.Sense{5, 0x20, 0}, op == opSyncCache10 }
	for i := range 3 {
		k := b.Request(b.Units[0], storage.Request{Function: storage.Flush})
		b.settle()
		if k.Done != 1 || k.Status != 0 || s.Commands[opSyncCache10] != 1 {
			t.Errorf("flush %d: %d, %v, %d commands", i, k.Done, k.Status, s.Commands[opSyncCache10])
		}
	}
	s.Fail = nil
}

// TestLies: a device that breaks the protocol ends no request with success that it has not done,
// is reset, and works again.
func TestLies(t *testing.T) {
	type lie = func(data, status []byte) ([]byte, []byte)
	for name, lie := range map[string]lie{
		"signature":    func(d, s []byte) ([]byte, []byte) { s[0] ^= 1; return d, s },
		"tag":          func(d, s []byte) ([]byte, []byte) { s[4]++; return d, s },
		"phase error":  func(d, s []byte) ([]byte, []byte) { s[12] = 2; return d, s },
		"status":       func(d, s []byte) ([]byte, []byte) { s[12] = 77; return d, s },
		"short status": func(d, s []byte) ([]byte, []byte) { return d, s[:5] },
		"no status":    func(d, s []byte) ([]byte, []byte) { return d, nil },
		"long status":  func(d, s []byte) ([]byte, []byte) { return d, append(s, 1, 2, 3) },
		"residue":      func(d, s []byte) ([]byte, []byte) { s[8] = 1; return d, s },
		"huge residue": func(d, s []byte) ([]byte, []byte) { s[11] = 0xFF; return d, s },
		"short data":   func(d, s []byte) ([]byte, []byte) { return d[:512], s },
		"no data":      func(d, s []byte) ([]byte, []byte) { return nil, s },
	} {
		t.Run(name, func(t *testing.T) {
			s := usbtest.NewStick(1 << 20)
			b := begin(t, s)
			s.Lie = func(op uint8, d, status []byte) ([]byte, []byte) {
				if op == opRead10 {
					s.Lie = nil
					return lie(d, status)
				}
				return d, status
			}
			buffer := storport.NewBuffer(4096, 0)
			k := b.Move(b.Units[0], storage.Read, 8, buffer)
			b.settle()
			if k.Done != 1 || k.Status != nt.StatusIoDeviceError {
				t.Fatalf("%d, %v", k.Done, k.Status)
			}
			k = b.Move(b.Units[0], storage.Read, 8, buffer)
			b.settle()
			if k.Done != 1 || k.Status != 0 || !bytes.Equal(buffer.Bytes(), s.Units[0][4096:8192]) {
				t.Errorf("afterwards: %d, %v", k.Done, k.Status)
			}
		})
	}
}

// TestSilent: a device that answers nothing keeps a request until it is reset; where the class's reset
// does not help, its port is reset, and where nothing helps, requests fail.
func TestSilent(t *testing.T) {
	s := usbtest.NewStick(1 << 20)
	b := begin(t, s)
	u := b.Units[0]
	s.Silent = true
	k := b.Move(u, storage.Read, 8, storport.NewBuffer(512, 0))
	waits := b.Move(u, storage.Write, 9, storport.NewBuffer(512, 0))
	b.settle()
	if k.Done != 0 || waits.Done != 0 {
		t.Fatalf("%d, %d", k.Done, waits.Done)
	}
	s.Silent = false
	if st := b.Reset(u); !st.OK() || k.Done != 1 || k.Status != nt.StatusRequestAborted || waits.Status != nt.StatusRequestAborted || b.f.Resets != 0 {
		t.Errorf("reset: %v; %d, %v, %v", st, k.Done, k.Status, waits.Status)
	}
	reads := s.Commands[opRead10]
	b.settle()
	if k = b.Move(u, storage.Read, 8, storport.NewBuffer(512, 0)); s.Commands[opRead10] != reads {
		t.Error("an old command is sent")
	}
	b.settle()
	if k.Done != 1 || k.Status != 0 {
		t.Errorf("after the reset: %d, %v", k.Done, k.Status)
	}

	s.Deaf = true // the class's reset is not answered: its port is reset
	if st := b.Reset(u); !st.OK() || b.f.Resets != 1 {
		t.Errorf("reset of the port: %v, %d", st, b.f.Resets)
	}
	s.Deaf = false
	k = b.Move(u, storage.Read, 8, storport.NewBuffer(512, 0))
	b.settle()
	if k.Done != 1 || k.Status != 0 {
		t.Errorf("after the port's reset: %d, %v", k.Done, k.Status)
	}
	s.Deaf, b.f.NoReset = true, true
	if st := b.Reset(u); st != nt.StatusIoTimeout || !b.Dead() {
		t.Errorf("reset of a device that is dead: %v", st)
	}
	if k = b.Move(u, storage.Read, 8, storport.NewBuffer(512, 0)); k.Done != 1 || k.Status != nt.StatusDeviceNotConnected {
		t.Errorf("%d, %v", k.Done, k.Status)
	}
}

// TestGone: a device that is pulled out in whatever phase ends all requests, and those that come.
func TestGone(t *testing.T) {
	for pumps := range 4 {
		s := usbtest.NewStick(1 << 20)
		b := begin(t, s)
		u := b.Units[0]
		calls := []*storport.Call{b.Move(u, storage.Read, 8, storport.NewBuffer(512, 0)), b.Move(u, storage.Write, 9, storport.NewBuffer(512, 0))}
		s.Silent = pumps > 2
		for range pumps {
			b.f.Pump()
		}
		b.f.Unplugged = true
		b.settle()
		calls = append(calls, b.Move(u, storage.Read, 0, storport.NewBuffer(512, 0)))
		for i, k := range calls {
			if k.Done != 1 || k.Status != nt.StatusDeviceNotConnected && k.Status != 0 {
				t.Errorf("%d: request %d: %d, %v", pumps, i, k.Done, k.Status)
			}
		}
		if st := b.Reset(u); st != nt.StatusDeviceNotConnected || b.Dead() {
			t.Errorf("reset: %v", st)
		}
	}
}

// TestStart: what the device says of itself is used, and what cannot be is refused with words.
func TestStart(t *testing.T) {
	s := usbtest.NewStick(1 << 20)
	s.ReadOnly, s.NoCache = true, true
	b := begin(t, s)
	if p := b.Units[0].Port; !p.ReadOnly || p.WriteCache {
		t.Errorf("%+v", p)
	}
	if k := b.Move(b.Units[0], storage.Write, 0, storport.NewBuffer(512, 0)); k.Status != nt.StatusMediaWriteProtected {
		t.Error(k.Status)
	}
	attentions := 2
	s = usbtest.NewStick(1 << 20)
	s.Fail = func(_, op uint8) (usbtest.Sense, bool) {
		attentions--
		return usbtest.Sense{6, 0x29, 0}, attentions >= 0
	}
	if b := begin(t, s); len(b.Units) != 1 {
		t.Error("an attention at the start")
	}
	starting := 5
	s = usbtest.NewStick(1 << 20)
	s.Fail = func(_, op uint8) (usbtest.Sense, bool) {
		if op == opTestUnitReady {
			starting--
		}
		return usbtest.Sense{2, 4, 1}, op == opTestUnitReady && starting > 0
	}
	if b := begin(t, s); len(b.Units) != 1 || starting != 0 {
		t.Error("a disk that has to turn first")
	}

	var said []string
	old := storport.Say
	storport.Say = func(l string) { said = append(said, l) }
	defer func() { storport.Say = old }()
	for want, set := range map[string]func(*usbtest.Stick){
		"no medium":             func(s *usbtest.Stick) { s.Empty = true },
		"sectors of 1000 bytes": func(s *usbtest.Stick) { s.SectorSize = 1000 },
		"does not become ready": func(s *usbtest.Stick) {
			s.Fail = func(_, op uint8) (usbtest.Sense, bool) { return usbtest.Sense{2, 4, 1}, op == opTestUnitReady }
		},
		"capacity has 3 bytes": func(s *usbtest.Stick) {
			s.Lie = func(op uint8, d, st []byte) ([]byte, []byte) {
				if op == opReadCapacity10 {
					d = d[:3]
				}
				return d, st
			}
		},
		"breaks the protocol": func(s *usbtest.Stick) {
			s.Lie = func(op uint8, d, st []byte) ([]byte, []byte) { st[0] = 0; return d, st }
		},
		"sense key 5, code 24/00": func(s *usbtest.Stick) {
			s.Fail = func(_, op uint8) (usbtest.Sense, bool) { return usbtest.Sense{5, 0x24, 0}, op == opInquiry }
		},
		"not answer": func(s *usbtest.Stick) { s.Silent = true },
	} {
		said = nil
		s := usbtest.NewStick(1 << 20)
		set(s)
		b, err := start(t, s)
		text := strings.Join(said, "\n")
		if err != nil {
			text += err.Error()
		}
		if b != nil && len(b.Units) != 0 || !strings.Contains(text, want) {
			t.Errorf("%q: %q", want, text)
		}
	}
	for _, set := range []func(f *usbtest.Function){
		func(f *usbtest.Function) { f.Face.Class = 3 }, func(f *usbtest.Function) { f.Face.Protocol = 0x62 },
		func(f *usbtest.Function) { f.Face.Endpoints = f.Face.Endpoints[:1] }, func(f *usbtest.Function) { f.Face.Endpoints[1].Kind = 3 },
	} {
		f := usbtest.NewFunction(usbtest.NewStick(1 << 20))
		set(f)
		if _, err := Channels(f, wait); err == nil {
			t.Errorf("accepted: %+v", f.Face)
		}
	}
}

// TestLarge: sectors from 2^32 on are reached by the commands of 16 bytes, the last one below by
// those of 10.
func TestLarge(t *testing.T) {
	for _, c := range []struct {
		sector uint64
		count  uint32
		op     uint8
	}{{0, 1, opRead10}, {1<<32 - 8, 8, opRead10}, {1<<32 - 8, 9, opRead16}, {1 << 32, 1, opRead16}, {1 << 40, 128, opRead16}} {
		for _, f := range []storage.Function{storage.Read, storage.Write} {
			want := c.op
			if f == storage.Write {
				want += opWrite10 - opRead10
			}
			if m := move(f, c.sector, c.count, 512); m.cdb[0] != want || m.data != c.count*512 || m.in != (f == storage.Read) {
				t.Errorf("%+v: %+v", c, m)
			}
		}
	}
	if s, size, whole := parseCapacity10([]byte{0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 2, 0}); whole || s != 1<<32 || size != 512 {
		t.Error("READ CAPACITY (10) of a large disk")
	}
	b := make([]byte, 32)
	b[3], b[10], b[13] = 1, 2, 3
	if s, size, physical := parseCapacity16(b); s != 1<<32+1 || size != 512 || physical != 4096 {
		t.Error(s, size, physical)
	}
}

// TestHostile: whatever the device does, no request ends twice, each ends at the latest after a
// reset, and nothing panics.
func TestHostile(t *testing.T) {
	old := storport.Say
	storport.Say = func(string) {}
	defer func() { storport.Say = old }()
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		s := usbtest.NewStick(256<<10, 64<<10)
		b := begin(t, s)
		s.Lie = func(_ uint8, d, st []byte) ([]byte, []byte) {
			switch r.IntN(8) {
			case 0:
				st[r.IntN(len(st))] ^= byte(r.Uint32())
			case 1:
				st = st[:r.IntN(len(st))]
			case 2:
				d = d[:r.IntN(len(d)+1)]
			case 3:
				d = append(bytes.Clone(d), make([]byte, r.IntN(1000))...)
			}
			return d, st
		}
		s.Fail = func(uint8, uint8) (usbtest.Sense, bool) {
			return usbtest.Sense{uint8(r.IntN(16)), uint8(r.IntN(256))}, r.IntN(5) == 0
		}
		var calls []*storport.Call
		for range 60 {
			s.Silent, s.Deaf, s.StallShort = r.IntN(10) == 0, r.IntN(20) == 0, r.IntN(3) == 0
			switch r.IntN(10) {
			case 0:
				b.Reset(b.Units[0])
			case 1:
				b.Request(b.Units[1], storage.Request{Function: storage.Flush})
			default:
				calls = append(calls, b.Move(b.Units[r.IntN(2)], storage.Function(r.IntN(2)), uint64(r.IntN(100)), storport.NewBuffer(512*(1+r.IntN(3)), r.IntN(3))))
			}
			for range r.IntN(5) {
				b.f.Pump()
				b.Look()
			}
		}
		s.Lie, s.Fail, s.Silent, s.Deaf = nil, nil, false, false
		b.settle()
		if !b.Dead() {
			b.Reset(b.Units[0])
		}
		for i, k := range calls {
			if k.Done != 1 {
				t.Fatalf("seed %d: request %d has ended %d times", seed, i, k.Done)
			}
		}
	}
}

// FuzzParse: whatever bytes come from the device.
func FuzzParse(f *testing.F) {
	f.Add([]byte{0x70, 0, 3, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x11, 0, 0, 0, 0, 0})
	f.Add([]byte{15, 0, 0x80, 0, 8, 10, 4})
	f.Add([]byte{0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if s := parseSense(b); s.key > 15 || s.status() == 0 && s.key > keyRecovered {
			t.Errorf("%+v", s)
		}
		parseMode(b)
		parseInquiry(b)
		if len(b) >= 32 {
			parseCapacity10(b)
			parseCapacity16(b)
			unwrap(b, uint32(len(b)), 1, &command{})
		}
	})
}
