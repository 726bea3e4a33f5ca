package mm

import (
	"fmt"
	"sort"
	"sync/atomic"
	"unsafe"

	"gont/ke"
)

// Pools (SPEC P0.2, P0.10): memory outside the Go heap, with a tag on every
// block, for what the hardware or ring 3 sees and for buffers that live
// as long as somebody says. Blocks up to a page come from pages cut to one
// size (poolpage.go); larger ones, and with the verifier all, from pages of
// their own (poolbig.go).

// PoolType chooses the pool. Paged pool is not paged out yet: the two differ
// in accounting.
type PoolType uint8

const (
	NonPagedPool PoolType = iota
	PagedPool
)

// Tag names a block's owner, four ASCII characters.
type Tag [4]byte

// MaximumPoolBlock is the largest block.
const MaximumPoolBlock = 1 << 20

// TagCount is one tag's accounting, of both pools together and by the type of
// pool.
type TagCount struct {
	Tag Tag
	PoolCount
	Pools [2]PoolCount
}

// PoolCount counts blocks, and the bytes that are used.
type PoolCount struct{ Allocs, Frees, Used uint64 }

var pool struct {
	mu    ke.FastMutex
	pages [2]uint64
	// Blocks allocated and freed, by the type of pool.
	allocs, frees [2]uint64
	tags          map[Tag]*TagCount
	small         smallPool
	big           map[uintptr]*bigBlock // by the address of the first byte
}

// verifier makes pools look for mistakes (option VERIFIER): blocks in pages of
// their own before a hole, at addresses that are not used again soon; where that
// is not possible, free blocks are filled and looked at.
var verifier atomic.Bool

// InitializePool makes the pools (SPEC P0.2), with the verifier or without.
func InitializePool(verify bool) {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	pool.tags = make(map[Tag]*TagCount)
	pool.pages, pool.allocs, pool.frees = [2]uint64{}, [2]uint64{}, [2]uint64{}
	pool.small = smallPool{pages: map[uint32]*poolPage{}}
	pool.big = map[uintptr]*bigBlock{}
	poolTraces = nil
	resetSystemPtes()
	verifier.Store(verify)
}

// AllocatePool is ExAllocatePoolWithTag: n zeroed bytes, 16-byte aligned; nil
// without memory or for more than MaximumPoolBlock. IRQL: PASSIVE_LEVEL.
func AllocatePool(t PoolType, n int, tag Tag) []byte {
	if n <= 0 || n > MaximumPoolBlock || ke.AllocationFails("pool") {
		return nil
	}
	return allocatePool(t, n, tag)
}

func allocatePool(t PoolType, n int, tag Tag) []byte {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	var b []byte
	size := uint64(0)
	if n > maximumSmall || verifier.Load() || special(tag) {
		b, size = allocateBig(t, n, tag)
	}
	if b == nil && n <= maximumSmall {
		b, size = pool.small.allocate(t, n, tag)
	}
	if b == nil {
		return nil
	}
	if poolTraces != nil {
		tracePool(b)
	}
	c := pool.tags[tag]
	if c == nil {
		c = &TagCount{Tag: tag}
		pool.tags[tag] = c
	}
	pool.allocs[t]++
	for _, n := range []*PoolCount{&c.PoolCount, &c.Pools[t]} {
		n.Allocs++
		n.Used += size
	}
	return b
}

// FreePool is ExFreePoolWithTag. A block that is not allocated, or has another
// tag, is a bug of the caller and panics; nothing is changed then.
func FreePool(b []byte, tag Tag) {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	var t PoolType
	size := uint64(0)
	if k := pool.big[uintptr(unsafe.Pointer(&b[0]))]; k != nil {
		t, size = k.typ, k.free(tag)
	} else {
		t, size = pool.small.free(b, tag)
	}
	if poolTraces != nil {
		delete(poolTraces, uintptr(unsafe.Pointer(&b[0])))
	}
	pool.frees[t]++
	c := pool.tags[tag]
	for _, n := range []*PoolCount{&c.PoolCount, &c.Pools[t]} {
		n.Frees++
		n.Used -= size
	}
}

// badPoolCaller is a block that is freed and should not be.
func badPoolCaller(tag Tag, magic uint32, has Tag) {
	panic(fmt.Sprintf("mm: pool block freed as %q is marked %#x, %q", tag[:], magic, has[:]))
}

// PoolPages returns the pages of both pools.
func PoolPages() (nonpaged, paged uint64) {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	return pool.pages[NonPagedPool], pool.pages[PagedPool]
}

// PoolBlocks returns how many blocks of a pool have been allocated and freed.
func PoolBlocks(t PoolType) (allocs, frees uint64) {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	return pool.allocs[t], pool.frees[t]
}

// PoolTags returns the accounting by tag, in the tags' order.
func PoolTags() []TagCount {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	r := make([]TagCount, 0, len(pool.tags))
	for _, c := range pool.tags {
		r = append(r, *c)
	}
	sort.Slice(r, func(i, j int) bool { return string(r[i].Tag[:]) < string(r[j].Tag[:]) })
	return r
}

// HoldPoolLock takes the pools' lock for good, for a test of the stop screen. APC_LEVEL or
// below.
func HoldPoolLock() { pool.mu.Lock() }
