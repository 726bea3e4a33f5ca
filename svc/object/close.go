package object

import (
	"gont/nt"
	"gont/svc"
)

// NtClose(handle)
func NtClose(c *svc.Call) nt.Status {
	t := c.Thread
	return t.Process.Handles.Close(c.Handle(1))
}

// NtMakeTemporaryObject(handle)
func NtMakeTemporaryObject(c *svc.Call) nt.Status {
	t := c.Thread
	o, s := t.Process.Handles.Reference(c.Handle(1), nt.Delete, nil)
	if !s.OK() {
		return s
	}
	o.MakeTemporary()
	o.Dereference()
	return nt.StatusSuccess
}
