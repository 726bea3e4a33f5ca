package mm

import (
	"gont/nt"
	"gont/pe"
)

// Images that are read page by page from their file. What all processes that run an image
// share are pages that only the file needs to have: they may leave memory and are read
// again. They come through the cache's pages of the file's data, because a file's sections begin
// at any sector.

// imageFile is CONTROL_AREA of an image: its pages, and where each is in the file.
type imageFile struct {
	name  string
	data  *ControlArea // of the file
	pages *ControlArea // of the image; the PageStore is this imageFile
	parts []filePart
	// proto is what sections of the image begin as.
	proto Section
	// moves says what is changed where the image is delta bytes behind its base, nil: it cannot be
	// moved. moved are the pages of such images, by their base; guarded by data's lock.
	moves *pe.Relocations
	delta uint64
	moved map[uint64]*imageFile
}

// filePart is the part of a file that is in memory at pages [first, end).
type filePart struct {
	first, end int
	from, n    uint32 // bytes in the file
}

// MaximumImageFile is the largest file that can be an image, in bytes: it is checked as a whole.
const MaximumImageFile = 64 << 20

// Image returns a section of the image that the file is, size bytes long. All sections
// share what is in memory of it. The error is one of NewImageSection's, or of a page that cannot be
// read. The file's system lets nobody write the file as long as there are sections (ImageInUse), and tells
// of a write (ForgetImage). IRQL: PASSIVE_LEVEL, no locks; it may wait.
func (c *ControlArea) Image(name string, size uint64) (*Section, error) {
	f := c.takeImage()
	if f == nil {
		var err error
		if f, err = c.openImage(name, size); err != nil {
			return nil, err
		}
	}
	s := &Section{Name: name, Base: f.proto.Base, Size: f.proto.Size, Entry: f.proto.Entry, StackReserve: f.proto.StackReserve,
		StackCommit: f.proto.StackCommit, Subsystem: f.proto.Subsystem, image: f.proto.image, parts: f.proto.parts, moves: f.moves, file: f}
	return s, nil
}

// takeImage returns the file's image, if it is known, with one more reference.
func (c *ControlArea) takeImage() *imageFile {
	c.data.mu.Lock()
	defer c.data.mu.Unlock()
	f := c.image
	if f != nil {
		f.pages.addRef()
	}
	return f
}

// addRef takes a reference, if there is one left to share.
func (c *ControlArea) addRef() bool {
	c.data.mu.Lock()
	defer c.data.mu.Unlock()
	if c.data.file.refs == 0 {
		return false
	}
	c.data.file.refs++
	return true
}

// openImage reads the file and makes its image known.
func (c *ControlArea) openImage(name string, size uint64) (*imageFile, error) {
	if size > MaximumImageFile {
		return nil, ErrNoPages
	}
	file := make([]byte, size)
	for at := 0; at < len(file); at += PageSize {
		n, s := c.Hold(at/PageSize, min(readCluster, (len(file)-at)/PageSize), false)
		if !s.OK() {
			return nil, readError(s)
		}
		copy(file[at:], frameBytes(n)[:])
		c.Release(n, false)
	}
	s, m, err := describeImage(name, file)
	if err != nil {
		return nil, err
	}
	f := &imageFile{name: name, data: c, moves: s.moves}
	s.eachPart(m, func(p part, from, n uint32) error {
		s.parts = append(s.parts, p)
		f.parts = append(f.parts, filePart{p.first, p.first + int(roundUp(uint64(n))/PageSize), from, n})
		return nil
	})
	f.proto = Section{Base: s.Base, Size: s.Size, Entry: s.Entry, StackReserve: s.StackReserve, StackCommit: s.StackCommit,
		Subsystem: s.Subsystem, image: s.image, parts: s.parts}
	if !c.addRef() { // the image reads the file as long as it has pages
		return nil, readError(nt.StatusFileClosed)
	}
	f.pages = NewControlArea(f, s.Size, FileNotify{Free: func() { c.data.file.drop(&c.data) }})
	c.data.mu.Lock()
	other := c.image
	if other == nil {
		c.image = f
		f.pages.data.file.refs++ // the file's own, and that of the section to be made
	} else {
		other.pages.addRef()
	}
	c.data.mu.Unlock()
	if other != nil { // another thread was faster
		f.pages.Close()
		return other, nil
	}
	return f, nil
}

