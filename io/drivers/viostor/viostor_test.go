package viostor

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"gont/io/storage"
	"gont/io/storport"
	"gont/nt"
)

// wait asks a few times.
func wait(_ uint64, f func() bool) bool {
	for range 10 {
		if f() {
			return true
		}
	}
	return false
}

func bench(t *testing.T, m *model) (*storport.Bench, *storport.Unit) {
	t.Helper()
	if err := storport.BenchMemory(2048); err != nil {
		t.Fatal(err)
	}
	b, err := storport.NewBench(storport.Channel{Controller: newController(m, wait), Limits: limits}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return b, b.Units[0]
}

// TestTransfers (I10): sectors are read and written as they lie on the device, of all sizes,
// from all addresses, by both layouts, with and without indirect descriptors.
func TestTransfers(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*model)
		tags int
	}{
		{"modern", func(*model) {}, mostTags},
		{"legacy", func(m *model) { m.legacyLayout, m.offered = true, m.offered&^featureVersion1 }, mostTags},
		{"direct", func(m *model) { m.offered &^= featureIndirect }, 256 / 67},
		{"small", func(m *model) { m.size, m.segMax, m.offered = 16, 6, m.offered&^featureIndirect }, 2},
		{"4096", func(m *model) { m.blkSize = 4096 }, mostTags},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(4 << 20)
			c.set(m)
			b, u := bench(t, m)
			size := int(u.Port.SectorSize)
			if u.Port.Requests != c.tags || u.Port.Sectors != uint64(len(m.data)/size) || !u.Port.WriteCache {
				t.Fatalf("%+v", u.Port)
			}
			r := rand.New(rand.NewPCG(1, 1))
			for i := range 300 {
				n := 1 + r.IntN(int(u.Port.MaximumSectors))
				at := r.IntN(int(u.Port.Sectors) - n)
				buffer := storport.NewBuffer(n*size, r.IntN(5000))
				f := storage.Function(i % 2)
				want := bytes.Clone(m.data[at*size : (at+n)*size])
				if f == storage.Write {
					for k := range want {
						want[k] = byte(r.Uint32())
					}
					buffer.Fill(want)
				}
				k := b.Move(u, f, uint64(at), buffer)
				b.Interrupt()
				if k.Done != 1 || k.Status != 0 || k.Bytes != uint64(n*size) || !bytes.Equal(buffer.Bytes(), want) || !bytes.Equal(m.data[at*size:(at+n)*size], want) {
					t.Fatalf("%d: function %d of %d at %d: %d, %v, %d bytes", i, f, n, at, k.Done, k.Status, k.Bytes)
				}
				buffer.Free()
			}
			k := b.Request(u, storage.Request{Function: storage.Flush})
			b.Interrupt()
			if k.Done != 1 || k.Status != 0 || m.flushes != 1 {
				t.Errorf("flush: %d, %v, %d", k.Done, k.Status, m.flushes)
			}
		})
	}
}

// TestTogether: as many requests as there are tags are with the device at a time, one more is
// told to come later, and they end in the order in which the device likes.
func TestTogether(t *testing.T) {
	m := newModel(1 << 20)
	m.manual = true
	b, u := bench(t, m)
	var calls []*storport.Call
	for i := range u.Port.Requests {
		calls = append(calls, b.Move(u, storage.Read, uint64(i), storport.NewBuffer(512, 0)))
	}
	if k := b.Move(u, storage.Read, 0, storport.NewBuffer(512, 0)); k.Done != 1 || k.Status != nt.StatusDeviceBusy {
		t.Errorf("one too many: %d, %v", k.Done, k.Status)
	}
	m.serve(5)
	b.Interrupt()
	for i, k := range calls {
		if (k.Done == 1) != (i < 5) {
			t.Errorf("request %d: %d", i, k.Done)
		}
	}
	m.serve(100)
	b.Interrupt()
	if b.Interrupt() {
		t.Error("an interrupt without a reason")
	}
	for i, k := range calls {
		if k.Done != 1 || k.Status != 0 || k.Buffer.(*storport.Buffer).Bytes()[0] != m.data[i*512] {
			t.Errorf("request %d: %d, %v", i, k.Done, k.Status)
		}
	}
}

