package process

import (
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
	"gont/svc"
)

// NtCreateProcess(*handle, access, attributes, parent, inherit, section, debug,
// exception): an empty process with the section's image. Without a section it has
// the parent's image and, of the parent's memory, the views mapped with ViewShare.
func NtCreateProcess(c *svc.Call) nt.Status {
	t := c.Thread
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	inherit := c.Arg(5)
	sectionHandle := c.Arg(6)
	parent, po, s := svc.ProcessFromHandle(t, c.Arg(4), nt.ProcessCreateProcess)
	if !s.OK() {
		return s
	}
	defer po.Dereference()
	var section *ob.Object
	switch {
	case sectionHandle != 0:
		if section, s = t.Process.Handles.Reference(nt.Handle(sectionHandle), nt.SectionMapExecute, mm.SectionType); !s.OK() {
			return s
		}
		defer section.Dereference()
		if !section.Body.(*mm.Section).Image() {
			return nt.StatusSectionNotImage
		}
	case parent.Space == nil:
		return nt.StatusInvalidHandle // System has no image to give
	default:
		if section = parent.ImageSection(); section == nil {
			return nt.StatusProcessIsTerminating
		}
		defer section.Dereference()
	}
	p, s := ps.PrepareProcess(parent, section.Body.(*mm.Section).Name, section, ps.SystemToken, inherit&0xFF != 0)
	if !s.OK() {
		return s
	}
	p.Object.Reference() // another thread may close the new handle meanwhile
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
		_, s = p.Space.WriteBytes(base, ps.MakePeb(p))
	}
	if !s.OK() {
		p.Terminate(s) // drops the reference that PrepareProcess made for the active list
		return s
	}
	p.Object.Reference() // the handle's; PrepareProcess made that of the active list
	s = svc.CreateObject(c, p.Object)
	if s != nt.StatusSuccess { // an error, or STATUS_OBJECT_NAME_EXISTS: OBJ_OPENIF opened an older process of that name
		p.Terminate(s)
		return s
	}
	p.Publish() // only now: a thread that finds the process by id, opens and closes it, must not close its last handle
	return s
}

// NtTerminateProcess(process, status); handle 0 is all threads of the caller's
// process but its own.
func NtTerminateProcess(c *svc.Call) nt.Status {
	t := c.Thread
	if c.Arg(1) == 0 {
		t.TerminateOthers(c.Status(2))
		return nt.StatusSuccess
	}
	p, o, s := svc.ProcessFromHandle(t, c.Arg(1), nt.ProcessTerminate)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if p == ps.System || p == ps.Idle {
		return nt.StatusAccessDenied
	}
	return p.Terminate(c.Status(2))
}
