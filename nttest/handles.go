//go:build ntuser

package main

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf16"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

func queryObject(h nt.Handle, class uintptr, b []byte) (n uint32, s nt.Status) {
	s = ntdll.Raw(nt.SvcQueryObject, uintptr(h), class, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), pointer(&n))
	return
}

func setHandleFlags(h nt.Handle, inherit, protect byte) nt.Status {
	v := [2]byte{inherit, protect}
	return ntdll.Raw(nt.SvcSetInformationObject, uintptr(h), nt.ObjectHandleFlagInformationClass, pointer(&v), 2)
}

// queryThread and queryProcess ask for a class of a fixed size.
func queryThread[T any](h nt.Handle, class uintptr, v *T) nt.Status {
	return ntdll.Raw(nt.SvcQueryInformationThread, uintptr(h), class, pointer(v), unsafe.Sizeof(*v), 0)
}

func queryProcess[T any](h nt.Handle, class uintptr, v *T) nt.Status {
	return ntdll.Raw(nt.SvcQueryInformationProcess, uintptr(h), class, pointer(v), unsafe.Sizeof(*v), 0)
}

func setThread[T any](h nt.Handle, class uintptr, v T) nt.Status {
	return ntdll.Raw(nt.SvcSetInformationThread, uintptr(h), class, pointer(&v), unsafe.Sizeof(v))
}

// decode16 reads a UNICODE_STRING at the start of b.
func decode16(b []byte) string {
	u := (*nt.UnicodeString)(unsafe.Pointer(&b[0]))
	if u.Length == 0 {
		return ""
	}
	return string(utf16.Decode(unsafe.Slice((*uint16)(unsafe.Pointer(at(uintptr(u.Buffer)))), u.Length/2)))
}

// buffer is memory for a service's answer, aligned as structures are: bytes on the
// stack need not be.
func buffer(n int) []byte {
	b := make([]uint64, n/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(&b[0])), n)
}

