//go:build ntuser

package main

import (
	"fmt"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// system is NtQuerySystemInformation with a buffer of length bytes; n is the
// length that it tells.
func system(class uint32, b []uint64, length uint32) (n uint32, s nt.Status) {
	s = ntdll.Raw(nt.SvcQuerySystemInformation, uintptr(class), uintptr(unsafe.Pointer(&b[0])), uintptr(length), uintptr(unsafe.Pointer(&n)))
	return
}

var informationTests = []test{
	{"system-information-lengths", func() error {
		b := make([]uint64, 64)
		for _, c := range []struct {
			what          string
			class, length uint32
			n             uint32
			want          nt.Status
		}{
			{"basic, too short", nt.SystemBasicInformationClass, 63, 0, nt.StatusInfoLengthMismatch},
			{"basic, too long", nt.SystemBasicInformationClass, 66, 0, nt.StatusInfoLengthMismatch},
			{"basic", nt.SystemBasicInformationClass, 64, 64, 0},
			{"processor", nt.SystemProcessorInformationClass, 12, 12, 0},
			{"processor, too short", nt.SystemProcessorInformationClass, 11, 12, nt.StatusInfoLengthMismatch},
			{"no time of day", nt.SystemTimeOfDayInformationClass, 0, 0, 0},
			{"half the time of day", nt.SystemTimeOfDayInformationClass, 24, 24, 0},
			{"time of day", nt.SystemTimeOfDayInformationClass, 48, 48, 0},
			{"time of day, too long", nt.SystemTimeOfDayInformationClass, 49, 0, nt.StatusInfoLengthMismatch},
			{"file cache", nt.SystemFileCacheInformationClass, 64, 64, 0},
			{"file cache, too short", nt.SystemFileCacheInformationClass, 63, 64, nt.StatusInfoLengthMismatch},
			{"memory lists", nt.SystemMemoryListInformationClass, 168, 168, 0},
			{"class 999", 999, 8, 0, nt.StatusInvalidInfoClass},
		} {
			n, s := system(c.class, b, c.length)
			if err := expect(c.what, s, c.want); err != nil {
				return err
			}
			if n != c.n {
				return fmt.Errorf("%s: %d bytes, expected %d", c.what, n, c.n)
			}
		}
		s := ntdll.Raw(nt.SvcQuerySystemInformation, nt.SystemProcessorInformationClass, uintptr(unsafe.Pointer(&b[0]))+1, 12, 0)
		return expect("an odd address", s, nt.StatusDatatypeMisalignment)
	}},
	{"wait-reasons", func() error {
		c := newCallers()
		defer c.end()
		e, _ := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
		defer ntdll.NtClose(e)
		hour := int64(-3600 * 10_000_000)
		for _, x := range []struct {
			reason  uint32
			service nt.Service
			args    []uint64
		}{
			{nt.WaitUserRequest, nt.SvcWaitForSingleObject, []uint64{uint64(e), 0, 0}},
			{nt.WaitDelayExecution, nt.SvcDelayExecution, []uint64{0, 0}},
			{nt.WaitSuspended, nt.SvcSuspendThread, []uint64{uint64(nt.CurrentThread), 0}},
		} {
			if x.service == nt.SvcDelayExecution {
				*(*int64)(pointerAt(c.output())) = hour
				x.args[1] = c.output()
			}
			h, err := c.begin(x.service, x.args...)
			if err != nil {
				return err
			}
			info, _ := ntdll.NtQueryInformationThread(h)
			list, _ := ntdll.QueryProcesses()
			for _, p := range list {
				for _, t := range p.Threads {
					if t.ClientID == info.ClientID && t.WaitReason != x.reason {
						return fmt.Errorf("%v waits for reason %d, expected %d", x.service, t.WaitReason, x.reason)
					}
				}
			}
		}
		return nil
	}},
	{"limited-rights", func() error {
		me, _ := ntdll.NtQueryInformationProcess(nt.CurrentProcess)
		self, _ := ntdll.NtQueryInformationThread(nt.CurrentThread)
		// Who may query all may query a little; the other way round not.
		for _, full := range []bool{false, true} {
			access, threadAccess, want := nt.ProcessQueryLimitedInformation, nt.ThreadQueryLimitedInformation|nt.ThreadSetLimitedInformation, nt.StatusAccessDenied
			if full {
				access, threadAccess, want = nt.ProcessQueryInformation, nt.ThreadQueryInformation|nt.ThreadSetInformation, nt.StatusSuccess
			}
			p, s := ntdll.NtOpenProcess(access, me.UniqueProcessID)
			if !s.OK() {
				return expect("NtOpenProcess", s, 0)
			}
			h, s := ntdll.NtOpenThread(threadAccess, self.ClientID)
			if !s.OK() {
				return expect("NtOpenThread", s, 0)
			}
			_, basic := ntdll.NtQueryInformationProcess(p)
			_, thread := ntdll.NtQueryInformationThread(h)
			_, memory := ntdll.NtQueryVirtualMemory(p, 0)
			var start uint64
			ideal := setThread(h, nt.ThreadIdealProcessorClass, uint32(64))
			if ideal.OK() { // its number
				ideal = 0
			}
			err := all(
				status{"the process", basic, 0},
				status{"the thread", thread, 0},
				status{"memory", memory, want},
				status{"start address", queryThread(h, nt.ThreadStartAddressClass, &start), want},
				status{"base priority", setThread(h, nt.ThreadBasePriorityClass, int32(0)), 0},
				status{"ideal processor", ideal, want},
			)
			ntdll.NtClose(p)
			ntdll.NtClose(h)
			if err != nil {
				return err
			}
		}
		return nil
	}},
	{"link-target", func() error {
		h, s := ntdll.NtOpenSymbolicLinkObject(nt.SymbolicLinkQuery, ntdll.NewAttributes(`\DosDevices`, 0, 0))
		if !s.OK() {
			return expect("NtOpenSymbolicLinkObject", s, 0)
		}
		defer ntdll.NtClose(h)
		// The target is \??, three characters.
		for _, c := range []struct {
			room uint16
			told bool
			want nt.Status
		}{{6, false, 0}, {5, false, nt.StatusBufferTooSmall}, {8, true, 0}, {6, true, nt.StatusBufferTooSmall}} {
			var text [8]uint16
			text[3] = 1
			u := nt.UnicodeString{MaximumLength: c.room, Buffer: uint64(pointer(&text))}
			n, want := uint32(0), uint32(0)
			at := pointer(&n)
			if want = 8; !c.told {
				at, want = 0, 0
			}
			s := ntdll.Raw(nt.SvcQuerySymbolicLinkObject, uintptr(h), pointer(&u), at)
			if s != c.want || n != want || s.OK() && (u.Length != 6 || text[0] != '\\' || text[2] != '?' || (text[3] == 0) != c.told) {
				return fmt.Errorf("room for %d bytes: %v, length %d, %+v, %x", c.room, s, n, u, text)
			}
		}
		return nil
	}},
	{"process-names", func() error {
		b := make([]uint64, 1<<13)
		n, s := system(nt.SystemProcessInformationClass, b, uint32(len(b)*8))
		if !s.OK() || n == 0 {
			return expect("NtQuerySystemInformation", s, 0)
		}
		for at := uintptr(0); ; {
			p := (*nt.SystemProcessInformation)(unsafe.Add(unsafe.Pointer(&b[0]), at))
			name := p.ImageName
			switch {
			case p.UniqueProcessID == 0:
				if name.Length != 0 || name.Buffer != 0 {
					return fmt.Errorf("the idle process has a name: %+v", name)
				}
			case name.Length == 0 || name.MaximumLength != name.Length+2 || *(*uint16)(unsafe.Pointer(pointerAt(name.Buffer + uint64(name.Length)))) != 0:
				return fmt.Errorf("the name of process %d has no end: %+v", p.UniqueProcessID, name)
			}
			if p.NextEntryOffset == 0 {
				return nil
			}
			at += uintptr(p.NextEntryOffset)
		}
	}},
}
