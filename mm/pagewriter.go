package mm

import "gont/nt"

// The modified-page writer (SPEC P1.18): a thread that writes pages of the
// modified list to paging files, a cluster at a time, and puts them on the standby
// list, from where anybody can have them.
//
// A page that is being written is marked (ioWrite) and on no list (Transition);
// its entry goes on saying that it is in transition. Nothing is locked meanwhile,
// and everything may happen to the page:
//
//   - it is faulted back: it is active, and clean until the processor says
//     otherwise. When the write ends it keeps the slot;
//   - it is faulted back, written to, and leaves its working set again: it is on
//     the modified list, and the slot, with whatever is in it, is given back;
//   - it is given up: nobody knows it, and when the write ends the frame and the
//     slot go.
//
// There is one writer: no page is written twice at a time.

// writeCluster is how many pages are written at once at most (NT's
// MM_MAXIMUM_WRITE_CLUSTER).
const writeCluster = 16

// pageIO says what is done with a page's contents at the moment.
type pageIO uint8

const (
	ioNone pageIO = iota
	ioRead
	ioWrite
)

// paging is the state of paging files and their writer, guarded by the PFN
// lock.
type paging struct {
	file       [MaximumPagingFiles]*pagingFile
	files      int
	size, free uint64 // slots of all files

	writer ZeroEvent // the writer's, once there is one
	// cluster is what is being written, and first the slot of its first page.
	cluster []uint32
	first   PTE
	stuck   uint64      // modified pages that could not be written at the last try
	waiters *writerWait // threads that wait for the writer (reclaim.go)
	reads   *inPage     // what is being read (inpage.go)
	pages   [writeCluster]uint32
}

// OnPagingError, if set, is told of the first error of each paging file, by
// the thread that had it. It is called without locks and may wait.
var OnPagingError func(file string, write bool, s nt.Status)

// NewEvent makes a notification event, not signalled, for threads that wait for
// a page. It is set before there is a paging file.
var NewEvent func() ZeroEvent

// modifiedMaximum is how many modified pages wait before they are written
// without need, modifiedMinimum how many are left then.
func modifiedMaximum() uint64 { return min(max(pfns.ram/64, 16), 1024) }
func modifiedMinimum() uint64 { return modifiedMaximum() / 2 }

// wantWriting reports whether the writer should write more than keep pages.
// Preconditions: the PFN lock is held.
func (d *pfnDatabase) wantWriting(keep uint64) bool {
	m := d.count[ModifiedList]
	return d.paging.free > 0 && m > 0 && (m > keep || d.available() < 2*lowPages() || d.paging.waiters != nil)
}

// SignalWriter wakes the writer if there is enough for it to do. It is a dispatch
// point. IRQL: PASSIVE_LEVEL, no locks.
func SignalWriter() {
	d := &pfns
	d.mu.Lock()
	event := d.paging.writer
	if !d.wantWriting(modifiedMaximum()) {
		event = nil
	}
	d.mu.Unlock()
	if event != nil {
		event.Set()
	}
	signalFileWriter()
}

// ModifiedPageWriter is MiModifiedPageWriter: the current thread writes modified
// pages for ever. event is a synchronization event of its own. IRQL:
// PASSIVE_LEVEL, no locks.
func ModifiedPageWriter(event ZeroEvent) {
	d := &pfns
	d.mu.Lock()
	d.paging.writer = event
	d.mu.Unlock()
	for {
		event.Wait()
		writePages()
	}
}

// writePages writes until enough is written or nothing can be: no slot is free,
// or all pages that are left have been tried in vain.
func writePages() {
	for failures := 0; ; {
		n, failed := writeSome()
		if failures += failed; n > 0 {
			failures = 0
		}
		if end := n+failed == 0 || uint64(failures) >= modifiedPages(); end || n > 0 {
			pfns.mu.Lock()
			pfns.paging.stuck = uint64(failures)
			pfns.mu.Unlock()
			wakeWriterWaits(n)
			if end {
				return
			}
		}
	}
}

func modifiedPages() uint64 {
	pfns.mu.Lock()
	defer pfns.mu.Unlock()
	return pfns.count[ModifiedList]
}

// writeSome writes a cluster, and returns how many pages were written and how
// many could not be; those are the last of the modified list then.
func writeSome() (wrote, failed int) {
	d := &pfns
	d.mu.Lock()
	if !d.wantWriting(modifiedMinimum()) || d.paging.cluster != nil {
		d.mu.Unlock()
		return 0, 0
	}
	cluster, first := d.takeCluster()
	d.mu.Unlock()
	if len(cluster) == 0 {
		return 0, 0
	}
	file := d.paging.file[first.file()]
	s := file.store.WritePages(first.slot(), cluster)
	Faults.PageWriteIo.Add(1)
	status := [writeCluster]nt.Status{}
	for i := range cluster {
		if status[i] = s; !s.OK() && len(cluster) > 1 { // which of them is it?
			status[i] = file.store.WritePages(first.slot()+uint32(i), cluster[i:i+1])
			Faults.PageWriteIo.Add(1)
		}
		if status[i].OK() {
			wrote++
		} else {
			s = status[i]
		}
	}
	Faults.PageWrite.Add(uint64(wrote))
	d.mu.Lock()
	for i, n := range cluster {
		d.written(n, first+PTE(i)<<PageShift, status[i].OK())
	}
	d.paging.cluster = nil
	failed = len(cluster) - wrote
	file.writeErrors += uint64(failed)
	d.mu.Unlock()
	if failed > 0 {
		d.reportOnce(file, true, s)
	}
	return wrote, failed
}

// takeCluster takes the oldest modified pages off their list, and slots for
// them. Preconditions: the PFN lock is held.
func (d *pfnDatabase) takeCluster() (cluster []uint32, first PTE) {
	k := 0
	for n := d.head[ModifiedList]; n != noPage && k < writeCluster; n = d.pfn[n].next {
		d.paging.pages[k] = n
		k++
	}
	first, slots := d.takeSlots(uint32(k))
	cluster = d.paging.pages[:slots]
	for _, n := range cluster {
		d.unlink(n)
		p := &d.pfn[n]
		p.modified, p.io = false, ioWrite
		d.hold(n)
	}
	if slots > 0 {
		d.paging.cluster, d.paging.first = cluster, first
	}
	return cluster, first
}

// hold puts a frame that is on no list in the state of one that something is
// read to or written from. Preconditions: the PFN lock is held.
func (d *pfnDatabase) hold(n uint32) {
	d.pfn[n].list = Transition
	d.count[Transition]++
}

// written ends the write of a page to a slot. Preconditions: the PFN lock is
// held.
func (d *pfnDatabase) written(n uint32, slot PTE, ok bool) {
	p := &d.pfn[n]
	p.io = ioNone
	keep := ok && !p.modified
	switch {
	case p.list == Transition:
		d.count[Transition]--
		if keep = keep && p.pte != 0; p.pte == 0 { // given up meanwhile
			d.link(n, FreeList)
			d.freed()
		} else if p.modified = !ok; ok {
			d.link(n, StandbyList)
		} else {
			d.link(n, ModifiedList)
		}
	case !ok:
		p.modified = true // also of one that is active again
	}
	if keep {
		p.original = slot
	} else {
		d.freeSlot(slot)
	}
}

// reportOnce tells of a file's first error.
func (d *pfnDatabase) reportOnce(f *pagingFile, write bool, s nt.Status) {
	d.mu.Lock()
	first := !f.reported
	f.reported = true
	d.mu.Unlock()
	if first && OnPagingError != nil {
		OnPagingError(f.name, write, s)
	}
}
