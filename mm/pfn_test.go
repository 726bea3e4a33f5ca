package mm

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"gont/arc"
)

// TestAllocateRandom allocates and frees pages in random order: no page is given
// out twice, a zeroed page is zero, and the lists stay whole.
func TestAllocateRandom(t *testing.T) {
	m := boot(t, 2048)
	before := QueryCounts()
	r := rand.New(rand.NewPCG(1, 2))
	var held []uint32
	owned := map[uint32]bool{}
	for i := range 20000 {
		if r.IntN(100) < 52 {
			zeroed := r.IntN(2) == 0
			n, ok := AllocatePage(Use(1+r.IntN(int(numUses)-1)), zeroed)
			if !ok {
				if QueryCounts().Available() != 0 {
					t.Fatal("no page, although there are some")
				}
				continue
			}
			if owned[n] {
				t.Fatalf("page %d was given out twice", n)
			}
			if n < 256 {
				t.Fatalf("page %d is not free memory", n)
			}
			if zeroed && m.pages[n] != [PageSize]byte{} {
				t.Fatalf("page %d is not zero", n)
			}
			m.pages[n][i%PageSize] = 1
			owned[n], held = true, append(held, n)
		} else if len(held) > 0 {
			k := r.IntN(len(held))
			n := held[k]
			held[k] = held[len(held)-1]
			held = held[:len(held)-1]
			delete(owned, n)
			FreePage(n)
		}
		if i%500 == 0 {
			if err := Check(); err != nil { // nobody maps these pages: CheckAll would say so
				t.Fatal(err)
			}
		}
	}
	if got := FreePages(held); got != len(held) {
		t.Errorf("FreePages gave back %d of %d", got, len(held))
	}
	same(t, before)
}

// TestExhaustion: the last page can be had, the next not, and nothing breaks.
func TestExhaustion(t *testing.T) {
	boot(t, 512)
	before := QueryCounts()
	pages := drain(t, 0)
	for _, zeroed := range []bool{false, true} {
		if _, ok := AllocatePage(UsePrivate, zeroed); ok {
			t.Error("a page came from nowhere")
		}
	}
	FreePage(pages[0])
	n, ok := AllocatePage(UsePrivate, true)
	if !ok || n != pages[0] {
		t.Errorf("got page %d, %v, want %d", n, ok, pages[0])
	}
	FreePages(pages)
	same(t, before)
}

// TestListCorrupt: freeing twice, and pages that contradict their list.
func TestListCorrupt(t *testing.T) {
	want := func(r any, text string) {
		t.Helper()
		var lc ListCorrupt
		if err, ok := r.(error); !ok || !errors.As(err, &lc) || !strings.Contains(err.Error(), text) {
			t.Errorf("got %v, want a ListCorrupt with %q", r, text)
		}
	}
	boot(t, 512)
	n, _ := AllocatePage(UsePrivate, false)
	FreePage(n)
	want(panics(func() { FreePage(n) }), "is on list free, expected active")
	pfns.mu.Unlock() // the system has stopped with it
	want(panics(func() { dropShare(n, false) }), "expected active")

	boot(t, 512)
	pfns.pfn[pfns.head[FreeList]].list = ModifiedList
	if err := Check(); err == nil {
		t.Error("Check found nothing")
	}
	want(panics(func() { AllocatePage(UsePrivate, false) }), "is on list modified, expected free")
	pfns.mu.Unlock()
}

// TestCheckNotices every kind of damage.
func TestCheckNotices(t *testing.T) {
	for name, damage := range map[string]func(){
		"count":      func() { pfns.count[FreeList]++ },
		"uses":       func() { pfns.uses[UsePrivate]++ },
		"use":        func() { pfns.pfn[300].use = UsePrivate; pfns.pfn[300].list = Active },
		"prev":       func() { pfns.pfn[pfns.tail[FreeList]].prev = noPage },
		"next":       func() { pfns.pfn[pfns.tail[FreeList]].next = pfns.head[FreeList] },
		"cut":        func() { pfns.pfn[pfns.head[FreeList]].next = noPage },
		"wrong list": func() { pfns.head[ZeroedList] = pfns.head[FreeList] },
	} {
		boot(t, 512)
		damage()
		if Check() == nil {
			t.Errorf("%s: Check found nothing", name)
		}
	}
}

// TestVerifyZero: a page of the zeroed list that is not zero is noticed.
func TestVerifyZero(t *testing.T) {
	m := boot(t, 512)
	n := pfns.head[FreeList]
	clear(m.pages[n][:])
	pfns.unlink(n)
	pfns.link(n, ZeroedList)
	m.pages[n][4000] = 7
	r := panics(func() { AllocatePage(UsePrivate, true) })
	if s, ok := r.(string); !ok || !strings.Contains(s, "0x7 at offset 0xfa0") {
		t.Errorf("got %v", r)
	}
}

