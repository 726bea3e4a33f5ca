package mm

import (
	"sync/atomic"

	"gont/nt"
)

// Pages of files (DESIGN 5a): what is cached of a file, what programs map of it, and what
// NtReadFile copies are the same page frames. The page cache has no pages of its own: a
// frame that nobody maps or copies at the moment is on the standby list, and anybody
// can have it, or, if it has been written to, on the list of modified pages of files, until
// it is in the file.
//
// The pages of a file are known by prototype entries, as those of a page-file section are
// (dataSection), with another meaning of zero: the contents are in the file.

// ControlArea is CONTROL_AREA of a file's data: which of its pages are in memory, whoever
// wants them. Its file system has one for each file whose data are cached, as long
// as somebody has the file open or its pages are worth keeping, and Close ends it.
type ControlArea struct {
	data  dataSection
	image *imageFile // the image that the file is, if that is known; the data's lock guards it
}

// fileData is what a dataSection of a file has besides.
type fileData struct {
	store PageStore
	// purging counts those who give pages up: Pin finds no page meanwhile.
	purging atomic.Int32
	// index is where the PFN database finds the dataSection (fileOwner).
	index uint32
	// dirty counts pages that have been written to, guarded by the PFN lock.
	dirty atomic.Int64
	// refs are the control area's owner and the sections; views are mapped views. writing is set
	// while a thread writes pages to the file, and idle, if there is one, when that ends.
	refs, views int
	writing     bool
	idle        ZeroEvent
	notify      FileNotify
	area        *ControlArea
	// used, while it is traced, are the pages that somebody has wanted, a bit each (prefetch.go); written with the
	// dataSection's lock held.
	used atomic.Pointer[[]atomic.Uint64]
}

// filePages is what the PFN database knows of files. All but held is guarded by the PFN lock.
type filePages struct {
	owners []*dataSection // index 0 is not used
	free   []uint32
	dirty  uint64     // pages of all files that have been written to
	peak   uint64     // the most pages in use that noteFilePeak has seen
	writes *fileWrite // what is being written
	held   atomic.Int64
	writer ZeroEvent // the mapped-page writer's
}

func (f *filePages) reset() {
	f.owners, f.free, f.dirty, f.peak, f.writes, f.writer = nil, nil, 0, 0, nil, nil
	f.held.Store(0)
}

// FileNotify is what a control area tells its owner. Both are called at any IRQL up to
// APC_LEVEL with locks held, so that they may only take note; both may be nil.
type FileNotify struct {
	Dirty func() // a page has been written to, and none was before
	Free  func() // after Close: nothing reads or writes the file any more
}

// NewControlArea makes one for a file of size bytes, which store reads and writes, a page of
// it being a page of the file. What a page has behind the end of the file the store fills
// with zeros, and does not write.
func NewControlArea(store PageStore, size uint64, notify FileNotify) *ControlArea {
	c := &ControlArea{data: dataSection{pages: filePageCount(size), tables: map[int]uint32{},
		file: &fileData{store: store, refs: 1, notify: notify}}}
	c.data.file.area = c
	d := &pfns
	d.mu.Lock()
	defer d.mu.Unlock()
	f := &d.files
	if n := len(f.free); n > 0 {
		c.data.file.index = f.free[n-1]
		f.free = f.free[:n-1]
		f.owners[c.data.file.index] = &c.data
		return c
	}
	if len(f.owners) == 0 {
		f.owners = append(f.owners, nil)
	}
	c.data.file.index = uint32(len(f.owners))
	f.owners = append(f.owners, &c.data)
	return c
}

func filePageCount(size uint64) int { return int((size + PageSize - 1) / PageSize) }

// MaximumFile is the largest file that can be cached, in bytes: a store counts pages with 32 bits.
const MaximumFile = 1 << 44

