//go:build tamago

package runtime

import (
	hooks "runtime/goos"
	"unsafe"
)

// Memory: one range of addresses, from the image's end (or goos.Bloc) to the
// first thread's stack. Addresses are handed out from below, by a break; what is
// given back, or left over by alignment, is kept in a small table.
//
// Where goos.Commit is nil, memory is there as soon as it is touched, and zero.
// Otherwise addresses are only reserved, as on Windows: what the runtime calls
// Prepared (sysMap) becomes Ready by sysUsed, which commits it, in blocks of
// memBlock so that not every span needs a call; sysUnused gives whole blocks back.

// isSbrkPlatform makes malloc.go take aligned reservations from
// sysReserveAlignedSbrk, since pieces of a reservation cannot be freed.
const isSbrkPlatform = true

// tamagoG0Stack is what rt0_go takes for the stack of the first thread.
const tamagoG0Stack = 64 << 10

// memBlock is the unit of Commit and Decommit.
const memBlock = 64 << 10

var (
	memlock mutex
	bloc    uintptr // all addresses from here on have never been used
	blocMin uintptr // where it was at first

	// memReady has a bit for every block that is committed; only with
	// goos.Commit.
	memReady [1 << tamagoHeapAddrBits / memBlock / 64]uint64

	// memUnused are address ranges below bloc that nobody has, in order, with
	// gaps between them; they read as zero once they are ready. What does not
	// fit into the table is lost.
	memUnused  [64]memRange
	memUnusedN int
)

type memRange struct{ start, end uintptr }

func memRound(p uintptr) uintptr { return alignUp(p, physPageSize) }

func initBloc() {
	bloc = memRound(firstmoduledata.end)
	if hooks.Bloc != 0 {
		bloc = memRound(hooks.Bloc)
	}
	blocMin = bloc
}

// memEnd is where the first thread's stack begins.
func memEnd() uintptr {
	return uintptr(hooks.RamStart) + uintptr(hooks.RamSize) - uintptr(hooks.RamStackOffset) - tamagoG0Stack
}

// sbrk moves the break up by n bytes, a multiple of the page size. It returns
// 0 when there is not so much left. memlock must be held.
func sbrk(n uintptr) uintptr {
	p, end := bloc, memEnd()
	if p > end || n > end-p {
		return 0
	}
	bloc += n
	return p
}

// memTake finds n bytes in the table. memlock must be held.
func memTake(n uintptr) uintptr {
	for i := 0; i < memUnusedN; i++ {
		r := &memUnused[i]
		if r.end-r.start < n {
			continue
		}
		p := r.start
		if r.start += n; r.start == r.end {
			copy(memUnused[i:memUnusedN], memUnused[i+1:memUnusedN])
			memUnusedN--
		}
		return p
	}
	return 0
}

// memAlloc is memTake, then sbrk. memlock must be held.
func memAlloc(n uintptr) uintptr {
	if p := memTake(n); p != 0 {
		return p
	}
	return sbrk(n)
}

// memGive puts a range into the table. memlock must be held.
func memGive(start, end uintptr) {
	if start == end {
		return
	}
	i := 0
	for i < memUnusedN && memUnused[i].start < start {
		i++
	}
	before, behind := i > 0 && memUnused[i-1].end == start, i < memUnusedN && memUnused[i].start == end
	switch {
	case before && behind:
		memUnused[i-1].end = memUnused[i].end
		copy(memUnused[i:memUnusedN], memUnused[i+1:memUnusedN])
		memUnusedN--
	case before:
		memUnused[i-1].end = end
	case behind:
		memUnused[i].start = start
	case memUnusedN < len(memUnused):
		copy(memUnused[i+1:memUnusedN+1], memUnused[i:memUnusedN])
		memUnused[i] = memRange{start, end}
		memUnusedN++
	}
}

// memBit is where p's block has its bit.
func memBit(p uintptr) (word *uint64, bit uint64) {
	n := (p - tamagoArenaBaseOffset) / memBlock
	return &memReady[n/64], 1 << (n % 64)
}

// memCommit makes the blocks that [p, end) touches ready. memlock must be held.
func memCommit(p, end uintptr) bool {
	for p = alignDown(p, memBlock); p < end; {
		w, b := memBit(p)
		if *w&b != 0 {
			p += memBlock
			continue
		}
		from := p
		for ; p < end; p += memBlock {
			if w, b = memBit(p); *w&b != 0 {
				break
			}
		}
		from, to := max(from, blocMin), min(p, memRound(memEnd()))
		if !hooks.Commit(unsafe.Pointer(from), to-from) {
			return false
		}
		for q := alignDown(from, memBlock); q < to; q += memBlock {
			w, b = memBit(q)
			*w |= b
		}
	}
	return true
}

