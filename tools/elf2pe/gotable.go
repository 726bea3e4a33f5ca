package main

import (
	"bytes"
	"debug/elf"

	"gont/pe"
)

// findGoTable describes where the Go linker's function table lies, for the debugger that looks
// for it in the image's memory (kd/pclntab). nil for a program that has none: one in assembly.
func findGoTable(data []byte, base uint64) (*pe.DebugDirectory, error) {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	table := f.Section(".gopclntab")
	if table == nil || table.Flags&elf.SHF_ALLOC == 0 {
		return nil, nil
	}
	return &pe.DebugDirectory{Type: pe.DebugTypeGo, SizeOfData: uint32(table.Size), AddressOfRawData: uint32(table.Addr - base)}, nil
}

// fileOffset is where an RVA lies in the file, 0 if nowhere.
func fileOffset(table []pe.SectionHeader, rva uint32) uint32 {
	for _, s := range table {
		if rva >= s.VirtualAddress && rva-s.VirtualAddress < s.SizeOfRawData {
			return s.PointerToRawData + rva - s.VirtualAddress
		}
	}
	return 0
}