// readError is a status of a file that could not be read.
type readError nt.Status

func (e readError) Error() string { return "mm: the image cannot be read: " + nt.Status(e).String() }

// ImageInUse reports whether there are sections of the image that the file is, so that it may not be
// written to or deleted. Any IRQL up to APC_LEVEL.
func (c *ControlArea) ImageInUse() bool {
	c.data.mu.Lock()
	defer c.data.mu.Unlock()
	return c.image != nil && c.image.pages.refs() > 1
}

// Idle reports whether nobody but the owner uses the control area: no section of the data or of the
// image is there.
func (c *ControlArea) Idle() bool {
	c.data.mu.Lock()
	defer c.data.mu.Unlock()
	own := 1
	if c.image != nil {
		own++ // the image reads the data
	}
	return c.data.file.refs == own && (c.image == nil || c.image.pages.refs() == 1)
}

func (c *ControlArea) refs() int {
	c.data.mu.Lock()
	defer c.data.mu.Unlock()
	return c.data.file.refs
}

// ForgetImage is for a file that is written to, or goes: its image, if it was one, has to be read and checked
// again. It returns false, and does nothing, while ImageInUse.
func (c *ControlArea) ForgetImage() bool {
	c.data.mu.Lock()
	f := c.image
	if f != nil && f.pages.refs() > 1 {
		c.data.mu.Unlock()
		return false
	}
	c.image = nil
	c.data.mu.Unlock()
	if f != nil {
		f.pages.Close()
	}
	return true
}

// shareImage is share for a page of an image that is read from a file.
func (s *Section) shareImage(i int) (n uint32, private bool, st nt.Status, w pageWait) {
	if _, ok := s.file.part(i); !ok && !s.file.changes(i) {
		return 0, true, nt.StatusSuccess, w
	}
	n, st, w = s.file.pages.data.shareFile(i, faultCluster, false)
	return n, false, st, w
}

// part finds the part of the file that page i has bytes of.
func (f *imageFile) part(i int) (filePart, bool) {
	for _, p := range f.parts {
		if i >= p.first && i < p.end {
			return p, true
		}
	}
	return filePart{}, false
}

// ReadPages copies pages of the image from those of the file.
func (f *imageFile) ReadPages(page uint32, frames []uint32) nt.Status {
	for i, n := range frames {
		to := frameBytes(n)[:]
		if s := f.read(int(page)+i, 0, to); !s.OK() {
			return s
		}
		if f.delta == 0 {
			continue
		}
		if s := fixUp(f.moves, to, (page+uint32(i))*PageSize, f.delta, f.original); !s.OK() {
			return s
		}
	}
	return nt.StatusSuccess
}

// changes reports whether page i is another one because the image is not at its base.
func (f *imageFile) changes(i int) bool {
	return f.delta != 0 && f.moves.Any(uint32(i)*PageSize)
}

// read reads bytes of page i from an offset in it on, as they are at the image's base: what the file does
// not have is zero.
func (f *imageFile) read(i int, from uint32, to []byte) nt.Status {
	clear(to)
	p, ok := f.part(i)
	skip := uint32(i-p.first)*PageSize + from
	if !ok || skip >= p.n {
		return nt.StatusSuccess // between two parts
	}
	to = to[:min(uint32(len(to)), p.n-skip)]
	for at := uint64(p.from + skip); len(to) > 0; {
		frame, s := f.data.Hold(int(at/PageSize), readCluster/4, false)
		if !s.OK() {
			return s
		}
		k := copy(to, frameBytes(frame)[at%PageSize:])
		f.data.Release(frame, false)
		to, at = to[k:], at+uint64(k)
	}
	return nt.StatusSuccess
}

// WritePages is never called: nobody can write to the pages of an image, but to copies of them.
func (f *imageFile) WritePages(uint32, []uint32) nt.Status { return nt.StatusInvalidParameter }
