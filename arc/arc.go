// Package arc holds what the loader and the kernel share: the
// LOADER_PARAMETER_BLOCK and everything that hangs on it (SPEC B8). OSLDR
// fills it in physical memory below 4 GiB; the kernel reads it in place and
// gives the memory back at P1.44.
//
// Every pointer in these structures is a kernel virtual address inside the
// physical map: physical address + PhysMap. Strings are ASCII and end in NUL.
// All structures are naturally aligned, little endian, and of fixed size, so
// both programs see the same bytes.
package arc

// Address space that OSLDR builds before it jumps to the kernel.
const (
	// PhysMap is where physical address 0 appears (4 GiB at least and all
	// RAM, writable, not executable, large pages).
	PhysMap = 0xFFFF_8000_0000_0000
	// KernelBase is the lowest address of the kernel's window: image and
	// Go heap, 2 GiB at most.
	KernelBase = 0xFFFF_FFFF_8000_0000
	// KernelText is the address the kernel's first text byte is linked at.
	KernelText = 0xFFFF_FFFF_8020_1000
)

// Version and sizes the kernel insists on; a mismatch stops the boot.
const (
	OsMajorVersion = 6
	OsMinorVersion = 1
	BlockSize      = 200  // LoaderParameterBlock
	ExtensionSize  = 1032 // LoaderParameterExtension
	MinimumHeap    = 0x40_0000
)

// What OSLDR has to know of how the kernel keeps memory.
const (
	// PfnSize is how many bytes the PFN database has for a page frame.
	PfnSize = 32
	// MostMemory is the end of the physical addresses that the kernel can
	// number pages of.
	MostMemory = 1 << 44
	// LowFrames is the number of page frames below 1 MiB. Firmware writes there
	// when it likes: nobody gets such a page who does not ask for it by address.
	LowFrames = 256
)

// ListEntry is NT's LIST_ENTRY: a circular doubly linked list through
// virtual addresses. An empty head points at itself.
type ListEntry struct{ Flink, Blink uint64 }

// LoaderParameterBlock is what KiSystemStartup gets in RCX.
type LoaderParameterBlock struct {
	OsMajorVersion uint32
	OsMinorVersion uint32
	Size           uint32 // BlockSize
	Reserved       uint32

	LoadOrderListHead        ListEntry // LdrDataTableEntry
	MemoryDescriptorListHead ListEntry // MemoryAllocationDescriptor
	BootDriverListHead       ListEntry // BootDriverEntry, in the order in which they start

	KernelStack uint64 // top of the boot stack (LoaderStartupKernelStack)
	Prcb        uint64
	Process     uint64
	Thread      uint64

	RegistryLength uint32
	Reserved2      uint32
	RegistryBase   uint64 // the SYSTEM hive: the file's bytes, recovered and healed where it was damaged

	ConfigurationRoot uint64 // ConfigurationComponentData: the hardware tree
	ArcBootDeviceName uint64 // "multi(0)disk(0)rdisk(0)partition(1)"
	ArcHalDeviceName  uint64
	NtBootPathName    uint64 // "\Windows\"
	NtHalPathName     uint64 // "\"
	LoadOptions       uint64 // options of the chosen entry, as options.Line makes them

	NlsData            uint64 // NlsDataBlock
	ArcDiskInformation uint64 // ArcDiskInformation
	OemFontFile        uint64 // glyphs of the 256 OEM characters: Extension.OemFontHeight bytes each, a byte a row
	SetupLoaderBlock   uint64 // 0: there is no setup
	Extension          uint64 // LoaderParameterExtension
}

