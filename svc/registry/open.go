// Package registry is the wing of services on keys and values (package cm).
package registry

import (
	"unsafe"

	"gont/cm"
	"gont/cm/regf"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
	"gont/svc"
)

// key references the key of a handle. The caller dereferences the object.
func key(t *ps.Thread, h uint64, access nt.AccessMask) (*ob.Object, *cm.Key, nt.Status) {
	return svc.Body[*cm.Key](t, h, access, cm.KeyType)
}

// open opens or creates the key that OBJECT_ATTRIBUTES, the third argument, name.
func open(c *svc.Call, openLink bool, create *cm.CreateOptions) nt.Status {
	t := c.Thread
	if c.Arg(3) == 0 {
		return nt.StatusInvalidParameter
	}
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	const views = nt.KeyWow64_32Key | nt.KeyWow64_64Key
	access := c.Access(2)
	if access&views == views {
		return nt.StatusInvalidParameter
	}
	if create != nil {
		// What is made cannot be taken back.
		if s := svc.ProbeWrite(t, c.Arg(1), 8); !s.OK() {
			return s
		}
	}
	var a svc.Attributes
	if s := c.BriefAttributes(c.Arg(3), &a); !s.OK() {
		return s
	}
	o, s := openObject(&a, openLink || a.Flags&nt.ObjOpenLink != 0, create)
	a.Release()
	if !s.OK() {
		return s
	}
	s = svc.GiveHandle(t, c.Arg(1), o, access&^views, a.Flags, nt.StatusSuccess)
	o.Dereference()
	return s
}

// openObject makes an object for the key that attributes name. The registry's own Parse
// procedure is called without a context on the heap.
func openObject(a *svc.Attributes, openLink bool, create *cm.CreateOptions) (*ob.Object, nt.Status) {
	parser, rest, s := ob.FindParser(a.Root, a.Name, a.Insensitive, cm.KeyType)
	if !s.OK() {
		return nil, s
	}
	o, s := cm.OpenObject(parser, rest, openLink, create)
	parser.Dereference()
	return o, s
}

// NtOpenKey(*key, access, *attributes)
func NtOpenKey(c *svc.Call) nt.Status { return open(c, false, nil) }

// NtOpenKeyEx(*key, access, *attributes, options)
func NtOpenKeyEx(c *svc.Call) nt.Status {
	options := c.Uint32(4)
	if options&^(nt.RegOptionOpenLink|nt.RegOptionBackupRestore) != 0 {
		return nt.StatusInvalidParameter
	}
	return open(c, options&nt.RegOptionOpenLink != 0, nil)
}

// NtCreateKey(*key, access, *attributes, titleIndex, *class, options, *disposition)
func NtCreateKey(c *svc.Call) nt.Status {
	t := c.Thread
	const known = nt.RegOptionVolatile | nt.RegOptionCreateLink | nt.RegOptionBackupRestore | nt.RegOptionOpenLink | nt.RegOptionDontVirtualize
	options, said := c.Uint32(6), c.Arg(7)
	if options&^known != 0 {
		return nt.StatusInvalidParameter
	}
	create := &cm.CreateOptions{Volatile: options&nt.RegOptionVolatile != 0, Link: options&nt.RegOptionCreateLink != 0}
	if class := c.Arg(5); class != 0 {
		u, s := readName(t, class, nil)
		if !s.OK() {
			return s
		}
		create.Class = u
	}
	if s := svc.ProbeOptional(t, said, 4); !s.OK() {
		return s
	}
	s := open(c, options&nt.RegOptionOpenLink != 0, create)
	if !s.OK() {
		return s
	}
	disposition := uint32(nt.RegOpenedExistingKey)
	if create.Created {
		disposition = nt.RegCreatedNewKey
	}
	return svc.PutOptional(t, said, &disposition)
}

// readName reads a UNICODE_STRING as it is, to small if that is enough. An odd length is
// STATUS_INVALID_PARAMETER.
func readName(t *ps.Thread, va uint64, small []uint16) ([]uint16, nt.Status) {
	var u nt.UnicodeString
	if s := svc.Get(t, va, &u); !s.OK() {
		return nil, s
	}
	return readText(t, &u, small)
}

func readText(t *ps.Thread, u *nt.UnicodeString, small []uint16) ([]uint16, nt.Status) {
	if u.Length&1 != 0 {
		return nil, nt.StatusInvalidParameter
	}
	n := int(u.Length / 2)
	if n > len(small) {
		small = make([]uint16, n)
	}
	return small[:n], svc.CopyFrom(t, unsafe.Pointer(unsafe.SliceData(small)), u.Buffer, uint64(u.Length))
}

// NtDeleteKey(key)
func NtDeleteKey(c *svc.Call) nt.Status {
	o, k, s := key(c.Thread, c.Arg(1), nt.Delete)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	return k.Delete()
}

// NtRenameKey(key, *name)
func NtRenameKey(c *svc.Call) nt.Status {
	name, s := readName(c.Thread, c.Arg(2), nil)
	if !s.OK() {
		return s
	}
	if len(name) == 0 || len(name) > regf.MaxKeyName {
		return nt.StatusInvalidParameter
	}
	o, k, s := key(c.Thread, c.Arg(1), nt.KeyWrite&^nt.ReadControl)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	return k.Rename(name)
}
