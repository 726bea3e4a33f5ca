package pe

// Discardable is the flag of a section that only initialization needs; NT takes one that is
// called INIT for the same.
const Discardable = 0x0200_0000

// MappedSections reads the section table of an image as it lies in memory, and leaves out
// what is not inside it. The error is an *Error.
func MappedSections(image []byte) ([]Section, error) {
	at, err := header(image)
	if err != nil {
		return nil, err
	}
	h := image[at+4:]
	n, size := int(le16(h[2:])), int(le16(h[16:]))
	if n > MaxSections || len(h) < fileSize+size+rowSize*n {
		return nil, &Error{Layout, "the section table is not inside the image"}
	}
	var list []Section
	for i := range n {
		t := h[fileSize+size+rowSize*i:][:rowSize]
		s := Section{Name: printable(t[:8]), Size: le32(t[8:]), RVA: le32(t[12:]), Flags: le32(t[36:])}
		if uint64(s.RVA)+uint64(s.Size) <= uint64(len(image)) {
			list = append(list, s)
		}
	}
	return list, nil
}

// Init reports whether only initialization needs the section.
func (s *Section) Init() bool { return s.Flags&Discardable != 0 || s.Name == "INIT" }
