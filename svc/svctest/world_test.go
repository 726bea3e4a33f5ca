package svctest

import (
	"fmt"
	"runtime/debug"
	"testing"

	"gont/arc"
	"gont/arc/options"
	"gont/cm/control"
	"gont/ex"
	"gont/fs/partition"
	"gont/hal"
	"gont/io"
	"gont/io/drivers/disk"
	"gont/io/order"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/pp"
	"gont/ps"
	"gont/svc"
	"gont/svc/system"
)

// machine is an array that plays physical memory.
type machine [][mm.PageSize]byte

func (m machine) Page(pfn uint32) *[mm.PageSize]byte { return &m[pfn] }
func (m machine) Flush(root, va uint64, pages int)   {}
func (m machine) Zero(uint64, int) int               { panic("nobody zeroes here") }
func (m machine) HeapPages() (have, most uint64)     { return 1 << 20, 1 << 20 }
func (m machine) GiveHeapPage(uint32) bool           { return false }
func (machine) HeapUnused() uint64                   { return 0 }
func (machine) ReleaseHeap([]uint32) int             { return 0 }
func (m machine) Span(_ uint64, pages int) []byte    { return make([]byte, pages*mm.PageSize) }

var frames = make(machine, 4096)

const tick = ke.TimeIncrement

// world is a system after P1.18, on a clock of its own, with one program. The test's
// goroutine is the idle thread; the program's thread runs the test's body instead of
// ring 3.
type world struct {
	t         testing.TB
	now       uint64
	done      bool
	displayed string
	variables map[string]string
	crashed   []nt.Status
	call      svc.Call
}

// The program's memory: a page for arguments on the stack, and data, of which the last
// page but one may be read only and the last is a hole.
const (
	stackAt   = 0x20000
	dataAt    = 0x30000
	dataPages = 16
	readOnly  = dataAt + (dataPages-2)*mm.PageSize
	hole      = dataAt + (dataPages-1)*mm.PageSize
)

// simulate runs body in the program's thread.
func simulate(t testing.TB, body func(w *world)) {
	t.Helper()
	w := &world{t: t, now: tick}
	if err := mm.Initialize(frames, []mm.Run{{Type: arc.LoaderFree, Base: 256, Size: uint64(len(frames)) - 256}}, 0); err != nil {
		t.Fatal(err)
	}
	mm.InitializePool(false)
	root, _ := mm.AllocatePage(mm.UsePageTable, true)
	mm.SetKernelRoot(root)
	idle := ke.Initialize(ke.Hooks{Now: func() uint64 { return w.now }, Panic: func(th *ke.Thread, r any) {
		panic(fmt.Sprintf("%s panics: %v\n%s", th.Name, r, debug.Stack())) // it may hold locks
	}})
	ps.RunUser = func(th *ps.Thread) {
		if w.call.Thread == th {
			body(w)
			w.done = true
		}
	}
	ps.LeaveSpace, ps.ForgetContext, ps.BeforeUser = func(*mm.AddressSpace) {}, func(*hal.Context) {}, nil
	w.hooks()
	for _, s := range []nt.Status{ob.InitSystem0(), ps.InitTokens(), ps.InitSystem0(idle), ob.InitSystem1(), ex.CreateTypes(), ex.CreateIoCompletionType(), mm.CreateSectionType(), io.CreateTypes(), io.InitSystem(), ps.InitSystem1()} {
		if !s.OK() {
			t.Fatal(s)
		}
	}
	startRegistry(t)
	startDrivers(t)
	ex.InitializeCompletion()
	ex.InitializeWorkers()
	ob.Deferred = ex.InitializeDeferredDeletion(ob.DeleteDeferred)
	starter := ps.CreateSystemThread("starter", ke.NormalPriority, func(*ps.Thread) { w.start() })
	ke.StartThread(starter.Thread)
	for ticks := 0; !w.done; ticks++ {
		if ke.RunReady(); w.done {
			break
		}
		if ticks > 1_000_000 {
			t.Fatal("the program waits for ever")
		}
		w.now += tick
		ke.Tick(1, false)
	}
	if err := mm.Check(); err != nil {
		t.Error(err)
	}
}

