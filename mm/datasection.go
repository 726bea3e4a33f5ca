package mm

import (
	"sync/atomic"

	"gont/ke"
	"gont/nt"
)

// dataSection is what a page-file section has besides its size: which pages
// are committed, and prototype page-table entries that say where the contents
// are, shared by all views: in a page frame, in a paging file, or they are zero.
//
// A prototype is zero (nobody has touched the page), PtePresent (the page is
// mapped by somebody), PteTransition (it was, and is on a list or being read or
// written), or PtePageFile. Prototypes
// lie in page frames of their own, 512 in each, made when first needed, and
// are changed with the PFN lock held.
//
// The lock is taken behind an address space's and before the PFN lock.
type dataSection struct {
	mu      ke.FastMutex
	pages   int
	reserve bool   // SEC_RESERVE
	commit  runs   // 1 for a committed page
	charged uint64 // pages
	tables  map[int]uint32
	// near are the first tables of a file's, 0 where there is none, for who takes no lock.
	near atomic.Pointer[[]atomic.Uint32]
	file *fileData // nil: the paging file's
}

// MaximumSection is the largest page-file section, in bytes: what is reserved
// costs the kernel's heap something when it is used.
const MaximumSection = 1 << 40

const prototypes = PageSize / 8

// NewDataSection makes a page-file section of size bytes, committed or only
// reserved, for views with protections that protect includes.
func NewDataSection(name string, size uint64, protect uint32, reserve bool) (*Section, nt.Status) {
	if size == 0 {
		return nil, nt.StatusInvalidParameter4
	}
	if size > MaximumSection {
		return nil, nt.StatusSectionTooBig
	}
	switch protect {
	case nt.PageReadOnly, nt.PageReadWrite, nt.PageExecute, nt.PageExecuteRead, nt.PageExecuteReadWrite:
	default:
		return nil, nt.StatusInvalidPageProtection
	}
	d := &dataSection{pages: int(roundUp(size) / PageSize), reserve: reserve, tables: map[int]uint32{}}
	d.commit = newRuns(d.pages, 0)
	if !reserve {
		if s := d.commitPages(0, d.pages); !s.OK() {
			return nil, s
		}
	}
	return &Section{Name: name, Size: roundUp(size), data: d, limit: protect}, nt.StatusSuccess
}

func (d *dataSection) isCommitted(i int) bool {
	if d.file != nil {
		return true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.commit.at(i) != 0
}

// commitPages makes pages [i, j) usable by all views.
func (d *dataSection) commitPages(i, j int) nt.Status {
	if d.file != nil {
		return nt.StatusSuccess
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	n := uint64(0)
	d.commit.each(i, j, func(i, j int, committed uint32) {
		if committed == 0 {
			n += uint64(j - i)
		}
	})
	if n > 0 && !chargeCommit(n) {
		return nt.StatusCommitmentLimit
	}
	d.charged += n
	d.commit.set(i, j, 1)
	return nt.StatusSuccess
}

// stretch is whether page i is committed, and where the pages that are like it
// end.
func (d *dataSection) stretch(i int) (committed bool, end int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.file != nil {
		return true, max(d.pages, i+1)
	}
	r := *d.commit.run(d.commit.index(i))
	return r.value != 0, r.end
}

// mostNear is how many tables of a file are near: those of its first 8 GB.
const mostNear = 4096

// table returns the frame of a table of prototypes, if it is there. Preconditions: d's lock is held.
func (d *dataSection) table(i int) (frame uint32, ok bool) {
	if near := d.near.Load(); near != nil && i < len(*near) {
		frame = (*near)[i].Load()
		return frame, frame != 0
	}
	frame, ok = d.tables[i]
	return frame, ok
}

// setNear makes table i one that is found without the lock. Preconditions: d's lock is held.
func (d *dataSection) setNear(i int, frame uint32) {
	near := d.near.Load()
	if near == nil || i >= len(*near) {
		list := make([]atomic.Uint32, max(i+1, min(mostNear, (d.pages+prototypes-1)/prototypes)))
		for k := range list {
			list[k].Store(d.tables[k])
		}
		near = &list
		d.near.Store(near)
	}
	(*near)[i].Store(frame)
}

// prototype returns the physical address of page i's prototype; ok is false
// without a page for it. Preconditions: d's lock is held.
func (d *dataSection) prototype(i int) (pte uint64, ok bool) {
	t, ok := d.table(i / prototypes)
	if !ok {
		if t, ok = AllocatePage(UsePrototype, true); !ok {
			return 0, false
		}
		d.tables[i/prototypes] = t
		pfns.mu.Lock()
		pfns.pfn[t].modified = true // says that it has been zeroed, for CheckAll
		if d.file != nil {
			pfns.pfn[t].pte = fileOwner(d.file.index, i/prototypes)
		}
		pfns.mu.Unlock()
		if d.file != nil && i/prototypes < mostNear {
			d.setNear(i/prototypes, t)
		}
	}
	return uint64(t)<<PageShift | uint64(i%prototypes)*8, true
}

// share returns the frame of page i, with one share more, or what has to be
// waited for first.
func (d *dataSection) share(i int) (uint32, nt.Status, pageWait) {
	if d.file != nil {
		return d.shareFile(i, faultCluster, false)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
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
	case e.inFile():
		pfns.mu.Unlock()
		in, s := inPageFault(p, pte, UseSection)
		return 0, s, pageWait{in, in != nil}
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
	n, ok := AllocatePage(UseSection, true)
	if !ok {
		return 0, nt.StatusNoMemory, pageWait{}
	}
	Faults.DemandZero.Add(1)
	pfns.mu.Lock()
	pfns.pfn[n].pte = pte
	p.store(makePTE(n, PtePresent))
	pfns.mu.Unlock()
	return n, nt.StatusSuccess, pageWait{}
}

// free gives everything back; the pages of a file stay with it. Preconditions: nobody maps
// the section, or can.
func (d *dataSection) free() {
	if d.file != nil {
		d.file.drop(d)
		return
	}
	d.freePages()
}

// freePages gives up all pages, their prototypes, and what was charged for them.
func (d *dataSection) freePages() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range d.tables {
		pfns.mu.Lock()
		for i := range table(t) {
			pfns.discard(&table(t)[i])
		}
		pfns.free(t)
		pfns.mu.Unlock()
	}
	clear(d.tables)
	d.near.Store(nil)
	returnCommit(d.charged)
	d.charged = 0
}

// MakeReadOnly allows views of a page-file section from here on to read, and nothing else.
// Views that are there stay as they are.
func (s *Section) MakeReadOnly() {
	s.limit = nt.PageReadOnly
}
