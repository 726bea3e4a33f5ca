package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"

	"github.com/pierrec/lz4/v4"

	"gont/pe"
)

// Limits and places in the file we write (PE/COFF specification, sections 2-4).
const (
	maxImage      = pe.MaxImageSize
	fileAlign     = 0x200
	peOffset      = 0x40 // right after the DOS header
	checkSumField = peOffset + 4 + 20 + 64
	majorVersion  = 6 // of the system and subsystem wanted: NT 6.1
	minorVersion  = 1
)

var subsystems = map[string]uint16{
	"native":  pe.SubsystemNative,
	"gui":     pe.SubsystemWindowsGUI,
	"console": pe.SubsystemWindowsCUI,
}

type options struct {
	base                      uint64
	checkBase                 bool
	subsystem                 uint16
	stackReserve, stackCommit uint64
	exports                   bool   // of drivers' entries
	module                    string // the image's own name, for that
}

// convert returns the PE32+ image for the ELF file in data. The same input
// gives the same bytes: all times are zero.
func convert(data []byte, opt options) ([]byte, error) {
	p, err := readELF(data)
	if err != nil {
		return nil, err
	}
	if opt.checkBase && p.base != opt.base {
		return nil, fmt.Errorf("is linked for base %#x, not %#x", p.base, opt.base)
	}
	if p.base%0x10000 != 0 {
		return nil, fmt.Errorf("image base %#x is not a multiple of 64 KiB", p.base)
	}
	last := p.segments[len(p.segments)-1]
	imageSize := last.addr + last.size - p.base
	if imageSize > maxImage {
		return nil, fmt.Errorf("image of %#x bytes is larger than 1 GiB", imageSize)
	}

	oh := pe.OptionalHeader{
		Magic:                       pe.Magic64,
		MajorLinkerVersion:          1,
		AddressOfEntryPoint:         uint32(p.entry - p.base),
		ImageBase:                   p.base,
		SectionAlignment:            pageSize,
		FileAlignment:               fileAlign,
		MajorOperatingSystemVersion: majorVersion,
		MinorOperatingSystemVersion: minorVersion,
		MajorSubsystemVersion:       majorVersion,
		MinorSubsystemVersion:       minorVersion,
		SizeOfImage:                 uint32(imageSize),
		Subsystem:                   opt.subsystem,
		DllCharacteristics:          pe.DllNxCompat,
		SizeOfStackReserve:          opt.stackReserve,
		SizeOfStackCommit:           opt.stackCommit,
		SizeOfHeapReserve:           1 << 20,
		SizeOfHeapCommit:            pageSize,
		NumberOfRvaAndSizes:         16,
	}
	if err := findResources(p, &oh); err != nil {
		return nil, err
	}
	fh := pe.FileHeader{
		Machine:              pe.MachineAMD64,
		NumberOfSections:     uint16(len(p.segments)),
		SizeOfOptionalHeader: uint16(binary.Size(oh)),
		Characteristics: pe.FileRelocsStripped | pe.FileExecutableImage |
			pe.FileLineNumsStripped | pe.FileLocalSymsStripped |
			pe.FileLargeAddressAware | pe.FileDebugStripped,
	}
	headers := peOffset + 4 + binary.Size(fh) + binary.Size(oh) + len(p.segments)*binary.Size(pe.SectionHeader{})
	if headers > pageSize {
		return nil, fmt.Errorf("%d segments do not fit into one page of headers", len(p.segments))
	}
	var exports []byte
	if opt.exports {
		list, err := driverEntries(data, p.base)
		if err != nil {
			return nil, err
		}
		headers = (headers + 15) &^ 15
		exports = exportTable(opt.module, list, uint32(headers))
		oh.DataDirectory[0] = pe.DataDirectory{VirtualAddress: uint32(headers), Size: uint32(len(exports))}
		if headers += len(exports); headers > pageSize {
			return nil, fmt.Errorf("%d exports do not fit into one page of headers", len(list))
		}
	}
	goTable, err := findGoTable(data, p.base)
	if err != nil {
		return nil, err
	}
	if goTable != nil {
		headers = (headers + 3) &^ 3
		oh.DataDirectory[pe.DirectoryDebug] = pe.DataDirectory{VirtualAddress: uint32(headers), Size: pe.DebugDirectorySize}
		fh.Characteristics &^= pe.FileDebugStripped
		if headers += pe.DebugDirectorySize; headers > pageSize {
			return nil, fmt.Errorf("the debug directory does not fit into one page of headers")
		}
	}
	oh.SizeOfHeaders = uint32(alignFile(headers))

	table, raw := sections(p, &oh)
	var b bytes.Buffer
	b.Write(dosHeader())
	b.WriteString("PE\x00\x00")
	for _, v := range []any{fh, oh, table} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			return nil, err
		}
	}
	if exports != nil {
		b.Write(make([]byte, int(oh.DataDirectory[0].VirtualAddress)-b.Len()))
		b.Write(exports)
	}
	if goTable != nil {
		goTable.PointerToRawData = fileOffset(table, goTable.AddressOfRawData)
		b.Write(make([]byte, int(oh.DataDirectory[pe.DirectoryDebug].VirtualAddress)-b.Len()))
		if err := binary.Write(&b, binary.LittleEndian, goTable); err != nil {
			return nil, err
		}
	}
	pad(&b)
	b.Write(raw)
	out := b.Bytes()
	binary.LittleEndian.PutUint32(out[checkSumField:], pe.Sum(out))
	if _, err := pe.Parse(out); err != nil {
		return nil, fmt.Errorf("makes an image that GoNT refuses: %w", err)
	}
	return out, nil
}

