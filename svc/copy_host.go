//go:build !kernel

package svc

import (
	"unsafe"

	"gont/ps"
)

// On the host a program's memory is an address space of the test's model machine:
// copy_kernel.go has what these two do.

func copyIn(t *ps.Thread, dst unsafe.Pointer, va, n uint64) (left, fault uint64) {
	done, _ := t.Process.Space.ReadBytes(va, unsafe.Slice((*byte)(dst), n))
	return n - uint64(done), va + uint64(done)
}

func copyOut(t *ps.Thread, va uint64, src unsafe.Pointer, n uint64) (left, fault uint64) {
	done, _ := t.Process.Space.WriteBytes(va, unsafe.Slice((*byte)(src), n))
	return n - uint64(done), va + uint64(done)
}
