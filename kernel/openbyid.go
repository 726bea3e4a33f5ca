//go:build kernel

package main

import (
	"gont/hal"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// openByID is NtOpenProcess and NtOpenThread(*handle, access, *attributes,
// *clientID): by name or by client id, not both.
func openByID(typ **ob.Type, lookup func(nt.ClientID) (*ob.Object, nt.Status)) service {
	return func(t *ps.Thread, c *hal.Context) nt.Status {
		if mm.HeapIsLow() {
			return nt.StatusInsufficientResources
		}
		a, s := readAttributes(t, c.R8)
		if !s.OK() {
			return s
		}
		defer a.release()
		if (a.name != "") == (c.R9 != 0) {
			return nt.StatusInvalidParameterMix
		}
		if s := probeWrite(t, c.R10, 8); !s.OK() {
			return s
		}
		var o *ob.Object
		if a.name != "" {
			o, s = ob.Lookup(a.root, a.name, a.insensitive, *typ)
		} else {
			var id nt.ClientID
			if s = get(t, c.R9, &id); s.OK() {
				o, s = lookup(id)
			}
		}
		if !s.OK() {
			return s
		}
		defer o.Dereference()
		return giveHandle(t, c.R10, o, nt.AccessMask(c.Rdx), a.flags, nt.StatusSuccess)
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
