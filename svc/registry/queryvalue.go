package registry

import (
	"unsafe"

	"gont/cm"
	"gont/mm"
	"gont/nt"
	"gont/svc"
)

// dataTag marks what values' data are copied through.
var dataTag = mm.Tag{'C', 'M', 'v', 'd'}

// fewBytes are copied through the stack, more through pool.
const fewBytes = 256

// NtQueryValueKey(key, *name, class, buffer, length, *needed)
func NtQueryValueKey(c *svc.Call) nt.Status {
	class := c.Uint32(3)
	if class > nt.KeyValuePartialInformationAlign64Class {
		return nt.StatusInvalidParameter
	}
	var small [64]uint16
	name, s := readName(c.Thread, c.Arg(2), small[:])
	if !s.OK() {
		return s
	}
	o, k, s := key(c.Thread, c.Arg(1), nt.KeyQueryValue)
	if !s.OK() {
		return s
	}
	r := reply{c.Thread, c.Arg(4), c.Uint32(5), c.Arg(6)}
	s = r.value((*valueRoom)(c.Room[:]), class, k, name, 0)
	o.Dereference()
	return s
}

// NtEnumerateValueKey(key, index, class, buffer, length, *needed)
func NtEnumerateValueKey(c *svc.Call) nt.Status {
	class := c.Uint32(3)
	if class > nt.KeyValuePartialInformationAlign64Class {
		return nt.StatusInvalidParameter
	}
	o, k, s := key(c.Thread, c.Arg(1), nt.KeyQueryValue)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	r := reply{c.Thread, c.Arg(4), c.Uint32(5), c.Arg(6)}
	return r.value((*valueRoom)(c.Room[:]), class, k, nil, c.Uint32(2))
}

// valueRoom is where a value's data go that are few, with the fixed part of the answer right
// before them, at valueHead.
type valueRoom [valueHead + fewBytes]byte

const valueHead = 24

// value reads a value, by its name or, when that is nil, by its index, and stores the
// answer of a class.
func (r *reply) value(room *valueRoom, class uint32, k *cm.Key, which []uint16, index uint32) nt.Status {
	if class == nt.KeyValuePartialInformationClass {
		if s, done := r.partial(room, k, which, index); done {
			return s
		}
	}
	name := make([]uint16, 0, 64)
	if class == nt.KeyValuePartialInformationClass || class == nt.KeyValuePartialInformationAlign64Class {
		name = nil
	}
	data := room[valueHead:]
	if class == nt.KeyValueBasicInformationClass {
		data = nil
	}
	for {
		var v cm.ValueInformation
		var s nt.Status
		if which != nil {
			v, s = k.QueryValue(which, name, data)
		} else {
			v, s = k.EnumerateValue(index, name, data)
		}
		if !s.OK() {
			return s
		}
		if want := min(v.Size, r.length); class == nt.KeyValueBasicInformationClass || v.Copied >= int(want) {
			return r.valueAnswer(class, &v, data[:v.Copied])
		} else if data = mm.AllocatePoolPages(mm.PagedPool, int(want), dataTag); data == nil {
			return nt.StatusInsufficientResources
		}
		b := data
		s = r.bigValue(class, k, which, index, b)
		mm.FreePool(b, dataTag)
		if s != again {
			return s
		}
		data = room[valueHead:]
	}
}

// partial is value for KeyValuePartialInformation of a value that has few bytes, if the
// buffer is large enough for it: the answer is stored at once. done is false when it is not
// such a one.
func (r *reply) partial(room *valueRoom, k *cm.Key, which []uint16, index uint32) (s nt.Status, done bool) {
	const head = 12
	var v cm.ValueInformation
	if which != nil {
		v, s = k.QueryValue(which, nil, room[valueHead:])
	} else {
		v, s = k.EnumerateValue(index, nil, room[valueHead:])
	}
	if !s.OK() {
		return s, true
	}
	if v.Size > fewBytes || head+v.Size > r.length {
		return s, false
	}
	*(*nt.KeyValuePartialInformation)(unsafe.Pointer(&room[valueHead-head])) = nt.KeyValuePartialInformation{Type: v.Type, DataLength: v.Size}
	need := head + v.Size
	if s := svc.Put(r.thread, r.needed, &need); !s.OK() {
		return s, true
	}
	return svc.CopyTo(r.thread, r.buffer, unsafe.Pointer(&room[valueHead-head]), uint64(need)), true
}

// again says that a value has become larger meanwhile.
const again nt.Status = 0x4000FFFF

