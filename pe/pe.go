// Package pe reads PE32+ images for AMD64 (Microsoft PE format, revision 11) and
// says which of them GoNT can run: those that are all in one file, with
// everything in its place. OSLDR, the section manager and the tools share it.
//
// Nothing in a file is believed before it is checked. Parse allocates an Image, at
// most MaxSections sections, and an error. It needs neither fmt nor reflection: a
// boot loader that the BIOS has to read is made of it, too.
package pe

// PageSize is the section alignment that is demanded.
const PageSize = 4096

// Limits.
const (
	MaxSections  = 96      // PE format, 3.3
	MaxImageSize = 1 << 30 // bytes in memory
)

// Section is one row of the section table. Offsets and sizes are in bytes.
type Section struct {
	Name       string // printable ASCII
	RVA        uint32
	Size       uint32 // in memory, the part beyond FileSize is zero
	FileOffset uint32
	FileSize   uint32 // at most Size
	Flags      uint32
}

// Image is what the headers say.
type Image struct {
	Base                                         uint64 // preferred, and only, address
	Entry                                        uint32 // RVA of the first instruction
	Size                                         uint32 // bytes in memory, whole pages
	HeaderSize                                   uint32 // bytes of the file that are headers
	CheckSum                                     uint32 // 0 when there is none
	StackReserve, StackCommit                    uint64
	LoaderFlags                                  uint32
	MajorSubsystemVersion, MinorSubsystemVersion uint16
	Machine, Characteristics                     uint16
	Subsystem, DllCharacteristics                uint16
	Sections                                     []Section // ascending, without overlap
}

func le16(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 }
func le32(b []byte) uint32 { return le16(b) | le16(b[2:])<<16 }

