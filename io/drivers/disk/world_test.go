package disk

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"testing"

	"gont/arc"
	"gont/ex"
	"gont/hal"
	"gont/io"
	"gont/io/storage"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// ram is an array that plays physical memory.
type ram [][mm.PageSize]byte

func (m ram) Page(pfn uint32) *[mm.PageSize]byte { return &m[pfn] }
func (m ram) Flush(root, va uint64, pages int)   {}
func (m ram) Zero(uint64, int) int               { panic("nobody zeroes here") }
func (m ram) HeapPages() (have, most uint64)     { return 1 << 20, 1 << 20 }
func (m ram) GiveHeapPage(uint32) bool           { return false }
func (ram) HeapUnused() uint64                   { return 0 }
func (ram) ReleaseHeap([]uint32) int             { return 0 }
func (m ram) Span(_ uint64, pages int) []byte    { return make([]byte, pages*mm.PageSize) }

var memory = make(ram, 4096)

const tick = 100_000 // 10 ms

// world is a system after P1.34, on a clock of its own.
type world struct {
	t    *testing.T
	now  atomic.Uint64
	done atomic.Bool
	said []string

	starts int // of the class driver
}

// simulate runs body in a thread, which may wait; the test's goroutine is the idle thread.
func simulate(t *testing.T, body func(w *world)) {
	t.Helper()
	w := &world{t: t}
	w.now.Store(tick)
	if err := mm.Initialize(memory, []mm.Run{{Type: arc.LoaderFree, Base: 256, Size: uint64(len(memory)) - 256}}, 0); err != nil {
		t.Fatal(err)
	}
	mm.InitializePool(false)
	root, _ := mm.AllocatePage(mm.UsePageTable, true)
	mm.SetKernelRoot(root)
	idle := ke.Initialize(ke.Hooks{Now: w.now.Load, Panic: func(th *ke.Thread, r any) {
		panic(fmt.Sprintf("%s panics: %v\n%s", th.Name, r, debug.Stack()))
	}})
	ps.BeforeUser = nil
	for _, s := range []nt.Status{ob.InitSystem0(), ps.InitTokens(), ps.InitSystem0(idle), ob.InitSystem1(), ex.CreateTypes(), ex.CreateIoCompletionType(), io.CreateTypes(), io.InitSystem()} {
		if !s.OK() {
			t.Fatal(s)
		}
	}
	if _, s := ob.CreateDirectory(`\??`); !s.OK() && s != nt.StatusObjectNameCollision {
		t.Fatal(s)
	}
	ex.InitializeCompletion()
	ex.InitializeWorkers()
	ob.Deferred = ex.InitializeDeferredDeletion(ob.DeleteDeferred)
	ps.ForgetContext = nil
	io.Reset()
	storage.Subscribe(nil, nil)
	Say = func(s string) { w.said = append(w.said, s) }
	ps.RunUser = func(*ps.Thread) {
		body(w)
		w.done.Store(true)
	}
	p, s := ps.CreateProcess(ps.System, "test.exe", nil, nil, false)
	if !s.OK() {
		t.Fatal(s)
	}
	th, s := ps.CreateThread(p, hal.NewContext(), 0)
	if !s.OK() {
		t.Fatal(s)
	}
	ke.StartThread(th.Thread)
	for ticks := 0; !w.done.Load(); ticks++ {
		ke.RunReady()
		if w.done.Load() {
			return
		}
		if ticks > 400_000 {
			t.Fatal("it does not end")
		}
		w.now.Add(tick)
		ke.Tick(1, false)
	}
}

// start starts the class driver.
func (w *world) start() *io.Driver {
	w.t.Helper()
	w.starts++
	d, s := io.NewDriver(`\Driver`, fmt.Sprint("Disk", w.starts), `\Registry\Machine\System\CurrentControlSet\Services\Disk`)
	if s.OK() {
		s = d.Start(DriverEntry)
	}
	if !s.OK() {
		w.t.Fatal(s)
	}
	return d
}

