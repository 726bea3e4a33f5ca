package main

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"gont/pe"
)

// Places in the image (PE format, 2 to 5). Sections lie in the file as in memory.
const (
	page      = pe.PageSize
	base      = 0x10000
	peOffset  = 0x40
	checkSum  = peOffset + 4 + 20 + 64
	codeRVA   = page
	importRVA = 2 * page
	imageSize = 3 * page

	// In the section with the import table: two descriptors, the second of zeros; the
	// names of the one import, the pointers for their addresses, both ended by a zero.
	namesAt = 40
	slotsAt = namesAt + 16
	entryAt = slotsAt + 16 // hint and name
)

// image makes the file.
func image(module, entry string) ([]byte, error) {
	for _, s := range []string{module, entry} {
		if s == "" || len(s) > 200 {
			return nil, fmt.Errorf("%q cannot be a name", s)
		}
		for i := range len(s) {
			if s[i] <= ' ' || s[i] > '~' {
				return nil, fmt.Errorf("%q has a character that is not printable ASCII", s)
			}
		}
	}
	le := binary.LittleEndian
	// jmp *slot(%rip)
	code := le.AppendUint32([]byte{0xFF, 0x25}, importRVA+slotsAt-(codeRVA+6))

	t := make([]byte, entryAt)
	moduleAt := entryAt + 2 + len(entry) + 1
	le.PutUint32(t, importRVA+namesAt)
	le.PutUint32(t[12:], uint32(importRVA+moduleAt))
	le.PutUint32(t[16:], importRVA+slotsAt)
	le.PutUint64(t[namesAt:], importRVA+entryAt)
	le.PutUint64(t[slotsAt:], importRVA+entryAt)
	t = append(t, 0, 0)
	t = append(t, entry+"\x00"+module+"\x00"...)

	fh := pe.FileHeader{Machine: pe.MachineAMD64, NumberOfSections: 2, SizeOfOptionalHeader: uint16(binary.Size(pe.OptionalHeader{})),
		Characteristics: pe.FileRelocsStripped | pe.FileExecutableImage | pe.FileLargeAddressAware}
	oh := pe.OptionalHeader{Magic: pe.Magic64, MajorLinkerVersion: 1, SizeOfCode: page, SizeOfInitializedData: page,
		AddressOfEntryPoint: codeRVA, BaseOfCode: codeRVA, ImageBase: base, SectionAlignment: page, FileAlignment: 512,
		MajorOperatingSystemVersion: 6, MinorOperatingSystemVersion: 1, MajorSubsystemVersion: 6, MinorSubsystemVersion: 1,
		SizeOfImage: imageSize, SizeOfHeaders: page, Subsystem: pe.SubsystemNative, DllCharacteristics: pe.DllNxCompat, NumberOfRvaAndSizes: 16}
	oh.DataDirectory[1] = pe.DataDirectory{VirtualAddress: importRVA, Size: 40}
	section := func(name string, rva, size, flags uint32) pe.SectionHeader {
		h := pe.SectionHeader{VirtualSize: size, VirtualAddress: rva, SizeOfRawData: 512, PointerToRawData: page + (rva - codeRVA), Characteristics: flags}
		copy(h.Name[:], name)
		return h
	}
	var b bytes.Buffer
	dos := make([]byte, peOffset)
	copy(dos, "MZ")
	le.PutUint32(dos[0x3C:], peOffset)
	b.Write(dos)
	b.WriteString("PE\x00\x00")
	for _, v := range []any{fh, oh,
		section("INIT", codeRVA, uint32(len(code)), pe.Read|pe.Execute|pe.Code),
		section(".idata", importRVA, uint32(len(t)), pe.Read|pe.Write|pe.InitializedData)} {
		if err := binary.Write(&b, le, v); err != nil {
			return nil, err
		}
	}
	out := make([]byte, importRVA+512)
	copy(out, b.Bytes())
	copy(out[codeRVA:], code)
	copy(out[importRVA:], t)
	le.PutUint32(out[checkSum:], pe.Sum(out))
	if _, err := pe.ParseDriver(out); err != nil {
		return nil, fmt.Errorf("makes an image that GoNT refuses: %w", err)
	}
	return out, nil
}
