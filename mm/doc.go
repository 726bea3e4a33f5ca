// Package mm is the memory manager (SPEC P0.10, P1.18, P1.44, P1.47): the PFN
// database and its lists, page tables, address spaces with their VADs, commit
// accounting, sections of images and of the paging file, working sets and what
// leaves them, paging files and the modified-page writer, pools, and the
// zero-page thread.
//
// The machine is reached through Machine alone, so the host tests run the same
// code on an array that plays physical memory.
//
// Locks, in the order they are taken: the list of address spaces; an address
// space's lock, which guards its VADs and page tables; a section's, then that of
// its prototypes; the PFN lock, which guards the database, its lists, commit, and
// entries in transition. The pools' lock, then that of the system PTEs, come
// before the PFN lock, too. Those of the look-aside lists, first that of the list of
// them, are held alone. Nothing waits while it holds one, but for Machine.Flush, which waits for other
// processors' interrupt handlers; and nothing of ke is called with one held: a
// thread that loses its processor holds none (SignalZeroing is for afterwards).
// What waits for paging does it with none held: Fault, ReadBytes and WriteBytes,
// LockPages, NewAddressSpace, Reclaim. The writer holds none over a write.
//
// IRQL: APC_LEVEL or below, which a checked build enforces (ke.FastMutex). A DPC comes between two calls of this
// package, never into one, but may find a lock taken by another processor.
//
// Several processors: page-table entries are written under the address space's
// lock, by one atomic store, since processors read them and set their accessed
// and dirty bits at any time. A frame is given back, and its contents taken as
// final, only after the Flush that follows the change of the last entry that
// led to it; an operation flushes once, whatever it touched (shootdown.go). An
// entry that was not present needs no flush: processors do not keep those (SDM
// vol. 3, 4.10.2.3), and a fault forgets the translation it came from (4.10.4.1).
package mm

import "unsafe"

// PageSize and friends.
const (
	PageSize  = 4096
	PageShift = 12
)

// Machine is what the memory manager needs of the hardware.
type Machine interface {
	physical
	// Flush makes every processor forget the translations of pages pages from
	// va on, in the address space with page tables at root (a physical address,
	// as in CR3; 0 for the kernel's half), and returns when none uses an old one
	// any more. It may wait; it takes no lock of this package's.
	Flush(root, va uint64, pages int)
	// HeapPages returns how many pages are in reserve for the kernel's own heap, and
	// how many fit. Any IRQL.
	HeapPages() (have, most uint64)
	// GiveHeapPage puts a page in that reserve; it returns false when the reserve is full.
	GiveHeapPage(pfn uint32) bool
	// HeapUnused returns how many pages of that heap its allocator does not need for now,
	// at most. Any IRQL.
	HeapUnused() uint64
	// ReleaseHeap takes such pages out of the heap until frames is full, and returns how
	// many; frames has their numbers. PASSIVE_LEVEL; nobody can allocate meanwhile.
	ReleaseHeap(frames []uint32) int
	// Span returns the bytes of pages mapped behind each other from va on, a
	// kernel address.
	Span(va uint64, pages int) []byte
	// Zero forgets what was mapped before at va, a kernel address that no other
	// processor uses, and clears up to pages pages that are mapped there now. It
	// returns how many, at least one: it ends early when there is something else
	// for this processor to do.
	Zero(va uint64, pages int) (done int)
}

// machine is set by Initialize.
var machine Machine

// table is a page of page-table entries.
func table(pfn uint32) *[512]PTE { return (*[512]PTE)(unsafe.Pointer(frameBytes(pfn))) }