// hooks are what the kernel hands the wings.
func (w *world) hooks() {
	system.Machine.Product = "model"
	system.Machine.Counter = func() int64 { return int64(w.now) * 100 }
	system.Machine.Interrupts = func(int) uint64 { return 0 }
	system.Machine.RealTime = func() (uint64, bool) { return 1 << 56, true }
	system.Machine.Processor = func() system.Processor { return system.Processor{Brand: "model"} }
	system.Machine.Display = func(s string) nt.Status { w.displayed += s; return nt.StatusSuccess }
	system.Machine.Shutdown = func(uint32) { panic("shutdown") }
	w.variables = map[string]string{}
	system.Machine.SetEnvironment = func(name, value string) nt.Status {
		if name != nt.BootNextVariable {
			return nt.StatusVariableNotFound
		}
		w.variables[name] = value
		return nt.StatusSuccess
	}
	system.Machine.HardError = func(s nt.Status, _ [3]uint64) { w.crashed = append(w.crashed[:0], s) }
	system.Tables.Trace = func() []ex.Record {
		return []ex.Record{{ID: "P0.1", Duration: 2000}, {ID: "P1.9", Start: 5000, Processor: 1, Status: nt.StatusNoMemory}}
	}
	system.Tables.Options = func() *options.Options { return options.Parse("SOS YEAR=2030 FROB") }
	system.Tables.Drivers = func() []io.Record {
		return []io.Record{{Service: io.Service{Driver: order.Driver{Name: "null", Group: "Base", Tag: 3}, Start: 1}, File: "null.sys", Order: 1}, {Service: io.Service{Driver: order.Driver{Name: "x"}}, Status: nt.StatusNoMemory, Reason: "no room"}}
	}
	system.Tables.Devices = func() []pp.Information {
		return []pp.Information{{Path: "root"}, {Path: "bus", Depth: 1}, {Path: "card", Depth: 2, Resources: []io.Resource{{Kind: io.PortResource, Start: 0x3F8, Length: 8}}}, {Path: "other", Depth: 1, Problem: pp.Disabled}}
	}
	system.Tables.Interrupts = func() []io.InterruptInformation {
		return []io.InterruptInformation{{Name: "serial", Vector: hal.Vector{Number: 0x60}, Line: hal.Line{Number: 4, Level: true}, Came: 5, Served: 4}, {Name: "card", Message: true}}
	}
	system.Tables.Disks = func() []disk.DiskInfo {
		return []disk.DiskInfo{{Number: 1, Name: "model", Driver: "port", Sectors: 9, Partitions: []disk.PartitionInfo{{Partition: partition.Partition{Number: 2, Type: 0x0C, Sectors: 7}, Device: "v"}}}}
	}
	system.Tables.Control = func() *control.Vector {
		return control.Read(func(string, string) (uint32, []byte, bool) { return 0, nil, false })
	}
}

// start makes the program: a process without an image, its memory, its thread.
func (w *world) start() {
	must := func(s nt.Status) {
		if !s.OK() {
			panic(s)
		}
	}
	_, s := ob.CreateDirectory(`\Callback`)
	must(s)
	must(ex.CreateCritSecEvent())
	o, s := ex.CreateCallback(`\Callback\SetSystemTime`, true, true)
	must(s)
	ex.TimeCallback = o.Body.(*ex.Callback)
	p, s := ps.CreateProcess(ps.System, "program", nil, ps.SystemToken, false)
	must(s)
	for at, pages := range map[uint64]uint64{stackAt: 1, dataAt: dataPages} {
		_, _, s = p.Space.Allocate(at, pages*mm.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		must(s)
	}
	_, _, _, s = p.Space.Protect(readOnly, mm.PageSize, nt.PageReadOnly)
	must(s)
	_, _, s = p.Space.Free(hole, mm.PageSize, nt.MemDecommit)
	must(s)
	c := hal.NewContext()
	c.Rip, c.Rsp = 0x10000, stackAt+0x800
	th, s := ps.CreateThread(p, c, 0)
	must(s)
	w.call.Thread, w.call.Context = th, c
	ke.StartThread(th.Thread)
}

// service calls a service as the kernel does: the first four arguments in registers, the
// others on the program's stack.
func (w *world) service(n nt.Service, args ...uint64) nt.Status {
	c := &w.call
	regs := []*uint64{&c.Context.R10, &c.Context.Rdx, &c.Context.R8, &c.Context.R9}
	for i, v := range args {
		if i < len(regs) {
			*regs[i] = v
		} else if s := svc.Put(c.Thread, c.Context.Rsp+8*uint64(i+1), &v); !s.OK() {
			w.t.Fatalf("argument %d: %v", i+1, s)
		}
	}
	s := c.Begin(max(n.Arguments()-svc.InRegisters, 0))
	if s.OK() {
		c.Thread.Service = uint32(n) + 1
		s = routines[n](c)
		c.Thread.Service, c.Thread.Continued = 0, false
	}
	if irql, held := ke.CurrentIrql(), ke.HeldLocks(); irql != ke.PassiveLevel || held != 0 {
		w.t.Fatalf("%v has returned at IRQL %d with %d locks", n, irql, held)
	}
	return s
}

// put and get are the program's own accesses to its memory.
func put[T any](w *world, va uint64, v T) uint64 {
	if s := svc.Put(w.call.Thread, va, &v); !s.OK() {
		w.t.Fatalf("the program cannot write to %#x: %v", va, s)
	}
	return va
}

func get[T any](w *world, va uint64) (v T) {
	if s := svc.Get(w.call.Thread, va, &v); !s.OK() {
		w.t.Fatalf("the program cannot read %#x: %v", va, s)
	}
	return v
}
