//go:build ntuser

package ntdll

import (
	"encoding/binary"
	"runtime/goos"
	"strings"
	"unicode/utf16"
	"unsafe"

	"gont/nt"
)

// NtTerminateProcess ends a process. It allocates nothing, so that a program ends with
// its own status even when there is no memory any more.
func NtTerminateProcess(p nt.Handle, status nt.Status) nt.Status {
	return ZwTerminateProcess(uintptr(p), uintptr(status))
}

// NtShutdownSystem stops the system: nt.ShutdownNoReboot, ShutdownReboot or
// ShutdownPowerOff. It returns only when it is refused.
func NtShutdownSystem(action uint32) nt.Status {
	return ZwShutdownSystem(uintptr(action))
}

// NtCreateProcess makes a process with an image and nothing else.
func NtCreateProcess(a *Attributes, parent, section nt.Handle) (h nt.Handle, s nt.Status) {
	return createProcess(a, parent, section, false)
}

// createProcess is NtCreateProcess; with inherit the new process has the parent's
// handles that are marked nt.ObjInherit, at the same values.
func createProcess(a *Attributes, parent, section nt.Handle, inherit bool) (h nt.Handle, s nt.Status) {
	s = ZwCreateProcess(uintptr(unsafe.Pointer(&h)), uintptr(nt.AllAccess), uintptr(unsafe.Pointer(a)), uintptr(parent), flag(inherit), uintptr(section), 0, 0)
	return
}

// NtQueryInformationProcess returns ProcessBasicInformation.
func NtQueryInformationProcess(p nt.Handle) (v nt.ProcessBasicInformation, s nt.Status) {
	s = ZwQueryInformationProcess(uintptr(p), 0, uintptr(unsafe.Pointer(&v)), unsafe.Sizeof(v), 0)
	return
}

// NtQueryInformationThread returns ThreadBasicInformation.
func NtQueryInformationThread(t nt.Handle) (v nt.ThreadBasicInformation, s nt.Status) {
	s = ZwQueryInformationThread(uintptr(t), 0, uintptr(unsafe.Pointer(&v)), unsafe.Sizeof(v), 0)
	return
}

// InitialTeb is INITIAL_TEB.
type InitialTeb struct{ OldBase, OldLimit, StackBase, StackLimit, Allocation uint64 }

// NtCreateThread makes a thread that starts with c.
func NtCreateThread(p nt.Handle, c *nt.Context, teb *InitialTeb, suspended bool) (h nt.Handle, id nt.ClientID, s nt.Status) {
	s = ZwCreateThread(uintptr(unsafe.Pointer(&h)), uintptr(nt.AllAccess), 0, uintptr(p), uintptr(unsafe.Pointer(&id)), uintptr(unsafe.Pointer(c)), uintptr(unsafe.Pointer(teb)), flag(suspended))
	return
}

// NtTerminateThread ends a thread.
func NtTerminateThread(t nt.Handle, status nt.Status) nt.Status {
	return ZwTerminateThread(uintptr(t), uintptr(status))
}

// NtResumeThread takes one suspension back and returns the count before.
func NtResumeThread(t nt.Handle) (old uint32, s nt.Status) {
	s = ZwResumeThread(uintptr(t), uintptr(unsafe.Pointer(&old)))
	return
}

// NtSuspendThread holds a thread back and returns the count before.
func NtSuspendThread(t nt.Handle) (old uint32, s nt.Status) {
	s = ZwSuspendThread(uintptr(t), uintptr(unsafe.Pointer(&old)))
	return
}

// NtSetInformationThread sets a thread's priority, 1 to 31.
func NtSetPriorityThread(t nt.Handle, priority int32) nt.Status {
	return ZwSetInformationThread(uintptr(t), 2, uintptr(unsafe.Pointer(&priority)), 4)
}

// field reads from the PEB's RTL_USER_PROCESS_PARAMETERS.
func params() []byte {
	peb := goos.Peb
	pp := *(*uintptr)(unsafe.Add(*(*unsafe.Pointer)(unsafe.Pointer(&peb)), nt.PebProcessParameters))
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&pp)), nt.ParamsSize)
}

