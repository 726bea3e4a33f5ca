package mm

// Commit accounting. Every page of memory that somebody may touch has a page
// frame promised to it, before it is touched: private pages from being committed
// on, pages of page-file sections, the copies of pages that are copied on
// write. The limit is the RAM, less KernelReserve, and the paging files.
// What the kernel itself has (heap, pools, page tables, images, what the loader
// left) counts as it is taken, and is not refused before memory is at its end:
// the reserve is for that.

// promised reports whether pages of a use are charged for by whoever promised
// them, or, of files, are nobody's promise, since they can leave memory at any time; other
// pages count as they are taken.
func (u Use) promised() bool {
	return u == UsePrivate || u == UseSection || u == UseFile || u == UseZeroing
}

// committed is what has been promised and what the kernel has, in pages.
// Preconditions: the PFN lock is held.
func (d *pfnDatabase) committed() uint64 {
	n := d.charges
	for u, c := range d.uses {
		if !Use(u).promised() {
			n += c
		}
	}
	return n
}

// limit is how many pages committed may be, for those who ask before.
func (d *pfnDatabase) limit() uint64 {
	n := d.ram - d.low + d.overcommit + d.paging.size - d.count[BadList]
	return n - min(n, KernelReserve)
}

// chargeCommit promises n pages. It reports false, and promises nothing, when
// that would exceed the limit, even with the kernel's garbage collected. The caller may
// hold address spaces' locks, but not the PFN lock.
func chargeCommit(n uint64) bool {
	return pfns.charge(n) || n <= pfns.ram && collect() && pfns.charge(n)
}

func (d *pfnDatabase) charge(n uint64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c, l := d.committed(), d.limit(); n > l || c > l-n {
		return false
	}
	d.charges += n
	d.peak = max(d.peak, d.committed())
	return true
}

// returnCommit takes a promise of n pages back.
func returnCommit(n uint64) {
	d := &pfns
	d.mu.Lock()
	defer d.mu.Unlock()
	if n > d.charges {
		panic("mm: more commit was returned than charged")
	}
	d.charges -= n
}

// Commit is the system's commit charge, in pages.
type Commit struct {
	Committed, Limit, Peak uint64
	// Unpromised is how many available pages nobody has been promised; what the
	// kernel takes beyond, a program will miss.
	Unpromised uint64
}

// QueryCommit returns the figures of NtQuerySystemInformation.
func QueryCommit() Commit {
	d := &pfns
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.committed()
	d.peak = max(d.peak, c)
	// What is promised and has neither a page for sure, one on the standby list
	// is available to all, nor a place in a paging file.
	there := d.uses[UsePrivate] + d.uses[UseSection] + d.count[ModifiedList] + d.count[Transition] + d.paging.size
	available, open := d.available(), d.charges-min(d.charges, there)
	return Commit{c, d.limit(), d.peak, available - min(available, open)}
}

// charge is chargeCommit for a's process.
func (a *AddressSpace) charge(n uint64) bool {
	if n == 0 {
		return true
	}
	if q := tuning.processCommit; q != 0 && (n > q || a.charges.Load() > q-n) || !chargeCommit(n) {
		return false
	}
	// Written with the address space's lock held, read without.
	c := a.charges.Add(n)
	a.peakCharges.Store(max(a.peakCharges.Load(), c))
	return true
}

func (a *AddressSpace) uncharge(n uint64) {
	if n > 0 {
		returnCommit(n)
		a.charges.Add(-n)
	}
}

// Commit returns what is charged to the process now, and the most that ever
// was, in pages (PagefileUsage and PeakPagefileUsage of NT).
func (a *AddressSpace) Commit() (now, peak uint64) { return a.charges.Load(), a.peakCharges.Load() }
