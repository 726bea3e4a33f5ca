package memory

import (
	"unsafe"

	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
	"gont/svc"
)

// memoryService is NtReadVirtualMemory and NtWriteVirtualMemory (process, base,
// buffer, length, *moved). To move nothing needs no process.
func memoryService(access nt.AccessMask, write bool) svc.Routine {
	return func(c *svc.Call) nt.Status {
		t := c.Thread
		ret := c.Arg(5)
		n := c.Arg(4)
		if !svc.InUserHalf(c.Arg(2), n) || !svc.InUserHalf(c.Arg(3), n) {
			return nt.StatusAccessViolation
		}
		if s := svc.ProbeOptional(t, ret, 8); !s.OK() {
			return s
		}
		done, s := uint64(0), nt.StatusSuccess
		if n > 0 {
			p, release, st := targetSpace(t, c.Arg(1), access)
			if s = st; s.OK() {
				done, s = moveMemory(t, p.Space, c.Arg(2), c.Arg(3), n, write)
				release()
			}
		}
		if s2 := svc.PutOptional(t, ret, &done); !s2.OK() {
			return s2
		}
		return s
	}
}

// moveMemory moves n bytes between a process's memory at base and the caller's at
// buffer, in pieces of a page, through the kernel. What cannot be read is
// STATUS_PARTIAL_COPY, however little was moved. Where the bytes go is looked
// at before, all of it: what cannot be written to is STATUS_ACCESS_VIOLATION, and
// nothing is moved.
func moveMemory(t *ps.Thread, a *mm.AddressSpace, base, buffer, n uint64, write bool) (done uint64, s nt.Status) {
	var page [mm.PageSize]byte
	for done < n {
		b := page[:min(n-done, mm.PageSize)]
		got := len(b)
		if write {
			s = svc.CopyFrom(t, unsafe.Pointer(unsafe.SliceData(b)), buffer+done, uint64(len(b)))
		} else {
			got, s = a.ReadBytes(base+done, b)
		}
		if !s.OK() {
			s = nt.StatusPartialCopy
			if got == 0 || write {
				return done, s
			}
		}
		if done == 0 {
			if st := writable(t, a, base, buffer, n, write); !st.OK() {
				return 0, st
			}
		}
		st := nt.StatusSuccess
		if write {
			_, st = a.WriteBytes(base+done, b)
		} else {
			st = svc.CopyTo(t, buffer+done, unsafe.Pointer(unsafe.SliceData(b)), uint64(got))
		}
		if !st.OK() {
			return done, nt.StatusPartialCopy // it has been taken away in between
		}
		if done += uint64(got); !s.OK() {
			return done, s
		}
		ke.Poll()
	}
	return done, nt.StatusSuccess
}

// writable makes sure that moveMemory can write where it is to.
func writable(t *ps.Thread, a *mm.AddressSpace, base, buffer, n uint64, write bool) nt.Status {
	at := buffer
	if write {
		at = base
	}
	for end := at + n; at < end; at = at&^(mm.PageSize-1) + mm.PageSize {
		s := nt.StatusAccessViolation
		if !write {
			s = svc.ProbeWrite(t, at, 1)
		} else if s = a.Fault(at, mm.Write); s != nt.StatusGuardPageViolation && !s.OK() {
			s = svc.CopyStatus(s)
		}
		if !s.OK() {
			return s
		}
		ke.Poll()
	}
	return nt.StatusSuccess
}

// Copies between processes: (process, base, buffer, length, *moved).
var (
	NtReadVirtualMemory  = memoryService(nt.ProcessVMRead, false)
	NtWriteVirtualMemory = memoryService(nt.ProcessVMWrite, true)
)
