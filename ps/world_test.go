package ps

import (
	"fmt"
	"runtime/debug"
	"testing"

	"gont/arc"
	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
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
func (m machine) Span(uint64, int) []byte            { panic("nobody needs large blocks here") }

var memory = make(machine, 2048)

const tick = 100_000

// world is a system with Idle and System, on a clock of its own. The test's
// body runs in a system thread, the test's goroutine is the idle thread.
type world struct {
	t       *testing.T
	now     uint64
	done    bool
	left    []*mm.AddressSpace // what LeaveSpace was called for
	forgot  []*hal.Context
	bodies  map[*Thread]func(*Thread)
	section *ob.Type
}

func simulate(t *testing.T, body func(w *world)) {
	t.Helper()
	w := &world{t: t, now: tick, bodies: map[*Thread]func(*Thread){}}
	if err := mm.Initialize(memory, []mm.Run{{Type: arc.LoaderFree, Base: 256, Size: uint64(len(memory)) - 256}}, 0); err != nil {
		t.Fatal(err)
	}
	root, _ := mm.AllocatePage(mm.UsePageTable, true)
	mm.SetKernelRoot(root)
	idle := ke.Initialize(ke.Hooks{Now: func() uint64 { return w.now }, Panic: func(th *ke.Thread, r any) {
		panic(fmt.Sprintf("%s panics: %v\n%s", th.Name, r, debug.Stack())) // it may hold locks
	}})
	RunUser = func(t *Thread) {
		if f := w.bodies[t]; f != nil {
			f(t)
		}
	}
	LeaveSpace = func(a *mm.AddressSpace) { w.left = append(w.left, a) }
	ForgetContext = func(c *hal.Context) { w.forgot = append(w.forgot, c) }
	BeforeUser = nil
	for _, s := range []nt.Status{ob.InitSystem0(), InitTokens(), InitSystem0(idle), ob.InitSystem1()} {
		if !s.OK() {
			t.Fatal(s)
		}
	}
	var s nt.Status
	if w.section, s = ob.CreateType(ob.Type{Name: "Section", Delete: func(o *ob.Object) { o.Body.(*mm.Section).Delete() }}); !s.OK() {
		t.Fatal(s)
	}
	ke.StartThread(CreateSystemThread("test", ke.NormalPriority, func(*Thread) {
		body(w)
		w.done = true
	}).Thread)
	for ticks := 0; !w.done; ticks++ {
		ke.RunReady()
		if w.done {
			break
		}
		if ke.NextTimer() == 0 || ticks > 100_000 {
			t.Fatal("everybody waits and no timer is set")
		}
		w.now += tick
		ke.Tick(1, false)
	}
	ke.RunReady()
	if err := mm.Check(); err != nil {
		t.Error(err)
	}
}

// settle lets everybody else come to rest.
func (w *world) settle() { ke.Delay(ke.KernelMode, false, -1) }

func (w *world) expect(what string, got, want any) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// process makes a process with some memory in use.
func (w *world) process(name string) *Process {
	w.t.Helper()
	p, s := CreateProcess(System, name, nil, SystemToken, false)
	if !s.OK() {
		panic(s)
	}
	base, _, s := p.Space.Allocate(0, 5*mm.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		panic(s)
	}
	if _, s := p.Space.WriteBytes(base, make([]byte, 5*mm.PageSize)); !s.OK() {
		panic(s)
	}
	return p
}

// thread makes a user thread that runs body instead of ring 3. The reference
// that the creator gets is given back.
func (w *world) thread(p *Process, body func(*Thread)) *Thread {
	w.t.Helper()
	t, s := CreateThread(p, new(hal.Context), 0x7000)
	if !s.OK() {
		panic(s)
	}
	w.bodies[t] = body
	return t
}

// totals is what must be as before when all processes have gone.
type totals struct {
	pages                                    uint64
	processes, threads, handles, activeCount int
	tokenPointers                            int
	cidCount                                 int
}

func (w *world) totals() (x totals) {
	x.pages = mm.QueryCounts().Available()
	x.processes, x.handles = ProcessType.Counts()
	x.threads, _ = ThreadType.Counts()
	x.tokenPointers, _ = SystemToken.Counts()
	x.activeCount = len(actives())
	x.cidCount = len(cids)
	return x
}

// actives is the active list, without references.
func actives() []*Process {
	list := Active()
	Release(list)
	return list
}
