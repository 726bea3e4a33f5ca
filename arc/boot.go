package arc

// BootDriverEntry is a boot-start driver (NT's BOOT_DRIVER_LIST_ENTRY). The list
// is in the order in which the drivers start (SPEC I3 to I7). A driver whose image
// cannot be had is in the list, too, with the reason in Status.
type BootDriverEntry struct {
	Link         ListEntry
	RegistryPath uint64 // "\Registry\Machine\System\CurrentControlSet\Services\Null", UTF-8
	FilePath     uint64 // "\Windows\System32\drivers\null.sys", from the root of the volume, UTF-8
	LdrEntry     uint64 // LdrDataTableEntry of the image, 0 when it was not loaded
	Status       uint32 // NTSTATUS of the load, 0 for success
	ErrorControl uint32 // as the service's key has it, 0 to 3
	Reason       uint64 // why it was not loaded, in words; 0 when it was
}

// NlsTable is one file of code page tables in page-aligned memory. Base is 0
// where the file could not be had.
type NlsTable struct{ Base, Length uint64 }

// NlsDataBlock names the tables for characters (NT's NLS_DATA_BLOCK, with
// lengths). They are files in NT's layout: c_1252.nls, c_437.nls, l_intl.nls.
type NlsDataBlock struct {
	Ansi      NlsTable
	Oem       NlsTable
	CaseTable NlsTable // Unicode upper and lower case
}

// ArcDiskInformation is the head of the list of disks.
type ArcDiskInformation struct {
	DiskSignatureListHead ListEntry // ArcDiskSignature
}

// ArcDiskSignature is what tells a disk from others (NT's ARC_DISK_SIGNATURE).
type ArcDiskSignature struct {
	Link                ListEntry
	Signature           uint32 // at offset 1B8h of the master boot record
	CheckSum            uint32 // the number that makes the sum of the record's 128 words 0
	ArcName             uint64 // "multi(0)disk(0)rdisk(0)"
	BiosDrive           uint32
	ValidPartitionTable uint8 // the record ends in 55AAh
	IsGpt               uint8 // the next sector is a GPT header's: GptSignature counts
	Reserved            [2]uint8
	Sectors             uint64 // 0 when the BIOS does not say
	Cylinders           uint32 // geometry of INT 13h AH=08h, 0 when the BIOS does not say
	Heads               uint16
	SectorsPerTrack     uint16
	GptSignature        [16]uint8 // the disk's GUID as it lies in the GPT
}

// LastKnownGood says whether, and why, OSLDR has taken the set LastKnownGood.
type LastKnownGood uint32

// Reasons.
const (
	CurrentSet          LastKnownGood = iota // it has not: the set is Default
	LastKnownGoodAsked                       // F8 or the option LASTKNOWNGOOD
	LastKnownGoodBad                         // the set that was to be taken is not there
	LastKnownGoodDriver                      // a driver failed, and the kernel before asked for it (SPEC I6)
)

func (l LastKnownGood) String() string {
	switch l {
	case CurrentSet:
		return "not taken"
	case LastKnownGoodAsked:
		return "asked for"
	case LastKnownGoodBad:
		return "the default control set is missing"
	case LastKnownGoodDriver:
		return "a driver failed at the last start"
	}
	return "unknown"
}

// HiveSource says where the SYSTEM hive in memory comes from.
type HiveSource uint32

// Sources.
const (
	HiveSound     HiveSource = iota // from its file, which was whole
	HiveHealed                      // from its file, mended
	HiveRecovered                   // from its file and its logs
	HiveAlternate                   // from SYSTEM.ALT
)

func (s HiveSource) String() string {
	switch s {
	case HiveSound:
		return "SYSTEM"
	case HiveHealed:
		return "SYSTEM, healed"
	case HiveRecovered:
		return "SYSTEM and its logs"
	case HiveAlternate:
		return "SYSTEM.ALT"
	}
	return "unknown"
}

// VideoMode is the mode that OSLDR has left the screen in.
type VideoMode struct {
	FrameBuffer   uint64 // physical address; 0: text mode, 80 by 25 at B8000h
	Size          uint64 // bytes of the frame buffer
	Width, Height uint32 // pixels
	Pitch         uint32 // bytes from a row to the next
	BitsPerPixel  uint16 // 32, 24, 16 or 15
	Mode          uint16 // number of the VBE mode
	// A colour is Size bits wide and begins at bit Shift of a pixel.
	RedSize, RedShift     uint8
	GreenSize, GreenShift uint8
	BlueSize, BlueShift   uint8
	Reserved              [2]uint8
}

// BiosRegs are the registers of a BIOS call, in and out. The kernel, with
// interrupts off and the low 4 GiB mapped where they are in its own address space
// (as page tables at BiosTables do it: its PML4's first entry may be copied from
// there), fills them in at BiosRegs and calls BiosCall. The routine keeps
// what the x64 ABI wants kept, the control registers, GDTR, IDTR, TR and the FS
// and GS bases. The BIOS runs with its own vectors and needs the 8259s and the timer
// as OSLDR has left them: it gets no interrupts where they have been changed.
type BiosRegs struct {
	Interrupt          uint32 // 0 to FFh
	Eax, Ebx, Ecx, Edx uint32
	Esi, Edi, Ebp      uint32
	Ds, Es             uint16
	Flags              uint32 // out
}
