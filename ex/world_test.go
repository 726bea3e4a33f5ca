package ex

import (
	"fmt"
	"runtime/debug"
	"testing"

	"gont/arc"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
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

var memory = make(machine, 2048)

const tick = 100_000

// world is a system after P1.10, on a clock of its own. The test's body runs in a
// system thread, the test's goroutine is the idle thread.
type world struct {
	t    *testing.T
	now  uint64
	done bool
}

func simulate(t *testing.T, body func(w *world)) {
	t.Helper()
	w := &world{t: t, now: tick}
	if err := mm.Initialize(memory, []mm.Run{{Type: arc.LoaderFree, Base: 256, Size: uint64(len(memory)) - 256}}, 0); err != nil {
		t.Fatal(err)
	}
	mm.InitializePool(false)
	root, _ := mm.AllocatePage(mm.UsePageTable, true)
	mm.SetKernelRoot(root)
	idle := ke.Initialize(ke.Hooks{Now: func() uint64 { return w.now }, Panic: func(th *ke.Thread, r any) {
		panic(fmt.Sprintf("%s panics: %v\n%s", th.Name, r, debug.Stack())) // it may hold locks
	}})
	ps.BeforeUser = nil
	for _, s := range []nt.Status{ob.InitSystem0(), ps.InitTokens(), ps.InitSystem0(idle), ob.InitSystem1()} {
		if !s.OK() {
			t.Fatal(s)
		}
	}
	var s nt.Status
	if CallbackType, s = ob.CreateType(ob.Type{Name: "Callback"}); !s.OK() {
		t.Fatal(s)
	}
	InitializeCompletion()
	InitializeWorkers()
	ob.Deferred = InitializeDeferredDeletion(ob.DeleteDeferred)
	w.start("test", ke.NormalPriority, func() {
		body(w)
		w.done = true
	})
	for ticks := 0; !w.done; ticks++ {
		ke.RunReady()
		if w.done {
			break
		}
		if ticks > 200_000 {
			t.Fatal("it does not end")
		}
		w.now += tick
		ke.Tick(1, false)
	}
	packets.Delete()
}

// start makes and starts a thread of the system.
func (w *world) start(name string, priority int, body func()) *ps.Thread {
	th := ps.CreateSystemThread(name, priority, func(*ps.Thread) { body() })
	ke.StartThread(th.Thread)
	return th
}

// settle lets everybody else come to rest; sleep waits for some ticks.
func (w *world) settle()     { ke.Delay(ke.KernelMode, false, -1) }
func (w *world) sleep(n int) { ke.Delay(ke.KernelMode, false, -int64(n)*tick) }

func (w *world) expect(what string, got, want any) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s: %v, want %v", what, got, want)
	}
}
