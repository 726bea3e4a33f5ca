package mm

import (
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"gont/nt"
)

// Vad describes one allocation of user address space (MMVAD).
type Vad struct {
	Start, End uint64 // first byte, last byte; page aligned
	Protect    uint32 // PAGE_* it was allocated with
	Section    *Section
	Fixed      bool // belongs to the system: cannot be freed or protected
	// The current protection of every page, 0 for one that is only reserved:
	// stretches of equal pages, as long as they can be, so that what is
	// reserved costs nothing until it is used in pieces.
	runs []run
}

// run is a stretch of pages, up to but not including end.
type run struct {
	end     int
	protect uint32
}

// newVad describes [start, end] with all pages at protection current.
func newVad(start, end uint64, protect, current uint32) *Vad {
	v := &Vad{Start: start, End: end, Protect: protect}
	v.runs = []run{{v.pages(), current}}
	return v
}

// run returns the index of the run that page i is in.
func (v *Vad) run(i int) int {
	return sort.Search(len(v.runs), func(k int) bool { return v.runs[k].end > i })
}

// prot returns a page's protection.
func (v *Vad) prot(i int) uint32 { return v.runs[v.run(i)].protect }

// setProt sets the protection of pages [i, j).
func (v *Vad) setProt(i, j int, p uint32) {
	if i >= j {
		return
	}
	var mid [3]run // what stands for the runs that change, and their neighbours
	n := 0
	add := func(r run) {
		if n > 0 && mid[n-1].protect == r.protect {
			mid[n-1].end = r.end
			return
		}
		mid[n] = r
		n++
	}
	lo, hi := v.run(i), v.run(j-1)
	switch {
	case lo == 0 && i > 0 || lo > 0 && v.runs[lo-1].end < i:
		add(run{i, v.runs[lo].protect})
	case lo > 0:
		lo--
		add(v.runs[lo])
	}
	add(run{j, p})
	switch {
	case v.runs[hi].end > j:
		add(v.runs[hi])
	case hi+1 < len(v.runs):
		hi++
		add(v.runs[hi])
	}
	v.runs = slices.Replace(v.runs, lo, hi+1, mid[:n]...)
}

// each calls f for every stretch of equal pages of [i, j).
func (v *Vad) each(i, j int, f func(i, j int, protect uint32)) {
	for i < j {
		r := v.runs[v.run(i)]
		end := min(r.end, j)
		f(i, end, r.protect)
		i = end
	}
}

// part is a VAD for pages [i, j) of v.
func (v *Vad) part(i, j int) *Vad {
	n := &Vad{Start: v.Start + uint64(i)*PageSize, End: v.Start + uint64(j)*PageSize - 1, Protect: v.Protect}
	v.each(i, j, func(_, end int, protect uint32) { n.runs = append(n.runs, run{end - i, protect}) })
	return n
}

func (v *Vad) index(va uint64) int { return int((va - v.Start) >> PageShift) }
func (v *Vad) pages() int          { return int((v.End + 1 - v.Start) >> PageShift) }

// AddressSpace is a process's user half: page tables and VADs.
type AddressSpace struct {
	mu   sync.Mutex
	root uint32 // frame of the PML4
	vads []*Vad // sorted, disjoint
	dead bool   // Destroy was called: nothing may be looked for in root

	// cr3 is what Root returns; private counts pages with a frame. Both are
	// written with mu held and read without.
	cr3, private atomic.Uint64
}

// kernelRoot is the PML4 that the kernel's half is copied from.
var kernelRoot uint32

// SetKernelRoot tells where the kernel's page tables are; its upper half is
// shared by every address space made later.
func SetKernelRoot(pfn uint32) { kernelRoot = pfn }

// NewAddressSpace makes an empty address space. ok is false without memory.
func NewAddressSpace() (as *AddressSpace, ok bool) {
	n, ok := AllocatePage(UsePageTable, true)
	if !ok {
		return nil, false
	}
	copy(table(n)[256:], table(kernelRoot)[256:])
	as = &AddressSpace{root: n}
	as.cr3.Store(uint64(n) << PageShift)
	return as, true
}

// Root is the physical address for CR3. After Destroy it is the kernel's: the
// thread that ended the process may be switched to once more.
func (a *AddressSpace) Root() uint64 { return a.cr3.Load() }

// find returns the VAD that holds va.
func (a *AddressSpace) find(va uint64) *Vad {
	i := sort.Search(len(a.vads), func(i int) bool { return a.vads[i].End >= va })
	if i < len(a.vads) && a.vads[i].Start <= va {
		return a.vads[i]
	}
	return nil
}

// overlaps reports whether anything is in [start, end].
func (a *AddressSpace) overlaps(start, end uint64) bool {
	i := sort.Search(len(a.vads), func(i int) bool { return a.vads[i].End >= start })
	return i < len(a.vads) && a.vads[i].Start <= end
}

func (a *AddressSpace) insert(v *Vad) {
	i := sort.Search(len(a.vads), func(i int) bool { return a.vads[i].Start > v.Start })
	a.vads = append(a.vads, nil)
	copy(a.vads[i+1:], a.vads[i:])
	a.vads[i] = v
}

func (a *AddressSpace) remove(v *Vad) {
	for i, o := range a.vads {
		if o == v {
			a.vads = append(a.vads[:i], a.vads[i+1:]...)
			return
		}
	}
}

// place finds room for size bytes at or above from, on an allocation boundary.
func (a *AddressSpace) place(size, from uint64) (start uint64, ok bool) {
	start = from
	for _, v := range a.vads {
		if v.End < start {
			continue
		}
		if v.Start > start && v.Start-start >= size {
			break
		}
		start = (v.End + nt.AllocationGranularity) &^ (nt.AllocationGranularity - 1)
	}
	return start, start+size-1 <= nt.MaximumUserAddress && start+size > start
}

// Destroy gives everything back. Whoever still knows the address space gets
// STATUS_PROCESS_IS_TERMINATING from then on. Preconditions: no processor uses
// it, nor has it in CR3; nothing is flushed.
func (a *AddressSpace) Destroy() {
	a.mu.Lock()
	a.cr3.Store(uint64(kernelRoot) << PageShift)
	for _, v := range a.vads {
		a.drop(v.Start, v.End+1)
		if v.Section != nil {
			v.Section.unmapped()
		}
	}
	a.vads, a.dead = nil, true
	freeTables(a.root, 39)
	a.mu.Unlock()
	SignalZeroing()
}

// freeTables frees a table and all below it; of the root only the user half.
func freeTables(n uint32, shift uint) {
	t := table(n)
	limit := 512
	if shift == 39 {
		limit = 256
	}
	if shift > PageShift {
		for i := 0; i < limit; i++ {
			if t[i]&PtePresent != 0 {
				freeTables(t[i].pfn(), shift-9)
			}
		}
	}
	FreePage(n)
}

// Private returns the pages that belong to this address space alone, or are
// shared by it, with a frame each.
func (a *AddressSpace) Private() uint64 { return a.private.Load() }
