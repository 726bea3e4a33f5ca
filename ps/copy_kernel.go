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
	if n == 0 {
		return nt.StatusSuccess
	}
	if !UserSpan(va, n) {
		return nt.StatusAccessViolation
	}
	for done := uint64(0); ; {
		left, addr, _ := hal.CopyUser(own(unsafe.Add(dst, done)), user(va+done), uintptr(n-done))
		if left == 0 {
			return nt.StatusSuccess
		}
		done = n - uint64(left)
		if s := UserFault(t, addr, mm.Read); !s.OK() {
			return CopyStatus(s)
		}
	}
}

// CopyTo copies n bytes to user memory.
func CopyTo(t *Thread, va uint64, src unsafe.Pointer, n uint64) nt.Status {
	if n == 0 {
		return nt.StatusSuccess
	}
	if !UserSpan(va, n) {
		return nt.StatusAccessViolation
	}
	for done := uint64(0); ; {
		left, addr, _ := hal.CopyUser(user(va+done), own(unsafe.Add(src, done)), uintptr(n-done))
		if left == 0 {
			return nt.StatusSuccess
		}
		done = n - uint64(left)
		if s := UserFault(t, addr, mm.Write); !s.OK() {
			return CopyStatus(s)
		}
	}
}
