package storahci

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"gont/io/ata"
	"gont/io/storage"
	"gont/io/storport"
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

func bench(t *testing.T, m *model) (*storport.Bench, *storport.Unit) {
	t.Helper()
	if err := storport.BenchMemory(2048); err != nil {
		t.Fatal(err)
	}
	c := newHba(m, 32, wait)
	b, err := storport.NewBench(storport.Channel{Controller: c, Limits: c.limits()}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Units) != 1 {
		t.Fatalf("%d disks", len(b.Units))
	}
	return b, b.Units[0]
}

// settle lets interrupts come as long as there are any.
func settle(m *model, b *storport.Bench) {
	for range 50 {
		if !m.interrupts() {
			return
		}
		b.Interrupt()
	}
}

// TestTransfers (I10): sectors are read and written as they lie on the disk, from all addresses,
// with NCQ and without; a flush waits for queued commands, and they for it.
func TestTransfers(t *testing.T) {
	for name, depth := range map[string]int{"NCQ": 32, "short queue": 4, "DMA": 0} {
		t.Run(name, func(t *testing.T) {
			m := newModel(4096, depth)
			b, u := bench(t, m)
			if u.Port.Sectors != 4096 || u.Port.Name != "Mo" || !u.Port.WriteCache || u.Port.Requests != max(depth, 4) {
				t.Fatalf("%+v", u.Port)
			}
			r := rand.New(rand.NewPCG(2, 1))
			m.manual = true
			for range 60 {
				type move struct {
					k      *storport.Call
					at     int
					want   []byte
					buffer *storport.Buffer
				}
				var moves []move
				for i := range 1 + r.IntN(u.Port.Requests) {
					n := 1 + r.IntN(100)
					at := i*100 + r.IntN(100-n+1)
					buffer := storport.NewBuffer(n*512, r.IntN(3)*r.IntN(2000))
					want := bytes.Clone(m.data[at*512 : (at+n)*512])
					f := storage.Function(r.IntN(2))
					if f == storage.Write {
						for k := range want {
							want[k] = byte(r.Uint32())
						}
						buffer.Fill(want)
					}
					moves = append(moves, move{b.Move(u, f, uint64(at), buffer), at, want, buffer})
				}
				flush := b.Request(u, storage.Request{Function: storage.Flush})
				for range 200 {
					m.serve(1 + r.IntN(4))
					settle(m, b)
				}
				for i, x := range moves {
					if x.k.Done != 1 || x.k.Status != 0 || !bytes.Equal(x.buffer.Bytes(), x.want) || !bytes.Equal(m.data[x.at*512:x.at*512+len(x.want)], x.want) {
						t.Fatalf("move %d: %d, %v", i, x.k.Done, x.k.Status)
					}
					x.buffer.Free()
				}
				if flush.Done != 1 || flush.Status != 0 && flush.Status != nt.StatusDeviceBusy {
					t.Fatalf("flush: %d, %v", flush.Done, flush.Status)
				}
			}
			if m.flushes == 0 || depth > 0 && (m.together < 2 || m.plain > 0) || depth == 0 && m.plain == 0 {
				t.Errorf("%d flushes, %d queued at a time, %d others", m.flushes, m.together, m.plain)
			}
		})
	}
}

// TestErrors: the command that fails gets the disk's error, whichever it was; the others are
// done, or to be tried again, and the port works on.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		depth int
		noLog bool
		e     uint8
		want  nt.Status
	}{
		{"queued", 32, false, ata.ErrorUncorrected, nt.StatusDeviceDataError},
		{"queued, no log", 32, true, ata.ErrorUncorrected, nt.StatusDeviceDataError},
		{"not found", 32, false, ata.ErrorNotFound, nt.StatusNonexistentSector},
		{"DMA", 0, false, ata.ErrorCrc, nt.StatusCrcError},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(4096, c.depth)
			b, u := bench(t, m)
			m.manual, m.noLog = true, c.noLog
			m.fail = func(lba uint64) uint8 {
				if lba == 20 {
					return c.e
				}
				return 0
			}
			for round := 0; ; round++ {
				if round == 10 {
					t.Fatal("it never gets its error")
				}
				var calls []*storport.Call
				for i := range 4 {
					calls = append(calls, b.Move(u, storage.Read, uint64(10*i), storport.NewBuffer(1024, 0)))
				}
				for range 20 {
					m.serve(1)
					settle(m, b)
				}
				for i, k := range calls {
					switch {
					case k.Done != 1:
						t.Fatalf("round %d, request %d has ended %d times", round, i, k.Done)
					case i != 2 && k.Status != 0 && k.Status != nt.StatusDeviceBusy:
						t.Fatalf("request %d: %v", i, k.Status)
					case i == 2 && k.Status == 0:
						t.Fatal("the bad sector was read")
					}
				}
				if s := calls[2].Status; s == c.want {
					break
				} else if s != nt.StatusDeviceBusy {
					t.Fatal(s)
				}
			}
			m.fail = nil
			k := b.Move(u, storage.Read, 20, storport.NewBuffer(512, 0))
			m.serve(1)
			settle(m, b)
			if k.Status != 0 || k.Done != 1 {
				t.Errorf("afterwards: %d, %v", k.Done, k.Status)
			}
			// A command that is alone with the disk.
			m.fail = func(uint64) uint8 { return c.e }
			for range 3 {
				k = b.Move(u, storage.Read, 20, storport.NewBuffer(512, 0))
				m.serve(1)
				settle(m, b)
				if k.Status != c.want || k.Done != 1 {
					t.Errorf("alone: %d, %v", k.Done, k.Status)
				}
			}
			if m.unclean > 0 || m.comreset > 0 {
				t.Errorf("%d queued commands beside an old error, %d resets", m.unclean, m.comreset)
			}
		})
	}
}

