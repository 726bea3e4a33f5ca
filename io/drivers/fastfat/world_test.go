package fastfat

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"testing"
	"unicode/utf16"
	"unsafe"

	"gont/arc"
	"gont/ex"
	"gont/fs/fat"
	"gont/hal"
	"gont/io"
	"gont/io/drivers/disk"
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

// world is a system after P1.34, on a clock of its own, with a disk.
type world struct {
	t    *testing.T
	now  atomic.Uint64
	done atomic.Bool
	said []string
	disk *model
}

// volumeName is the disk's only volume.
const volumeName = `\Device\HarddiskVolume1`

// pageEvent is what who waits for a page waits for.
type pageEvent struct{ *ke.Event }

func (e pageEvent) Wait() { ke.WaitForSingleObject(e.Event, ke.KernelMode, false, nil) }

// simulate runs body in a thread, with the class driver, this driver and a disk that holds image.
func simulate(t *testing.T, image []byte, body func(w *world)) {
	t.Helper()
	simulateSectors(t, image, 512, body)
}

// simulateSectors is simulate with sectors of so many bytes.
func simulateSectors(t *testing.T, image []byte, sector int, body func(w *world)) {
	t.Helper()
	w := &world{t: t}
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
	Say = func(s string) { w.said = append(w.said, s) }
	disk.Say = Say
	ps.RunUser = func(*ps.Thread) {
		w.start("Fastfat", `\FileSystem`, DriverEntry)
		w.start("Disk", `\Driver`, disk.DriverEntry)
		w.disk = w.newModel(image, sector)
		body(w)
		storage.Gone(&w.disk.port) // package storage knows it for ever else
		w.disk.data = nil          // the machine's threads stay, and know the disk
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

func (w *world) start(name, directory string, entry io.Entry) *io.Driver {
	w.t.Helper()
	d, s := io.NewDriver(directory, name, `\Registry\Machine\System\CurrentControlSet\Services\`+name)
	if s.OK() {
		s = d.Start(entry)
	}
	if !s.OK() {
		w.t.Fatal(s)
	}
	return d
}

// model is a port with a disk in memory, which fails as it is told.
type model struct {
	port  storage.Port
	data  []byte
	fail  func(r *storage.Request) nt.Status
	later *rand.Rand                    // not nil: requests end later, in an order of its
	hold  func(r *storage.Request) bool // true: the request ends when release is called
	held  []*io.IRP                     // that are to end later
}

func (w *world) newModel(data []byte, sector int) *model { return w.model("Model", data, sector) }

// model makes a port with a disk of such sectors; name is its driver's.
func (w *world) model(name string, data []byte, sector int) *model {
	m := &model{data: data, port: storage.Port{Name: "model", SectorSize: uint32(sector), Sectors: uint64(len(data) / sector), Requests: 4}}
	w.start(name, `\Driver`, func(d *io.Driver, _ string) nt.Status {
		d.Major[io.InternalDeviceControl] = m.serve
		v, s := io.CreateDevice(d, "", nt.FileDeviceDisk, 0, 0)
		m.port.Device = v
		return s
	})
	storage.Arrived(&m.port)
	return m
}

func (m *model) serve(_ *io.Device, irp *io.IRP) nt.Status {
	if m.hold != nil && m.hold(irp.Location().Argument.(*storage.Request)) {
		io.MarkPending(irp)
		m.held = append(m.held, irp)
		return nt.StatusPending
	}
	if m.later == nil {
		return m.end(irp)
	}
	io.MarkPending(irp)
	m.held = append(m.held, irp)
	ex.QueueWorkItem(ex.NewWorkItem(func(any) {
		i := m.later.IntN(len(m.held))
		irp := m.held[i]
		m.held = slices.Delete(m.held, i, i+1)
		m.end(irp)
	}, nil), ex.CriticalWorkQueue)
	return nt.StatusPending
}

// release ends the requests that are held, the last one first, and those that come then, and holds none any more.
func (m *model) release() {
	for m.hold = nil; len(m.held) > 0; {
		irp := m.held[len(m.held)-1]
		m.held = m.held[:len(m.held)-1]
		m.end(irp)
	}
}

// end does what a request asks for.
func (m *model) end(irp *io.IRP) nt.Status {
	r := irp.Location().Argument.(*storage.Request)
	if m.fail != nil {
		if s := m.fail(r); !s.OK() {
			return io.Complete(irp, s, 0)
		}
	}
	size := int(m.port.SectorSize)
	at, n := int(r.Sector)*size, int(r.Count)*size
	for moved := 0; moved < n; {
		p := r.Buffer.Piece(r.Offset + moved)
		p = p[:min(len(p), n-moved)]
		if r.Function == storage.Read {
			copy(p, m.data[at+moved:])
		} else if r.Function == storage.Write {
			copy(m.data[at+moved:], p)
		}
		moved += len(p)
	}
	return io.Complete(irp, nt.StatusSuccess, uint64(n))
}

// sectorDevice is a device for fat.Format and fat.Mount without a driver.
type sectorDevice struct {
	data   []byte
	sector int
}

func (d sectorDevice) SectorSize() int { return d.sector }
func (d sectorDevice) Sectors() uint64 { return uint64(len(d.data) / d.sector) }
func (d sectorDevice) ReadAt(p []byte, sector uint64) error {
	copy(p, d.data[sector*uint64(d.sector):])
	return nil
}
func (d sectorDevice) WriteAt(p []byte, sector uint64) error {
	copy(d.data[sector*uint64(d.sector):], p)
	return nil
}
func (d sectorDevice) Flush() error { return nil }

func memoryDevice(b []byte) sectorDevice { return sectorDevice{b, 512} }

// formatted is an empty volume.
func formatted(t *testing.T, kb int) []byte {
	t.Helper()
	b := make([]byte, kb<<10)
	if err := fat.Format(memoryDevice(b), fat.FormatOptions{Label: "TEST", Serial: 0x12345678}); err != nil {
		t.Fatal(err)
	}
	return b
}

// formattedAs is an empty volume of a shape.
func formattedAs(t *testing.T, s shape) []byte {
	t.Helper()
	b := make([]byte, s.kb<<10)
	if err := fat.Format(sectorDevice{b, s.sector}, fat.FormatOptions{Kind: s.kind, ClusterSize: s.cluster, Label: "TEST", Serial: 1}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (w *world) expect(what string, got, want any) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// file is an open file.
type file struct {
	w *world
	*io.File
}

// how is how a file is opened; the zero value opens for everything and shares with all.
type how struct {
	access      nt.AccessMask
	share       uint32
	noShare     bool
	disposition uint32
	options     uint32
	attributes  uint32
	room        int64
	root        *file
	// asynchronous leaves FILE_SYNCHRONOUS_IO_NONALERT out.
	asynchronous bool
}

const readWrite = nt.FileReadData | nt.FileWriteData | nt.Delete | nt.FileReadAttributes | nt.FileWriteAttributes

// try opens a name of the volume.
func (w *world) try(name string, h how) (*file, uint64, nt.Status) {
	if h.root == nil {
		name = volumeName + name
	}
	return w.tryOn(name, h)
}

// openOn is open with a whole name.
func (w *world) openOn(name string, h how) *file {
	f, _, s := w.tryOn(name, h)
	if !s.OK() {
		panic(fmt.Sprintf("%s: %v", name, s))
	}
	return f
}

func (w *world) tryOn(name string, h how) (*file, uint64, nt.Status) {
	if h.access == 0 {
		h.access = readWrite
	}
	if h.share == 0 && !h.noShare {
		h.share = nt.FileShareValid
	}
	p := &io.OpenPacket{Access: h.access | nt.Synchronize, ShareAccess: h.share, Disposition: h.disposition,
		Options: h.options | nt.FileSynchronousIoNonalert, FileAttributes: h.attributes, AllocationSize: h.room, Mode: ke.UserMode}
	if h.asynchronous {
		p.Options &^= nt.FileSynchronousIoNonalert
	}
	var base *ob.Object
	if h.root != nil {
		base = h.root.Object
	}
	o, s := ob.OpenByName(base, name, true, io.FileType, p)
	if !s.OK() {
		return nil, p.Information, s
	}
	return &file{w, o.Body.(*io.File)}, p.Information, p.Warning
}

// open is try that must succeed.
func (w *world) open(name string, h how) *file {
	w.t.Helper()
	f, _, s := w.try(name, h)
	if !s.OK() {
		panic(fmt.Sprintf("%s: %v", name, s)) // a thread cannot end here
	}
	return f
}

func (w *world) create(name string) *file {
	w.t.Helper()
	return w.open(name, how{disposition: nt.FileCreate})
}

func (f *file) close() { f.Object.Dereference() }

// send makes a request of the file and waits for it.
func (f *file) send(fill func(irp *io.IRP, l *io.StackLocation)) (io.IoStatus, nt.Status) {
	d := f.RelatedDevice()
	irp := io.AllocateIrp(d.StackSize)
	irp.File, irp.Thread = f.File, ps.Current()
	l := irp.NextLocation()
	l.File = f.File
	fill(irp, l)
	s := io.Synchronously(d, irp)
	return irp.IoStatus, s
}

func (f *file) write(b []byte, at int64) nt.Status {
	_, s := f.send(func(_ *io.IRP, l *io.StackLocation) {
		l.Major, l.Length, l.ByteOffset, l.Argument = io.Write, uint32(len(b)), at, storage.Bytes(b)
	})
	return s
}

func (f *file) read(n int, at int64) ([]byte, nt.Status) {
	b := make([]byte, n)
	i, s := f.send(func(_ *io.IRP, l *io.StackLocation) {
		l.Major, l.Length, l.ByteOffset, l.Argument = io.Read, uint32(n), at, storage.Bytes(b)
	})
	return b[:i.Information], s
}

func (f *file) information(major uint8, class uint32, b []byte) (io.IoStatus, nt.Status) {
	return f.send(func(irp *io.IRP, l *io.StackLocation) {
		l.Major, l.Code, l.Length, irp.SystemBuffer = major, class, uint32(len(b)), b
	})
}

func query[T any](f *file, class uint32) (v T, s nt.Status) {
	_, s = f.information(io.QueryInformation, class, bytesOf(&v))
	return v, s
}

func set[T any](f *file, class uint32, v T) nt.Status {
	_, s := f.information(io.SetInformation, class, bytesOf(&v))
	return s
}

func (f *file) rename(dir *file, name string, replace bool) nt.Status {
	t := &io.RenameTarget{Name: name, Replace: replace}
	if dir != nil {
		t.Directory = dir.File
	}
	_, s := f.send(func(_ *io.IRP, l *io.StackLocation) {
		l.Major, l.Code, l.Argument = io.SetInformation, nt.FileRenameInformationClass, t
	})
	return s
}

func (f *file) control(code uint32, in, out []byte) (io.IoStatus, nt.Status) {
	return f.send(func(irp *io.IRP, l *io.StackLocation) {
		l.Major, l.Minor, l.Code, l.InputLength, l.Length = io.FileSystemControl, io.UserFsRequest, code, uint32(len(in)), uint32(len(out))
		irp.SystemBuffer = append(slices.Clone(in), make([]byte, max(len(out)-len(in), 0))...)
	})
}

// names lists a directory by one call after the other.
func (f *file) names(pattern string, size int, flags uint8) (list []string, s nt.Status) {
	for restart := flags & io.RestartScan; ; restart = 0 {
		b := make([]byte, size)
		i, s := f.send(func(irp *io.IRP, l *io.StackLocation) {
			l.Major, l.Minor, l.Code, l.Length, l.Argument = io.DirectoryControl, io.QueryDirectory, nt.FileNamesInformationClass, uint32(size), pattern
			l.Flags = flags&^io.RestartScan | restart
			irp.SystemBuffer = b
		})
		if !s.OK() {
			return list, s
		}
		for at := 0; ; {
			e := b[at:i.Information]
			n := binary.LittleEndian.Uint32(e[8:])
			list = append(list, text16(e[12:12+n]))
			next := binary.LittleEndian.Uint32(e)
			if next == 0 {
				break
			}
			at += int(next)
		}
	}
}

func text16(b []byte) string {
	u := unsafe.Slice((*uint16)(unsafe.Pointer(&b[0])), len(b)/2)
	return string(utf16.Decode(u))
}

// check has the image looked at by fs/fat, and returns what it holds.
func (w *world) check() {
	w.t.Helper()
	v, err := fat.Mount(sectorDevice{bytes.Clone(w.disk.data), int(w.disk.port.SectorSize)}, fat.Options{NoCheck: true})
	if err != nil {
		w.t.Fatal(err)
	}
	if r, err := v.Check(false); err != nil || r.Count != 0 {
		w.t.Errorf("the volume: %v %v", err, r.Found)
	}
}

// pending is a request that may wait.
type pending struct {
	irp  *io.IRP
	done bool
}

// start makes a request, and does not wait.
func (f *file) start(fill func(irp *io.IRP, l *io.StackLocation)) *pending {
	d := f.RelatedDevice()
	p := &pending{irp: io.AllocateIrp(d.StackSize)}
	irp := p.irp
	irp.File, irp.Thread = f.File, ps.Current()
	l := irp.NextLocation()
	l.File = f.File
	fill(irp, l)
	irp.SetCompletionRoutine(func(*io.Device, *io.IRP, any) nt.Status {
		p.done = true
		return nt.StatusMoreProcessingRequired
	}, nil, true, true, true)
	io.CallDriver(d, irp)
	return p
}

func (p *pending) status() nt.Status {
	if !p.done {
		return nt.StatusPending
	}
	return p.irp.IoStatus.Status
}

// sleep lets seconds pass.
func (w *world) sleep(seconds int64) { ke.Delay(ke.KernelMode, false, -seconds*10_000_000) }
