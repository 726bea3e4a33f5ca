//go:build kernel

package main

import (
	"unsafe"

	"gont/hal"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
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

// ntQueryObject(handle, class, buffer, length, *returned). The class of all
// types needs no handle.
func ntQueryObject(t *ps.Thread, c *hal.Context) nt.Status {
	class := uint32(c.Rdx)
	r, s := objectReply(t, c)
	if !s.OK() {
		return s
	}
	if class == nt.ObjectTypesInformationClass {
		return r.bytes(allTypes(r.buffer))
	}
	o, access, attributes, s := handleReference(t, c.R10)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	switch class {
	case nt.ObjectBasicInformationClass:
		pointers, handles := o.Counts()
		v := nt.ObjectBasicInformation{Attributes: attributes, GrantedAccess: access, HandleCount: uint32(handles),
			PointerCount: uint32(pointers - 1), NameInformationLength: uint32(len(nameInformation(0, o))),
			TypeInformationLength: uint32(len(appendType(nil, 0, o.Type)))}
		return r.exact(asBytes(&v))
	case nt.ObjectNameInformationClass:
		return r.bytes(nameInformation(r.buffer, o))
	case nt.ObjectTypeInformationClass:
		return r.bytes(appendType(nil, r.buffer, o.Type))
	case nt.ObjectHandleFlagInformationClass:
		v := nt.ObjectHandleFlagInformation{Inherit: attributes&nt.ObjInherit != 0, ProtectFromClose: attributes&nt.ObjProtectClose != 0}
		return r.exact(asBytes(&v))
	}
	return nt.StatusInvalidInfoClass
}

// nameInformation is OBJECT_NAME_INFORMATION for a buffer at va. An object
// without a name has an empty string.
func nameInformation(va uint64, o *ob.Object) []byte {
	var u nt.UnicodeString
	b := asBytes(&u)
	if path := o.Path(); path != "" {
		b = append([]byte(nil), b...)
		b, u = appendString(b, va, path)
		copy(b, asBytes(&u))
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
	b = append(b, asBytes(&v)...)
	b, v.TypeName = appendString(b, va, typ.Name)
	copy(b[at:], asBytes(&v))
	return b
}

// allTypes is OBJECT_TYPES_INFORMATION for a buffer at va.
func allTypes(va uint64) []byte {
	types := ob.Types()
	b := append([]byte(nil), asBytes(&nt.ObjectTypesInformation{NumberOfTypes: uint32(len(types))})...)
	for _, typ := range types {
		b = appendType(b, va, typ)
	}
	return b
}

// ntSetInformationObject(handle, class, *value, length): a handle's attributes.
func ntSetInformationObject(t *ps.Thread, c *hal.Context) nt.Status {
	if uint32(c.Rdx) != nt.ObjectHandleFlagInformationClass {
		return nt.StatusInvalidInfoClass
	}
	var v [unsafe.Sizeof(nt.ObjectHandleFlagInformation{})]byte // a BOOLEAN may be anything
	if s := input(t, c, &v); !s.OK() {
		return s
	}
	var flags uint32
	if v[0] != 0 {
		flags |= nt.ObjInherit
	}
	if v[1] != 0 {
		flags |= nt.ObjProtectClose
	}
	return t.Process.Handles.SetAttributes(nt.Handle(c.R10), flags)
}

// ntDuplicateObject(sourceProcess, sourceHandle, targetProcess, *targetHandle,
// access, attributes, options). The source is closed, if asked, whatever
// becomes of the copy.
func ntDuplicateObject(t *ps.Thread, c *hal.Context) nt.Status {
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	var arg [3]uint64
	for i := range arg {
		var s nt.Status
		if arg[i], s = argument(t, c, 5+i); !s.OK() {
			return s
		}
	}
	access, flags, options := nt.AccessMask(arg[0]), uint32(arg[1]), uint32(arg[2])
	if options&^(nt.DuplicateCloseSource|nt.DuplicateSameAccess|nt.DuplicateSameAttributes) != 0 {
		return nt.StatusInvalidParameter
	}
	from, fo, s := processFromHandle(t, c.R10, nt.ProcessDupHandle)
	if !s.OK() {
		return s
	}
	defer fo.Dereference()
	if from.Handles == nil {
		return nt.StatusInvalidHandle // Idle
	}
	o, had, hadFlags, s := sourceReference(t, from, c.Rdx)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	if options&nt.DuplicateCloseSource != 0 {
		defer from.Handles.Close(nt.Handle(c.Rdx))
	}
	if c.R8 == 0 { // close alone
		if options&nt.DuplicateCloseSource == 0 {
			return nt.StatusInvalidHandle
		}
		return nt.StatusSuccess
	}
	to, tobj, s := processFromHandle(t, c.R8, nt.ProcessDupHandle)
	if !s.OK() {
		return s
	}
	defer tobj.Dereference()
	if to.Handles == nil {
		return nt.StatusAccessDenied
	}
	if s := probeOptional(t, c.R9, 8); !s.OK() {
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
	if s := putOptional(t, c.R9, &h); !s.OK() {
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