// TestLies: a device that lies ends no request with success that it has not done, and ends none
// twice; after a reset it works again, and touches no old request.
func TestLies(t *testing.T) {
	for _, c := range []struct {
		name   string
		set    func(*model)
		status nt.Status // of the request; 0: it stays until the reset
		broken bool
	}{
		{"error", func(m *model) {
			m.lie = func(id, n uint32, s *uint8) (uint32, uint32) { *s = resultError; return id, n }
		}, nt.StatusDeviceDataError, false},
		{"unsupported", func(m *model) {
			m.lie = func(id, n uint32, s *uint8) (uint32, uint32) { *s = resultUnsupported; return id, n }
		}, nt.StatusInvalidDeviceRequest, false},
		{"status", func(m *model) {
			m.lie = func(id, n uint32, s *uint8) (uint32, uint32) { *s = 77; return id, n }
		}, nt.StatusIoDeviceError, false},
		{"no status", func(m *model) {
			m.lie = func(id, n uint32, s *uint8) (uint32, uint32) { *s = 0xFF; return id, n }
		}, nt.StatusIoDeviceError, false},
		{"short", func(m *model) {
			m.lie = func(id, n uint32, s *uint8) (uint32, uint32) { return id, n - 1 }
		}, nt.StatusIoDeviceError, false},
		{"long", func(m *model) {
			m.lie = func(id, n uint32, s *uint8) (uint32, uint32) { return id, 1 << 31 }
		}, nt.StatusIoDeviceError, false},
		{"wrong id", func(m *model) {
			m.lie = func(id, n uint32, s *uint8) (uint32, uint32) { return id + 1, n }
		}, 0, true},
		{"id too high", func(m *model) {
			m.lie = func(id, n uint32, s *uint8) (uint32, uint32) { return 0xFFFFFFFF, n }
		}, 0, true},
		{"index ahead", func(m *model) { m.jump = 1000 }, 0, true},
		{"index back", func(m *model) { m.jump = 0xFFF0 }, 0, true},
		{"never", func(m *model) { m.manual = true }, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(1 << 20)
			c.set(m)
			b, u := bench(t, m)
			buffer := storport.NewBuffer(4096, 0)
			k := b.Move(u, storage.Read, 8, buffer)
			for range 3 {
				b.Interrupt()
				b.Look()
			}
			if c.status != 0 && (k.Done != 1 || k.Status != c.status) || c.status == 0 && k.Done != 0 {
				t.Fatalf("%d, %v", k.Done, k.Status)
			}
			if next := b.Move(u, storage.Read, 0, storport.NewBuffer(512, 0)); c.broken && (next.Done != 1 || next.Status != nt.StatusIoDeviceError) {
				t.Errorf("a request of a broken device: %d, %v", next.Done, next.Status)
			}
			m.lie, m.jump, m.manual = nil, 0, false
			if s := b.Reset(u); !s.OK() {
				t.Fatal(s)
			}
			if k.Done != 1 || c.status == 0 && k.Status != nt.StatusRequestAborted {
				t.Errorf("after the reset: %d, %v", k.Done, k.Status)
			}
			touched := m.touched
			m.serve(100)
			if m.touched != touched+1 { // the index alone
				t.Errorf("the device has used memory %d times", m.touched-touched)
			}
			k = b.Move(u, storage.Read, 8, buffer)
			b.Interrupt()
			if k.Done != 1 || k.Status != 0 || !bytes.Equal(buffer.Bytes(), m.data[8*512:8*512+4096]) {
				t.Errorf("after the reset: %d, %v", k.Done, k.Status)
			}
		})
	}
}

