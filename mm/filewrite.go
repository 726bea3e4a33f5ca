package mm

import "gont/nt"

// Pages of files that have been written to go back to the file: by the lazy writer and by
// a flush, in the order of the file, and, when memory is short, by the mapped-page writer,
// the oldest first. Nothing is locked over a write, and everything may happen to the page
// meanwhile, as it may to those that go to a paging file (pagewriter.go). One thread at a
// time writes a file's pages, so that no page is written twice at a time.

// fileCluster is how many pages of a file are written at once at most.
const fileCluster = 64

// fileWrite is a cluster that is being written.
type fileWrite struct {
	frames []uint32
	next   *fileWrite
}

// beginWriting waits until nobody writes the file's pages, and keeps others from it until
// endWriting. It returns false, and does nothing, when nobody has a reference any more. IRQL:
// PASSIVE_LEVEL, no locks.
func (d *dataSection) beginWriting() bool {
	f := d.file
	d.mu.Lock()
	for f.writing && f.refs > 0 {
		if f.idle == nil {
			f.idle = NewEvent()
		}
		e := f.idle
		d.mu.Unlock()
		e.Wait()
		d.mu.Lock()
	}
	defer d.mu.Unlock()
	if f.refs == 0 {
		return false
	}
	f.writing = true
	return true
}

func (d *dataSection) endWriting() {
	f := d.file
	d.mu.Lock()
	last := f.refs == 0 // and writing stays set
	e := f.idle
	f.idle, f.writing = nil, last
	d.mu.Unlock()
	if e != nil {
		e.Set()
	}
	if last {
		f.freeFile(d)
	}
}

// Flush writes what is dirty of pages [i, i+count) to the file, up to most pages. It returns how many
// were written, and the first error; pages that could not be written stay dirty. What
// programs have written to views of theirs counts when the page has left their working set, or
// NtFlushVirtualMemory has said so (AddressSpace.FlushView). Pages that another thread is writing are
// in the file, or dirty again, when it returns. IRQL: PASSIVE_LEVEL, no locks; it waits.
func (c *ControlArea) Flush(i, count, most int) (wrote int, s nt.Status) {
	d := &c.data
	if d.written() || !d.beginWriting() {
		return 0, nt.StatusSuccess
	}
	defer d.endWriting()
	return d.flush(i, i+count, most)
}

// written reports whether no page is dirty, or was and is being written.
func (d *dataSection) written() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.file.dirty.Load() == 0 && !d.file.writing
}

// Written reports whether the file has all that was written to its pages: none is dirty, and none is on its way to the
// disk. IRQL: APC_LEVEL or below.
func (c *ControlArea) Written() bool { return c.data.written() }

// flush is Flush for pages [i, end). Preconditions: writing is the caller's.
func (d *dataSection) flush(i, end, most int) (wrote int, s nt.Status) {
	for wrote < most {
		w, first := d.takeDirty(i, end, most-wrote)
		if w == nil {
			break
		}
		n, st := d.write(w, first)
		if wrote += n; !st.OK() && s.OK() {
			s = st
		}
		i = first + len(w.frames)
	}
	return wrote, s
}

// takeDirty finds the first dirty page of [i, end), and those that lie behind it and are dirty,
// up to a cluster, and marks them as being written.
func (d *dataSection) takeDirty(i, end, most int) (w *fileWrite, first int) {
	var frames [fileCluster]uint32
	k := 0
	d.mu.Lock()
	defer d.mu.Unlock()
	p := &pfns
	p.mu.Lock()
	defer p.mu.Unlock()
	d.eachPrototype(i, min(end, d.pages), func(page int, e *PTE) bool {
		v := e.load()
		if v == 0 || !p.pfn[v.pfn()].modified {
			return k == 0
		}
		if k > 0 && page != first+k { // a table of prototypes is missing between
			return false
		}
		if k == 0 {
			first = page
		}
		frames[k] = v.pfn()
		k++
		return k < min(most, fileCluster)
	})
	if k == 0 {
		return nil, 0
	}
	w = &fileWrite{frames: append([]uint32(nil), frames[:k]...), next: p.files.writes}
	p.files.writes = w
	for _, n := range w.frames {
		f := &p.pfn[n]
		p.fileClean(f)
		f.modified, f.io = false, ioWrite
		if f.list == ModifiedFileList {
			p.unlink(n)
			p.hold(n)
		}
	}
	return w, first
}

