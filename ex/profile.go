package ex

import (
	"slices"
	"sync/atomic"

	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// Profile is EPROFILE: while it is started, the instruction pointers that clock
// ticks find in a range of addresses are counted into buckets, 32 bits each, in
// a process's memory.
type Profile struct {
	ProfileRange
	Process *ob.Object // whose ring 3 is looked at, nil: all processes and the kernel
	Owner   *ob.Object // the process that has the buckets
	// Affinity has the bits of the processors whose ticks count.
	Affinity uint64

	started bool // profiles.mu
}

// ProfileRange is what is counted, and where.
type ProfileRange struct {
	Base, Size uint64 // addresses
	Shift      uint32 // a bucket is for 1<<Shift bytes of them
	Buffer     uint64 // the first bucket
	Length     uint32 // of the buffer, bytes
}

// Check is what NtCreateProfile wants of a range: STATUS_INVALID_PARAMETER_7 for an
// empty buffer, STATUS_INVALID_PARAMETER for buckets of less than 4 or more
// than 2 GiB, STATUS_BUFFER_TOO_SMALL, STATUS_BUFFER_OVERFLOW for a range
// that passes the end of all addresses.
func (r *ProfileRange) Check() nt.Status {
	switch {
	case r.Length == 0:
		return nt.StatusInvalidParameter7
	case r.Shift < 2 || r.Shift > 31:
		return nt.StatusInvalidParameter
	case r.Size>>(r.Shift-2) > uint64(r.Length):
		return nt.StatusBufferTooSmall
	case r.Base+r.Size < r.Base:
		return nt.StatusBufferOverflow
	}
	return nt.StatusSuccess
}

// bucket is the address of the bucket that counts rip.
func (r *ProfileRange) bucket(rip uint64) (va uint64, ok bool) {
	if rip < r.Base || rip-r.Base >= r.Size {
		return 0, false
	}
	at := (rip - r.Base) >> r.Shift * 4
	return r.Buffer + at, at+4 <= uint64(r.Length)
}

// MaximumProfiles is how many may be started at the same time: a tick looks at
// all of them.
const MaximumProfiles = 32

// profiles are those that are started.
var profiles struct {
	mu     ke.FastMutex
	active []*ob.Object
	count  atomic.Int32
	every  atomic.Uint32 // ticks between two samples, less one
}

// Profiling reports whether any profile is started. Any IRQL.
func Profiling() bool { return profiles.count.Load() != 0 }

// ProfileTick is the clock's: the processor's n-th tick has found it at rip, in a
// thread of process. IRQL: PASSIVE_LEVEL, no locks.
func ProfileTick(processor int, n, rip uint64, process *ps.Process) {
	if n%(uint64(profiles.every.Load())+1) != 0 {
		return
	}
	profiles.mu.Lock()
	var hits [MaximumProfiles]*ob.Object
	list := hits[:0]
	for _, o := range profiles.active {
		p := o.Body.(*Profile)
		if _, ok := p.bucket(rip); ok && p.Affinity>>processor&1 == 1 && p.concerns(process, rip) && o.TryReference() {
			list = append(list, o)
		}
	}
	profiles.mu.Unlock()
	for _, o := range list {
		o.Body.(*Profile).sample(rip, process != ps.Idle)
		// The thread may be on its way to anything: what the end of a profile takes
		// along goes later.
		o.DereferenceDeferDelete()
	}
}

// concerns reports whether the profile is of what process does at rip.
func (p *Profile) concerns(process *ps.Process, rip uint64) bool {
	return p.Process == nil || p.Process == process.Object && rip <= nt.MaximumUserAddress
}

// sample counts rip. A bucket that is not there (any more) counts nothing; one whose
// page has to be fetched is waited for, but not by an idle thread.
func (p *Profile) sample(rip uint64, mayWait bool) {
	space := p.Owner.Body.(*ps.Process).Space
	va, ok := p.bucket(rip)
	if !ok || space == nil || space.Increment(va) || !mayWait {
		return
	}
	if space.Fault(va, mm.Write).OK() {
		space.Increment(va)
	}
}

// StartProfile is NtStartProfile's work, for a profile's object:
// STATUS_PROFILING_NOT_STOPPED when it is started already,
// STATUS_PROFILING_AT_LIMIT when MaximumProfiles are.
func StartProfile(o *ob.Object) nt.Status {
	p := o.Body.(*Profile)
	profiles.mu.Lock()
	defer profiles.mu.Unlock()
	switch {
	case p.started:
		return nt.StatusProfilingNotStopped
	case len(profiles.active) == MaximumProfiles:
		return nt.StatusProfilingAtLimit
	}
	p.started = true
	profiles.active = append(profiles.active, o)
	profiles.count.Add(1)
	return nt.StatusSuccess
}

// StopProfile is NtStopProfile's work: STATUS_PROFILING_NOT_STARTED when it is
// not started.
func StopProfile(o *ob.Object) nt.Status {
	p := o.Body.(*Profile)
	profiles.mu.Lock()
	defer profiles.mu.Unlock()
	if !p.started {
		return nt.StatusProfilingNotStarted
	}
	p.started = false
	profiles.active = slices.DeleteFunc(profiles.active, func(x *ob.Object) bool { return x == o })
	profiles.count.Add(-1)
	return nt.StatusSuccess
}

// DeleteProfile is the type's Delete procedure.
func DeleteProfile(o *ob.Object) {
	StopProfile(o)
	p := o.Body.(*Profile)
	if p.Process != nil {
		p.Process.Dereference()
	}
	p.Owner.Dereference()
}

// SetProfileInterval is KeSetIntervalProfile: interval and result are 100 ns
// units, as is tick, the time between two clock ticks. The interval becomes a
// number of ticks, from 1 to a second's, and is the same for all profiles.
func SetProfileInterval(interval uint32, tick uint32) {
	n := (uint64(interval) + uint64(tick)/2) / uint64(tick)
	profiles.every.Store(uint32(min(max(n, 1), 10_000_000/uint64(tick)) - 1))
}

// ProfileInterval is KeQueryIntervalProfile.
func ProfileInterval(tick uint32) uint32 { return (profiles.every.Load() + 1) * tick }
