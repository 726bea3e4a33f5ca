package mm

import (
	"errors"

	"gont/ke"
	"gont/nt"
	"gont/pe"
)

// Section is a section: an image (SEC_IMAGE), the pages of a PE32+ file, copied
// where an address space that maps them writes; or memory of the paging file
// (data). Base to Subsystem are an image's.
type Section struct {
	mu    ke.FastMutex
	data  *dataSection
	limit uint32 // PAGE_*: the most that a view of data may have
	Name  string
	Path  string // an image's: the file's full name when the section was made; "": it has none
	Base  uint64 // preferred address
	Size  uint64 // bytes, whole pages
	Entry uint64 // address of the first instruction
	// StackReserve is what the image asks for its first thread's stack.
	StackReserve uint64
	StackCommit  uint64 // and of it at once
	Subsystem    uint16
	image        nt.SectionImageInformation
	parts        []part
	moves        *pe.Relocations // nil: the image can be at its base only
	pages        []uint32        // frame by page index; noPage is a zero page
	file         *imageFile      // where the pages come from, when they are not in pages
	views        int
	deleted      bool // nobody can map it any more
}

// part is a PE section.
type part struct {
	first, count int
	protect      uint32
}

// Errors of NewImageSection besides those of package pe. ImageStatus has the
// answers to programs.
var (
	ErrImageSpace = errors.New("mm: image is not linked for user space")
	ErrNoPages    = errors.New("mm: no memory for the image")
)

// imageError is a refusal of package pe, as the stop screen shows it.
type imageError struct{ refused *pe.Error }

func (e imageError) Error() string {
	text := "mm: " + e.refused.Kind.Error()
	if e.refused.Reason != e.refused.Kind.Error() {
		text += ": " + e.refused.Reason
	}
	return text
}

func (e imageError) Unwrap() error { return e.refused }

// ImageStatus is the status of an error of NewImageSection.
func ImageStatus(err error) nt.Status {
	var e *pe.Error
	var unread readError
	switch {
	case err == nil:
		return nt.StatusSuccess
	case errors.As(err, &e):
		return nt.Status(e.Status())
	case errors.Is(err, ErrNoPages):
		return nt.StatusNoMemory
	case errors.As(err, &unread):
		return nt.Status(unread)
	}
	return nt.StatusInvalidImageFormat
}

