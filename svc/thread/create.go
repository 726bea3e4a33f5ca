package thread

import (
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
	"gont/svc"
)

// NtCreateThread(*handle, access, attributes, process, *clientID, *context,
// *initialTeb, suspended). INITIAL_TEB: old base, old limit, stack base,
// stack limit, allocation base.
func NtCreateThread(c *svc.Call) nt.Status {
	t := c.Thread
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	var arg [4]uint64
	for i := range arg {
		arg[i] = c.Arg(5 + i)
	}
	p, po, s := svc.ProcessFromHandle(t, c.Arg(4), nt.ProcessCreateThread)
	if !s.OK() {
		return s
	}
	defer po.Dereference()
	if p.Space == nil {
		return nt.StatusAccessDenied
	}
	if arg[1] == 0 {
		return nt.StatusInvalidParameter
	}
	var x nt.Context
	if s := svc.Get(t, arg[1], &x); !s.OK() {
		return s
	}
	if !svc.UserRip(x.Rip) {
		return nt.StatusInvalidParameter
	}
	var teb [5]uint64
	if arg[2] != 0 {
		if s := svc.Get(t, arg[2], &teb); !s.OK() {
			return s
		}
	}
	if s := svc.ProbeOptional(t, arg[0], 16); !s.OK() {
		return s
	}
	if s := svc.ProbeWrite(t, c.Arg(1), 8); !s.OK() {
		return s
	}
	n, s := ps.CreateUserThread(p, &x, teb[2], teb[3], teb[4])
	if !s.OK() {
		return s
	}
	id := nt.ClientID{UniqueProcess: p.ID, UniqueThread: n.ID}
	if arg[3]&0xFF != 0 {
		ke.Suspend(n.Thread)
	}
	s = svc.CreateObject(c, n.Object)
	if s != nt.StatusSuccess { // see ntCreateProcess
		n.Terminate(s)
	}
	ke.StartThread(n.Thread)
	if s.OK() && arg[0] != 0 {
		svc.Put(t, arg[0], &id)
	}
	return s
}

// NtTerminateThread(thread, status); handle 0 is the caller, if it is not the last
// thread of its process.
func NtTerminateThread(c *svc.Call) nt.Status {
	t := c.Thread
	h := c.Arg(1)
	if h == 0 {
		if t.Process.Threads() == 1 {
			return nt.StatusCantTerminateSelf
		}
		h = uint64(nt.CurrentThread)
	}
	th, o, s := svc.ThreadFromHandle(t, h, nt.ThreadTerminate)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if th.Context == nil {
		return nt.StatusAccessDenied // a system thread
	}
	th.Terminate(c.Status(2))
	return nt.StatusSuccess
}

// suspendService stores the count before at RDX.
func suspendService(do func(*ke.Thread) (int, nt.Status)) svc.Routine {
	return func(c *svc.Call) nt.Status {
		t := c.Thread
		th, o, s := svc.ThreadFromHandle(t, c.Arg(1), nt.ThreadSuspendResume)
		if !s.OK() {
			return s
		}
		defer o.Dereference()
		if th.Context == nil {
			return nt.StatusAccessDenied
		}
		if s := svc.ProbeOptional(t, c.Arg(2), 4); !s.OK() {
			return s
		}
		old, s := do(th.Thread)
		if n := uint32(old); s.OK() && c.Arg(2) != 0 {
			return svc.Put(t, c.Arg(2), &n)
		}
		return s
	}
}

var (
	NtSuspendThread = suspendService(func(t *ke.Thread) (int, nt.Status) {
		if t != ke.Current() && t.Terminating() { // one that has ended, ke refuses
			return 0, nt.StatusThreadIsTerminating
		}
		return ke.Suspend(t)
	})
	NtResumeThread = suspendService(func(t *ke.Thread) (int, nt.Status) { return ke.Resume(t), nt.StatusSuccess })
)
