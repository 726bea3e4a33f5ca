//go:build kernel

package main

import (
	"unsafe"

	"gont/hal"
	"gont/mm"
)

// mmMachine is what mm needs of the hardware.
type mmMachine struct{}

func (mmMachine) HeapPages() (have, most uint64)  { return hal.HeapPages(), hal.HeapReserve }
func (mmMachine) GiveHeapPage(pfn uint32) bool    { return hal.GiveHeapPage(pfn) }
func (mmMachine) HeapUnused() uint64              { return hal.HeapUnused() }
func (mmMachine) ReleaseHeap(frames []uint32) int { return hal.ReleaseHeap(frames) }

func (mmMachine) Flush(root, va uint64, pages int) { hal.Flush(root, va, pages) }

// Zero: the window is the calling processor's alone, so nobody else has to forget
// what was mapped there before.
func (mmMachine) Zero(va uint64, pages int) int {
	if pages > 16 {
		hal.FlushTranslations() // the window's entries are not global
	} else {
		for i := range pages {
			hal.FlushTB(va + uint64(i)*mm.PageSize)
		}
	}
	return hal.ZeroPages(pointer(uintptr(va)), pages)
}

// Span is what mm needs of the hardware, too.
func (mmMachine) Span(va uint64, pages int) []byte {
	return unsafe.Slice((*byte)(pointer(uintptr(va))), pages*mm.PageSize)
}

// chooseZeroing finds out how pages are zeroed best on this machine.
func chooseZeroing() {
	var frames []uint32
	for range 256 {
		n, ok := mm.AllocatePage(mm.UseShared, false)
		if !ok {
			break // little memory: zeroing will not matter either
		}
		frames = append(frames, n)
	}
	hal.ChooseZeroing(frames)
	mm.FreePages(frames)
}

// pointer is a pointer to an address of the kernel's.
func pointer(a uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&a)) }
