package mm

import (
	"bytes"
	"debug/pe"
	"errors"

	"gont/ke"
	"gont/nt"
)

// Section is a section: an image (SEC_IMAGE), the pages of a PE32+ file, copied
// where an address space that maps them writes; or memory of the paging file
// (data). Base to Subsystem are an image's.
type Section struct {
	mu    ke.FastMutex
	data  *dataSection
	Name  string
	Base  uint64 // preferred, and only, address
	Size  uint64 // bytes, whole pages
	Entry uint64 // address of the first instruction
	// StackReserve is what the image asks for its first thread's stack.
	StackReserve uint64
	StackCommit  uint64 // and of it at once
	Subsystem    uint16
	image        nt.SectionImageInformation
	parts        []part
	pages        []uint32 // frame by page index; noPage is a zero page
	views        int
	deleted      bool // nobody can map it any more
}

// part is a PE section.
type part struct {
	first, count int
	protect      uint32
}

// Errors of NewImageSection; the kernel answers STATUS_INVALID_IMAGE_FORMAT.
var (
	ErrNotImage    = errors.New("mm: not a PE32+ image for AMD64")
	ErrImageLayout = errors.New("mm: image sections overlap, are not page aligned, or leave the image")
	ErrImageWX     = errors.New("mm: image has a section that is both writable and executable")
	ErrImageSpace  = errors.New("mm: image is not linked for user space")
	ErrImageEntry  = errors.New("mm: image's entry point is not in executable code")
	ErrNoPages     = errors.New("mm: no memory for the image")
)

const imageNumberOfSectionsMax = 96 // PE specification, 3.3

// NewImageSection reads a PE32+ file and gives its contents page frames
// (SPEC P1.18). The file's bytes are not kept.
func NewImageSection(name string, file []byte) (*Section, error) {
	f, err := pe.NewFile(bytes.NewReader(file))
	if err != nil {
		return nil, ErrNotImage
	}
	h, ok := f.OptionalHeader.(*pe.OptionalHeader64)
	if !ok || f.Machine != pe.IMAGE_FILE_MACHINE_AMD64 || f.Characteristics&pe.IMAGE_FILE_EXECUTABLE_IMAGE == 0 {
		return nil, ErrNotImage
	}
	if h.SectionAlignment != PageSize || h.SizeOfImage == 0 || len(f.Sections) > imageNumberOfSectionsMax {
		return nil, ErrImageLayout
	}
	s := &Section{Name: name, Base: h.ImageBase, Size: roundUp(uint64(h.SizeOfImage)),
		Entry: h.ImageBase + uint64(h.AddressOfEntryPoint), StackReserve: h.SizeOfStackReserve, StackCommit: h.SizeOfStackCommit, Subsystem: h.Subsystem}
	s.image = nt.SectionImageInformation{TransferAddress: s.Entry, MaximumStackSize: s.StackReserve, CommittedStackSize: s.StackCommit,
		SubSystemType: uint32(h.Subsystem), SubSystemVersion: uint32(h.MajorSubsystemVersion)<<16 | uint32(h.MinorSubsystemVersion),
		ImageCharacteristics: f.Characteristics, DllCharacteristics: h.DllCharacteristics, Machine: f.Machine, ImageContainsCode: 1,
		LoaderFlags: h.LoaderFlags, ImageFileSize: uint32(len(file)), CheckSum: h.CheckSum}
	if s.Base%nt.AllocationGranularity != 0 || !userRange(s.Base, s.Size) {
		return nil, ErrImageSpace
	}
	s.pages = make([]uint32, s.Size/PageSize)
	for i := range s.pages {
		s.pages[i] = noPage
	}
	next := uint64(PageSize) // the headers' page
	header := file[:min(uint64(h.SizeOfHeaders), PageSize, uint64(len(file)))]
	if err := s.fill(0, header); err != nil {
		s.free()
		return nil, err
	}
	s.parts = append(s.parts, part{0, 1, nt.PageReadOnly})
	entryOK := false
	for _, ps := range f.Sections {
		inMemory := ps.VirtualSize
		if inMemory == 0 { // old linkers: as in the file
			inMemory = ps.Size
		}
		va, size := uint64(ps.VirtualAddress), roundUp(uint64(max(inMemory, ps.Size)))
		if va%PageSize != 0 || va < next || va+size > s.Size || uint64(ps.Offset)+uint64(ps.Size) > uint64(len(file)) {
			s.free()
			return nil, ErrImageLayout
		}
		next = va + size
		protect := uint32(nt.PageReadOnly)
		w, x := ps.Characteristics&pe.IMAGE_SCN_MEM_WRITE != 0, ps.Characteristics&pe.IMAGE_SCN_MEM_EXECUTE != 0
		switch {
		case w && x:
			s.free()
			return nil, ErrImageWX
		case w:
			protect = nt.PageWriteCopy
		case x:
			protect = nt.PageExecuteRead
			if a := uint64(h.AddressOfEntryPoint); a >= va && a < va+size {
				entryOK = true
			}
		}
		raw := file[ps.Offset : uint64(ps.Offset)+uint64(min(ps.Size, inMemory))]
		if err := s.fill(int(va/PageSize), raw); err != nil {
			s.free()
			return nil, err
		}
		s.parts = append(s.parts, part{int(va / PageSize), int(size / PageSize), protect})
	}
	if !entryOK {
		s.free()
		return nil, ErrImageEntry
	}
	return s, nil
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
		b = b[copy(machine.Page(n)[:], b):]
	}
	return nil
}

func (s *Section) free() {
	if s.data != nil {
		s.data.free()
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
}

func (s *Section) unmapped() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.views--; s.views == 0 && s.deleted {
		s.free()
	}
}

// Delete is for the end of the section object: views stay what they are, and
// the pages are given back with the last.
func (s *Section) Delete() {
	s.mu.Lock()
	if s.deleted = true; s.views == 0 {
		s.free()
	}
	s.mu.Unlock()
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
