package atapi

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

func bench(t *testing.T, m *model, dma bool) *storport.Bench {
	t.Helper()
	spins = 20
	if err := storport.BenchMemory(2048); err != nil {
		t.Fatal(err)
	}
	c := &channel{command: commandBlock{m}, control: controlBlock{m}, wait: wait}
	if dma {
		c.master = masterBlock{m}
	}
	b, err := storport.NewBench(storport.Channel{Controller: c, Limits: limits}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// settle lets interrupts come as long as there are any.
func settle(m *model, b *storport.Bench) {
	for range 2000 {
		if !m.irq {
			return
		}
		if !b.Interrupt() {
			m.irq = false
		}
	}
}

// TestTransfers (I10): both drives' sectors are read and written as they lie there, by DMA and
// by PIO, with 28 and 48 bits of address, from all addresses.
func TestTransfers(t *testing.T) {
	for _, c := range []struct {
		name       string
		dma, lba48 bool
	}{{"DMA, 48 bits", true, true}, {"DMA, 28 bits", true, false}, {"PIO, 48 bits", false, true}, {"PIO, 28 bits", false, false}} {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(c.lba48)
			m.drives[0] = newDrive(70000, c.lba48)
			b := bench(t, m, c.dma)
			if len(b.Units) != 2 || b.Units[0].Port.Sectors != 70000 || b.Units[1].Port.Sectors != 2048 || b.Units[0].Port.Name != "Id" {
				t.Fatalf("%d disks", len(b.Units))
			}
			r := rand.New(rand.NewPCG(3, 1))
			for i := range 100 {
				type move struct {
					k      *storport.Call
					buffer *storport.Buffer
					disk   []byte
					want   []byte
				}
				var moves []move
				for j := range 4 {
					u := b.Units[r.IntN(2)]
					n := 1 + r.IntN(120)
					at := r.IntN(380) + j*500
					if u == b.Units[0] && r.IntN(2) == 0 {
						at += 65500 // over the boundary of 16 bits
					}
					disk := m.drives[u.Data.(*drive).number].data[at*512 : (at+n)*512]
					want := bytes.Clone(disk)
					buffer := storport.NewBuffer(n*512, r.IntN(3)*r.IntN(2000))
					f := storage.Function(r.IntN(2))
					if f == storage.Write {
						for k := range want {
							want[k] = byte(r.Uint32())
						}
						buffer.Fill(want)
					}
					moves = append(moves, move{b.Move(u, f, uint64(at), buffer), buffer, disk, want})
				}
				settle(m, b)
				for _, x := range moves {
					if x.k.Done != 1 || x.k.Status != 0 && x.k.Status != nt.StatusDeviceBusy ||
						x.k.Status == 0 && (!bytes.Equal(x.buffer.Bytes(), x.want) || !bytes.Equal(x.disk, x.want)) {
						t.Fatalf("%d: %d, %v", i, x.k.Done, x.k.Status)
					}
					x.buffer.Free()
				}
			}
			k := b.Request(b.Units[1], storage.Request{Function: storage.Flush})
			settle(m, b)
			if k.Done != 1 || k.Status != 0 || m.flushes != 1 {
				t.Errorf("flush: %d, %v", k.Done, k.Status)
			}
			if c.dma != (m.dma > 0) || c.dma == (m.pio > 0) {
				t.Errorf("%d commands by DMA, %d by PIO", m.dma, m.pio)
			}
		})
	}
}

// TestErrors: a drive's errors come to who asked; DMA that does not work is left after some
// errors, and PIO does.
func TestErrors(t *testing.T) {
	for e, want := range map[uint8]nt.Status{ata.ErrorUncorrected: nt.StatusDeviceDataError, ata.ErrorNotFound: nt.StatusNonexistentSector, ata.ErrorAbort: nt.StatusIoDeviceError} {
		for _, dma := range []bool{false, true} {
			m := newModel(true)
			b := bench(t, m, dma)
			m.fail = e
			for f := range storage.Function(3) {
				k := b.Request(b.Units[0], storage.Request{Function: f, Sector: 1, Count: 1, Buffer: storport.NewBuffer(512, 0)})
				settle(m, b)
				if k.Done != 1 || k.Status != want {
					t.Errorf("error %#x, DMA %v, function %d: %d, %v", e, dma, f, k.Done, k.Status)
				}
			}
			m.fail = 0
			k := b.Move(b.Units[0], storage.Read, 1, storport.NewBuffer(512, 0))
			settle(m, b)
			if k.Done != 1 || k.Status != 0 {
				t.Errorf("afterwards: %d, %v", k.Done, k.Status)
			}
		}
	}
	m := newModel(true)
	b := bench(t, m, true)
	m.noDma = true
	for i := range mostDmaErrors + 1 {
		k := b.Move(b.Units[0], storage.Read, 1, storport.NewBuffer(512, 0))
		settle(m, b)
		want := nt.Status(nt.StatusIoDeviceError)
		if i == mostDmaErrors {
			want = nt.StatusSuccess
		}
		if k.Done != 1 || k.Status != want {
			t.Errorf("%d: %d, %v", i, k.Done, k.Status)
		}
	}
	if m.pio != 1 {
		t.Errorf("%d commands by PIO", m.pio)
	}
}