// le64 is written so that the compiler makes one load of it.
func le64(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// Offsets in the headers.
const (
	lfanew       = 60 // in the DOS header: where the PE signature is
	dosSize      = 64
	fileSize     = 20  // file header, behind the signature
	optionalSize = 112 // optional header without its directories
	rowSize      = 40  // of the section table
)

// Parse checks a whole file and reads its headers. The error is an *Error.
func Parse(file []byte) (*Image, error) { return parse(file, false) }

func parse(file []byte, imports bool) (*Image, error) {
	at, err := header(file)
	if err != nil {
		return nil, err
	}
	h := file[at+4:]
	n, size := int(le16(h[2:])), int(le16(h[16:]))
	m := &Image{Machine: uint16(le16(h)), Characteristics: uint16(le16(h[18:]))}
	switch {
	case m.Machine != MachineAMD64:
		return nil, &Error{Machine, "image is not for this kind of processor (AMD64)"}
	case m.Characteristics&FileExecutableImage == 0:
		return nil, &Error{NotImage, "image is not linked"}
	case n > MaxSections:
		return nil, &Error{Layout, "image has too many sections"}
	case size < optionalSize || len(h) < fileSize+size+rowSize*n:
		return nil, &Error{NotImage, "PE headers are cut off or too large"}
	}
	o := h[fileSize : fileSize+size]
	if le16(o) != Magic64 {
		return nil, &Error{NotImage, "image is not PE32+"}
	}
	m.optional(o)
	end := uint64(at) + 4 + fileSize + uint64(size) + uint64(rowSize*n)
	switch {
	case le32(o[32:]) != PageSize:
		return nil, &Error{Layout, "sections are not aligned to pages"}
	case m.Base%PageSize != 0 || m.Size%PageSize != 0 || m.Size == 0 || m.Size > MaxImageSize || m.Base+uint64(m.Size) < m.Base:
		return nil, &Error{Layout, "image base or size is wrong"}
	case m.HeaderSize > m.Size || uint64(m.HeaderSize) > uint64(len(file)) || uint64(m.HeaderSize) < end:
		return nil, &Error{Layout, "header size is wrong"}
	case n == 0:
		return nil, &Error{Layout, "image has no sections"}
	}
	if err := m.sections(h[fileSize+size:], n, len(file)); err != nil {
		return nil, err
	}
	if !m.inCode(m.Entry) {
		return nil, &Error{Entry, "entry point is not in a code section"}
	}
	if m.CheckSum != 0 && m.CheckSum != Sum(file) {
		return nil, &Error{BadSum, "checksum is wrong"}
	}
	if err := m.needs(file, o, imports); err != nil {
		return nil, err
	}
	return m, nil
}

// header returns where the PE signature is. The file header behind it is whole.
func header(file []byte) (int, error) {
	if len(file) < dosSize || le16(file) != 0x5A4D {
		return 0, &Error{NotImage, "not a PE image (no MZ)"}
	}
	at := uint64(le32(file[lfanew:]))
	if at%4 != 0 || at+4+fileSize > uint64(len(file)) || le32(file[at:]) != 0x4550 {
		return 0, &Error{NotImage, "not a PE image (no PE signature)"}
	}
	return int(at), nil
}

func (m *Image) optional(o []byte) {
	m.Entry = le32(o[16:])
	m.Base = le64(o[24:])
	m.MajorSubsystemVersion, m.MinorSubsystemVersion = uint16(le16(o[48:])), uint16(le16(o[50:]))
	m.Size, m.HeaderSize, m.CheckSum = le32(o[56:]), le32(o[60:]), le32(o[64:])
	m.Subsystem, m.DllCharacteristics = uint16(le16(o[68:])), uint16(le16(o[70:]))
	m.StackReserve, m.StackCommit = le64(o[72:]), le64(o[80:])
	m.LoaderFlags = le32(o[104:])
}

// sections reads the n rows of the section table t, which is whole.
func (m *Image) sections(t []byte, n, length int) error {
	m.Sections = make([]Section, n)
	end := uint64(m.HeaderSize)
	for i := range m.Sections {
		s := &m.Sections[i]
		if err := s.read(t[i*rowSize:][:rowSize], end, m.Size, length); err != nil {
			return err
		}
		end = uint64(s.RVA) + uint64(s.Size)
	}
	return nil
}

// read reads one row; end is where the section before ends.
func (s *Section) read(t []byte, end uint64, imageSize uint32, length int) error {
	*s = Section{
		Name: printable(t[:8]), Size: le32(t[8:]), RVA: le32(t[12:]),
		FileSize: le32(t[16:]), FileOffset: le32(t[20:]), Flags: le32(t[36:]),
	}
	if s.Size == 0 { // old linkers: as in the file
		s.Size = s.FileSize
	}
	if uint64(s.FileOffset)+uint64(s.FileSize) > uint64(length) {
		return &Error{Layout, "section " + s.Name + " ends after the file"}
	}
	s.FileSize = min(s.FileSize, s.Size)
	switch {
	case s.RVA%PageSize != 0 || uint64(s.RVA) < end:
		return &Error{Layout, "section " + s.Name + " overlaps the one before it"}
	case uint64(s.RVA)+uint64(s.Size) > uint64(imageSize):
		return &Error{Layout, "section " + s.Name + " ends after the image"}
	case s.FileSize != 0 && s.FileOffset%512 != 0:
		return &Error{Layout, "section " + s.Name + " is not aligned in the file"}
	case s.Flags&Write != 0 && s.Flags&Execute != 0:
		return &Error{WriteExecute, "section " + s.Name + " is both writable and executable"}
	}
	return nil
}

func (m *Image) inCode(rva uint32) bool {
	for i := range m.Sections {
		s := &m.Sections[i]
		if rva >= s.RVA && rva-s.RVA < s.Size {
			return s.Flags&Execute != 0
		}
	}
	return false
}

// printable is a name of a file as far as it is printable ASCII without zeros.
func printable(b []byte) string {
	n := 0
	for n < len(b) && b[n] > ' ' && b[n] < 0x7F {
		n++
	}
	return string(b[:n])
}

// Place puts an image's headers and sections where they lie in memory, which has at least
// m.Size bytes, and zeroes the rest. file is what Parse has read.
func (m *Image) Place(memory, file []byte) {
	at := uint32(copy(memory, file[:m.HeaderSize]))
	for i := range m.Sections {
		s := &m.Sections[i]
		clear(memory[at:s.RVA])
		copy(memory[s.RVA:], file[s.FileOffset:s.FileOffset+s.FileSize])
		at = s.RVA + s.FileSize
	}
	clear(memory[at:])
}
