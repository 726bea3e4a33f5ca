//go:build kernel

package main

import (
	"gont/ex"
	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
	"gont/se"
)

// ntCreateProfile(*handle, process, base, size, shift, *buckets, length, source,
// affinity). Process 0 stands for all processes and the kernel, for those who have
// SeSystemProfilePrivilege.
func ntCreateProfile(t *ps.Thread, c *hal.Context) nt.Status {
	var arg [5]uint64
	for i := range arg {
		var s nt.Status
		if arg[i], s = argument(t, c, 5+i); !s.OK() {
			return s
		}
	}
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	p := &ex.Profile{ProfileRange: ex.ProfileRange{Base: c.R8, Size: c.R9, Shift: uint32(arg[0]), Buffer: arg[1], Length: uint32(arg[2])}, Affinity: arg[4]}
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
	if s := probeWrite(t, p.Buffer, uint64(p.Length)); !s.OK() {
		return s
	}
	if s := probeWrite(t, c.R10, 8); !s.OK() {
		return s
	}
	if c.Rdx != 0 {
		_, o, s := processFromHandle(t, c.Rdx, nt.ProcessQueryInformation)
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
	return giveHandle(t, c.R10, o, nt.ProfileControl, 0, nt.StatusSuccess)
}

// profileService is NtStartProfile and NtStopProfile(handle).
func profileService(do func(*ob.Object) nt.Status) service {
	return func(t *ps.Thread, c *hal.Context) nt.Status {
		o, s := t.Process.Handles.Reference(nt.Handle(c.R10), nt.ProfileControl, ex.ProfileType)
		if !s.OK() {
			return s
		}
		s = do(o)
		o.Dereference()
		return s
	}
}

// ntQueryIntervalProfile(source, *interval): 100 ns units, 0 for a source that
// there is not.
func ntQueryIntervalProfile(t *ps.Thread, c *hal.Context) nt.Status {
	v := uint32(0)
	if uint32(c.R10) == nt.ProfileTime {
		v = ex.ProfileInterval(hal.TimeIncrement)
	}
	return put(t, c.Rdx, &v)
}

// ntSetIntervalProfile(interval, source)
func ntSetIntervalProfile(_ *ps.Thread, c *hal.Context) nt.Status {
	if uint32(c.Rdx) != nt.ProfileTime {
		return nt.StatusNotSupported
	}
	ex.SetProfileInterval(uint32(c.R10), hal.TimeIncrement)
	return nt.StatusSuccess
}
