package nt

// Classes of NtQueryInformationProcess and NtSetInformationProcess.
const (
	ProcessBasicInformationClass = 0
	ProcessVMCountersClass       = 3  // VMCounters
	ProcessTimesClass            = 4  // KernelUserTimes
	ProcessBasePriorityClass     = 5  // int32, to be set
	ProcessHandleCountClass      = 20 // uint32
	ProcessAffinityMaskClass     = 21 // uint64
	ProcessImageFileNameClass    = 27 // UnicodeString and its characters
)

// Classes of NtQueryInformationThread and NtSetInformationThread.
const (
	ThreadBasicInformationClass = 0
	ThreadTimesClass            = 1      // KernelUserTimes
	ThreadPriorityClass         = 2      // int32, to be set
	ThreadBasePriorityClass     = 3      // int32, beside the process's, to be set; 16 and -16: the ends
	ThreadAffinityMaskClass     = 4      // uint64, to be set
	ThreadStartAddressClass     = 9      // uint64
	ThreadAmILastThreadClass    = 12     // uint32
	ThreadIdealProcessorClass   = 13     // uint32, to be set; the status is the old one
	ThreadPriorityBoostClass    = 14     // uint32, to be set; not 0: disabled
	ThreadIsTerminatedClass     = 20     // uint32
	ThreadFsBaseClass           = 0x1000 // ours: the base of FS, to be set by the thread itself
)

// KernelUserTimes is KERNEL_USER_TIMES: system times, and processor times in
// 100 ns.
type KernelUserTimes struct{ CreateTime, ExitTime, KernelTime, UserTime uint64 }

// VMCounters is VM_COUNTERS, in bytes. There are no quotas.
type VMCounters struct {
	PeakVirtualSize            uint64
	VirtualSize                uint64
	PageFaultCount             uint32
	_                          uint32
	PeakWorkingSetSize         uint64
	WorkingSetSize             uint64
	QuotaPeakPagedPoolUsage    uint64
	QuotaPagedPoolUsage        uint64
	QuotaPeakNonPagedPoolUsage uint64
	QuotaNonPagedPoolUsage     uint64
	PagefileUsage              uint64
	PeakPagefileUsage          uint64
}

// VMCountersEx is VM_COUNTERS_EX, which ProcessVMCountersClass stores where there is
// room for it.
type VMCountersEx struct {
	VMCounters
	PrivateUsage uint64
}

// SystemProcessorPerformanceInformation is
// SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION, a row a processor. Times are
// 100 ns.
type SystemProcessorPerformanceInformation struct {
	IdleTime       uint64
	KernelTime     uint64 // IdleTime included
	UserTime       uint64
	DpcTime        uint64
	InterruptTime  uint64 // not kept
	InterruptCount uint32 // the clock's, and requests of other processors
	_              uint32
}

// SystemHandleInformation is SYSTEM_HANDLE_INFORMATION's head; NumberOfHandles
// rows of SystemHandle follow it.
type SystemHandleInformation struct {
	NumberOfHandles uint32
	_               uint32
}

// SystemHandle is SYSTEM_HANDLE_TABLE_ENTRY_INFO.
type SystemHandle struct {
	UniqueProcessID       uint16
	CreatorBackTraceIndex uint16
	ObjectTypeIndex       uint8 // in the order of NtQueryObject's types, from 1
	HandleAttributes      uint8
	HandleValue           uint16
	Object                uint64 // the same for handles of the same object
	GrantedAccess         AccessMask
	_                     uint32
}