func (w *world) expect(what string, got, want any) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// model is a port driver with a disk in memory that fails as it is told.
type model struct {
	w      *world
	port   storage.Port
	device *io.Device
	data   []byte
	// fail says what becomes of a request: a status; nothing (0); hold: it is kept.
	fail func(r *storage.Request) nt.Status
	// late completes requests from a timer, not at once.
	late    bool
	held    []*io.IRP
	resets  int
	resetAs nt.Status
	keep    bool // Reset does not give back what is held
	log     []storage.Request
	most    int // requests at a time that were seen
	now     int
	queue   []*io.IRP
	timer   *ke.Timer
	dpc     *ke.Dpc
}

const hold = nt.Status(0x12345678)

func (w *world) newModel(p storage.Port, data []byte) *model {
	w.t.Helper()
	m := &model{w: w, port: p, data: data}
	d, s := io.NewDriver(`\Driver`, fmt.Sprintf("Model%p", m), `\Registry\Machine\System\CurrentControlSet\Services\Model`)
	if s.OK() {
		s = d.Start(func(d *io.Driver, _ string) nt.Status {
			d.Major[io.InternalDeviceControl] = m.serve
			v, s := io.CreateDevice(d, "", nt.FileDeviceDisk, 0, 0)
			m.device = v
			return s
		})
	}
	if !s.OK() {
		w.t.Fatal(s)
	}
	m.timer = ke.NewTimer(nt.SynchronizationTimer)
	m.dpc = ke.NewDpc(func(any) {
		q := m.queue
		m.queue = nil
		for _, irp := range q {
			m.finish(irp)
		}
	})
	m.port.Device = m.device
	if m.port.Name == "" {
		m.port.Name = "model"
	}
	if m.port.SectorSize == 0 {
		m.port.SectorSize = 512
	}
	m.port.Sectors = uint64(len(data)) / uint64(m.port.SectorSize)
	return m
}

func (m *model) serve(_ *io.Device, irp *io.IRP) nt.Status {
	r := irp.Location().Argument.(*storage.Request)
	io.MarkPending(irp)
	m.log = append(m.log, *r)
	if r.Function == storage.Reset {
		m.resets++
		if m.resetAs == hold {
			return nt.StatusPending
		}
		if !m.keep {
			held := m.held
			m.held = nil
			for _, h := range held {
				m.now--
				io.Complete(h, nt.StatusRequestAborted, 0)
			}
		}
		io.Complete(irp, m.resetAs, 0)
		return nt.StatusPending
	}
	m.now++
	m.most = max(m.most, m.now)
	if m.late {
		m.queue = append(m.queue, irp)
		m.timer.SetDpc(-tick, 0, m.dpc)
		return nt.StatusPending
	}
	m.finish(irp)
	return nt.StatusPending
}

func (m *model) finish(irp *io.IRP) {
	r := irp.Location().Argument.(*storage.Request)
	if m.fail != nil {
		switch s := m.fail(r); {
		case s == hold:
			m.held = append(m.held, irp)
			return
		case !s.OK():
			m.now--
			io.Complete(irp, s, 0)
			return
		}
	}
	size := int(m.port.SectorSize)
	at, n := int(r.Sector)*size, int(r.Count)*size
	for done := 0; done < n; {
		p := r.Buffer.Piece(r.Offset + done)
		p = p[:min(len(p), n-done)]
		if r.Function == storage.Read {
			copy(p, m.data[at+done:])
		} else {
			copy(m.data[at+done:], p)
		}
		done += len(p)
	}
	m.now--
	io.Complete(irp, nt.StatusSuccess, uint64(n))
}

// device finds a device by its name.
func (w *world) device(name string) *io.Device {
	w.t.Helper()
	o, s := ob.Lookup(nil, name, true, io.DeviceType)
	if !s.OK() {
		w.t.Fatalf("%s: %v", name, s)
	}
	defer o.Dereference()
	return o.Body.(*io.Device)
}
