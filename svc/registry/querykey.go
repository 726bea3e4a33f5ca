package registry

import (
	"gont/cm"
	"gont/nt"
	"gont/svc"
)

// NtQueryKey(key, class, buffer, length, *needed)
func NtQueryKey(c *svc.Call) nt.Status {
	class := c.Uint32(2)
	access := nt.KeyQueryValue
	switch class {
	case nt.KeyNameInformationClass, nt.KeyHandleTagsInformationClass:
		access = 0
	}
	if class > nt.KeyHandleTagsInformationClass {
		return nt.StatusInvalidParameter
	}
	o, k, s := key(c.Thread, c.Arg(1), access)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	r := reply{c.Thread, c.Arg(3), c.Uint32(4), c.Arg(5)}
	switch class {
	case nt.KeyNameInformationClass:
		var few [128]uint16
		name, s := k.AppendPath(few[:0])
		if !s.OK() {
			return s
		}
		n := uint32(2 * len(name))
		return r.put(4, svc.AsBytes(&n), 4, bytesOf(name), n)
	case nt.KeyHandleTagsInformationClass:
		tags := k.Marks().Tags
		return r.put(4, svc.AsBytes(&tags), 0, nil, 0)
	}
	var few, some [64]uint16
	i, s := k.Query(few[:0], some[:0])
	if !s.OK() {
		return s
	}
	switch class {
	case nt.KeyCachedInformationClass:
		v := nt.KeyCachedInformation{LastWriteTime: i.LastWrite, SubKeys: i.Subkeys + i.VolatileSubkeys, MaxNameLen: i.MaxName, Values: i.Values,
			MaxValueNameLen: i.MaxValueName, MaxValueDataLen: i.MaxValueData, NameLength: uint32(i.NameLength)}
		return r.put(40, svc.AsBytes(&v), 0, nil, 0)
	case nt.KeyFlagsInformationClass:
		v := nt.KeyFlagsInformation{Wow64Flags: uint32(i.UserFlags), ControlFlags: uint32(i.Virt)}
		if i.Volatile {
			v.KeyFlags |= 1
		}
		if i.Link {
			v.KeyFlags |= 2
		}
		return r.put(12, svc.AsBytes(&v), 0, nil, 0)
	case nt.KeyVirtualizationInformationClass:
		v := k.Marks().Virtualization
		return r.put(4, svc.AsBytes(&v), 0, nil, 0)
	}
	return r.key(class, &i)
}

// NtEnumerateKey(key, index, class, buffer, length, *needed)
func NtEnumerateKey(c *svc.Call) nt.Status {
	class := c.Uint32(3)
	if class > nt.KeyFullInformationClass {
		return nt.StatusInvalidParameter
	}
	o, k, s := key(c.Thread, c.Arg(1), nt.KeyEnumerateSubKeys)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	r := reply{c.Thread, c.Arg(4), c.Uint32(5), c.Arg(6)}
	var few, some [64]uint16
	i, s := k.Enumerate(c.Uint32(2), few[:0], some[:0])
	if !s.OK() {
		return s
	}
	return r.key(class, &i)
}

const noOffset = ^uint32(0)

// key stores KEY_BASIC_, NODE_ or FULL_INFORMATION.
func (r *reply) key(class uint32, i *cm.KeyInformation) nt.Status {
	nameLength, classLength := uint32(2*len(i.Name)), uint32(2*len(i.Class))
	switch class {
	case nt.KeyBasicInformationClass:
		v := nt.KeyBasicInformation{LastWriteTime: i.LastWrite, NameLength: nameLength}
		return r.put(16, svc.AsBytes(&v), 16, bytesOf(i.Name), nameLength)
	case nt.KeyNodeInformationClass:
		v := nt.KeyNodeInformation{LastWriteTime: i.LastWrite, ClassOffset: noOffset, ClassLength: classLength, NameLength: nameLength}
		at := 24 + (nameLength+3)&^3
		if classLength > 0 {
			v.ClassOffset = at
		}
		var few [24 + 256]byte
		head := append(append(few[:0], svc.AsBytes(&v)...), bytesOf(i.Name)...)
		return r.put(24, head, int(at), bytesOf(i.Class), classLength)
	}
	v := nt.KeyFullInformation{LastWriteTime: i.LastWrite, ClassOffset: noOffset, ClassLength: classLength, SubKeys: i.Subkeys + i.VolatileSubkeys,
		MaxNameLen: i.MaxName, MaxClassLen: i.MaxClass, Values: i.Values, MaxValueNameLen: i.MaxValueName, MaxValueDataLen: i.MaxValueData}
	if classLength > 0 {
		v.ClassOffset = 44
	}
	return r.put(44, svc.AsBytes(&v)[:44], 44, bytesOf(i.Class), classLength)
}
