package mm

import (
	"slices"

	"gont/nt"
)

// In-page faults (SPEC P1.18): the contents of a page are in a paging file, or in the file
// that a section is of (filesection.go), from which several pages are read at once. The
// thread that faults first takes a frame, which is from then on the page's, in
// transition and on no list (ioRead), and reads with no lock held. Whoever else
// wants the page meanwhile, a thread of the same process or of another one that
// maps the section, waits for that and then faults again (a collided fault). A
// page may be given up while it is read; then the frame and the slot go when the
// read ends.

// inPage is a read that goes on.
type inPage struct {
	frames []uint32 // those of pages behind each other; the first is the one that was asked for
	store  PageStore
	page   uint32      // of the store, the first
	slots  *pagingFile // where the store is a paging file
	status []nt.Status // of each page
	done   ZeroEvent   // set at the end
	next   *inPage     // of the list of all
}

// inPageCluster is how many pages come from a paging file at once at most; inPageSpare are the pages that have to be
// available besides for a page to come that nobody has asked for.
const (
	inPageCluster = 8
	inPageSpare   = 64
)

// inPageFault begins the read of the page that the entry p says is in a paging file: it
// takes a frame, and makes p an entry in transition that leads to this frame. Pages behind it in
// the address space come with it where they lie behind it in the paging file, too, as they do when
// they were written together: a fault of one of them then finds it on the standby list. The caller
// has to call read and finish. p is the entry of a private page of an address space whose
// lock is held (u is UsePrivate), or a prototype entry of a section whose lock is held
// (UseSection); pte is the physical address of p. STATUS_NO_MEMORY when no frame is
// available.
func inPageFault(p *PTE, pte uint64, u Use) (in *inPage, s nt.Status) {
	n, ok := AllocatePage(u, false)
	if !ok {
		return nil, nt.StatusNoMemory
	}
	in = &inPage{frames: []uint32{n}, done: NewEvent()}
	d := &pfns
	d.mu.Lock()
	defer d.mu.Unlock()
	from := p.load()
	in.slots, in.page = d.paging.file[from.file()], from.slot()
	in.store = in.slots.store
	d.pfn[n].original = from
	d.beginRead(n, pte)
	rest := table(uint32(pte >> PageShift))[pte>>3&511+1:]
	for i := 0; i < min(len(rest), inPageCluster-1) && d.available() > KernelReserve/2+inPageSpare; i++ {
		e := rest[i].load()
		if !e.inFile() || e.file() != from.file() || e.slot() != from.slot()+uint32(i)+1 {
			break
		}
		if n, _ = d.takeAny([...]List{FreeList, ZeroedList, StandbyList}, u); n == noPage {
			break
		}
		d.pfn[n].original = e
		d.beginRead(n, pte+8*uint64(i+1))
		in.frames = append(in.frames, n)
	}
	in.next, d.paging.reads = d.paging.reads, in
	return in, nt.StatusSuccess
}

// beginRead makes an active frame one that is read to, for the entry at pte. Preconditions:
// the PFN lock is held.
func (d *pfnDatabase) beginRead(n uint32, pte uint64) {
	f := &d.pfn[n]
	d.count[Active]--
	d.uses[f.use]--
	f.share, f.pte, f.io = 0, pte, ioRead
	d.hold(n)
	entry(pte).store(makePTE(n, PteTransition|pteReading))
}

// reading finds the read of a frame. Preconditions: the PFN lock is held, and the
// frame is being read to.
func (d *pfnDatabase) reading(n uint32) *inPage {
	in := d.paging.reads
	for !slices.Contains(in.frames, n) {
		in = in.next
	}
	return in
}

// read fetches the contents, and returns the status of the page that was asked for. When
// several cannot be read together, each is tried alone. IRQL: PASSIVE_LEVEL, no locks; it may
// wait.
func (in *inPage) read() nt.Status {
	in.status = make([]nt.Status, len(in.frames))
	s := in.store.ReadPages(in.page, in.frames)
	Faults.PageReadIo.Add(1)
	for i := range in.frames {
		if in.status[i] = s; !s.OK() && len(in.frames) > 1 {
			in.status[i] = in.store.ReadPages(in.page+uint32(i), in.frames[i:i+1])
			Faults.PageReadIo.Add(1)
		}
		if in.status[i].OK() {
			Faults.PageRead.Add(1)
		}
	}
	if s = in.status[0]; !s.OK() && in.slots != nil {
		pfns.mu.Lock()
		in.slots.readErrors++
		pfns.mu.Unlock()
		pfns.reportOnce(in.slots, false, s)
	}
	return s
}

// finish ends the read: the pages go to the standby list, or, after an error, their
// entries lead to where the contents are again. The caller sets done when it has no locks
// any more.
func (in *inPage) finish() {
	d := &pfns
	d.mu.Lock()
	defer d.mu.Unlock()
	for at := &d.paging.reads; ; at = &(*at).next {
		if *at == in {
			*at = in.next
			break
		}
	}
	for i, n := range in.frames {
		d.endRead(n, in.status[i].OK())
	}
}

// endRead is finish for one frame. Preconditions: the PFN lock is held.
func (d *pfnDatabase) endRead(n uint32, ok bool) {
	p := &d.pfn[n]
	p.io = ioNone
	d.count[Transition]--
	switch {
	case p.pte == 0: // given up meanwhile
		d.dropSlot(p)
	case ok:
		entry(p.pte).store(makePTE(n, PteTransition))
		d.link(n, StandbyList)
		return
	default:
		entry(p.pte).store(p.original)
		p.original, p.pte, p.use = 0, 0, 0
	}
	d.link(n, FreeList)
	d.freed()
}

// waitFault is Fault from where fault has said that there is something to wait
// for: a read, which is this thread's or another's, or pages.
func (a *AddressSpace) waitFault(va uint64, access Access, s nt.Status, w pageWait) nt.Status {
	var r reclaim
	for {
		switch {
		case w.in != nil && w.reads:
			st := w.in.read()
			done := w.in.done
			a.mu.Lock()
			w.in.finish()
			if st.OK() {
				s, w = a.fault(va, access)
			}
			a.mu.Unlock()
			done.Set()
			if !st.OK() {
				return nt.StatusInPageError
			}
		case w.in != nil:
			w.in.done.Wait()
			s, w = a.lockedFault(va, access)
		case s == nt.StatusNoMemory && r.try():
			s, w = a.lockedFault(va, access)
		default:
			return s
		}
	}
}

// pageWait is what a fault has to wait for, without locks, before it is tried
// again: nothing, or a read, its own or another's.
type pageWait struct {
	in    *inPage
	reads bool
}

func (a *AddressSpace) lockedFault(va uint64, access Access) (nt.Status, pageWait) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.fault(va, access)
}
