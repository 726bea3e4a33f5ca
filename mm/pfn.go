package mm

import (
	"fmt"

	"gont/ke"
)

// List is the state of a page frame (MMLISTS): the list it is on, or in use.
type List uint8

const (
	ZeroedList List = iota
	FreeList
	StandbyList
	ModifiedList
	ModifiedFileList // modified, and a file's: the file is where it has to go
	BadList
	Active     // in use; not on a list
	Transition // not mapped, and being read to or written from; not on a list
	Reserved   // not RAM, or never given back
	numLists
)

var listNames = [numLists]string{"zeroed", "free", "standby", "modified", "modified of files", "bad", "active", "transition", "reserved"}

func (l List) String() string { return listNames[l] }

const noPage = ^uint32(0)

// Use says what an active page is for; for accounting and the checker.
type Use uint8

const (
	UseZeroing Use = iota // in the zero-page thread's hands
	UseLoader
	UseKernelHeap
	UsePageTable
	UsePrivate
	UseImage
	UsePool
	UseDatabase
	UseShared
	UseSection   // contents of page-file sections
	UsePrototype // their prototype page tables
	UsePageStore // RAM that plays a paging device
	UseFile      // contents of files: the cache, mapped views, and images that are read page by page
	UseDevice    // common buffers, which devices read and write
	numUses
)

var useNames = [numUses]string{"being zeroed", "loader", "kernel heap", "page table", "private", "image", "pool", "PFN database", "shared", "section", "prototype", "paging device", "file", "device"}

func (u Use) String() string { return useNames[u] }

// Pfn is MMPFN, one a page frame.
type Pfn struct {
	next, prev uint32 // list links
	share      uint32 // mappings of an active page
	list       List
	use        Use // of an active page, or one that left a working set
	// modified: the contents are nowhere else; they may not be thrown away. What
	// is not modified is zero, in the slot that original says, or, of a file, in the file.
	modified bool
	io       pageIO // the contents are being read or written (pagewriter.go)
	// pte is the physical address of the entry that knows where the page is
	// when nobody maps it: a section's prototype, or the private entry of a
	// page on the standby or modified list. Of a table of prototypes of a file it
	// says whose it is (fileOwner).
	pte uint64
	// original is the entry for the slot of a paging file that the contents are
	// in, too, 0 for none.
	original PTE
}

// pfnDatabase has all of it.
type pfnDatabase struct {
	mu    ke.FastMutex
	pfn   []Pfn
	head  [Active]uint32
	tail  [Active]uint32
	count [numLists]uint64
	uses  [numUses]uint64
	ram   uint64 // frames that are RAM
	low   uint64 // of them below 1 MiB, which nobody gets (Initialize)

	// charges is what was promised, peak the most that was ever committed;
	// overcommit raises the limit, for tests of what comes after it.
	charges, peak, overcommit uint64

	paging paging
	files  filePages

	// zeroing is set once there is a zero-page thread, pending when enough free
	// pages wait for it.
	zeroing ZeroEvent
	pending bool
}

var pfns pfnDatabase

func (d *pfnDatabase) reset(p []Pfn) {
	d.pfn = p
	d.count = [numLists]uint64{}
	d.uses = [numUses]uint64{}
	d.ram, d.low, d.charges, d.peak, d.overcommit = 0, 0, 0, 0, 0
	d.paging = paging{}
	d.files.reset()
	for i := range d.head {
		d.head[i], d.tail[i] = noPage, noPage
	}
	for i := range p {
		p[i] = Pfn{next: noPage, prev: noPage, list: Reserved}
	}
	d.count[Reserved] = uint64(len(p))
}

// link puts a frame that is on no list at the end of one.
func (d *pfnDatabase) link(n uint32, l List) {
	p := &d.pfn[n]
	p.next, p.prev, p.list = noPage, d.tail[l], l
	if d.tail[l] == noPage {
		d.head[l] = n
	} else {
		d.pfn[d.tail[l]].next = n
	}
	d.tail[l] = n
	d.count[l]++
}

