//go:build kernel

package main

import (
	"unsafe"

	"gont/mm"
)

// Span is what mm needs of the hardware, too.
func (mmMachine) Span(va uint64, pages int) []byte {
	return unsafe.Slice((*byte)(pointer(uintptr(va))), pages*mm.PageSize)
}
