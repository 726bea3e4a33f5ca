package mm

import (
	"sync"
	"testing"

	"gont/nt"
)

// TestOneFlush: an operation flushes once, however many pages it touches, and
// not at all where nothing was mapped or rights only grow from none.
func TestOneFlush(t *testing.T) {
	m := boot(t, 2048)
	a, _ := NewAddressSpace()
	const base, pages = 0x200000, 700
	flushes := func(what string, want int32, f func() nt.Status) {
		t.Helper()
		m.flushes.Store(0)
		if s := f(); s != nt.StatusSuccess {
			t.Fatal(what, s)
		}
		if n := m.flushes.Load(); n != want {
			t.Errorf("%s: %d flushes, want %d", what, n, want)
		}
	}
	protect := func(p uint32) func() nt.Status {
		return func() nt.Status { _, _, _, s := a.Protect(base, pages*PageSize, p); return s }
	}
	free := func(typ uint32) func() nt.Status {
		return func() nt.Status { _, _, s := a.Free(base, 0, typ); return s }
	}
	flushes("Allocate", 0, func() nt.Status {
		_, _, s := a.Allocate(base, pages*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		return s
	})
	flushes("protecting what was never touched", 0, protect(nt.PageReadOnly))
	flushes("the same again", 0, protect(nt.PageReadWrite))
	touch := func() nt.Status { _, s := a.WriteBytes(base, make([]byte, pages*PageSize)); return s }
	flushes("touching", 0, touch)
	flushes("the protection that is there", 0, protect(nt.PageReadWrite))
	flushes("taking rights away", 1, protect(nt.PageNoAccess))
	flushes("giving them back", 0, protect(nt.PageReadWrite))
	flushes("touching hidden pages", 0, touch)
	flushes("decommitting", 1, free(nt.MemDecommit))
	flushes("decommitting nothing", 0, free(nt.MemDecommit))
	a.Allocate(base, pages*PageSize, nt.MemCommit, nt.PageReadWrite)
	touch()
	flushes("releasing", 1, free(nt.MemRelease))
	a.Allocate(base, pages*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	touch()
	flushes("Destroy", 0, func() nt.Status { a.Destroy(); return nt.StatusSuccess })
}

// keeper is a machine whose processors remember translations: it looks at what
// Flush is told about, and at when.
type keeper struct {
	*fakeMachine
	flush func(root, va uint64, pages int)
}

func (k *keeper) Flush(root, va uint64, pages int) { k.flush(root, va, pages) }

// TestFlushBeforeFree: at the Flush the entries are no longer present, the
// frames not yet given back, and a page to be copied not yet copied; the
// PFN lock is free, as interrupt handlers of other processors may run.
func TestFlushBeforeFree(t *testing.T) {
	m := boot(t, 1024)
	s, err := NewImageSection("good", goodImage().bytes())
	if err != nil {
		t.Fatal(err)
	}
	a, _ := NewAddressSpace()
	a.MapImage(s)
	a.Allocate(0x200000, 4*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	a.WriteBytes(0x200000, make([]byte, 4*PageSize))
	var seen []string
	want := Counts{}
	k := &keeper{fakeMachine: m}
	k.flush = func(root, va uint64, pages int) {
		if root != a.Root() {
			t.Errorf("Flush of %#x, want %#x", root, a.Root())
		}
		for i := range pages {
			if p := walk(a.root, va+uint64(i)*PageSize, false); p != nil && *p&PtePresent != 0 {
				t.Errorf("page %#x is still there", va)
			}
		}
		if got := QueryCounts(); got.Uses[UsePrivate] != want.Uses[UsePrivate] {
			t.Errorf("%d private pages at the Flush, want %d", got.Uses[UsePrivate], want.Uses[UsePrivate])
		}
		seen = append(seen, "flush")
	}
	machine = k
	defer func() { machine = m }()
	want = QueryCounts()
	if _, _, st := a.Free(0x200000, 0, nt.MemRelease); st != nt.StatusSuccess || len(seen) != 1 {
		t.Fatalf("Free: %v, %v", st, seen)
	}
	data := s.Base + dataVA
	if st := a.Fault(data, Read); st != nt.StatusSuccess || len(seen) != 1 {
		t.Fatalf("read: %v, %v", st, seen)
	}
	old := walk(a.root, data, false).pfn()
	want = QueryCounts()
	want.Uses[UsePrivate]++ // the copy's page
	inner := k.flush
	k.flush = func(root, va uint64, pages int) {
		inner(root, va, pages)
		m.pages[old][7] = 0x77 // the last write that another processor still could do
	}
	if st := a.Fault(data, Write); st != nt.StatusSuccess || len(seen) != 2 {
		t.Fatalf("write: %v, %v", st, seen)
	}
	if n := walk(a.root, data, false).pfn(); n == old || m.pages[n][7] != 0x77 {
		t.Error("the copy was made before the Flush")
	}
	k.flush = func(uint64, uint64, int) {}
	a.Destroy()
	s.Delete()
	check(t)
}

// TestFaultsOnOnePage: threads that fault on the same page at once get one
// page, whatever they want of it.
func TestFaultsOnOnePage(t *testing.T) {
	boot(t, 2048)
	s, err := NewImageSection("good", goodImage().bytes())
	if err != nil {
		t.Fatal(err)
	}
	before := QueryCounts()
	for range 50 {
		a, _ := NewAddressSpace()
		a.MapImage(s)
		a.Allocate(0x200000, PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				for _, va := range []uint64{0x200000, s.Base + dataVA} {
					if st := a.Fault(va, Access(g&1)); st != nt.StatusSuccess {
						t.Error(st)
					}
				}
				_ = a.Root()
				_ = a.Private()
			})
		}
		wg.Wait()
		if a.Private() != 2 {
			t.Fatalf("%d pages", a.Private())
		}
		if n := QueryCounts().Uses[UsePrivate]; n != before.Uses[UsePrivate]+2 {
			t.Fatalf("%d private pages", n)
		}
		a.Destroy()
		same(t, before)
	}
	s.Delete()
}
