package mm

// The balance set manager's part that is memory's (MmWorkingSetManager): once
// a second it looks at all working sets.

// lowPages is how few available pages are too few: working sets are trimmed
// until there are twice as many.
func lowPages() uint64 { return min(KernelReserve+pfns.ram/32, 4096) }

// Low reports whether pages are few.
func Low() bool {
	pfns.mu.Lock()
	defer pfns.mu.Unlock()
	return pfns.available() < lowPages()
}

// enough reports whether trimming may end: twice as many pages are available as
// are too few, or will be when the writer has written what it can.
func enough() bool {
	d := &pfns
	d.mu.Lock()
	defer d.mu.Unlock()
	leave := d.count[ModifiedList] - min(d.count[ModifiedList], d.paging.stuck)
	return d.available()+min(leave, d.paging.free)+uint64(len(d.paging.cluster)) >= 2*lowPages()
}

// morePages reports whether n times as many pages are available as are too few.
func morePages(n uint64) bool {
	pfns.mu.Lock()
	defer pfns.mu.Unlock()
	return pfns.available() >= n*lowPages()
}

// OnBalance, if set, is called once a second by the balance set manager, without locks (cc's
// lazy writer).
var OnBalance func()

// Balance makes every working set a second older, from when pages become fewer,
// and takes out the pages that have not been used for a while, the oldest first,
// when they are few. It returns how many. Pages that are in use stay: they would
// only come back by a fault. With a paging file the writer is woken for what was
// written to, and pages have to be unused for a shorter while. IRQL:
// PASSIVE_LEVEL, no locks; it is a dispatch point.
func Balance() (trimmed int) {
	defer SignalWriter()
	if OnBalance != nil {
		defer OnBalance()
	}
	noteFilePeak()
	low := Low()
	adjustLookasides(low)
	if morePages(4) {
		return 0
	}
	youngest := oldest - 1
	if hasPagingFile() {
		youngest = 1
	}
	all := allSpaces()
	for _, a := range all {
		a.Age()
	}
	for age := oldest; low && age >= youngest; age-- {
		for _, a := range all {
			if enough() {
				return trimmed
			}
			trimmed += a.Trim(trimBatch, age, false)
		}
	}
	return trimmed
}

// relieve is for a fault that has found no page: whatever can be had at once is
// taken out of working sets, pages that are zero. It returns how many.
func relieve() (trimmed int) {
	adjustLookasides(true)
	for _, a := range allSpaces() {
		if enough() {
			break
		}
		trimmed += a.Trim(trimBatch, 0, true)
	}
	return trimmed
}

// trimBatch is how many pages a process loses at a time.
const trimBatch = 512
