//go:build ntuser

package ntdll

import (
	"unsafe"

	"gont/nt"
)

// NtDisplayString shows text on the screen and the serial port.
func NtDisplayString(s string) nt.Status {
	return ZwDisplayString(uintptr(unsafe.Pointer(&NewString(s).UnicodeString)))
}

// NtClose closes a handle.
func NtClose(h nt.Handle) nt.Status { return ZwClose(uintptr(h)) }

// NtYieldExecution lets threads of the same priority run.
func NtYieldExecution() nt.Status { return ZwYieldExecution() }

// NtGetCurrentProcessorNumber returns the processor the thread runs on.
func NtGetCurrentProcessorNumber() uint32 { return uint32(ZwGetCurrentProcessorNumber()) }

// NtWaitForSingleObject waits for an object; timeout in 100 ns units, negative
// for relative, nil for ever.
func NtWaitForSingleObject(h nt.Handle, alertable bool, timeout *int64) nt.Status {
	return ZwWaitForSingleObject(uintptr(h), flag(alertable), uintptr(unsafe.Pointer(timeout)))
}

// NtWaitForMultipleObjects waits for any object, or for all.
func NtWaitForMultipleObjects(h []nt.Handle, all, alertable bool, timeout *int64) nt.Status {
	typ := uintptr(nt.WaitAny)
	if all {
		typ = nt.WaitAll
	}
	return ZwWaitForMultipleObjects(uintptr(len(h)), uintptr(unsafe.Pointer(unsafe.SliceData(h))), typ, flag(alertable), uintptr(unsafe.Pointer(timeout)))
}

// NtDelayExecution waits for the time alone.
func NtDelayExecution(alertable bool, interval int64) nt.Status {
	return ZwDelayExecution(flag(alertable), uintptr(unsafe.Pointer(&interval)))
}

// NtCreateEvent makes an event, named if attributes say so.
func NtCreateEvent(a *Attributes, typ int, signalled bool) (h nt.Handle, s nt.Status) {
	s = ZwCreateEvent(uintptr(unsafe.Pointer(&h)), uintptr(nt.AllAccess&^0xFFFC), uintptr(unsafe.Pointer(a)), uintptr(typ), flag(signalled))
	return
}

// NtOpenEvent opens a named event.
func NtOpenEvent(access nt.AccessMask, a *Attributes) (h nt.Handle, s nt.Status) {
	s = ZwOpenEvent(uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(a)))
	return
}

// NtSetEvent signals an event and returns its state before.
func NtSetEvent(h nt.Handle) (old int32, s nt.Status) {
	s = ZwSetEvent(uintptr(h), uintptr(unsafe.Pointer(&old)))
	return
}

// NtResetEvent takes the signal back and returns the state before.
func NtResetEvent(h nt.Handle) (old int32, s nt.Status) {
	s = ZwResetEvent(uintptr(h), uintptr(unsafe.Pointer(&old)))
	return
}

// NtCreateMutant makes a mutant.
func NtCreateMutant(a *Attributes, owned bool) (h nt.Handle, s nt.Status) {
	s = ZwCreateMutant(uintptr(unsafe.Pointer(&h)), uintptr(nt.StandardAll|1), uintptr(unsafe.Pointer(a)), flag(owned))
	return
}

// NtReleaseMutant gives a mutant back.
func NtReleaseMutant(h nt.Handle) (old int32, s nt.Status) {
	s = ZwReleaseMutant(uintptr(h), uintptr(unsafe.Pointer(&old)))
	return
}

// NtCreateSemaphore makes a semaphore.
func NtCreateSemaphore(a *Attributes, count, limit int32) (h nt.Handle, s nt.Status) {
	s = ZwCreateSemaphore(uintptr(unsafe.Pointer(&h)), uintptr(nt.StandardAll|3), uintptr(unsafe.Pointer(a)), uintptr(uint32(count)), uintptr(uint32(limit)))
	return
}

// NtReleaseSemaphore adds to a semaphore's count.
func NtReleaseSemaphore(h nt.Handle, n int32) (old int32, s nt.Status) {
	s = ZwReleaseSemaphore(uintptr(h), uintptr(uint32(n)), uintptr(unsafe.Pointer(&old)))
	return
}

// NtCreateTimer makes a timer.
func NtCreateTimer(a *Attributes, typ int) (h nt.Handle, s nt.Status) {
	s = ZwCreateTimer(uintptr(unsafe.Pointer(&h)), uintptr(nt.StandardAll|3), uintptr(unsafe.Pointer(a)), uintptr(typ))
	return
}

