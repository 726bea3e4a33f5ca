package mm

import (
	"sync"
	"sync/atomic"
	"testing"

	"gont/arc"
)

// fakeMachine is an array that plays physical memory. It starts full of
// rubbish, as real memory does.
type fakeMachine struct {
	pages [][PageSize]byte
	root  uint32 // the kernel's page tables, for Zero
	// tlb, when there is one, has the translations that the processor may have
	// kept of the address space under test.
	tlb map[uint64]PTE
	// enough, when there is one, is asked after each page that Zero has cleared.
	enough func() bool
	// flushes counts calls of Flush for user addresses.
	flushes atomic.Int32
	// heap is the reserve of the kernel's heap, in pages, heapMost what fits.
	heap, heapMost uint64
	// unused are pages that the kernel's heap does not need any more.
	unused []uint32
}

func (m *fakeMachine) Page(pfn uint32) *[PageSize]byte { return &m.pages[pfn] }

// Flush forgets translations. Where a kept one leads must still be the address
// space's: nothing is given back before.
func (m *fakeMachine) Flush(root, va uint64, pages int) {
	if root != 0 {
		m.flushes.Add(1)
	}
	for end := va + uint64(pages)*PageSize; m.tlb != nil && va < end; va += PageSize {
		if kept, ok := m.tlb[va]; ok && pfns.pfn[kept.pfn()].list != Active {
			panic("a page was given back before all processors had forgotten it")
		}
		delete(m.tlb, va)
	}
}

// HeapPages: the kernel's heap has a reserve only where a test says so.
func (m *fakeMachine) HeapPages() (have, most uint64) { return m.heap, m.heapMost }

func (m *fakeMachine) GiveHeapPage(pfn uint32) bool {
	if m.heap == m.heapMost {
		return false
	}
	m.heap++
	return true
}

func (m *fakeMachine) HeapUnused() uint64 { return uint64(len(m.unused)) }

func (m *fakeMachine) ReleaseHeap(frames []uint32) int {
	n := copy(frames, m.unused)
	m.unused = m.unused[n:]
	return n
}

// Span looks at the page tables, and returns other memory: nothing here can make
// pages lie behind each other.
func (m *fakeMachine) Span(va uint64, pages int) []byte {
	for i := range pages {
		if p := walk(m.root, va+uint64(i)*PageSize, false); p == nil || *p&(PtePresent|PteWrite|PteNoExecute|PteUser) != PtePresent|PteWrite|PteNoExecute {
			panic("Span of pages that are not mapped for the kernel")
		}
	}
	if p := walk(m.root, va+uint64(pages)*PageSize, false); p != nil && *p != 0 {
		panic("no hole behind the pages")
	}
	return make([]byte, pages*PageSize)
}

// Zero follows the page tables as the processor would, and ends early if enough
// says so.
func (m *fakeMachine) Zero(va uint64, pages int) (done int) {
	for done < pages && (done == 0 || m.enough == nil || !m.enough()) {
		p := walk(m.root, va+uint64(done)*PageSize, false)
		const want = PtePresent | PteWrite | PteNoExecute
		if p == nil || *p&want != want || *p&PteUser != 0 {
			panic("Zero of a page that is not mapped for the kernel")
		}
		clear(m.pages[p.pfn()][:])
		done++
	}
	return done
}

// arrays are kept: one is enough for all tests, as no two run at a time.
var (
	arrayLock sync.Mutex
	array     [][PageSize]byte
)

var rubbish = func() (p [PageSize]byte) {
	for i := range p {
		p[i] = 0xA5
	}
	return p
}()

func newMachine(frames int) *fakeMachine {
	arrayLock.Lock()
	defer arrayLock.Unlock()
	if len(array) < frames {
		array = make([][PageSize]byte, frames)
	}
	m := &fakeMachine{pages: array[:frames:frames]}
	for i := range m.pages {
		m.pages[i] = rubbish
	}
	return m
}

// boot makes a machine with frames of memory, all free but the first MiB, and
// the kernel's page tables.
func boot(t testing.TB, frames int) *fakeMachine {
	t.Helper()
	m := newMachine(frames)
	err := Initialize(m, []Run{
		{arc.LoaderFirmwarePermanent, 0, 1},
		{arc.LoaderOsloaderHeap, 1, 15},
		{arc.LoaderSpecialMemory, 16, 240},
		{arc.LoaderFree, 256, uint64(frames) - 256},
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	setKernelRoot(t, m)
	return m
}

func setKernelRoot(t testing.TB, m *fakeMachine) {
	t.Helper()
	root, ok := AllocatePage(UsePageTable, true)
	if !ok {
		t.Fatal("no page for the kernel's tables")
	}
	m.root = root
	SetKernelRoot(root)
	VerifyZero = true
	InitializePool(false)
	check(t)
}

func check(t testing.TB) {
	t.Helper()
	if err := CheckAll(); err != nil {
		t.Fatal(err)
	}
}

// same compares the counts with those from before, but for which list a free
// page is on.
func same(t testing.TB, before Counts) {
	t.Helper()
	check(t)
	now := QueryCounts()
	if now.Available() != before.Available() {
		t.Errorf("%d pages are available, %d were before", now.Available(), before.Available())
	}
	if now.Uses != before.Uses {
		t.Errorf("uses are %v, were %v", now.Uses, before.Uses)
	}
}

// drain takes all pages but keep, and returns them.
func drain(t testing.TB, keep uint64) (pages []uint32) {
	t.Helper()
	for QueryCounts().Available() > keep {
		n, ok := AllocatePage(UseShared, false)
		if !ok {
			t.Fatal("pages are available, but cannot be had")
		}
		pages = append(pages, n)
	}
	return pages
}

func panics(f func()) (r any) {
	defer func() { r = recover() }()
	f()
	return nil
}
