//go:build !kernel

package ps

import (
	"unsafe"

	"gont/mm"
	"gont/nt"
)

// On the host a program's memory is an address space of the test's model machine. The
// rules are copy_kernel.go's.

// CopyFrom copies n bytes from user memory.
func CopyFrom(t *Thread, dst unsafe.Pointer, va, n uint64) nt.Status {
	return move(t, dst, va, n, mm.Read, t.Process.Space.ReadBytes)
}

// CopyTo copies n bytes to user memory.
func CopyTo(t *Thread, va uint64, src unsafe.Pointer, n uint64) nt.Status {
	return move(t, src, va, n, mm.Write, t.Process.Space.WriteBytes)
}

// TryCopyFrom is CopyFrom for who may not wait: it ends at the first page that is not there, and
// returns how many bytes it has not copied.
func TryCopyFrom(t *Thread, dst unsafe.Pointer, va, n uint64) (left uint64) {
	return tryMove(dst, va, n, t.Process.Space.ReadBytes)
}

// TryCopyTo is CopyTo for who may not wait.
func TryCopyTo(t *Thread, va uint64, src unsafe.Pointer, n uint64) (left uint64) {
	return tryMove(src, va, n, t.Process.Space.WriteBytes)
}

func tryMove(p unsafe.Pointer, va, n uint64, do func(va uint64, b []byte) (int, nt.Status)) (left uint64) {
	if n == 0 || !UserSpan(va, n) {
		return n
	}
	moved, _ := do(va, unsafe.Slice((*byte)(p), n))
	return n - uint64(moved)
}

func move(t *Thread, p unsafe.Pointer, va, n uint64, access mm.Access, do func(va uint64, b []byte) (int, nt.Status)) nt.Status {
	if n == 0 || !UserSpan(va, n) {
		return badSpan(n)
	}
	b := unsafe.Slice((*byte)(p), n)
	for done := uint64(0); ; {
		moved, _ := do(va+done, b[done:])
		if done += uint64(moved); done == n {
			return nt.StatusSuccess
		}
		if s := UserFault(t, va+done, access); !s.OK() {
			return CopyStatus(s)
		}
	}
}

// MayWrite is ProbeWrite for who may not wait.
func MayWrite(t *Thread, va, n uint64) bool { return inPage(va, n) && ProbeWrite(t, va, n).OK() }

// ProbeWrite makes sure that a later CopyTo succeeds.
func ProbeWrite(t *Thread, va, n uint64) nt.Status {
	if inPage(va, n) && UserSpan(va, n) {
		return probeByte(t, va)
	}
	return probePages(t, va, n)
}

// probeByte makes sure that a byte, which is in the program's half, can be written.
func probeByte(t *Thread, va uint64) nt.Status {
	var b byte
	if s := CopyFrom(t, unsafe.Pointer(&b), va, 1); !s.OK() {
		return s
	}
	return CopyTo(t, va, unsafe.Pointer(&b), 1)
}