// Section returns a section of the file, size bytes long, at most whole pages of it, for views
// with protections that protect includes. STATUS_SECTION_TOO_BIG for more than the
// file has, STATUS_MAPPED_FILE_SIZE_ZERO for nothing, STATUS_FILE_CLOSED after Close. The section's end (Delete) leaves the pages to the cache.
func (c *ControlArea) Section(name string, size uint64, protect uint32) (*Section, nt.Status) {
	switch protect {
	case nt.PageReadOnly, nt.PageReadWrite, nt.PageWriteCopy, nt.PageExecute, nt.PageExecuteRead, nt.PageExecuteReadWrite, nt.PageExecuteWriteCopy:
	default:
		return nil, nt.StatusInvalidPageProtection
	}
	d := &c.data
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.file.refs == 0:
		return nil, nt.StatusFileClosed // its file system has let it go meanwhile
	case size == 0:
		return nil, nt.StatusMappedFileSizeZero
	case filePageCount(size) > d.pages:
		return nil, nt.StatusSectionTooBig
	}
	d.file.refs++
	return &Section{Name: name, Size: roundUp(size), data: d, limit: protect}, nt.StatusSuccess
}

// Close is for the control area's owner, who does not use it any more. The pages, dirty ones,
// too, are given up when no section is left and no write goes on. IRQL: PASSIVE_LEVEL, no locks.
func (c *ControlArea) Close() {
	c.data.mu.Lock()
	f := c.image
	c.image = nil
	c.data.mu.Unlock()
	if f != nil {
		f.pages.Close()
	}
	c.data.file.drop(&c.data)
	SignalZeroing()
}

// drop takes a reference away.
func (f *fileData) drop(d *dataSection) {
	d.mu.Lock()
	f.refs--
	last := f.refs == 0 && !f.writing // else who writes frees the pages then
	f.writing = f.writing || last
	d.mu.Unlock()
	if last {
		f.freeFile(d)
	}
}

// freeFile is the end of a control area. Preconditions: nobody has a reference, and writing is set.
func (f *fileData) freeFile(d *dataSection) {
	d.freePages()
	p := &pfns
	p.mu.Lock()
	p.files.owners[f.index] = nil
	p.files.free = append(p.files.free, f.index)
	p.mu.Unlock()
	if f.notify.Free != nil {
		f.notify.Free()
	}
}

// countView adds n to the views of a file's section.
func (s *Section) countView(n int) {
	if s.data == nil || s.data.file == nil {
		return
	}
	s.data.mu.Lock()
	s.data.file.views += n
	s.data.mu.Unlock()
}

// Mapped reports whether any program maps pages of the file.
func (c *ControlArea) Mapped() bool {
	c.data.mu.Lock()
	defer c.data.mu.Unlock()
	return c.data.file.views > 0
}

// Dirty returns how many pages of the file have been written to and are not in it yet. Any IRQL.
func (c *ControlArea) Dirty() int { return int(c.data.file.dirty.Load()) }

// DirtyFilePages is Dirty of all files.
func DirtyFilePages() uint64 {
	pfns.mu.Lock()
	defer pfns.mu.Unlock()
	return pfns.files.dirty
}

// DirtyFileLimit reports whether more than an eighth of the memory is dirty pages of files.
func DirtyFileLimit() bool {
	pfns.mu.Lock()
	over := pfns.files.dirty > pfns.ram/8
	pfns.mu.Unlock()
	return over
}

// fileOwner makes the mark of a frame of prototypes: its control area, and which of the
// tables it is.
func fileOwner(index uint32, table int) uint64 { return uint64(index)<<32 | uint64(table) }

// owner is whose page a frame of a file is, and which page. Preconditions: the PFN lock is
// held, and the page has its entry.
func (d *pfnDatabase) owner(p *Pfn) (of *dataSection, page int) {
	t := d.pfn[p.pte>>PageShift].pte
	return d.files.owners[t>>32], int(uint32(t))*prototypes + int(p.pte>>3&(prototypes-1))
}

// fileDirty counts a page of a file that has been written to for the first time, fileClean
// one that is not dirty any more. Preconditions: the PFN lock is held.
func (d *pfnDatabase) fileDirty(p *Pfn) {
	of, _ := d.owner(p)
	d.files.dirty++
	if of.file.dirty.Add(1) == 1 && of.file.notify.Dirty != nil {
		of.file.notify.Dirty()
	}
}

