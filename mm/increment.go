package mm

import (
	"sync/atomic"
	"unsafe"
)

// Increment adds one to the 32-bit word at va, a multiple of 4, if its page is there
// and can be written to; it reports whether. It faults nothing in and does not wait,
// and is whole beside programs that do the same by a locked instruction (SDM vol. 3,
// 8.1.2.2). IRQL: APC_LEVEL or below; no locks of this package.
func (a *AddressSpace) Increment(va uint64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.dead || va&3 != 0 || a.find(va) == nil {
		return false
	}
	p := walk(a.root, va, false)
	if p == nil {
		return false
	}
	const there = PtePresent | PteUser | PteWrite
	e := p.load()
	if e&there != there {
		return false
	}
	p.or(PteDirty | PteAccessed)
	atomic.AddUint32((*uint32)(unsafe.Pointer(&frameBytes(e.pfn())[va&(PageSize-1)])), 1)
	return true
}
