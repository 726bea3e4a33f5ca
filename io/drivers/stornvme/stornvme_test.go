package stornvme

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

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

// bench starts a controller on a machine of four processors, which take turns.
func bench(t *testing.T, m *model, messages int) *storport.Bench {
	t.Helper()
	if err := storport.BenchMemory(4096); err != nil {
		t.Fatal(err)
	}
	n := 0
	c := newController(m, mapped, wait, 4, func() int { n++; return n % 4 })
	b, err := storport.NewBench(storport.Channel{Controller: c, Limits: limits}, messages)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// all lets the controller work and interrupt, by its line.
func all(m *model, b *storport.Bench) {
	for range 50 {
		for q := 1; q < len(m.queues); q++ {
			m.serve(q, 1<<16)
		}
		if !m.pulls() && !m.masked {
			break
		}
		if !b.Interrupt() {
			b.Look()
		}
	}
}

// TestTransfers (I10): sectors of 512 and 4096 bytes are read and written as they lie in the
// namespaces, from all addresses, over all queues; flush and write-through reach the controller.
func TestTransfers(t *testing.T) {
	for _, messages := range []int{0, 1, 4} {
		m := newModel(newSpace(1<<20, 9), newSpace(2<<20, 12))
		m.granted, m.buffers = 2, messages != 1
		b := bench(t, m, messages)
		if len(b.Units) != 2 || b.Units[0].Port.SectorSize != 512 || b.Units[1].Port.SectorSize != 4096 || b.Units[1].Port.Sectors != 512 ||
			b.Units[0].Port.Requests != 32 || b.Units[0].Port.MaximumSectors != 128<<10/512 || !b.Units[0].Port.ForceUnit || b.Units[0].Port.Name != "A model" {
			t.Fatalf("%d disks, %+v", len(b.Units), b.Units[0].Port)
		}
		m.manual = true
		r := rand.New(rand.NewPCG(4, 1))
		for i := range 50 {
			type move struct {
				k      *storport.Call
				buffer *storport.Buffer
				disk   []byte
				want   []byte
			}
			var moves []move
			for j := range 8 {
				unit := r.IntN(2)
				u, s := b.Units[unit], m.spaces[unit]
				size := int(u.Port.SectorSize)
				part := int(u.Port.Sectors) / 8
				n := 1 + r.IntN(min(part, int(u.Port.MaximumSectors))-1)
				at := j*part + r.IntN(part-n)
				disk := s.data[at*size : (at+n)*size]
				want := bytes.Clone(disk)
				buffer := storport.NewBuffer(n*size, r.IntN(3)*r.IntN(1000)*2)
				f := storage.Function(r.IntN(2))
				if f == storage.Write {
					for k := range want {
						want[k] = byte(r.Uint32())
					}
					buffer.Fill(want)
				}
				k := b.Request(u, storage.Request{Function: f, Sector: uint64(at), Count: uint32(n), Buffer: buffer, ForceUnit: f == storage.Write})
				moves = append(moves, move{k, buffer, disk, want})
			}
			all(m, b)
			for j, x := range moves {
				if x.k.Done != 1 || x.k.Status != 0 || !bytes.Equal(x.buffer.Bytes(), x.want) || !bytes.Equal(x.disk, x.want) {
					t.Fatalf("%d messages, %d, move %d: %d, %v", messages, i, j, x.k.Done, x.k.Status)
				}
				x.buffer.Free()
			}
		}
		k := b.Request(b.Units[1], storage.Request{Function: storage.Flush})
		all(m, b)
		if k.Done != 1 || k.Status != 0 || m.flushes != 1 || m.fua == 0 {
			t.Errorf("flush: %d, %v; %d written through", k.Done, k.Status, m.fua)
		}
		for q := 1; q <= 3; q++ {
			if m.used[q] == 0 || m.queues[q].vector != uint32((q-1)%max(messages, 1)) {
				t.Errorf("queue %d: %d commands, vector %d", q, m.used[q], m.queues[q].vector)
			}
		}
		if m.used[4] != 0 {
			t.Error("more queues than granted")
		}
	}
}

// TestErrors: what a status means.
func TestErrors(t *testing.T) {
	for status, want := range map[uint16]nt.Status{0x80: nt.StatusNonexistentSector, 0x281: nt.StatusDeviceDataError, 0x280: nt.StatusDeviceDataError, 0x282: nt.StatusCrcError,
		0x182: nt.StatusMediaWriteProtected, 0x82: nt.StatusDeviceBusy, 2: nt.StatusInvalidParameter, 0x0B: nt.StatusDeviceNotConnected, 6: nt.StatusIoDeviceError, 0x4281: nt.StatusDeviceDataError} {
		m := newModel(newSpace(1<<20, 9))
		b := bench(t, m, 1)
		m.fail = func(uint8, uint64) uint16 { return status }
		k := b.Move(b.Units[0], storage.Read, 1, storport.NewBuffer(512, 0))
		b.Interrupt()
		if k.Done != 1 || k.Status != want {
			t.Errorf("%#x: %d, %v", status, k.Done, k.Status)
		}
	}
}

// TestLies: completions of what was not asked for end nothing, and stop the controller until it
// is reset; then it works again.
func TestLies(t *testing.T) {
	for name, lie := range map[string]func(c *completion){
		"tag":   func(c *completion) { c.id++ },
		"round": func(c *completion) { c.id += 0x100 },
		"queue": func(c *completion) { c.queue ^= 1 },
		"none":  func(c *completion) { c.id = 0xFFFF },
		"twice": nil,
	} {
		t.Run(name, func(t *testing.T) {
			m := newModel(newSpace(1<<20, 9))
			b := bench(t, m, 1)
			m.lie, m.double = lie, lie == nil
			u := b.Units[0]
			k := b.Move(u, storage.Read, 1, storport.NewBuffer(512, 0))
			b.Interrupt()
			b.Interrupt()
			if lie != nil && k.Done != 0 || lie == nil && k.Done != 1 {
				t.Fatalf("%d, %v", k.Done, k.Status)
			}
			if k := b.Move(u, storage.Read, 1, storport.NewBuffer(512, 0)); k.Done != 1 || k.Status != nt.StatusIoDeviceError {
				t.Errorf("broken: %d, %v", k.Done, k.Status)
			}
			m.lie, m.double = nil, false
			if s := b.Reset(u); !s.OK() || k.Done != 1 || lie != nil && k.Status != nt.StatusRequestAborted {
				t.Errorf("reset: %v; %d, %v", s, k.Done, k.Status)
			}
			k = b.Move(u, storage.Read, 1, storport.NewBuffer(512, 0))
			b.Interrupt()
			if k.Done != 1 || k.Status != 0 {
				t.Errorf("afterwards: %d, %v", k.Done, k.Status)
			}
		})
	}
}

// TestResets: a controller that does not answer is reset, with all its namespaces; one that
// does not come back is kept from memory, one that is pulled out is gone.
func TestResets(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   func(*model)
		reset nt.Status
		dead  bool
	}{
		{"well", func(*model) {}, 0, false},
		{"stuck", func(m *model) { m.stuck = true }, nt.StatusIoTimeout, true},
		{"deaf", func(m *model) { m.deaf = true }, nt.StatusIoTimeout, true},
		{"gone", func(m *model) { m.gone = true }, nt.StatusDeviceNotConnected, false},
		{"another", func(m *model) { m.spaces[0] = newSpace(1<<19, 9) }, nt.StatusDeviceNotConnected, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(newSpace(1<<20, 9), newSpace(1<<20, 9))
			b := bench(t, m, 1)
			m.manual = true
			calls := []*storport.Call{b.Move(b.Units[0], storage.Write, 1, storport.NewBuffer(512, 0)), b.Move(b.Units[1], storage.Read, 1, storport.NewBuffer(512, 0))}
			c.set(m)
			if s := b.Reset(b.Units[0]); s != c.reset || b.Dead() != c.dead {
				t.Errorf("%v, dead %v", s, b.Dead())
			}
			for i, k := range calls {
				if k.Done != 1 || k.Status != nt.StatusRequestAborted {
					t.Errorf("%d: %d, %v", i, k.Done, k.Status)
				}
			}
			m.manual = false
			k := b.Move(b.Units[0], storage.Read, 1, storport.NewBuffer(512, 0))
			b.Interrupt()
			if k.Done != 1 || k.Status.OK() != c.reset.OK() {
				t.Errorf("afterwards: %d, %v", k.Done, k.Status)
			}
		})
	}
}

