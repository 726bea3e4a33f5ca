package mm

// The balance set manager's part that is memory's (MmWorkingSetManager): once
// a second, and when pages become few, it looks at all working sets.

// lowPages is how few available pages are too few: working sets are trimmed
// until there are twice as many.
func lowPages() uint64 { return min(KernelReserve+pfns.ram/32, 4096) }

// Low reports whether pages are few.
func Low() bool {
	pfns.mu.Lock()
	defer pfns.mu.Unlock()
	return pfns.available() < lowPages()
}

// Balance makes every working set a second older and, when pages are few, takes
// pages out: old ones first, then all that have not been used lately, then
// any. It returns how many. IRQL: PASSIVE_LEVEL, no locks.
func Balance() (trimmed int) {
	all := allSpaces()
	for _, a := range all {
		a.Age()
	}
	low := Low()
	adjustLookasides(low)
	if !low {
		return 0
	}
	for age := oldest; age >= 0; age-- {
		for _, a := range all {
			c := QueryCounts()
			if c.Available() >= 2*lowPages() {
				return trimmed
			}
			trimmed += a.Trim(trimBatch, age)
		}
	}
	return trimmed
}

// trimBatch is how many pages a process loses at a time.
const trimBatch = 512
