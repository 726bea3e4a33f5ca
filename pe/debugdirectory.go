package pe

import "encoding/binary"

// DebugDirectory is an entry of an image's debug directory (PE format, 6.1.1).
type DebugDirectory struct {
	Characteristics, TimeDateStamp                       uint32
	MajorVersion, MinorVersion                           uint16
	Type, SizeOfData, AddressOfRawData, PointerToRawData uint32
}

const (
	// DirectoryDebug is the debug directory's number among the data directories.
	DirectoryDebug = 6
	// DebugTypeGo is the type of an entry that says where the Go linker's function table
	// (.gopclntab) lies. It is GoNT's own: the format leaves numbers from 21 on free.
	DebugTypeGo = 0x6F47
	// DebugDirectorySize is an entry's size.
	DebugDirectorySize = 28
)

// GoTable finds where a Go program's function table and its code lie, as RVAs. page is the first
// page of the image, as it is in memory; the entry has to lie in it. ok is false for an image that
// has no such table, and for one that is damaged.
func GoTable(page []byte) (table, size, code uint32, ok bool) {
	m := mapped(page)
	dos := m.at(0, 64)
	if dos == nil || dos[0] != 'M' || dos[1] != 'Z' {
		return 0, 0, 0, false
	}
	optional := m.at(binary.LittleEndian.Uint32(dos[0x3C:])+24, 112)
	if optional == nil || binary.LittleEndian.Uint16(optional) != Magic64 {
		return 0, 0, 0, false
	}
	image := binary.LittleEndian.Uint32(optional[56:])
	code = binary.LittleEndian.Uint32(optional[20:])
	at, bytesOf := m.directory(DirectoryDebug)
	for n := uint32(0); n+DebugDirectorySize <= min(bytesOf, 16*DebugDirectorySize); n += DebugDirectorySize {
		b := m.at(at+n, DebugDirectorySize)
		if b == nil {
			return 0, 0, 0, false
		}
		// encoding/binary would allocate: the debugger calls.
		if binary.LittleEndian.Uint32(b[12:]) != DebugTypeGo {
			continue
		}
		size, table = binary.LittleEndian.Uint32(b[16:]), binary.LittleEndian.Uint32(b[20:])
		if table >= image || size > image-table || code >= image {
			return 0, 0, 0, false
		}
		return table, size, code, true
	}
	return 0, 0, 0, false
}
