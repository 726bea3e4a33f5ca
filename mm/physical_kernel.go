//go:build kernel

package mm

import (
	"unsafe"

	"gont/arc"
)

// physical is what a Machine is asked about the memory's bytes: nothing, for the map of all
// physical memory (DESIGN 3) shows them.
type physical interface{}

// frameBytes are a frame's bytes.
func frameBytes(n uint32) *[PageSize]byte {
	return (*[PageSize]byte)(unsafe.Pointer(uintptr(arc.PhysMap + uint64(n)<<PageShift)))
}