// TestGone: a device that is pulled out, or that a reset does not bring back, is an error to who
// asks, and the end of it.
func TestGone(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   func(*model)
		reset nt.Status
		dead  bool
	}{
		{"gone", func(m *model) { m.gone = true }, nt.StatusDeviceNotConnected, false},
		{"stuck", func(m *model) { m.stuck = true }, nt.StatusIoTimeout, true},
		{"others", func(m *model) { m.offered &^= featureFlush }, nt.StatusIoTimeout, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(1 << 20)
			m.manual = true
			b, u := bench(t, m)
			k := b.Move(u, storage.Write, 0, storport.NewBuffer(512, 0))
			c.set(m)
			if b.Interrupt() {
				t.Error("it interrupts")
			}
			if s := b.Reset(u); s != c.reset || b.Dead() != c.dead || k.Done != 1 || k.Status != nt.StatusRequestAborted {
				t.Errorf("reset: %v, dead %v; request %d, %v", s, b.Dead(), k.Done, k.Status)
			}
			if k := b.Move(u, storage.Read, 0, storport.NewBuffer(512, 0)); k.Done != 1 || k.Status != nt.StatusDeviceNotConnected {
				t.Errorf("%d, %v", k.Done, k.Status)
			}
			if s := b.Reset(u); s != nt.StatusDeviceNotConnected {
				t.Error(s)
			}
		})
	}
}

// TestStart: devices that cannot be, are refused with words.
func TestStart(t *testing.T) {
	for want, set := range map[string]func(*model){
		"not there any more":          func(m *model) { m.gone = true },
		"does not answer":             func(m *model) { m.stuck, m.state = true, 7 },
		"does not offer virtio 1":     func(m *model) { m.offered &^= featureVersion1 },
		"its size is 0":               func(m *model) { m.data = nil },
		"its sectors have 1000 bytes": func(m *model) { m.blkSize = 1000 },
		"queue has 0 entries":         func(m *model) { m.size = 0 },
		"queue has 100 entries":       func(m *model) { m.size = 100 },
		"takes 0 segments":            func(m *model) { m.size, m.offered = 2, m.offered&^featureIndirect },
	} {
		if err := storport.BenchMemory(1024); err != nil {
			t.Fatal(err)
		}
		m := newModel(1 << 20)
		set(m)
		_, err := storport.NewBench(storport.Channel{Controller: newController(m, wait), Limits: limits}, 0)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

// TestHostile: whatever the device does with its queue, no request ends twice, none that was not
// begun, and nothing panics.
func TestHostile(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 7))
		m := newModel(256 << 10)
		m.manual = true
		if r.IntN(2) == 0 {
			m.offered &^= featureIndirect
		}
		b, u := bench(t, m)
		m.lie = func(id, n uint32, s *uint8) (uint32, uint32) {
			switch r.IntN(6) {
			case 0:
				id = r.Uint32() >> r.IntN(32)
			case 1:
				n = r.Uint32() >> r.IntN(32)
			case 2:
				*s = uint8(r.Uint32())
			}
			return id, n
		}
		var calls []*storport.Call
		for range 60 {
			switch r.IntN(8) {
			case 0:
				m.jump = uint16(r.Uint32()) >> r.IntN(16)
			case 1:
				m.jump = 0
			case 2:
				b.Reset(u)
			default:
				calls = append(calls, b.Move(u, storage.Function(r.IntN(2)), uint64(r.IntN(500)), storport.NewBuffer(512*(1+r.IntN(3)), r.IntN(3))))
			}
			m.serve(r.IntN(4))
			b.Interrupt()
		}
		m.lie, m.jump = nil, 0
		b.Reset(u)
		for i, k := range calls {
			if k.Done != 1 {
				t.Fatalf("seed %d: request %d has ended %d times", seed, i, k.Done)
			}
		}
	}
}

// TestMessages: a message is the device's when it has done something; a device that is slow is
// not taken for one whose interrupt does not come.
func TestMessages(t *testing.T) {
	if err := storport.BenchMemory(1024); err != nil {
		t.Fatal(err)
	}
	m := newModel(1 << 20)
	m.manual = true
	b, err := storport.NewBench(storport.Channel{Controller: newController(m, wait), Limits: limits}, 1)
	if err != nil {
		t.Fatal(err)
	}
	k := b.Move(b.Units[0], storage.Read, 0, storport.NewBuffer(512, 0))
	if m.vector != 0 || b.Interrupt() {
		t.Errorf("vector %d; an interrupt while nothing is done", m.vector)
	}
	m.serve(1)
	if !b.Interrupt() || k.Done != 1 || b.Interrupt() {
		t.Errorf("the message of a request that is done: %d", k.Done)
	}
}
