//go:build kernel

package main

import (
	"unsafe"

	"gont/ex"
	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// targetSpace references the process of a memory service's handle.
func targetSpace(t *ps.Thread, h uint64, access nt.AccessMask) (*ps.Process, func(), nt.Status) {
	p, o, s := processFromHandle(t, h, access)
	if !s.OK() {
		return nil, nil, s
	}
	if p.Space == nil {
		o.Dereference()
		return nil, nil, nt.StatusAccessDenied // Idle and System
	}
	if p.Signalled() {
		o.Dereference()
		return nil, nil, nt.StatusProcessIsTerminating
	}
	return p, o.Dereference, nt.StatusSuccess
}

// Span is what mm needs of the hardware, too (mmMachine in phase0.go).
func (mmMachine) Span(va uint64, pages int) []byte {
	return unsafe.Slice((*byte)(pointer(uintptr(va))), pages*mm.PageSize)
}

// balancePeriod is how often working sets are looked at, in 100 ns, negative.
const balancePeriod = -10_000_000

// startBalanceSetManager makes the thread that ages working sets, and trims
// them when pages are few (SPEC P1.18). With MMCHECK it also compares all page
// frames with all page tables.
func startBalanceSetManager() {
	t := ps.CreateSystemThread("KeBalanceSetManager", ke.LowRealtime, func(*ps.Thread) {
		for {
			ke.Delay(ke.KernelMode, false, balancePeriod)
			mm.Balance()
			mm.SignalZeroing()
			if options.Has("MMCHECK") {
				if err := mm.CheckAll(); err != nil {
					bugCheck(ex.PfnListCorrupt, 0, 0, 0, 0, err.Error())
				}
			}
		}
	})
	ke.StartThread(t.Thread)
}

// regionService runs a service with in-out *base and *size.
func regionService(t *ps.Thread, c *hal.Context, baseVA, sizeVA uint64, do func(a *mm.AddressSpace, base, size uint64) (uint64, uint64, nt.Status)) nt.Status {
	var base, size uint64
	if s := get(t, baseVA, &base); !s.OK() {
		return s
	}
	if s := get(t, sizeVA, &size); !s.OK() {
		return s
	}
	if s := probeWrite(t, baseVA, 8); !s.OK() {
		return s
	}
	if s := probeWrite(t, sizeVA, 8); !s.OK() {
		return s
	}
	p, release, s := targetSpace(t, c.R10, nt.ProcessVMOperation)
	if !s.OK() {
		return s
	}
	defer release()
	b, n, s := do(p.Space, base, size)
	mm.SignalZeroing()
	if !s.OK() {
		return s
	}
	put(t, baseVA, &b) // a caller that frees them itself loses the answer
	put(t, sizeVA, &n)
	return s
}

// ntAllocateVirtualMemory(process, *base, zeroBits, *size, type, protect)
// of NT's type bits MEM_RESET, MEM_TOP_DOWN, MEM_RESERVE and MEM_COMMIT are there.
func ntAllocateVirtualMemory(t *ps.Thread, c *hal.Context) nt.Status {
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	typ, s := argument(t, c, 5)
	if !s.OK() {
		return s
	}
	protect, s := argument(t, c, 6)
	if !s.OK() {
		return s
	}
	limit, ok := mm.ZeroBitsLimit(c.R8)
	if !ok {
		return nt.StatusInvalidParameter3
	}
	return regionService(t, c, c.Rdx, c.R9, func(a *mm.AddressSpace, base, size uint64) (uint64, uint64, nt.Status) {
		return a.AllocateBelow(limit, base, size, uint32(typ), uint32(protect))
	})
}

// ntFreeVirtualMemory(process, *base, *size, type)
func ntFreeVirtualMemory(t *ps.Thread, c *hal.Context) nt.Status {
	typ := uint32(c.R9)
	return regionService(t, c, c.Rdx, c.R8, func(a *mm.AddressSpace, base, size uint64) (uint64, uint64, nt.Status) {
		return a.Free(base, size, typ)
	})
}

// lockService is NtLockVirtualMemory and NtUnlockVirtualMemory (process, *base,
// *size, option). Locking in physical memory (MAP_SYSTEM) needs a privilege in
// NT, and is not there.
func lockService(do func(a *mm.AddressSpace, base, size uint64) (uint64, uint64, nt.Status)) service {
	return func(t *ps.Thread, c *hal.Context) nt.Status {
		switch option := uint32(c.R9); {
		case option == 0 || option&^(nt.MapProcess|nt.MapSystem) != 0:
			return nt.StatusInvalidParameter
		case option&nt.MapSystem != 0:
			return nt.StatusPrivilegeNotHeld
		}
		return regionService(t, c, c.Rdx, c.R8, do)
	}
}

// ntProtectVirtualMemory(process, *base, *size, protect, *old)
func ntProtectVirtualMemory(t *ps.Thread, c *hal.Context) nt.Status {
	oldVA, s := argument(t, c, 5)
	if !s.OK() {
		return s
	}
	if s := probeWrite(t, oldVA, 4); !s.OK() {
		return s
	}
	var old uint32
	protect := uint32(c.R9)
	s = regionService(t, c, c.Rdx, c.R8, func(a *mm.AddressSpace, base, size uint64) (b, n uint64, s nt.Status) {
		b, n, old, s = a.Protect(base, size, protect)
		return
	})
	if s.OK() {
		put(t, oldVA, &old)
	}
	return s
}

// ntQueryVirtualMemory(process, base, class, buffer, length, *returned)
func ntQueryVirtualMemory(t *ps.Thread, c *hal.Context) nt.Status {
	length, s := argument(t, c, 5)
	if !s.OK() {
		return s
	}
	ret, s := argument(t, c, 6)
	if !s.OK() {
		return s
	}
	switch uint32(c.R8) {
	case nt.MemoryBasicInformationClass:
	case nt.MemoryWorkingSetInformationClass:
		return queryWorkingSet(t, c, length, ret)
	default:
		return nt.StatusInvalidInfoClass
	}
	if length < 48 {
		return nt.StatusInfoLengthMismatch
	}
	p, release, s := targetSpace(t, c.R10, nt.ProcessQueryInformation)
	if !s.OK() {
		return s
	}
	defer release()
	m, s := p.Space.Query(c.Rdx)
	if !s.OK() {
		return s
	}
	if s := put(t, c.R9, &m); !s.OK() {
		return s
	}
	if n := uint64(48); ret != 0 {
		return put(t, ret, &n)
	}
	return s
}

// queryWorkingSet is MemoryWorkingSetInformation: the number of pages, and a
// block for each as far as the buffer goes.
func queryWorkingSet(t *ps.Thread, c *hal.Context, length, ret uint64) nt.Status {
	if length < 16 {
		return nt.StatusInfoLengthMismatch
	}
	p, release, s := targetSpace(t, c.R10, nt.ProcessQueryInformation)
	if !s.OK() {
		return s
	}
	defer release()
	const most = 1 << 16 // blocks: what the kernel is ready to hold for it
	blocks, n := p.Space.WorkingSet(int(min(length/8-1, most)))
	count := uint64(n)
	if s := put(t, c.R9, &count); !s.OK() {
		return s
	}
	if n > len(blocks) {
		return nt.StatusInfoLengthMismatch
	}
	if s := copyTo(t, c.R9+8, unsafe.Pointer(unsafe.SliceData(blocks)), count*8); !s.OK() {
		return s
	}
	size := count*8 + 8
	return putOptional(t, ret, &size)
}
