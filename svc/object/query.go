package object

import (
	"unsafe"

	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
	"gont/svc"
)

// handleReference is what a handle says: its object, referenced, rights and
// attributes. Pseudo handles have all rights.
func handleReference(t *ps.Thread, h uint64) (*ob.Object, nt.AccessMask, uint32, nt.Status) {
	switch nt.Handle(h) {
	case nt.CurrentProcess:
		return t.Process.Object.Reference(), nt.AllAccess, 0, nt.StatusSuccess
	case nt.CurrentThread:
		return t.Object.Reference(), nt.AllAccess, 0, nt.StatusSuccess
	}
	return t.Process.Handles.ReferenceAny(nt.Handle(h))
}

// NtQueryObject(handle, class, buffer, length, *returned). The class of all
// types needs no handle.
func NtQueryObject(c *svc.Call) nt.Status {
	t := c.Thread
	class := c.Uint32(2)
	r := svc.ObjectReply(c)
	if class == nt.ObjectTypesInformationClass {
		return r.Bytes(allTypes(r.Buffer))
	}
	o, access, attributes, s := handleReference(t, c.Arg(1))
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	switch class {
	case nt.ObjectBasicInformationClass:
		pointers, handles := o.Counts()
		name, _ := o.QueryName() // of a deleted key there is none
		v := nt.ObjectBasicInformation{Attributes: attributes, GrantedAccess: access, HandleCount: uint32(handles),
			PointerCount: uint32(pointers - 1), NameInformationLength: uint32(len(nameInformation(0, name))),
			TypeInformationLength: uint32(len(appendType(nil, 0, o.Type)))}
		return r.Exact(svc.AsBytes(&v))
	case nt.ObjectNameInformationClass:
		name, s := o.QueryName()
		if !s.OK() {
			return s
		}
		return r.Bytes(nameInformation(r.Buffer, name))
	case nt.ObjectTypeInformationClass:
		return r.Bytes(appendType(nil, r.Buffer, o.Type))
	case nt.ObjectHandleFlagInformationClass:
		v := nt.ObjectHandleFlagInformation{Inherit: attributes&nt.ObjInherit != 0, ProtectFromClose: attributes&nt.ObjProtectClose != 0}
		return r.Exact(svc.AsBytes(&v))
	}
	return nt.StatusInvalidInfoClass
}

// nameInformation is OBJECT_NAME_INFORMATION for a buffer at va. An object
// without a name has an empty string.
func nameInformation(va uint64, path string) []byte {
	var u nt.UnicodeString
	b := svc.AsBytes(&u)
	if path != "" {
		b = append([]byte(nil), b...)
		b, u = svc.AppendString(b, va, path)
		copy(b, svc.AsBytes(&u))
	}
	return b
}

// appendType appends a type's row to an answer that will be at va.
func appendType(b []byte, va uint64, typ *ob.Type) []byte {
	n := typ.Totals()
	v := nt.ObjectTypeInformation{TotalNumberOfObjects: uint32(n.Objects), TotalNumberOfHandles: uint32(n.Handles),
		HighWaterNumberOfObjects: uint32(n.MostObjects), HighWaterNumberOfHandles: uint32(n.MostHandles),
		InvalidAttributes: ^uint32(nt.ObjValidAttributes) & 0x7FF, GenericMapping: typ.Generic,
		ValidAccessMask: typ.Valid, MaintainHandleCount: typ.Close != nil}
	at := len(b)
	b = append(b, svc.AsBytes(&v)...)
	b, v.TypeName = svc.AppendString(b, va, typ.Name)
	copy(b[at:], svc.AsBytes(&v))
	return b
}

// allTypes is OBJECT_TYPES_INFORMATION for a buffer at va.
func allTypes(va uint64) []byte {
	types := ob.Types()
	b := append([]byte(nil), svc.AsBytes(&nt.ObjectTypesInformation{NumberOfTypes: uint32(len(types))})...)
	for _, typ := range types {
		b = appendType(b, va, typ)
	}
	return b
}

