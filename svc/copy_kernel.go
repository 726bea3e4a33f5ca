//go:build kernel

package svc

import (
	"unsafe"

	"gont/hal"
	"gont/ps"
)

// own is a pointer to the kernel's own side of a copy. The copy keeps no
// pointer, which the compiler cannot see: without this, every value that a
// service reads or writes would be made on the heap.
func own(p unsafe.Pointer) unsafe.Pointer { return user(uint64(uintptr(p))) }

// user is a program's address as a pointer, for hal.CopyUser alone.
func user(va uint64) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&va)) }

// copyIn copies n bytes from the current process's memory at va until it meets a page
// that is not there; it returns how many bytes are left, and the address of the fault.
func copyIn(_ *ps.Thread, dst unsafe.Pointer, va, n uint64) (left, fault uint64) {
	l, addr, _ := hal.CopyUser(own(dst), user(va), uintptr(n))
	return uint64(l), addr
}

// copyOut is copyIn the other way.
func copyOut(_ *ps.Thread, va uint64, src unsafe.Pointer, n uint64) (left, fault uint64) {
	l, addr, _ := hal.CopyUser(user(va), own(src), uintptr(n))
	return uint64(l), addr
}