func (d *pfnDatabase) unlink(n uint32) {
	p := &d.pfn[n]
	l := p.list
	if p.prev == noPage {
		d.head[l] = p.next
	} else {
		d.pfn[p.prev].next = p.next
	}
	if p.next == noPage {
		d.tail[l] = p.prev
	} else {
		d.pfn[p.next].prev = p.prev
	}
	p.next, p.prev = noPage, noPage
	d.count[l]--
}

// take removes the first page of a list and makes it active.
func (d *pfnDatabase) take(l List, u Use) uint32 {
	n := d.head[l]
	if n == noPage {
		return noPage
	}
	if d.pfn[n].list != l {
		panic(ListCorrupt{n, l, d.pfn[n].list})
	}
	d.unlink(n)
	d.activate(n, u)
	return n
}

// takeSome is take for as many pages as there are and batch has room for; they are
// active, for UseZeroing. It returns how many. The lock is held for all of them, so
// it does little for each.
func (d *pfnDatabase) takeSome(l List, batch []uint32) (k int) {
	pfn := d.pfn
	n := d.head[l]
	for k < len(batch) && n != noPage {
		p := &pfn[n]
		if p.list != l {
			panic(ListCorrupt{n, l, p.list})
		}
		batch[k] = n
		k++
		n = p.next
		*p = Pfn{next: noPage, prev: noPage, share: 1, list: Active, use: UseZeroing}
	}
	if d.head[l] = n; n == noPage {
		d.tail[l] = noPage
	} else {
		pfn[n].prev = noPage
	}
	d.count[l] -= uint64(k)
	d.count[Active] += uint64(k)
	d.uses[UseZeroing] += uint64(k)
	return k
}

// linkSome puts pages that takeSome has taken at the end of a list. One that is not
// active any more, has got a use or is shared is returned, and the list is not to
// be used; noPage is good.
func (d *pfnDatabase) linkSome(batch []uint32, l List) (bad uint32) {
	pfn := d.pfn
	last := d.tail[l]
	for _, n := range batch {
		p := &pfn[n]
		if p.share != 1 || p.list != Active || p.use != UseZeroing {
			return n
		}
		if last == noPage {
			d.head[l] = n
		} else {
			pfn[last].next = n
		}
		*p = Pfn{next: noPage, prev: last, list: l}
		last = n
	}
	d.tail[l] = last
	d.count[Active] -= uint64(len(batch))
	d.uses[UseZeroing] -= uint64(len(batch))
	d.count[l] += uint64(len(batch))
	return noPage
}

func (d *pfnDatabase) activate(n uint32, u Use) {
	p := &d.pfn[n]
	p.list, p.use, p.share, p.modified, p.pte = Active, u, 1, false, 0
	d.count[Active]++
	d.uses[u]++
}

// free puts an active page on the free list, or, if it is being written, leaves
// that to the writer. Its slot is given back.
func (d *pfnDatabase) free(n uint32) {
	p := &d.pfn[n]
	if p.list != Active {
		panic(ListCorrupt{n, Active, p.list})
	}
	d.count[Active]--
	d.uses[p.use]--
	if p.use == UseFile && p.modified {
		d.fileClean(p)
	}
	p.use, p.share, p.modified, p.pte = 0, 0, false, 0
	d.dropSlot(p)
	if p.io != ioNone {
		d.hold(n)
		return
	}
	d.link(n, FreeList)
	d.freed()
}

// freed remembers that there may be something to zero.
func (d *pfnDatabase) freed() {
	if d.zeroing != nil && d.count[FreeList] >= zeroThreshold {
		d.pending = true
	}
}

// ListCorrupt is the panic of a PFN list that contradicts its pages; the
// kernel turns it into PFN_LIST_CORRUPT.
type ListCorrupt struct {
	Page      uint32
	Want, Got List
}

