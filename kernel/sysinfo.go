//go:build kernel

package main

import (
	"unsafe"

	"gont/hal"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

func pointerTo(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

// ntQuerySystemInformation(class, buffer, length, *returned)
func ntQuerySystemInformation(t *ps.Thread, c *hal.Context) nt.Status {
	r := systemReply(t, c)
	switch uint32(c.R10) {
	case nt.SystemBasicInformationClass:
		lo, hi := mm.LowestAndHighest()
		return r.exact(asBytes(&nt.SystemBasicInformation{TimerResolution: hal.TimeIncrement, PageSize: nt.PageSize,
			NumberOfPhysicalPages: uint32(mm.QueryCounts().Ram), LowestPhysicalPageNumber: lo, HighestPhysicalPageNumber: hi,
			AllocationGranularity: nt.AllocationGranularity, MinimumUserModeAddress: nt.MinimumUserAddress,
			MaximumUserModeAddress: nt.MaximumUserAddress, ActiveProcessorsAffinityMask: ke.ActiveProcessors(), NumberOfProcessors: uint8(ke.Processors())}))
	case nt.SystemProcessorInformationClass:
		p := hal.IdentifyProcessor()
		return r.bytes(asBytes(&nt.SystemProcessorInformation{ProcessorArchitecture: 9, ProcessorLevel: uint16(p.Family),
			ProcessorRevision: uint16(p.Model<<8 | p.Stepping), MaximumProcessors: uint16(ke.Processors()), ProcessorFeatureBits: p.FeatureEDX}))
	case nt.SystemProcessorBrandClass:
		tsc, _ := hal.Frequencies()
		v := nt.SystemProcessorBrandInformation{FrequencyMHz: uint32(tsc / 1_000_000)}
		copy(v.Brand[:], hal.IdentifyProcessor().Brand)
		return r.bytes(asBytes(&v))
	case nt.SystemPerformanceInformationClass:
		return r.bytes(asBytes(performance()))
	case nt.SystemKernelInformationClass:
		return r.bytes(asBytes(kernelInformation()))
	case nt.SystemInterruptInformationClass:
		return r.bytes(interruptInformation())
	case nt.SystemLookasideInformationClass:
		return r.bytes(lookasideInformation())
	case nt.SystemTimeOfDayInformationClass:
		at, bias := ke.BootTime()
		v := nt.SystemTimeOfDayInformation{BootTime: at, CurrentTime: ke.SystemTime(), BootTimeBias: bias}
		if r.length > uint32(unsafe.Sizeof(v)) {
			return nt.StatusInfoLengthMismatch
		}
		return r.bytes(asBytes(&v)[:r.length]) // as much as is wanted
	case nt.SystemProcessInformationClass:
		if mm.HeapIsLow() {
			return nt.StatusInsufficientResources
		}
		return r.bytes(processInformation(c.Rdx))
	case nt.SystemProcessorPerformanceClass:
		return r.bytes(processorPerformance())
	case nt.SystemHandleInformationClass:
		return handleInformation(r)
	case nt.SystemPageFileInformationClass:
		return r.bytes(pageFileInformation(c.Rdx))
	case nt.SystemPooltagInformationClass:
		return r.bytes(pooltagInformation())
	case nt.SystemPageUsageInformationClass:
		n := mm.QueryCounts()
		v := nt.SystemPageUsageInformation{Uses: uint32(min(len(n.Uses), len(nt.SystemPageUsageInformation{}.Rows)))}
		for i := range v.Rows[:v.Uses] {
			v.Rows[i].Pages = n.Uses[i]
			copy(v.Rows[i].Name[:], mm.Use(i).String())
		}
		return r.bytes(asBytes(&v))
	case nt.SystemVersionInformationClass:
		v := nt.VersionInformation{MajorVersion: nt.NtMajor, MinorVersion: nt.NtMinor, BuildNumber: nt.NtBuild}
		copy(v.Product[:], banner)
		return r.bytes(asBytes(&v))
	case nt.SystemMemoryListInformationClass:
		n := mm.QueryCounts()
		v := nt.SystemMemoryListInformation{ZeroPageCount: n.Lists[mm.ZeroedList], FreePageCount: n.Lists[mm.FreeList],
			ModifiedPageCount: n.Lists[mm.ModifiedList], BadPageCount: n.Lists[mm.BadList]}
		v.PageCountByPriority[nt.StandbyPriority] = n.Lists[mm.StandbyList]
		return r.bytes(asBytes(&v))
	case nt.SystemZeroPageInformationClass:
		var v nt.SystemZeroPageInformation
		v.ZeroedByZeroPageThread, v.ZeroPageThreadWakeups, v.ZeroPageThreadGaveWay, v.ZeroPageThreadRunning = mm.ZeroThreadCounters()
		return r.bytes(asBytes(&v))
	}
	return nt.StatusInvalidInfoClass
}

// ntQuerySystemTime(*time)
func ntQuerySystemTime(t *ps.Thread, c *hal.Context) nt.Status {
	v := ke.SystemTime()
	return put(t, c.R10, &v)
}

// ntQueryPerformanceCounter(*counter, *frequency): nanoseconds.
func ntQueryPerformanceCounter(t *ps.Thread, c *hal.Context) nt.Status {
	v := hal.Nanotime()
	if s := put(t, c.R10, &v); !s.OK() {
		return s
	}
	if f := int64(1_000_000_000); c.Rdx != 0 {
		return put(t, c.Rdx, &f)
	}
	return nt.StatusSuccess
}

// maximumDisplay is how much NtDisplayString takes at once, in characters.
const maximumDisplay = 4096

// ntDisplayString(*string): on the screen and the serial port. The string and its
// header are read once.
func ntDisplayString(t *ps.Thread, c *hal.Context) nt.Status {
	var u nt.UnicodeString
	if s := get(t, c.R10, &u); !s.OK() {
		return s
	}
	if u.Length > maximumDisplay*2 {
		return nt.StatusInvalidParameter
	}
	text, s := readUnicode(t, &u)
	if !s.OK() {
		return s
	}
	return displayWaiting(text)
}
