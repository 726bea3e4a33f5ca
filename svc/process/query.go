package process

import (
	"sync/atomic"
	"unsafe"

	"gont/ke"
	"gont/nt"
	"gont/svc"
)

// NtQueryInformationProcess(process, class, buffer, length, *returned)
func NtQueryInformationProcess(c *svc.Call) nt.Status {
	t := c.Thread
	r := svc.ObjectReply(c)
	p, o, s := svc.ProcessFromHandle(t, c.Arg(1), nt.ProcessQueryLimitedInformation)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	switch c.Uint32(2) {
	case nt.ProcessBasicInformationClass:
		return r.Exact(svc.AsBytes(&nt.ProcessBasicInformation{ExitStatus: p.ExitStatus(), PebBaseAddress: p.Peb, AffinityMask: p.Affinity(),
			BasePriority: int32(p.Base()), UniqueProcessID: p.ID, InheritedFromUniqueProcessID: p.Parent}))
	case nt.ProcessVMCountersClass:
		v := p.VMCounters()
		if r.Length == uint32(unsafe.Sizeof(*v)) {
			return r.Bytes(svc.AsBytes(v))
		}
		return r.Exact(svc.AsBytes(&v.VMCounters))
	case nt.ProcessTimesClass:
		user, kernel := p.Ticks()
		return r.Exact(svc.AsBytes(&nt.KernelUserTimes{CreateTime: p.Created, ExitTime: p.ExitTime(),
			KernelTime: kernel * ke.TimeIncrement, UserTime: user * ke.TimeIncrement}))
	case nt.ProcessHandleCountClass:
		n := uint32(0)
		if p.Handles != nil {
			n = uint32(p.Handles.Count())
		}
		return r.Exact(svc.AsBytes(&n))
	case nt.ProcessAffinityMaskClass:
		m := p.Affinity()
		return r.Exact(svc.AsBytes(&m))
	case nt.ProcessImageFileNameClass:
		var u nt.UnicodeString
		b := append([]byte(nil), svc.AsBytes(&u)...)
		b, u = svc.AppendString(b, r.Buffer, p.ImagePath)
		copy(b, svc.AsBytes(&u))
		return r.Bytes(b)
	}
	return nt.StatusInvalidInfoClass
}

// NtSetInformationProcess(process, class, *value, length)
func NtSetInformationProcess(c *svc.Call) nt.Status {
	t := c.Thread
	p, o, s := svc.ProcessFromHandle(t, c.Arg(1), nt.ProcessSetInformation)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if p.Space == nil {
		return nt.StatusAccessDenied // Idle and System
	}
	switch c.Uint32(2) {
	case nt.ProcessExceptionDispatcher:
		return setDispatcher(c, &p.ExceptionDispatcher)
	case nt.ProcessApcDispatcher:
		return setDispatcher(c, &p.ApcDispatcher)
	case nt.ProcessBasePriorityClass:
		var base int32
		if s := svc.Input(c, &base); !s.OK() {
			return s
		}
		if base < 1 || base > ke.HighPriority {
			return nt.StatusInvalidParameter
		}
		p.SetBase(int(base))
		return nt.StatusSuccess
	case nt.ProcessAffinityMaskClass:
		var mask uint64
		if s := svc.Input(c, &mask); !s.OK() {
			return s
		}
		return p.SetAffinity(mask)
	}
	return nt.StatusInvalidInfoClass
}

func setDispatcher(c *svc.Call, to *atomic.Uint64) nt.Status {
	var v uint64
	if s := svc.Input(c, &v); !s.OK() {
		return s
	}
	if v != 0 && !svc.UserRip(v) {
		return nt.StatusInvalidParameter
	}
	to.Store(v)
	return nt.StatusSuccess
}