func (e ListCorrupt) Error() string {
	return fmt.Sprintf("mm: page %#x is on list %v, expected %v", e.Page, e.Got, e.Want)
}

// KernelReserve is how many pages are never promised to programs. The first
// half of it makes good for what is not asked for before it is taken, page
// tables and the kernel's heap; the second is for the kernel's heap and pools
// alone: programs run out of memory before it does.
var KernelReserve uint64

// ReserveFor is what KernelReserve should be for so many pages of memory: a 32nd of it, at
// most 8 MB, but twice HeapMinimum where that is not more than a 16th, since the heap's reserve
// may not be all of it.
func ReserveFor(ram uint64) uint64 {
	return max(min(ram/32, 2048), min(ram/16, 2*HeapMinimum))
}

// AllocatePage takes one page for u, zeroed if asked. ok is false when no page
// is left, or only the kernel's reserve; for a pool, too, when the kernel would take what
// programs have been promised. IRQL: PASSIVE_LEVEL.
func AllocatePage(u Use, zeroed bool) (pfn uint32, ok bool) {
	d := &pfns
	d.mu.Lock()
	if u != UseKernelHeap && u != UsePool && u != UseShared && d.available() <= KernelReserve/2 || u == UsePool && d.overcommitted() {
		d.mu.Unlock()
		return 0, false
	}
	order := [...]List{FreeList, ZeroedList, StandbyList}
	if zeroed {
		order = [...]List{ZeroedList, FreeList, StandbyList}
	}
	n, clean := d.takeAny(order, u)
	d.mu.Unlock()
	if n == noPage {
		return 0, false
	}
	if zeroed {
		if !clean {
			clear(frameBytes(n)[:])
		} else if VerifyZero {
			verifyZero(n)
		}
	}
	return n, true
}

// takeAny takes a page for u from the first of the lists that has one; zeroed says that it was on the list of zeroed
// pages. noPage when none has. Preconditions: the PFN lock is held.
func (d *pfnDatabase) takeAny(order [3]List, u Use) (n uint32, zeroed bool) {
	for _, l := range order {
		if l == StandbyList && !d.forget() {
			break
		}
		if n = d.take(l, u); n != noPage {
			return n, l == ZeroedList
		}
	}
	return noPage, false
}

// FreePage gives a page back.
func FreePage(pfn uint32) {
	pfns.mu.Lock()
	pfns.free(pfn)
	pfns.mu.Unlock()
}

// addShare counts one more mapping; dropShare one less. With the last the page
// is freed, or, if it is a section's, left to be found again (retire). dirty
// says that it was written through the mapping.
func addShare(pfn uint32) {
	pfns.mu.Lock()
	pfns.pfn[pfn].share++
	pfns.mu.Unlock()
}

func dropShare(pfn uint32, dirty bool) {
	d := &pfns
	d.mu.Lock()
	d.dropShare(pfn, dirty)
	d.mu.Unlock()
}

// dropShare is the function of that name. Preconditions: the PFN lock is held.
func (d *pfnDatabase) dropShare(pfn uint32, dirty bool) {
	p := &d.pfn[pfn]
	if p.share == 0 || p.list != Active {
		list := p.list
		d.mu.Unlock()
		panic(ListCorrupt{pfn, Active, list})
	}
	if dirty && !p.modified {
		p.modified = true
		if p.use == UseFile {
			d.fileDirty(p)
		}
	}
	if p.share--; p.share > 0 {
		return
	}
	if p.use == UseSection || p.use == UseFile {
		d.retire(pfn, p.pte)
	} else {
		d.free(pfn)
	}
}

// VerifyZero makes every page that is handed out as zero be looked at.
var VerifyZero bool

func verifyZero(n uint32) {
	for i, b := range frameBytes(n) {
		if b != 0 {
			panic(fmt.Sprintf("mm: page %#x from the zeroed list has %#x at offset %#x", n, b, i))
		}
	}
}
