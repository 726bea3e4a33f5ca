//go:build kernel

package main

import (
	"gont/hal"
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
func ntAllocateVirtualMemory(t *ps.Thread, c *hal.Context) nt.Status {
	if memoryLow() {
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
	return regionService(t, c, c.Rdx, c.R9, func(a *mm.AddressSpace, base, size uint64) (uint64, uint64, nt.Status) {
		return a.Allocate(base, size, uint32(typ), uint32(protect))
	})
}

// ntFreeVirtualMemory(process, *base, *size, type)
func ntFreeVirtualMemory(t *ps.Thread, c *hal.Context) nt.Status {
	typ := uint32(c.R9)
	return regionService(t, c, c.Rdx, c.R8, func(a *mm.AddressSpace, base, size uint64) (uint64, uint64, nt.Status) {
		return a.Free(base, size, typ)
	})
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
	if uint32(c.R8) != 0 {
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

// moveMemory is NtReadVirtualMemory and NtWriteVirtualMemory (process, base,
// buffer, length, *moved): in pieces of a page, through the kernel.
func moveMemory(t *ps.Thread, c *hal.Context, access nt.AccessMask, write bool) nt.Status {
	ret, s := argument(t, c, 5)
	if !s.OK() {
		return s
	}
	p, release, s := targetSpace(t, c.R10, access)
	if !s.OK() {
		return s
	}
	defer release()
	var page [mm.PageSize]byte
	done, n := uint64(0), c.R9
	if !userSpan(c.Rdx, n) || !userSpan(c.R8, n) {
		return nt.StatusAccessViolation
	}
	for done < n && s.OK() {
		b := page[:min(n-done, mm.PageSize)]
		moved := 0
		if write {
			if s = copyFrom(t, pointerTo(b), c.R8+done, uint64(len(b))); s.OK() {
				moved, s = p.Space.WriteBytes(c.Rdx+done, b)
			}
		} else {
			moved, s = p.Space.ReadBytes(c.Rdx+done, b)
			if s2 := copyTo(t, c.R8+done, pointerTo(b), uint64(moved)); !s2.OK() {
				s = s2
			}
		}
		done += uint64(moved)
		poll(false)
	}
	if ret != 0 {
		if s2 := put(t, ret, &done); !s2.OK() {
			return s2
		}
	}
	return s
}

func ntReadVirtualMemory(t *ps.Thread, c *hal.Context) nt.Status {
	return moveMemory(t, c, nt.ProcessVMRead, false)
}

func ntWriteVirtualMemory(t *ps.Thread, c *hal.Context) nt.Status {
	return moveMemory(t, c, nt.ProcessVMWrite, true)
}
