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
	var o nt.ObjectAttributes
	if s = Get(t, va, &o); !s.OK() {
		return a, s
	}
	if o.Length != uint32(unsafe.Sizeof(o)) || o.Attributes&^nt.ObjValidAttributes != 0 {
		return a, nt.StatusInvalidParameter
	}
	a.Flags = o.Attributes
	a.Insensitive = o.Attributes&nt.ObjCaseInsensitive != 0
	if o.ObjectName != 0 {
		if a.Name, s = ReadString(t, o.ObjectName); !s.OK() {
			return a, s
		}
	}
	if o.RootDirectory != 0 {
		if a.Root, s = t.Process.Handles.Reference(o.RootDirectory, 0, nil); !s.OK() {
			return a, s
		}
	}
	return a, nt.StatusSuccess
}

// Release gives the root directory back.
func (a *Attributes) Release() {
	if a.Root != nil {
		a.Root.Dereference()
	}
}
