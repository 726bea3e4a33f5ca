package regf

import "math/bits"

// bin is one piece of memory with a header and cells that fill it.
type bin struct {
	off uint32
	b   []byte
}

// store is a row of bins: the one that is written to the file, or the volatile
// one. Offsets in it have no volatile bit.
type store struct {
	mem    Memory
	bins   []bin
	binOf  []uint32 // by page, index in bins
	starts []uint64 // one bit per 8 bytes: a cell begins here
	free   maxTree  // by page, size of the largest free cell that begins in it
	dirty  []uint64 // one bit per page: it differs from the file
	bit    Cell     // the volatile bit of the store's cells
	// adopted is how many bins, the first ones, are not mem's.
	adopted int
}

func (s *store) size() uint32 { return uint32(len(s.binOf)) * pageSize }

// addBin puts b behind the last bin. Its cells are the caller's to announce.
func (s *store) addBin(b []byte) {
	off := s.size()
	s.bins = append(s.bins, bin{off, b})
	for range len(b) / pageSize {
		s.binOf = append(s.binOf, uint32(len(s.bins)-1))
		s.starts = append(s.starts, 0, 0, 0, 0, 0, 0, 0, 0)
	}
	for len(s.dirty)*64 < len(s.binOf) {
		s.dirty = append(s.dirty, 0)
	}
	s.free.grow(len(s.binOf))
}

func (s *store) binAt(off uint32) *bin { return &s.bins[s.binOf[off/pageSize]] }

// at returns the bytes from an offset to its bin's end.
func (s *store) at(off uint32) []byte {
	b := s.binAt(off)
	return b.b[off-b.off:]
}

// cellSize returns the size field: negative when the cell is in use.
func (s *store) cellSize(off uint32) int32 { return int32(le.Uint32(s.at(off))) }

func (s *store) setSize(off uint32, size int32) {
	le.PutUint32(s.at(off), uint32(size))
	s.mark(off, 4)
}

func (s *store) isStart(off uint32) bool {
	return off%8 == 0 && off < s.size() && s.starts[off/512]>>(off/8%64)&1 != 0
}

func (s *store) setStart(off uint32, on bool) {
	if on {
		s.starts[off/512] |= 1 << (off / 8 % 64)
	} else {
		s.starts[off/512] &^= 1 << (off / 8 % 64)
	}
}

// next returns the first cell that begins at off or behind, before end.
func (s *store) next(off, end uint32) (uint32, bool) {
	for off < end {
		if w := s.starts[off/512] >> (off / 8 % 64); w != 0 {
			off += 8 * uint32(bits.TrailingZeros64(w))
			return off, off < end
		}
		off = off&^511 + 512
	}
	return 0, false
}

// previous returns the cell before the one at off in the same bin.
func (s *store) previous(off uint32) (uint32, bool) {
	first := s.binAt(off).off + binHeader
	for off > first {
		off -= 8
		if w := s.starts[off/512] << (63 - off/8%64); w != 0 {
			return off - 8*uint32(bits.LeadingZeros64(w)), true
		}
		off &^= 511
	}
	return 0, false
}

// measure finds the largest free cell that begins in a page.
func (s *store) measure(page uint32) {
	var largest uint32
	b := s.at(page * pageSize) // a cell's size is in the page that it begins in
	for i, w := range s.starts[page*(pageSize/512) : (page+1)*(pageSize/512)] {
		for ; w != 0; w &= w - 1 {
			if n := int32(le.Uint32(b[512*i+8*bits.TrailingZeros64(w):])); n > 0 {
				largest = max(largest, uint32(n))
			}
		}
	}
	s.free.set(int(page), largest)
}

// mark notes that n bytes at off differ from the file.
func (s *store) mark(off, n uint32) {
	for p := off / pageSize; p <= (off+n-1)/pageSize; p++ {
		s.dirty[p/64] |= 1 << (p % 64)
	}
}

// release gives the memory back.
func (s *store) release() {
	for _, b := range s.bins[min(s.adopted, len(s.bins)):] {
		s.mem.Free(b.b)
	}
	*s = store{mem: s.mem, bit: s.bit}
}

