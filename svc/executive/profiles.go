package executive

import (
	"gont/ex"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/se"
	"gont/svc"
)

// NtCreateProfile(*handle, process, base, size, shift, *buckets, length, source,
// affinity). Process 0 stands for all processes and the kernel, for those who have
// SeSystemProfilePrivilege.
func NtCreateProfile(c *svc.Call) nt.Status {
	t := c.Thread
	var arg [5]uint64
	for i := range arg {
		arg[i] = c.Arg(5 + i)
	}
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	p := &ex.Profile{ProfileRange: ex.ProfileRange{Base: c.Arg(3), Size: c.Arg(4), Shift: uint32(arg[0]), Buffer: arg[1], Length: uint32(arg[2])}, Affinity: arg[4]}
	if s := p.Check(); !s.OK() {
		return s
	}
	switch {
	case uint32(arg[3]) != nt.ProfileTime:
		return nt.StatusNotSupported
	case arg[4]&ke.ActiveProcessors() == 0:
		return nt.StatusInvalidParameter
	case p.Buffer&3 != 0:
		return nt.StatusDatatypeMisalignment
	}
	if s := svc.ProbeWrite(t, p.Buffer, uint64(p.Length)); !s.OK() {
		return s
	}
	if s := svc.ProbeWrite(t, c.Arg(1), 8); !s.OK() {
		return s
	}
	if c.Arg(2) != 0 {
		_, o, s := svc.ProcessFromHandle(t, c.Arg(2), nt.ProcessQueryInformation)
		if !s.OK() {
			return s
		}
		p.Process = o
	} else if !t.Process.Has(se.SystemProfilePrivilege) {
		return nt.StatusPrivilegeNotHeld
	}
	p.Owner = t.Process.Object.Reference()
	o := ob.New(ex.ProfileType, p)
	defer o.Dereference()
	return svc.GiveHandle(t, c.Arg(1), o, nt.ProfileControl, 0, nt.StatusSuccess)
}

// profileService is NtStartProfile and NtStopProfile(handle).
func profileService(do func(*ob.Object) nt.Status) svc.Routine {
	return func(c *svc.Call) nt.Status {
		t := c.Thread
		o, s := t.Process.Handles.Reference(c.Handle(1), nt.ProfileControl, ex.ProfileType)
		if !s.OK() {
			return s
		}
		s = do(o)
		o.Dereference()
		return s
	}
}

// NtQueryIntervalProfile(source, *interval): 100 ns units, 0 for a source that
// there is not.
func NtQueryIntervalProfile(c *svc.Call) nt.Status {
	t := c.Thread
	v := uint32(0)
	if c.Uint32(1) == nt.ProfileTime {
		v = ex.ProfileInterval(ke.TimeIncrement)
	}
	return svc.Put(t, c.Arg(2), &v)
}

// NtSetIntervalProfile(interval, source)
func NtSetIntervalProfile(c *svc.Call) nt.Status {
	if c.Uint32(2) != nt.ProfileTime {
		return nt.StatusNotSupported
	}
	ex.SetProfileInterval(c.Uint32(1), ke.TimeIncrement)
	return nt.StatusSuccess
}

// Services that let a profile count, or not: (handle).
var (
	NtStartProfile = profileService(ex.StartProfile)
	NtStopProfile  = profileService(ex.StopProfile)
)