// write writes a cluster, and returns how many of its pages were written and the first error.
func (d *dataSection) write(w *fileWrite, first int) (wrote int, s nt.Status) {
	store := d.file.store
	s = store.WritePages(uint32(first), w.frames)
	Faults.MappedWriteIo.Add(1)
	var status [fileCluster]nt.Status
	bad := nt.Status(nt.StatusSuccess)
	for i := range w.frames {
		if status[i] = s; !s.OK() && len(w.frames) > 1 { // which of them is it?
			status[i] = store.WritePages(uint32(first+i), w.frames[i:i+1])
			Faults.MappedWriteIo.Add(1)
		}
		if status[i].OK() {
			wrote++
		} else if bad.OK() {
			bad = status[i]
		}
	}
	Faults.MappedWrite.Add(uint64(wrote))
	p := &pfns
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, n := range w.frames {
		p.fileWritten(n, status[i].OK())
	}
	for at := &p.files.writes; ; at = &(*at).next {
		if *at == w {
			*at = w.next
			break
		}
	}
	return wrote, bad
}

// fileWritten ends the write of a page. Preconditions: the PFN lock is held.
func (d *pfnDatabase) fileWritten(n uint32, ok bool) {
	p := &d.pfn[n]
	p.io = ioNone
	if p.list == Transition && p.pte == 0 { // given up meanwhile
		d.count[Transition]--
		d.link(n, FreeList)
		d.freed()
		return
	}
	if !ok && !p.modified {
		p.modified = true
		d.fileDirty(p)
	}
	if p.list != Transition {
		return
	}
	d.count[Transition]--
	if p.modified {
		d.link(n, ModifiedFileList)
	} else {
		d.link(n, StandbyList)
	}
}

// fileMaximum is how many pages of files on the modified list are written without need of
// anybody's.
func fileMaximum() uint64 { return min(max(pfns.ram/16, 64), 8192) }

// MappedPageWriter is MiMappedPageWriter: the current thread writes modified pages of files,
// the oldest first, when there are many or memory is short, for ever. event is a
// synchronization event of its own. IRQL: PASSIVE_LEVEL, no locks.
func MappedPageWriter(event ZeroEvent) {
	d := &pfns
	d.mu.Lock()
	d.files.writer = event
	d.mu.Unlock()
	for {
		event.Wait()
		for failures := 0; failures < 4; {
			n, s, any := writeOldest()
			if !any {
				break
			}
			if failures++; s.OK() && n > 0 {
				failures = 0
			}
		}
		wakeWriterWaits(0)
	}
}

// wantFileWriting reports whether the mapped-page writer has something to do. Preconditions: the
// PFN lock is held.
func (d *pfnDatabase) wantFileWriting() bool {
	m := d.count[ModifiedFileList]
	return m > fileMaximum() || m > 0 && d.available() < 2*lowPages()
}

// writeOldest writes the oldest modified page of a file, and what lies behind it.
func writeOldest() (wrote int, s nt.Status, any bool) {
	d := &pfns
	d.mu.Lock()
	n := d.head[ModifiedFileList]
	if n == noPage || !d.wantFileWriting() {
		d.mu.Unlock()
		return 0, nt.StatusSuccess, false
	}
	of, page := d.owner(&d.pfn[n])
	d.unlink(n) // whatever comes of it, another one is the oldest next
	d.link(n, ModifiedFileList)
	d.mu.Unlock()
	of.mu.Lock()
	skip := of.file.refs == 0 || of.file.writing
	of.file.writing = true // which it is already, or for ever, when skip is true
	of.mu.Unlock()
	if skip {
		return 0, nt.StatusUnsuccessful, true
	}
	wrote, s = of.flush(page, page+fileCluster, fileCluster)
	of.endWriting()
	return wrote, s, true
}

// waitForFileWriter waits until the mapped-page writer has done what it can, and reports whether
// there is a page for programs then. It does not wait if no modified pages of files are in
// the way.
func waitForFileWriter() bool {
	d := &pfns
	d.mu.Lock()
	event := d.files.writer
	if event == nil || d.count[ModifiedFileList] == 0 {
		d.mu.Unlock()
		return false
	}
	w := &writerWait{done: NewEvent()}
	w.next, d.paging.waiters = d.paging.waiters, w
	d.mu.Unlock()
	event.Set()
	w.done.Wait()
	return pageAvailable()
}

// signalFileWriter wakes the mapped-page writer if there is enough for it to do.
func signalFileWriter() {
	d := &pfns
	d.mu.Lock()
	event := d.files.writer
	if !d.wantFileWriting() {
		event = nil
	}
	d.mu.Unlock()
	if event != nil {
		event.Set()
	}
}
