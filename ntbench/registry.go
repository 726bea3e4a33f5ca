//go:build ntuser

package main

import (
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
	name := uintptr(unsafe.Pointer(&ntdll.NewString("Value").UnicodeString))
	data := uint32(7)
	set := func() nt.Status {
		return ntdll.Raw(nt.SvcSetValueKey, uintptr(h), name, 0, nt.RegDword, uintptr(unsafe.Pointer(&data)), 4)
	}
	check("NtSetValueKey", set())
	attributes := uintptr(unsafe.Pointer(ntdll.NewAttributes(benchKey, nt.ObjCaseInsensitive, 0)))
	buffer := make([]byte, 64)
	var needed uint32
	measure("reg.open_query_close", func(n uint64) {
		var k nt.Handle // outside: what a service writes to is on the heap
		for ; n > 0; n-- {
			s := ntdll.Raw(nt.SvcOpenKey, uintptr(unsafe.Pointer(&k)), uintptr(nt.KeyQueryValue), attributes)
			if s.OK() {
				s = ntdll.Raw(nt.SvcQueryValueKey, uintptr(k), name, nt.KeyValuePartialInformationClass, uintptr(unsafe.Pointer(&buffer[0])), 64,
					uintptr(unsafe.Pointer(&needed)))
			}
			if s.OK() {
				s = ntdll.NtClose(k)
			}
			check("reg.open_query_close", s)
		}
	})
	measure("reg.set_value", func(n uint64) {
		for ; n > 0; n-- {
			data++
			check("reg.set_value", set())
		}
	})
}
