package system

import (
	"math/bits"

	"gont/cc"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/svc"
)

// Classes of NtQuerySystemInformation that count what the system has done.

func performance() *nt.SystemPerformanceInformation {
	n := mm.QueryCounts()
	commit := mm.QueryCommit()
	v := &nt.SystemPerformanceInformation{IdleProcessTime: ke.IdleTicks() * ke.TimeIncrement,
		AvailablePages: uint32(n.Available()), CommittedPages: uint32(commit.Committed), CommitLimit: uint32(commit.Limit), PeakCommitment: uint32(commit.Peak),
		PageFaultCount: uint32(mm.Faults.Total.Load()), CopyOnWriteCount: uint32(mm.Faults.CopyOnWrite.Load()),
		TransitionCount: uint32(mm.Faults.Transition.Load()), DemandZeroCount: uint32(mm.Faults.DemandZero.Load()),
		PageReadCount: uint32(mm.Faults.PageRead.Load()), PageReadIoCount: uint32(mm.Faults.PageReadIo.Load()),
		DirtyPagesWriteCount: uint32(mm.Faults.PageWrite.Load()), DirtyWriteIoCount: uint32(mm.Faults.PageWriteIo.Load()),
		CacheReadCount: uint32(mm.Faults.CacheRead.Load()), CacheIoCount: uint32(mm.Faults.CacheReadIo.Load()),
		MappedPagesWrite: uint32(mm.Faults.MappedWrite.Load()), MappedWriteIoCount: uint32(mm.Faults.MappedWriteIo.Load()),
		CcFastReadWait: uint32(cc.Counts.FastReads.Load()), CcCopyReadWait: uint32(cc.Counts.Reads.Load()), CcCopyReadWaitMiss: uint32(cc.Counts.ReadMisses.Load()),
		CcReadAheadIos: uint32(cc.Counts.AheadIos.Load()), CcDataFlushes: uint32(cc.Counts.Flushes.Load()), CcDataPages: uint32(cc.Counts.FlushPages.Load()),
		FreeSystemPtes:        uint32(mm.FreeSystemPtes()),
		NonPagedLookasideHits: uint32(mm.LookasideHits(mm.NonPagedPool)), PagedLookasideHits: uint32(mm.LookasideHits(mm.PagedPool)),
		ContextSwitches: uint32(ke.ContextSwitches()), SystemCalls: uint32(svc.Calls.Load())}
	np, pp := mm.PoolPages()
	v.NonPagedPoolPages, v.PagedPoolPages = uint32(np), uint32(pp)
	v.ResidentPagedPoolPage = v.PagedPoolPages
	allocs, frees := mm.PoolBlocks(mm.NonPagedPool)
	v.NonPagedPoolAllocs, v.NonPagedPoolFrees = uint32(allocs), uint32(frees)
	allocs, frees = mm.PoolBlocks(mm.PagedPool)
	v.PagedPoolAllocs, v.PagedPoolFrees = uint32(allocs), uint32(frees)
	pages, writes, _ := cc.LazyCounts()
	v.CcLazyWritePages, v.CcLazyWriteIos = uint32(pages), uint32(writes)
	v.ResidentSystemCache = uint32(n.Uses[mm.UseFile])
	return v
}

func fileCache() *nt.SystemFileCacheInformation {
	c := mm.QueryFileCache()
	return &nt.SystemFileCacheInformation{CurrentSize: c.Active * nt.PageSize, PeakSize: c.Peak * nt.PageSize, PageFaultCount: uint32(mm.Faults.CacheReadIo.Load()),
		CurrentSizeIncludingTransitionInPages: c.Active + c.Transition, PeakSizeIncludingTransitionInPages: max(c.Peak, c.Active+c.Transition)}
}

func kernelInformation() *nt.SystemKernelInformation {
	v := &nt.SystemKernelInformation{KernelHeapPages: mm.QueryCounts().Uses[mm.UseKernelHeap] - mm.HeapReserve(), KernelHeapReserve: mm.HeapReserve(), DirtyFilePages: mm.DirtyFilePages(),
		Dpcs: ke.DpcCount(), ContextSwitches: ke.ContextSwitches(), SystemCalls: svc.Calls.Load()}
	eachProcessor(func(n int) { v.Interrupts += Machine.Interrupts(n) })
	return v
}

// eachProcessor calls f for the active processors, in the order of their numbers.
func eachProcessor(f func(n int)) {
	for m := ke.ActiveProcessors(); m != 0; m &= m - 1 {
		f(bits.TrailingZeros64(m))
	}
}

// processorPerformance is SystemProcessorPerformanceInformation's answer.
func processorPerformance() (b []byte) {
	eachProcessor(func(n int) {
		p := ke.ProcessorCounters(n)
		b = svc.AppendValue(b, &nt.SystemProcessorPerformanceInformation{IdleTime: p.IdleTicks * ke.TimeIncrement, KernelTime: p.KernelTicks * ke.TimeIncrement,
			UserTime: p.UserTicks * ke.TimeIncrement, DpcTime: p.DpcTime, InterruptCount: uint32(Machine.Interrupts(n))})
	})
	return b
}

// interruptInformation is SystemInterruptInformation's answer.
func interruptInformation() (b []byte) {
	eachProcessor(func(n int) {
		p := ke.ProcessorCounters(n)
		b = svc.AppendValue(b, &nt.SystemInterruptInformation{ContextSwitches: uint32(p.ContextSwitches), DpcCount: uint32(p.Dpcs), TimeIncrement: ke.TimeIncrement})
	})
	return b
}

// lookasideInformation is SystemLookasideInformation's answer.
func lookasideInformation() (b []byte) {
	for _, l := range mm.Lookasides() {
		b = svc.AppendValue(b, &nt.SystemLookasideInformation{CurrentDepth: uint16(l.Kept), MaximumDepth: uint16(l.Most),
			TotalAllocates: uint32(l.Allocates), AllocateMisses: uint32(l.AllocateMisses), TotalFrees: uint32(l.Frees), FreeMisses: uint32(l.FreeMisses),
			Type: uint32(l.Type), Tag: l.Tag, Size: uint32(l.Size)})
	}
	return b
}
