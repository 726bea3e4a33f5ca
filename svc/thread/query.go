package thread

import (
	"gont/ke"
	"gont/nt"
	"gont/svc"
)

// NtQueryInformationThread(thread, class, buffer, length, *returned)
func NtQueryInformationThread(c *svc.Call) nt.Status {
	t := c.Thread
	r := svc.ObjectReply(c)
	access := nt.ThreadQueryInformation
	switch c.Uint32(2) {
	case nt.ThreadBasicInformationClass, nt.ThreadTimesClass, nt.ThreadIsTerminatedClass:
		access = nt.ThreadQueryLimitedInformation
	}
	th, o, s := svc.ThreadFromHandle(t, c.Arg(1), access)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	boolean := func(yes bool) nt.Status {
		n := uint32(0)
		if yes {
			n = 1
		}
		return r.Exact(svc.AsBytes(&n))
	}
	switch c.Uint32(2) {
	case nt.ThreadBasicInformationClass:
		return r.Exact(svc.AsBytes(&nt.ThreadBasicInformation{ExitStatus: th.ExitStatus(), TebBaseAddress: th.Teb,
			ClientID: nt.ClientID{UniqueProcess: th.Process.ID, UniqueThread: th.ID}, AffinityMask: th.Affinity(),
			Priority: int32(th.Priority()), BasePriority: int32(th.RelativePriority())}))
	case nt.ThreadTimesClass:
		user, kernel := th.Ticks()
		return r.Exact(svc.AsBytes(&nt.KernelUserTimes{CreateTime: th.Created, ExitTime: th.ExitTime(),
			KernelTime: kernel * ke.TimeIncrement, UserTime: user * ke.TimeIncrement}))
	case nt.ThreadStartAddressClass:
		start := th.Start
		return r.Exact(svc.AsBytes(&start))
	case nt.ThreadAmILastThreadClass:
		return boolean(th.Process.Threads() == 1)
	case nt.ThreadIsTerminatedClass:
		return boolean(th.State() == ke.Terminated)
	}
	return nt.StatusInvalidInfoClass
}

// maximumProcessors is MAXIMUM_PROCESSORS. As an ideal processor it is a question.
const maximumProcessors = 64

// NtSetInformationThread(thread, class, *value, length)
func NtSetInformationThread(c *svc.Call) nt.Status {
	t := c.Thread
	class := c.Uint32(2)
	access := nt.ThreadSetInformation
	switch class {
	case nt.ThreadPriorityClass, nt.ThreadBasePriorityClass, nt.ThreadPriorityBoostClass, nt.ThreadAffinityMaskClass:
		access = nt.ThreadSetLimitedInformation
	}
	th, o, s := svc.ThreadFromHandle(t, c.Arg(1), access)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if th.Context == nil {
		return nt.StatusAccessDenied // the system's
	}
	switch class {
	case nt.ThreadPriorityClass, nt.ThreadBasePriorityClass:
		var p int32
		if s := svc.Input(c, &p); !s.OK() {
			return s
		}
		if class == nt.ThreadBasePriorityClass {
			return th.SetRelativePriority(int(p))
		}
		if p < 1 || p >= ke.MaximumPriority {
			return nt.StatusInvalidParameter
		}
		ke.SetPriority(th.Thread, int(p))
		return nt.StatusSuccess
	case nt.ThreadPriorityBoostClass, nt.ThreadIdealProcessorClass:
		var n uint32
		if s := svc.Input(c, &n); !s.OK() {
			return s
		}
		if class == nt.ThreadPriorityBoostClass {
			ke.DisableBoost(th.Thread, n != 0)
			return nt.StatusSuccess
		}
		if n > maximumProcessors || n < maximumProcessors && ke.ActiveProcessors()>>n&1 == 0 {
			return nt.StatusInvalidParameter
		}
		return nt.Status(ke.SetIdealProcessor(th.Thread, int(n))) // the old one
	case nt.ThreadAffinityMaskClass:
		var mask uint64
		if s := svc.Input(c, &mask); !s.OK() {
			return s
		}
		return th.SetAffinity(mask)
	case nt.ThreadFsBaseClass:
		var v uint64
		if s := svc.Input(c, &v); !s.OK() {
			return s
		}
		if v > nt.MaximumUserAddress || th != t {
			return nt.StatusInvalidParameter
		}
		t.Context.FsBase = v
		return nt.StatusSuccess
	}
	return nt.StatusInvalidInfoClass
}
