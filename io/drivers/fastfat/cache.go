package fastfat

import (
	"sync/atomic"

	"gont/cc"
	"gont/ex"
	"gont/fs/fat"
	"gont/io"
	"gont/ke"
	"gont/mm"
	"gont/nt"
)

// Data of files go through the page cache: a file that is read, written or mapped has a
// cc.Map. It stays with the fcb when the last handle has gone (kept), until the file is
// deleted, the volume is locked or goes, or many others are kept. The disk is read and written
// by the map's store, whose calls take fs/fat's lock and nothing else, so the memory
// manager may make them for anybody.

// mostKept is how many files that nobody has open keep their pages.
const mostKept = 512

// cacheState is what becomes of the map's open of the node.
type cacheState struct {
	state atomic.Int32
	item  *ex.WorkItem
}

const (
	cacheLive    int32 = iota
	cacheClosing       // dropCache waits for an answer
	cacheFreed         // it has come: nobody uses the map
	cacheLater         // sections use it: the node is closed when the last one goes
)

// freed is told by the memory manager, with locks held.
func (c *cacheState) freed() {
	if !c.state.CompareAndSwap(cacheClosing, cacheFreed) {
		ex.QueueWorkItem(c.item, ex.DelayedWorkQueue)
	}
}

// cached returns the file's map, which it makes when there is none. The caller has the fcb's
// resource, or the volume's opens.
func (x *fcb) cached() *cc.Map {
	if m := x.cache.Load(); m != nil {
		return m
	}
	x.mapping.Lock() // two readers may come at a time
	defer x.mapping.Unlock()
	if m := x.cache.Load(); m != nil {
		return m
	}
	x.node.Share()
	c := &cacheState{item: ex.NewWorkItem(func(any) {
		x.node.Close()
		x.volume.lazy.note() // it may have been deleted
	}, nil)}
	x.state = c
	m := cc.NewMap(&store{x.volume, x}, x.node.Size(), c.freed)
	if cc.Tracing() {
		m.Trace(x.volume.target.Object.Path() + x.node.Path())
	}
	x.cache.Store(m)
	return m
}

// dropCache ends the file's map; dirty pages are lost. Sections that are left keep their pages, and the
// node open. opens and the resource are held, or nobody has the file open.
func (x *fcb) dropCache() {
	m := x.cache.Swap(nil)
	if m == nil {
		return
	}
	c := x.state
	c.state.Store(cacheClosing)
	m.Close()
	if !c.state.CompareAndSwap(cacheClosing, cacheLater) {
		x.node.Close()
	}
}

// flush writes what the cache has of the file.
func (x *fcb) flush() nt.Status {
	if m := x.cache.Load(); m != nil {
		return m.Flush(0, 0)
	}
	return nt.StatusSuccess
}

// inUse reports whether a program has a section of the file, and what forbids a change then.
func (x *fcb) inUse() nt.Status {
	m := x.cache.Load()
	switch {
	case m == nil:
	case m.Area.ImageInUse():
		return nt.StatusSharingViolation
	case m.Area.Mapped():
		return nt.StatusUserMappedFile
	}
	return nt.StatusSuccess
}

// keep is for a file whose last handle has gone, and is not deleted: its pages stay, those of
// the file that is kept longest go. opens is held.
func (v *volume) keep(x *fcb) {
	v.kept = append(v.kept, x)
	for i := 0; len(v.kept) > mostKept && i < len(v.kept); {
		if o := v.kept[i]; o.cache.Load().Area.Idle() && v.evict(o).OK() {
			continue // it is not in the list any more
		}
		i++
	}
}

// unkeep takes a file that is opened again from the list. opens is held.
func (v *volume) unkeep(x *fcb) {
	for i, o := range v.kept {
		if o == x {
			v.kept = append(v.kept[:i], v.kept[i+1:]...)
			return
		}
	}
}

// evict writes a file that is kept, and forgets it. opens is held.
func (v *volume) evict(x *fcb) nt.Status {
	if s := x.flush(); !s.OK() {
		return s
	}
	v.unkeep(x)
	v.remove(x)
	x.dropCache()
	return nt.StatusSuccess
}

// evictAll does it to all that no section uses, and reports whether that was all. opens is held.
func (v *volume) evictAll() bool {
	for i := 0; i < len(v.kept); {
		if !v.kept[i].cache.Load().Area.Idle() || !v.evict(v.kept[i]).OK() {
			i++
		}
	}
	return len(v.kept) == 0
}

// flushData writes the cached data of all files, the first error. Who opens and closes waits
// only while the list is made.
func (v *volume) flushData() (s nt.Status) {
	v.opens.Lock()
	var maps []*cc.Map
	for x := range v.files {
		if m := x.cache.Load(); m != nil && m.DirtyPages() > 0 {
			maps = append(maps, m)
		}
	}
	v.opens.Unlock()
	for _, m := range maps {
		if st := m.Flush(0, 0); !st.OK() && s.OK() {
			s = st
		}
	}
	return s
}

