package nt

// SystemProcessInformation is SYSTEM_PROCESS_INFORMATION; that many
// SystemThreadInformation follow it, and the name's characters after the last.
// Times are 100 ns units of processor time.
type SystemProcessInformation struct {
	NextEntryOffset              uint32 // from this entry, 0: the last
	NumberOfThreads              uint32
	WorkingSetPrivateSize        uint64 // bytes
	HardFaultCount               uint32
	NumberOfThreadsHighWatermark uint32
	CycleTime                    uint64
	CreateTime                   uint64 // system time
	UserTime                     uint64
	KernelTime                   uint64
	ImageName                    UnicodeString
	BasePriority                 int32
	_                            uint32
	UniqueProcessID              uint64
	InheritedFromUniqueProcessID uint64
	HandleCount                  uint32
	SessionID                    uint32
	UniqueProcessKey             uint64 // not kept
	PeakVirtualSize              uint64 // bytes
	VirtualSize                  uint64
	PageFaultCount               uint32
	_                            uint32
	PeakWorkingSetSize           uint64 // bytes, as those that follow
	WorkingSetSize               uint64
	_                            [4]uint64 // quotas
	PagefileUsage                uint64    // commit charge
	PeakPagefileUsage            uint64
	PrivatePageCount             uint64
	_                            [6]uint64 // I/O
}

// SystemThreadInformation is SYSTEM_THREAD_INFORMATION.
type SystemThreadInformation struct {
	KernelTime      uint64
	UserTime        uint64
	CreateTime      uint64
	WaitTime        uint32
	_               uint32
	StartAddress    uint64
	ClientID        ClientID
	Priority        int32
	BasePriority    int32
	ContextSwitches uint32
	ThreadState     uint32 // KTHREAD_STATE
	WaitReason      uint32 // Wait..., of the last wait
	_               uint32
}

// KWAIT_REASON, as far as threads wait here.
const (
	WaitExecutive      = 0 // in the kernel, for what it needs itself
	WaitDelayExecution = 4
	WaitSuspended      = 5
	WaitUserRequest    = 6
	WaitQueue          = 15 // WrQueue
)

// SystemPooltagInformation is SYSTEM_POOLTAG_INFORMATION's head; Count rows of
// SystemPooltag follow it.
type SystemPooltagInformation struct {
	Count uint32
	_     uint32
}

// SystemPooltag is SYSTEM_POOLTAG, one tag's accounting; used are bytes.
type SystemPooltag struct {
	Tag            [4]byte
	PagedAllocs    uint32
	PagedFrees     uint32
	_              uint32
	PagedUsed      uint64
	NonPagedAllocs uint32
	NonPagedFrees  uint32
	NonPagedUsed   uint64
}