// NewImageSection reads a PE32+ file and gives its contents page frames
// (SPEC P1.18). Package pe says which files it takes. The file's bytes are not
// kept. The error wraps a *pe.Error, or is ErrImageSpace or ErrNoPages.
func NewImageSection(name string, file []byte) (*Section, error) {
	s, m, err := describeImage(name, file)
	if err != nil {
		return nil, err
	}
	s.pages = make([]uint32, s.Size/PageSize)
	for i := range s.pages {
		s.pages[i] = noPage
	}
	err = s.eachPart(m, func(p part, from, n uint32) error {
		s.parts = append(s.parts, p)
		if err := s.fill(p.first, file[from:][:n]); err != nil {
			s.free()
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// describeImage makes a section of what an image's headers say, without pages.
func describeImage(name string, file []byte) (*Section, *pe.Image, error) {
	m, err := pe.Parse(file)
	var refused *pe.Error
	if errors.As(err, &refused) {
		return nil, nil, imageError{refused}
	}
	if m.Base%nt.AllocationGranularity != 0 || !userRange(m.Base, uint64(m.Size)) {
		return nil, nil, ErrImageSpace
	}
	moves, _ := m.Relocations(file)
	s := &Section{Name: name, Base: m.Base, Size: uint64(m.Size), Entry: m.Base + uint64(m.Entry),
		StackReserve: m.StackReserve, StackCommit: m.StackCommit, Subsystem: m.Subsystem, moves: moves}
	s.image = nt.SectionImageInformation{TransferAddress: s.Entry, MaximumStackSize: s.StackReserve, CommittedStackSize: s.StackCommit,
		SubSystemType: uint32(m.Subsystem), SubSystemVersion: uint32(m.MajorSubsystemVersion)<<16 | uint32(m.MinorSubsystemVersion),
		ImageCharacteristics: m.Characteristics, DllCharacteristics: m.DllCharacteristics, Machine: m.Machine, ImageContainsCode: 1,
		LoaderFlags: m.LoaderFlags, ImageFileSize: uint32(len(file)), CheckSum: m.CheckSum}
	return s, m, nil
}

// eachPart calls f for the headers and each PE section, until it returns an error: the pages in
// memory, and where in the file their contents begin and how many bytes of them it has.
func (s *Section) eachPart(m *pe.Image, f func(p part, from, n uint32) error) error {
	if err := f(part{0, int(roundUp(uint64(m.HeaderSize)) / PageSize), nt.PageReadOnly}, 0, m.HeaderSize); err != nil {
		return err
	}
	for i := range m.Sections {
		ps := &m.Sections[i]
		protect := uint32(nt.PageReadOnly)
		switch {
		case ps.Flags&pe.Write != 0:
			protect = nt.PageWriteCopy
		case ps.Flags&pe.Execute != 0:
			protect = nt.PageExecuteRead
		}
		if err := f(part{int(ps.RVA / PageSize), int(roundUp(uint64(ps.Size)) / PageSize), protect}, ps.FileOffset, ps.FileSize); err != nil {
			return err
		}
	}
	return nil
}

// fill gives frames to the pages that b covers, from page first on.
func (s *Section) fill(first int, b []byte) error {
	for i := first; len(b) > 0; i++ {
		if c := QueryCommit(); c.Committed >= c.Limit {
			return ErrNoPages
		}
		n, ok := AllocatePage(UseImage, len(b) < PageSize)
		if !ok {
			return ErrNoPages
		}
		s.pages[i] = n
		b = b[copy(frameBytes(n)[:], b):]
	}
	return nil
}

func (s *Section) free() {
	if s.data != nil {
		s.data.free()
		return
	}
	if s.file != nil {
		s.file.pages.data.file.drop(&s.file.pages.data)
		return
	}
	for i, n := range s.pages {
		if n != noPage {
			dropShare(n, false)
			s.pages[i] = noPage
		}
	}
}

// share returns the frame of a page, with one share more; private where the
// page is zero and each address space has its own; w where it has to be waited
// for first, and there is no frame yet.
func (s *Section) share(i int) (n uint32, private bool, st nt.Status, w pageWait) {
	if s.data != nil {
		n, st, w = s.data.share(i)
		return n, false, st, w
	}
	if s.file != nil {
		return s.shareImage(i)
	}
	if n = s.pages[i]; n == noPage {
		return 0, true, nt.StatusSuccess, w
	}
	addShare(n)
	return n, false, nt.StatusSuccess, w
}

// mapped and unmapped count views. With the last view of a deleted section its
// pages go.
func (s *Section) mapped() {
	s.mu.Lock()
	s.views++
	s.mu.Unlock()
	s.countView(1)
}

func (s *Section) unmapped() {
	s.countView(-1)
	s.mu.Lock()
	s.views--
	last := s.views == 0 && s.deleted
	s.mu.Unlock()
	if last {
		s.free()
	}
}

// Delete is for the end of the section object: views stay what they are, and
// the pages are given back with the last.
func (s *Section) Delete() {
	s.mu.Lock()
	s.deleted = true
	last := s.views == 0
	s.mu.Unlock()
	if last {
		s.free()
	}
	SignalZeroing()
}

// Information is what NtQuerySection tells of an image.
func (s *Section) Information() nt.SectionImageInformation { return s.image }

// Image reports whether it is an image section.
func (s *Section) Image() bool { return s.data == nil }

// Reserved reports whether it was made with SEC_RESERVE.
func (s *Section) Reserved() bool { return s.data != nil && s.data.reserve }

// Pages returns how many frames the section holds.
func (s *Section) Pages() (n int) {
	for _, p := range s.pages {
		if p != noPage {
			n++
		}
	}
	return n
}