// memDecommit gives the blocks that lie in [p, end) back. memlock must be held.
func memDecommit(p, end uintptr) {
	for p, end = alignUp(p, memBlock), alignDown(end, memBlock); p < end; {
		w, b := memBit(p)
		if *w&b == 0 {
			p += memBlock
			continue
		}
		from := p
		for ; p < end; p += memBlock {
			if w, b = memBit(p); *w&b == 0 {
				break
			}
			*w &^= b
		}
		hooks.Decommit(unsafe.Pointer(from), p-from)
	}
}

// memClear makes what is ready of [p, end) zero. memlock must be held.
func memClear(p, end uintptr) {
	for p < end {
		next := min(end, alignDown(p, memBlock)+memBlock)
		if w, b := memBit(p); hooks.Commit == nil || *w&b != 0 {
			memclrNoHeapPointers(unsafe.Pointer(p), next-p)
		}
		p = next
	}
}

func sysAllocOS(n uintptr, _ string) unsafe.Pointer {
	var p uintptr
	n = memRound(n)
	systemstack(func() {
		lock(&memlock)
		p = memAlloc(n)
		if p != 0 && hooks.Commit != nil && !memCommit(p, p+n) {
			memGive(p, p+n)
			p = 0
		}
		unlock(&memlock)
	})
	return unsafe.Pointer(p)
}

func sysFreeOS(v unsafe.Pointer, n uintptr) {
	n = memRound(n)
	systemstack(func() {
		lock(&memlock)
		if hooks.Commit != nil {
			memDecommit(uintptr(v), uintptr(v)+n)
		}
		memClear(uintptr(v), uintptr(v)+n)
		memGive(uintptr(v), uintptr(v)+n)
		unlock(&memlock)
	})
}

func sysReserveOS(v unsafe.Pointer, n uintptr, _ string) unsafe.Pointer {
	var p uintptr
	n = memRound(n)
	systemstack(func() {
		lock(&memlock)
		if uintptr(v) == bloc {
			p = sbrk(n)
		} else if v == nil {
			p = memAlloc(n)
		}
		unlock(&memlock)
	})
	return unsafe.Pointer(p)
}

// sysReserveAlignedSbrk is sysReserveOS for a start that is a multiple of align.
func sysReserveAlignedSbrk(size, align uintptr) (unsafe.Pointer, uintptr) {
	var p uintptr
	systemstack(func() {
		lock(&memlock)
		if q := memTake(size + align); q != 0 {
			p = alignUp(q, align)
			memGive(q, p)
			memGive(p+size, q+size+align)
		} else {
			q = bloc
			p = alignUp(q, align)
			if sbrk(p+size-q) == 0 {
				p, size = 0, 0
			} else {
				memGive(q, p)
			}
		}
		unlock(&memlock)
	})
	return unsafe.Pointer(p), size
}

func sysUsedOS(v unsafe.Pointer, n uintptr) {
	if hooks.Commit == nil {
		return
	}
	ok := false
	systemstack(func() {
		lock(&memlock)
		ok = memCommit(uintptr(v), uintptr(v)+n)
		unlock(&memlock)
	})
	if !ok {
		throw("out of memory")
	}
}

func sysUnusedOS(v unsafe.Pointer, n uintptr) {
	if hooks.Commit == nil {
		return
	}
	systemstack(func() {
		lock(&memlock)
		memDecommit(uintptr(v), uintptr(v)+n)
		unlock(&memlock)
	})
}

// sysFaultOS: memory that nobody may use any more need not be there.
func sysFaultOS(v unsafe.Pointer, n uintptr) { sysUnusedOS(v, n) }

func sysMapOS(v unsafe.Pointer, n uintptr, _ string)    {}
func sysHugePageOS(v unsafe.Pointer, n uintptr)         {}
func sysNoHugePageOS(v unsafe.Pointer, n uintptr)       {}
func sysHugePageCollapseOS(v unsafe.Pointer, n uintptr) {}

// needZeroAfterSysUnusedOS: parts of blocks keep what they have.
func needZeroAfterSysUnusedOS() bool { return true }

// MemRegion returns the addresses that the runtime lives in, from start to before end
// (goos.RamStart, goos.RamSize). Packages of github.com/usbarmory/tamago ask for it.
func MemRegion() (start, end uint64) {
	return uint64(hooks.RamStart), uint64(hooks.RamStart) + uint64(hooks.RamSize)
}
