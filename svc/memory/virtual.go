package memory

import (
	"unsafe"

	"gont/mm"
	"gont/nt"
	"gont/ps"
	"gont/svc"
)

// targetSpace references the process of a memory service's handle.
func targetSpace(t *ps.Thread, h uint64, access nt.AccessMask) (*ps.Process, func(), nt.Status) {
	p, o, s := svc.ProcessFromHandle(t, h, access)
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

// regionService runs a service with in-out *base and *size.
func regionService(c *svc.Call, baseVA, sizeVA uint64, do func(a *mm.AddressSpace, base, size uint64) (uint64, uint64, nt.Status)) nt.Status {
	t := c.Thread
	var base, size uint64
	if s := svc.Get(t, baseVA, &base); !s.OK() {
		return s
	}
	if s := svc.Get(t, sizeVA, &size); !s.OK() {
		return s
	}
	if s := svc.ProbeWrite(t, baseVA, 8); !s.OK() {
		return s
	}
	if s := svc.ProbeWrite(t, sizeVA, 8); !s.OK() {
		return s
	}
	p, release, s := targetSpace(t, c.Arg(1), nt.ProcessVMOperation)
	if !s.OK() {
		return s
	}
	defer release()
	b, n, s := do(p.Space, base, size)
	mm.SignalZeroing()
	if !s.OK() {
		return s
	}
	svc.Put(t, baseVA, &b) // a caller that frees them itself loses the answer
	svc.Put(t, sizeVA, &n)
	return s
}

// NtAllocateVirtualMemory(process, *base, zeroBits, *size, type, protect)
// of NT's type bits MEM_RESET, MEM_TOP_DOWN, MEM_RESERVE and MEM_COMMIT are there.
func NtAllocateVirtualMemory(c *svc.Call) nt.Status {
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	typ := c.Arg(5)
	protect := c.Arg(6)
	limit, ok := mm.ZeroBitsLimit(c.Arg(3))
	if !ok {
		return nt.StatusInvalidParameter3
	}
	return regionService(c, c.Arg(2), c.Arg(4), func(a *mm.AddressSpace, base, size uint64) (uint64, uint64, nt.Status) {
		return a.AllocateBelow(limit, base, size, uint32(typ), uint32(protect))
	})
}

// NtFreeVirtualMemory(process, *base, *size, type)
func NtFreeVirtualMemory(c *svc.Call) nt.Status {
	typ := c.Uint32(4)
	return regionService(c, c.Arg(2), c.Arg(3), func(a *mm.AddressSpace, base, size uint64) (uint64, uint64, nt.Status) {
		return a.Free(base, size, typ)
	})
}

// lockService is NtLockVirtualMemory and NtUnlockVirtualMemory (process, *base,
// *size, option). Locking in physical memory (MAP_SYSTEM) needs a privilege in
// NT, and is not there.
func lockService(do func(a *mm.AddressSpace, base, size uint64) (uint64, uint64, nt.Status)) svc.Routine {
	return func(c *svc.Call) nt.Status {
		switch option := c.Uint32(4); {
		case option == 0 || option&^(nt.MapProcess|nt.MapSystem) != 0:
			return nt.StatusInvalidParameter
		case option&nt.MapSystem != 0:
			return nt.StatusPrivilegeNotHeld
		}
		return regionService(c, c.Arg(2), c.Arg(3), do)
	}
}

// NtProtectVirtualMemory(process, *base, *size, protect, *old)
func NtProtectVirtualMemory(c *svc.Call) nt.Status {
	t := c.Thread
	oldVA := c.Arg(5)
	if s := svc.ProbeWrite(t, oldVA, 4); !s.OK() {
		return s
	}
	var old uint32
	protect := c.Uint32(4)
	s := regionService(c, c.Arg(2), c.Arg(3), func(a *mm.AddressSpace, base, size uint64) (b, n uint64, s nt.Status) {
		b, n, old, s = a.Protect(base, size, protect)
		return
	})
	if s.OK() {
		svc.Put(t, oldVA, &old)
	}
	return s
}

// NtQueryVirtualMemory(process, base, class, buffer, length, *returned)
func NtQueryVirtualMemory(c *svc.Call) nt.Status {
	t := c.Thread
	length := c.Arg(5)
	ret := c.Arg(6)
	switch c.Uint32(3) {
	case nt.MemoryBasicInformationClass:
	case nt.MemoryWorkingSetInformationClass:
		return queryWorkingSet(c, length, ret)
	default:
		return nt.StatusInvalidInfoClass
	}
	if length < 48 {
		return nt.StatusInfoLengthMismatch
	}
	p, release, s := targetSpace(t, c.Arg(1), nt.ProcessQueryInformation)
	if !s.OK() {
		return s
	}
	defer release()
	m, s := p.Space.Query(c.Arg(2))
	if !s.OK() {
		return s
	}
	if s := svc.Put(t, c.Arg(4), &m); !s.OK() {
		return s
	}
	if n := uint64(48); ret != 0 {
		return svc.Put(t, ret, &n)
	}
	return s
}

// queryWorkingSet is MemoryWorkingSetInformation: the number of pages, and a
// block for each as far as the buffer goes.
func queryWorkingSet(c *svc.Call, length, ret uint64) nt.Status {
	t := c.Thread
	if length < 16 {
		return nt.StatusInfoLengthMismatch
	}
	p, release, s := targetSpace(t, c.Arg(1), nt.ProcessQueryInformation)
	if !s.OK() {
		return s
	}
	defer release()
	const most = 1 << 16 // blocks: what the kernel is ready to hold for it
	blocks, n := p.Space.WorkingSet(int(min(length/8-1, most)))
	count := uint64(n)
	if s := svc.Put(t, c.Arg(4), &count); !s.OK() {
		return s
	}
	if n > len(blocks) {
		return nt.StatusInfoLengthMismatch
	}
	if s := svc.CopyTo(t, c.Arg(4)+8, unsafe.Pointer(unsafe.SliceData(blocks)), count*8); !s.OK() {
		return s
	}
	size := count*8 + 8
	return svc.PutOptional(t, ret, &size)
}

// Services that keep pages in the working set: (process, *base, *size, option).
var (
	NtLockVirtualMemory   = lockService((*mm.AddressSpace).LockPages)
	NtUnlockVirtualMemory = lockService((*mm.AddressSpace).UnlockPages)
)