// NtSetTimer sets a timer; period in milliseconds.
func NtSetTimer(h nt.Handle, due int64, period int32) nt.Status {
	return ZwSetTimer(uintptr(h), uintptr(unsafe.Pointer(&due)), 0, 0, 0, uintptr(uint32(period)), 0)
}

// NtCancelTimer stops a timer.
func NtCancelTimer(h nt.Handle) nt.Status { return ZwCancelTimer(uintptr(h), 0) }

// NtAllocateVirtualMemory reserves and commits memory of a process.
func NtAllocateVirtualMemory(p nt.Handle, base, size uint64, typ, protect uint32) (uint64, uint64, nt.Status) {
	s := ZwAllocateVirtualMemory(uintptr(p), uintptr(unsafe.Pointer(&base)), 0, uintptr(unsafe.Pointer(&size)), uintptr(typ), uintptr(protect))
	return base, size, s
}

// NtFreeVirtualMemory decommits or releases it.
func NtFreeVirtualMemory(p nt.Handle, base, size uint64, typ uint32) nt.Status {
	return ZwFreeVirtualMemory(uintptr(p), uintptr(unsafe.Pointer(&base)), uintptr(unsafe.Pointer(&size)), uintptr(typ))
}

// NtProtectVirtualMemory changes protection and returns the old one.
func NtProtectVirtualMemory(p nt.Handle, base, size uint64, protect uint32) (old uint32, s nt.Status) {
	s = ZwProtectVirtualMemory(uintptr(p), uintptr(unsafe.Pointer(&base)), uintptr(unsafe.Pointer(&size)), uintptr(protect), uintptr(unsafe.Pointer(&old)))
	return
}

// NtQueryVirtualMemory describes the region at base.
func NtQueryVirtualMemory(p nt.Handle, base uint64) (m nt.MemoryBasicInformation, s nt.Status) {
	s = ZwQueryVirtualMemory(uintptr(p), uintptr(base), 0, uintptr(unsafe.Pointer(&m)), unsafe.Sizeof(m), 0)
	return
}

// NtReadVirtualMemory reads another process's memory.
func NtReadVirtualMemory(p nt.Handle, base uint64, b []byte) (n uint64, s nt.Status) {
	s = ZwReadVirtualMemory(uintptr(p), uintptr(base), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(unsafe.Pointer(&n)))
	return
}

// NtWriteVirtualMemory writes it.
func NtWriteVirtualMemory(p nt.Handle, base uint64, b []byte) (n uint64, s nt.Status) {
	s = ZwWriteVirtualMemory(uintptr(p), uintptr(base), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(unsafe.Pointer(&n)))
	return
}

// PowerInformation is NtPowerInformation for a level that asks; list has as many of its
// values as fit, one for most levels.
func PowerInformation[T any](level uint32, list []T) nt.Status {
	var v T
	return ZwPowerInformation(uintptr(level), 0, 0, uintptr(unsafe.Pointer(unsafe.SliceData(list))), uintptr(len(list))*unsafe.Sizeof(v))
}

// QuerySystem is NtQuerySystemInformation for a fixed-size class.
func QuerySystem[T any](class uint32, v *T) nt.Status {
	return ZwQuerySystemInformation(uintptr(class), uintptr(unsafe.Pointer(v)), unsafe.Sizeof(*v), 0)
}

// SystemProcess is one process of NtQuerySystemInformation.
type SystemProcess struct {
	nt.SystemProcessInformation
	Name    string
	Threads []nt.SystemThreadInformation
}

// QueryProcesses is NtQuerySystemInformation's SystemProcessInformation.
func QueryProcesses() (list []SystemProcess, s nt.Status) {
	buf := make([]byte, 8192)
	var need uint32
	for {
		s = ZwQuerySystemInformation(nt.SystemProcessInformationClass, uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), uintptr(unsafe.Pointer(&need)))
		if s != nt.StatusInfoLengthMismatch {
			break
		}
		buf = make([]byte, need+4096) // processes may come meanwhile
	}
	if !s.OK() {
		return nil, s
	}
	for at := uint32(0); ; {
		p := (*nt.SystemProcessInformation)(unsafe.Pointer(&buf[at]))
		e := SystemProcess{SystemProcessInformation: *p, Name: text(p.ImageName)}
		if p.NumberOfThreads > 0 {
			first := (*nt.SystemThreadInformation)(unsafe.Pointer(&buf[at+uint32(unsafe.Sizeof(*p))]))
			e.Threads = append(e.Threads, unsafe.Slice(first, p.NumberOfThreads)...)
		}
		list = append(list, e)
		if p.NextEntryOffset == 0 {
			return list, s
		}
		at += p.NextEntryOffset
	}
}

