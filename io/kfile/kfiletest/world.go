// Package kfiletest is for tests of what the kernel keeps in files: a system on the host with
// the disk class driver, FAT, and a disk in memory that fails as it is told and remembers
// what was written to it.
package kfiletest

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"testing"

	"gont/arc"
	"gont/ex"
	"gont/fs/fat"
	"gont/hal"
	"gont/io"
	"gont/io/drivers/disk"
	"gont/io/drivers/fastfat"
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

// Volume is the disk's only volume, System a link to its root, as \SystemRoot.
const (
	Volume = `\Device\HarddiskVolume1`
	System = `\SystemRoot`
)

// World is a system on a clock of its own.
type World struct {
	Disk *Disk
	// Said is what the drivers have told who watches the console.
	Said []string
	now  atomic.Uint64
	done atomic.Bool
}

// Disk is a port with a disk in memory.
type Disk struct {
	Data []byte
	// Fail, if not nil, says how a request fails.
	Fail func(*storage.Request) nt.Status
	// Written, if not nil, is told of each write before it is made.
	Written func(sector uint64, p []byte)
	// Flushed, if not nil, is told of each flush.
	Flushed func()
	port    storage.Port
}

// Sleep waits, by the world's clock.
func (w *World) Sleep(seconds int64) { ke.Delay(ke.KernelMode, false, -seconds*10_000_000) }

// pageEvent is what who waits for a page waits for.
type pageEvent struct{ *ke.Event }

func (e pageEvent) Wait() { ke.WaitForSingleObject(e.Event, ke.KernelMode, false, nil) }

// Run makes a world with a disk that holds image, and runs body in a thread of a process.
func Run(t testing.TB, image []byte, body func(w *World)) {
	t.Helper()
	w := &World{}
	w.now.Store(0x1D0_0000_0000_0000)
	mm.NewEvent = func() mm.ZeroEvent { return pageEvent{ke.NewEvent(nt.NotificationEvent, false)} }
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
	ex.InitializeCompletion()
	ex.InitializeWorkers()
	ob.Deferred = ex.InitializeDeferredDeletion(ob.DeleteDeferred)
	ps.ForgetContext = nil
	io.Reset()
	storage.Subscribe(nil, nil)
	fastfat.Say = func(s string) { w.Said = append(w.Said, s) }
	disk.Say = fastfat.Say
	ps.RunUser = func(*ps.Thread) {
		defer w.done.Store(true)
		start(t, "Fastfat", `\FileSystem`, fastfat.DriverEntry)
		start(t, "Disk", `\Driver`, disk.DriverEntry)
		w.Disk = newDisk(t, image)
		if s := ob.CreateSymbolicLink(System, Volume); !s.OK() {
			t.Error(s)
			return
		}
		body(w)
		storage.Gone(&w.Disk.port) // package storage knows it for ever else
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

func start(t testing.TB, name, directory string, entry io.Entry) {
	d, s := io.NewDriver(directory, name, `\Registry\Machine\System\CurrentControlSet\Services\`+name)
	if s.OK() {
		s = d.Start(entry)
	}
	if !s.OK() {
		t.Error(name, s)
	}
}

func newDisk(t testing.TB, data []byte) *Disk {
	d := &Disk{Data: data, port: storage.Port{Name: "model", SectorSize: 512, Sectors: uint64(len(data) / 512), Requests: 4}}
	start(t, "Model", `\Driver`, func(o *io.Driver, _ string) nt.Status {
		o.Major[io.InternalDeviceControl] = d.serve
		v, s := io.CreateDevice(o, "", nt.FileDeviceDisk, 0, 0)
		d.port.Device = v
		return s
	})
	storage.Arrived(&d.port)
	return d
}

// Remove pulls the disk out.
func (d *Disk) Remove() { storage.Gone(&d.port) }

func (d *Disk) serve(_ *io.Device, irp *io.IRP) nt.Status {
	r := irp.Location().Argument.(*storage.Request)
	if d.Fail != nil {
		if s := d.Fail(r); !s.OK() {
			return io.Complete(irp, s, 0)
		}
	}
	if r.Function == storage.Flush && d.Flushed != nil {
		d.Flushed()
	}
	at, n := int(r.Sector)*512, int(r.Count)*512
	for moved := 0; moved < n; {
		p := r.Buffer.Piece(r.Offset + moved)
		p = p[:min(len(p), n-moved)]
		switch r.Function {
		case storage.Read:
			copy(p, d.Data[at+moved:])
		case storage.Write:
			if d.Written != nil {
				d.Written(uint64(at+moved)/512, p)
			}
			copy(d.Data[at+moved:], p)
		}
		moved += len(p)
	}
	return io.Complete(irp, nt.StatusSuccess, uint64(n))
}

// Image is a volume's sectors as fs/fat has them.
type Image []byte

// SectorSize implements fat.Device.
func (d Image) SectorSize() int { return 512 }

// Sectors implements fat.Device.
func (d Image) Sectors() uint64 { return uint64(len(d) / 512) }

// ReadAt implements fat.Device.
func (d Image) ReadAt(p []byte, sector uint64) error { copy(p, d[sector*512:]); return nil }

// WriteAt implements fat.Device.
func (d Image) WriteAt(p []byte, sector uint64) error { copy(d[sector*512:], p); return nil }

// Flush implements fat.Device.
func (d Image) Flush() error { return nil }

// Format makes an empty volume of so many kilobytes.
func Format(t testing.TB, kb int) []byte {
	t.Helper()
	b := make([]byte, kb<<10)
	if err := fat.Format(Image(b), fat.FormatOptions{Label: "TEST", Serial: 0x12345678}); err != nil {
		t.Fatal(err)
	}
	return b
}