// NtSetInformationObject(handle, class, *value, length): a handle's attributes.
func NtSetInformationObject(c *svc.Call) nt.Status {
	t := c.Thread
	if c.Uint32(2) != nt.ObjectHandleFlagInformationClass {
		return nt.StatusInvalidInfoClass
	}
	var v [unsafe.Sizeof(nt.ObjectHandleFlagInformation{})]byte // a BOOLEAN may be anything
	if s := svc.Input(c, &v); !s.OK() {
		return s
	}
	var flags uint32
	if v[0] != 0 {
		flags |= nt.ObjInherit
	}
	if v[1] != 0 {
		flags |= nt.ObjProtectClose
	}
	return t.Process.Handles.SetAttributes(c.Handle(1), flags)
}

// NtDuplicateObject(sourceProcess, sourceHandle, targetProcess, *targetHandle,
// access, attributes, options). The source is closed, if asked, whatever
// becomes of the copy.
func NtDuplicateObject(c *svc.Call) nt.Status {
	t := c.Thread
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	var arg [3]uint64
	for i := range arg {
		arg[i] = c.Arg(5 + i)
	}
	access, flags, options := nt.AccessMask(arg[0]), uint32(arg[1]), uint32(arg[2])
	if options&^(nt.DuplicateCloseSource|nt.DuplicateSameAccess|nt.DuplicateSameAttributes) != 0 {
		return nt.StatusInvalidParameter
	}
	from, fo, s := svc.ProcessFromHandle(t, c.Arg(1), nt.ProcessDupHandle)
	if !s.OK() {
		return s
	}
	defer fo.Dereference()
	if from.Handles == nil {
		return nt.StatusInvalidHandle // Idle
	}
	o, had, hadFlags, s := sourceReference(t, from, c.Arg(2))
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if options&nt.DuplicateCloseSource != 0 {
		defer from.Handles.Close(c.Handle(2))
	}
	if c.Arg(3) == 0 { // close alone
		if options&nt.DuplicateCloseSource == 0 {
			return nt.StatusInvalidHandle
		}
		return nt.StatusSuccess
	}
	to, tobj, s := svc.ProcessFromHandle(t, c.Arg(3), nt.ProcessDupHandle)
	if !s.OK() {
		return s
	}
	defer tobj.Dereference()
	if to.Handles == nil {
		return nt.StatusAccessDenied
	}
	if s := svc.ProbeOptional(t, c.Arg(4), 8); !s.OK() {
		return s
	}
	access = o.Type.MapGeneric(access)
	if options&nt.DuplicateSameAccess != 0 {
		access = had
	}
	if access&^(o.Type.Valid|nt.StandardAll) != 0 {
		return nt.StatusAccessDenied
	}
	if options&nt.DuplicateSameAttributes != 0 {
		flags = hadFlags
	}
	h, s := to.Handles.Insert(o, access, flags&(nt.ObjInherit|nt.ObjProtectClose))
	if !s.OK() {
		return s
	}
	if s := svc.PutOptional(t, c.Arg(4), &h); !s.OK() {
		to.Handles.SetAttributes(h, 0)
		to.Handles.Close(h)
		return s
	}
	return nt.StatusSuccess
}

// sourceReference is handleReference in another process's table; pseudo handles
// are the caller's own thread and the source process.
func sourceReference(t *ps.Thread, from *ps.Process, h uint64) (*ob.Object, nt.AccessMask, uint32, nt.Status) {
	switch nt.Handle(h) {
	case nt.CurrentProcess:
		return from.Object.Reference(), nt.AllAccess, 0, nt.StatusSuccess
	case nt.CurrentThread:
		if from != t.Process {
			return nil, 0, 0, nt.StatusInvalidHandle
		}
		return t.Object.Reference(), nt.AllAccess, 0, nt.StatusSuccess
	}
	return from.Handles.ReferenceAny(nt.Handle(h))
}
