package cc

import (
	"sync/atomic"

	"gont/ex"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// Map is SHARED_CACHE_MAP: what the cache manager knows of one file. The pages are mm's; the
// map is their reader, their writer, and what the lazy writer sees of the file. The file's
// system makes it with the first open and ends it with Close, which may be long after
// the last one: as long as memory is free the pages are worth keeping.
type Map struct {
	// Area is the file's pages, for sections of it, and for SetSize and Purge.
	Area  *mm.ControlArea
	size  atomic.Uint64
	ahead atomic.Bool // pages are being read ahead

	name string // tracing's lock; what TraceBoot knows the file by

	noted atomic.Bool // is on the list of dirty
	next  *Map
}

// Buffer is where data go to or come from: *mm.Mdl, or bytes of the kernel's.
type Buffer interface {
	// Piece returns the bytes from offset on that lie in one piece, none behind the end.
	Piece(offset int) []byte
}

// Counts of all files, for NtQuerySystemInformation and the prompt's `cache`. FastReads and Reads are those without
// and with a request; ReadMisses the ones of both that found pages missing. AheadIos are
// runs of pages that were read ahead, Flushes runs of bytes that somebody wanted written now.
var Counts struct {
	Reads, FastReads, ReadMisses, Writes      atomic.Uint64
	AheadIos, AheadPages, Flushes, FlushPages atomic.Uint64
}

// NewMap makes the map of a file of size bytes that store reads and writes. free is called when nothing
// does any more, after Close; it may only take note (mm.FileNotify).
func NewMap(store mm.PageStore, size uint64, free func()) *Map {
	m := &Map{}
	m.size.Store(size)
	m.Area = mm.NewControlArea(store, size, mm.FileNotify{Dirty: m.note, Free: free})
	return m
}

// dirty are the maps whose first page has become dirty since the lazy writer has looked.
var dirty atomic.Pointer[Map]

// note puts the map on the list. It is called with locks of mm's held.
func (m *Map) note() {
	if !m.noted.CompareAndSwap(false, true) {
		return
	}
	for {
		m.next = dirty.Load()
		if dirty.CompareAndSwap(m.next, m) {
			return
		}
	}
}

// collectDirty tells the lazy writer of the maps on the list. The balance set manager calls it
// once a second.
func collectDirty() {
	for m := dirty.Swap(nil); m != nil; {
		next := m.next
		m.next = nil
		m.noted.Store(false)
		Dirty(m)
		m = next
	}
}

// DirtyPages and WriteDirty are the lazy writer's.
func (m *Map) DirtyPages() int { return m.Area.Dirty() }

// WriteDirty writes at most n pages.
func (m *Map) WriteDirty(n int) (written int, s nt.Status) {
	return m.Area.Flush(0, maximumPages, n)
}

const maximumPages = mm.MaximumFile / mm.PageSize

// Size is the file's size as Read knows it.
func (m *Map) Size() uint64 { return m.size.Load() }

// SetSize is CcSetFileSizes: the file has become longer, or is going to be shorter. STATUS_USER_MAPPED_FILE
// where a program maps what would go. The file's system has locked out those who
// read and write. IRQL: PASSIVE_LEVEL, no locks; it may wait.
func (m *Map) SetSize(size uint64) nt.Status {
	s := m.Area.SetSize(size)
	if s.OK() {
		m.size.Store(size)
	}
	return s
}

// Flush is CcFlushCache: what is dirty of n bytes from offset on is in the file then; all with
// n 0. The first error; what could not be written stays dirty. IRQL: PASSIVE_LEVEL, no
// locks; it waits.
func (m *Map) Flush(offset, n uint64) nt.Status {
	first, end := offset/mm.PageSize, uint64(maximumPages)
	if n > 0 {
		end = (min(offset+n, mm.MaximumFile) + mm.PageSize - 1) / mm.PageSize
	}
	if first >= end {
		return nt.StatusSuccess
	}
	written, s := m.Area.Flush(int(first), int(end-first), maximumPages)
	if written > 0 {
		Counts.Flushes.Add(1)
		Counts.FlushPages.Add(uint64(written))
	}
	return s
}

// Close is for a file that is not cached any more. Dirty pages are lost: the file's system has
// called Flush, or the file is deleted.
func (m *Map) Close() { m.Area.Close() }

// event is mm's kind of event.
type event struct{ *ke.Event }

func (e event) Wait() { ke.WaitForSingleObject(e.Event, ke.KernelMode, false, nil) }

// startWriter starts MiMappedPageWriter, and has mm tell of each second.
func startWriter() {
	e := event{ke.NewEvent(nt.SynchronizationEvent, false)}
	t := ps.CreateSystemThread("MiMappedPageWriter", writerPriority, func(*ps.Thread) { mm.MappedPageWriter(e) })
	ke.StartThread(t.Thread)
	mm.OnBalance = collectDirty
}

// writerPriority is that of NT's modified-page writers.
const writerPriority = ke.LowRealtime + 1

// countMiss counts a read of n bytes at offset of which pages are missing.
func (m *Map) countMiss(offset, n uint64) {
	first := offset / mm.PageSize
	if !m.Area.Resident(int(first), int((offset+n+mm.PageSize-1)/mm.PageSize-first)) {
		Counts.ReadMisses.Add(1)
	}
}

// readAhead reads pages in a worker thread. It reports false where one is still reading others of this file: the caller
// asks again later.
func (m *Map) readAhead(at, n uint64) bool {
	first, end := int(at/mm.PageSize), int((at+n+mm.PageSize-1)/mm.PageSize)
	if m.Area.Resident(first, end-first) {
		return true
	}
	if !m.ahead.CompareAndSwap(false, true) {
		return false
	}
	ex.QueueWorkItem(ex.NewWorkItem(func(any) {
		Counts.AheadIos.Add(1)
		Counts.AheadPages.Add(uint64(m.Area.ReadAhead(first, end-first)))
		m.ahead.Store(false)
	}, nil), ex.DelayedWorkQueue)
	return true
}