// newBin writes the header of an empty bin and its one free cell.
func newBin(b []byte, off uint32) {
	copy(b, "hbin")
	le.PutUint32(b[binOffset:], off)
	le.PutUint32(b[binLength:], uint32(len(b)))
	le.PutUint32(b[binHeader:], uint32(len(b)-binHeader))
}

// grow adds a bin with room for a cell of size bytes.
func (s *store) grow(size uint32) error {
	n := (size + binHeader + pageSize - 1) &^ (pageSize - 1)
	off := s.size()
	if n > maxBins-off {
		return ErrFull
	}
	b := s.mem.Alloc(int(n))
	if b == nil {
		return ErrNoMemory
	}
	newBin(b, off)
	s.addBin(b)
	s.setStart(off+binHeader, true)
	s.measure(off / pageSize)
	s.mark(off, n)
	return nil
}

// alloc makes a cell for n bytes of data, which are zero.
func (s *store) alloc(n int) (Cell, error) {
	if n < 0 || n > maxBins-pageSize {
		return NoCell, ErrFull
	}
	size := uint32(n+4+7) &^ 7
	page := s.free.first(size)
	if page < 0 {
		if err := s.grow(size); err != nil {
			return NoCell, err
		}
		page = s.free.first(size)
	}
	off := uint32(page) * pageSize
	for {
		o, _ := s.next(off, uint32(page+1)*pageSize) // the tree says there is one
		if s.cellSize(o) >= int32(size) {
			off = o
			break
		}
		off = o + 8
	}
	s.split(off, size)
	b := s.at(off)
	le.PutUint32(b, uint32(-int32(size)))
	clear(b[4:size])
	s.mark(off, size)
	s.measure(uint32(page))
	if next := (off + size) / pageSize; next != uint32(page) && s.isStart(off+size) {
		s.measure(next)
	}
	return Cell(off) | s.bit, nil
}

// cut makes what a free cell has behind its first size bytes a cell of its
// own.
func (s *store) cut(off, size uint32) {
	if s.split(off, size) {
		s.measure((off + size) / pageSize)
	}
}

// split is cut without the measuring, and reports whether there was a rest.
func (s *store) split(off, size uint32) bool {
	rest := uint32(s.cellSize(off)) - size
	if rest == 0 {
		return false
	}
	s.setStart(off+size, true)
	s.setSize(off+size, int32(rest))
	return true
}

// freeCell frees a cell: free neighbours of the same bin become one with it.
func (s *store) freeCell(c Cell) {
	off := uint32(c &^ volatileBit)
	size := uint32(-s.cellSize(off))
	b := s.binAt(off)
	if next := off + size; next < b.off+uint32(len(b.b)) && s.cellSize(next) > 0 {
		size += uint32(s.cellSize(next))
		s.setStart(next, false)
		s.measure(next / pageSize)
	}
	if prev, ok := s.previous(off); ok && s.cellSize(prev) > 0 {
		s.setStart(off, false)
		s.measure(off / pageSize)
		size += uint32(s.cellSize(prev))
		off = prev
	}
	s.setSize(off, int32(size))
	s.measure(off / pageSize)
}

// resize makes a cell's data n bytes long or longer. The cell may move; what it
// holds stays, and new bytes are zero.
func (s *store) resize(c Cell, n int) (Cell, error) {
	off := uint32(c &^ volatileBit)
	have, want := uint32(-s.cellSize(off)), uint32(n+4+7)&^7
	if want <= have {
		return c, nil
	}
	b := s.binAt(off)
	if next := off + have; next < b.off+uint32(len(b.b)) {
		if more := s.cellSize(next); more > 0 && have+uint32(more) >= want {
			s.setStart(next, false)
			s.setSize(off, int32(have+uint32(more)))
			s.cut(off, want)
			s.setSize(off, -int32(want))
			clear(s.at(off)[have:want])
			s.mark(off, want)
			s.measure(next / pageSize)
			return c, nil
		}
	}
	to, err := s.alloc(n)
	if err != nil {
		return NoCell, err
	}
	copy(s.at(uint32(to &^ volatileBit))[4:], s.at(off)[4:have])
	s.freeCell(c)
	return to, nil
}
