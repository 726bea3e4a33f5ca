package mm

import "gont/nt"

// Tuning is what the control vector sets of memory management (SPEC P0.7). 0 leaves the choice
// to the system.
type Tuning struct {
	PoolBytes     [2]uint64 // the most that a pool may take, by PoolType
	ProcessCommit uint64    // bytes that a process may commit
	SystemPages   uint64    // system page-table entries, up to SystemPtePages
	// SpecialTags are the tags of blocks that come from special pool, one by one as with
	// the verifier.
	SpecialTags []Tag
	// ClearPageFiles: ClearPagingFiles has something to do.
	ClearPageFiles bool
}

// tuning is written once, while one processor runs with interrupts off, and read
// without a lock.
var tuning = tuned{systemPages: SystemPtePages}

type tuned struct {
	poolPages      [2]uint64 // 0: no limit
	processCommit  uint64    // pages, 0: no limit
	systemPages    int
	specialTags    []Tag
	clearPageFiles bool
}

// Tune puts settings in force. Precondition: phase 0, nothing has been allocated.
func Tune(t Tuning) {
	tuning = tuned{poolPages: [2]uint64{t.PoolBytes[0] / PageSize, t.PoolBytes[1] / PageSize}, processCommit: t.ProcessCommit / PageSize,
		systemPages: SystemPtePages, specialTags: t.SpecialTags, clearPageFiles: t.ClearPageFiles}
	if t.SystemPages != 0 {
		tuning.systemPages = int(min(t.SystemPages, SystemPtePages))
	}
}

// special reports whether blocks with this tag come from special pool.
func special(tag Tag) bool {
	for _, t := range tuning.specialTags {
		if t == tag {
			return true
		}
	}
	return false
}

// poolFull reports whether n pages more are more than a pool may have. Preconditions: the
// pool's lock is held.
func poolFull(t PoolType, n uint64) bool {
	most := tuning.poolPages[t]
	return most != 0 && pool.pages[t]+n > most
}

// ClearPagingFiles overwrites every slot of every paging file that is or was used with zeros
// (SPEC X2), where the settings want it: programs' memory does not stay on a disk. It
// returns how many pages that were, and the first error. Precondition: no program runs.
// PASSIVE_LEVEL, no locks.
func ClearPagingFiles() (pages uint64, s nt.Status) {
	d := &pfns
	if !tuning.clearPageFiles {
		return 0, nt.StatusSuccess
	}
	zero, ok := AllocatePage(UseShared, true)
	if !ok {
		return 0, nt.StatusNoMemory
	}
	defer FreePage(zero)
	var frames [writeCluster]uint32
	for i := range frames {
		frames[i] = zero
	}
	d.mu.Lock()
	files := append([]*pagingFile(nil), d.paging.file[:d.paging.files]...)
	d.mu.Unlock()
	for _, f := range files {
		for at := uint32(0); at < f.size; at += writeCluster {
			n := min(f.size-at, writeCluster)
			if st := f.store.WritePages(at, frames[:n]); !st.OK() && s.OK() {
				s = st
			}
			pages += uint64(n)
		}
		if x, ok := f.store.(interface{ Flush() nt.Status }); ok {
			if st := x.Flush(); !st.OK() && s.OK() {
				s = st
			}
		}
	}
	return pages, s
}