// TestPreferences: zeroed pages are kept for those who ask for them.
func TestPreferences(t *testing.T) {
	boot(t, 512)
	z := pfns.head[FreeList]
	pfns.unlink(z)
	pfns.link(z, ZeroedList)
	clear(machine.Page(z)[:])
	if n, _ := AllocatePage(UsePrivate, false); n == z {
		t.Error("a zeroed page for somebody who did not ask")
	}
	if n, _ := AllocatePage(UsePrivate, true); n != z {
		t.Error("the zeroed page was not used")
	}
	if n, ok := AllocatePage(UsePrivate, true); !ok || *machine.Page(n) != [PageSize]byte{} {
		t.Error("a free page was not zeroed")
	}
}

// TestNames: every list and use has a name.
func TestNames(t *testing.T) {
	for l := range numLists {
		if l.String() == "" {
			t.Errorf("list %d", l)
		}
	}
	for u := range numUses {
		if u.String() == "" {
			t.Errorf("use %d", u)
		}
	}
}

// TestInitialize with descriptor lists of all shapes.
func TestInitialize(t *testing.T) {
	const frames = 2048
	type lists map[List]uint64
	for _, c := range []struct {
		name  string
		runs  []Run
		limit uint64
		want  lists
		ram   uint64
		err   error

		leftOut uint64
	}{
		{name: "nothing", err: ErrMemory},
		{name: "only low memory", runs: []Run{{arc.LoaderFree, 0, 256}}, err: ErrMemory},
		{name: "nothing free", runs: []Run{{arc.LoaderSystemCode, 256, 1000}}, err: ErrMemory},
		{name: "runs too short for the database",
			runs: []Run{{arc.LoaderFree, 256, 3}, {arc.LoaderFree, 260, 3}, {arc.LoaderSystemCode, 300, frames - 300}}, err: ErrMemory},
		{name: "all below the limit is used", runs: []Run{{arc.LoaderSystemCode, 256, 800}, {arc.LoaderFree, 1056, 900}}, limit: 1056, err: ErrMemory},
		{name: "types", ram: frames - 6, runs: []Run{
			{arc.LoaderFirmwarePermanent, 0, 1}, {arc.LoaderFree, 1, 255}, {arc.LoaderFree, 256, 744}, {arc.LoaderBad, 1000, 3},
			{arc.LoaderFirmwareTemporary, 1003, 7}, {arc.LoaderSpecialMemory, 1010, 3}, {arc.LoaderBBTMemory, 1013, 2},
			{arc.LoaderOsloaderHeap, 1015, 10}, {arc.LoaderSystemCode, 1025, 20}, {arc.LoaderFree, 1045, frames - 1045}},
			want: lists{BadList: 3, Reserved: 256 + 5, Active: 10 + 20 + 16, FreeList: frames - 256 - 5 - 3 - 46}},
		{name: "hole", ram: 1100, runs: []Run{{arc.LoaderFree, 256, 100}, {arc.LoaderFree, 1048, 1000}},
			want: lists{Reserved: frames - 1100, Active: 16, FreeList: 1084}},
		{name: "limit in a run", limit: 600, ram: 344, runs: []Run{{arc.LoaderFree, 256, frames - 256}},
			want: lists{Reserved: 256, Active: 5, FreeList: 339}},
		{name: "limit in the loader's memory", limit: 605, ram: 349,
			runs: []Run{{arc.LoaderFree, 256, 344}, {arc.LoaderOsloaderStack, 600, 10}, {arc.LoaderFree, 610, 100}},
			want: lists{Reserved: 256, Active: 5 + 5, FreeList: 339}},
		{name: "limit above all", limit: 1 << 30, ram: 100, runs: []Run{{arc.LoaderFree, 300, 100}},
			want: lists{Reserved: 300, Active: 4, FreeList: 96}},
		{name: "low memory of all kinds", ram: 100 + 160 + 6, runs: []Run{{arc.LoaderFree, 0, 10}, {arc.LoaderFirmwareTemporary, 10, 90},
			{arc.LoaderOsloaderHeap, 100, 60}, {arc.LoaderFree, 250, 106}}, err: nil,
			want: lists{Reserved: 256, Active: 3, FreeList: 97}},
		{name: "a little far up", ram: 744, leftOut: 1, runs: []Run{{arc.LoaderFree, 256, 744}, {arc.LoaderFree, 8 << 20, 1}},
			want: lists{Reserved: 256, Active: 8, FreeList: 736}},
		{name: "several, far up", ram: 744, leftOut: 30, runs: []Run{{arc.LoaderFree, 256, 744}, {arc.LoaderFree, 1 << 20, 10},
			{arc.LoaderFirmwarePermanent, 2 << 20, 10}, {arc.LoaderBad, 3 << 20, 5}, {arc.LoaderFree, 8 << 20, 15}},
			want: lists{Reserved: 256, Active: 8, FreeList: 736}},
		{name: "far up and in use", runs: []Run{{arc.LoaderFree, 256, 744}, {arc.LoaderSystemCode, 8 << 20, 1}}, err: ErrMemory},
		{name: "beyond what has a number", ram: 744, runs: []Run{{arc.LoaderFree, 256, 744}, {arc.LoaderFree, 1 << 32, 1 << 20}},
			want: lists{Reserved: 256, Active: 8, FreeList: 736}},
		{name: "empty run", ram: 100, runs: []Run{{arc.LoaderFree, 256, 0}, {arc.LoaderFree, 300, 100}, {arc.LoaderFree, 500, 0}},
			want: lists{Reserved: 400, Active: 4, FreeList: 96}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Initialize(newMachine(frames), c.runs, c.limit)
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if err != nil {
				return
			}
			check(t)
			got := QueryCounts()
			if got.Ram != c.ram || LeftOut() != c.leftOut {
				t.Errorf("%d frames of RAM, want %d; %d left out, want %d", got.Ram, c.ram, LeftOut(), c.leftOut)
			}
			if unsafe.Sizeof(Pfn{}) != arc.PfnSize {
				t.Errorf("arc.PfnSize is not %d", unsafe.Sizeof(Pfn{}))
			}
			for n := range min(uint64(len(pfns.pfn)), arc.LowFrames) {
				if pfns.pfn[n].list != Reserved {
					t.Fatalf("page %#x, below 1 MiB, is %v", n, pfns.pfn[n].list)
				}
			}
			for l := range numLists {
				if got.Lists[l] != c.want[l] {
					t.Errorf("%d pages are %v, want %d", got.Lists[l], l, c.want[l])
				}
			}
			if n := uint64(len(pfns.pfn)); got.Uses[UseDatabase] != (n*uint64(unsafe.Sizeof(Pfn{}))+PageSize-1)/PageSize {
				t.Errorf("the database has %d pages for %d frames", got.Uses[UseDatabase], n)
			}
			lo, hi := LowestAndHighest()
			if pfns.pfn[lo].list == Reserved || uint64(hi) != uint64(len(pfns.pfn))-1 {
				t.Errorf("RAM from %d to %d", lo, hi)
			}
		})
	}
}

