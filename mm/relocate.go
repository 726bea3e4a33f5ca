package mm

import (
	"encoding/binary"

	"gont/nt"
	"gont/pe"
)

// Images that lie elsewhere than at their base (DESIGN 5a). The pages that an address space sees there
// belong to a section of their own, which all that have the image at the same address
// share: its pages are those of the image with the distance added to every address in them. Pages
// that come from a file leave memory and come again, as the image's own do; of an image without a file
// (OSLDR's, \KnownDlls) each view that is moved has its own.

// Movable reports whether an image section may be mapped elsewhere than at its base.
func (s *Section) Movable() bool { return s.moves != nil }

// relocated returns a section of the image s as it is at base, for one view: the caller maps it and calls
// Delete. STATUS_NO_MEMORY. Preconditions: s is Movable and somebody's, so that it does not go
// meanwhile. IRQL: PASSIVE_LEVEL, no locks.
func (s *Section) relocated(base uint64) (*Section, nt.Status) {
	n := &Section{Name: s.Name, Path: s.Path, Base: base, Size: s.Size, Entry: s.Entry - s.Base + base, StackReserve: s.StackReserve,
		StackCommit: s.StackCommit, Subsystem: s.Subsystem, image: s.image, parts: s.parts, moves: s.moves}
	if s.file != nil {
		if n.file = s.file.at(base); n.file == nil {
			return nil, nt.StatusFileClosed
		}
		return n, nt.StatusSuccess
	}
	n.pages = make([]uint32, len(s.pages))
	for i := range n.pages {
		n.pages[i] = noPage
	}
	for i, from := range s.pages {
		at := uint32(i * PageSize)
		if from == noPage && !s.moves.Any(at) {
			continue
		}
		to, ok := AllocatePage(UseImage, true)
		if !ok {
			n.free()
			return nil, nt.StatusNoMemory
		}
		n.pages[i] = to
		page := frameBytes(to)[:]
		if from != noPage {
			copy(page, frameBytes(from)[:])
		}
		fixUp(s.moves, page, at, base-s.Base, s.original)
	}
	return n, nt.StatusSuccess
}

// original reads bytes of an image as they are at its base. It never fails.
func (s *Section) original(rva uint32, b []byte) nt.Status {
	for i := range b {
		b[i] = 0
		if n := s.pages[(int(rva)+i)/PageSize]; n != noPage {
			b[i] = frameBytes(n)[(int(rva)+i)%PageSize]
		}
	}
	return nt.StatusSuccess
}

// fixUp adds delta to the addresses that have bytes in the page at an RVA. Those that are not wholly
// inside it are read with original.
func fixUp(r *pe.Relocations, page []byte, at uint32, delta uint64, original func(rva uint32, b []byte) nt.Status) (st nt.Status) {
	le := binary.LittleEndian
	r.Each(at, func(rva uint32) {
		if rva >= at && rva+8 <= at+PageSize {
			p := page[rva-at:]
			le.PutUint64(p, le.Uint64(p)+delta)
			return
		}
		var b [8]byte
		if s := original(rva, b[:]); !s.OK() {
			st = s
			return
		}
		le.PutUint64(b[:], le.Uint64(b[:])+delta)
		for i, v := range b {
			if k := rva + uint32(i) - at; k < PageSize { // else it is the other page's
				page[k] = v
			}
		}
	})
	return st
}

// at returns the image's pages as they are at a base, with a reference for a section; nil when the file
// is closed. While there is one, the image is in use, too.
func (f *imageFile) at(base uint64) *imageFile {
	c := f.data
	c.data.mu.Lock()
	m := f.moved[base]
	if m != nil && m.pages.addRef() {
		c.data.mu.Unlock()
		return m
	}
	c.data.mu.Unlock()
	if !c.addRef() {
		return nil
	}
	if !f.pages.addRef() {
		c.data.file.drop(&c.data)
		return nil
	}
	m = &imageFile{name: f.name, data: c, parts: f.parts, moves: f.moves, delta: base - f.proto.Base}
	m.pages = NewControlArea(m, f.proto.Size, FileNotify{Free: func() {
		c.data.mu.Lock()
		if f.moved[base] == m {
			delete(f.moved, base)
		}
		c.data.mu.Unlock()
		f.pages.data.file.drop(&f.pages.data)
		c.data.file.drop(&c.data)
	}})
	c.data.mu.Lock()
	if f.moved == nil {
		f.moved = map[uint64]*imageFile{}
	}
	f.moved[base] = m // of two that came at the same time the later one is found
	c.data.mu.Unlock()
	return m
}

// original reads bytes of the image as they are at its base.
func (f *imageFile) original(rva uint32, b []byte) nt.Status {
	for len(b) > 0 {
		n := min(len(b), PageSize-int(rva%PageSize))
		if s := f.read(int(rva/PageSize), rva%PageSize, b[:n]); !s.OK() {
			return s
		}
		rva, b = rva+uint32(n), b[n:]
	}
	return nt.StatusSuccess
}