// sections lays out the section table and the raw data behind the headers and
// fills the sums in the optional header.
func sections(p *program, oh *pe.OptionalHeader) ([]pe.SectionHeader, []byte) {
	var table []pe.SectionHeader
	var raw bytes.Buffer
	seen := map[string]int{}
	for i, s := range p.segments {
		name, flags := ".rdata", uint32(pe.Read)
		switch {
		case s.flags&elf.PF_X != 0:
			name, flags = ".text", flags|pe.Execute|pe.Code
		case s.flags&elf.PF_W != 0:
			name, flags = ".data", flags|pe.Write
		}
		if len(s.data) == 0 {
			name, flags = ".bss", flags|pe.UninitializedData
		} else if flags&pe.Code == 0 {
			flags |= pe.InitializedData
		}
		if seen[name]++; seen[name] > 1 {
			name += fmt.Sprint(seen[name])
		}
		// The sections of a PE image follow one another without a gap.
		size := s.size
		if i+1 < len(p.segments) {
			size = p.segments[i+1].addr - s.addr
		}
		h := pe.SectionHeader{
			VirtualSize:     uint32(size),
			VirtualAddress:  uint32(s.addr - p.base),
			Characteristics: flags,
		}
		copy(h.Name[:], name)
		if len(s.data) > 0 {
			h.PointerToRawData = oh.SizeOfHeaders + uint32(raw.Len())
			h.SizeOfRawData = uint32(alignFile(len(s.data)))
			raw.Write(s.data)
			pad(&raw)
		}
		switch {
		case flags&pe.Code != 0:
			if oh.BaseOfCode == 0 {
				oh.BaseOfCode = h.VirtualAddress
			}
			oh.SizeOfCode += h.SizeOfRawData
		default:
			oh.SizeOfInitializedData += h.SizeOfRawData
			oh.SizeOfUninitializedData += uint32(size) - min(uint32(size), h.SizeOfRawData)
		}
		table = append(table, h)
	}
	return table, raw.Bytes()
}

// dosHeader is the 64 bytes every PE file begins with; only the magic number
// and the offset of the PE header are used.
func dosHeader() []byte {
	h := make([]byte, peOffset)
	copy(h, "MZ")
	binary.LittleEndian.PutUint32(h[0x3c:], peOffset)
	return h
}

func alignFile(n int) int { return (n + fileAlign - 1) &^ (fileAlign - 1) }

func pad(b *bytes.Buffer) { b.Write(make([]byte, alignFile(b.Len())-b.Len())) }

// frame wraps data in one LZ4 frame with content size and checksums.
func frame(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w := lz4.NewWriter(&b)
	err := w.Apply(lz4.CompressionLevelOption(lz4.Level9), lz4.BlockSizeOption(lz4.Block4Mb),
		lz4.SizeOption(uint64(len(data))), lz4.ChecksumOption(true), lz4.ConcurrencyOption(1))
	if err != nil {
		return nil, err
	}
	if _, err = w.Write(data); err != nil {
		return nil, err
	}
	if err = w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
