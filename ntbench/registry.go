//go:build ntuser

package main

import (
	"runtime"
	"runtime/goos"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// benchKey is four keys below the root of SYSTEM.
const benchKey = `\Registry\Machine\SYSTEM\Bench\One\Two\Three`

// registry measures a key that is opened, asked for a DWORD, and closed; and a DWORD that
// is set.
func registry() {
	var h nt.Handle
	path := ""
	for _, name := range []string{`\Registry\Machine\SYSTEM\Bench`, `\One`, `\Two`, `\Three`} {
		path += name
		check("NtCreateKey", ntdll.Raw(nt.SvcCreateKey, uintptr(unsafe.Pointer(&h)), uintptr(nt.KeyAllAccess),
			uintptr(unsafe.Pointer(ntdll.NewAttributes(path, nt.ObjCaseInsensitive, 0))), 0, 0, nt.RegOptionVolatile, 0))
	}
	valueName := &ntdll.NewString("Value").UnicodeString
	defer runtime.KeepAlive(valueName)
	name := uintptr(unsafe.Pointer(valueName))
	data := uint32(7)
	set := func() nt.Status {
		return ntdll.Raw(nt.SvcSetValueKey, uintptr(h), name, 0, nt.RegDword, uintptr(unsafe.Pointer(&data)), 4)
	}
	check("NtSetValueKey", set())
	keyName := ntdll.NewAttributes(benchKey, nt.ObjCaseInsensitive, 0)
	defer runtime.KeepAlive(keyName)
	attributes := uintptr(unsafe.Pointer(keyName))
	// Calls without ntdll's own cost: what they point at is on the heap, where it stays.
	b := new(struct {
		key    nt.Handle
		needed uint32
		buffer [64]byte
	})
	open := &[12]uintptr{uintptr(unsafe.Pointer(&b.key)), uintptr(nt.KeyQueryValue), attributes}
	query := &[12]uintptr{0, name, nt.KeyValuePartialInformationClass, uintptr(unsafe.Pointer(&b.buffer)), 64, uintptr(unsafe.Pointer(&b.needed))}
	closing := &[12]uintptr{}
	call := func(n nt.Service, v *[12]uintptr) {
		if s := nt.Status(goos.CallMany(uint32(n), v)); !s.OK() {
			check(n.String(), s)
		}
	}
	measure("reg.open_query_close", func(n uint64) {
		for ; n > 0; n-- {
			call(nt.SvcOpenKey, open)
			query[0], closing[0] = uintptr(b.key), uintptr(b.key)
			call(nt.SvcQueryValueKey, query)
			call(nt.SvcClose, closing)
		}
	})
	value := &[12]uintptr{uintptr(h), name, 0, nt.RegDword, uintptr(unsafe.Pointer(&b.needed)), 4}
	measure("reg.set_value", func(n uint64) {
		for ; n > 0; n-- {
			b.needed++
			call(nt.SvcSetValueKey, value)
		}
	})
	runtime.KeepAlive(b)
}