// LoaderParameterExtension is version-checked by its Size.
type LoaderParameterExtension struct {
	Size     uint32 // ExtensionSize
	BootDisk uint32 // BIOS drive number OSLDR came from

	AcpiRsdp    uint64 // physical address of the RSDP, 0 if none was found
	SmbiosEntry uint64 // physical address of the SMBIOS anchor, 0 if none

	// TSC values: OSLDR's first instruction in long mode, its menu done,
	// its jump to the kernel.
	TscLoaderStart uint64
	TscMenuDone    uint64
	TscKernelStart uint64

	RandomSeed [32]byte

	// KernelHeap is one run of free physical pages, below 4 GiB, from which
	// the kernel backs its stack, page tables and Go heap until mm runs.
	KernelHeapPage  uint64 // page frame number of the first page
	KernelHeapPages uint64 // MinimumHeap/4096 at least

	BootFileListHead ListEntry // BootFile: files loaded for the kernel, smss.exe first

	E820Count uint32 // entries the firmware gave
	VideoMode uint32 // BIOS video mode, 3 for 80x25 text
	E820      uint64 // the firmware's own map, E820Entry

	PageTablePages uint64 // pages OSLDR used for page tables (LoaderMemoryData)
	HighestRam     uint64 // physical address after the last byte of RAM

	// Which control set the boot drivers are of (SPEC B6). ControlSet and
	// FailedSet are numbers as in SYSTEM\Select; FailedSet is 0 unless
	// LastKnownGood was taken.
	ControlSet    uint32
	FailedSet     uint32
	LastKnownGood LastKnownGood
	BootEntry     uint32 // number of the entry of boot.ini, from 0
	HiveSource    HiveSource
	HiveFaults    uint32 // what was mended in the hive; not what a log has made whole
	HiveReport    uint64 // what was recovered, healed, or missing: lines, "" when nothing
	LoaderNotes   uint64 // what else OSLDR has said on the screen: lines

	// Message is what the kernel before a warm start has left (restart.go).
	Message RestartMessage

	Video         VideoMode
	OemFontHeight uint32 // rows of a glyph; 0 when there is no font
	Reserved      uint32

	// What the BIOS says of its disk (EDD 3.0, INT 13h AH=48h), as it came.
	Edd        uint64
	EddLength  uint32
	EddVersion uint16 // AH of AH=41h; 0 without extensions
	EddFlags   uint16 // CX of AH=41h

	// The SMBIOS structures that the anchor at SmbiosEntry names: physical
	// address, length in bytes, version as major<<16 | minor<<8 | revision.
	SmbiosTable   uint64
	SmbiosLength  uint32
	SmbiosVersion uint32

	// BIOS calls of the kernel, until P0.11 (SPEC P0.20; BiosRegs says how).
	BiosCall   uint64 // physical address of the routine, 0 when there is none
	BiosRegs   uint64 // physical address of a BiosRegs
	BiosTables uint64 // physical address of page tables that map the low 4 GiB where they are

	BiosDate uint64 // "mm/dd/yy" of the system's BIOS, "" where it has none

	// The region in which the report of a stop survives a warm reset (arc.CrashReport): its
	// physical address, 0 where it could not be had, and its length in bytes. OSLDR leaves
	// it as it finds it.
	CrashRegion       uint64
	CrashRegionLength uint64

	Spare [24]uint64

	// Steps are what OSLDR has done, in the order in which the steps began (SPEC K3);
	// StepCount of them are there.
	Steps     [MaximumLoaderSteps]LoaderStep
	StepCount uint64
}

// MaximumLoaderSteps is how many steps of OSLDR there is room for. What comes after them is
// not recorded.
const MaximumLoaderSteps = 16

// LoaderStep is a step of OSLDR, a record of the boot trace.
type LoaderStep struct {
	ID         [8]byte // the row of SPEC and the part's number, as "B5.2"; NUL behind it
	Start, End uint64  // TSC
	Taken      int32   // pages of free memory that the step has taken for good
	Status     uint32  // NTSTATUS of what went wrong and did not end the start, 0 for nothing
}

// Name is the step's id.
func (s *LoaderStep) Name() string {
	for i, c := range s.ID {
		if c == 0 {
			return string(s.ID[:i])
		}
	}
	return string(s.ID[:])
}

// LoaderSteps are the steps that an extension has, at most MaximumLoaderSteps.
func (e *LoaderParameterExtension) LoaderSteps() []LoaderStep {
	return e.Steps[:min(e.StepCount, MaximumLoaderSteps)]
}

// E820Entry is one row of INT 15h AX=E820h as the firmware gave it (ACPI 6.5,
// 15.1).
type E820Entry struct {
	Base, Length uint64
	Type         uint32
	Attributes   uint32
}

// BootFile is a file that OSLDR read into page-aligned memory.
type BootFile struct {
	Link   ListEntry
	Name   uint64 // full path, "\Windows\System32\smss.exe"
	Base   uint64
	Length uint64
}

// LdrDataTableEntry describes a loaded image (NT's LDR_DATA_TABLE_ENTRY). The
// first one is the kernel.
type LdrDataTableEntry struct {
	Link        ListEntry
	DllBase     uint64 // virtual address of the lowest loaded byte
	EntryPoint  uint64
	SizeOfImage uint64
	FullDllName uint64 // "\Windows\System32\ntoskrnl.exe"
	BaseDllName uint64 // "ntoskrnl.exe"
	PhysPage    uint64 // frame number of the first page; the pages are contiguous
	CheckSum    uint32
	Flags       uint32
}

// MemoryType is TYPE_OF_MEMORY.
type MemoryType uint32

// The values are NT's.
const (
	LoaderExceptionBlock MemoryType = iota
	LoaderSystemBlock
	LoaderFree
	LoaderBad
	LoaderLoadedProgram
	LoaderFirmwareTemporary
	LoaderFirmwarePermanent
	LoaderOsloaderHeap
	LoaderOsloaderStack
	LoaderSystemCode
	LoaderHalCode
	LoaderBootDriver
	LoaderConsoleInDriver
	LoaderConsoleOutDriver
	LoaderStartupDpcStack
	LoaderStartupKernelStack
	LoaderStartupPanicStack
	LoaderStartupPcrPage
	LoaderStartupPdrPage
	LoaderRegistryData
	LoaderMemoryData
	LoaderNlsData
	LoaderSpecialMemory
	LoaderBBTMemory
	LoaderReserve
	LoaderXIPRom // a ROM or RAM disk whose images run where they lie
	LoaderMaximum
)

// MemoryAllocationDescriptor is one run of pages of one type. The list is
// sorted by BasePage, has no overlap, and no gap inside RAM.
type MemoryAllocationDescriptor struct {
	Link       ListEntry
	MemoryType MemoryType
	Reserved   uint32
	BasePage   uint64 // page frame number
	PageCount  uint64 // pages of 4 KiB
}
