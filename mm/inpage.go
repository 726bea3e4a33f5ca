package mm

import "gont/nt"

// In-page faults (SPEC P1.18): the contents of a page are in a paging file. The
// thread that faults first takes a frame, which is from then on the page's, in
// transition and on no list (ioRead), and reads with no lock held. Whoever else
// wants the page meanwhile, a thread of the same process or of another one that
// maps the section, waits for that and then faults again (a collided fault). A
// page may be given up while it is read; then the frame and the slot go when the
// read ends.

// inPage is a read that goes on.
type inPage struct {
	frame uint32
	from  PTE       // the slot
	done  ZeroEvent // set at the end
	next  *inPage   // of the list of all
}

// inPageFault begins the read of the page that the entry p says is in a paging file: it
// takes a frame, and makes p an entry in transition that leads to this frame. The caller
// has to call read and finish. p is the entry of a private page of an address space whose
// lock is held (u is UsePrivate), or a prototype entry of a section whose lock is held
// (UseSection); pte is the physical address of p. STATUS_NO_MEMORY when no frame is
// available.
func inPageFault(p *PTE, pte uint64, u Use) (in *inPage, s nt.Status) {
	n, ok := AllocatePage(u, false)
	if !ok {
		return nil, nt.StatusNoMemory
	}
	in = &inPage{frame: n, done: NewEvent()}
	d := &pfns
	d.mu.Lock()
	defer d.mu.Unlock()
	in.from = p.load()
	f := &d.pfn[n]
	d.count[Active]--
	d.uses[u]--
	f.share, f.pte, f.io, f.original = 0, pte, ioRead, in.from
	d.hold(n)
	p.store(makePTE(n, PteTransition))
	in.next, d.paging.reads = d.paging.reads, in
	return in, nt.StatusSuccess
}

// reading finds the read of a frame. Preconditions: the PFN lock is held, and the
// frame is being read to.
func (d *pfnDatabase) reading(n uint32) *inPage {
	in := d.paging.reads
	for in.frame != n {
		in = in.next
	}
	return in
}

// read fetches the contents. IRQL: PASSIVE_LEVEL, no locks; it may wait.
func (in *inPage) read() nt.Status {
	f := pfns.paging.file[in.from.file()]
	s := f.store.ReadPages(in.from.slot(), []uint32{in.frame})
	Faults.PageReadIo.Add(1)
	if s.OK() {
		Faults.PageRead.Add(1)
		return s
	}
	pfns.mu.Lock()
	f.readErrors++
	pfns.mu.Unlock()
	pfns.reportOnce(f, false, s)
	return s
}

// finish ends the read: the page goes to the standby list, or, after an error,
// its entry leads to the slot again. The caller sets done when he has no locks
// any more.
func (in *inPage) finish(s nt.Status) {
	d := &pfns
	d.mu.Lock()
	defer d.mu.Unlock()
	for at := &d.paging.reads; ; at = &(*at).next {
		if *at == in {
			*at = in.next
			break
		}
	}
	p := &d.pfn[in.frame]
	p.io = ioNone
	d.count[Transition]--
	switch {
	case p.pte == 0: // given up meanwhile
		d.dropSlot(p)
	case s.OK():
		d.link(in.frame, StandbyList)
		return
	default:
		entry(p.pte).store(p.original)
		p.original, p.pte, p.use = 0, 0, 0
	}
	d.link(in.frame, FreeList)
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
			w.in.finish(st)
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
