package process

import (
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
	"gont/svc"
)

// openByID is NtOpenProcess and NtOpenThread(*handle, access, *attributes,
// *clientID): by name or by client id, not both.
func openByID(typ **ob.Type, lookup func(nt.ClientID) (*ob.Object, nt.Status)) svc.Routine {
	return func(c *svc.Call) nt.Status {
		t := c.Thread
		if mm.HeapIsLow() {
			return nt.StatusInsufficientResources
		}
		a, s := svc.ReadAttributes(t, c.Arg(3))
		if !s.OK() {
			return s
		}
		defer a.Release()
		if (a.Name != "") == (c.Arg(4) != 0) {
			return nt.StatusInvalidParameterMix
		}
		if s := svc.ProbeWrite(t, c.Arg(1), 8); !s.OK() {
			return s
		}
		var o *ob.Object
		if a.Name != "" {
			o, s = ob.Lookup(a.Root, a.Name, a.Insensitive, *typ)
		} else {
			var id nt.ClientID
			if s = svc.Get(t, c.Arg(4), &id); s.OK() {
				o, s = lookup(id)
			}
		}
		if !s.OK() {
			return s
		}
		defer o.Dereference()
		return svc.GiveHandle(t, c.Arg(1), o, c.Access(2), a.Flags, nt.StatusSuccess)
	}
}

// processByID finds a process; a thread id, if there is one, must be one of its
// threads.
func processByID(id nt.ClientID) (*ob.Object, nt.Status) {
	if id.UniqueThread != 0 {
		o, s := threadByID(id)
		if !s.OK() {
			return nil, s
		}
		defer o.Dereference()
		return o.Body.(*ps.Thread).Process.Object.Reference(), s
	}
	p := ps.LookupProcess(id.UniqueProcess)
	if p == nil {
		return nil, nt.StatusInvalidParameter
	}
	return p.Object, nt.StatusSuccess
}

// threadByID finds a thread; the process's id, if it is there, must be its.
func threadByID(id nt.ClientID) (*ob.Object, nt.Status) {
	t := ps.LookupThread(id.UniqueThread)
	if t == nil {
		return nil, nt.StatusInvalidCid
	}
	if id.UniqueProcess != 0 && id.UniqueProcess != t.Process.ID {
		t.Object.Dereference()
		return nil, nt.StatusInvalidCid
	}
	return t.Object, nt.StatusSuccess
}

// (*handle, access, *attributes, *clientID)
var (
	NtOpenProcess = openByID(&ps.ProcessType, processByID)
	NtOpenThread  = openByID(&ps.ThreadType, threadByID)
)