// bigValue is value with a buffer of pool.
func (r *reply) bigValue(class uint32, k *cm.Key, which []uint16, index uint32, data []byte) nt.Status {
	var few [64]uint16
	var v cm.ValueInformation
	var s nt.Status
	if which != nil {
		v, s = k.QueryValue(which, few[:0], data)
	} else {
		v, s = k.EnumerateValue(index, few[:0], data)
	}
	if !s.OK() {
		return s
	}
	if v.Copied < int(min(v.Size, r.length)) {
		return again
	}
	return r.valueAnswer(class, &v, data[:v.Copied])
}

// valueAnswer stores an answer.
func (r *reply) valueAnswer(class uint32, v *cm.ValueInformation, data []byte) nt.Status {
	nameLength := uint32(2 * len(v.Name))
	switch class {
	case nt.KeyValueBasicInformationClass:
		i := nt.KeyValueBasicInformation{Type: v.Type, NameLength: nameLength}
		return r.put(12, svc.AsBytes(&i), 12, bytesOf(v.Name), nameLength)
	case nt.KeyValuePartialInformationClass:
		i := nt.KeyValuePartialInformation{Type: v.Type, DataLength: v.Size}
		return r.put(12, svc.AsBytes(&i), 12, data, v.Size)
	case nt.KeyValuePartialInformationAlign64Class:
		i := nt.KeyValuePartialInformationAlign64{Type: v.Type, DataLength: v.Size}
		return r.put(8, svc.AsBytes(&i), 8, data, v.Size)
	}
	align := uint32(4)
	if class == nt.KeyValueFullInformationAlign64Class {
		align = 8
	}
	i := nt.KeyValueFullInformation{Type: v.Type, DataOffset: noOffset, DataLength: v.Size, NameLength: nameLength}
	at := (20 + nameLength + align - 1) &^ (align - 1)
	if v.Size > 0 {
		i.DataOffset = at
	}
	var few [20 + 128]byte
	head := append(append(few[:0], svc.AsBytes(&i)...), bytesOf(v.Name)...)
	return r.put(20, head, int(at), data, v.Size)
}

// Limits of NtQueryMultipleValueKey: entries are captured, in the kernel's heap.
const (
	mostEntries   = 4096
	mostNameUnits = 1 << 18 // of all names together
)

// NtQueryMultipleValueKey(key, *entries, count, buffer, *length, *needed)
func NtQueryMultipleValueKey(c *svc.Call) nt.Status {
	t := c.Thread
	at, count, buffer, lengthAt, neededAt := c.Arg(2), c.Uint32(3), c.Arg(4), c.Arg(5), c.Arg(6)
	if mm.HeapIsLow() || count > mostEntries {
		return nt.StatusInsufficientResources
	}
	var length uint32
	if s := svc.Get(t, lengthAt, &length); !s.OK() {
		return s
	}
	const row = uint64(unsafe.Sizeof(nt.KeyValueEntry{}))
	if s := svc.ProbeOptional(t, neededAt, 4); !s.OK() {
		return s
	}
	rows := make([]nt.KeyValueEntry, count)
	if s := svc.CopyFrom(t, unsafe.Pointer(unsafe.SliceData(rows)), at, uint64(count)*row); !s.OK() {
		return s
	}
	list := make([]cm.Entry, count)
	names := 0
	for i := range list {
		var s nt.Status
		if list[i].Name, s = readName(t, rows[i].ValueName, nil); !s.OK() {
			return s
		}
		if names += len(list[i].Name); names > mostNameUnits {
			return nt.StatusInsufficientResources
		}
	}
	o, k, s := key(t, c.Arg(1), nt.KeyQueryValue)
	if !s.OK() {
		return s
	}
	defer o.Dereference()
	// All values at one moment: how much that is shows when it fits.
	var data []byte
	need := uint64(0)
	for {
		if need, s = k.QueryValues(list, data); !s.OK() || need <= uint64(len(data)) || need > uint64(length) {
			break
		}
		if data != nil {
			mm.FreePool(data, dataTag)
		}
		if data = mm.AllocatePoolPages(mm.PagedPool, int(need), dataTag); data == nil {
			return nt.StatusInsufficientResources
		}
	}
	if data != nil {
		defer mm.FreePool(data, dataTag)
	}
	if !s.OK() {
		return s
	}
	for i := range rows {
		rows[i].Type, rows[i].DataLength, rows[i].DataOffset = list[i].Type, list[i].Size, list[i].Offset
	}
	needed := uint32(min(need, 1<<32-1))
	if s := svc.PutOptional(t, neededAt, &needed); !s.OK() {
		return s
	}
	if need > uint64(length) {
		return nt.StatusBufferOverflow
	}
	if s := svc.CopyTo(t, at, unsafe.Pointer(unsafe.SliceData(rows)), uint64(count)*row); !s.OK() {
		return s
	}
	if s := svc.Put(t, lengthAt, &needed); !s.OK() {
		return s
	}
	return svc.CopyTo(t, buffer, unsafe.Pointer(unsafe.SliceData(data)), need)
}
