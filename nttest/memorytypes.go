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

// copyRules: what NtReadVirtualMemory and NtWriteVirtualMemory say of memory that is
// there in part.
func copyRules() error {
	me := nt.CurrentProcess
	base, _, s := ntdll.NtAllocateVirtualMemory(me, 0, 3*nt.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		return expect("NtAllocateVirtualMemory", s, 0)
	}
	defer ntdll.NtFreeVirtualMemory(me, base, 0, nt.MemRelease)
	ntdll.NtProtectVirtualMemory(me, base+nt.PageSize, 1, nt.PageNoAccess)
	ntdll.NtProtectVirtualMemory(me, base+2*nt.PageSize, 1, nt.PageReadOnly)
	edge, buffer := base+nt.PageSize-4, base+0x100
	for _, c := range []struct {
		what                       string
		service                    nt.Service
		process                    nt.Handle
		base, buffer, length, done uint64
		want                       nt.Status
	}{
		{"nothing from nobody", nt.SvcReadVirtualMemory, 0x77778, 0, 0, 0, 0, 0},
		{"reading of nobody", nt.SvcReadVirtualMemory, 0x77778, base, buffer, 8, 0, nt.StatusInvalidHandle},
		{"reading at 0", nt.SvcReadVirtualMemory, me, 0, buffer, 8, 0, nt.StatusPartialCopy},
		{"reading across an edge", nt.SvcReadVirtualMemory, me, edge, buffer, 8, 4, nt.StatusPartialCopy},
		{"reading to what is read-only", nt.SvcReadVirtualMemory, me, base, base + 2*nt.PageSize, 8, 0, nt.StatusAccessViolation},
		{"reading to an edge", nt.SvcReadVirtualMemory, me, buffer, edge, 8, 0, nt.StatusAccessViolation},
		{"reading in the kernel", nt.SvcReadVirtualMemory, me, 0xFFFF800000000000, buffer, 8, 0x5555, nt.StatusAccessViolation},
		{"writing to what is read-only", nt.SvcWriteVirtualMemory, me, base + 2*nt.PageSize, buffer, 8, 0, nt.StatusAccessViolation},
		{"writing across an edge", nt.SvcWriteVirtualMemory, me, edge, buffer, 8, 0, nt.StatusAccessViolation},
		{"writing from what is not there", nt.SvcWriteVirtualMemory, me, base, base + nt.PageSize, 8, 0, nt.StatusPartialCopy},
		{"writing", nt.SvcWriteVirtualMemory, me, edge - 8, buffer, 8, 8, 0},
	} {
		done := uint64(0x5555)
		s := ntdll.Raw(c.service, uintptr(c.process), uintptr(c.base), uintptr(c.buffer), uintptr(c.length), uintptr(unsafe.Pointer(&done)))
		if err := expect(c.what, s, c.want); err != nil {
			return err
		}
		if done != c.done {
			return fmt.Errorf("%s: %d bytes", c.what, done)
		}
		if *at(uintptr(edge)) != 0 {
			return fmt.Errorf("%s: something was written", c.what)
		}
		*at(uintptr(buffer)) = 9
	}
	return nil
}
