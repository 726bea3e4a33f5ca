package cc

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"gont/arc"
	"gont/ke"
	"gont/mm"
	"gont/nt"
)

// store is a file on a disk; bad is a status for all that it is asked for. It takes time.
type store struct {
	data          []byte
	bad           nt.Status
	reads, writes int // pages
}

func (f *store) page(i uint32) []byte {
	at := min(int(i)*mm.PageSize, len(f.data))
	return f.data[at:min(at+mm.PageSize, len(f.data))]
}

func (f *store) ReadPages(page uint32, frames []uint32) nt.Status {
	ke.Delay(ke.KernelMode, false, -tick)
	for i, n := range frames {
		b := mm.Frame(n)
		clear(b[copy(b[:], f.page(page+uint32(i))):])
	}
	f.reads += len(frames)
	return f.bad
}

func (f *store) WritePages(page uint32, frames []uint32) nt.Status {
	ke.Delay(ke.KernelMode, false, -tick)
	if !f.bad.OK() {
		return f.bad
	}
	for i, n := range frames {
		copy(f.page(page+uint32(i)), mm.Frame(n)[:])
	}
	f.writes += len(frames)
	return nt.StatusSuccess
}

// chunks is a buffer in pieces of seven bytes.
type chunks []byte

func (b chunks) Piece(offset int) []byte {
	offset = min(offset, len(b))
	return b[offset:min(len(b), offset-offset%7+7)]
}

// cached runs body with a cache over a file of size bytes.
func cached(t *testing.T, size int, body func(f *store, m *Map)) {
	t.Helper()
	simulate(t, func() {
		if err := mm.Initialize(make(memory, 2048), []mm.Run{{Type: arc.LoaderFree, Base: 256, Size: 2048 - 256}}, 0); err != nil {
			t.Fatal(err)
		}
		mm.NewEvent = func() mm.ZeroEvent { return event{ke.NewEvent(nt.NotificationEvent, false)} }
		if s := InitSystem(); !s.OK() {
			t.Fatal(s)
		}
		ke.Delay(ke.KernelMode, false, -tick) // the writer waits
		f := &store{data: make([]byte, size)}
		r := rand.New(rand.NewPCG(uint64(size), 1))
		for i := range f.data {
			f.data[i] = byte(r.Uint32())
		}
		freed := false
		m := NewMap(f, uint64(size), func() { freed = true })
		body(f, m)
		if m.Close(); !freed {
			t.Error("the file is kept")
		}
		if err := mm.CheckAll(); err != nil {
			t.Error(err)
		}
	})
}

// TestCopy: reads and writes of any place and length against a plain array; what was written
// is in the file after a flush.
func TestCopy(t *testing.T) {
	const size = 50*mm.PageSize + 123
	cached(t, size, func(f *store, m *Map) {
		model := bytes.Clone(f.data)
		r := rand.New(rand.NewPCG(1, 2))
		var ahead ReadAhead
		for range 2000 {
			at := r.IntN(size)
			b := make(chunks, min(r.IntN(3*mm.PageSize)+1, size-at))
			if r.IntN(2) == 0 {
				if n, s := m.Read(uint64(at), len(b), b, &ahead); n != len(b) || !s.OK() || !bytes.Equal(b, model[at:at+len(b)]) {
					t.Fatalf("%d bytes at %#x: %d, %v", len(b), at, n, s)
				}
				continue
			}
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			copy(model[at:], b)
			if n, s := m.Write(uint64(at), len(b), b); n != len(b) || !s.OK() {
				t.Fatalf("%d bytes at %#x: %d, %v", len(b), at, n, s)
			}
		}
		if s := m.Flush(0, 0); !s.OK() || m.DirtyPages() != 0 || !bytes.Equal(f.data, model) {
			t.Errorf("after a flush: %v, %d dirty", s, m.DirtyPages())
		}
		if f.reads > 51 {
			t.Errorf("%d pages of 51 were read", f.reads)
		}
		if n, s := m.Read(0, 100, make(chunks, 50), nil); n != 50 || s.OK() {
			t.Errorf("a short buffer: %d, %v", n, s)
		}
	})
}

