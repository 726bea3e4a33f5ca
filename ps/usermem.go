package ps

import (
	"gont/ke"
	"gont/mm"
	"gont/nt"
)

// Access to the current process's memory: CopyFrom and CopyTo have two twins. The
// range is checked, and what faults is made present or is STATUS_ACCESS_VIOLATION, or
// STATUS_IN_PAGE_ERROR. A fault may wait for a paging file: no lock is held here, and
// the level is APC_LEVEL at most.

// UserSpan reports whether n bytes from va on are all in the program's half.
func UserSpan(va, n uint64) bool {
	const most = nt.MaximumUserAddress - nt.MinimumUserAddress
	return va-nt.MinimumUserAddress <= most && n <= nt.MaximumUserAddress+1-va
}

// badSpan is what a copy of n bytes says that are not all in the program's half: none need
// be anywhere.
func badSpan(n uint64) nt.Status {
	if n == 0 {
		return nt.StatusSuccess
	}
	return nt.StatusAccessViolation
}

// CopyStatus is what a service says of memory that UserFault has not made present.
func CopyStatus(s nt.Status) nt.Status {
	if s == nt.StatusInPageError {
		return s
	}
	return nt.StatusAccessViolation
}

// inPage reports whether n bytes from va on, at least one, are all in one page.
func inPage(va, n uint64) bool { return n-1 < mm.PageSize && (va^(va+n-1)) < mm.PageSize }

// probePages is ProbeWrite page by page.
func probePages(t *Thread, va, n uint64) nt.Status {
	if !UserSpan(va, n) {
		return nt.StatusAccessViolation
	}
	for at := va; at < va+n; at = at&^(mm.PageSize-1) + mm.PageSize {
		if s := probeByte(t, at); !s.OK() {
			return s
		}
		if n > mm.PageSize {
			ke.Poll()
		}
	}
	return nt.StatusSuccess
}
