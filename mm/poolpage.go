package mm

import (
	"fmt"
	"sort"
	"unsafe"
)

// poolSizes are the sizes of blocks; each block starts with its header.
var poolSizes = [...]int{64, 128, 256, 512, 1024, 2048, PageSize}

const (
	poolHeader   = 16
	maximumSmall = PageSize - poolHeader
)

// poolHead is at the start of every block (POOL_HEADER).
type poolHead struct {
	magic uint32
	tag   Tag
	class uint8
	typ   PoolType
	size  uint16 // bytes asked for
	pfn   uint32
}

const (
	poolMagic = 0x6C6F6F50 // "Pool"
	poolFreed = 0x65657246 // "Free"

	// What the verifier fills free blocks with, and bytes of a block that
	// nobody asked for.
	fillFreed = 0xFD
	fillSlop  = 0xBD
)

// smallPool are pages cut to blocks of one size. A page all of whose blocks are
// free is given back, but for one of each size.
type smallPool struct {
	pages map[uint32]*poolPage
	lists [2][len(poolSizes)][]*poolPage // pages that have free blocks
}

type poolPage struct {
	pfn   uint32
	class uint8
	typ   PoolType
	at    int     // in its list; -1: all its blocks are in use
	free  []uint8 // numbers of free blocks
}

func (p *poolPage) block(i int) []byte {
	size := poolSizes[p.class]
	return frameBytes(p.pfn)[i*size : (i+1)*size : (i+1)*size]
}

func (s *smallPool) list(p *poolPage) *[]*poolPage { return &s.lists[p.typ][p.class] }

func (s *smallPool) link(p *poolPage) {
	l := s.list(p)
	p.at = len(*l)
	*l = append(*l, p)
}

func (s *smallPool) unlink(p *poolPage) {
	l := s.list(p)
	last := len(*l) - 1
	(*l)[p.at] = (*l)[last]
	(*l)[p.at].at = p.at
	*l = (*l)[:last]
	p.at = -1
}

// grow adds a page of free blocks.
func (s *smallPool) grow(t PoolType, class int) bool {
	if poolFull(t, 1) {
		return false
	}
	pfn, ok := AllocatePage(UsePool, true)
	if !ok {
		return false
	}
	p := &poolPage{pfn: pfn, class: uint8(class), typ: t}
	for i := range PageSize / poolSizes[class] {
		b := p.block(i)
		(*poolHead)(unsafe.Pointer(&b[0])).magic = poolFreed
		fill(b[poolHeader:], fillFreed)
		p.free = append(p.free, uint8(i))
	}
	s.pages[pfn] = p
	s.link(p)
	pool.pages[t]++
	return true
}

// fill and filled are for the verifier alone.
func fill(b []byte, v byte) {
	if verifier.Load() {
		fillBytes(b, v)
	}
}

func filled(b []byte, v byte) bool { return !verifier.Load() || holds(b, v) }

func fillBytes(b []byte, v byte) {
	for i := range b {
		b[i] = v
	}
}

// holds reports whether b has v alone.
func holds(b []byte, v byte) bool {
	for _, x := range b {
		if x != v {
			return false
		}
	}
	return true
}

func (s *smallPool) allocate(t PoolType, n int, tag Tag) ([]byte, uint64) {
	class := sort.SearchInts(poolSizes[:], n+poolHeader)
	l := &s.lists[t][class]
	if len(*l) == 0 && !s.grow(t, class) {
		return nil, 0
	}
	p := (*l)[len(*l)-1]
	i := p.free[len(p.free)-1]
	b := p.block(int(i))
	h := (*poolHead)(unsafe.Pointer(&b[0]))
	if h.magic != poolFreed || !filled(b[poolHeader:], fillFreed) {
		panic(fmt.Sprintf("mm: free pool block of %d bytes was written to; it was last %q's", len(b), h.tag[:]))
	}
	if p.free = p.free[:len(p.free)-1]; len(p.free) == 0 {
		s.unlink(p)
	}
	*h = poolHead{magic: poolMagic, tag: tag, class: uint8(class), typ: t, size: uint16(n), pfn: p.pfn}
	size := uint64(len(b))
	fill(b[poolHeader+n:], fillSlop)
	b = b[poolHeader : poolHeader+n]
	clear(b)
	return b, size
}

func (s *smallPool) free(b []byte, tag Tag) (t PoolType, size uint64) {
	h := (*poolHead)(unsafe.Add(unsafe.Pointer(&b[0]), -poolHeader))
	if h.magic != poolMagic || h.tag != tag {
		badPoolCaller(tag, h.magic, h.tag)
	}
	p := s.pages[h.pfn]
	if p == nil {
		badPoolCaller(tag, h.magic, h.tag)
	}
	i := int(uintptr(unsafe.Pointer(h))-uintptr(unsafe.Pointer(&frameBytes(p.pfn)[0]))) / poolSizes[p.class]
	b = p.block(i)
	if !filled(b[poolHeader+int(h.size):], fillSlop) {
		panic(fmt.Sprintf("mm: pool block of %q was written to behind its %d bytes", tag[:], h.size))
	}
	h.magic = poolFreed
	fill(b[poolHeader:], fillFreed)
	p.free = append(p.free, uint8(i))
	if p.at < 0 {
		s.link(p)
	}
	if len(p.free) == PageSize/poolSizes[p.class] && len(*s.list(p)) > 1 {
		s.unlink(p)
		delete(s.pages, p.pfn)
		pool.pages[p.typ]--
		FreePage(p.pfn)
	}
	return p.typ, uint64(len(b))
}
