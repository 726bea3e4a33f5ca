//go:build ntuser

package main

import (
	"fmt"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// The system time, callbacks, and what the system tells of itself (P1.10).

const hour = 3600 * 10_000_000

var systemTimeTests = []test{
	// An hour on and back again: what ends at a time of day follows, the rest does not.
	{"system-time", func() error {
		absolute, _ := ntdll.NtCreateTimer(nil, nt.NotificationTimer)
		defer ntdll.NtClose(absolute)
		relative, _ := ntdll.NtCreateTimer(nil, nt.NotificationTimer)
		defer ntdll.NtClose(relative)
		begin, _ := ntdll.NtQuerySystemTime()
		var before nt.SystemTimeOfDayInformation
		ntdll.QuerySystem(nt.SystemTimeOfDayInformationClass, &before)
		ntdll.NtSetTimer(absolute, int64(begin+hour/2), 0)
		ntdll.NtSetTimer(relative, -hour/2, 0)
		c := newCallers()
		defer c.end()
		due := int64(begin + hour/2)
		*(*int64)(pointerAt(c.output())) = due
		waiter, err := c.begin(nt.SvcWaitForSingleObject, uint64(relative), 0, c.output())
		if err != nil {
			return err
		}
		old, s := ntdll.NtSetSystemTime(begin + hour)
		defer func() {
			now, _ := ntdll.NtQuerySystemTime()
			ntdll.NtSetSystemTime(now - hour)
		}()
		shared := (*nt.KUserSharedData)(unsafe.Pointer(at(nt.SharedUserData)))
		seen := uint64(uint32(shared.SystemTime.High1))<<32 | uint64(shared.SystemTime.Low)
		now, _ := ntdll.NtQuerySystemTime()
		if !s.OK() || old < begin || old-begin > hour/10 || now < begin+hour || now-begin-hour > hour/10 {
			return fmt.Errorf("NtSetSystemTime: %v, it was %d after the begin, is %d", s, old-begin, now-begin)
		}
		if seen < begin+hour { // \Callback\SetSystemTime
			return fmt.Errorf("the shared page is %d behind", begin+hour-seen)
		}
		if err := all(
			status{"the absolute timer", ntdll.NtWaitForSingleObject(absolute, false, &noTime), 0},
			status{"the relative timer", ntdll.NtWaitForSingleObject(relative, false, &noTime), nt.StatusTimeout}); err != nil {
			return err
		}
		if err := ends(waiter, nt.StatusTimeout); err != nil {
			return err
		}
		var after nt.SystemTimeOfDayInformation
		ntdll.QuerySystem(nt.SystemTimeOfDayInformationClass, &after)
		up, upBefore := after.CurrentTime-after.BootTime, before.CurrentTime-before.BootTime
		if up < upBefore || up-upBefore > hour/10 || after.BootTimeBias-before.BootTimeBias != after.BootTime-before.BootTime {
			return fmt.Errorf("it has run for %d, before for %d; bias %d", up, upBefore, after.BootTimeBias)
		}
		return nil
	}},
	// The CMOS clock follows, and can be taken as the time again.
	{"real-time-clock", func() error {
		const second = 10_000_000
		begin, _ := ntdll.NtQuerySystemTime()
		start := time.Now()
		// The CMOS clock counts seconds: what it says is not put back by less an hour.
		defer func() { ntdll.NtSetSystemTime(begin + uint64(time.Since(start).Nanoseconds()/100)) }()
		if _, s := ntdll.NtSetSystemTime(begin + hour); !s.OK() {
			return expect("NtSetSystemTime", s, 0)
		}
		delay(500 * time.Millisecond) // a worker thread's work
		var old uint64
		s := ntdll.Raw(nt.SvcSetSystemTime, 0, pointer(&old))
		now, _ := ntdll.NtQuerySystemTime()
		if d := int64(now - old); !s.OK() || old < begin+hour || d < -2*second || d > 10*second {
			return fmt.Errorf("%v: the system time was %d after the begin, the CMOS clock's %d", s, old-begin, now-begin)
		}
		return nil
	}},
	{"system-time-refused", func() error {
		now, _ := ntdll.NtQuerySystemTime()
		_, zero := ntdll.NtSetSystemTime(0)
		_, late := ntdll.NtSetSystemTime(1 << 63)
		if then, _ := ntdll.NtQuerySystemTime(); then < now || then-now > hour/10 {
			return fmt.Errorf("it was %d, is %d", now, then)
		}
		return all(status{"no time", zero, nt.StatusInvalidParameter}, status{"no time at all", late, nt.StatusInvalidParameter},
			status{"a bad pointer", ntdll.Raw(nt.SvcSetSystemTime, 8, 0), nt.StatusAccessViolation},
			status{"nowhere to put the old one", ntdll.Raw(nt.SvcSetSystemTime, pointer(&now), 8), nt.StatusAccessViolation})
	}},
	{"callbacks", func() error {
		h, s := ntdll.NtOpenDirectoryObject(nt.DirectoryQuery, ntdll.NewAttributes(`\Callback`, nt.ObjCaseInsensitive, 0))
		if !s.OK() {
			return expect("NtOpenDirectoryObject", s, 0)
		}
		defer ntdll.NtClose(h)
		list, s := ntdll.NtQueryDirectoryObject(h)
		if got := fmt.Sprint(list); !s.OK() || got != "[{PowerState Callback} {ProcessorAdd Callback} {SetSystemState Callback} {SetSystemTime Callback}]" {
			return fmt.Errorf("%v %s", s, got)
		}
		_, s = ntdll.NtOpenEvent(nt.Synchronize, ntdll.NewAttributes(`\Callback\PowerState`, 0, 0))
		return expect("one as an event", s, nt.StatusObjectTypeMismatch)
	}},
	{"worker-threads", func() error {
		list, _ := ntdll.QueryProcesses()
		n := map[int32]int{}
		for _, p := range list {
			if p.UniqueProcessID == 4 {
				for _, t := range p.Threads {
					n[t.BasePriority]++
				}
			}
		}
		if n[12] < 3 || n[13] < 5 || n[15] < 1 {
			return fmt.Errorf("threads of System by priority: %v", n)
		}
		return nil
	}},
	{"performance-information", func() error {
		var p, q nt.SystemPerformanceInformation
		var need uint32
		if s := ntdll.Raw(nt.SvcQuerySystemInformation, nt.SystemPerformanceInformationClass, pointer(&p), unsafe.Sizeof(p), pointer(&need)); !s.OK() || need != 0x138 {
			return fmt.Errorf("%v, %d bytes", s, need)
		}
		h, _ := ntdll.NtCreateIoCompletion(nil, 1)
		for range 10 {
			ntdll.NtSetIoCompletion(h, packet(1))
			ntdll.NtRemoveIoCompletion(h, nil)
		}
		ntdll.NtClose(h)
		delay(50 * time.Millisecond)
		ntdll.QuerySystem(nt.SystemPerformanceInformationClass, &q)
		if q.ContextSwitches == p.ContextSwitches || q.SystemCalls-p.SystemCalls < 20 || q.AvailablePages == 0 || q.FreeSystemPtes == 0 || q.FreeSystemPtes > 1<<16 {
			return fmt.Errorf("first %+v, then %+v", p, q)
		}
		if hits, blocks := q.NonPagedLookasideHits-p.NonPagedLookasideHits, q.NonPagedPoolAllocs-p.NonPagedPoolAllocs; hits+blocks < 10 {
			return fmt.Errorf("ten packets were %d hits and %d blocks", hits, blocks)
		}
		return expect("a byte too few", ntdll.Raw(nt.SvcQuerySystemInformation, nt.SystemPerformanceInformationClass, pointer(&p), 0x137, 0), nt.StatusInfoLengthMismatch)
	}},
	{"interrupt-information", func() error {
		var basic nt.SystemBasicInformation
		ntdll.QuerySystem(nt.SystemBasicInformationClass, &basic)
		n := int(basic.NumberOfProcessors)
		take := func() (rows []nt.SystemInterruptInformation, times []nt.SystemProcessorPerformanceInformation, s nt.Status) {
			rows, times = make([]nt.SystemInterruptInformation, n), make([]nt.SystemProcessorPerformanceInformation, n)
			s = ntdll.Raw(nt.SvcQuerySystemInformation, nt.SystemInterruptInformationClass, pointer(&rows[0]), uintptr(n*24), 0)
			if s.OK() {
				s = ntdll.Raw(nt.SvcQuerySystemInformation, nt.SystemProcessorPerformanceClass, pointer(&times[0]), uintptr(n*48), 0)
			}
			return
		}
		rows, times, s := take()
		if !s.OK() {
			return expect("NtQuerySystemInformation", s, 0)
		}
		// Each timer that fires with an APC is a DPC.
		p, free := newProgram()
		defer free()
		timer, _ := ntdll.NtCreateTimer(nil, nt.SynchronizationTimer)
		ntdll.NtSetTimerApc(timer, -10_000, 20, p.base, p.base+0x800)
		for range 5 {
			ntdll.NtDelayExecution(true, -hour)
		}
		ntdll.NtClose(timer)
		after, timesAfter, _ := take()
		dpcs, dpcTime, interrupts := uint32(0), uint64(0), uint32(0)
		for i := range rows {
			dpcs += after[i].DpcCount - rows[i].DpcCount
			dpcTime += timesAfter[i].DpcTime - times[i].DpcTime
			interrupts += timesAfter[i].InterruptCount - times[i].InterruptCount
			if after[i].TimeIncrement != basic.TimerResolution {
				return fmt.Errorf("processor %d: %+v", i, after[i])
			}
		}
		if dpcs < 5 || dpcTime == 0 || interrupts < 5 {
			return fmt.Errorf("%d DPCs in %d units, %d interrupts", dpcs, dpcTime, interrupts)
		}
		return nil
	}},
}
