package nt

// More types of NtAllocateVirtualMemory, and of memory.
const (
	MemMapped  = 0x40000
	MemReset   = 0x80000
	MemTopDown = 0x100000
)

// Attributes of NtCreateSection, and rights to a section.
const (
	SecFile    = 0x800000
	SecImage   = 0x1000000
	SecReserve = 0x4000000
	SecCommit  = 0x8000000

	SectionExtendSize AccessMask = 0x10
)

// SECTION_INHERIT of NtMapViewOfSection.
const (
	ViewShare = 1
	ViewUnmap = 2
)

// Classes of NtQuerySection.
const (
	SectionBasicInformationClass = 0
	SectionImageInformationClass = 1
)

// SectionBasicInformation is SECTION_BASIC_INFORMATION.
type SectionBasicInformation struct {
	BaseAddress          uint64
	AllocationAttributes uint32
	_                    uint32
	MaximumSize          uint64 // bytes
}

// SectionImageInformation is SECTION_IMAGE_INFORMATION.
type SectionImageInformation struct {
	TransferAddress      uint64
	ZeroBits             uint32
	_                    uint32
	MaximumStackSize     uint64
	CommittedStackSize   uint64
	SubSystemType        uint32
	SubSystemVersion     uint32 // the major one above
	GpValue              uint32
	ImageCharacteristics uint16
	DllCharacteristics   uint16
	Machine              uint16
	ImageContainsCode    uint8
	ImageFlags           uint8
	LoaderFlags          uint32
	ImageFileSize        uint32
	CheckSum             uint32
}

// Classes of NtQueryVirtualMemory.
const (
	MemoryBasicInformationClass      = 0
	MemoryWorkingSetInformationClass = 1
)

// TebDeallocationStack is where a TEB has the lowest address of the stack's
// allocation.
const TebDeallocationStack = 0x1478

// Options of NtLockVirtualMemory.
const (
	MapProcess = 1
	MapSystem  = 2
)