// TestLazyPages: what has been written is in the file some seconds later, though nobody flushes; a
// disk that refuses is tried again.
func TestLazyPages(t *testing.T) {
	cached(t, 100*mm.PageSize, func(f *store, m *Map) {
		m.Write(5, 3, chunks("abc"))
		f.bad = nt.StatusDeviceDataError
		second := func(n int) {
			for range n {
				ke.Delay(ke.KernelMode, false, -lazyPeriod)
				mm.OnBalance()
			}
		}
		if second(5); m.DirtyPages() != 1 {
			t.Errorf("%d dirty", m.DirtyPages())
		}
		if s := m.Flush(0, 0); s != f.bad {
			t.Errorf("a flush to a bad disk: %v", s)
		}
		f.bad = nt.StatusSuccess
		if second(4); m.DirtyPages() != 0 || string(f.data[5:8]) != "abc" {
			t.Errorf("%d dirty, the file has %q", m.DirtyPages(), f.data[5:8])
		}
		m.Zero(3, 90*mm.PageSize)
		if second(60); m.DirtyPages() != 0 || f.data[2] == 0 || f.data[90*mm.PageSize+3] == 0 || !bytes.Equal(f.data[3:90*mm.PageSize+3], make([]byte, 90*mm.PageSize)) {
			t.Errorf("%d dirty", m.DirtyPages())
		}
	})
}

// TestReadAheadPages: a file that is read from its beginning is there before it is asked for.
func TestReadAheadPages(t *testing.T) {
	cached(t, 400*mm.PageSize, func(f *store, m *Map) {
		var r ReadAhead
		b := make(chunks, mm.PageSize)
		before, reads, misses := Counts.AheadPages.Load(), Counts.Reads.Load(), Counts.ReadMisses.Load()
		for i := range 200 {
			if n, s := m.Read(uint64(i)*mm.PageSize, len(b), b, &r); n != len(b) || !s.OK() || !bytes.Equal(b, f.page(uint32(i))) {
				t.Fatalf("page %d: %d, %v", i, n, s)
			}
			ke.Delay(ke.KernelMode, false, -2*tick)
		}
		if n := Counts.AheadPages.Load() - before; n < 150 {
			t.Errorf("%d pages were read ahead of 200", n)
		}
		if r, n := Counts.Reads.Load()-reads, Counts.ReadMisses.Load()-misses; r != 200 || n == 0 || n > 50 {
			t.Errorf("%d reads, %d misses", r, n)
		}
		f.bad = nt.StatusDeviceDataError
		if n, s := m.Read(399*mm.PageSize-5, 10, b, nil); n != 0 || s != f.bad {
			t.Errorf("a bad disk: %d, %v", n, s)
		}
	})
}

// TestReadAheadBusy: what could not be read ahead, because a thread was still reading ahead, is asked for again.
func TestReadAheadBusy(t *testing.T) {
	cached(t, 400*mm.PageSize, func(f *store, m *Map) {
		var r ReadAhead
		const piece = 16 * mm.PageSize
		m.ahead.Store(true)
		m.Follow(&r, 0, piece)
		if r.ahead != piece || f.reads != 0 {
			t.Errorf("while others are read ahead: read up to %#x, %d pages", r.ahead, f.reads)
		}
		m.ahead.Store(false)
		m.Follow(&r, piece, piece)
		ke.Delay(ke.KernelMode, false, -10*tick)
		if r.ahead <= 2*piece || !m.Area.Resident(2*piece/mm.PageSize, int(r.ahead-2*piece)/mm.PageSize) {
			t.Errorf("afterwards: read up to %#x, %d pages", r.ahead, f.reads)
		}
	})
}
