//go:build kernel

package hal

import (
	"math/bits"
	"runtime/goos"
	"unsafe"
)

// Pages that the Go runtime does not need any more go back to mm here. The runtime marks
// blocks as unused (package goos) whenever its scavenger or its memory limit says so; the
// pages are taken out later, at one go, because all processors have to forget them
// before one of them may use the block again.

const pagesPerBlock = goos.BlockSize / 4096

// entryFrame is what an entry of a page table has of an address (SDM vol. 3, 4.5).
const entryFrame = 0x000F_FFFF_FFFF_F000

// worldStop is the runtime's own (proc.go).
type worldStop struct {
	reason                            uint8
	startedStopping, finishedStopping int64
	stoppingCPUTime                   int64
}

//go:linkname stopTheWorld runtime.stopTheWorld
func stopTheWorld(reason uint8) worldStop

//go:linkname startTheWorld runtime.startTheWorld
func startTheWorld(worldStop)

// HeapUnused returns how many pages ReleaseHeap may find at most. Any IRQL.
func HeapUnused() uint64 { return uint64(goos.UnusedBlocks) * pagesPerBlock }

// ReleaseHeap takes pages of unused blocks of the heap out of the kernel's address space,
// until frames is full. It returns how many; their frame numbers are in frames, and no
// processor knows the pages any more. The world is stopped meanwhile: nobody allocates.
// PASSIVE_LEVEL, no lock that a processor may spin for. It allocates nothing.
func ReleaseHeap(frames []uint32) (n int) {
	w := stopTheWorld(0)
	for i := range goos.Unused {
		for rest := goos.Unused[i]; rest != 0 && n+pagesPerBlock <= len(frames); rest &= rest - 1 {
			bit := bits.TrailingZeros64(rest)
			goos.Unused[i] &^= 1 << bit
			goos.UnusedBlocks--
			n += unmapBlock(goos.ArenaBaseOffset+uint64(i*64+bit)*goos.BlockSize, frames[n:])
		}
	}
	if n > 0 {
		Flush(0, goos.ArenaBaseOffset, 1<<20) // so many that all translations go
	}
	startTheWorld(w)
	return n
}

// unmapBlock clears the entries of a block's pages in the kernel's page tables. It
// returns how many there were; their frames are in frames.
func unmapBlock(va uint64, frames []uint32) (n int) {
	table := kernelRoot
	for _, shift := range []uint{39, 30, 21} {
		e := *(*uint64)(Phys(table + va>>shift&511<<3))
		if e&1 == 0 || e&0x80 != 0 {
			return 0 // no page table, or a large page: not the heap's
		}
		table = e & entryFrame
	}
	entries := (*[pagesPerBlock]uint64)(unsafe.Pointer(uintptr(Phys(table + va>>12&511<<3))))
	for i, e := range entries {
		if e&1 != 0 {
			entries[i] = 0
			frames[n] = uint32(e & entryFrame >> 12)
			n++
		}
	}
	return n
}
