//go:build ntuser

package main

import (
	"bytes"
	"fmt"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// registryCopies copies values of every small length from and to addresses of every kind of
// alignment, right up to the end of the memory that there is, and a byte beyond it.
func registryCopies() error {
	const pages, most = 2, 70
	me := nt.CurrentProcess
	base, _, s := ntdll.NtAllocateVirtualMemory(me, 0, (pages+1)*nt.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		return expect("NtAllocateVirtualMemory", s, 0)
	}
	defer ntdll.NtFreeVirtualMemory(me, base, 0, nt.MemRelease)
	const size = pages * nt.PageSize
	ntdll.NtProtectVirtualMemory(me, base+size, 1, nt.PageNoAccess)
	memory := unsafe.Slice((*byte)(unsafe.Add(nil, base)), size)
	h, _, s := createKey(0, testKey)
	if !s.OK() {
		return expect("NtCreateKey", s, 0)
	}
	defer func() {
		ntdll.Raw(nt.SvcDeleteKey, uintptr(h))
		ntdll.NtClose(h)
	}()
	name := address(&ntdll.NewString("copies").UnicodeString)
	var needed uint32
	const head = 12 // of KEY_VALUE_PARTIAL_INFORMATION
	for n := 0; n <= most; n++ {
		for _, end := range []int{size, size - 1, size - 7, nt.PageSize + n/2, nt.PageSize + 1} {
			for i := range memory[:size] {
				memory[i] = 0xEE
			}
			from := memory[end-n : end]
			for i := range from {
				from[i] = byte(n + 3*i)
			}
			want := bytes.Clone(from)
			if s := ntdll.Raw(nt.SvcSetValueKey, uintptr(h), name, 0, nt.RegBinary, uintptr(base)+uintptr(end-n), uintptr(n)); !s.OK() {
				return fmt.Errorf("%d bytes that end at %#x are set: %w", n, end, expect("NtSetValueKey", s, 0))
			}
			clear(from)
			at := end - n - head
			if s := ntdll.Raw(nt.SvcQueryValueKey, uintptr(h), name, nt.KeyValuePartialInformationClass, uintptr(base)+uintptr(at), uintptr(head+n), address(&needed)); !s.OK() {
				return fmt.Errorf("%d bytes that end at %#x are asked for: %w", n, end, expect("NtQueryValueKey", s, 0))
			}
			if !bytes.Equal(memory[end-n:end], want) || needed != uint32(head+n) {
				return fmt.Errorf("%d bytes that end at %#x have come as %x, not %x; %d are needed", n, end, memory[end-n:end], want, needed)
			}
			if memory[at-1] != 0xEE || end < size && memory[end] != 0xEE {
				return fmt.Errorf("%d bytes that end at %#x: their neighbours have changed", n, end)
			}
		}
		if n == 0 {
			continue
		}
		over := uintptr(base) + uintptr(size-n+1) // the last byte is not there
		if s := ntdll.Raw(nt.SvcSetValueKey, uintptr(h), name, 0, nt.RegBinary, over, uintptr(n)); s != nt.StatusAccessViolation {
			return fmt.Errorf("%d bytes of which one is not there: %w", n, expect("NtSetValueKey", s, nt.StatusAccessViolation))
		}
		if s := ntdll.Raw(nt.SvcQueryValueKey, uintptr(h), name, nt.KeyValuePartialInformationClass, over-head, uintptr(head+n), address(&needed)); s != nt.StatusAccessViolation {
			return fmt.Errorf("%d bytes to where one is not there: %w", n, expect("NtQueryValueKey", s, nt.StatusAccessViolation))
		}
	}
	return nil
}
