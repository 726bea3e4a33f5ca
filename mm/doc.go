// Package mm is the memory manager (SPEC P0.10, P1.18, P1.44, P1.47): the PFN
// database and its lists, page tables, address spaces with their VADs, image
// sections, pools, and the zero-page thread.
//
// The machine is reached through Machine alone, so the host tests run the same
// code on an array that plays physical memory.
//
// Locks: the PFN lock guards the database and its lists; an address
// space's lock guards its VADs and page tables and is taken before the PFN
// lock. Both are leaves but for each other: nothing waits while it holds one.
package mm

import "unsafe"

// PageSize and friends.
const (
	PageSize  = 4096
	PageShift = 12
)

// Machine is what the memory manager needs of the hardware.
type Machine interface {
	// Page returns a frame's bytes in the physical map.
	Page(pfn uint32) *[PageSize]byte
	// Flush forgets one page's translation.
	Flush(va uint64)
	// Zero clears the page mapped at va, a kernel address.
	Zero(va uint64)
}

// machine is set by Initialize.
var machine Machine

// table is a page of page-table entries.
func table(pfn uint32) *[512]PTE { return (*[512]PTE)(unsafe.Pointer(machine.Page(pfn))) }
