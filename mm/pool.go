package mm

import (
	"fmt"
	"sort"
	"sync"
	"unsafe"
)

// Pools (SPEC P0.2, P0.10): memory outside the Go heap, with a tag on every
// block, for what the hardware or ring 3 sees and for buffers that live
// as long as somebody says. Blocks up to half a page come from look-aside
// lists of pages cut to one size; larger ones are runs of whole pages that
// need not be contiguous physically, so one block is one page at most.

// PoolType chooses the pool. Paged pool is not paged out yet: the two differ
// in accounting.
type PoolType uint8

const (
	NonPagedPool PoolType = iota
	PagedPool
)

// Tag names a block's owner, four ASCII characters.
type Tag [4]byte

// poolSizes are the block sizes; each block starts with its header.
var poolSizes = [...]int{64, 128, 256, 512, 1024, 2048, PageSize}

const poolHeader = 16

// poolHead is at the start of every block (POOL_HEADER).
type poolHead struct {
	magic uint32
	tag   Tag
	class uint8
	typ   PoolType
	_     [6]byte
}

const (
	poolMagic = 0x6C6F6F50 // "Pool"
	poolFreed = 0x65657246 // "Free"
)

// lookaside is one size's free blocks of one pool.
type lookaside struct{ free [][]byte }

// TagCount is one tag's accounting.
type TagCount struct {
	Tag                 Tag
	Allocs, Frees, Used uint64 // Used in bytes
}

var pool struct {
	mu    sync.Mutex
	lists [2][len(poolSizes)]lookaside
	pages [2]uint64
	tags  map[Tag]*TagCount
}

// InitializePool makes the look-aside lists (SPEC P0.2).
func InitializePool() {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	pool.tags = make(map[Tag]*TagCount)
	pool.lists = [2][len(poolSizes)]lookaside{}
	pool.pages = [2]uint64{}
}

// MaximumPoolBlock is the largest block.
const MaximumPoolBlock = PageSize - poolHeader

// AllocatePool is ExAllocatePoolWithTag: n zeroed bytes, nil without memory or
// for more than MaximumPoolBlock.
func AllocatePool(t PoolType, n int, tag Tag) []byte {
	if n <= 0 || n > MaximumPoolBlock {
		return nil
	}
	class := sort.SearchInts(poolSizes[:], n+poolHeader)
	pool.mu.Lock()
	defer pool.mu.Unlock()
	l := &pool.lists[t][class]
	if len(l.free) == 0 {
		pfn, ok := AllocatePage(UsePool, true)
		if !ok {
			return nil
		}
		pool.pages[t]++
		page := machine.Page(pfn)[:]
		for ; len(page) > 0; page = page[poolSizes[class]:] {
			b := page[:poolSizes[class]:poolSizes[class]]
			(*poolHead)(unsafe.Pointer(&b[0])).magic = poolFreed
			l.free = append(l.free, b)
		}
	}
	b := l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	h := (*poolHead)(unsafe.Pointer(&b[0]))
	if h.magic != poolFreed {
		panic(fmt.Sprintf("mm: free pool block of %d bytes was written to", len(b)))
	}
	*h = poolHead{magic: poolMagic, tag: tag, class: uint8(class), typ: t}
	c := pool.tags[tag]
	if c == nil {
		c = &TagCount{Tag: tag}
		pool.tags[tag] = c
	}
	c.Allocs++
	c.Used += uint64(len(b))
	b = b[poolHeader : poolHeader+n]
	clear(b)
	return b
}

// FreePool is ExFreePoolWithTag. A block that is not allocated, or has another
// tag, is a bug of the caller and panics.
func FreePool(b []byte, tag Tag) {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	h := (*poolHead)(unsafe.Add(unsafe.Pointer(&b[0]), -poolHeader))
	if h.magic != poolMagic || h.tag != tag {
		panic(fmt.Sprintf("mm: pool block freed as %q is marked %#x, %q", tag[:], h.magic, h.tag[:]))
	}
	h.magic = poolFreed
	size := poolSizes[h.class]
	c := pool.tags[tag]
	c.Frees++
	c.Used -= uint64(size)
	pool.lists[h.typ][h.class].free = append(pool.lists[h.typ][h.class].free, unsafe.Slice((*byte)(unsafe.Pointer(h)), size))
}

// PoolPages returns the pages of both pools.
func PoolPages() (nonpaged, paged uint64) {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	return pool.pages[NonPagedPool], pool.pages[PagedPool]
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
