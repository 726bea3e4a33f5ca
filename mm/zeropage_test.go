package mm

import (
	"runtime"
	"sync"
	"testing"

	"gont/nt"
)

// fakeEvent is a synchronization event. The zero-page thread never ends, so the
// event ends its goroutine when asked to.
type fakeEvent struct {
	mu     sync.Mutex
	cond   *sync.Cond
	signal bool
	end    bool
	sets   int
	asleep bool
}

func newFakeEvent() *fakeEvent {
	e := &fakeEvent{}
	e.cond = sync.NewCond(&e.mu)
	return e
}

func (e *fakeEvent) Set() int32 {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.signal = true
	e.asleep = false
	e.sets++
	e.cond.Broadcast()
	return 0
}

func (e *fakeEvent) Wait() {
	e.mu.Lock()
	e.asleep = !e.signal
	e.cond.Broadcast()
	for !e.signal && !e.end {
		e.cond.Wait()
	}
	e.signal = false
	end := e.end
	e.mu.Unlock()
	if end {
		runtime.Goexit()
	}
}

// idle waits until the zero-page thread waits.
func (e *fakeEvent) idle() {
	e.mu.Lock()
	for !e.asleep {
		e.cond.Wait()
	}
	e.mu.Unlock()
}

func (e *fakeEvent) stop() {
	e.mu.Lock()
	e.end = true
	e.cond.Broadcast()
	e.mu.Unlock()
}

// TestZeroFreePages: as many as asked for, and 0 when no free page is left; it
// yields after every batch, and a batch is no more than an eighth of what is there.
func TestZeroFreePages(t *testing.T) {
	m := boot(t, 700)
	if !PrepareZeroing(m.root) {
		t.Fatal("no page tables")
	}
	free := QueryCounts().Lists[FreeList]
	const want = 200
	yields, left := 0, free
	n := ZeroFreePages(m.root, want, func() {
		yields++
		now := QueryCounts().Lists[FreeList]
		if k, most := left-now, QueryCounts().Available()/8+1; k == 0 || k > most {
			t.Errorf("a batch of %d pages, want %d at most", k, most)
		}
		left = now
	})
	if c := QueryCounts(); n != want || c.Lists[FreeList] != free-want || c.Lists[ZeroedList] < want || yields < 2 {
		t.Errorf("%d pages zeroed, %d of %d are left, yielded %d times", n, c.Lists[FreeList], free, yields)
	}
	if n := ZeroFreePages(m.root, 1<<20, func() {}); uint64(n) != free-want {
		t.Errorf("%d pages zeroed of %d", n, free-want)
	}
	if n := ZeroFreePages(m.root, 1, func() {}); n != 0 {
		t.Errorf("%d pages zeroed of none", n)
	}
	if err := Check(); err != nil {
		t.Error(err)
	}
}

// TestZeroGivesWay (P1.47): when the processor is wanted in the middle of a batch,
// the pages that were zeroed are on the zeroed list, the others on the free list,
// and the thread yields, before it takes another page.
func TestZeroGivesWay(t *testing.T) {
	m := boot(t, 700)
	if !PrepareZeroing(m.root) {
		t.Fatal("no page tables")
	}
	before := QueryCounts().Lists
	_, _, gave0, _ := ZeroThreadCounters()
	cleared, wanted := 0, false
	m.enough = func() bool {
		cleared++
		wanted = cleared%5 == 0
		return wanted
	}
	n := ZeroFreePages(m.root, 32, func() {
		c := QueryCounts().Lists
		if got := c[ZeroedList] - before[ZeroedList]; c[FreeList]+got != before[FreeList] || c[Active] != before[Active] {
			t.Fatalf("while others run: %v, before %v", c, before)
		}
		if !wanted && cleared < 30 {
			t.Fatalf("it yields after %d pages, which nobody wanted", cleared)
		}
		for n := pfns.head[ZeroedList]; n != noPage; n = pfns.pfn[n].next {
			if m.pages[n] != [PageSize]byte{} {
				t.Fatalf("page %d is on the list and not zero", n)
			}
		}
		wanted = false
	})
	if _, _, gave, _ := ZeroThreadCounters(); n != 32 || gave == gave0 {
		t.Errorf("%d pages, gave way %d times", n, gave-gave0)
	}
	if err := Check(); err != nil {
		t.Error(err)
	}
}

