//go:build kernel

package ps

import (
	"unsafe"

	"gont/hal"
	"gont/mm"
	"gont/nt"
)

// own is a pointer to the kernel's own side of a copy. The copy keeps no
// pointer, which the compiler cannot see: without this, every value that a
// service reads or writes would be made on the heap.
func own(p unsafe.Pointer) unsafe.Pointer { return user(uint64(uintptr(p))) }

// user is a program's address as a pointer, for hal.CopyUser alone.
func user(va uint64) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&va)) }

// CopyFrom copies n bytes from user memory.
func CopyFrom(t *Thread, dst unsafe.Pointer, va, n uint64) nt.Status {
	if !UserSpan(va, n) {
		return badSpan(n)
	}
	left, addr, _ := hal.CopyUser(own(dst), user(va), uintptr(n))
	if left == 0 {
		return nt.StatusSuccess
	}
	return copyRest(t, dst, va, n, left, addr, mm.Read)
}

// CopyTo copies n bytes to user memory.
func CopyTo(t *Thread, va uint64, src unsafe.Pointer, n uint64) nt.Status {
	if !UserSpan(va, n) {
		return badSpan(n)
	}
	left, addr, _ := hal.CopyUser(user(va), own(src), uintptr(n))
	if left == 0 {
		return nt.StatusSuccess
	}
	return copyRest(t, src, va, n, left, addr, mm.Write)
}

// TryCopyFrom is CopyFrom for who may not wait: it ends at the first page that is not there, and
// returns how many bytes it has not copied.
func TryCopyFrom(_ *Thread, dst unsafe.Pointer, va, n uint64) (left uint64) {
	if !UserSpan(va, n) {
		return n
	}
	rest, _, _ := hal.CopyUser(own(dst), user(va), uintptr(n))
	return uint64(rest)
}

// TryCopyTo is CopyTo for who may not wait.
func TryCopyTo(_ *Thread, va uint64, src unsafe.Pointer, n uint64) (left uint64) {
	if !UserSpan(va, n) {
		return n
	}
	rest, _, _ := hal.CopyUser(user(va), own(src), uintptr(n))
	return uint64(rest)
}

// copyRest goes on with a copy that a fault at addr has ended with left bytes to go. p is
// the kernel's own side.
func copyRest(t *Thread, p unsafe.Pointer, va, n uint64, left uintptr, addr uint64, access mm.Access) nt.Status {
	for left != 0 {
		if s := UserFault(t, addr, access); !s.OK() {
			return CopyStatus(s)
		}
		done := n - uint64(left)
		from, to := user(va+done), own(unsafe.Add(p, done))
		if access == mm.Write {
			from, to = to, from
		}
		left, addr, _ = hal.CopyUser(to, from, left)
	}
	return nt.StatusSuccess
}

// MayWrite is ProbeWrite for who may not wait: it reports whether n bytes lie in one page that is there and can be
// written.
func MayWrite(_ *Thread, va, n uint64) bool {
	if !inPage(va, n) || !UserSpan(va, n) {
		return false
	}
	left, _ := hal.ProbeUser(user(va))
	return left == 0
}

// ProbeWrite makes sure that a later CopyTo succeeds, before anything is done that
// could not be taken back: it writes a byte of each page as it is.
func ProbeWrite(t *Thread, va, n uint64) nt.Status {
	if inPage(va, n) && UserSpan(va, n) {
		if left, _ := hal.ProbeUser(user(va)); left == 0 {
			return nt.StatusSuccess
		}
	}
	return probePages(t, va, n)
}

// probeByte makes sure that a byte, which is in the program's half, can be written.
func probeByte(t *Thread, va uint64) nt.Status {
	for {
		left, addr := hal.ProbeUser(user(va))
		if left == 0 {
			return nt.StatusSuccess
		}
		if s := UserFault(t, addr, mm.Write); !s.OK() {
			return CopyStatus(s)
		}
	}
}
