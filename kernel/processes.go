//go:build kernel

package main

import (
	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// ntCreateProcess(*handle, access, attributes, parent, inherit, section, debug,
// exception): an empty process with the section's image. Without a section it has
// the parent's image and, of the parent's memory, the views mapped with ViewShare.
func ntCreateProcess(t *ps.Thread, c *hal.Context) nt.Status {
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	inherit, s := argument(t, c, 5)
	if !s.OK() {
		return s
	}
	sectionHandle, s := argument(t, c, 6)
	if !s.OK() {
		return s
	}
	parent, po, s := processFromHandle(t, c.R9, nt.ProcessCreateProcess)
	if !s.OK() {
		return s
	}
	defer po.Dereference()
	section := parent.Section
	switch {
	case sectionHandle != 0:
		if section, s = t.Process.Handles.Reference(nt.Handle(sectionHandle), nt.SectionMapExecute, mm.SectionType); !s.OK() {
			return s
		}
		defer section.Dereference()
		if !section.Body.(*mm.Section).Image() {
			return nt.StatusSectionNotImage
		}
	case section == nil:
		return nt.StatusInvalidHandle // System has no image to give
	}
	p, s := ps.PrepareProcess(parent, section.Name(), section, ps.SystemToken, inherit&0xFF != 0)
	if !s.OK() {
		return s
	}
	p.Object.Reference() // whatever becomes of its handle meanwhile
	defer p.Object.Dereference()
	if sectionHandle == 0 {
		s = parent.Space.InheritViews(p.Space)
	}
	// The PEB; the parameters are the creator's to write (RtlCreateUserProcess).
	base := uint64(0)
	if s.OK() {
		base, _, s = p.Space.Allocate(0, nt.PebSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	}
	if s.OK() {
		p.Peb = base
		_, s = p.Space.WriteBytes(base, makePeb(p))
	}
	if !s.OK() {
		p.Terminate(s) // which gives the list's reference back
		return s
	}
	// The process stays listed until its end: that is the list's reference.
	p.Object.Reference()
	s = createObject(t, c, p.Object)
	if s != nt.StatusSuccess { // or another has the name, and was opened (OBJ_OPENIF)
		p.Terminate(s)
		return s
	}
	p.Publish() // who finds it and closes it again does not close its last handle
	return s
}

// ntTerminateProcess(process, status); handle 0 is all threads of the caller's
// process but its own.
func ntTerminateProcess(t *ps.Thread, c *hal.Context) nt.Status {
	if c.R10 == 0 {
		t.TerminateOthers(nt.Status(c.Rdx))
		return nt.StatusSuccess
	}
	p, o, s := processFromHandle(t, c.R10, nt.ProcessTerminate)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if p == ps.System || p == ps.Idle {
		return nt.StatusAccessDenied
	}
	return p.Terminate(nt.Status(c.Rdx))
}

// ntCreateThread(*handle, access, attributes, process, *clientID, *context,
// *initialTeb, suspended). INITIAL_TEB: old base, old limit, stack base,
// stack limit, allocation base.
func ntCreateThread(t *ps.Thread, c *hal.Context) nt.Status {
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	var arg [4]uint64
	for i := range arg {
		var s nt.Status
		if arg[i], s = argument(t, c, 5+i); !s.OK() {
			return s
		}
	}
	p, po, s := processFromHandle(t, c.R9, nt.ProcessCreateThread)
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
	if s := get(t, arg[1], &x); !s.OK() {
		return s
	}
	if !userRip(x.Rip) {
		return nt.StatusInvalidParameter
	}
	var teb [5]uint64
	if arg[2] != 0 {
		if s := get(t, arg[2], &teb); !s.OK() {
			return s
		}
	}
	if s := probeOptional(t, arg[0], 16); !s.OK() {
		return s
	}
	if s := probeWrite(t, c.R10, 8); !s.OK() {
		return s
	}
	n, s := createUserThread(p, &x, teb[2], teb[3], teb[4])
	if !s.OK() {
		return s
	}
	id := nt.ClientID{UniqueProcess: p.ID, UniqueThread: n.ID}
	if arg[3]&0xFF != 0 {
		ke.Suspend(n.Thread)
	}
	s = createObject(t, c, n.Object)
	if s != nt.StatusSuccess { // see ntCreateProcess
		n.Terminate(s)
	}
	ke.StartThread(n.Thread)
	if s.OK() && arg[0] != 0 {
		put(t, arg[0], &id)
	}
	return s
}

// ntTerminateThread(thread, status); handle 0 is the caller, if it is not the last
// thread of its process.
func ntTerminateThread(t *ps.Thread, c *hal.Context) nt.Status {
	h := c.R10
	if h == 0 {
		if t.Process.Threads() == 1 {
			return nt.StatusCantTerminateSelf
		}
		h = uint64(nt.CurrentThread)
	}
	th, o, s := threadFromHandle(t, h, nt.ThreadTerminate)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if th.Context == nil {
		return nt.StatusAccessDenied // a system thread
	}
	th.Terminate(nt.Status(c.Rdx))
	return nt.StatusSuccess
}

// suspendService stores the count before at RDX.
func suspendService(do func(*ke.Thread) (int, nt.Status)) service {
	return func(t *ps.Thread, c *hal.Context) nt.Status {
		th, o, s := threadFromHandle(t, c.R10, nt.ThreadSuspendResume)
		if !s.OK() {
			return s
		}
		defer o.Dereference()
		if th.Context == nil {
			return nt.StatusAccessDenied
		}
		if s := probeOptional(t, c.Rdx, 4); !s.OK() {
			return s
		}
		old, s := do(th.Thread)
		if n := uint32(old); s.OK() && c.Rdx != 0 {
			return put(t, c.Rdx, &n)
		}
		return s
	}
}

var (
	ntSuspendThread = suspendService(func(t *ke.Thread) (int, nt.Status) {
		if t != ke.Current() && t.Terminating() { // one that has ended, ke refuses
			return 0, nt.StatusThreadIsTerminating
		}
		return ke.Suspend(t)
	})
	ntResumeThread = suspendService(func(t *ke.Thread) (int, nt.Status) { return ke.Resume(t), nt.StatusSuccess })
)
