package nt

// SystemPerformanceInformation is SYSTEM_PERFORMANCE_INFORMATION of NT 6.1. Counts
// are since the start and wrap; what nothing here counts is 0: there are no files,
// no cache, no drivers.
type SystemPerformanceInformation struct {
	IdleProcessTime      uint64 // 100 ns, of all processors
	IoReadTransferCount  uint64
	IoWriteTransferCount uint64
	IoOtherTransferCount uint64
	IoReadOperationCount uint32
	IoWriteOperation     uint32
	IoOtherOperation     uint32

	AvailablePages       uint32 // pages, as the next three
	CommittedPages       uint32
	CommitLimit          uint32
	PeakCommitment       uint32
	PageFaultCount       uint32
	CopyOnWriteCount     uint32
	TransitionCount      uint32 // soft faults
	CacheTransitionCount uint32
	DemandZeroCount      uint32
	PageReadCount        uint32 // pages read from paging files
	PageReadIoCount      uint32 // with so many requests
	CacheReadCount       uint32
	CacheIoCount         uint32
	DirtyPagesWriteCount uint32 // pages written to paging files
	DirtyWriteIoCount    uint32
	MappedPagesWrite     uint32
	MappedWriteIoCount   uint32

	PagedPoolPages          uint32 // pages, as the next
	NonPagedPoolPages       uint32
	PagedPoolAllocs         uint32 // blocks, as the next three
	PagedPoolFrees          uint32
	NonPagedPoolAllocs      uint32
	NonPagedPoolFrees       uint32
	FreeSystemPtes          uint32
	ResidentSystemCodePage  uint32
	TotalSystemDriverPages  uint32
	TotalSystemCodePages    uint32
	NonPagedLookasideHits   uint32 // allocations from look-aside lists
	PagedLookasideHits      uint32
	AvailablePagedPoolPages uint32
	ResidentSystemCache     uint32
	ResidentPagedPoolPage   uint32
	ResidentSystemDriver    uint32

	CcFastReadNoWait          uint32
	CcFastReadWait            uint32
	CcFastReadResourceMiss    uint32
	CcFastReadNotPossible     uint32
	CcFastMdlReadNoWait       uint32
	CcFastMdlReadWait         uint32
	CcFastMdlReadResourceMiss uint32
	CcFastMdlReadNotPossible  uint32
	CcMapDataNoWait           uint32
	CcMapDataWait             uint32
	CcMapDataNoWaitMiss       uint32
	CcMapDataWaitMiss         uint32
	CcPinMappedDataCount      uint32
	CcPinReadNoWait           uint32
	CcPinReadWait             uint32
	CcPinReadNoWaitMiss       uint32
	CcPinReadWaitMiss         uint32
	CcCopyReadNoWait          uint32
	CcCopyReadWait            uint32
	CcCopyReadNoWaitMiss      uint32
	CcCopyReadWaitMiss        uint32
	CcMdlReadNoWait           uint32
	CcMdlReadWait             uint32
	CcMdlReadNoWaitMiss       uint32
	CcMdlReadWaitMiss         uint32
	CcReadAheadIos            uint32
	CcLazyWriteIos            uint32
	CcLazyWritePages          uint32
	CcDataFlushes             uint32
	CcDataPages               uint32

	ContextSwitches    uint32
	FirstLevelTbFills  uint32
	SecondLevelTbFills uint32
	SystemCalls        uint32
}

// SystemKernelInformation is what this system tells of itself that NT has no
// place for.
type SystemKernelInformation struct {
	KernelHeapPages   uint64 // in use
	KernelHeapReserve uint64 // pages put aside for it
	Interrupts        uint64 // of all processors, as those that follow
	Dpcs              uint64
	ContextSwitches   uint64
	SystemCalls       uint64
	DirtyFilePages    uint64 // pages of files that were written to and are not in the file yet
}

// SystemInterruptInformation is SYSTEM_INTERRUPT_INFORMATION.
type SystemInterruptInformation struct {
	ContextSwitches uint32
	DpcCount        uint32
	DpcRate         uint32 // not kept, nor are the two bypass counts
	TimeIncrement   uint32 // 100 ns
	DpcBypassCount  uint32
	ApcBypassCount  uint32
}

// SystemLookasideInformation is SYSTEM_LOOKASIDE_INFORMATION.
type SystemLookasideInformation struct {
	CurrentDepth   uint16 // free blocks that are kept
	MaximumDepth   uint16
	TotalAllocates uint32
	AllocateMisses uint32
	TotalFrees     uint32
	FreeMisses     uint32
	Type           uint32 // POOL_TYPE: 0 nonpaged, 1 paged
	Tag            [4]byte
	Size           uint32 // bytes of a block
}

// SystemFileCacheInformation is SYSTEM_FILECACHE_INFORMATION. Sizes are bytes. There is no working set of the
// cache's own here: CurrentSize is what memory has of files and somebody uses or maps, and the sizes with
// transition pages have besides what is on the standby and modified lists. PeakSize is the most that was seen by
// who looks once a second, PeakSizeIncludingTransitionInPages at least that and what there is now. No limits are set: they are zero, as
// TransitionRePurposeCount and Flags are.
type SystemFileCacheInformation struct {
	CurrentSize                           uint64
	PeakSize                              uint64
	PageFaultCount                        uint32 // reads from files that the cache has made
	MinimumWorkingSet                     uint64 // pages, as the next
	MaximumWorkingSet                     uint64
	CurrentSizeIncludingTransitionInPages uint64 // pages, as the next
	PeakSizeIncludingTransitionInPages    uint64
	TransitionRePurposeCount              uint32
	Flags                                 uint32
}
