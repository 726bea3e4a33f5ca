//go:build !kernel

package storport

import (
	"slices"

	"gont/arc"
	"gont/io"
	"gont/io/storage"
	"gont/mm"
	"gont/nt"
)

// Bench runs a Controller without drivers, threads and interrupts, for tests of Controllers.
type Bench struct {
	*Adapter
	Units    []*Unit
	recovers int
	calls    map[*storage.Request]*Call
}

// Call is a request that a Bench has made.
type Call struct {
	storage.Request
	Done   int // times that it was completed
	Status nt.Status
	Bytes  uint64
}

// benchRam is an array that plays physical memory.
type benchRam [][mm.PageSize]byte

func (m benchRam) Page(pfn uint32) *[mm.PageSize]byte { return &m[pfn] }
func (m benchRam) Flush(root, va uint64, pages int)   {}
func (m benchRam) Zero(uint64, int) int               { return 1 }
func (m benchRam) HeapPages() (have, most uint64)     { return 1 << 20, 1 << 20 }
func (m benchRam) GiveHeapPage(uint32) bool           { return false }
func (benchRam) HeapUnused() uint64                   { return 0 }
func (benchRam) ReleaseHeap([]uint32) int             { return 0 }
func (m benchRam) Span(_ uint64, pages int) []byte    { return make([]byte, pages*mm.PageSize) }

// BenchMemory makes memory of so many pages for Allocate and Buffers.
func BenchMemory(pages int) error {
	return mm.Initialize(make(benchRam, pages), []mm.Run{{Type: arc.LoaderFree, Base: 256, Size: uint64(pages) - 256}}, 0)
}

// Physical returns n bytes at a physical address, as a device sees them; nil where there is no
// memory, or the bytes do not lie in one page.
func Physical(pa uint64, n int) []byte {
	if pa>>mm.PageShift == 0 || pa>>mm.PageShift >= mm.QueryCounts().Ram+256 || n < 0 || pa%mm.PageSize+uint64(n) > mm.PageSize {
		return nil
	}
	return mm.Frame(uint32(pa >> mm.PageShift))[pa%mm.PageSize:][:n]
}

// CopyPhysical copies between b and memory at a physical address, as a device does.
func CopyPhysical(pa uint64, b []byte, toMemory bool) bool {
	for len(b) > 0 {
		n := min(len(b), int(mm.PageSize-pa%mm.PageSize))
		p := Physical(pa, n)
		if p == nil {
			return false
		}
		if toMemory {
			copy(p, b)
		} else {
			copy(b, p)
		}
		b, pa = b[n:], pa+uint64(n)
	}
	return true
}

// Buffer is memory of single pages for a request; it begins at an offset in the first one.
type Buffer struct {
	frames    []uint32
	offset, n int
}

// NewBuffer makes a buffer of n bytes whose pages do not lie behind each other.
func NewBuffer(n, offset int) *Buffer {
	b := &Buffer{offset: offset, n: n}
	for i := 0; i < offset+n; i += mm.PageSize {
		f, ok := mm.AllocateContiguous(1, 0)
		if !ok {
			panic("storport: no memory for a buffer")
		}
		b.frames = append(b.frames, f)
	}
	slices.Reverse(b.frames)
	return b
}

// Free gives the pages back.
func (b *Buffer) Free() {
	for _, f := range b.frames {
		mm.FreeContiguous(f, 1)
	}
}

// Len is storage.Buffer's.
func (b *Buffer) Len() int { return b.n }

// Piece is storage.Buffer's.
func (b *Buffer) Piece(o int) []byte {
	if o >= b.n {
		return nil
	}
	at := b.offset + o
	p := mm.Frame(b.frames[at/mm.PageSize])[at%mm.PageSize:]
	return p[:min(len(p), b.n-o)]
}

// Address is where the bytes lie.
func (b *Buffer) Address(o int) (uint64, int) {
	at := b.offset + o
	return uint64(b.frames[at/mm.PageSize])<<mm.PageShift + uint64(at%mm.PageSize), len(b.Piece(o))
}

// Fill and Bytes set and return the contents.
func (b *Buffer) Fill(p []byte) {
	for at := 0; at < len(p); {
		at += copy(b.Piece(at), p[at:])
	}
}

// Bytes returns a copy of the contents.
func (b *Buffer) Bytes() (p []byte) {
	for len(p) < b.n {
		p = append(p, b.Piece(len(p))...)
	}
	return p
}

// NewBench starts a Controller.
func NewBench(c Channel, messages int) (*Bench, error) {
	b := &Bench{Adapter: &Adapter{Channel: c, hardware: &Hardware{}}, calls: map[*storage.Request]*Call{}}
	b.schedule = func() { b.recovers++ }
	b.Adapter.complete = func(_ *io.IRP, r *storage.Request, s nt.Status, n uint64) {
		if k := b.calls[r]; k != nil {
			k.Done++
			k.Status, k.Bytes = s, n
		}
	}
	units, err := c.Controller.Start(messages)
	if err != nil {
		return nil, err
	}
	if b.bounce = Allocate(bounceSize, c.Limits.Below); b.bounce == nil {
		return nil, ErrNoMemory
	}
	room := 0
	for _, u := range units {
		u.prepare(b.Adapter)
		room += len(u.tasks)
	}
	b.waits = make([]*Task, 0, room)
	b.units, b.Units, b.started = units, units, true
	return b, nil
}

// Request gives the controller a request.
func (b *Bench) Request(u *Unit, r storage.Request) *Call {
	k := &Call{Request: r}
	b.calls[&k.Request] = k
	if s := u.check(&k.Request); !s.OK() {
		k.Done, k.Status = 1, s
		return k
	}
	b.lock.Lock()
	t := u.free
	switch {
	case b.dead || u.gone:
		k.Done, k.Status = 1, nt.StatusDeviceNotConnected
	case u.recovering || t == nil:
		k.Done, k.Status = 1, nt.StatusDeviceBusy
	default:
		u.free = t.next
		t.irp, t.request, t.moved, t.bounced, t.next = nil, &k.Request, 0, false, nil
		b.begin(t)
	}
	b.lock.Unlock()
	b.finish()
	return k
}

// Move reads or writes a buffer's sectors.
func (b *Bench) Move(u *Unit, f storage.Function, sector uint64, buffer *Buffer) *Call {
	return b.Request(u, storage.Request{Function: f, Sector: sector, Count: uint32(buffer.n) / u.Port.SectorSize, Buffer: buffer})
}

// Interrupt is an interrupt of the device, and its DPC; recovery, where the Controller wants
// one, follows.
func (b *Bench) Interrupt() (mine bool) {
	if mine = b.Controller.Interrupt(0); mine {
		b.Look()
	}
	return mine
}

// Look is the DPC, and recovery.
func (b *Bench) Look() {
	b.poll()
	for ; b.recovers > 0; b.recovers-- {
		b.recoverAll()
	}
}

// Reset is the class driver's.
func (b *Bench) Reset(u *Unit) nt.Status { return b.resetUnit(u) }

// Dead reports whether the device is kept from memory.
func (b *Bench) Dead() bool { return b.dead }

// BenchRegisters has Hardware.Registers ask f for a resource's registers.
func BenchRegisters(f func(io.Resource) (Registers, error)) { open = f }
