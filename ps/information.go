package ps

import (
	"gont/ke"
	"gont/nt"
)

func now() uint64 {
	if Now == nil {
		return 0
	}
	return Now()
}

// ExitTime is the system time of the process's end, 0 before.
func (p *Process) ExitTime() uint64 { return p.exitTime.Load() }

// ExitTime is the system time of the thread's end, 0 before.
func (t *Thread) ExitTime() uint64 { return t.exitTime.Load() }

// Affinity is the set of processors that the process's threads may use.
func (p *Process) Affinity() uint64 {
	if m := p.affinity.Load(); m != 0 {
		return m
	}
	return ke.ActiveProcessors()
}

// SetAffinity restricts all threads of the process, and those that come.
// STATUS_INVALID_PARAMETER for a mask that is empty or has processors that are
// not there; nothing is changed then.
func (p *Process) SetAffinity(mask uint64) nt.Status {
	if mask == 0 || mask&^ke.ActiveProcessors() != 0 {
		return nt.StatusInvalidParameter
	}
	p.affinity.Store(mask)
	for _, t := range p.ThreadList() {
		ke.SetAffinity(t.Thread, mask)
	}
	return nt.StatusSuccess
}

// restrict gives a new thread its process's affinity.
func (t *Thread) restrict() {
	if mask := t.Process.affinity.Load(); mask != 0 {
		ke.SetAffinity(t.Thread, mask)
	}
}

// SetAffinity restricts a thread, within what its process may use.
func (t *Thread) SetAffinity(mask uint64) nt.Status {
	if mask&^t.Process.Affinity() != 0 {
		return nt.StatusInvalidParameter
	}
	_, s := ke.SetAffinity(t.Thread, mask)
	return s
}

// SetBase gives the process another base priority, 1 to 31, and moves its
// threads' by the difference.
func (p *Process) SetBase(base int) {
	by := base - int(p.base.Swap(int32(base)))
	for _, t := range p.ThreadList() {
		ke.SetBasePriority(t.Thread, min(max(t.BasePriority()+by, 1), ke.HighPriority))
	}
}
