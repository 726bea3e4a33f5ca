package mm

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gont/nt"
)

// TestConcurrentPaging: processes that together use more than there is, and
// share a section, each with two threads, while pages are trimmed, stolen, written
// and read by a store that is slow and fails at times; some end in the middle.
// Every word is what was last written to it; nothing is left.
func TestConcurrentPaging(t *testing.T) {
	boot(t, 1400)
	KernelReserve = 40
	defer func() { KernelReserve = 0 }()
	before := QueryCounts()
	store := withPaging(t, 4500)
	startWriter(t)
	var calls atomic.Uint32
	store.before = func(bool) {
		if n := calls.Add(1); n%64 == 0 {
			time.Sleep(time.Millisecond)
		} else {
			for range n % 8 {
				time.Sleep(0)
			}
		}
	}
	var lock sync.Mutex
	r := rand.New(rand.NewPCG(5, 5))
	chance := func(n int) bool {
		lock.Lock()
		defer lock.Unlock()
		return r.IntN(n) == 0
	}
	store.badRead = func(uint32) bool { return chance(50) }
	store.badWrite = func(uint32) bool { return chance(50) }
	const shared, copies, private = 200, 30, 500 // pages; those that are copied are not written to
	sec, st := NewDataSection("", (shared+copies)*PageSize, nt.PageReadWrite, false)
	if st != nt.StatusSuccess {
		t.Fatal(st)
	}
	read, collided := Faults.PageRead.Load(), atomic.Uint32{}
	newEvent := NewEvent
	NewEvent = func() ZeroEvent { return countedEvent{newEvent(), &collided} }
	stop := make(chan struct{})
	var checker, wg sync.WaitGroup
	checker.Go(func() {
		r := rand.New(rand.NewPCG(1, 1))
		for {
			select {
			case <-stop:
				return
			default:
			}
			for _, a := range allSpaces() {
				a.Age()
				a.Trim(r.IntN(100), r.IntN(3), false)
			}
			SignalWriter()
			stealStandby(r.IntN(20))
			if err := CheckAll(); err != nil {
				t.Error(err)
				return
			}
		}
	})
	rounds := 4
	if testing.Short() {
		rounds = 1
	}
	for g := range 4 {
		wg.Go(func() {
			for round := range rounds {
				a, ok := NewAddressSpace()
				if !ok {
					t.Error("no address space")
					return
				}
				s := &pagedProcess{t: t, a: a}
				a.Allocate(0x200000, 2*private*PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
				s.section, _, _, _ = a.MapView(sec, View{Protect: nt.PageReadWrite})
				copied, _, _, _ := a.MapView(sec, View{Protect: nt.PageWriteCopy})
				copied += shared * PageSize
				var threads sync.WaitGroup
				for k := range 2 {
					threads.Go(func() { s.thread(uint64(g*2+k), k*private, private, shared, copies, copied, uint64(round)) })
				}
				if g == 3 { // in the middle of it
					time.Sleep(3 * time.Millisecond)
					a.Destroy()
				}
				threads.Wait()
				if g != 3 {
					a.Destroy()
				}
			}
		})
	}
	wg.Wait()
	close(stop)
	checker.Wait()
	NewEvent = newEvent
	sec.Delete()
	writerRests()
	same(t, before)
	if slotsInUse() != 0 {
		t.Errorf("%d slots are left", slotsInUse())
	}
	t.Logf("%d pages read, %d waits, %+v", Faults.PageRead.Load()-read, collided.Load(), PagingFiles())
	if Faults.PageRead.Load() == read {
		t.Error("no page was read")
	}
}

// countedEvent counts waits.
type countedEvent struct {
	ZeroEvent
	n *atomic.Uint32
}

func (e countedEvent) Wait() { e.n.Add(1); e.ZeroEvent.Wait() }

// pagedProcess is a process with a stretch of memory for each thread.
type pagedProcess struct {
	t       *testing.T
	a       *AddressSpace
	section uint64
}

// move is ReadBytes or WriteBytes, again after an error of the store; false when
// the process has ended.
func (s *pagedProcess) move(f func(uint64, []byte) (int, nt.Status), va uint64, b []byte) bool {
	for {
		_, st := f(va, b)
		switch st {
		case nt.StatusSuccess:
			return true
		case nt.StatusInPageError:
		case nt.StatusAccessViolation:
			s.a.mu.Lock()
			dead := s.a.dead
			s.a.mu.Unlock()
			if !dead {
				s.t.Error("access violation at", va)
			}
			return false
		default:
			s.t.Error(st)
			return false
		}
	}
}

func (s *pagedProcess) thread(id uint64, first, pages, shared, copies int, copied, round uint64) {
	r := rand.New(rand.NewPCG(id, round))
	mine, common := make([]uint64, pages), make([]uint64, shared)
	var b [8]byte
	for i := range common { // a word of each page for each thread of all
		if !s.move(s.a.ReadBytes, s.section+uint64(i)*PageSize+id*8, b[:]) {
			return
		}
		common[i] = binary.LittleEndian.Uint64(b[:])
	}
	for n := range 6 * pages {
		i := n
		if n >= pages {
			i = r.IntN(pages)
		}
		at, word := 0x200000+uint64(first+i%pages)*PageSize+16, &mine[i%pages]
		if r.IntN(3) == 0 {
			k := r.IntN(shared)
			at, word = s.section+uint64(k)*PageSize+id*8, &common[k]
		}
		if !s.move(s.a.ReadBytes, at, b[:]) {
			return
		}
		if got := binary.LittleEndian.Uint64(b[:]); got != *word {
			s.t.Errorf("thread %d: %#x has %#x, expected %#x", id, at, got, *word)
			return
		}
		if r.IntN(2) == 0 {
			*word = r.Uint64()
			binary.LittleEndian.PutUint64(b[:], *word)
			if !s.move(s.a.WriteBytes, at, b[:]) {
				return
			}
		}
		switch r.IntN(60) {
		case 0: // given up and promised again
			k := r.IntN(pages)
			at := 0x200000 + uint64(first+k)*PageSize
			s.a.Free(at, PageSize, nt.MemDecommit)
			s.a.Allocate(at, PageSize, nt.MemCommit, nt.PageReadWrite)
			mine[k] = 0
		case 1:
			s.move(s.a.WriteBytes, copied+uint64(r.IntN(copies))*PageSize+id*8, []byte{1})
		case 2:
			s.a.LockPages(at, 1)
			s.a.UnlockPages(at, 1)
		}
	}
}