// PageFile is one paging file of NtQuerySystemInformation.
type PageFile struct {
	nt.SystemPageFileInformation
	Name string
}

// QueryPageFiles is NtQuerySystemInformation's SystemPageFileInformation.
func QueryPageFiles() (list []PageFile, s nt.Status) {
	buf := make([]byte, 4096) // there are 16 at most
	n, s := NtQuerySystemInformation(nt.SystemPageFileInformationClass, buf)
	for at := uint32(0); s.OK() && n > 0; {
		f := (*nt.SystemPageFileInformation)(unsafe.Pointer(&buf[at]))
		list = append(list, PageFile{*f, text(f.PageFileName)})
		if f.NextEntryOffset == 0 {
			break
		}
		at += f.NextEntryOffset
	}
	return list, s
}

// NtQuerySystemInformation answers a class of any size, and returns how long the
// answer is.
func NtQuerySystemInformation(class uint32, b []byte) (n uint32, s nt.Status) {
	s = ZwQuerySystemInformation(uintptr(class), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(unsafe.Pointer(&n)))
	return n, s
}

// NtQuerySystemTime returns 100 ns units since 1601, UTC.
func NtQuerySystemTime() (t uint64, s nt.Status) {
	s = ZwQuerySystemTime(uintptr(unsafe.Pointer(&t)))
	return
}

// NtQueryPerformanceCounter returns a counter and its frequency in Hz.
func NtQueryPerformanceCounter() (counter, frequency int64, s nt.Status) {
	s = ZwQueryPerformanceCounter(uintptr(unsafe.Pointer(&counter)), uintptr(unsafe.Pointer(&frequency)))
	return
}

// NtOpenDirectoryObject opens a directory of the namespace.
func NtOpenDirectoryObject(access nt.AccessMask, a *Attributes) (h nt.Handle, s nt.Status) {
	s = ZwOpenDirectoryObject(uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(a)))
	return
}

// DirectoryEntry is one object of a directory.
type DirectoryEntry struct{ Name, Type string }

// NtQueryDirectoryObject lists a whole directory.
func NtQueryDirectoryObject(h nt.Handle) (list []DirectoryEntry, s nt.Status) {
	buf := make([]byte, 4096)
	var context, n uint32
	for restart := true; ; restart = false {
		s = ZwQueryDirectoryObject(uintptr(h), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), 0, flag(restart), uintptr(unsafe.Pointer(&context)), uintptr(unsafe.Pointer(&n)))
		if s == nt.StatusNoMoreEntries {
			return list, nt.StatusSuccess
		}
		if !s.OK() {
			return list, s
		}
		for i := uintptr(0); ; i += unsafe.Sizeof(nt.ObjectDirectoryInformation{}) {
			e := (*nt.ObjectDirectoryInformation)(unsafe.Pointer(&buf[i]))
			if e.Name.Buffer == 0 {
				break
			}
			list = append(list, DirectoryEntry{text(e.Name), text(e.TypeName)})
		}
	}
}

// NtOpenSymbolicLinkObject opens a symbolic link itself.
func NtOpenSymbolicLinkObject(access nt.AccessMask, a *Attributes) (h nt.Handle, s nt.Status) {
	s = ZwOpenSymbolicLinkObject(uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(a)))
	return
}

// NtQuerySymbolicLinkObject returns a link's target.
func NtQuerySymbolicLinkObject(h nt.Handle) (string, nt.Status) {
	u := &String{chars: make([]uint16, 1024)}
	u.MaximumLength = uint16(len(u.chars) * 2)
	u.Buffer = uint64(uintptr(unsafe.Pointer(unsafe.SliceData(u.chars))))
	if s := ZwQuerySymbolicLinkObject(uintptr(h), uintptr(unsafe.Pointer(u)), 0); !s.OK() {
		return "", s
	}
	return text(u.UnicodeString), nt.StatusSuccess
}

// NtOpenSection opens a section object.
func NtOpenSection(access nt.AccessMask, a *Attributes) (h nt.Handle, s nt.Status) {
	s = ZwOpenSection(uintptr(unsafe.Pointer(&h)), uintptr(access), uintptr(unsafe.Pointer(a)))
	return
}

// NtDuplicateObject copies a handle within or between processes.
func NtDuplicateObject(from, h, to nt.Handle, access nt.AccessMask, attributes, options uint32) (n nt.Handle, s nt.Status) {
	s = ZwDuplicateObject(uintptr(from), uintptr(h), uintptr(to), uintptr(unsafe.Pointer(&n)), uintptr(access), uintptr(attributes), uintptr(options))
	return
}
