package nt

// Classes of NtQuerySystemInformation.
const (
	SystemBasicInformationClass           = 0
	SystemProcessorInformationClass       = 1
	SystemPerformanceInformationClass     = 2
	SystemTimeOfDayInformationClass       = 3
	SystemProcessInformationClass         = 5  // SystemProcessInformation and what follows it
	SystemProcessorPerformanceClass       = 8  // SystemProcessorPerformanceInformation, a row a processor
	SystemHandleInformationClass          = 16 // SystemHandleInformation and rows of SystemHandle
	SystemPageFileInformationClass        = 18 // a SystemPageFileInformation for each file
	SystemFileCacheInformationClass       = 21
	SystemPooltagInformationClass         = 22
	SystemInterruptInformationClass       = 23     // SystemInterruptInformation, a row a processor
	SystemCurrentTimeZoneInformationClass = 44     // TimeZoneInformation
	SystemLookasideInformationClass       = 45     // SystemLookasideInformation, a row a list
	SystemVersionInformationClass         = 0x1000 // ours: VersionInformation
	SystemMemoryListInformationClass      = 0x50   // SystemMemoryListInformation
	SystemPageUsageInformationClass       = 0x1001 // ours: SystemPageUsageInformation
	SystemKernelInformationClass          = 0x1002 // ours: SystemKernelInformation
	SystemProcessorBrandClass             = 0x1003 // ours: SystemProcessorBrandInformation
	SystemZeroPageInformationClass        = 0x1004 // ours: SystemZeroPageInformation
)

// SystemBasicInformation is SYSTEM_BASIC_INFORMATION.
type SystemBasicInformation struct {
	Reserved                     uint32
	TimerResolution              uint32 // 100 ns
	PageSize                     uint32
	NumberOfPhysicalPages        uint32
	LowestPhysicalPageNumber     uint32
	HighestPhysicalPageNumber    uint32
	AllocationGranularity        uint32
	_                            uint32
	MinimumUserModeAddress       uint64
	MaximumUserModeAddress       uint64
	ActiveProcessorsAffinityMask uint64
	NumberOfProcessors           uint8
	_                            [7]byte
}

// SystemProcessorInformation is SYSTEM_PROCESSOR_INFORMATION.
type SystemProcessorInformation struct {
	ProcessorArchitecture uint16 // 9: AMD64
	ProcessorLevel        uint16 // family
	ProcessorRevision     uint16 // model << 8 | stepping
	MaximumProcessors     uint16
	ProcessorFeatureBits  uint32
}

// SystemProcessorBrandInformation is the CPUID brand string, and the speed of the
// time-stamp counter.
type SystemProcessorBrandInformation struct {
	FrequencyMHz uint32
	Brand        [48]byte
}

// SystemMemoryListInformation is SYSTEM_MEMORY_LIST_INFORMATION. Counts are
// pages. Pages have no priorities: those on the standby list count as of
// StandbyPriority.
type SystemMemoryListInformation struct {
	ZeroPageCount             uint64
	FreePageCount             uint64
	ModifiedPageCount         uint64
	ModifiedNoWritePageCount  uint64 // none
	BadPageCount              uint64
	PageCountByPriority       [8]uint64 // on the standby lists
	RepurposedPagesByPriority [8]uint64 // not kept
}

// StandbyPriority is MEMORY_PRIORITY_NORMAL.
const StandbyPriority = 5

// SystemZeroPageInformation is what the zero-page thread has done.
type SystemZeroPageInformation struct {
	ZeroedByZeroPageThread uint64 // pages
	ZeroPageThreadWakeups  uint64
	ZeroPageThreadGaveWay  uint64 // how often it was in the middle of a batch
	ZeroPageThreadRunning  uint64 // 1 once phase 1 has turned into it
}

// SystemPageFileInformation is SYSTEM_PAGEFILE_INFORMATION; sizes in pages. The
// name follows it.
type SystemPageFileInformation struct {
	NextEntryOffset uint32 // 0 in the last
	TotalSize       uint32
	TotalInUse      uint32
	PeakUsage       uint32
	PageFileName    UnicodeString
}

// SystemPageUsageInformation says what the pages in use are used for; Uses rows
// count.
type SystemPageUsageInformation struct {
	Uses uint32
	_    uint32
	Rows [24]struct {
		Name  [24]byte
		Pages uint64
	}
}

// SystemTimeOfDayInformation is SYSTEM_TIMEOFDAY_INFORMATION; times in 100 ns
// since 1601.
type SystemTimeOfDayInformation struct {
	BootTime      uint64
	CurrentTime   uint64
	TimeZoneBias  int64
	TimeZoneID    uint32
	Reserved      uint32
	BootTimeBias  uint64
	SleepTimeBias uint64
}

// TimeZoneInformation is RTL_TIME_ZONE_INFORMATION; biases are minutes, universal time less
// local time.
type TimeZoneInformation struct {
	Bias          int32
	StandardName  [32]uint16
	StandardStart [8]uint16 // TIME_FIELDS
	StandardBias  int32
	DaylightName  [32]uint16
	DaylightStart [8]uint16
	DaylightBias  int32
}

// VersionInformation says what is running.
type VersionInformation struct {
	MajorVersion uint32
	MinorVersion uint32
	BuildNumber  uint32
	CSDVersion   [32]byte
	Product      [128]byte
	_            uint32
}

// ProcessBasicInformation is PROCESS_BASIC_INFORMATION.
type ProcessBasicInformation struct {
	ExitStatus                   Status
	_                            uint32
	PebBaseAddress               uint64
	AffinityMask                 uint64
	BasePriority                 int32
	_                            uint32
	UniqueProcessID              uint64
	InheritedFromUniqueProcessID uint64
}

// ThreadBasicInformation is THREAD_BASIC_INFORMATION. BasePriority is beside the
// process's, as ThreadBasePriorityClass sets it.
type ThreadBasicInformation struct {
	ExitStatus     Status
	_              uint32
	TebBaseAddress uint64
	ClientID       ClientID
	AffinityMask   uint64
	Priority       int32
	BasePriority   int32
}

// ObjectDirectoryInformation is OBJECT_DIRECTORY_INFORMATION.
type ObjectDirectoryInformation struct{ Name, TypeName UnicodeString }