// TestFreeLoaderBlock gives back what is the loader's, once.
func TestFreeLoaderBlock(t *testing.T) {
	runs := []Run{{arc.LoaderFree, 256, 100}, {arc.LoaderOsloaderHeap, 356, 5}, {arc.LoaderSystemCode, 361, 7},
		{arc.LoaderRegistryData, 368, 3}, {arc.LoaderBootDriver, 371, 9}, {arc.LoaderLoadedProgram, 380, 40}, {arc.LoaderExceptionBlock, 420, 1}}
	if err := Initialize(newMachine(500), runs, 400); err != nil {
		t.Fatal(err)
	}
	before := QueryCounts()
	if n := FreeLoaderBlock(runs); n != 5+3+9+20 || pfns.pfn[361].list != Active {
		t.Errorf("%d pages came back", n)
	}
	check(t)
	if got := QueryCounts().Lists[FreeList] - before.Lists[FreeList]; got != 37 {
		t.Errorf("%d pages are free now", got)
	}
	if n := FreeLoaderBlock(runs); n != 0 {
		t.Errorf("%d pages came back a second time", n)
	}
	for typ := arc.LoaderExceptionBlock; typ < arc.LoaderMaximum; typ++ {
		if LoaderOwned(typ) && (useOf(typ) != UseLoader || !ram(typ)) {
			t.Errorf("type %d is the loader's and not counted so", typ)
		}
	}
}

// TestTakePages stops where it is told to.
func TestTakePages(t *testing.T) {
	boot(t, 600)
	before := QueryCounts()
	z := pfns.head[FreeList]
	pfns.unlink(z)
	pfns.link(z, ZeroedList)
	var got []uint32
	TakePages(UseKernelHeap, before.Available()-10, func(n uint32) bool { got = append(got, n); return true })
	if len(got) != 10 {
		t.Errorf("took %d pages", len(got))
	}
	TakePages(UseKernelHeap, 0, func(uint32) bool { return false })
	if n := QueryCounts().Available(); n != before.Available()-10 {
		t.Errorf("%d pages are available", n)
	}
	check(t)
	if pfns.pfn[z].list != ZeroedList {
		t.Error("the zeroed page went first")
	}
	TakePages(UseKernelHeap, 0, func(n uint32) bool { got = append(got, n); return true })
	if QueryCounts().Available() != 0 || uint64(len(got)) != before.Available() {
		t.Errorf("took %d pages", len(got))
	}
	check(t)
	FreePages(got)
	same(t, before)
}

