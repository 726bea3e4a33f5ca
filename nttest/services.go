//go:build ntuser

package main

import (
	"fmt"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

func init() {
	register("bad-pointers", func([]string) nt.Status {
		if err := badPointers(); err != nil {
			fmt.Println("nttest:", err)
			return nt.StatusUnsuccessful
		}
		return nt.StatusSuccess
	})
}

var serviceTests = []test{
	{"unknown-service", func() error {
		for _, n := range []nt.Service{nt.NumServices, 0x1000, 0xFFFFFFFF, 0x80000000} {
			if err := expect(fmt.Sprint("service ", uint32(n)), ntdll.Raw(n, 1, 2, 3, 4), nt.StatusInvalidSystemService); err != nil {
				return err
			}
		}
		return nil
	}},
	{"process-list", func() error {
		me, s := ntdll.NtQueryInformationProcess(nt.CurrentProcess)
		if !s.OK() {
			return expect("NtQueryInformationProcess", s, nt.StatusSuccess)
		}
		list, s := ntdll.QueryProcesses()
		if !s.OK() {
			return expect("NtQuerySystemInformation", s, nt.StatusSuccess)
		}
		found := 0
		for _, p := range list {
			switch {
			case p.UniqueProcessID == 4 && p.Name == "System" && p.NumberOfThreads > 0:
				found |= 1
			case p.UniqueProcessID == me.UniqueProcessID && p.Name == "smss.exe" && p.NumberOfThreads > 0 && p.HandleCount > 0 &&
				p.Threads[0].ClientID.UniqueProcess == me.UniqueProcessID && p.WorkingSetPrivateSize > 1<<20:
				found |= 2
			}
		}
		if found != 3 {
			return fmt.Errorf("%+v", list)
		}
		b := make([]byte, 32)
		var need uint32
		s = ntdll.Raw(nt.SvcQuerySystemInformation, nt.SystemPooltagInformationClass, uintptr(unsafe.Pointer(&b[0])), 4, uintptr(unsafe.Pointer(&need)))
		if s != nt.StatusInfoLengthMismatch || need < 32 {
			return fmt.Errorf("pool tags: %v, %d bytes", s, need)
		}
		return nil
	}},
	{"shutdown-action", func() error {
		return expect("NtShutdownSystem(7)", ntdll.NtShutdownSystem(7), nt.StatusInvalidParameter)
	}},
	{"power-information", func() error {
		var can [1]nt.PowerCapabilities
		if s := ntdll.PowerInformation(nt.SystemPowerCapabilitiesLevel, can[:]); !s.OK() || can[0].SystemS5 != 1 || can[0].PowerButtonPresent != 1 || can[0].SystemS3 != 0 {
			return fmt.Errorf("%v, %+v", s, can)
		}
		var b nt.SystemBasicInformation
		ntdll.QuerySystem(nt.SystemBasicInformationClass, &b)
		list := make([]nt.ProcessorPower, b.NumberOfProcessors)
		if s := ntdll.PowerInformation(nt.ProcessorInformationLevel, list); !s.OK() || list[len(list)-1].Number != uint32(len(list)-1) || list[0].MaxMhz == 0 {
			return fmt.Errorf("%v, %+v", s, list)
		}
		return expect("a processor less", ntdll.PowerInformation(nt.ProcessorInformationLevel, list[1:]), nt.StatusBufferTooSmall)
	}},
	{"bad-pointers", func() error {
		s, err := run(60*time.Second, "bad-pointers")
		if err != nil {
			return err
		}
		return expect("the child", s, nt.StatusSuccess)
	}},
	{"event", func() error {
		for _, typ := range []int{nt.NotificationEvent, nt.SynchronizationEvent} {
			h, s := ntdll.NtCreateEvent(nil, typ, false)
			if !s.OK() {
				return expect("NtCreateEvent", s, 0)
			}
			zero := int64(0)
			if err := expect("wait, not set", ntdll.NtWaitForSingleObject(h, false, &zero), nt.StatusTimeout); err != nil {
				return err
			}
			if old, s := ntdll.NtSetEvent(h); old != 0 || !s.OK() {
				return fmt.Errorf("NtSetEvent: %d %v", old, s)
			}
			if err := expect("wait, set", ntdll.NtWaitForSingleObject(h, false, &zero), nt.StatusSuccess); err != nil {
				return err
			}
			want := nt.StatusSuccess
			if typ == nt.SynchronizationEvent {
				want = nt.StatusTimeout
			}
			if err := expect("wait again", ntdll.NtWaitForSingleObject(h, false, &zero), want); err != nil {
				return err
			}
			if err := expect("NtClose", ntdll.NtClose(h), nt.StatusSuccess); err != nil {
				return err
			}
			if err := expect("NtClose again", ntdll.NtClose(h), nt.StatusInvalidHandle); err != nil {
				return err
			}
		}
		_, s := ntdll.NtCreateEvent(nil, 7, false)
		return expect("NtCreateEvent of type 7", s, nt.StatusInvalidParameter)
	}},
	{"named-objects", func() error {
		a := ntdll.NewAttributes(`\TestEvent`, nt.ObjCaseInsensitive, 0)
		h, s := ntdll.NtCreateEvent(a, nt.NotificationEvent, true)
		if !s.OK() {
			return expect("NtCreateEvent", s, 0)
		}
		if _, s := ntdll.NtCreateEvent(a, nt.NotificationEvent, true); s != nt.StatusObjectNameCollision {
			return expect("the name again", s, nt.StatusObjectNameCollision)
		}
		o, s := ntdll.NtOpenEvent(nt.Synchronize, ntdll.NewAttributes(`\testEVENT`, nt.ObjCaseInsensitive, 0))
		if !s.OK() {
			return expect("NtOpenEvent", s, 0)
		}
		if _, s := ntdll.NtSetEvent(o); s != nt.StatusAccessDenied {
			return expect("NtSetEvent without the right", s, nt.StatusAccessDenied)
		}
		if _, s := ntdll.NtReleaseMutant(o); s != nt.StatusObjectTypeMismatch {
			return expect("NtReleaseMutant of an event", s, nt.StatusObjectTypeMismatch)
		}
		// ObCaseInsensitive of the image's registry is 1 (P0.7).
		e, s := ntdll.NtOpenEvent(nt.Synchronize, ntdll.NewAttributes(`\testEVENT`, 0, 0))
		if s != nt.StatusSuccess {
			return expect("another case", s, nt.StatusSuccess)
		}
		ntdll.NtClose(e)
		ntdll.NtClose(h)
		ntdll.NtClose(o)
		if _, s := ntdll.NtOpenEvent(nt.Synchronize, a); s != nt.StatusObjectNameNotFound {
			return expect("after the last handle", s, nt.StatusObjectNameNotFound)
		}
		return nil
	}},
	{"mutant", func() error {
		h, s := ntdll.NtCreateMutant(nil, true)
		if !s.OK() {
			return expect("NtCreateMutant", s, 0)
		}
		defer ntdll.NtClose(h)
		zero := int64(0)
		if err := expect("recursive wait", ntdll.NtWaitForSingleObject(h, false, &zero), nt.StatusSuccess); err != nil {
			return err
		}
		for i := 0; i < 2; i++ {
			if _, s := ntdll.NtReleaseMutant(h); !s.OK() {
				return expect("NtReleaseMutant", s, 0)
			}
		}
		_, s = ntdll.NtReleaseMutant(h)
		return expect("one too many", s, nt.StatusMutantNotOwned)
	}},
	{"semaphore", func() error {
		if _, s := ntdll.NtCreateSemaphore(nil, 3, 2); s != nt.StatusInvalidParameter {
			return expect("3 of 2", s, nt.StatusInvalidParameter)
		}
		h, s := ntdll.NtCreateSemaphore(nil, 1, 2)
		if !s.OK() {
			return expect("NtCreateSemaphore", s, 0)
		}
		defer ntdll.NtClose(h)
		if old, s := ntdll.NtReleaseSemaphore(h, 1); old != 1 || !s.OK() {
			return fmt.Errorf("release: %d %v", old, s)
		}
		if _, s := ntdll.NtReleaseSemaphore(h, 1); s != nt.StatusSemaphoreLimit {
			return expect("over the limit", s, nt.StatusSemaphoreLimit)
		}
		zero := int64(0)
		for i, want := range []nt.Status{0, 0, nt.StatusTimeout} {
			if err := expect(fmt.Sprint("wait ", i), ntdll.NtWaitForSingleObject(h, false, &zero), want); err != nil {
				return err
			}
		}
		return nil
	}},
	{"timer", func() error {
		h, s := ntdll.NtCreateTimer(nil, nt.SynchronizationTimer)
		if !s.OK() {
			return expect("NtCreateTimer", s, 0)
		}
		defer ntdll.NtClose(h)
		if _, s := ntdll.NtCreateTimer(nil, 2); s != nt.StatusInvalidParameter4 {
			return expect("a timer of type 2", s, nt.StatusInvalidParameter4)
		}
		if s := ntdll.NtSetTimer(h, -50*10_000, -1); s != nt.StatusInvalidParameter6 {
			return expect("a period of -1 ms", s, nt.StatusInvalidParameter6)
		}
		begin := time.Now()
		if s := ntdll.NtSetTimer(h, -50*10_000, 50); !s.OK() {
			return expect("NtSetTimer", s, 0)
		}
		for i := 0; i < 3; i++ {
			if err := expect("wait", ntdll.NtWaitForSingleObject(h, false, nil), nt.StatusSuccess); err != nil {
				return err
			}
		}
		if d := time.Since(begin); d < 140*time.Millisecond || d > 3*time.Second {
			return fmt.Errorf("three beats of 50 ms took %v", d)
		}
		return expect("NtCancelTimer", ntdll.NtCancelTimer(h), nt.StatusSuccess)
	}},
	{"wait-multiple", func() error {
		a, _ := ntdll.NtCreateEvent(nil, nt.SynchronizationEvent, false)
		b, _ := ntdll.NtCreateEvent(nil, nt.SynchronizationEvent, true)
		defer ntdll.NtClose(a)
		defer ntdll.NtClose(b)
		zero, soon := int64(0), int64(-20*10_000)
		h := []nt.Handle{a, b}
		if err := expect("all, one set", ntdll.NtWaitForMultipleObjects(h, true, false, &soon), nt.StatusTimeout); err != nil {
			return err
		}
		if err := expect("any", ntdll.NtWaitForMultipleObjects(h, false, false, &zero), 1); err != nil {
			return err
		}
		ntdll.NtSetEvent(a)
		ntdll.NtSetEvent(b)
		if err := expect("all", ntdll.NtWaitForMultipleObjects(h, true, false, &zero), 0); err != nil {
			return err
		}
		if err := expect("any of none set", ntdll.NtWaitForMultipleObjects(h, false, false, &zero), nt.StatusTimeout); err != nil {
			return err
		}
		if err := expect("none", ntdll.NtWaitForMultipleObjects(nil, false, false, &zero), nt.StatusInvalidParameter1); err != nil {
			return err
		}
		if err := expect("neither all nor any", ntdll.Raw(nt.SvcWaitForMultipleObjects, 2, uintptr(unsafe.Pointer(&h[0])), 2, 0, uintptr(unsafe.Pointer(&zero))), nt.StatusInvalidParameter3); err != nil {
			return err
		}
		return expect("65", ntdll.NtWaitForMultipleObjects(make([]nt.Handle, 65), false, false, &zero), nt.StatusInvalidParameter1)
	}},
	{"yield", func() error {
		// Nobody has a priority as high as 31.
		ntdll.NtSetPriorityThread(nt.CurrentThread, 31)
		s := ntdll.NtYieldExecution()
		ntdll.NtSetPriorityThread(nt.CurrentThread, 8)
		return expect("NtYieldExecution", s, nt.StatusNoYieldPerformed)
	}},
	{"threads", threadTest},
	{"shared-data", func() error {
		k := (*nt.KUserSharedData)(unsafe.Pointer(at(nt.SharedUserData)))
		if k.NtMajorVersion != nt.NtMajor || k.NtBuildNumber != nt.NtBuild {
			return fmt.Errorf("version %d, build %d", k.NtMajorVersion, k.NtBuildNumber)
		}
		read := func(t *nt.KSystemTime) uint64 { return uint64(uint32(t.High1))<<32 | uint64(t.Low) }
		i0, s0 := read(&k.InterruptTime), read(&k.SystemTime)
		delay(100 * time.Millisecond)
		i1, s1 := read(&k.InterruptTime), read(&k.SystemTime)
		if i1-i0 < 800_000 || i1-i0 > 50_000_000 || s1-s0 != i1-i0 {
			return fmt.Errorf("100 ms are %d and %d units", i1-i0, s1-s0)
		}
		now, s := ntdll.NtQuerySystemTime()
		if !s.OK() || now < s1 || now-s1 > 10_000_000 {
			return fmt.Errorf("NtQuerySystemTime: %d, %v; shared data says %d", now, s, s1)
		}
		return nil
	}},
	{"duplicate-handle", func() error {
		h, _ := ntdll.NtCreateEvent(nil, nt.NotificationEvent, true)
		d, s := ntdll.NtDuplicateObject(nt.CurrentProcess, h, nt.CurrentProcess, nt.Synchronize, 0, 0)
		if !s.OK() {
			return expect("NtDuplicateObject", s, 0)
		}
		ntdll.NtClose(h)
		zero := int64(0)
		if err := expect("wait on the copy", ntdll.NtWaitForSingleObject(d, false, &zero), 0); err != nil {
			return err
		}
		if _, s := ntdll.NtSetEvent(d); s != nt.StatusAccessDenied {
			return expect("a right the copy lacks", s, nt.StatusAccessDenied)
		}
		return expect("NtClose", ntdll.NtClose(d), 0)
	}},
}

var noTime int64 // a timeout that waits for nothing

// badPointers gives every service pointers that it must refuse or survive.
func badPointers() error {
	good := make([]byte, 1<<17)
	g := uintptr(unsafe.Pointer(&good[0]))
	values := []uintptr{0, 1, 0x10, 0xFFFF, nt.SharedUserData, nt.UserImageBase, nt.MaximumUserAddress - 3, nt.MaximumUserAddress + 1,
		0x800000000000, 0xFFFF800000000000, 0xFFFFFFFF80201000, ^uintptr(0), ^uintptr(7), g, g + 1}
	skip := map[nt.Service]bool{nt.SvcShutdownSystem: true, nt.SvcContinue: true, nt.SvcRaiseException: true, nt.SvcTerminateProcess: true, nt.SvcTerminateThread: true, nt.SvcSuspendThread: true,
		nt.SvcFreeVirtualMemory: true, nt.SvcProtectVirtualMemory: true, nt.SvcSetInformationThread: true, nt.SvcDisplayString: true,
		nt.SvcReadVirtualMemory: true, nt.SvcWriteVirtualMemory: true, nt.SvcUnmapViewOfSection: true, nt.SvcSetSystemTime: true}
	for s := nt.Service(0); s < nt.NumServices; s++ {
		if skip[s] {
			continue
		}
		for i, v := range values {
			w := values[(i*7+3)%len(values)]
			for _, a := range [][]uintptr{{v, v, v, v, v, v, v, v}, {v, w, v, w, v, w, v, w}, {^uintptr(0), v, w, v, w, v, w, 1}, {g, v, 0, w, 0, v, w, 0}, {4, v, w, 8, v, w, 0, v}} {
				p := uintptr(unsafe.Pointer(&noTime))
				switch s {
				case nt.SvcDelayExecution:
					a[1] = p
				case nt.SvcWaitForSingleObject:
					a[2] = p
				case nt.SvcWaitForKeyedEvent, nt.SvcReleaseKeyedEvent: // 0 is a handle here
					a[3] = p
				case nt.SvcWaitForMultipleObjects:
					a[4] = p
				}
				ntdll.Raw(s, a...)
			}
		}
	}
	if st := ntdll.Raw(nt.SvcDisplayString, 0xFFFFFFFF80201000); st != nt.StatusAccessViolation {
		return expect("NtDisplayString of a kernel address", st, nt.StatusAccessViolation)
	}
	u := nt.UnicodeString{Length: 8, MaximumLength: 8, Buffer: 0xFFFFFFFF80201000}
	if st := ntdll.Raw(nt.SvcDisplayString, uintptr(unsafe.Pointer(&u))); st != nt.StatusAccessViolation {
		return expect("NtDisplayString of kernel text", st, nt.StatusAccessViolation)
	}
	if st := ntdll.Raw(nt.SvcQuerySystemTime, 0xFFFFFFFF80400000); st != nt.StatusAccessViolation {
		return expect("NtQuerySystemTime into the kernel", st, nt.StatusAccessViolation)
	}
	if st := ntdll.Raw(nt.SvcQuerySystemTime, nt.UserImageBase+0x1000); st != nt.StatusAccessViolation {
		return expect("NtQuerySystemTime into code", st, nt.StatusAccessViolation)
	}
	return nil
}

// threadTest starts a second thread of this process by hand; it runs a few
// instructions that set an event and ends.
func threadTest() error {
	h, _ := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
	defer ntdll.NtClose(h)
	base, size, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 0x10000, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		return expect("NtAllocateVirtualMemory", s, 0)
	}
	defer ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease)
	// mov r10, rbx; xor edx, edx; NtSetEvent; mov edx, 77h
	code := join([]byte{0x49, 0x89, 0xDA, 0x31, 0xD2}, callService(nt.SvcSetEvent), []byte{0xBA, 0x77, 0, 0, 0}, endWith(nt.SvcTerminateThread))
	if _, s := ntdll.NtWriteVirtualMemory(nt.CurrentProcess, base, code); !s.OK() {
		return expect("NtWriteVirtualMemory", s, 0)
	}
	if old, s := ntdll.NtProtectVirtualMemory(nt.CurrentProcess, base, 0x1000, nt.PageExecuteRead); !s.OK() || old != nt.PageReadWrite {
		return fmt.Errorf("NtProtectVirtualMemory: %v, old %#x", s, old)
	}
	c := nt.Context{Rip: base, Rbx: uint64(h), Rsp: base + size - 0x28}
	t, id, s := ntdll.NtCreateThread(nt.CurrentProcess, &c, &ntdll.InitialTeb{StackBase: base + size, StackLimit: base + 0x1000}, true)
	if !s.OK() {
		return expect("NtCreateThread", s, 0)
	}
	defer ntdll.NtClose(t)
	soon := int64(-50 * 10_000)
	if err := expect("a suspended thread", ntdll.NtWaitForSingleObject(h, false, &soon), nt.StatusTimeout); err != nil {
		return err
	}
	if old, s := ntdll.NtResumeThread(t); old != 1 || !s.OK() {
		return fmt.Errorf("NtResumeThread: %d %v", old, s)
	}
	later := int64(-5 * 10_000_000)
	if err := expect("the event", ntdll.NtWaitForSingleObject(h, false, &later), 0); err != nil {
		return err
	}
	if err := expect("the thread", ntdll.NtWaitForSingleObject(t, false, &later), 0); err != nil {
		return err
	}
	info, s := ntdll.NtQueryInformationThread(t)
	if !s.OK() || info.ExitStatus != 0x77 || info.ClientID != id {
		return fmt.Errorf("NtQueryInformationThread: %v %+v, client id %v", s, info, id)
	}
	return nil
}
