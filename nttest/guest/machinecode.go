//go:build ntuser

package guest

import (
	"gont/nt"
	"gont/ntdll"
)

// Machine code of threads and APCs that have no Go. Programs are put together of the
// pieces below; each is bytes as the assembler would make them.

// Place makes executable memory with these bytes below 4 GiB.
func Place(b []byte) uint64 {
	base, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 0x10000, nt.MemReserve|nt.MemCommit, nt.PageExecuteReadWrite)
	if !s.OK() {
		return 0
	}
	ntdll.NtWriteVirtualMemory(nt.CurrentProcess, base, b)
	return base
}

// Thread starts a thread of this process at base, which Place has returned.
func Thread(base uint64, suspended bool) (nt.Handle, nt.Status) {
	c := nt.Context{Rip: base, Rsp: base + 0xF000}
	h, _, s := ntdll.NtCreateThread(nt.CurrentProcess, &c, &ntdll.InitialTeb{}, suspended)
	return h, s
}

// Join puts pieces together.
func Join(pieces ...[]byte) (b []byte) {
	for _, p := range pieces {
		b = append(b, p...)
	}
	return b
}

// CallService is MOV EAX, number; SYSCALL.
func CallService(n nt.Service) []byte {
	return []byte{0xB8, byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24), 0x0F, 0x05}
}

// EndWith calls NtTerminateThread or NtTerminateProcess for the caller, with the status
// in EDX: MOV R10, handle; the call; INT3.
func EndWith(n nt.Service) []byte {
	current := byte(0xFE) // NtCurrentThread
	if n == nt.SvcTerminateProcess {
		current = 0xFF
	}
	return Join([]byte{0x49, 0xC7, 0xC2, current, 0xFF, 0xFF, 0xFF}, CallService(n), []byte{0xCC})
}

var (
	// Spin is JMP to itself.
	Spin = []byte{0xEB, 0xFE}
	// EndThread ends the thread with the status in EAX: MOV EDX, EAX first.
	EndThread = Join([]byte{0x89, 0xC2}, EndWith(nt.SvcTerminateThread))
	// Leave is NtTerminateProcess(NtCurrentProcess(), Survived).
	Leave = Join([]byte{0xBA, byte(Survived & 0xFF), byte(Survived >> 8), 0, 0}, EndWith(nt.SvcTerminateProcess))
)

// Survived is the status of a child that has come through.
const Survived = nt.Status(0x1111)

// Then puts code before Leave.
func Then(code ...byte) []byte { return Join(code, Leave) }
