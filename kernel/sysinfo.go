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
	switch uint32(c.R10) {
	case nt.SystemBasicInformationClass:
		lo, hi := mm.LowestAndHighest()
		return answer(t, c, &nt.SystemBasicInformation{TimerResolution: hal.TimeIncrement, PageSize: nt.PageSize,
			NumberOfPhysicalPages: uint32(mm.QueryCounts().Ram), LowestPhysicalPageNumber: lo, HighestPhysicalPageNumber: hi,
			AllocationGranularity: nt.AllocationGranularity, MinimumUserModeAddress: nt.MinimumUserAddress,
			MaximumUserModeAddress: nt.MaximumUserAddress, ActiveProcessorsAffinityMask: 1, NumberOfProcessors: 1})
	case nt.SystemProcessorInformationClass:
		p := hal.IdentifyProcessor()
		tsc, _ := hal.Frequencies()
		v := nt.SystemProcessorInformation{ProcessorArchitecture: 9, ProcessorLevel: uint16(p.Family),
			ProcessorRevision: uint16(p.Model<<8 | p.Stepping), MaximumProcessors: 1, ProcessorFeatureBits: p.FeatureEDX, FrequencyMHz: uint32(tsc / 1_000_000)}
		copy(v.Brand[:], p.Brand)
		return answer(t, c, &v)
	case nt.SystemPerformanceInformationClass:
		n := mm.QueryCounts()
		clock, spurious, _ := hal.Counters()
		np, pp := mm.PoolPages()
		commit := mm.QueryCommit()
		return answer(t, c, &nt.SystemPerformanceInformation{AvailablePages: n.Available(), PageFaultCount: mm.Faults.Total.Load(),
			DemandZeroCount: mm.Faults.DemandZero.Load(), CopyOnWriteCount: mm.Faults.CopyOnWrite.Load(),
			ContextSwitches: ke.ContextSwitches(), SystemCalls: systemCalls, Interrupts: clock + spurious,
			IdleProcessTime: ke.IdleTicks() * hal.TimeIncrement, KernelHeapPages: n.Uses[mm.UseKernelHeap] - hal.HeapPages(), KernelHeapReserve: hal.HeapPages(), NonPagedPoolPages: np, PagedPoolPages: pp,
			CommittedPages: commit.Committed, CommitLimit: commit.Limit, PeakCommitment: commit.Peak, TransitionCount: mm.Faults.Transition.Load()})
	case nt.SystemTimeOfDayInformationClass:
		return answer(t, c, &nt.SystemTimeOfDayInformation{BootTime: bootTime, CurrentTime: systemTime()})
	case nt.SystemProcessInformationClass:
		return answerBytes(t, c, processInformation(c.Rdx))
	case nt.SystemPooltagInformationClass:
		return answerBytes(t, c, pooltagInformation())
	case nt.SystemVersionInformationClass:
		v := nt.VersionInformation{MajorVersion: nt.NtMajor, MinorVersion: nt.NtMinor, BuildNumber: nt.NtBuild}
		copy(v.Product[:], banner)
		return answer(t, c, &v)
	case nt.SystemMemoryListInformationClass:
		n := mm.QueryCounts()
		v := nt.SystemMemoryListInformation{ZeroPageCount: n.Lists[mm.ZeroedList], FreePageCount: n.Lists[mm.FreeList],
			ModifiedPageCount: n.Lists[mm.ModifiedList], StandbyPageCount: n.Lists[mm.StandbyList], BadPageCount: n.Lists[mm.BadList]}
		v.ZeroedByZeroPageThread, v.ZeroPageThreadWakeups, v.ZeroPageThreadRunning = mm.ZeroThreadCounters()
		return answer(t, c, &v)
	}
	return nt.StatusInvalidInfoClass
}

// answer stores a fixed-size answer of NtQuerySystemInformation.
func answer[T any](t *ps.Thread, c *hal.Context, v *T) nt.Status {
	n := uint32(unsafe.Sizeof(*v))
	if s := putOptional(t, c.R9, &n); !s.OK() {
		return s
	}
	if uint32(c.R8) < n {
		return nt.StatusInfoLengthMismatch
	}
	return put(t, c.Rdx, v)
}

// ntQuerySystemTime(*time)
func ntQuerySystemTime(t *ps.Thread, c *hal.Context) nt.Status {
	v := systemTime()
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

// ntDisplayString(*string): on the screen and the serial port.
func ntDisplayString(t *ps.Thread, c *hal.Context) nt.Status {
	var u nt.UnicodeString
	if s := get(t, c.R10, &u); !s.OK() {
		return s
	}
	if u.Length > maximumDisplay*2 {
		return nt.StatusInvalidParameter
	}
	text, s := readString(t, c.R10)
	if s.OK() {
		display(text)
	}
	return s
}
