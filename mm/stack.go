package mm

import "gont/nt"

// Stacks of programs: reserved, committed at the upper end, and below that a
// guard page. The first touch of the guard page commits the page below, which
// becomes the guard, so that the stack grows by pages. The lowest page is never
// committed: when the guard would get there, the program is told that its
// stack is full.

// CreateStack makes a stack of reserve bytes with commit of them committed; at
// least a page, and a page for the guard. It grows from base down; limit is the
// lowest committed byte above the guard, allocation the lowest of all.
func (a *AddressSpace) CreateStack(reserve, commit uint64) (base, limit, allocation uint64, st nt.Status) {
	commit = max(roundUp(commit), PageSize)
	reserve = (max(reserve, commit+3*PageSize) + nt.AllocationGranularity - 1) &^ (nt.AllocationGranularity - 1)
	allocation, reserve, st = a.Allocate(0, reserve, nt.MemReserve, nt.PageReadWrite)
	if !st.OK() {
		return 0, 0, 0, st
	}
	base = allocation + reserve
	limit = base - commit
	if _, _, st = a.Allocate(limit, commit, nt.MemCommit, nt.PageReadWrite); st.OK() {
		_, _, st = a.Allocate(limit-PageSize, PageSize, nt.MemCommit, nt.PageReadWrite|nt.PageGuard)
	}
	if !st.OK() {
		a.Free(allocation, 0, nt.MemRelease)
		return 0, 0, 0, st
	}
	return base, limit, allocation, nt.StatusSuccess
}

// GrowStack is for a thread whose touch of va Fault has answered with
// STATUS_GUARD_PAGE_VIOLATION, and whose stack is, as its TEB has it, from
// allocation to base. It returns STATUS_SUCCESS when va was the stack's guard
// page and there is a new one, STATUS_STACK_OVERFLOW when there is no room or no
// memory for one; limit is the stack's new limit then. For any other page the
// answer stays STATUS_GUARD_PAGE_VIOLATION. The TEB is the program's to write, and
// is not believed further than the program's own memory goes.
func (a *AddressSpace) GrowStack(va, base, allocation uint64) (limit uint64, st nt.Status) {
	page := roundDown(va)
	if va < allocation || va >= base {
		return 0, nt.StatusGuardPageViolation
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	v := a.find(page)
	if v == nil || v.Section != nil || v.Fixed || v.prot(v.index(page)) == 0 {
		return 0, nt.StatusGuardPageViolation
	}
	next := page - PageSize
	if next <= max(roundDown(allocation), v.Start) || next > page {
		return page, nt.StatusStackOverflow
	}
	if v.prot(v.index(next)) != 0 {
		return 0, nt.StatusGuardPageViolation // no stack looks like that
	}
	if !a.charge(1) {
		return page, nt.StatusStackOverflow
	}
	v.setProt(v.index(next), v.index(next)+1, nt.PageReadWrite|nt.PageGuard)
	return page, nt.StatusSuccess
}
