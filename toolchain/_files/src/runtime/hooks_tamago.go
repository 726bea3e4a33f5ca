//go:build tamago

package runtime

import hooks "runtime/goos"

// What package runtime/goos says about memory, under the names that the edited
// lines of malloc.go, mpagealloc.go, mheap.go and stack.go use.
const (
	isTamago                  = 1
	tamagoArenaBaseOffset     = hooks.ArenaBaseOffset
	tamagoHeapAddrBits        = hooks.HeapAddrBits
	tamagoLogHeapArenaBytes   = hooks.LogHeapArenaBytes
	tamagoLogPallocChunkPages = hooks.LogPallocChunkPages
	tamagoMinPhysPageSize     = hooks.MinPhysPageSize
	tamagoStackSystem         = hooks.StackSystem
)

// tamagoNoThreads says that there is one thread for good, or until goos.Task
// is set.
//
//go:nosplit
func tamagoNoThreads() bool { return hooks.Task == nil }

// tamagoNoLock says that the goroutine is not to be bound to its thread: with
// one processor the binding during initialisation would need a second thread.
//
//go:nosplit
func tamagoNoLock() bool {
	return hooks.Task == nil || getg().m.lockedExt == 0 && tamagoNCPU < 2
}
