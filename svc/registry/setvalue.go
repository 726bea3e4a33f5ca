package registry

import (
	"unsafe"

	"gont/cm"
	"gont/cm/regf"
	"gont/mm"
	"gont/nt"
	"gont/ps"
	"gont/svc"
)

// NtSetValueKey(key, *name, titleIndex, type, data, size)
func NtSetValueKey(c *svc.Call) nt.Status {
	t := c.Thread
	var small [64]uint16
	typ, at, size := c.Uint32(4), c.Arg(5), c.Uint32(6)
	name, s := readName(t, c.Arg(2), small[:])
	if !s.OK() {
		return s
	}
	if len(name) > regf.MaxValueName {
		return nt.StatusInvalidParameter
	}
	o, k, s := key(t, c.Arg(1), nt.KeySetValue)
	if !s.OK() {
		return s
	}
	if size <= fewBytes {
		var few [fewBytes]byte
		data := few[:size]
		if s = svc.CopyFrom(t, unsafe.Pointer(unsafe.SliceData(data)), at, uint64(size)); s.OK() {
			s = k.SetValueData(name, typ, data)
		}
	} else {
		s = setBigValue(t, k, name, typ, at, size)
	}
	o.Dereference()
	return s
}

// setBigValue sets a value whose data come through pool.
func setBigValue(t *ps.Thread, k *cm.Key, name []uint16, typ uint32, at uint64, size uint32) nt.Status {
	if size > cm.MaximumData {
		return nt.StatusInsufficientResources
	}
	if !svc.InUserHalf(at, uint64(size)) {
		return nt.StatusAccessViolation
	}
	data := mm.AllocatePoolPages(mm.PagedPool, int(size), dataTag)
	if data == nil {
		return nt.StatusInsufficientResources
	}
	s := svc.CopyFrom(t, unsafe.Pointer(unsafe.SliceData(data)), at, uint64(size))
	if s.OK() {
		s = k.SetValueData(name, typ, data)
	}
	mm.FreePool(data, dataTag)
	return s
}

// NtDeleteValueKey(key, *name)
func NtDeleteValueKey(c *svc.Call) nt.Status {
	var small [64]uint16
	name, s := readName(c.Thread, c.Arg(2), small[:])
	if !s.OK() {
		return s
	}
	o, k, s := key(c.Thread, c.Arg(1), nt.KeySetValue)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	return k.DeleteValueName(name)
}

// NtSetInformationKey(key, class, *value, length)
func NtSetInformationKey(c *svc.Call) nt.Status {
	class := c.Uint32(2)
	access := nt.KeySetValue
	switch class {
	case nt.KeySetHandleTagsInformationClass, nt.KeySetVirtualizationInformationClass:
		access = 0
	case nt.KeyWriteTimeInformationClass, nt.KeyWow64FlagsInformationClass, nt.KeyControlFlagsInformationClass:
	default: // KeySetDebugInformation is of checked builds of NT
		return nt.StatusInvalidInfoClass
	}
	var value uint64
	if class == nt.KeyWriteTimeInformationClass {
		if s := svc.Input(c, &value); !s.OK() {
			return s
		}
	} else {
		var v uint32
		if s := svc.Input(c, &v); !s.OK() {
			return s
		}
		value = uint64(v)
	}
	o, k, s := key(c.Thread, c.Arg(1), access)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	switch class {
	case nt.KeyWriteTimeInformationClass:
		return k.SetTime(value)
	case nt.KeyWow64FlagsInformationClass:
		if value > 0xF {
			return nt.StatusInvalidParameter
		}
		return k.SetUserFlags(uint8(value))
	case nt.KeyControlFlagsInformationClass:
		if value&^0xE != 0 {
			return nt.StatusInvalidParameter
		}
		return k.SetVirtFlags(uint8(value))
	case nt.KeySetVirtualizationInformationClass:
		if value&^7 != 0 {
			return nt.StatusInvalidParameter
		}
		return k.SetMarks(func(m *cm.Marks) { m.Virtualization = uint32(value) })
	}
	return k.SetMarks(func(m *cm.Marks) { m.Tags = uint32(value) })
}
