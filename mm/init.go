package mm

import (
	"errors"
	"unsafe"

	"gont/arc"
	"gont/nt"
)

// Run is a run of page frames of one type, from the loader block.
type Run struct {
	Type       arc.MemoryType
	Base, Size uint64 // frames
}

// ErrMemory is too little memory for the database.
var ErrMemory = errors.New("mm: not enough memory for the PFN database")

// leftOut is how many frames of RAM Initialize found too far up for the database.
var leftOut uint64

// LeftOut is how many page frames of RAM are not used because the PFN database
// up to them fits nowhere.
func LeftOut() uint64 { return leftOut }

// Initialize builds the PFN database from the loader's descriptors (SPEC P0.10):
// free pages go to the free list, the loader's stay with it until P1.44, the
// rest is in use. Nothing at or above frame limit is used (MAXMEM; 0 for no
// limit), and nothing below 1 MiB: firmware writes there when it likes. Those who
// need such a page know its address from the loader.
// Preconditions: runs are sorted and do not overlap; IF=0 or a host test.
func Initialize(m Machine, runs []Run, limit uint64) error {
	machine = m
	if limit == 0 {
		limit = ^uint64(0)
	}
	limit = min(limit, arc.MostMemory/PageSize)
	at, need, highest, ok := placeDatabase(runs, limit)
	leftOut = 0
	for !ok {
		// A little RAM far up needs a database larger than any piece of memory.
		below, free := lower(runs, limit)
		if below == 0 {
			return ErrMemory
		}
		leftOut += free
		limit = below
		at, need, highest, ok = placeDatabase(runs, limit)
	}
	d := &pfns
	d.zeroing, d.pending = nil, false
	spaces.all = nil
	lockedPages.Store(0)
	d.reset(unsafe.Slice((*Pfn)(unsafe.Pointer(frameBytes(uint32(at)))), highest))
	for _, r := range runs {
		if !ram(r.Type) {
			continue
		}
		if r.Base < arc.LowFrames { // RAM, but Reserved
			n := min(r.Base+r.Size, arc.LowFrames) - r.Base
			d.ram, d.low = d.ram+n, d.low+n
		}
		for n := max(r.Base, arc.LowFrames); n < r.Base+r.Size && n < limit; n++ {
			d.ram++
			d.count[Reserved]--
			switch {
			case n >= at && n < at+need:
				d.activate(uint32(n), UseDatabase)
			case r.Type == arc.LoaderFree || r.Type == arc.LoaderFirmwareTemporary:
				d.link(uint32(n), FreeList)
			case r.Type == arc.LoaderBad:
				d.link(uint32(n), BadList)
			default:
				d.activate(uint32(n), useOf(r.Type))
			}
		}
	}
	return nil
}

// placeDatabase finds the frames of the database for RAM below frame limit: at and
// how many, and the frame after the highest that it describes. The database lives
// in the first free run it fits in.
func placeDatabase(runs []Run, limit uint64) (at, need, highest uint64, ok bool) {
	for _, r := range runs {
		if ram(r.Type) && r.Base < limit {
			highest = max(highest, min(r.Base+r.Size, limit))
		}
	}
	need = (highest*arc.PfnSize + PageSize - 1) / PageSize
	for _, r := range runs {
		first := max(r.Base, arc.LowFrames)
		if r.Type == arc.LoaderFree && first+need <= min(r.Base+r.Size, limit) {
			return first, need, highest, highest > 0
		}
	}
	return 0, need, highest, false
}

// lower finds the highest stretch of runs of RAM below frame limit: where it
// begins, and how many frames it has. below is 0 when it is in use, or the last.
func lower(runs []Run, limit uint64) (below, frames uint64) {
	for i := len(runs) - 1; i >= 0; i-- {
		r := runs[i]
		if !ram(r.Type) || r.Base >= limit || r.Size == 0 {
			continue
		}
		if r.Type != arc.LoaderFree && r.Type != arc.LoaderBad && r.Type != arc.LoaderFirmwareTemporary || r.Base < arc.LowFrames {
			return 0, 0
		}
		return r.Base, min(r.Base+r.Size, limit) - r.Base
	}
	return 0, 0
}

// ram reports whether a descriptor is RAM that the database describes.
func ram(t arc.MemoryType) bool {
	return t != arc.LoaderFirmwarePermanent && t != arc.LoaderSpecialMemory && t != arc.LoaderBBTMemory
}

func useOf(t arc.MemoryType) Use {
	if LoaderOwned(t) {
		return UseLoader
	}
	switch t {
	case arc.LoaderMemoryData, arc.LoaderSystemCode, arc.LoaderHalCode, arc.LoaderStartupKernelStack:
		return UseKernelHeap
	}
	return UseLoader
}

// LoaderOwned reports whether a run is the loader's own and comes back at P1.44.
func LoaderOwned(t arc.MemoryType) bool {
	switch t {
	case arc.LoaderOsloaderHeap, arc.LoaderOsloaderStack, arc.LoaderLoadedProgram, arc.LoaderRegistryData,
		arc.LoaderBootDriver, arc.LoaderNlsData:
		return true
	}
	return false
}

// FreeLoaderBlock is MmFreeLoaderBlock (SPEC P1.44): the loader's pages go to
// the free list. It returns how many. Preconditions: nobody reads the loader
// block any more.
func FreeLoaderBlock(runs []Run) (pages uint64) {
	pfns.mu.Lock()
	defer pfns.mu.Unlock()
	for _, r := range runs {
		if !LoaderOwned(r.Type) {
			continue
		}
		for n := r.Base; n < r.Base+r.Size && n < uint64(len(pfns.pfn)); n++ {
			if pfns.pfn[n].list == Active && pfns.pfn[n].use == UseLoader {
				pfns.free(uint32(n))
				pages++
			}
		}
	}
	return pages
}

