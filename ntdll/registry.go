//go:build ntuser

package ntdll

import (
	"encoding/binary"
	"unicode/utf16"
	"unsafe"

	"gont/nt"
)

// NtOpenKey opens a key.
func NtOpenKey(access nt.AccessMask, a *Attributes) (h nt.Handle, s nt.Status) {
	s = ZwOpenKey(uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(a)))
	return
}

// NtCreateKey opens a key, or makes it below one that is there; options are
// nt.RegOption...
func NtCreateKey(access nt.AccessMask, a *Attributes, options uint32) (h nt.Handle, created bool, s nt.Status) {
	var disposition uint32
	s = ZwCreateKey(uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(a)), 0, 0, uintptr(options), uintptr(unsafe.Pointer(&disposition)))
	return h, disposition == nt.RegCreatedNewKey, s
}

// NtDeleteKey deletes a key that has no subkeys.
func NtDeleteKey(h nt.Handle) nt.Status { return ZwDeleteKey(uintptr(h)) }

// NtFlushKey writes a key's hive to its file.
func NtFlushKey(h nt.Handle) nt.Status { return ZwFlushKey(uintptr(h)) }

// NtSaveKey writes a key and what is below it to a file as a hive.
func NtSaveKey(h, file nt.Handle) nt.Status { return ZwSaveKey(uintptr(h), uintptr(file)) }

// NtLoadKey mounts a file's hive as a key.
func NtLoadKey(target, file *Attributes) nt.Status {
	return ZwLoadKey(uintptr(unsafe.Pointer(target)), uintptr(unsafe.Pointer(file)))
}

// NtUnloadKey takes a hive away.
func NtUnloadKey(target *Attributes) nt.Status {
	return ZwUnloadKey(uintptr(unsafe.Pointer(target)))
}

// keyAnswer calls query with a buffer that grows until the answer fits. Services of the
// registry say how much they need in another way than others.
func keyAnswer(query func(b []byte, need *uint32) nt.Status) ([]byte, nt.Status) {
	for size := uint32(512); ; {
		words := make([]uint64, (size+7)/8)
		b := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(words)*8)
		var need uint32
		s := query(b, &need)
		switch {
		case (s == nt.StatusBufferOverflow || s == nt.StatusBufferTooSmall) && need > uint32(len(b)):
			size = need
		case !s.OK() && s != nt.StatusBufferOverflow:
			return nil, s
		default:
			return b[:min(int(need), len(b))], s
		}
	}
}

// wide decodes UTF-16, little end first.
func wide(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u))
}

// EnumerateKey returns the name of a key's subkey number i; after the last
// STATUS_NO_MORE_ENTRIES.
func EnumerateKey(h nt.Handle, i uint32) (string, nt.Status) {
	b, s := keyAnswer(func(b []byte, need *uint32) nt.Status {
		return ZwEnumerateKey(uintptr(h), uintptr(i), nt.KeyBasicInformationClass, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), uintptr(unsafe.Pointer(need)))
	})
	const head = 16
	if !s.OK() || len(b) < head {
		return "", s
	}
	n := (*nt.KeyBasicInformation)(unsafe.Pointer(&b[0])).NameLength
	return wide(b[head:min(len(b), head+int(n))]), s
}

// KeyValue is a value with its data.
type KeyValue struct {
	Name string
	Type uint32
	Data []byte
}

// fullValue reads KEY_VALUE_FULL_INFORMATION.
func fullValue(b []byte) (v KeyValue) {
	const head = 20
	if len(b) < head {
		return v
	}
	f := (*nt.KeyValueFullInformation)(unsafe.Pointer(&b[0]))
	v.Type = f.Type
	v.Name = wide(b[head:min(len(b), head+int(f.NameLength))])
	if from := min(len(b), int(f.DataOffset)); f.DataLength > 0 {
		v.Data = b[from:min(len(b), from+int(f.DataLength))]
	}
	return v
}

// EnumerateValueKey returns a key's value number i; after the last
// STATUS_NO_MORE_ENTRIES.
func EnumerateValueKey(h nt.Handle, i uint32) (KeyValue, nt.Status) {
	b, s := keyAnswer(func(b []byte, need *uint32) nt.Status {
		return ZwEnumerateValueKey(uintptr(h), uintptr(i), nt.KeyValueFullInformationClass, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), uintptr(unsafe.Pointer(need)))
	})
	return fullValue(b), s
}

// QueryValueKey returns a value by its name.
func QueryValueKey(h nt.Handle, name string) (KeyValue, nt.Status) {
	u := NewString(name)
	b, s := keyAnswer(func(b []byte, need *uint32) nt.Status {
		return ZwQueryValueKey(uintptr(h), uintptr(unsafe.Pointer(&u.UnicodeString)), nt.KeyValueFullInformationClass, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), uintptr(unsafe.Pointer(need)))
	})
	return fullValue(b), s
}

// NtSetValueKey sets a value.
func NtSetValueKey(h nt.Handle, name string, typ uint32, data []byte) nt.Status {
	return ZwSetValueKey(uintptr(h), uintptr(unsafe.Pointer(&NewString(name).UnicodeString)), 0, uintptr(typ), uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(len(data)))
}

// NtDeleteValueKey deletes a value.
func NtDeleteValueKey(h nt.Handle, name string) nt.Status {
	return ZwDeleteValueKey(uintptr(h), uintptr(unsafe.Pointer(&NewString(name).UnicodeString)))
}

// MultiString is the list in a REG_MULTI_SZ.
func (v KeyValue) MultiString() (list []string) {
	if v.Type != nt.RegMultiSz {
		return nil
	}
	text := wide(v.Data)
	for start, i := 0, 0; i < len(text); i++ {
		if text[i] == 0 {
			if i > start {
				list = append(list, text[start:i])
			}
			start = i + 1
		}
	}
	return list
}
