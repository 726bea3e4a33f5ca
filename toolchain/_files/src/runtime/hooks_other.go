//go:build !tamago

package runtime

const (
	isTamago                  = 0
	tamagoArenaBaseOffset     = 0
	tamagoHeapAddrBits        = 0
	tamagoLogHeapArenaBytes   = 0
	tamagoLogPallocChunkPages = 0
	tamagoMinPhysPageSize     = 0
	tamagoStackSystem         = 0
)

func tamagoNoThreads() bool { return false }
func tamagoNoLock() bool    { return false }
func tamagoHwinit1()        {}
