package mm

import "gont/nt"

// Pages of files come into memory: by faults, for the cache manager's copies, and ahead.

const (
	// faultCluster is how many pages a fault reads at once at most, readCluster anybody.
	faultCluster = 8
	readCluster  = 64
)

// shareFile returns the frame of page i, with one share more, or what has to be waited for
// first. A page that is only in the file is read, and those behind it that are only there, too,
// up to cluster in all; with fresh it becomes a page of zeros instead.
// STATUS_ACCESS_VIOLATION behind the file's last page.
func (d *dataSection) shareFile(i, cluster int, fresh bool) (uint32, nt.Status, pageWait) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if i >= d.pages {
		return 0, nt.StatusAccessViolation, pageWait{}
	}
	if f := d.file; !fresh && !f.noted(i) {
		f.noteUse(i)
	}
	pte, ok := d.prototype(i)
	if !ok {
		return 0, nt.StatusNoMemory, pageWait{}
	}
	p := entry(pte)
	pfns.mu.Lock()
	switch e := p.load(); {
	case e&PtePresent != 0:
		pfns.pfn[e.pfn()].share++
		pfns.mu.Unlock()
		return e.pfn(), nt.StatusSuccess, pageWait{}
	case e != 0 && pfns.pfn[e.pfn()].io == ioRead:
		in := pfns.reading(e.pfn())
		pfns.mu.Unlock()
		return 0, nt.StatusSuccess, pageWait{in, false}
	case e != 0:
		n := pfns.revive(e)
		p.store(makePTE(n, PtePresent))
		pfns.mu.Unlock()
		Faults.Transition.Add(1)
		return n, nt.StatusSuccess, pageWait{}
	}
	pfns.mu.Unlock()
	if !fresh {
		in := d.beginFileRead(i, cluster)
		if in == nil {
			return 0, nt.StatusNoMemory, pageWait{}
		}
		return 0, nt.StatusSuccess, pageWait{in, true}
	}
	n, ok := AllocatePage(UseFile, true)
	if !ok {
		return 0, nt.StatusNoMemory, pageWait{}
	}
	pfns.mu.Lock()
	pfns.pfn[n].pte = pte
	p.store(makePTE(n, PtePresent))
	pfns.mu.Unlock()
	return n, nt.StatusSuccess, pageWait{}
}

// shareResident gives pages [i, i+len(frames)) that are in memory one share more and says which frames they have, noPage
// for those that are not. It returns how many pages it has looked at: it stops where a table of prototypes ends.
func (d *dataSection) shareResident(i int, frames []uint32) (count int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t, ok := d.table(i / prototypes)
	if !ok {
		return 0
	}
	first := i % prototypes
	count = min(len(frames), d.pages-i, prototypes-first)
	pfns.mu.Lock()
	defer pfns.mu.Unlock()
	part := table(t)[first : first+count]
	for k := range part {
		p := &part[k]
		frames[k] = noPage
		switch e := p.load(); {
		case e == 0:
		case e&PtePresent != 0:
			frames[k] = e.pfn()
			pfns.pfn[e.pfn()].share++
		case pfns.pfn[e.pfn()].io != ioRead:
			frames[k] = pfns.revive(e)
			p.store(makePTE(frames[k], PtePresent))
		}
	}
	return count
}

// beginFileRead takes frames for pages that are only in the file, from i on, up to count
// and as long as there are such pages and frames, and makes their prototypes say that they
// are being read. The caller has to call read and finish. nil when page i is not one of
// those, or there is no frame. Preconditions: d's lock is held.
func (d *dataSection) beginFileRead(i, count int) *inPage {
	var frames [readCluster]uint32
	var entries [readCluster]uint64
	k := 0
	for ; k < min(count, readCluster) && i+k < d.pages; k++ {
		pte, ok := d.prototype(i + k)
		if !ok || entry(pte).load() != 0 { // only this lock's holder makes it something else
			break
		}
		if frames[k], ok = AllocatePage(UseFile, false); !ok {
			break
		}
		entries[k] = pte
	}
	if k == 0 {
		return nil
	}
	in := &inPage{frames: append([]uint32(nil), frames[:k]...), store: d.file.store, page: uint32(i), done: NewEvent()}
	p := &pfns
	p.mu.Lock()
	defer p.mu.Unlock()
	for j, n := range in.frames {
		p.beginRead(n, entries[j])
	}
	in.next, p.paging.reads = p.paging.reads, in
	return in
}

// Hold brings page i of the file into memory, if it is not there, and keeps it where it is until
// Release. Pages behind it that are needed next come with it, up to ahead. With fresh the
// caller is going to write all of the page, and what the file has of it is not read.
// The status is the store's when the page cannot be read, STATUS_NO_MEMORY, or
// STATUS_ACCESS_VIOLATION behind the last page. IRQL: PASSIVE_LEVEL, no locks; it may
// wait.
func (c *ControlArea) Hold(i, ahead int, fresh bool) (frame uint32, s nt.Status) {
	var r reclaim
	for {
		n, s, w := c.data.shareFile(i, ahead+1, fresh)
		switch {
		case w.in != nil && w.reads:
			s = w.in.read()
			Faults.CacheReadIo.Add(1)
			Faults.CacheRead.Add(uint64(len(w.in.frames)))
			w.in.finish()
			w.in.done.Set()
			if !s.OK() {
				return 0, s
			}
		case w.in != nil:
			w.in.done.Wait()
		case s == nt.StatusNoMemory && r.try():
		case !s.OK():
			return 0, s
		default:
			pfns.files.held.Add(1)
			return n, s
		}
	}
}

// Release ends a Hold. dirty says that the page has been written to. IRQL: APC_LEVEL or below.
func (c *ControlArea) Release(frame uint32, dirty bool) {
	dropShare(frame, dirty)
	pfns.files.held.Add(-1)
}

// ReadAhead brings pages [i, i+count) of the file into memory as far as they are not there and
// there is room, and returns how many it has asked for; nobody is told of errors. IRQL:
// PASSIVE_LEVEL, no locks; it waits for the reads.
func (c *ControlArea) ReadAhead(i, count int) (pages int) {
	if pages, _ = c.Prefetch([][2]int{{i, count}}); pages > 0 {
		Faults.CacheReadIo.Add(1)
		Faults.CacheRead.Add(uint64(pages))
	}
	return pages
}

// Resident reports whether pages [i, i+count), as far as the file has them, are all in memory, or are being
// read. They may leave it a moment later. IRQL: any up to APC_LEVEL.
func (c *ControlArea) Resident(i, count int) bool {
	near := c.data.near.Load()
	for end := i + count; i < end; {
		if near == nil || i/prototypes >= len(*near) {
			return false
		}
		t := (*near)[i/prototypes].Load()
		if t == 0 {
			return false
		}
		first := i % prototypes
		part := table(t)[first:min(first+end-i, prototypes)]
		for k := range part {
			if part[k].load() == 0 {
				return false
			}
		}
		i += len(part)
	}
	return true
}