var handleTests = []test{
	{"query-object", func() error {
		h, s := ntdll.NtCreateEvent(ntdll.NewAttributes(`\QueryMe`, nt.ObjInherit, 0), nt.NotificationEvent, false)
		if !s.OK() {
			return expect("NtCreateEvent", s, 0)
		}
		defer ntdll.NtClose(h)
		var v nt.ObjectBasicInformation
		b := unsafe.Slice((*byte)(unsafe.Pointer(&v)), unsafe.Sizeof(v))
		if n, s := queryObject(h, nt.ObjectBasicInformationClass, b); !s.OK() || n != 56 || v.HandleCount != 1 || v.PointerCount != 2 || v.Attributes != nt.ObjInherit {
			return fmt.Errorf("basic: %v %d %+v", s, n, v)
		}
		name := buffer(256)
		if _, s := queryObject(h, nt.ObjectNameInformationClass, name); !s.OK() || decode16(name) != `\QueryMe` {
			return fmt.Errorf("name: %v %q", s, decode16(name))
		}
		if _, s := queryObject(h, nt.ObjectTypeInformationClass, name); !s.OK() || decode16(name) != "Event" {
			return fmt.Errorf("type: %v %q", s, decode16(name))
		}
		n, s := queryObject(0, nt.ObjectTypesInformationClass, name[:8])
		if s != nt.StatusInfoLengthMismatch || n < 500 {
			return fmt.Errorf("all types: %v, %d bytes", s, n)
		}
		_, bad := queryObject(h, 77, name)
		_, none := queryObject(0x4444, nt.ObjectBasicInformationClass, b)
		_, short := queryObject(h, nt.ObjectBasicInformationClass, b[:55])
		return all(status{"class 77", bad, nt.StatusInvalidInfoClass}, status{"no handle", none, nt.StatusInvalidHandle},
			status{"a short buffer", short, nt.StatusInfoLengthMismatch})
	}},
	{"handle-flags", func() error {
		h, _ := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
		var v [2]byte
		if err := all(
			status{"protect", setHandleFlags(h, 0, 1), 0},
			status{"NtClose", ntdll.NtClose(h), nt.StatusHandleNotClosable}); err != nil {
			return err
		}
		if _, s := queryObject(h, nt.ObjectHandleFlagInformationClass, v[:]); !s.OK() || v != [2]byte{0, 1} {
			return fmt.Errorf("flags: %v %v", s, v)
		}
		return all(
			status{"unprotect", setHandleFlags(h, 0, 0), 0},
			status{"NtClose", ntdll.NtClose(h), 0},
			status{"no handle", setHandleFlags(h, 0, 0), nt.StatusInvalidHandle},
			status{"another class", ntdll.Raw(nt.SvcSetInformationObject, uintptr(h), 2, pointer(&v), 2), nt.StatusInvalidInfoClass})
	}},
	{"inherited-handles", func() error {
		marked, _ := ntdll.NtCreateEvent(ntdll.NewAttributes("", nt.ObjInherit, 0), nt.NotificationEvent, false)
		own, _ := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
		defer ntdll.NtClose(marked)
		defer ntdll.NtClose(own)
		for _, inherit := range []bool{true, false} {
			ntdll.NtResetEvent(marked)
			p, s := ntdll.RtlCreateUserProcessInherit("smss.exe", fmt.Sprintf("nttest inherited %d %d", marked, own), inherit)
			if !s.OK() {
				return expect("RtlCreateUserProcess", s, 0)
			}
			ntdll.NtResumeThread(p.Thread)
			limit := int64(-10 * 10_000_000)
			s = ntdll.NtWaitForSingleObject(p.Handle, false, &limit)
			info, _ := ntdll.NtQueryInformationProcess(p.Handle)
			ntdll.NtClose(p.Handle)
			ntdll.NtClose(p.Thread)
			if err := all(status{"wait", s, 0}, status{"the child", info.ExitStatus, survived}); err != nil {
				return err
			}
			zero := int64(0)
			if ntdll.NtWaitForSingleObject(own, false, &zero) == 0 {
				return fmt.Errorf("inherited: %v, the child has got the other event, too", inherit)
			}
			if set := ntdll.NtWaitForSingleObject(marked, false, &zero) == 0; set != inherit {
				return fmt.Errorf("inherited: %v, the event is set: %v", inherit, set)
			}
		}
		return nil
	}},
	{"duplicate-options", func() error {
		h, _ := ntdll.NtCreateEvent(ntdll.NewAttributes("", nt.ObjInherit, 0), nt.NotificationEvent, false)
		d, s := ntdll.NtDuplicateObject(nt.CurrentProcess, h, nt.CurrentProcess, 0, 0, nt.DuplicateSameAccess|nt.DuplicateSameAttributes|nt.DuplicateCloseSource)
		if !s.OK() {
			return expect("NtDuplicateObject", s, 0)
		}
		var v [2]byte
		queryObject(d, nt.ObjectHandleFlagInformationClass, v[:])
		_, unknown := ntdll.NtDuplicateObject(nt.CurrentProcess, d, nt.CurrentProcess, 0, 0, 8)
		_, right := ntdll.NtDuplicateObject(nt.CurrentProcess, d, nt.CurrentProcess, 0x8000, 0, 0)
		if v[0] != 1 {
			return fmt.Errorf("attributes: %v", v)
		}
		return all(status{"the source", ntdll.NtClose(h), nt.StatusInvalidHandle}, status{"option 8", unknown, nt.StatusInvalidParameter},
			status{"a right events do not have", right, nt.StatusAccessDenied}, status{"the copy", ntdll.NtClose(d), 0})
	}},
	{"open-by-id", func() error {
		p, err := start("sleep")
		if err != nil {
			return err
		}
		h, s := ntdll.NtOpenProcess(nt.ProcessTerminate|nt.Synchronize|nt.ProcessQueryInformation, p.ID.UniqueProcess)
		t, s2 := ntdll.NtOpenThread(nt.ThreadQueryInformation, p.ID)
		if !s.OK() || !s2.OK() {
			return fmt.Errorf("NtOpenProcess: %v, NtOpenThread: %v", s, s2)
		}
		ntdll.NtClose(p.Thread)
		ntdll.NtClose(p.Handle)
		ntdll.NtTerminateProcess(h, 0x99)
		limit := int64(-5 * 10_000_000)
		if err := expect("the end", ntdll.NtWaitForSingleObject(h, false, &limit), 0); err != nil {
			return err
		}
		// Its ids are its own as long as there are handles.
		again, s := ntdll.NtOpenProcess(nt.ProcessQueryInformation, p.ID.UniqueProcess)
		info, _ := ntdll.NtQueryInformationProcess(again)
		if !s.OK() || info.ExitStatus != 0x99 || info.UniqueProcessID != p.ID.UniqueProcess {
			return fmt.Errorf("a process that has ended: %v %+v", s, info)
		}
		ntdll.NtClose(again)
		ntdll.NtClose(h)
		ntdll.NtClose(t)
		// The thread that ended last may still have a reference, on another processor.
		var gone nt.Status
		if err := until("the process is there after its last handle", func() bool {
			h, gone = ntdll.NtOpenProcess(nt.ProcessQueryInformation, p.ID.UniqueProcess)
			if gone.OK() {
				ntdll.NtClose(h)
			}
			return !gone.OK()
		}); err != nil {
			return err
		}
		_, other := ntdll.NtOpenThread(nt.ThreadQueryInformation, nt.ClientID{UniqueProcess: 4, UniqueThread: p.ID.UniqueThread})
		both := ntdll.Raw(nt.SvcOpenProcess, pointer(&h), 0x400, pointer(ntdll.NewAttributes(`\x`, 0, 0)), pointer(&p.ID))
		return all(status{"after the last handle", gone, nt.StatusInvalidParameter}, status{"no such thread", other, nt.StatusInvalidCid},
			status{"name and id", both, nt.StatusInvalidParameterMix})
	}},
	{"thread-information", func() error {
		base := code(spinCode)
		defer ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease)
		h, s := rawThread(base, false)
		if !s.OK() {
			return expect("NtCreateThread", s, 0)
		}
		defer ntdll.NtClose(h)
		defer func() { // before its code goes
			ntdll.NtTerminateThread(h, 0)
			ntdll.NtWaitForSingleObject(h, false, nil)
		}()
		var times nt.KernelUserTimes
		if err := until("the thread has used no time", func() bool {
			queryThread(h, nt.ThreadTimesClass, &times)
			return times.UserTime != 0
		}); err != nil {
			return err
		}
		var start uint64
		var ended, last uint32
		if err := all(
			status{"times", queryThread(h, nt.ThreadTimesClass, &times), 0},
			status{"start", queryThread(h, nt.ThreadStartAddressClass, &start), 0},
			status{"terminated", queryThread(h, nt.ThreadIsTerminatedClass, &ended), 0},
			status{"last", queryThread(nt.CurrentThread, nt.ThreadAmILastThreadClass, &last), 0},
			status{"base priority", setThread(h, nt.ThreadBasePriorityClass, int32(-2)), 0},
			status{"base priority 3", setThread(h, nt.ThreadBasePriorityClass, int32(3)), nt.StatusInvalidParameter},
			status{"base priority 15", setThread(h, nt.ThreadBasePriorityClass, int32(15)), nt.StatusInvalidParameter},
			status{"affinity", setThread(h, nt.ThreadAffinityMaskClass, uint64(1)), 0},
			status{"no affinity", setThread(h, nt.ThreadAffinityMaskClass, uint64(0)), nt.StatusInvalidParameter},
			status{"affinity to what is not there", setThread(h, nt.ThreadAffinityMaskClass, uint64(1)<<63), nt.StatusInvalidParameter},
			status{"ideal processor", setThread(h, nt.ThreadIdealProcessorClass, uint32(77)), nt.StatusInvalidParameter},
			status{"ideal processor 0", setThread(h, nt.ThreadIdealProcessorClass, uint32(0)) &^ 63, 0},
			status{"which ideal processor", setThread(h, nt.ThreadIdealProcessorClass, uint32(64)), 0},
			status{"a short value", setThread(h, nt.ThreadAffinityMaskClass, uint32(1)), nt.StatusInfoLengthMismatch},
			status{"class 99", setThread(h, 99, uint32(1)), nt.StatusInvalidInfoClass},
		); err != nil {
			return err
		}
		info, _ := ntdll.NtQueryInformationThread(h)
		if times.UserTime == 0 || times.CreateTime == 0 || times.ExitTime != 0 || start != base || ended != 0 || last != 0 || info.BasePriority != -2 || info.AffinityMask != 1 {
			return fmt.Errorf("%+v, start %#x, ended %d, last %d, %+v", times, start, ended, last, info)
		}
		ntdll.NtTerminateThread(h, 0)
		ntdll.NtWaitForSingleObject(h, false, nil)
		delay(20 * time.Millisecond)
		queryThread(h, nt.ThreadIsTerminatedClass, &ended)
		if queryThread(h, nt.ThreadTimesClass, &times); ended != 1 || times.ExitTime < times.CreateTime {
			return fmt.Errorf("after its end: %d %+v", ended, times)
		}
		return nil
	}},
	{"process-information", func() error {
		var vm nt.VMCounters
		var more nt.VMCountersEx
		var times nt.KernelUserTimes
		var handles uint32
		var mask uint64
		h, me := nt.CurrentProcess, uintptr(nt.CurrentProcess)
		name := buffer(128)
		if err := all(
			status{"counters", queryProcess(h, nt.ProcessVMCountersClass, &vm), 0},
			status{"more counters", queryProcess(h, nt.ProcessVMCountersClass, &more), 0},
			status{"times", queryProcess(h, nt.ProcessTimesClass, &times), 0},
			status{"handles", queryProcess(h, nt.ProcessHandleCountClass, &handles), 0},
			status{"affinity", queryProcess(h, nt.ProcessAffinityMaskClass, &mask), 0},
			status{"name", ntdll.Raw(nt.SvcQueryInformationProcess, me, nt.ProcessImageFileNameClass, pointer(&name[0]), 128, 0), 0},
			status{"a short buffer", ntdll.Raw(nt.SvcQueryInformationProcess, me, nt.ProcessTimesClass, pointer(&times), 31, 0), nt.StatusInfoLengthMismatch},
			status{"set affinity", ntdll.Raw(nt.SvcSetInformationProcess, me, nt.ProcessAffinityMaskClass, pointer(&mask), 8), 0},
			status{"class 999", queryProcess(h, 999, &mask), nt.StatusInvalidInfoClass},
		); err != nil {
			return err
		}
		if vm.VirtualSize < vm.WorkingSetSize || vm.PeakVirtualSize < vm.VirtualSize || vm.PeakWorkingSetSize < vm.WorkingSetSize || vm.PageFaultCount == 0 || more.PrivateUsage == 0 {
			return fmt.Errorf("counters: %+v", more)
		}
		if vm.PagefileUsage == 0 || vm.WorkingSetSize == 0 || times.CreateTime == 0 || handles < 1 || mask&1 == 0 || decode16(name) != `\SystemRoot\System32\smss.exe` {
			return fmt.Errorf("%+v %+v, %d handles, affinity %#x, %q", vm, times, handles, mask, decode16(name))
		}
		// Ticks that come in services are kernel time.
		before := times.KernelTime
		if err := until("no kernel time", func() bool {
			// Longer than a tick: what until waits for ends right after one.
			for begin := time.Now(); time.Since(begin) < 50*time.Millisecond; {
				queryProcess(h, nt.ProcessTimesClass, &times)
			}
			return times.KernelTime > before
		}); err != nil {
			return err
		}
		mask = 0
		return expect("no affinity", ntdll.Raw(nt.SvcSetInformationProcess, me, nt.ProcessAffinityMaskClass, pointer(&mask), 8), nt.StatusInvalidParameter)
	}},
	{"system-information", func() error {
		var basic nt.SystemBasicInformation
		ntdll.QuerySystem(nt.SystemBasicInformationClass, &basic)
		row := make([]nt.SystemProcessorPerformanceInformation, 64)
		var n uint32
		s := ntdll.Raw(nt.SvcQuerySystemInformation, nt.SystemProcessorPerformanceClass, pointer(&row[0]), 64*48, pointer(&n))
		if !s.OK() || n != 48*uint32(basic.NumberOfProcessors) || row[0].UserTime == 0 || row[0].KernelTime < row[0].IdleTime {
			return fmt.Errorf("processors: %v, %d bytes, %+v", s, n, row[0])
		}
		h, _ := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
		defer ntdll.NtClose(h)
		b := buffer(1 << 16)
		s = ntdll.Raw(nt.SvcQuerySystemInformation, nt.SystemHandleInformationClass, pointer(&b[0]), uintptr(len(b)), pointer(&n))
		count := (*nt.SystemHandleInformation)(unsafe.Pointer(&b[0])).NumberOfHandles
		if !s.OK() || n != 8+24*count {
			return fmt.Errorf("handles: %v, %d bytes, %d handles", s, n, count)
		}
		me, _ := ntdll.NtQueryInformationProcess(nt.CurrentProcess)
		for _, x := range unsafe.Slice((*nt.SystemHandle)(unsafe.Pointer(&b[8])), count) {
			if uint64(x.UniqueProcessID) == me.UniqueProcessID && nt.Handle(x.HandleValue) == h {
				return nil
			}
		}
		return fmt.Errorf("this process's handle %#x is not among %d", h, count)
	}},
}

func init() { register("inherited", inheritedChild) }

// inheritedChild sets what it has under the handles that its parent names: the event
// that it has inherited, nothing, or one of its own runtime's, which that does no
// harm. The parent looks at its events.
func inheritedChild(args []string) nt.Status {
	marked, _ := strconv.ParseUint(args[0], 10, 64)
	own, _ := strconv.ParseUint(args[1], 10, 64)
	ntdll.NtSetEvent(nt.Handle(marked))
	ntdll.NtSetEvent(nt.Handle(own))
	return survived
}