// TestStart: controllers that cannot be, are refused with words; namespaces that cannot, are left
// out.
func TestStart(t *testing.T) {
	for want, set := range map[string]func(*model){
		"not there any more":         func(m *model) { m.gone = true },
		"does not answer":            func(m *model) { m.stuck = true },
		"answer to command 06h":      func(m *model) { m.deaf = true },
		"pages of 8192 bytes":        func(m *model) { m.regs[regCap/4+1] |= 1 << 16 },
		"not have the NVM command":   func(m *model) { m.regs[regCap/4+1] = 0 },
		"its queues have 1 entries":  func(m *model) { m.regs[regCap/4] &^= 0xFFFF },
		"no disk: metadata":          func(m *model) { m.spaces[0].meta = 8 },
		"no disk: sectors of 8192":   func(m *model) { m.spaces[0].lbads = 13 },
		"no disk: nothing is active": func(m *model) { m.spaces[0].data = nil },
		"one disk: no list":          func(m *model) { m.noList = true },
	} {
		if err := storport.BenchMemory(2048); err != nil {
			t.Fatal(err)
		}
		m := newModel(newSpace(1<<20, 9))
		set(m)
		units, err := newController(m, mapped, wait, 2, func() int { return 0 }).Start(1)
		switch {
		case strings.HasPrefix(want, "no disk"):
			if err != nil || len(units) != 0 {
				t.Errorf("%s: %d disks, %v", want, len(units), err)
			}
		case strings.HasPrefix(want, "one disk"):
			if err != nil || len(units) != 1 {
				t.Errorf("%s: %d disks, %v", want, len(units), err)
			}
		case err == nil || !strings.Contains(err.Error(), want):
			t.Errorf("%q: %v", want, err)
		}
	}
}