// TestBurn takes free memory from the top.
func TestBurn(t *testing.T) {
	runs := []Run{{arc.LoaderFree, 1, 100}, {arc.LoaderSystemCode, 101, 50}, {arc.LoaderFree, 151, 30}}
	for _, c := range []struct{ pages, burnt, first, last uint64 }{
		{0, 0, 100, 30}, {10, 10, 100, 20}, {30, 30, 100, 0}, {50, 50, 80, 0}, {130, 130, 0, 0}, {1000, 130, 0, 0},
	} {
		left, burnt := Burn(runs, c.pages)
		if burnt != c.burnt || left[0].Size != c.first || left[1].Size != 50 || left[2].Size != c.last {
			t.Errorf("Burn(%d): %d, %v", c.pages, burnt, left)
		}
	}
	if runs[0].Size != 100 || runs[2].Size != 30 {
		t.Error("Burn changed its argument")
	}
}

// TestLowTables finds the tables below the lower half that the upper half does
// not use, each once.
func TestLowTables(t *testing.T) {
	m := boot(t, 600)
	clear(m.pages[20][:])
	page := func() uint32 { n, _ := AllocatePage(UsePageTable, true); return n }
	root, low, pd, pt, shared, high, highPd := page(), page(), page(), page(), page(), page(), page()
	link := func(from uint32, i int, to uint32, bits PTE) { table(from)[i] = makePTE(to, PtePresent|bits) }
	link(root, 0, low, 0)
	link(root, 3, low, 0)
	link(low, 0, pd, 0)
	link(low, 1, shared, 0)
	link(low, 2, 0, PteLarge)
	link(pd, 0, pt, 0)
	link(pd, 1, 0, PteLarge)
	link(pt, 0, 300, 0) // a page, not a table
	link(root, 300, high, 0)
	link(high, 0, highPd, 0)
	link(high, 1, shared, 0)
	link(pt, 1, 1<<20, 0) // outside of RAM
	link(low, 7, 20, 0)   // a table, but not in RAM
	got := map[uint32]bool{}
	for _, n := range LowTables(root) {
		if got[n] {
			t.Errorf("table %d twice", n)
		}
		got[n] = true
	}
	for _, n := range []uint32{low, pd, pt} {
		if !got[n] {
			t.Errorf("table %d is missing", n)
		}
	}
	for _, n := range []uint32{root, shared, high, highPd, 300, 20} {
		if got[n] {
			t.Errorf("page %d is not a low table", n)
		}
	}
}

// TestKernelReserve: programs run out of pages before the kernel does.
func TestKernelReserve(t *testing.T) {
	boot(t, 512)
	before := QueryCounts()
	defer func() { KernelReserve = 0 }()
	KernelReserve = 40 // half of it is the kernel's alone
	var pages []uint32
	for {
		n, ok := AllocatePage(UsePrivate, len(pages)%2 == 0)
		if !ok {
			break
		}
		pages = append(pages, n)
	}
	if n := QueryCounts().Available(); n != 20 {
		t.Errorf("%d pages are left for the kernel", n)
	}
	for _, u := range []Use{UsePrivate, UsePageTable, UseImage} {
		if _, ok := AllocatePage(u, false); ok {
			t.Errorf("a page of the reserve for use %v", u)
		}
	}
	if _, ok := NewAddressSpace(); ok {
		t.Error("an address space from the reserve")
	}
	for range 10 {
		for _, u := range []Use{UseKernelHeap, UsePool} {
			n, ok := AllocatePage(u, true)
			if !ok {
				t.Fatal("the kernel does not get its reserve")
			}
			pages = append(pages, n)
		}
	}
	if _, ok := AllocatePage(UseKernelHeap, false); ok {
		t.Error("a page came from nowhere")
	}
	FreePages(pages)
	same(t, before)
}

// TestReserveFor: the reserve grows with the memory, and has bounds.
func TestReserveFor(t *testing.T) {
	for ram, want := range map[uint64]uint64{8192: 512, 16384: 1024, 32768: 1024, 65536: 2048, 1 << 20: 2048} {
		if got := ReserveFor(ram); got != want {
			t.Errorf("%d pages: %d, want %d", ram, got, want)
		}
	}
}
