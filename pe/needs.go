package pe

// Entries of the optional header's directory table (PE format, 3.4.3).
const (
	dirImport = 1
	dirTLS    = 9
	dirDelay  = 13
	dirCLR    = 14
)

// needs refuses an image that needs what is not in its file: another image, a
// runtime, thread-local data. o is the optional header. GoNT has nobody who
// brings any of these to an image; where imports may be there, they are for the caller
// to look at.
func (m *Image) needs(file, o []byte, imports bool) error {
	if dir := directory(o, dirImport); dir != 0 && !imports {
		if err := m.imports(file, dir, 20, 12); err != nil {
			return err
		}
	}
	if dir := directory(o, dirDelay); dir != 0 {
		if err := m.imports(file, dir, 32, 4); err != nil {
			return err
		}
	}
	switch {
	case directory(o, dirTLS) != 0:
		return &Error{Runtime, "it has thread-local data, which nobody sets up"}
	case directory(o, dirCLR) != 0:
		return &Error{Runtime, "it needs the .NET runtime, which is not there"}
	}
	return nil
}

// directory is the RVA of an entry, 0 when there is none.
func directory(o []byte, i int) uint32 {
	if n := le32(o[108:]); uint64(i) >= uint64(n) || optionalSize+8*i+8 > len(o) {
		return 0
	}
	return le32(o[optionalSize+8*i:])
}

// imports reads the first descriptor of a table at an RVA. A table ends with
// a descriptor of zeros; the name's RVA is at nameAt in a descriptor of size bytes.
func (m *Image) imports(file []byte, rva uint32, size, nameAt int) error {
	d := m.bytes(file, rva, size)
	if d == nil {
		return &Error{Layout, "import table is outside the image"}
	}
	empty := true
	for _, c := range d {
		empty = empty && c == 0
	}
	if empty {
		return nil
	}
	if name := m.bytes(file, le32(d[nameAt:]), 1); name != nil && le32(d[nameAt:]) != 0 {
		if name = name[:min(cap(name), 64)]; printable(name) != "" {
			return &Error{Imports, "it needs " + printable(name) + ", which is not there"}
		}
	}
	return &Error{Imports, "it needs another file, which is not there"}
}

// bytes is n bytes of an image at an RVA, nil when not all of them are in one
// section. Its capacity goes to the end of what the file has for the section.
func (m *Image) bytes(file []byte, rva uint32, n int) []byte {
	if uint64(rva)+uint64(n) <= uint64(m.HeaderSize) {
		return file[rva : int(rva)+n : m.HeaderSize]
	}
	for i := range m.Sections {
		s := &m.Sections[i]
		if rva < s.RVA || rva-s.RVA >= s.Size {
			continue
		}
		off := uint64(rva - s.RVA)
		switch {
		case off+uint64(n) > uint64(s.Size):
			return nil
		case off+uint64(n) > uint64(s.FileSize):
			b := make([]byte, n) // what the file does not have is zero
			if off < uint64(s.FileSize) {
				copy(b, file[uint64(s.FileOffset)+off:uint64(s.FileOffset)+uint64(s.FileSize)])
			}
			return b
		}
		at := uint64(s.FileOffset) + off
		return file[at : at+uint64(n) : uint64(s.FileOffset)+uint64(s.FileSize)]
	}
	return nil
}
