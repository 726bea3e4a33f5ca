package pe

// Values of the headers (PE format, chapters 3.3, 3.4, 4).
const (
	MachineAMD64 = 0x8664
	Magic64      = 0x20B // PE32+

	FileRelocsStripped    = 0x0001
	FileExecutableImage   = 0x0002
	FileLineNumsStripped  = 0x0004
	FileLocalSymsStripped = 0x0008
	FileLargeAddressAware = 0x0020
	FileDebugStripped     = 0x0200

	SubsystemNative     = 1
	SubsystemWindowsGUI = 2
	SubsystemWindowsCUI = 3

	DllNxCompat = 0x0100

	Code              = 0x0000_0020 // section flags
	InitializedData   = 0x0000_0040
	UninitializedData = 0x0000_0080
	Execute           = 0x2000_0000
	Read              = 0x4000_0000
	Write             = 0x8000_0000
)

// FileHeader is the COFF file header, for those who write images.
type FileHeader struct {
	Machine              uint16
	NumberOfSections     uint16
	TimeDateStamp        uint32
	PointerToSymbolTable uint32
	NumberOfSymbols      uint32
	SizeOfOptionalHeader uint16
	Characteristics      uint16
}

// DataDirectory is one entry of the optional header's table.
type DataDirectory struct{ VirtualAddress, Size uint32 }

// OptionalHeader is the optional header of PE32+.
type OptionalHeader struct {
	Magic                                                      uint16
	MajorLinkerVersion, MinorLinkerVersion                     uint8
	SizeOfCode, SizeOfInitializedData, SizeOfUninitializedData uint32
	AddressOfEntryPoint, BaseOfCode                            uint32
	ImageBase                                                  uint64
	SectionAlignment, FileAlignment                            uint32
	MajorOperatingSystemVersion, MinorOperatingSystemVersion   uint16
	MajorImageVersion, MinorImageVersion                       uint16
	MajorSubsystemVersion, MinorSubsystemVersion               uint16
	Win32VersionValue, SizeOfImage, SizeOfHeaders, CheckSum    uint32
	Subsystem, DllCharacteristics                              uint16
	SizeOfStackReserve, SizeOfStackCommit                      uint64
	SizeOfHeapReserve, SizeOfHeapCommit                        uint64
	LoaderFlags, NumberOfRvaAndSizes                           uint32
	DataDirectory                                              [16]DataDirectory
}

// SectionHeader is a row of the section table.
type SectionHeader struct {
	Name                                       [8]uint8
	VirtualSize, VirtualAddress                uint32
	SizeOfRawData, PointerToRawData            uint32
	PointerToRelocations, PointerToLineNumbers uint32
	NumberOfRelocations, NumberOfLineNumbers   uint16
	Characteristics                            uint32
}