// LowestAndHighest are the first and last frames of RAM.
func LowestAndHighest() (lo, hi uint32) {
	pfns.mu.Lock()
	defer pfns.mu.Unlock()
	lo = noPage
	for i := range pfns.pfn {
		if pfns.pfn[i].list != Reserved {
			lo = uint32(i)
			break
		}
	}
	return lo, uint32(len(pfns.pfn) - 1)
}

// TakePages removes n pages for u, without zeroing, for the kernel's heap
// reserve; give is called for each. It stops when fewer than keep pages are
// left or give declines.
func TakePages(u Use, keep uint64, give func(pfn uint32) bool) {
	pfns.mu.Lock()
	defer pfns.mu.Unlock()
	for pfns.available() > keep {
		l := FreeList
		for pfns.count[l] == 0 {
			l = nextList[l]
		}
		if l == StandbyList && !pfns.forget() {
			return
		}
		n := pfns.head[l]
		given := give(n)
		if !given && l != StandbyList {
			return
		}
		pfns.unlink(n)
		pfns.activate(n, u)
		if !given { // nobody knows the page any more
			pfns.free(n)
			return
		}
	}
}

// Burn makes pages of free memory disappear, from the top down (SPEC P0.2,
// BURNMEMORY): nobody will find them. It returns the runs that are left and
// how many pages have gone.
func Burn(runs []Run, pages uint64) (left []Run, burnt uint64) {
	left = append(left, runs...)
	for i := len(left) - 1; i >= 0 && burnt < pages; i-- {
		r := &left[i]
		if r.Type != arc.LoaderFree {
			continue
		}
		n := min(r.Size, pages-burnt)
		r.Size -= n
		burnt += n
	}
	return left, burnt
}

// ReadBytes and WriteBytes copy from and to an address space that need not be
// loaded, making pages present as a program's own access would. They return
// STATUS_ACCESS_VIOLATION where the program itself would fault, and how much
// was done before.
func (a *AddressSpace) ReadBytes(va uint64, b []byte) (int, nt.Status) { return a.move(va, b, Read) }

// WriteBytes is ReadBytes' other direction.
func (a *AddressSpace) WriteBytes(va uint64, b []byte) (int, nt.Status) { return a.move(va, b, Write) }

func (a *AddressSpace) move(va uint64, b []byte, access Access) (done int, s nt.Status) {
	for done < len(b) {
		at := va + uint64(done)
		if s := a.Fault(at, access); !s.OK() {
			return done, s
		}
		a.mu.Lock()
		var p *PTE
		if !a.dead {
			p = walk(a.root, at, false)
		}
		e := PTE(0)
		if p != nil {
			e = p.load()
		}
		if e&PtePresent == 0 || access == Write && e&PteWrite == 0 {
			a.mu.Unlock()
			continue // taken away in between, or still to be copied: ask again
		}
		page := frameBytes(e.pfn())[at&(PageSize-1):]
		if access == Write {
			p.or(PteDirty)
			done += copy(page, b[done:])
		} else {
			done += copy(b[done:], page)
		}
		a.mu.Unlock()
	}
	return done, nt.StatusSuccess
}

// LowTables lists the page tables that only the lower half of root uses.
func LowTables(root uint32) (pages []uint32) {
	upper := map[uint32]bool{}
	var visit func(n uint32, shift uint, f func(uint32))
	visit = func(n uint32, shift uint, f func(uint32)) {
		f(n)
		if shift == PageShift {
			return
		}
		for _, e := range table(n) {
			if e&PtePresent != 0 && (shift == 39 || e&PteLarge == 0) {
				visit(e.pfn(), shift-9, f)
			}
		}
	}
	for i, e := range table(root) {
		if i >= 256 && e&PtePresent != 0 {
			visit(e.pfn(), 30, func(n uint32) { upper[n] = true })
		}
	}
	for i, e := range table(root) {
		if i < 256 && e&PtePresent != 0 {
			visit(e.pfn(), 30, func(n uint32) {
				if !upper[n] && int(n) < len(pfns.pfn) && pfns.pfn[n].list == Active {
					upper[n] = true
					pages = append(pages, n)
				}
			})
		}
	}
	return pages
}

// FreePages gives pages back, and reports how many.
func FreePages(pages []uint32) int {
	for _, n := range pages {
		FreePage(n)
	}
	return len(pages)
}

// Installed are the pieces of memory that the machine has and can be used, joined where one
// follows the other: not the firmware's own, nor what is bad. runs are in ascending order.
func Installed(runs []Run) (list []Run) {
	for _, r := range runs {
		switch r.Type {
		case arc.LoaderFirmwarePermanent, arc.LoaderBBTMemory, arc.LoaderBad:
			continue
		}
		if k := len(list) - 1; k >= 0 && list[k].Base+list[k].Size == r.Base {
			list[k].Size += r.Size
			continue
		}
		list = append(list, r)
	}
	return list
}

// LowPages finds four pages below 640 KiB, where a processor that starts can see them: RAM
// that the loader leaves to those who ask for it by address, and that mm has none of. low are
// physical addresses; ok is false where there are not as many.
func LowPages(runs []Run) (low [4]uint64, ok bool) {
	const end = 640 << 10 >> PageShift
	n := 0
	for _, r := range runs {
		if r.Type != arc.LoaderFirmwareTemporary {
			continue
		}
		for page := r.Base; page < r.Base+r.Size && page < end && n < len(low); page++ {
			low[n] = page << PageShift
			n++
		}
	}
	return low, n == len(low)
}
