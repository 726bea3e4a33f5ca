package mm

import (
	"math/bits"

	"gont/nt"
)

// Paging files (SPEC P1.18, S3). A paging file is a row of slots, each with room
// for a page, and a map of which are used. A slot belongs to one page: it is known
// by the entry that says the contents are there, or, while the page has a frame,
// too, by the frame (Pfn.original). The PFN lock guards all of it.
//
// An entry for a slot has bit 0 clear, PtePageFile, the file's number in bits 1
// to 4, as NT has it, and the slot where other entries have the frame.

// PageStore is what a paging file is written to and read from: a device, or a
// file of a file system. Pages of it are counted from 0. Both calls are made
// without locks, at PASSIVE_LEVEL, and may wait; frames[i] is where page+i is
// read to or written from, and may be written to by programs meanwhile. A failure is of
// all pages.
type PageStore interface {
	ReadPages(page uint32, frames []uint32) nt.Status
	WritePages(page uint32, frames []uint32) nt.Status
}

// MaximumPagingFiles is how many paging files there can be, MaximumPagingFile
// the largest one, in pages.
const (
	MaximumPagingFiles = 16
	MaximumPagingFile  = 1 << 28
)

// pagingFile is MMPAGING_FILE.
type pagingFile struct {
	name  string
	store PageStore
	// used has a bit for each slot; size, maximum, free and peak are slots.
	used                      []uint64
	size, maximum, free, peak uint32
	hint                      uint32 // where the next search begins
	readErrors, writeErrors   uint64
	reported                  bool     // the first error was
	seen                      []uint64 // for CheckAll
}

// pageFileEntry is the entry for a slot.
func pageFileEntry(file int, slot uint32) PTE { return makePTE(slot, PtePageFile|PTE(file)<<1) }

// inFile reports whether the contents are in a paging file, and only there.
func (p PTE) inFile() bool {
	return p&(PtePresent|PteHidden|PteTransition|PtePageFile) == PtePageFile
}

// file and slot are where.
func (p PTE) file() int    { return int(p >> 1 & 15) }
func (p PTE) slot() uint32 { return p.pfn() }

// CreatePagingFile is NtCreatePagingFile's work: store becomes a paging file
// of pages pages, and the commit limit rises by as much. It stays for good.
// STATUS_TOO_MANY_PAGING_FILES, STATUS_INVALID_PARAMETER for a size that cannot
// be. IRQL: PASSIVE_LEVEL, no locks.
func CreatePagingFile(name string, store PageStore, pages uint32) nt.Status {
	if pages == 0 || pages > MaximumPagingFile {
		return nt.StatusInvalidParameter
	}
	words := (pages + 63) / 64
	f := &pagingFile{name: name, store: store, size: pages, maximum: pages, free: pages, used: make([]uint64, words), seen: make([]uint64, words)}
	d := &pfns
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.paging.files == MaximumPagingFiles {
		return nt.StatusTooManyPagingFiles
	}
	d.paging.file[d.paging.files] = f
	d.paging.files++
	d.paging.size += uint64(pages)
	d.paging.free += uint64(pages)
	return nt.StatusSuccess
}

// takeSlots takes up to want slots behind each other of one file: as many as the
// longest free run there is room for. n is 0 when all files are full.
// Preconditions: the PFN lock is held.
func (d *pfnDatabase) takeSlots(want uint32) (first PTE, n uint32) {
	file, at := 0, uint32(0)
	for i, f := range d.paging.file[:d.paging.files] {
		if f.free == 0 || n > 0 && n >= min(want, f.free) {
			continue
		}
		if a, k := f.find(want); k > n {
			file, at, n = i, a, k
		}
	}
	if n == 0 {
		return 0, 0
	}
	f := d.paging.file[file]
	for s := at; s < at+n; s++ {
		f.used[s/64] |= 1 << (s % 64)
	}
	f.free -= n
	f.peak = max(f.peak, f.size-f.free)
	f.hint = at + n
	d.paging.free -= uint64(n)
	return pageFileEntry(file, at), n
}

// find looks for want free slots behind each other, from the hint on, and
// returns them, or the longest run shorter than that.
func (f *pagingFile) find(want uint32) (at, n uint32) {
	if at, n = f.findIn(min(f.hint, f.size), f.size, want); n == want {
		return at, n
	}
	if a, k := f.findIn(0, f.size, want); k > n {
		return a, k
	}
	return at, n
}

func (f *pagingFile) findIn(from, to, want uint32) (at, n uint32) {
	for i := from; i < to; {
		w := f.used[i/64] >> (i % 64)
		left := 64 - i%64 // bits of this word
		if w&1 != 0 {
			i += min(uint32(bits.TrailingZeros64(^w)), left)
			continue
		}
		start := i
		for i < to && i-start < want {
			left = 64 - i%64
			k := min(uint32(bits.TrailingZeros64(f.used[i/64]>>(i%64))), left)
			if k == 0 {
				break
			}
			i += k
		}
		if k := min(i, start+want, to) - start; k > n {
			if at, n = start, k; n == want {
				break
			}
		}
	}
	return at, n
}

// freeSlot gives the slot that e is about back. Preconditions: the PFN lock is
// held.
func (d *pfnDatabase) freeSlot(e PTE) {
	f, s := d.paging.file[e.file()], e.slot()
	if f.used[s/64]&(1<<(s%64)) == 0 {
		panic(SlotFree(e))
	}
	f.used[s/64] &^= 1 << (s % 64)
	f.free++
	d.paging.free++
}

// dropSlot is for a frame whose contents are not those of its slot any more, or
// that goes. Preconditions: the PFN lock is held.
func (d *pfnDatabase) dropSlot(p *Pfn) {
	if p.original != 0 {
		d.freeSlot(p.original)
		p.original = 0
	}
}

// SlotFree is the panic of a slot that is given back and is free; the kernel
// turns it into PFN_LIST_CORRUPT.
type SlotFree PTE

func (e SlotFree) Error() string { return "mm: a free slot of a paging file was given back" }

// PagingFile is what NtQuerySystemInformation shows of one; in pages.
type PagingFile struct {
	Name                    string
	Size, Maximum           uint32
	InUse, Peak             uint32
	ReadErrors, WriteErrors uint64
}

// PagingFiles lists them. IRQL: PASSIVE_LEVEL.
func PagingFiles() (list []PagingFile) {
	list = make([]PagingFile, 0, MaximumPagingFiles)
	d := &pfns
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.paging.file[:d.paging.files] {
		list = append(list, PagingFile{f.name, f.size, f.maximum, f.size - f.free, f.peak, f.readErrors, f.writeErrors})
	}
	return list
}
