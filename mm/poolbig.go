package mm

import (
	"fmt"
	"unsafe"
)

// bigBlock is a block in pages of its own, before a hole in the address space.
// With the verifier (special pool) the block ends at the hole, so that a byte
// too far faults; what is before it in its first page is filled and looked at
// when it is freed. Without, it begins with the first page.
type bigBlock struct {
	typ     PoolType
	tag     Tag
	va      uint64
	pages   int
	all     []byte // the pages
	at, n   int    // the block in them
	special bool   // special pool's
}

// allocateBig returns nil without pages or addresses.
func allocateBig(t PoolType, n int, tag Tag) ([]byte, uint64) {
	pages := (n + PageSize - 1) / PageSize
	if poolFull(t, uint64(pages)) {
		return nil, 0
	}
	va, ok := mapSystem(pages, UsePool)
	if !ok {
		return nil, 0
	}
	k := &bigBlock{typ: t, tag: tag, va: va, pages: pages, all: machine.Span(va, pages), n: n}
	if k.special = verifier.Load() || special(tag); k.special {
		k.at = (len(k.all) - n) &^ 15
	}
	if k.special {
		fillBytes(k.all[:k.at], fillSlop)
		fillBytes(k.all[k.at+n:], fillSlop)
	}
	pool.big[uintptr(unsafe.Pointer(&k.all[k.at]))] = k
	pool.pages[t] += uint64(pages)
	return k.all[k.at : k.at+n : k.at+n], uint64(len(k.all))
}

func (k *bigBlock) free(tag Tag) uint64 {
	if k.tag != tag {
		badPoolCaller(tag, poolMagic, k.tag)
	}
	if k.special && !(holds(k.all[:k.at], fillSlop) && holds(k.all[k.at+k.n:], fillSlop)) {
		panic(fmt.Sprintf("mm: pool block of %q was written to outside of its %d bytes%s", tag[:], k.n, allocatedBy(k.all[k.at:])))
	}
	delete(pool.big, uintptr(unsafe.Pointer(&k.all[k.at])))
	pool.pages[k.typ] -= uint64(k.pages)
	unmapSystem(k.va, k.pages)
	return uint64(k.pages) * PageSize
}