func param(at int) string {
	return text(*(*nt.UnicodeString)(unsafe.Pointer(&params()[at])))
}

// CommandLine and ImagePath are this process's.
func CommandLine() string { return param(nt.ParamsCommandLine) }
func ImagePath() string   { return param(nt.ParamsImagePathName) }

// Environment returns this process's NAME=value strings.
func Environment() (list []string) {
	p := params()
	at := uintptr(binary.LittleEndian.Uint64(p[nt.ParamsEnvironment:]))
	n := binary.LittleEndian.Uint64(p[nt.ParamsEnvironmentSize:]) / 2
	if at == 0 {
		return nil
	}
	var s []uint16
	for _, c := range unsafe.Slice(*(**uint16)(unsafe.Pointer(&at)), n) {
		if c != 0 {
			s = append(s, c)
			continue
		}
		if len(s) == 0 {
			break
		}
		list = append(list, string(utf16.Decode(s)))
		s = nil
	}
	return list
}

// Process is what RtlCreateUserProcess makes.
type Process struct {
	Handle, Thread nt.Handle
	ID             nt.ClientID
}

// imageFile is where RtlCreateUserProcess looks for an image: NT's names as they are, those
// that begin with a drive below \??, a bare name in the system's folder.
func imageFile(image string) string {
	switch {
	case strings.HasPrefix(image, `\`):
		return image
	case len(image) > 1 && image[1] == ':':
		return `\??\` + image
	}
	return `\SystemRoot\System32\` + image
}

// openImage makes a section of an image. A bare name is first looked for in \BootImages, which has
// what OSLDR has read and the boot volume cannot give.
func openImage(image string) (section nt.Handle, s nt.Status) {
	if !strings.ContainsAny(image, `\:`) {
		section, s = NtOpenSection(nt.GenericExecute|nt.GenericRead, NewAttributes(`\BootImages\`+image, nt.ObjCaseInsensitive, 0))
		if s != nt.StatusObjectNameNotFound {
			return section, s
		}
	}
	file, s := NtOpenFile(nt.FileExecute|nt.FileReadData|nt.Synchronize, NewAttributes(imageFile(image), nt.ObjCaseInsensitive, 0),
		nt.FileShareRead|nt.FileShareDelete, nt.FileSynchronousIoNonalert|nt.FileNonDirectoryFile)
	if !s.OK() {
		return 0, s
	}
	defer NtClose(file)
	return NtCreateFileSection(nt.GenericAll, file, 0, nt.PageExecute, nt.SecImage)
}

// RtlCreateUserProcess starts an image (imageFile) with a command line.
// The first thread is suspended: NtResumeThread lets it run. The caller closes
// both handles.
func RtlCreateUserProcess(image, command string) (p Process, s nt.Status) {
	return RtlCreateUserProcessInherit(image, command, false)
}

// RtlCreateUserProcessInherit is RtlCreateUserProcess; with inherit the process
// has this one's handles that are marked nt.ObjInherit.
func RtlCreateUserProcessInherit(image, command string, inherit bool) (p Process, s nt.Status) {
	section, s := openImage(image)
	if !s.OK() {
		return p, s
	}
	defer NtClose(section)
	if p.Handle, s = createProcess(nil, nt.CurrentProcess, section, inherit); !s.OK() {
		return p, s
	}
	fail := func(s nt.Status) (Process, nt.Status) {
		NtTerminateProcess(p.Handle, s)
		NtClose(p.Handle)
		return Process{}, s
	}
	info, s := NtQueryInformationProcess(p.Handle)
	if !s.OK() {
		return fail(s)
	}
	block := buildParams(imageFile(image), command)
	at, _, s := NtAllocateVirtualMemory(p.Handle, 0, uint64(len(block)), nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		return fail(s)
	}
	for _, f := range []int{nt.ParamsImagePathName, nt.ParamsCommandLine} {
		binary.LittleEndian.PutUint64(block[f+8:], binary.LittleEndian.Uint64(block[f+8:])+at)
	}
	if _, s = NtWriteVirtualMemory(p.Handle, at, block); !s.OK() {
		return fail(s)
	}
	if _, s = NtWriteVirtualMemory(p.Handle, info.PebBaseAddress+nt.PebProcessParameters, binary.LittleEndian.AppendUint64(nil, at)); !s.OK() {
		return fail(s)
	}
	entry, stack, s := imageEntry(p.Handle, info.PebBaseAddress)
	if !s.OK() {
		return fail(s)
	}
	teb, s := RtlCreateUserStack(p.Handle, stack, 0)
	if !s.OK() {
		return fail(s)
	}
	c := nt.Context{Rip: entry, Rcx: info.PebBaseAddress, Rsp: teb.StackBase - 0x28}
	if p.Thread, p.ID, s = NtCreateThread(p.Handle, &c, &teb, true); !s.OK() {
		return fail(s)
	}
	return p, nt.StatusSuccess
}

// RtlCreateUserStack makes a stack for a new thread of a process: reserve bytes
// of addresses, commit of them committed at the upper end, and a guard page
// below, by which it grows. The owner frees it (Allocation, MEM_RELEASE).
func RtlCreateUserStack(process nt.Handle, reserve, commit uint64) (t InitialTeb, s nt.Status) {
	up := func(n, to uint64) uint64 { return (n + to - 1) &^ (to - 1) }
	commit = max(up(commit, nt.PageSize), nt.PageSize)
	reserve = up(max(reserve, commit+3*nt.PageSize), nt.AllocationGranularity)
	base, size, s := NtAllocateVirtualMemory(process, 0, reserve, nt.MemReserve, nt.PageReadWrite)
	if !s.OK() {
		return t, s
	}
	t = InitialTeb{StackBase: base + size, StackLimit: base + size - commit, Allocation: base}
	if _, _, s = NtAllocateVirtualMemory(process, t.StackLimit, commit, nt.MemCommit, nt.PageReadWrite); s.OK() {
		_, _, s = NtAllocateVirtualMemory(process, t.StackLimit-nt.PageSize, nt.PageSize, nt.MemCommit, nt.PageReadWrite|nt.PageGuard)
	}
	if !s.OK() {
		NtFreeVirtualMemory(process, base, 0, nt.MemRelease)
		return InitialTeb{}, s
	}
	return t, s
}

// imageEntry reads entry point and stack size from the image's own headers.
func imageEntry(p nt.Handle, peb uint64) (entry, stack uint64, s nt.Status) {
	var b [8]byte
	if _, s = NtReadVirtualMemory(p, peb+nt.PebImageBaseAddress, b[:]); !s.OK() {
		return
	}
	base := binary.LittleEndian.Uint64(b[:])
	h := make([]byte, 1024)
	if _, s = NtReadVirtualMemory(p, base, h); !s.OK() {
		return
	}
	pe := binary.LittleEndian.Uint32(h[0x3C:])
	if pe > 1024-0x70 {
		return 0, 0, nt.StatusInvalidImageFormat
	}
	return base + uint64(binary.LittleEndian.Uint32(h[pe+0x28:])), binary.LittleEndian.Uint64(h[pe+0x60:]), nt.StatusSuccess
}

// buildParams makes RTL_USER_PROCESS_PARAMETERS with offsets for pointers.
func buildParams(image, command string) []byte {
	b := make([]byte, nt.ParamsSize)
	put := func(at int, s string) {
		u := utf16.Encode([]rune(s))
		binary.LittleEndian.PutUint16(b[at:], uint16(len(u)*2))
		binary.LittleEndian.PutUint16(b[at+2:], uint16(len(u)*2))
		binary.LittleEndian.PutUint64(b[at+8:], uint64(len(b)))
		for _, c := range u {
			b = append(b, byte(c), byte(c>>8))
		}
		for len(b)%8 != 0 {
			b = append(b, 0)
		}
	}
	put(nt.ParamsImagePathName, image)
	put(nt.ParamsCommandLine, command)
	binary.LittleEndian.PutUint32(b[nt.ParamsMaximumLength:], uint32(len(b)))
	binary.LittleEndian.PutUint32(b[nt.ParamsLength:], uint32(len(b)))
	return b
}
