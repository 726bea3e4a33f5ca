package svc

import (
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// CreateObject is the end of every NtCreateX: names the object if asked, makes
// a handle and stores it. It takes the caller's reference over. With
// OBJ_OPENIF an existing object of the type is opened instead.
func CreateObject(c *Call, o *ob.Object) nt.Status {
	t := c.Thread
	defer o.Dereference()
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	a, s := ReadAttributes(t, c.Arg(3))
	if !s.OK() {
		return s
	}
	defer a.Release()
	if s := ProbeWrite(t, c.Arg(1), 8); !s.OK() {
		return s
	}
	result := nt.StatusSuccess
	use := o
	if a.Name != "" {
		o.Hold()
		defer o.Release()
		s := ob.Insert(a.Root, o, a.Name, a.Insensitive, a.Flags&nt.ObjPermanent != 0)
		if s == nt.StatusObjectNameCollision && a.Flags&nt.ObjOpenIf != 0 {
			old, s2 := ob.Lookup(a.Root, a.Name, a.Insensitive, o.Type)
			if !s2.OK() {
				return s2
			}
			defer old.Dereference()
			use, result = old, nt.StatusObjectNameExists
		} else if !s.OK() {
			return s
		}
	}
	s = GiveHandle(t, c.Arg(1), use, c.Access(2), a.Flags, result)
	if !s.OK() && use == o && a.Name != "" {
		o.MakeTemporary() // nobody has a handle: the name must not stay
	}
	return s
}

// GiveHandle makes a handle with the rights asked for and stores it at va.
func GiveHandle(t *ps.Thread, va uint64, o *ob.Object, access nt.AccessMask, flags uint32, result nt.Status) nt.Status {
	access = o.Type.MapGeneric(access)
	if access&^(o.Type.Valid|nt.StandardAll) != 0 {
		return nt.StatusAccessDenied
	}
	h, s := t.Process.Handles.Insert(o, access, flags&nt.ObjInherit)
	if !s.OK() {
		return s
	}
	if s := Put(t, va, &h); !s.OK() {
		t.Process.Handles.Close(h)
		return s
	}
	return result
}

// OpenService is NtOpenX(handle, access, attributes).
func OpenService(typ **ob.Type) Routine {
	return func(c *Call) nt.Status {
		t := c.Thread
		if c.Arg(3) == 0 {
			return nt.StatusInvalidParameter
		}
		if mm.HeapIsLow() {
			return nt.StatusInsufficientResources
		}
		a, s := ReadAttributes(t, c.Arg(3))
		if !s.OK() {
			return s
		}
		defer a.Release()
		o, s := ob.Lookup(a.Root, a.Name, a.Insensitive, *typ)
		if !s.OK() {
			return s
		}
		defer o.Dereference()
		return GiveHandle(t, c.Arg(1), o, c.Access(2), a.Flags, nt.StatusSuccess)
	}
}

// Body references a handle's object and returns its body as B. The caller
// dereferences the object.
func Body[B any](t *ps.Thread, h uint64, access nt.AccessMask, typ *ob.Type) (*ob.Object, B, nt.Status) {
	var zero B
	o, s := t.Process.Handles.Reference(nt.Handle(h), access, typ)
	if !s.OK() {
		return nil, zero, s
	}
	return o, o.Body.(B), nt.StatusSuccess
}

// ProcessFromHandle accepts NtCurrentProcess().
func ProcessFromHandle(t *ps.Thread, h uint64, access nt.AccessMask) (*ps.Process, *ob.Object, nt.Status) {
	if nt.Handle(h) == nt.CurrentProcess {
		return t.Process, t.Process.Object.Reference(), nt.StatusSuccess
	}
	o, p, s := Body[*ps.Process](t, h, access, ps.ProcessType)
	return p, o, s
}

// ThreadFromHandle accepts NtCurrentThread().
func ThreadFromHandle(t *ps.Thread, h uint64, access nt.AccessMask) (*ps.Thread, *ob.Object, nt.Status) {
	if nt.Handle(h) == nt.CurrentThread {
		return t, t.Object.Reference(), nt.StatusSuccess
	}
	o, th, s := Body[*ps.Thread](t, h, access, ps.ThreadType)
	return th, o, s
}
