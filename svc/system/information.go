package system

import (
	"unsafe"

	"gont/ex"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/svc"
)

// NtQuerySystemInformation(class, buffer, length, *returned)
func NtQuerySystemInformation(c *svc.Call) nt.Status {
	r := svc.SystemReply(c)
	switch c.Uint32(1) {
	case nt.SystemBasicInformationClass:
		lo, hi := mm.LowestAndHighest()
		return r.Exact(svc.AsBytes(&nt.SystemBasicInformation{TimerResolution: ke.TimeIncrement, PageSize: nt.PageSize,
			NumberOfPhysicalPages: uint32(mm.QueryCounts().Ram), LowestPhysicalPageNumber: lo, HighestPhysicalPageNumber: hi,
			AllocationGranularity: nt.AllocationGranularity, MinimumUserModeAddress: nt.MinimumUserAddress,
			MaximumUserModeAddress: nt.MaximumUserAddress, ActiveProcessorsAffinityMask: ke.ActiveProcessors(), NumberOfProcessors: uint8(ke.Processors())}))
	case nt.SystemProcessorInformationClass:
		p := Machine.Processor()
		return r.Bytes(svc.AsBytes(&nt.SystemProcessorInformation{ProcessorArchitecture: 9, ProcessorLevel: uint16(p.Family),
			ProcessorRevision: uint16(p.Model<<8 | p.Stepping), MaximumProcessors: uint16(ke.Processors()), ProcessorFeatureBits: p.FeatureEDX}))
	case nt.SystemProcessorBrandClass:
		p := Machine.Processor()
		v := nt.SystemProcessorBrandInformation{FrequencyMHz: p.MHz}
		copy(v.Brand[:], p.Brand)
		return r.Bytes(svc.AsBytes(&v))
	case nt.SystemPerformanceInformationClass:
		return r.Bytes(svc.AsBytes(performance()))
	case nt.SystemFileCacheInformationClass:
		return r.Bytes(svc.AsBytes(fileCache()))
	case nt.SystemKernelInformationClass:
		return r.Bytes(svc.AsBytes(kernelInformation()))
	case nt.SystemInterruptInformationClass:
		return r.Bytes(interruptInformation())
	case nt.SystemLookasideInformationClass:
		return r.Bytes(lookasideInformation())
	case nt.SystemTimeOfDayInformationClass:
		at, bias := ke.BootTime()
		z := ex.CurrentTimeZone()
		v := nt.SystemTimeOfDayInformation{BootTime: at, CurrentTime: ke.SystemTime(), BootTimeBias: bias,
			TimeZoneBias: z.Active * 60 * 10_000_000, TimeZoneID: uint32(z.Period)}
		if r.Length > uint32(unsafe.Sizeof(v)) {
			return nt.StatusInfoLengthMismatch
		}
		return r.Bytes(svc.AsBytes(&v)[:r.Length]) // as much as is wanted
	case nt.SystemCurrentTimeZoneInformationClass:
		return r.Exact(svc.AsBytes(currentTimeZone()))
	case nt.SystemProcessInformationClass:
		if mm.HeapIsLow() {
			return nt.StatusInsufficientResources
		}
		return r.Bytes(processInformation(c.Arg(2)))
	case nt.SystemProcessorPerformanceClass:
		return r.Bytes(processorPerformance())
	case nt.SystemHandleInformationClass:
		return handleInformation(r)
	case nt.SystemPageFileInformationClass:
		return r.Bytes(pageFileInformation(c.Arg(2)))
	case nt.SystemPooltagInformationClass:
		return r.Bytes(pooltagInformation())
	case nt.SystemPageUsageInformationClass:
		n := mm.QueryCounts()
		v := nt.SystemPageUsageInformation{Uses: uint32(min(len(n.Uses), len(nt.SystemPageUsageInformation{}.Rows)))}
		for i := range v.Rows[:v.Uses] {
			v.Rows[i].Pages = n.Uses[i]
			copy(v.Rows[i].Name[:], mm.Use(i).String())
		}
		return r.Bytes(svc.AsBytes(&v))
	case nt.SystemVersionInformationClass:
		v := nt.VersionInformation{MajorVersion: nt.NtMajor, MinorVersion: nt.NtMinor, BuildNumber: nt.NtBuild}
		copy(v.Product[:], Machine.Product)
		return r.Bytes(svc.AsBytes(&v))
	case nt.SystemMemoryListInformationClass:
		n := mm.QueryCounts()
		v := nt.SystemMemoryListInformation{ZeroPageCount: n.Lists[mm.ZeroedList], FreePageCount: n.Lists[mm.FreeList],
			ModifiedPageCount: n.Lists[mm.ModifiedList] + n.Lists[mm.ModifiedFileList], BadPageCount: n.Lists[mm.BadList]}
		v.PageCountByPriority[nt.StandbyPriority] = n.Lists[mm.StandbyList]
		return r.Bytes(svc.AsBytes(&v))
	case nt.SystemZeroPageInformationClass:
		var v nt.SystemZeroPageInformation
		v.ZeroedByZeroPageThread, v.ZeroPageThreadWakeups, v.ZeroPageThreadGaveWay, v.ZeroPageThreadRunning = mm.ZeroThreadCounters()
		return r.Bytes(svc.AsBytes(&v))
	}
	return table(r, c.Uint32(1))
}

// NtQuerySystemTime(*time)
func NtQuerySystemTime(c *svc.Call) nt.Status {
	t := c.Thread
	v := ke.SystemTime()
	return svc.Put(t, c.Arg(1), &v)
}

// NtQueryPerformanceCounter(*counter, *frequency): nanoseconds.
func NtQueryPerformanceCounter(c *svc.Call) nt.Status {
	t := c.Thread
	v := Machine.Counter()
	if s := svc.Put(t, c.Arg(1), &v); !s.OK() {
		return s
	}
	if f := int64(1_000_000_000); c.Arg(2) != 0 {
		return svc.Put(t, c.Arg(2), &f)
	}
	return nt.StatusSuccess
}

// NtGetCurrentProcessorNumber() returns the number, and no status.
func NtGetCurrentProcessorNumber(*svc.Call) nt.Status { return nt.Status(ke.CurrentProcessor()) }
