package mm

import (
	"bytes"
	"debug/pe"
	"encoding/binary"

	"gont/nt"
)

// image describes a PE32+ file for the tests; bytes makes it.
type image struct {
	machine, characteristics, magic uint16
	base                            uint64
	alignment, size, entry, headers uint32
	sections                        []imageSection
	cut                             int // bytes missing at the end
	count                           int // sections the header claims, 0: the truth
	sum, imports                    uint32
	fixups                          pe.DataDirectory
}

type imageSection struct {
	name       string
	va, size   uint32 // in memory
	data       []byte // in the file
	flags      uint32
	raw, rawAt uint32 // instead of the truth
}

const (
	rx = pe.IMAGE_SCN_MEM_READ | pe.IMAGE_SCN_MEM_EXECUTE | pe.IMAGE_SCN_CNT_CODE
	ro = pe.IMAGE_SCN_MEM_READ | pe.IMAGE_SCN_CNT_INITIALIZED_DATA
	rw = pe.IMAGE_SCN_MEM_READ | pe.IMAGE_SCN_MEM_WRITE | pe.IMAGE_SCN_CNT_INITIALIZED_DATA
)

func pattern(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = seed + byte(i*7)
	}
	return b
}

const (
	textVA, rodataVA, dataVA = 0x1000, 0x3000, 0x4000
	dataFile, dataSize       = 0x1200, 0x3800 // the rest is zero
)

// goodImage has 2 pages of code, 1 of constants, 4 of data, the last two zero,
// and a page behind that belongs to no section.
func goodImage() *image {
	return &image{machine: pe.IMAGE_FILE_MACHINE_AMD64, characteristics: pe.IMAGE_FILE_EXECUTABLE_IMAGE | pe.IMAGE_FILE_LARGE_ADDRESS_AWARE,
		magic: 0x20B, base: nt.UserImageBase, alignment: PageSize, size: 0x9000, entry: textVA + 0x10, headers: 0x400,
		sections: []imageSection{
			{name: ".text", va: textVA, size: 0x1800, data: pattern(0x1800, 1), flags: rx},
			{name: ".rdata", va: rodataVA, size: 0x200, data: pattern(0x200, 2), flags: ro},
			{name: ".data", va: dataVA, size: dataSize, data: pattern(dataFile, 3), flags: rw},
		}}
}

func (m *image) bytes() []byte {
	var b bytes.Buffer
	dos := make([]byte, 64)
	copy(dos, "MZ")
	dos[0x3C] = 64
	b.Write(dos)
	b.WriteString("PE\x00\x00")
	count := m.count
	if count == 0 {
		count = len(m.sections)
	}
	le := binary.LittleEndian
	binary.Write(&b, le, pe.FileHeader{Machine: m.machine, NumberOfSections: uint16(count), SizeOfOptionalHeader: 240, Characteristics: m.characteristics})
	dirs := [16]pe.DataDirectory{1: {VirtualAddress: m.imports, Size: 40}, 5: m.fixups}
	binary.Write(&b, le, pe.OptionalHeader64{CheckSum: m.sum, DataDirectory: dirs, Magic: m.magic, AddressOfEntryPoint: m.entry, ImageBase: m.base, SectionAlignment: m.alignment,
		FileAlignment: 512, SizeOfImage: m.size, SizeOfHeaders: m.headers, Subsystem: 1, SizeOfStackReserve: 0x40000, NumberOfRvaAndSizes: 16})
	at := uint32(0x400)
	for i := range m.sections {
		s := &m.sections[i]
		h := pe.SectionHeader32{VirtualSize: s.size, VirtualAddress: s.va, SizeOfRawData: uint32(len(s.data)), PointerToRawData: at, Characteristics: s.flags}
		if s.raw != 0 {
			h.SizeOfRawData = s.raw
		}
		if s.rawAt != 0 {
			h.PointerToRawData = s.rawAt
		}
		copy(h.Name[:], s.name)
		binary.Write(&b, le, h)
		at += uint32(len(s.data))
	}
	if b.Len() > 0x400 && len(m.sections) < 10 {
		panic("headers too long")
	}
	if n := 0x400 - b.Len(); n > 0 {
		b.Write(make([]byte, n))
	}
	for _, s := range m.sections {
		b.Write(s.data)
	}
	return b.Bytes()[:b.Len()-m.cut]
}