// TestResets: a disk that does not answer is reset, by its port or, when that does not stop, with
// the controller; one that is pulled out or changed is gone, a controller that is, too.
func TestResets(t *testing.T) {
	for _, c := range []struct {
		name     string
		set      func(*model)
		reset    nt.Status
		dead     bool
		comreset int
		resets   int
	}{
		{"port", func(m *model) {}, 0, false, 1, 0},
		{"controller", func(m *model) { m.stuck = true }, 0, false, 1, 1},
		{"dead", func(m *model) { m.stuck, m.dead = true, true }, nt.StatusIoTimeout, true, 0, 0},
		{"pulled out", func(m *model) { *m.port(portSsts) = 0 }, nt.StatusDeviceNotConnected, false, 1, 0},
		{"another disk", func(m *model) { m.id[200]++ }, nt.StatusDeviceNotConnected, false, 1, 0},
		{"busy", func(m *model) { m.busy = true }, nt.StatusDeviceNotConnected, false, 1, 0},
		{"gone", func(m *model) { m.gone = true }, nt.StatusIoTimeout, true, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(4096, 32)
			b, u := bench(t, m)
			m.manual = true
			k := b.Move(u, storage.Read, 1, storport.NewBuffer(512, 0))
			c.set(m)
			if s := b.Reset(u); s != c.reset || b.Dead() != c.dead || m.comreset != c.comreset || m.resets != c.resets {
				t.Errorf("%v, dead %v, %d and %d resets", s, b.Dead(), m.comreset, m.resets)
			}
			if k.Done != 1 || k.Status != nt.StatusRequestAborted {
				t.Errorf("%d, %v", k.Done, k.Status)
			}
			k = b.Move(u, storage.Read, 1, storport.NewBuffer(512, 0))
			m.serve(1)
			settle(m, b)
			want := c.reset
			if want != 0 {
				want = nt.StatusDeviceNotConnected
			}
			if k.Done != 1 || k.Status != want {
				t.Errorf("afterwards: %d, %v", k.Done, k.Status)
			}
		})
	}
}

// TestPulled: a disk that is pulled out while it works is told by the link's change.
func TestPulled(t *testing.T) {
	m := newModel(4096, 32)
	b, u := bench(t, m)
	m.manual = true
	k := b.Move(u, storage.Write, 1, storport.NewBuffer(512, 0))
	*m.port(portSsts) = 0
	m.event(1 << 22)
	settle(m, b)
	if k.Done != 1 || k.Status != nt.StatusDeviceNotConnected {
		t.Errorf("%d, %v", k.Done, k.Status)
	}
	if k := b.Move(u, storage.Read, 1, storport.NewBuffer(512, 0)); k.Done != 1 || k.Status != nt.StatusDeviceNotConnected {
		t.Errorf("%d, %v", k.Done, k.Status)
	}
}

// TestShort: data that have not all come are an error.
func TestShort(t *testing.T) {
	m := newModel(4096, 0)
	b, u := bench(t, m)
	m.short = true
	k := b.Move(u, storage.Read, 1, storport.NewBuffer(2048, 0))
	settle(m, b)
	if k.Done != 1 || k.Status != nt.StatusIoDeviceError {
		t.Errorf("%d, %v", k.Done, k.Status)
	}
}

// TestHostile: random registers end no request twice and panic nowhere.
func TestHostile(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 9))
		m := newModel(4096, 32*r.IntN(2))
		b, u := bench(t, m)
		m.manual = true
		var calls []*storport.Call
		for range 80 {
			switch r.IntN(8) {
			case 0:
				m.event(r.Uint32())
			case 1:
				m.early = r.Uint32()
			case 2:
				*m.port(portTfd) = r.Uint32() & 0xFFFF
			case 3:
				if r.IntN(3) == 0 {
					b.Reset(u)
				}
			default:
				calls = append(calls, b.Move(u, storage.Function(r.IntN(2)), uint64(r.IntN(4000)), storport.NewBuffer(512*(1+r.IntN(3)), r.IntN(3))))
			}
			m.serve(r.IntN(4))
			settle(m, b)
		}
		*m.port(portTfd), m.early = ata.StatusReady, 0
		b.Reset(u)
		for i, k := range calls {
			if k.Done != 1 {
				t.Fatalf("seed %d: request %d has ended %d times", seed, i, k.Done)
			}
		}
	}
}

// TestStart: what is no disk is left out.
func TestStart(t *testing.T) {
	for name, set := range map[string]func(*model){
		"nothing":  func(m *model) { *m.port(portSsts) = 0 },
		"CD-ROM":   func(m *model) { *m.port(portSig) = 0xEB140101 },
		"busy":     func(m *model) { *m.port(portTfd) = ata.StatusBusy },
		"no disk":  func(m *model) { m.id[1] = 0x80 },
		"stuck":    func(m *model) { m.stuck = true; *m.port(portCmd) = cmdRuns },
		"no ports": func(m *model) { m.regs[regPi/4] = 0 },
	} {
		if err := storport.BenchMemory(1024); err != nil {
			t.Fatal(err)
		}
		m := newModel(4096, 32)
		set(m)
		c := newHba(m, 32, wait)
		if units, err := c.Start(0); err != nil || len(units) != 0 {
			t.Errorf("%s: %d disks, %v", name, len(units), err)
		}
	}
	m := newModel(4096, 32)
	m.gone = true
	if _, err := newHba(m, 32, wait).Start(0); err == nil {
		t.Error("a controller that is gone starts")
	}
}
