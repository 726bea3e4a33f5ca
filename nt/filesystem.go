package nt

// Control codes of file systems.
const (
	FsctlLockVolume      uint32 = FileDeviceFileSystem<<16 | 6<<2
	FsctlUnlockVolume    uint32 = FileDeviceFileSystem<<16 | 7<<2
	FsctlDismountVolume  uint32 = FileDeviceFileSystem<<16 | 8<<2
	FsctlIsVolumeMounted uint32 = FileDeviceFileSystem<<16 | 10<<2
	FsctlMarkVolumeDirty uint32 = FileDeviceFileSystem<<16 | 12<<2
	// FsctlQueryRetrievalPointers is the kernel's, for paging files.
	FsctlQueryRetrievalPointers uint32 = FileDeviceFileSystem<<16 | 14<<2 | MethodNeither
	// FsctlFilePrefetch is the kernel's, for the boot prefetcher.
	FsctlFilePrefetch         uint32 = FileDeviceFileSystem<<16 | 72<<2
	FsctlGetRetrievalPointers uint32 = FileDeviceFileSystem<<16 | 28<<2 | MethodNeither
	FsctlGetVolumeBitmap      uint32 = FileDeviceFileSystem<<16 | 27<<2 | MethodNeither
	FsctlIsVolumeDirty        uint32 = FileDeviceFileSystem<<16 | 30<<2

	// FsctlCheckVolume is this system's own: checks the volume, and with an input that is not 0
	// mends it. The output is a VolumeCheck and lines of text.
	FsctlCheckVolume uint32 = FileDeviceFileSystem<<16 | 0x800<<2
)

// VolumeIsDirty is FSCTL_IS_VOLUME_DIRTY's answer for a volume that is in use or was not closed.
const VolumeIsDirty uint32 = 1

// More classes of NtQueryDirectoryFile, NtQueryInformationFile and NtSetInformationFile.
const (
	FileDirectoryInformationClass       = 1
	FileFullDirectoryInformationClass   = 2
	FileBothDirectoryInformationClass   = 3
	FileRenameInformationClass          = 10
	FileLinkInformationClass            = 11
	FileNamesInformationClass           = 12
	FileDispositionInformationClass     = 13
	FileAllocationInformationClass      = 19
	FileAlternateNameInformationClass   = 21
	FileStreamInformationClass          = 22
	FileNetworkOpenInformationClass     = 34
	FileAttributeTagInformationClass    = 35
	FileIDBothDirectoryInformationClass = 37
	FileIDFullDirectoryInformationClass = 38
)

// Classes of NtQueryVolumeInformationFile and NtSetVolumeInformationFile.
const (
	FileFsVolumeInformationClass    = 1
	FileFsLabelInformationClass     = 2
	FileFsSizeInformationClass      = 3
	FileFsAttributeInformationClass = 5
	FileFsFullSizeInformationClass  = 7
)

// Attributes of a file system (FileFsAttributeInformation).
const (
	FileCasePreservedNames   = 0x02
	FileUnicodeOnDisk        = 0x04
	FileSupportsOpenByFileID = 0x01000000
)

// What NtNotifyChangeDirectoryFile may be asked for.
const (
	FileNotifyChangeFileName   = 0x001
	FileNotifyChangeDirName    = 0x002
	FileNotifyChangeAttributes = 0x004
	FileNotifyChangeSize       = 0x008
	FileNotifyChangeLastWrite  = 0x010
	FileNotifyChangeLastAccess = 0x020
	FileNotifyChangeCreation   = 0x040
	FileNotifyValid            = 0xFFF
)

// FileBasicInformation is FILE_BASIC_INFORMATION; times in 100 ns since 1601.
type FileBasicInformation struct {
	CreationTime, LastAccessTime, LastWriteTime, ChangeTime int64
	FileAttributes                                          uint32
	_                                                       uint32
}

// FileNetworkOpenInformation is FILE_NETWORK_OPEN_INFORMATION.
type FileNetworkOpenInformation struct {
	CreationTime, LastAccessTime, LastWriteTime, ChangeTime int64
	AllocationSize, EndOfFile                               int64
	FileAttributes                                          uint32
	_                                                       uint32
}

// FileAllInformation is FILE_ALL_INFORMATION without the name's characters, which follow
// NameLength.
type FileAllInformation struct {
	Basic              FileBasicInformation
	Standard           FileStandardInformation
	IndexNumber        int64
	EaSize             uint32
	AccessFlags        uint32
	CurrentByteOffset  int64
	Mode               uint32
	AlignmentRequired  uint32
	FileNameLength     uint32
	FileNameFirstUnits [2]byte
	_                  [2]byte
}

// FileDirectoryInformation is what FILE_DIRECTORY_INFORMATION and its kind begin with; bytes and
// 100 ns since 1601.
type FileDirectoryInformation struct {
	NextEntryOffset, FileIndex                              uint32
	CreationTime, LastAccessTime, LastWriteTime, ChangeTime int64
	EndOfFile, AllocationSize                               int64
	FileAttributes                                          uint32
	FileNameLength                                          uint32
}

// FileRenameInformation is FILE_RENAME_INFORMATION without the name, which follows.
type FileRenameInformation struct {
	ReplaceIfExists uint8
	_               [7]byte
	RootDirectory   Handle
	FileNameLength  uint32
}

// FileFsSizeInformation is FILE_FS_SIZE_INFORMATION.
type FileFsSizeInformation struct {
	TotalAllocationUnits, AvailableAllocationUnits int64
	SectorsPerAllocationUnit, BytesPerSector       uint32
}

// FileFsFullSizeInformation is FILE_FS_FULL_SIZE_INFORMATION.
type FileFsFullSizeInformation struct {
	TotalAllocationUnits, CallerAvailableAllocationUnits, ActualAvailableAllocationUnits int64
	SectorsPerAllocationUnit, BytesPerSector                                             uint32
}

// RetrievalPointersBuffer is the head of RETRIEVAL_POINTERS_BUFFER; pairs of the next cluster's
// number in the file and the first cluster on the volume follow.
type RetrievalPointersBuffer struct {
	ExtentCount uint32
	_           uint32
	StartingVcn int64
}

// VolumeBitmapBuffer is the head of VOLUME_BITMAP_BUFFER; a bit a cluster follows.
type VolumeBitmapBuffer struct{ StartingLcn, BitmapSize int64 }

// VolumeCheck is the head of FsctlCheckVolume's answer; TextLength bytes of lines follow.
type VolumeCheck struct {
	Findings           uint32
	Mended             uint32
	Files, Directories uint32
	LostClusters       uint32
	TextLength         uint32
}

// FileSegmentElement is FILE_SEGMENT_ELEMENT: the address of a page.
type FileSegmentElement uint64

// Statuses of file systems.
const (
	StatusWrongVolume Status = 0xC0000012
)

func init() {
	statusNames[StatusWrongVolume] = "STATUS_WRONG_VOLUME"
}

// FsctlFormatVolume is this system's own, for the device of the file system FAT, \Fat: makes a new
// volume. The input is a FormatVolume and the volume's name in UTF-16.
const FsctlFormatVolume uint32 = FileDeviceFileSystem<<16 | FileWriteAccess<<14 | 0x801<<2

// FormatVolume says what a new volume is like.
type FormatVolume struct {
	ClusterSize uint32 // bytes; 0: as fits the size
	Serial      uint32
	LabelLength uint32
	Label       [12]byte // UTF-8
}
