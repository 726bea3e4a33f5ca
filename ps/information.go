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
// threads' by the difference, within the range, dynamic or realtime, that it is
// in.
func (p *Process) SetBase(base int) {
	by := base - int(p.base.Swap(int32(base)))
	for _, t := range p.ThreadList() {
		ke.SetBasePriority(t.Thread, within(base, t.BasePriority()+by, int(t.saturation.Load())))
	}
}

// saturated is the difference, or its negative, that stands for the end of the
// range of priorities that the process is in.
const saturated = (ke.HighPriority + 1) / 2

// within is a thread's base priority in a process with priority base: want, kept
// in base's range, or an end of that.
func within(base, want, saturation int) int {
	low, high := 1, ke.LowRealtime-1
	if base >= ke.LowRealtime {
		low, high = ke.LowRealtime, ke.HighPriority
	}
	switch {
	case saturation > 0:
		return high
	case saturation < 0:
		return low
	}
	return min(max(want, low), high)
}

// SetRelativePriority is KeSetBasePriorityThread: the thread's base priority is
// by beside the process's, -2 to 2, or anything in a realtime process; 16 and
// -16 are the ends of the range. STATUS_INVALID_PARAMETER for others.
func (t *Thread) SetRelativePriority(by int) nt.Status {
	base, saturation := t.Process.Base(), 0
	switch {
	case by == saturated:
		saturation = 1
	case by == -saturated:
		saturation = -1
	case (by < -2 || by > 2) && base < ke.LowRealtime:
		return nt.StatusInvalidParameter
	}
	t.saturation.Store(int32(saturation))
	ke.SetBasePriority(t.Thread, within(base, base+by, saturation))
	return nt.StatusSuccess
}

// RelativePriority is KeQueryBasePriorityThread: what SetRelativePriority was
// told, or where the thread is otherwise.
func (t *Thread) RelativePriority() int {
	if s := t.saturation.Load(); s != 0 {
		return int(s) * saturated
	}
	return t.BasePriority() - t.Process.Base()
}
