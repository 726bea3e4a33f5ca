package mm

// Reclaiming: a thread that has found no free page takes pages out of working sets, and
// waits until the modified-page writer has written them.

// writerWait is a thread that waits for the writer.
type writerWait struct {
	done  ZeroEvent
	wrote int // pages that the writer has written meanwhile
	next  *writerWait
}

// reclaim counts the attempts of one thread to get a page.
type reclaim struct{ rounds, fruitless int }

// maximumRounds is how often a thread tries to get a page, whatever comes of it;
// maximumFruitless how often when nothing has changed.
const (
	maximumRounds    = 1000
	maximumFruitless = 3
)

// try tries to make pages available, and reports whether to ask for one again.
// Without a paging file that can only be pages that are zero, those of files, or the kernel's
// garbage. IRQL:
// PASSIVE_LEVEL, no locks; it may wait.
func (r *reclaim) try() bool {
	r.rounds++
	if !hasPagingFile() {
		if r.rounds == 1 && (relieve() > 0 || collect()) {
			return true
		}
		return r.rounds < maximumFruitless && waitForFileWriter()
	}
	if r.rounds > 1 && pageAvailable() { // another thread took the page that this one had made available
		return r.rounds < maximumRounds
	}
	adjustLookasides(true)
	trimmed := makeModified()
	if wrote := waitForWriter(KernelReserve / 2); trimmed+wrote > 0 || pageAvailable() {
		r.fruitless = 0
		return r.rounds < maximumRounds
	}
	if waitForFileWriter() || collect() && pageAvailable() { // the kernel's garbage was in the way
		return r.rounds < maximumRounds
	}
	r.fruitless++
	return r.fruitless < maximumFruitless
}

func hasPagingFile() bool {
	pfns.mu.Lock()
	defer pfns.mu.Unlock()
	return pfns.paging.files > 0
}

// pageAvailable reports whether AllocatePage has a page for programs.
func pageAvailable() bool {
	pfns.mu.Lock()
	defer pfns.mu.Unlock()
	return pfns.available() > KernelReserve/2
}

// makeModified takes pages out of working sets until enough are available or can be
// written: those that have not been used for longest first, then, when all have
// been used, any.
func makeModified() (trimmed int) {
	all := allSpaces()
	pass := func(from, to int) bool {
		for age := from; age >= to; age-- {
			for _, a := range all {
				if enough() {
					return true
				}
				trimmed += a.Trim(trimBatch, age, false)
			}
		}
		return enough()
	}
	if pass(oldest, 1) {
		return trimmed
	}
	for _, a := range all {
		a.Age()
	}
	if !pass(oldest, 1) {
		pass(0, 0)
	}
	return trimmed
}

// waitForWriter waits until the writer has written some pages or has found that
// it cannot, and returns how many. It does not wait if there is nothing to be
// written, or more than plenty pages are available.
func waitForWriter(plenty uint64) (wrote int) {
	w := &writerWait{done: NewEvent()}
	d := &pfns
	d.mu.Lock()
	event := d.paging.writer
	if event == nil || d.available() > plenty ||
		d.paging.cluster == nil && (d.count[ModifiedList] == 0 || d.paging.free == 0) {
		d.mu.Unlock()
		return 0
	}
	w.next, d.paging.waiters = d.paging.waiters, w
	d.mu.Unlock()
	event.Set()
	w.done.Wait()
	return w.wrote
}

// wakeWriterWaits ends the waits of all threads in waitForWriter. The modified-page
// writer calls it after it has written.
func wakeWriterWaits(wrote int) {
	pfns.mu.Lock()
	w := pfns.paging.waiters
	pfns.paging.waiters = nil
	pfns.mu.Unlock()
	for w != nil {
		next := w.next // w is its thread's again with Set
		w.wrote = wrote
		w.done.Set()
		w = next
	}
}

// Reclaim is for the kernel, which takes pages that programs do not get
// (TakePages), and has found too few: some more become available if possible. It
// reports whether to look again; false without a paging file. IRQL: PASSIVE_LEVEL,
// no locks; it may wait.
func Reclaim() bool {
	if !hasPagingFile() {
		return false
	}
	return makeModified()+waitForWriter(lowPages()) > 0
}

// AllocatePageWait is AllocatePage for callers that can wait until other pages
// have left memory. IRQL: PASSIVE_LEVEL, no locks.
func AllocatePageWait(u Use, zeroed bool) (pfn uint32, ok bool) {
	for r := (reclaim{}); ; {
		if pfn, ok = AllocatePage(u, zeroed); ok || !r.try() {
			return pfn, ok
		}
	}
}
