//go:build kernel

package main

import (
	"sync/atomic"
	"unsafe"

	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// ntQueryInformationProcess(process, class, buffer, length, *returned)
func ntQueryInformationProcess(t *ps.Thread, c *hal.Context) nt.Status {
	r, s := objectReply(t, c)
	if !s.OK() {
		return s
	}
	p, o, s := processFromHandle(t, c.R10, nt.ProcessQueryLimitedInformation)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	switch uint32(c.Rdx) {
	case nt.ProcessBasicInformationClass:
		return r.exact(asBytes(&nt.ProcessBasicInformation{ExitStatus: p.ExitStatus(), PebBaseAddress: p.Peb, AffinityMask: p.Affinity(),
			BasePriority: int32(p.Base()), UniqueProcessID: p.ID, InheritedFromUniqueProcessID: p.Parent}))
	case nt.ProcessVMCountersClass:
		v := vmCounters(p)
		if r.length == uint32(unsafe.Sizeof(*v)) {
			return r.bytes(asBytes(v))
		}
		return r.exact(asBytes(&v.VMCounters))
	case nt.ProcessTimesClass:
		user, kernel := p.Ticks()
		return r.exact(asBytes(&nt.KernelUserTimes{CreateTime: p.Created, ExitTime: p.ExitTime(),
			KernelTime: kernel * hal.TimeIncrement, UserTime: user * hal.TimeIncrement}))
	case nt.ProcessHandleCountClass:
		n := uint32(0)
		if p.Handles != nil {
			n = uint32(p.Handles.Count())
		}
		return r.exact(asBytes(&n))
	case nt.ProcessAffinityMaskClass:
		m := p.Affinity()
		return r.exact(asBytes(&m))
	case nt.ProcessImageFileNameClass:
		var u nt.UnicodeString
		b := append([]byte(nil), asBytes(&u)...)
		b, u = appendString(b, r.buffer, `\SystemRoot\`+system32+p.Name)
		copy(b, asBytes(&u))
		return r.bytes(b)
	}
	return nt.StatusInvalidInfoClass
}

// vmCounters is VM_COUNTERS_EX of a process.
func vmCounters(p *ps.Process) *nt.VMCountersEx {
	v := &nt.VMCountersEx{}
	if p.Space != nil {
		u := p.Space.Use()
		v.VirtualSize, v.PeakVirtualSize, v.PageFaultCount = u.Size, u.PeakSize, uint32(u.Faults)
		v.WorkingSetSize, v.PeakWorkingSetSize = u.Pages*mm.PageSize, u.PeakPages*mm.PageSize
		now, peak := p.Space.Commit()
		v.PagefileUsage, v.PeakPagefileUsage = now*mm.PageSize, peak*mm.PageSize
		v.PrivateUsage = v.PagefileUsage
	}
	return v
}

// ntSetInformationProcess(process, class, *value, length)
func ntSetInformationProcess(t *ps.Thread, c *hal.Context) nt.Status {
	p, o, s := processFromHandle(t, c.R10, nt.ProcessSetInformation)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if p.Space == nil {
		return nt.StatusAccessDenied // Idle and System
	}
	switch uint32(c.Rdx) {
	case nt.ProcessExceptionDispatcher:
		return setDispatcher(t, c, &p.ExceptionDispatcher)
	case nt.ProcessApcDispatcher:
		return setDispatcher(t, c, &p.ApcDispatcher)
	case nt.ProcessBasePriorityClass:
		var base int32
		if s := input(t, c, &base); !s.OK() {
			return s
		}
		if base < 1 || base > ke.HighPriority {
			return nt.StatusInvalidParameter
		}
		p.SetBase(int(base))
		return nt.StatusSuccess
	case nt.ProcessAffinityMaskClass:
		var mask uint64
		if s := input(t, c, &mask); !s.OK() {
			return s
		}
		return p.SetAffinity(mask)
	}
	return nt.StatusInvalidInfoClass
}

func setDispatcher(t *ps.Thread, c *hal.Context, to *atomic.Uint64) nt.Status {
	var v uint64
	if s := input(t, c, &v); !s.OK() {
		return s
	}
	if v != 0 && !userRip(v) {
		return nt.StatusInvalidParameter
	}
	to.Store(v)
	return nt.StatusSuccess
}
