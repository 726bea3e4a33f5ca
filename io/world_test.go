package io

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"unsafe"

	"gont/arc"
	"gont/ex"
	"gont/hal"
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

const tick = 100_000

// world is a system after P1.34, on a clock of its own. The test's body runs in a
// thread of a program, the test's goroutine is the idle thread.
type world struct {
	t    *testing.T
	now  atomic.Uint64
	done atomic.Bool
	p    *ps.Process
	born func() // a thread's first act, nil: nothing
	poll func() // what interrupts have left to do: in loops that do not wait
}

// simulate runs body on one processor, whose threads take turns.
func simulate(t *testing.T, body func(w *world)) {
	t.Helper()
	w := &world{t: t}
	w.now.Store(tick)
	w.initialize(ke.Hooks{Now: w.now.Load, Panic: func(th *ke.Thread, r any) {
		panic(fmt.Sprintf("%s panics: %v\n%s", th.Name, r, debug.Stack())) // it may hold locks
	}})
	w.begin(func(w *world) {
		body(w)
		w.done.Store(true)
	})
	w.run()
}

// initialize brings the system up on the first processor.
func (w *world) initialize(hooks ke.Hooks) {
	t := w.t
	if err := mm.Initialize(memory, []mm.Run{{Type: arc.LoaderFree, Base: 256, Size: uint64(len(memory)) - 256}}, 0); err != nil {
		t.Fatal(err)
	}
	mm.InitializePool(false)
	root, _ := mm.AllocatePage(mm.UsePageTable, true)
	mm.SetKernelRoot(root)
	idle := ke.Initialize(hooks)
	ps.BeforeUser = nil
	for _, s := range []nt.Status{ob.InitSystem0(), ps.InitTokens(), ps.InitSystem0(idle), ob.InitSystem1(), ex.CreateTypes(), ex.CreateIoCompletionType(), CreateTypes(), InitSystem()} {
		if !s.OK() {
			t.Fatal(s)
		}
	}
	ex.InitializeCompletion()
	ps.RunUser = w.bodies
	ps.ForgetContext = nil
	timers.first, timers.running, timers.timer = nil, 0, nil
}

// begin makes the program, whose first thread runs body.
func (w *world) begin(body func(w *world)) {
	t := w.t
	ex.InitializeWorkers()
	ob.Deferred = ex.InitializeDeferredDeletion(ob.DeleteDeferred)
	p, s := ps.CreateProcess(ps.System, "test.exe", nil, nil, false)
	if !s.OK() {
		t.Fatal(s)
	}
	p.Object.Reference()
	w.p = p
	if _, _, s := p.Space.Allocate(dataAt, dataPages*mm.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite); !s.OK() {
		t.Fatal(s)
	}
	w.user("test", func(*ps.Thread) { body(w) })
}

const (
	dataAt    = 0x10000
	dataPages = 64
)

// bodies has what user threads do instead of running in ring 3.
var threadBodies = map[*ps.Thread]func(*ps.Thread){}
var bodiesLock ke.SpinLock

func (w *world) bodies(th *ps.Thread) {
	if w.born != nil {
		w.born()
	}
	bodiesLock.Lock()
	f := threadBodies[th]
	bodiesLock.Unlock()
	f(th)
}

// user starts a thread of the program. The caller owns no reference.
func (w *world) user(name string, body func(*ps.Thread)) *ps.Thread {
	th, s := ps.CreateThread(w.p, hal.NewContext(), 0)
	if !s.OK() {
		w.t.Fatal(s)
	}
	bodiesLock.Lock()
	threadBodies[th] = body
	bodiesLock.Unlock()
	ke.StartThread(th.Thread)
	return th
}

// wait waits for a thread to end.
func (w *world) wait(th *ps.Thread) { ke.WaitForSingleObject(th.Thread, ke.KernelMode, false, nil) }

// sleep waits for some ticks.
func (w *world) sleep(n int) { ke.Delay(ke.KernelMode, false, -int64(n)*tick) }

func (w *world) expect(what string, got, want any) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// run is the life of the idle thread until the test's body is done.
func (w *world) run() {
	for ticks := 0; !w.done.Load(); ticks++ {
		ke.RunReady()
		if w.done.Load() {
			return
		}
		if ticks > 400_000 {
			w.t.Fatal("it does not end")
		}
		w.now.Add(tick)
		ke.Tick(1, false)
	}
}

func (w *world) iosb(at uint64) (b nt.IoStatusBlock) {
	w.p.Space.ReadBytes(at, unsafe.Slice((*byte)(unsafe.Pointer(&b)), unsafe.Sizeof(b)))
	return b
}
