package mm

import (
	"math/rand/v2"
	"sync"
	"testing"

	"gont/nt"
)

// fakeStore is a paging device that fails, waits and remembers as it is told.
type fakeStore struct {
	mu       sync.Mutex
	pages    map[uint32]*[PageSize]byte
	badRead  func(page uint32) bool
	badWrite func(page uint32) bool
	refuse   func(b *[PageSize]byte) bool // a page that cannot be written
	before   func(write bool)             // called without the lock
	reads    int
	writes   [][2]uint32 // first page, pages
}

func newStore() *fakeStore { return &fakeStore{pages: map[uint32]*[PageSize]byte{}} }

func (s *fakeStore) ReadPages(page uint32, frames []uint32) nt.Status {
	if s.before != nil {
		s.before(false)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	for i, n := range frames {
		b, ok := s.pages[page+uint32(i)]
		if !ok {
			panic("a page is read that was never written")
		}
		if s.badRead != nil && s.badRead(page+uint32(i)) {
			return nt.StatusUnsuccessful
		}
		transfer(machine.Page(n), b)
	}
	return nt.StatusSuccess
}

func (s *fakeStore) WritePages(page uint32, frames []uint32) nt.Status {
	if s.before != nil {
		s.before(true)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes = append(s.writes, [2]uint32{page, uint32(len(frames))})
	for i, n := range frames {
		if s.badWrite != nil && s.badWrite(page+uint32(i)) {
			return nt.StatusUnsuccessful
		}
		b := new([PageSize]byte)
		transfer(b, machine.Page(n))
		if s.refuse != nil && s.refuse(b) {
			return nt.StatusUnsuccessful
		}
		s.pages[page+uint32(i)] = b
	}
	return nt.StatusSuccess
}

// transfer is a device's access to memory: programs may write to it meanwhile.
//
//go:norace
func transfer(to, from *[PageSize]byte) { *to = *from }

// chanEvent is a notification event.
type chanEvent chan struct{}

func (e chanEvent) Set() int32 { close(e); return 0 }
func (e chanEvent) Wait()      { <-e }

// withPaging adds a paging file to the machine.
func withPaging(t testing.TB, pages uint32) *fakeStore {
	t.Helper()
	NewEvent = func() ZeroEvent { return make(chanEvent) }
	s := newStore()
	if st := CreatePagingFile("test", s, pages); !st.OK() {
		t.Fatal(st)
	}
	return s
}

// startWriter starts the modified-page writer, until the test's end.
func startWriter(t testing.TB) {
	e := newFakeEvent()
	done := make(chan struct{})
	go func() {
		defer close(done)
		ModifiedPageWriter(e)
	}()
	for pfns.writerEvent() == nil {
	}
	t.Cleanup(func() {
		e.mu.Lock()
		e.end = true
		e.cond.Broadcast()
		e.mu.Unlock()
		<-done
	})
}

// writerRests waits until nothing is being written.
func writerRests() {
	for busy := true; busy; {
		pfns.mu.Lock()
		busy = pfns.paging.cluster != nil
		pfns.mu.Unlock()
	}
}

func (d *pfnDatabase) writerEvent() ZeroEvent {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.paging.writer
}

// writeAll has everything written that can be, as the writer would when pages
// are short.
func writeAll() (n int) {
	for {
		d := &pfns
		d.mu.Lock()
		d.paging.waiters = &writerWait{done: make(chanEvent)}
		d.mu.Unlock()
		k, _ := writeSome()
		n += k
		d.mu.Lock()
		d.paging.waiters = nil
		d.mu.Unlock()
		if k == 0 {
			return n
		}
	}
}

func slotsInUse() (n uint32) {
	for _, f := range PagingFiles() {
		n += f.InUse
	}
	return n
}

// TestSlots compares takeSlots and freeSlot with a map.
func TestSlots(t *testing.T) {
	boot(t, 512)
	withPaging(t, 200)
	withPaging(t, 64)
	withPaging(t, 1)
	r := rand.New(rand.NewPCG(1, 1))
	has := map[PTE]bool{}
	for range 20000 {
		if r.IntN(100) < 45 {
			want := uint32(1 + r.IntN(writeCluster))
			first, n := pfns.takeSlots(want)
			if n > want || n == 0 && len(has) < 265 || n > 0 && first.slot()+n > pfns.paging.file[first.file()].size {
				t.Fatalf("%d slots from %#x of %d wanted, %d are used", n, first, want, len(has))
			}
			for i := range n {
				e := first + PTE(i)<<PageShift
				if has[e] || !e.inFile() {
					t.Fatalf("slot %#x twice", e)
				}
				has[e] = true
			}
			if n > 0 && n < want { // there was no longer run
				for i, f := range pfns.paging.file[:3] {
					run := uint32(0)
					for s := range f.size {
						if run++; has[pageFileEntry(i, s)] {
							run = 0
						}
						if run > n {
							t.Fatalf("%d slots of %d wanted, %d are at %d of file %d", n, want, run, s, i)
						}
					}
				}
			}
		} else {
			for k := r.IntN(12); k > 0; k-- {
				for e := range has {
					pfns.freeSlot(e)
					delete(has, e)
					break
				}
			}
		}
		if int(slotsInUse()) != len(has) || pfns.paging.free != uint64(265-len(has)) {
			t.Fatalf("%d slots are in use, %d are said to be", len(has), slotsInUse())
		}
	}
	for e := range has {
		pfns.freeSlot(e)
		if panics(func() { pfns.freeSlot(e) }) == nil {
			t.Fatal("a slot could be freed twice")
		}
		break
	}
}

// TestPagingFileLimits: sizes and numbers of files that cannot be; the commit
// limit.
func TestPagingFileLimits(t *testing.T) {
	boot(t, 512)
	before := QueryCommit()
	for _, n := range []uint32{0, MaximumPagingFile + 1} {
		if s := CreatePagingFile("x", newStore(), n); s != nt.StatusInvalidParameter {
			t.Error(s)
		}
	}
	for i := range uint32(MaximumPagingFiles) {
		withPaging(t, 100+i)
	}
	if s := CreatePagingFile("x", newStore(), 1); s != nt.StatusTooManyPagingFiles {
		t.Error(s)
	}
	if c := QueryCommit(); c.Limit != before.Limit+100*16+120 || c.Committed != before.Committed {
		t.Errorf("%+v, was %+v", c, before)
	}
	check(t)
}
