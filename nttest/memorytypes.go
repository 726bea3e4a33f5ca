//go:build ntuser

package main

import (
	"fmt"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// allocationTypes: MEM_TOP_DOWN, MEM_RESET, zeroBits, and committing what is
// committed (P0.10).
func allocationTypes() error {
	me := nt.CurrentProcess
	free := func(base uint64) nt.Status { return ntdll.NtFreeVirtualMemory(me, base, 0, nt.MemRelease) }
	high, _, s := ntdll.NtAllocateVirtualMemory(me, 0, 0x10000, nt.MemReserve|nt.MemCommit|nt.MemTopDown, nt.PageReadWrite)
	if !s.OK() || high < 1<<46 {
		return fmt.Errorf("MEM_TOP_DOWN: %v at %#x", s, high)
	}
	*at(uintptr(high)) = 5
	for _, c := range []struct {
		what      string
		typ       uint32
		base      uint64
		size      uint64
		protect   uint32
		want      nt.Status
		wantByte0 byte
	}{
		{"MEM_RESET", nt.MemReset, high, 0x10000, nt.PageReadWrite, 0, 5},
		{"MEM_RESET of nothing", nt.MemReset, high - 0x10000000, 1, nt.PageReadWrite, nt.StatusConflictingAddresses, 5},
		{"MEM_RESET and more", nt.MemReset | nt.MemCommit, high, 1, nt.PageReadWrite, nt.StatusInvalidParameter5, 5},
		{"committing again", nt.MemCommit, high, 0x2000, nt.PageReadOnly, 0, 5},
		{"a type that is none", 1 << 30, 0, 1, nt.PageReadWrite, nt.StatusInvalidParameter5, 5},
		{"no size", nt.MemReserve, 0, 0, nt.PageReadWrite, nt.StatusInvalidParameter4, 5},
	} {
		_, _, s := ntdll.NtAllocateVirtualMemory(me, c.base, c.size, c.typ, c.protect)
		if err := expect(c.what, s, c.want); err != nil {
			return err
		}
		if b := *at(uintptr(high)); b != c.wantByte0 {
			return fmt.Errorf("%s: the memory has %d", c.what, b)
		}
	}
	if m, _ := ntdll.NtQueryVirtualMemory(me, high); m.Protect != nt.PageReadOnly || m.RegionSize != 0x2000 {
		return fmt.Errorf("committed again as PAGE_READONLY: %+v", m)
	}
	if s := free(high); !s.OK() {
		return expect("release", s, 0)
	}
	if err := expect("releasing twice", free(high), nt.StatusMemoryNotAllocated); err != nil {
		return err
	}
	zeroBits := func(bits uint64) (uint64, nt.Status) {
		base, size := uint64(0), uint64(0x10000)
		s := ntdll.Raw(nt.SvcAllocateVirtualMemory, ^uintptr(0), uintptr(unsafe.Pointer(&base)), uintptr(bits), uintptr(unsafe.Pointer(&size)),
			nt.MemReserve|nt.MemTopDown, nt.PageReadWrite)
		return base, s
	}
	for _, c := range []struct{ bits, limit uint64 }{{1, 0x7FFFFFFF}, {4, 0xFFFFFFF}, {0x7FFFFFFF, 0x7FFFFFFF}, {1 << 40, 1<<41 - 1}} {
		base, s := zeroBits(c.bits)
		if !s.OK() || base+0xFFFF > c.limit {
			return fmt.Errorf("zeroBits %#x: %v at %#x", c.bits, s, base)
		}
		free(base)
	}
	_, s = zeroBits(32)
	return expect("zeroBits 32", s, nt.StatusInvalidParameter3)
}