// TestHostile: whatever completions say, no request ends twice and nothing panics.
func TestHostile(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		m := newModel(newSpace(1<<18, 9), newSpace(1<<18, 9))
		b := bench(t, m, r.IntN(3))
		m.lie = func(c *completion) {
			switch r.IntN(12) {
			case 0:
				c.id = uint16(r.Uint32())
			case 1:
				c.queue = uint16(r.Uint32())
			case 2:
				c.status = uint16(r.Uint32()) & 0x7FFF
			}
		}
		var calls []*storport.Call
		for range 60 {
			m.double = r.IntN(20) == 0
			u := b.Units[r.IntN(2)]
			if r.IntN(10) == 0 {
				b.Reset(u)
			}
			calls = append(calls, b.Move(u, storage.Function(r.IntN(2)), uint64(r.IntN(500)), storport.NewBuffer(512*(1+r.IntN(3)), r.IntN(3))))
			if r.IntN(3) > 0 && !b.Interrupt() {
				b.Look()
			}
		}
		m.lie, m.double = nil, false
		b.Reset(b.Units[0])
		for i, k := range calls {
			if k.Done != 1 {
				t.Fatalf("seed %d: request %d has ended %d times", seed, i, k.Done)
			}
		}
	}
}

// TestMessages: a message is the controller's when it has done something; a slow one is not taken
// for one whose interrupt does not come.
func TestMessages(t *testing.T) {
	m := newModel(newSpace(1<<20, 9))
	b := bench(t, m, 2)
	m.manual = true
	k := b.Move(b.Units[0], storage.Read, 0, storport.NewBuffer(512, 0))
	if b.Interrupt() {
		t.Error("an interrupt while nothing is done")
	}
	for q := range m.queues {
		m.serve(q, 1)
	}
	if !b.Interrupt() || k.Done != 1 || b.Interrupt() {
		t.Errorf("the message of a request that is done: %d", k.Done)
	}
}
