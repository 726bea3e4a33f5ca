package mm

import "sync/atomic"

// The zero-page thread (SPEC P1.47). It takes free pages in batches, maps them
// in a window of its own, zeroes them there and puts them on the zeroed
// list. Nobody else touches the window; no processor remembers a translation of
// it whenever a batch begins. When somebody wants the processor, the thread has to
// end the page it is at, and gives the others of the batch back before it gives way.

// ZeroBatch is how many pages are taken for one walk of the lists, and for one
// time that the processor forgets the window. Where memory is short they are fewer,
// an eighth of what is available: others may want it meanwhile.
const ZeroBatch = 256

// ZeroWindow is where the batch is mapped: a private range of the kernel's
// address space, next to the HAL's, within one page table.
const ZeroWindow = 0xFFFF_FFFF_FFC0_0000

// zeroer is what the thread works with.
type zeroer struct {
	slots []PTE // the window's entries
	batch [ZeroBatch]uint32
}

// PrepareZeroing makes the window's page table while there is memory (SPEC
// P1.18): programs may have taken all when the thread starts. It reports false
// when no page was left.
func PrepareZeroing(root uint32) bool { return walk(root, ZeroWindow, true) != nil }

// newZeroer finds the window's entries.
func newZeroer(root uint32) *zeroer {
	t := leaf(root, ZeroWindow, true)
	if t == nil {
		panic("mm: no page table for the zeroing window")
	}
	first := ZeroWindow >> PageShift & 511
	return &zeroer{slots: t[first : first+ZeroBatch]}
}

// zeroCounters are what NtQuerySystemInformation shows.
var zeroCounters struct{ pages, wakeups, gaveWay, running atomic.Uint64 }

// ZeroThreadCounters returns pages zeroed, wake-ups, how often the thread has
// given way in the middle of a batch, and 1 once it runs.
func ZeroThreadCounters() (pages, wakeups, gaveWay, running uint64) {
	return zeroCounters.pages.Load(), zeroCounters.wakeups.Load(), zeroCounters.gaveWay.Load(), zeroCounters.running.Load()
}

// ZeroEvent is MmZeroingPageEvent.
type ZeroEvent interface {
	Set() int32
	Wait()
}

// zeroThreshold: the event is set when this many free pages wait to be zeroed.
const zeroThreshold = 16

// ZeroPageThread is MmZeroPageThread: the current thread zeroes pages for ever.
// SignalZeroing sets event after pages have been freed; the thread calls yield after each
// batch, which lets other threads run that are ready. root is the kernel's page-table root.
// IRQL: PASSIVE_LEVEL.
func ZeroPageThread(root uint32, event ZeroEvent, yield func()) {
	z := newZeroer(root)
	zeroCounters.running.Store(1)
	pfns.mu.Lock()
	pfns.zeroing, pfns.pending = event, false
	pfns.mu.Unlock()
	for {
		for z.zeroBatch(ZeroBatch) > 0 {
			yield()
		}
		event.Wait()
		zeroCounters.wakeups.Add(1)
	}
}

// ZeroFreePages does the zero-page thread's work on limit free pages, if there are
// as many, and returns how many they were. Preconditions: the thread does
// not run yet.
func ZeroFreePages(root uint32, limit int, yield func()) (n int) {
	for z := newZeroer(root); n < limit; yield() {
		k := z.zeroBatch(min(limit-n, ZeroBatch))
		if k == 0 {
			break
		}
		n += k
	}
	return n
}

// SignalZeroing wakes the zero-page thread if there is enough for it to do. It
// is called without locks, after pages have been freed.
func SignalZeroing() {
	pfns.mu.Lock()
	event := pfns.zeroing
	if !pfns.pending {
		event = nil
	}
	pfns.pending = false
	pfns.mu.Unlock()
	if event != nil {
		event.Set()
	}
}

// zeroBatch takes free pages, limit at most, zeroes them until the processor is
// wanted, and returns how many it has.
func (z *zeroer) zeroBatch(limit int) (done int) {
	pfns.mu.Lock()
	batch := z.batch[:min(limit, int(pfns.available()/8)+1)]
	batch = batch[:pfns.takeSome(FreeList, batch)]
	pfns.mu.Unlock()
	if len(batch) == 0 {
		return 0
	}
	// The window is this thread's alone: its entries need no atomic accesses, and
	// the call keeps the compiler from moving them.
	slots := z.slots[:len(batch)]
	for i, p := range batch {
		slots[i] = makePTE(p, PtePresent|PteWrite|PteAccessed|PteDirty|PteNoExecute)
	}
	done = machine.Zero(ZeroWindow, len(batch))
	clear(slots)
	pfns.mu.Lock()
	bad := pfns.linkSome(batch[:done], ZeroedList)
	if bad == noPage && done < len(batch) {
		bad = pfns.linkSome(batch[done:], FreeList)
		zeroCounters.gaveWay.Add(1)
	}
	pfns.mu.Unlock()
	if bad != noPage {
		panic(ListCorrupt{bad, Active, pfns.pfn[bad].list})
	}
	zeroCounters.pages.Add(uint64(done))
	return done
}
