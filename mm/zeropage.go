package mm

import "sync/atomic"

// The zero-page thread (SPEC P1.47). It takes free pages in batches, maps them
// in a window of its own, zeroes them there and puts them on the zeroed
// list. Nobody else touches the window; it is empty, and no processor
// remembers otherwise, whenever a batch begins.

// ZeroBatch is how many pages are zeroed for one walk of the lists, and for one
// time that the processor forgets the window: few enough (some 10 to 100 us) for
// others to wait, enough for either not to count.
const ZeroBatch = 64

// ZeroWindow is where the batch is mapped: a private range of the kernel's
// address space, next to the HAL's.
const ZeroWindow = 0xFFFF_FFFF_FFC0_0000

// PrepareZeroing makes the window's page table while there is memory (SPEC
// P1.18): programs may have taken all when the thread starts. It reports false
// when no page was left.
func PrepareZeroing(root uint32) bool {
	return walk(root, ZeroWindow, true) != nil && walk(root, ZeroWindow+(ZeroBatch-1)*PageSize, true) != nil
}

// zeroCounters are what NtQuerySystemInformation shows.
var zeroCounters struct{ pages, wakeups, running atomic.Uint64 }

// ZeroThreadCounters returns pages zeroed, wake-ups, and 1 once the thread runs.
func ZeroThreadCounters() (pages, wakeups, running uint64) {
	return zeroCounters.pages.Load(), zeroCounters.wakeups.Load(), zeroCounters.running.Load()
}

// ZeroEvent is MmZeroingPageEvent.
type ZeroEvent interface {
	Set() int32
	Wait()
}

// zeroThreshold: the event is set when this many free pages wait to be zeroed.
const zeroThreshold = 16

// ZeroPageThread is MmZeroPageThread: the current thread zeroes pages for ever.
// event is set by whoever frees pages; yield lets others run between
// batches. root is the kernel's page-table root.
func ZeroPageThread(root uint32, event ZeroEvent, yield func()) {
	slot := zeroSlots(root)
	zeroCounters.running.Store(1)
	pfns.mu.Lock()
	pfns.zeroing, pfns.pending = event, false
	pfns.mu.Unlock()
	for {
		for zeroBatch(&slot) > 0 {
			yield()
		}
		event.Wait()
		zeroCounters.wakeups.Add(1)
	}
}

// zeroSlots finds the window's entries.
func zeroSlots(root uint32) (slot [ZeroBatch]*PTE) {
	for i := range slot {
		slot[i] = walk(root, ZeroWindow+uint64(i)*PageSize, true)
		if slot[i] == nil {
			panic("mm: no page table for the zeroing window")
		}
	}
	return slot
}

// ZeroFreePages does the zero-page thread's work on free pages, limit of them or
// a few more, and returns how many they were. Preconditions: the thread does
// not run yet.
func ZeroFreePages(root uint32, limit int) (n int) {
	for slot := zeroSlots(root); n < limit; {
		k := zeroBatch(&slot)
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

// zeroBatch zeroes up to ZeroBatch free pages and returns how many.
func zeroBatch(slot *[ZeroBatch]*PTE) (n int) {
	var batch [ZeroBatch]uint32
	pfns.mu.Lock()
	n = pfns.takeSome(FreeList, UseNone, batch[:])
	pfns.mu.Unlock()
	if n == 0 {
		return 0
	}
	for i, p := range batch[:n] {
		slot[i].store(makePTE(p, PtePresent|PteWrite|PteAccessed|PteDirty|PteNoExecute))
		machine.Zero(ZeroWindow + uint64(i)*PageSize)
		slot[i].store(0)
	}
	machine.Flush(0, ZeroWindow, n)
	pfns.mu.Lock()
	bad := pfns.linkSome(batch[:n], UseNone, ZeroedList)
	pfns.mu.Unlock()
	if bad != noPage {
		panic(ListCorrupt{bad, Active, pfns.pfn[bad].list})
	}
	zeroCounters.pages.Add(uint64(n))
	return n
}