// TestZeroPageThread: it zeroes all free pages, sleeps, and wakes when enough
// have been freed, not for each.
func TestZeroPageThread(t *testing.T) {
	m := boot(t, 700)
	zeroed0, wakeups0, _, _ := ZeroThreadCounters()
	e := newFakeEvent()
	ended := make(chan struct{})
	yields := 0
	go func() {
		defer close(ended)
		ZeroPageThread(m.root, e, func() { yields++ })
	}()
	defer func() {
		e.stop()
		<-ended
		pfns.mu.Lock()
		pfns.zeroing = nil
		pfns.mu.Unlock()
	}()
	e.idle()
	c := QueryCounts()
	if c.Lists[FreeList] != 0 || c.Lists[ZeroedList] == 0 {
		t.Fatalf("lists %v", c.Lists)
	}
	check(t)
	for n := pfns.head[ZeroedList]; n != noPage; n = pfns.pfn[n].next {
		if m.pages[n] != [PageSize]byte{} {
			t.Fatalf("page %d is not zero", n)
		}
	}
	zeroed, wakeups, _, running := ZeroThreadCounters()
	if zeroed-zeroed0 != c.Lists[ZeroedList] || wakeups != wakeups0 || running != 1 {
		t.Errorf("%d pages, %d wake-ups, running %d", zeroed-zeroed0, wakeups-wakeups0, running)
	}
	if yields < 2 {
		t.Errorf("it yielded %d times", yields)
	}
	for i := range uint64(ZeroBatch) {
		if p := walk(m.root, ZeroWindow+i*PageSize, false); p == nil || *p != 0 {
			t.Errorf("slot %d of the window is left mapped", i)
		}
	}

	// Fewer pages than the threshold do not wake it; one more does.
	a, _ := NewAddressSpace()
	a.Allocate(0x100000, 64*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	fill := func(n int) {
		for i := range n {
			if _, s := a.WriteBytes(0x100000+uint64(i)*PageSize, []byte{1, 2, 3}); !s.OK() {
				t.Fatal(s)
			}
		}
	}
	fill(zeroThreshold)
	sets := e.sets
	a.Free(0x100000, (zeroThreshold-1)*PageSize, nt.MemDecommit)
	SignalZeroing()
	if e.sets != sets {
		t.Error("woken below the threshold")
	}
	if n := QueryCounts().Lists[FreeList]; n != zeroThreshold-1 {
		t.Errorf("%d pages are free", n)
	}
	a.Free(0x100000+(zeroThreshold-1)*PageSize, PageSize, nt.MemDecommit)
	SignalZeroing()
	if e.sets != sets+1 {
		t.Errorf("set %d times", e.sets-sets)
	}
	e.idle()
	SignalZeroing() // nothing to do: no second time
	if e.sets != sets+1 {
		t.Error("set for nothing")
	}
	if n := QueryCounts().Lists[FreeList]; n != 0 {
		t.Errorf("%d pages are left", n)
	}
	if _, wakeups, _, _ := ZeroThreadCounters(); wakeups-wakeups0 != 1 {
		t.Errorf("%d wake-ups", wakeups-wakeups0)
	}

	// Destroy and Delete signal by themselves.
	a.Allocate(0x100000, 64*PageSize, nt.MemCommit, nt.PageReadWrite)
	fill(40)
	sets = e.sets
	a.Destroy()
	if e.sets != sets+1 {
		t.Errorf("Destroy set the event %d times", e.sets-sets)
	}
	e.idle()
	check(t)
	if c := QueryCounts(); c.Lists[FreeList] != 0 {
		t.Errorf("lists %v", c.Lists)
	}
	// VerifyZero looks at what comes from the list.
	for range 100 {
		n, ok := AllocatePage(UsePrivate, true)
		if !ok {
			t.Fatal("no page")
		}
		m.pages[n][0] = 1
		defer FreePage(n)
	}
}

// TestZeroBatchNotices a page that changed hands while it was zeroed, or was given
// back unzeroed.
func TestZeroBatchNotices(t *testing.T) {
	for _, which := range []uint64{0, 1} {
		m := boot(t, 512)
		z := newZeroer(m.root)
		machine = &thief{m, which}
		defer func() { machine = m }()
		r := panics(func() { z.zeroBatch(2) })
		if _, ok := r.(ListCorrupt); !ok {
			t.Errorf("page %d of the batch: panic %v", which, r)
		}
	}
}

// thief takes a page of the batch away while the first is being zeroed.
type thief struct {
	*fakeMachine
	which uint64
}

func (m *thief) Zero(va uint64, _ int) int {
	n := walk(m.root, va+m.which*PageSize, false).pfn()
	m.fakeMachine.Zero(va, 1)
	pfns.pfn[n].list = StandbyList
	return 1
}

// TestZeroWindowWithoutMemory stops the system with a sentence.
func TestZeroWindowWithoutMemory(t *testing.T) {
	m := boot(t, 512)
	drain(t, 0)
	if r := panics(func() { ZeroPageThread(m.root, newFakeEvent(), func() {}) }); r != "mm: no page table for the zeroing window" {
		t.Errorf("panic %v", r)
	}
}

// TestPrepareZeroing (P1.18): the zeroing window's table is there before programs
// can take every page; without a page it says so.
func TestPrepareZeroing(t *testing.T) {
	m := boot(t, 320)
	if walk(m.root, ZeroWindow, false) != nil {
		t.Fatal("the window has a table already")
	}
	if !PrepareZeroing(m.root) || walk(m.root, ZeroWindow+(ZeroBatch-1)*PageSize, false) == nil {
		t.Error("no table")
	}
	m = boot(t, 320)
	for ok := true; ok; {
		_, ok = AllocatePage(UsePrivate, false)
	}
	if PrepareZeroing(m.root) {
		t.Error("a table out of nothing")
	}
}