// TestResets: a drive that does not answer is reset, with its neighbour's commands; drives that
// are not there any more are gone.
func TestResets(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   func(*model)
		reset nt.Status
		other nt.Status // of the neighbour, afterwards
	}{
		{"well", func(*model) {}, 0, 0},
		{"pulled out", func(m *model) { m.drives[0] = nil }, nt.StatusDeviceNotConnected, 0},
		{"another", func(m *model) { m.drives[0] = newDrive(100, true) }, nt.StatusDeviceNotConnected, 0},
		{"busy", func(m *model) { m.hanging = true }, nt.StatusDeviceNotConnected, nt.StatusDeviceNotConnected},
		{"gone", func(m *model) { m.gone = true }, nt.StatusDeviceNotConnected, nt.StatusDeviceNotConnected},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(true)
			b := bench(t, m, true)
			m.manual, m.stuck = true, true
			calls := []*storport.Call{b.Move(b.Units[0], storage.Read, 1, storport.NewBuffer(512, 0)), b.Move(b.Units[1], storage.Read, 1, storport.NewBuffer(512, 0))}
			c.set(m)
			if s := b.Reset(b.Units[0]); s != c.reset {
				t.Error(s)
			}
			for i, k := range calls {
				if k.Done != 1 || k.Status != nt.StatusRequestAborted {
					t.Errorf("%d: %d, %v", i, k.Done, k.Status)
				}
			}
			m.manual = false
			for i, want := range []nt.Status{c.reset, c.other} {
				k := b.Move(b.Units[i], storage.Read, 1, storport.NewBuffer(512, 0))
				settle(m, b)
				if k.Done != 1 || k.Status != want {
					t.Errorf("drive %d afterwards: %d, %v", i, k.Done, k.Status)
				}
			}
		})
	}
}

// TestStart: channels without drives, and drives that are no disks, are left out without a wait.
func TestStart(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*model)
		want int
	}{
		"nothing":    {func(m *model) { m.gone = true }, 0},
		"no drives":  {func(m *model) { m.drives = [2]*driveModel{} }, 0},
		"slave":      {func(m *model) { m.drives[0] = nil }, 1},
		"busy":       {func(m *model) { m.state = ata.StatusBusy }, 0},
		"no answer":  {func(m *model) { m.stuck = true }, 0},
		"no disk":    {func(m *model) { m.drives[0].id[1] = 0x85 }, 1},
		"no sectors": {func(m *model) { clear(m.drives[1].id[100:]) }, 1},
	} {
		if err := storport.BenchMemory(1024); err != nil {
			t.Fatal(err)
		}
		m := newModel(false)
		c.set(m)
		x := &channel{command: commandBlock{m}, control: controlBlock{m}, master: masterBlock{m}, wait: wait}
		if units, err := x.Start(0); err != nil || len(units) != c.want {
			t.Errorf("%s: %d disks, %v", name, len(units), err)
		}
	}
}

// TestHostile: whatever the registers say, no request ends twice and nothing panics.
func TestHostile(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		m := newModel(r.IntN(2) == 0)
		b := bench(t, m, r.IntN(3) > 0)
		m.manual = true
		var calls []*storport.Call
		for range 80 {
			switch r.IntN(10) {
			case 0:
				m.state = uint8(r.Uint32())
			case 1:
				m.interrupt()
			case 2:
				m.fail = uint8(r.Uint32())
			case 3:
				m.fail, m.stuck = 0, r.IntN(4) == 0
			case 4:
				m.master[masterStatus] ^= 1 << r.IntN(3)
			case 5:
				if r.IntN(3) == 0 {
					b.Reset(b.Units[r.IntN(2)])
				}
			default:
				calls = append(calls, b.Move(b.Units[r.IntN(2)], storage.Function(r.IntN(2)), uint64(r.IntN(2000)), storport.NewBuffer(512*(1+r.IntN(3)), r.IntN(3))))
			}
			m.serve()
			settle(m, b)
		}
		b.Reset(b.Units[0])
		for i, k := range calls {
			if k.Done != 1 {
				t.Fatalf("seed %d: request %d has ended %d times", seed, i, k.Done)
			}
		}
	}
}
