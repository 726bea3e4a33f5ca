package mm

import (
	"math/bits"
	"sync/atomic"

	"gont/nt"
)

// What the boot prefetcher needs (SPEC P1.24): which pages of a file are used, and a way to read many
// of them at a time.

// PageRun is a part of a file: pages behind each other, and the frames they are read to.
type PageRun struct {
	Page   uint32
	Frames []uint32
}

// ManyReader is what a PageStore may be besides: it reads several runs, all of them under way at a time, and returns the status
// of each.
type ManyReader interface {
	ReadMany(runs []PageRun) []nt.Status
}

// mostTraced is how many pages of a file are traced, from its beginning on: 1 GB.
const mostTraced = 1 << 18

// TraceUse begins, or with false ends, to note which pages of the file are used: read, mapped, or
// written to in part. IRQL: APC_LEVEL or below, no locks.
func (c *ControlArea) TraceUse(on bool) {
	d := &c.data
	d.mu.Lock()
	if d.file.used.Store(nil); on {
		d.file.used.Store(new([]atomic.Uint64))
		pfns.mu.Lock()
		d.eachPrototype(0, d.pages, func(_ int, e *PTE) bool { // Pin asks noted of each page once more
			if v := e.load(); v&PteAccessed != 0 {
				e.store(v &^ PteAccessed)
			}
			return true
		})
		pfns.mu.Unlock()
	}
	d.mu.Unlock()
}

// noted reports whether the use of a page need not be noted: it has been, or nobody traces. No locks.
func (f *fileData) noted(i int) bool {
	used := f.used.Load()
	return used == nil || i >= mostTraced || i>>6 < len(*used) && (*used)[i>>6].Load()>>(i&63)&1 != 0
}

// noteUse notes a page's. Preconditions: the dataSection's lock is held.
func (f *fileData) noteUse(i int) {
	used := f.used.Load()
	if i>>6 >= len(*used) {
		more := make([]atomic.Uint64, max(i>>6+1, 2*len(*used)))
		for k := range *used {
			more[k].Store((*used)[k].Load())
		}
		used = &more
		f.used.Store(used)
	}
	(*used)[i>>6].Or(1 << (i & 63))
}

// Used calls f for each run of pages that have been used since TraceUse(true), in ascending order. IRQL:
// APC_LEVEL or below, no locks; f is called with none.
func (c *ControlArea) Used(f func(first, count int)) {
	d := &c.data
	var words []uint64
	d.mu.Lock()
	if used := d.file.used.Load(); used != nil {
		for k := range *used {
			words = append(words, (*used)[k].Load())
		}
	}
	d.mu.Unlock()
	first, end := 0, 0 // of the run that goes on
	for k, w := range words {
		for w != 0 {
			i := k*64 + bits.TrailingZeros64(w)
			w &= w - 1
			if i != end && end > first {
				f(first, end-first)
			}
			if i != end {
				first = i
			}
			end = i + 1
		}
	}
	if end > first {
		f(first, end-first)
	}
}

// prefetchBatch is how many pages are asked for at a time: 2 MB.
const prefetchBatch = 512

// Prefetch brings runs of pages, {first, count} each, into memory as far as they are not there and there is room, with few
// large reads that are all under way at a time. It returns how many pages it has read, and in how many reads; nobody is told of errors. Runs
// may lie beyond the file's end. IRQL: PASSIVE_LEVEL, no locks; it waits for the reads.
func (c *ControlArea) Prefetch(runs [][2]int) (pages, reads int) {
	d := &c.data
	var list []*inPage
	waiting := 0
	read := func() {
		readMany(list)
		for _, in := range list {
			in.finish()
			in.done.Set()
			pages += len(in.frames)
		}
		reads += len(list)
		list, waiting = list[:0], 0
	}
	for _, r := range runs {
		for i, end := r[0], r[0]+r[1]; i < end && !Low(); {
			d.mu.Lock()
			if i < 0 || i >= d.pages {
				d.mu.Unlock()
				break
			}
			in := d.beginFileRead(i, end-i)
			d.mu.Unlock()
			if in == nil {
				i++
				continue
			}
			list = append(list, in)
			i += len(in.frames)
			if waiting += len(in.frames); waiting >= prefetchBatch {
				read()
			}
		}
	}
	if len(list) > 0 {
		read()
	}
	return pages, reads
}

// readMany fetches the contents of several reads of one file; those that fail together are tried alone.
func readMany(list []*inPage) {
	m, ok := list[0].store.(ManyReader)
	if !ok || len(list) == 1 {
		for _, in := range list {
			in.read()
		}
		return
	}
	runs := make([]PageRun, len(list))
	for i, in := range list {
		runs[i] = PageRun{in.page, in.frames}
	}
	status := m.ReadMany(runs)
	for i, in := range list {
		if !status[i].OK() {
			in.read()
			continue
		}
		in.status = make([]nt.Status, len(in.frames)) // all zero: STATUS_SUCCESS
		Faults.PageReadIo.Add(1)
		Faults.PageRead.Add(uint64(len(in.frames)))
	}
}