func (d *pfnDatabase) fileClean(p *Pfn) {
	of, _ := d.owner(p)
	d.files.dirty--
	of.file.dirty.Add(-1)
}

// SetSize follows the file's size. When it shrinks, what memory has of the rest is given up,
// and the bytes of the last page behind the end become zero. STATUS_USER_MAPPED_FILE
// when a program maps pages of the file and it would have fewer. The file's
// system has locked out those who read and write. IRQL: PASSIVE_LEVEL, no locks; it may wait.
func (c *ControlArea) SetSize(size uint64) nt.Status {
	d := &c.data
	pages := filePageCount(size)
	if !d.beginWriting() {
		return nt.StatusFileClosed
	}
	defer d.endWriting()
	d.mu.Lock()
	defer d.mu.Unlock()
	if pages >= d.pages {
		d.pages = pages
	} else if !d.giveUp(pages, d.pages) {
		return nt.StatusUserMappedFile
	} else {
		d.pages = pages
	}
	for rest := int(size % PageSize); rest != 0; {
		in := d.zeroTail(pages-1, rest)
		if in == nil {
			break
		}
		d.mu.Unlock()
		in.done.Wait()
		d.mu.Lock()
	}
	return nt.StatusSuccess
}

// Purge gives up all that memory has of the file, even what has been written to. It reports
// whether it could: not while a program maps pages, or one is being copied. IRQL:
// PASSIVE_LEVEL, no locks; it may wait.
func (c *ControlArea) Purge() bool {
	d := &c.data
	if !d.beginWriting() {
		return true
	}
	defer d.endWriting()
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.giveUp(0, d.pages)
}

// PurgeRange is Purge of pages [i, i+count).
func (c *ControlArea) PurgeRange(i, count int) bool {
	d := &c.data
	if !d.beginWriting() {
		return true
	}
	defer d.endWriting()
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.giveUp(i, min(i+count, d.pages))
}

// giveUp discards pages [i, j), if nobody maps or holds one of them. Preconditions: d's lock
// is held, and nobody writes.
func (d *dataSection) giveUp(i, j int) bool {
	if d.file.views > 0 {
		return false
	}
	d.file.purging.Add(1)
	defer d.file.purging.Add(-1)
	p := &pfns
	p.mu.Lock()
	defer p.mu.Unlock()
	used := false
	d.eachPrototype(i, j, func(_ int, e *PTE) bool {
		v := e.load()
		used = v&PtePresent != 0 || v != 0 && isPinned(v.pfn())
		return !used
	})
	if used {
		return false
	}
	d.eachPrototype(i, j, func(_ int, e *PTE) bool {
		p.discard(e)
		return true
	})
	return true
}

// eachPrototype calls f for the prototypes of pages [i, j) whose tables are there, in order,
// until it returns false. Preconditions: d's lock and the PFN lock are held.
func (d *dataSection) eachPrototype(i, j int, f func(page int, e *PTE) bool) {
	for t := i / prototypes; t*prototypes < j; t++ {
		frame, ok := d.table(t)
		if !ok {
			continue
		}
		for k := max(i, t*prototypes); k < min(j, (t+1)*prototypes); k++ {
			if !f(k, &table(frame)[k%prototypes]) {
				return
			}
		}
	}
}

// zeroTail clears the bytes of a page from rest on, if the page is in memory. One that is
// being read has to be waited for first. Preconditions: d's lock is held, and nobody writes.
func (d *dataSection) zeroTail(page, rest int) (in *inPage) {
	p := &pfns
	p.mu.Lock()
	defer p.mu.Unlock()
	d.eachPrototype(page, page+1, func(_ int, e *PTE) bool {
		v := e.load()
		switch {
		case v == 0:
		case p.pfn[v.pfn()].io == ioRead:
			in = p.reading(v.pfn())
		default:
			clear(frameBytes(v.pfn())[rest:])
		}
		return true
	})
	return in
}
