package svc

import (
	"unsafe"

	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// Attributes is a captured OBJECT_ATTRIBUTES.
type Attributes struct {
	Root        *ob.Object // referenced
	Name        string
	Flags       uint32
	Insensitive bool
}

// ReadAttributes captures OBJECT_ATTRIBUTES; va 0 is none. Release must be
// called when it succeeds.
func ReadAttributes(t *ps.Thread, va uint64) (a Attributes, s nt.Status) {
	if va == 0 {
		return a, nt.StatusSuccess
	}
	o, s := a.begin(t, va)
	if s.OK() && o.ObjectName != 0 {
		a.Name, s = ReadString(t, o.ObjectName)
	}
	if s.OK() && o.RootDirectory != 0 {
		a.Root, s = t.Process.Handles.Reference(o.RootDirectory, 0, nil)
	}
	return a, s
}

// BriefAttributes is ReadAttributes for those who keep nothing of Name, which is good until
// the routine returns. va is not 0.
func (c *Call) BriefAttributes(va uint64, a *Attributes) nt.Status {
	o, s := a.begin(c.Thread, va)
	if s.OK() && o.ObjectName != 0 {
		a.Name, s = c.readBrief(o.ObjectName)
	}
	if s.OK() && o.RootDirectory != 0 {
		a.Root, s = c.Thread.Process.Handles.Reference(o.RootDirectory, 0, nil)
	}
	return s
}

// begin captures the structure itself and checks it.
func (a *Attributes) begin(t *ps.Thread, va uint64) (o nt.ObjectAttributes, s nt.Status) {
	if s = Get(t, va, &o); !s.OK() {
		return o, s
	}
	if o.Length != uint32(unsafe.Sizeof(o)) || o.Attributes&^nt.ObjValidAttributes != 0 {
		return o, nt.StatusInvalidParameter
	}
	a.Flags = o.Attributes
	a.Insensitive = o.Attributes&nt.ObjCaseInsensitive != 0
	return o, s
}

// Release gives the root directory back.
func (a *Attributes) Release() {
	if a.Root != nil {
		a.Root.Dereference()
	}
}
