package nt

// User address space (DESIGN 3).
const (
	MinimumUserAddress    = 0x0000_0000_0001_0000
	MaximumUserAddress    = 0x0000_7FFF_FFFE_FFFF
	SharedUserData        = 0x0000_0000_7FFE_0000 // KUSER_SHARED_DATA, read-only
	UserImageBase         = 0x0000_0001_4000_0000
	AllocationGranularity = 0x10000
	PageSize              = 0x1000
	UserCS                = 0x33
	UserSS                = 0x2B
)

// Offsets in the TEB, NT's for x64. GS points at the TEB in ring 3.
const (
	TebStackBase  = 0x08
	TebStackLimit = 0x10
	TebSelf       = 0x30
	TebClientID   = 0x40
	TebPeb        = 0x60
	TebLastStatus = 0x1250
	TebTlsSlots   = 0x1480 // 64 slots; the Go runtime keeps g in the last
	TebFsBase     = 0x1680 // FS base a thread starts with: the end of the slots
	TebSize       = 0x2000
)

// Offsets in the PEB, NT's for x64.
const (
	PebImageBaseAddress   = 0x10
	PebProcessParameters  = 0x20
	PebNumberOfProcessors = 0xB8
	PebNtGlobalFlag       = 0xBC
	// 100 ns, negative; then sizes in bytes.
	PebCriticalSectionTimeout         = 0xC0
	PebHeapSegmentReserve             = 0xC8
	PebHeapSegmentCommit              = 0xD0
	PebHeapDeCommitTotalFreeThreshold = 0xD8
	PebHeapDeCommitFreeBlockThreshold = 0xE0
	PebOSMajorVersion                 = 0x118
	PebOSMinorVersion                 = 0x11C
	PebOSBuildNumber                  = 0x120
	PebOSCSDVersion                   = 0x122 // as Control\Windows\CSDVersion
	PebImageSubsystem                 = 0x128
	PebSize                           = 0x1000
)

// Offsets in RTL_USER_PROCESS_PARAMETERS, NT's for x64. All pointers are
// addresses in the process.
const (
	ParamsMaximumLength   = 0x00
	ParamsLength          = 0x04
	ParamsFlags           = 0x08
	ParamsCurrentDir      = 0x38 // UnicodeString
	ParamsDllPath         = 0x50
	ParamsImagePathName   = 0x60
	ParamsCommandLine     = 0x70
	ParamsEnvironment     = 0x80
	ParamsEnvironmentSize = 0x3F0
	ParamsSize            = 0x400
)

// KUserSharedData is the part of KUSER_SHARED_DATA that is kept, at NT's
// offsets. Times are 100 ns units in NT's split form: High1 is written first,
// High2 last, and a reader repeats until they agree.
type KUserSharedData struct {
	TickCountLowDeprecated uint32
	TickCountMultiplier    uint32
	InterruptTime          KSystemTime
	SystemTime             KSystemTime
	TimeZoneBias           KSystemTime
	ImageNumberLow         uint16
	ImageNumberHigh        uint16
	NtSystemRoot           [260]uint16
	_                      [0x240 - 0x238]byte
	TimeZoneID             uint32 // 0x240: 0 there is no daylight saving, 1 standard, 2 daylight
	_                      [0x260 - 0x244]byte
	NtBuildNumber          uint32
	NtProductType          uint32
	ProductTypeIsValid     uint32
	NtMajorVersion         uint32 // 0x26C
	NtMinorVersion         uint32
	_                      [0x2D0 - 0x274]byte
	SuiteMask              uint32 // 0x2D0
	KdDebuggerEnabled      uint8  // bit 0: the kernel debugger is enabled; bit 1: it has answered
	_                      [0x2EC - 0x2D5]byte
	SafeBootMode           uint8 // 1 safe mode
	_                      [0x320 - 0x2ED]byte
	TickCount              KSystemTime // 0x320
	_                      [0x800 - 0x32C]byte

	// Ours: nanoseconds = (TSC - TscBase) * TscMultiplier / 2^32 + TscOffset. With
	// TscMultiplier 0, which it may become at any time, the TSC does not tell time,
	// and NtQueryPerformanceCounter does.
	TscBase, TscMultiplier, TscOffset uint64
}

// KSystemTime is KSYSTEM_TIME.
type KSystemTime struct {
	Low   uint32
	High1 int32
	High2 int32
}

// NtMajor and the others are the version this system reports.
const (
	NtMajor = 6
	NtMinor = 1
	NtBuild = 7601
)
