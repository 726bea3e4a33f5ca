//go:build kernel

package goos

import "unsafe"

// BlockSize is what the runtime commits and decommits at a time, in bytes
// (memBlock of mem_tamago.go).
const BlockSize = 64 << 10

// Unused has a bit for each block of the kernel's window that the runtime has used and
// does not use now: the pages of that block may still be mapped, until hal.ReleaseHeap
// takes them out. UnusedBlocks is the number of those bits. The runtime changes both
// with its memory lock held; hal.ReleaseHeap does while the world is stopped.
var (
	Unused       [1 << HeapAddrBits / BlockSize / 64]uint64
	UnusedBlocks int
)

// commit is goos.Commit: the runtime begins to use n bytes at p. Pages of the window
// appear when they are touched, so there is nothing to refuse; what is left of the
// block's former life is cleared, since the runtime takes new memory for zero.
func commit(p unsafe.Pointer, n uintptr) bool {
	start := uintptr(p) - ArenaBaseOffset
	for at := start &^ (BlockSize - 1); at < start+n; at += BlockSize {
		word, bit := &Unused[at/BlockSize/64], uint64(1)<<(at/BlockSize%64)
		if *word&bit == 0 {
			continue
		}
		*word &^= bit
		UnusedBlocks--
		from, to := max(at, start), min(at+BlockSize, start+n)
		clear(unsafe.Slice((*byte)(unsafe.Add(p, from-start)), to-from))
	}
	return true
}

// decommit is goos.Decommit: the runtime does not use n bytes at p any more, whole
// blocks. Their pages stay, since the other processors cannot be made to forget them
// here: the caller holds a lock that one of them may wait for.
func decommit(p unsafe.Pointer, n uintptr) {
	start := uintptr(p) - ArenaBaseOffset
	for at := start; at+BlockSize <= start+n; at += BlockSize {
		word, bit := &Unused[at/BlockSize/64], uint64(1)<<(at/BlockSize%64)
		if *word&bit == 0 {
			*word |= bit
			UnusedBlocks++
		}
	}
}
