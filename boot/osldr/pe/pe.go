// Package pe reads the headers of a PE32+ image (Microsoft PE format, revision
// 11), as far as loading a kernel at a fixed address needs it. The standard
// library's debug/pe does more, and brings fmt, reflection and decompressors
// with it, half a megabyte that a boot loader would have to read from the disk.
// Tests compare both.
package pe

import "gont/boot/osldr/status"

// Section flags (PE format, section table).
const (
	Execute = 0x2000_0000
	Read    = 0x4000_0000
	Write   = 0x8000_0000
)

// PageSize is the section alignment that is demanded.
const PageSize = 4096

// HeaderRead is how much of a file Parse has to see.
const HeaderRead = 4096

// Section is one row of the section table. Offsets are in bytes.
type Section struct {
	Name       string
	RVA        uint32
	Size       uint32 // in memory, the part beyond FileSize is zero
	FileOffset uint32
	FileSize   uint32 // at most Size
	Flags      uint32
}

// Image is a parsed header.
type Image struct {
	Base       uint64 // preferred, and only, address
	Entry      uint32 // RVA
	Size       uint32 // bytes, whole pages
	HeaderSize uint32
	CheckSum   uint32
	Subsystem  uint16
	Sections   []Section
	FixedBase  bool // no relocations
	Characters uint16
}

func le16(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 }
func le32(b []byte) uint32 { return le16(b) | le16(b[2:])<<16 }

// Parse checks and reads the headers of an AMD64 image. b is the beginning of
// the file, HeaderRead bytes or all of it; length is the file's. The error is
// BadImage with the reason.
func Parse(b []byte, length int) (*Image, error) {
	if len(b) < 64 || le16(b) != 0x5A4D {
		return nil, status.BadImage("not a PE image (no MZ)")
	}
	at := int(le32(b[60:]))
	if at > len(b)-24 || at < 0 || le32(b[at:]) != 0x4550 {
		return nil, status.BadImage("not a PE image (no PE signature)")
	}
	h := b[at+4:]
	if le16(h) != 0x8664 {
		return nil, status.BadImage("image is not for this kind of processor (AMD64)")
	}
	n, optSize := int(le16(h[2:])), int(le16(h[16:]))
	m := &Image{Characters: uint16(le16(h[18:]))}
	m.FixedBase = m.Characters&1 != 0
	if optSize < 112 || len(h) < 20+optSize+40*n {
		return nil, status.BadImage("PE headers are cut off or too large")
	}
	o := h[20 : 20+optSize]
	if le16(o) != 0x20B {
		return nil, status.BadImage("image is not PE32+")
	}
	m.Entry = le32(o[16:])
	m.Base = uint64(le32(o[24:])) | uint64(le32(o[28:]))<<32
	m.Size, m.HeaderSize, m.CheckSum = le32(o[56:]), le32(o[60:]), le32(o[64:])
	m.Subsystem = uint16(le16(o[68:]))
	switch {
	case le32(o[32:]) != PageSize:
		return nil, status.BadImage("sections are not aligned to pages")
	case m.Base%PageSize != 0 || m.Size%PageSize != 0 || m.Size == 0 || m.Size > 1<<30:
		return nil, status.BadImage("image base or size is wrong")
	case m.HeaderSize > m.Size || int(m.HeaderSize) > length:
		return nil, status.BadImage("header size is wrong")
	case n == 0:
		return nil, status.BadImage("image has no sections")
	}
	end := m.HeaderSize
	for t := h[20+optSize:]; n > 0; n-- {
		s, err := section(t, end, m.Size, length)
		if err != nil {
			return nil, err
		}
		end = s.RVA + s.Size
		m.Sections = append(m.Sections, s)
		t = t[40:]
	}
	for i := range m.Sections {
		s := &m.Sections[i]
		if m.Entry >= s.RVA && m.Entry-s.RVA < s.Size && s.Flags&Execute != 0 {
			return m, nil
		}
	}
	return nil, status.BadImage("entry point is not in a code section")
}

// section reads one row; end is where the one before ended.
func section(t []byte, end, imageSize uint32, length int) (Section, error) {
	name := t[:8]
	for len(name) > 0 && name[len(name)-1] == 0 {
		name = name[:len(name)-1]
	}
	s := Section{
		Name: string(name), Size: le32(t[8:]), RVA: le32(t[12:]),
		FileSize: le32(t[16:]), FileOffset: le32(t[20:]), Flags: le32(t[36:]),
	}
	if s.Size == 0 {
		s.Size = s.FileSize
	}
	if uint64(s.FileOffset)+uint64(s.FileSize) > uint64(length) {
		return s, status.BadImage("section " + s.Name + " ends after the file")
	}
	s.FileSize = min(s.FileSize, s.Size)
	switch {
	case s.RVA%PageSize != 0 || s.RVA < end:
		return s, status.BadImage("section " + s.Name + " overlaps the one before it")
	case uint64(s.RVA)+uint64(s.Size) > uint64(imageSize):
		return s, status.BadImage("section " + s.Name + " ends after the image")
	case s.FileSize != 0 && s.FileOffset%512 != 0:
		return s, status.BadImage("section " + s.Name + " is not aligned in the file")
	}
	return s, nil
}
