package mm

// FileCache is what memory has of files, in pages, for NtQuerySystemInformation and the prompt's `cache`.
type FileCache struct {
	Active, Peak uint64 // in use or mapped; the most that the balance set manager, which looks once a second, has seen
	Transition   uint64 // on the standby and modified lists: nobody uses them now
}

// QueryFileCache counts the pages of files. Pages come and go while it counts, a part of the PFN database at a time. IRQL:
// APC_LEVEL or below, no locks.
func QueryFileCache() (c FileCache) {
	const part = 4096 // frames for which the lock is held
	for first, end := 0, 1; first < end; first += part {
		pfns.mu.Lock()
		end = len(pfns.pfn)
		for i := first; i < min(first+part, end); i++ {
			switch p := &pfns.pfn[i]; p.list {
			case StandbyList, ModifiedList, ModifiedFileList:
				if p.use == UseFile {
					c.Transition++
				}
			}
		}
		c.Active = pfns.uses[UseFile]
		c.Peak = max(pfns.files.peak, c.Active)
		pfns.mu.Unlock()
	}
	return c
}

// noteFilePeak is for the balance set manager.
func noteFilePeak() {
	pfns.mu.Lock()
	pfns.files.peak = max(pfns.files.peak, pfns.uses[UseFile])
	pfns.mu.Unlock()
}