// flush writes everything: data, then what leads to them.
func (v *volume) flush() nt.Status {
	s := v.flushData()
	if st := status(v.fs.Flush()); s.OK() {
		s = st
	}
	return s
}

// store is a file's mm.PageStore.
type store struct {
	v *volume
	x *fcb
}

// transit is what the pages of a cluster go through, for they do not lie behind each other. There is
// one for a volume, taken when it was mounted: pages have to be written when memory is short.
type transit struct {
	turn  *ex.FastMutex
	bytes []byte
}

// bounce is the most bytes that are moved at once, transitPages the pages.
const (
	bounce       = 64 << 10
	transitPages = bounce / mm.PageSize
)

// ReadPages and WritePages let the disk read and write the frames themselves where the pages lie on it by sectors. Else, where
// the file ends within a sector or the disk does not have all of the file before the pages, the bytes go through transit.
func (s *store) ReadPages(page uint32, frames []uint32) nt.Status {
	if st := s.ReadMany([]mm.PageRun{{Page: page, Frames: frames}})[0]; st != notStored {
		return st
	}
	return s.move(page, frames, func(b []byte, at uint64, frames []uint32) error {
		n, err := s.x.node.ReadAt(b, at)
		if status(err) == nt.StatusEndOfFile {
			n, err = 0, nil
		}
		clear(b[n:])
		for i, f := range frames {
			copy(mm.Frame(f)[:], b[i*mm.PageSize:])
		}
		return err
	})
}

func (s *store) WritePages(page uint32, frames []uint32) nt.Status {
	at := uint64(page) * mm.PageSize
	ok, err := s.x.node.WriteStored(at, uint64(len(frames))*mm.PageSize, func(runs []fat.Run) error {
		list := s.transfers(nil, runs, at, frames)
		s.v.disk.Runs(io.Write, list)
		for i := range list {
			if !list[i].Status.OK() {
				return list[i].Status.Err()
			}
		}
		return nil
	})
	if ok {
		return status(err)
	}
	return s.move(page, frames, func(b []byte, at uint64, frames []uint32) error {
		for i, f := range frames {
			copy(b[i*mm.PageSize:], mm.Frame(f)[:])
		}
		return s.x.node.WriteData(b, at)
	})
}

func (s *store) move(page uint32, frames []uint32, f func(b []byte, at uint64, frames []uint32) error) nt.Status {
	r := &s.v.transit
	r.turn.Lock()
	defer r.turn.Unlock()
	for len(frames) > 0 {
		k := min(len(frames), transitPages)
		if err := f(r.bytes[:k*mm.PageSize], uint64(page)*mm.PageSize, frames[:k]); err != nil {
			return status(err)
		}
		page, frames = page+uint32(k), frames[k:]
	}
	return nt.StatusSuccess
}

// MapFile is io.Mappable: the pages of the file for a section of it. With size, if it is not 0,
// the file becomes at least as long, for who may write it.
func (x *fcb) MapFile(size uint64) (*mm.ControlArea, uint64, nt.Status) {
	if x.node.IsDirectory() {
		return nil, 0, nt.StatusInvalidFileForSection
	}
	ke.EnterCriticalRegion()
	defer ke.LeaveCriticalRegion()
	x.resource.AcquireExclusive(true)
	defer x.resource.Release()
	m := x.cached()
	if size > m.Size() {
		if s := x.grow(m, size); !s.OK() {
			return nil, 0, s
		}
	}
	return m.Area, m.Size(), nt.StatusSuccess
}

// grow makes the file as long, on the volume first. resource is held exclusively.
func (x *fcb) grow(m *cc.Map, end uint64) nt.Status {
	size, err := x.node.Extend(end)
	if err != nil {
		return status(err)
	}
	return m.SetSize(size)
}

// setSize makes the file so long. resource is held exclusively.
func (x *fcb) setSize(size uint64) nt.Status {
	m := x.cache.Load()
	if m == nil {
		return status(x.node.SetSize(size))
	}
	old := m.Size()
	if size < old {
		if s := m.SetSize(size); !s.OK() {
			return s
		}
	}
	err := x.node.SetSize(size)
	if now := x.node.Size(); now != m.Size() { // longer, or not shorter after all
		m.SetSize(now)
	}
	return status(err)
}

// evictNamed forgets a file that is kept, if the name is one's, so that it can be replaced; the status is why
// what it has could not be written. opens is held.
func (v *volume) evictNamed(dir *fat.Node, name string) (s nt.Status) {
	n, _, err := v.fs.Open(dir, name, fat.OpenOptions{Disposition: nt.FileOpen})
	if err != nil {
		return nt.StatusSuccess // there is none
	}
	if x := fcbOf(n); x != nil && x.handles == 0 && x.cache.Load().Area.Idle() {
		s = v.evict(x)
	}
	n.Close()
	return s
}
