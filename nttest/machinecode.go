//go:build ntuser

package main

import (
	"gont/nt"
	"gont/ntdll"
)

// Machine code of threads and APCs that have no Go. Programs are put together of the
// pieces below; each is bytes as the assembler would make them.

// code makes executable memory with these bytes below 4 GiB.
func code(b []byte) uint64 {
	base, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 0x10000, nt.MemReserve|nt.MemCommit, nt.PageExecuteReadWrite)
	if !s.OK() {
		return 0
	}
	ntdll.NtWriteVirtualMemory(nt.CurrentProcess, base, b)
	return base
}

// rawThread starts a thread of this process at code.
func rawThread(base uint64, suspended bool) (nt.Handle, nt.Status) {
	c := nt.Context{Rip: base, Rsp: base + 0xF000}
	h, _, s := ntdll.NtCreateThread(nt.CurrentProcess, &c, &ntdll.InitialTeb{}, suspended)
	return h, s
}

// join puts pieces together.
func join(pieces ...[]byte) (b []byte) {
	for _, p := range pieces {
		b = append(b, p...)
	}
	return b
}

// callService is MOV EAX, number; SYSCALL.
func callService(n nt.Service) []byte {
	return []byte{0xB8, byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24), 0x0F, 0x05}
}

// endWith calls NtTerminateThread or NtTerminateProcess for the caller, with the status
// in EDX: MOV R10, handle; the call; INT3.
func endWith(n nt.Service) []byte {
	current := byte(0xFE) // NtCurrentThread
	if n == nt.SvcTerminateProcess {
		current = 0xFF
	}
	return join([]byte{0x49, 0xC7, 0xC2, current, 0xFF, 0xFF, 0xFF}, callService(n), []byte{0xCC})
}

var (
	// spinCode is JMP to itself.
	spinCode = []byte{0xEB, 0xFE}
	// endThread ends the thread with the status in EAX: MOV EDX, EAX first.
	endThread = join([]byte{0x89, 0xC2}, endWith(nt.SvcTerminateThread))
	// leave is NtTerminateProcess(NtCurrentProcess(), survived).
	leave = join([]byte{0xBA, byte(survived & 0xFF), byte(survived >> 8), 0, 0}, endWith(nt.SvcTerminateProcess))
)

// survived is the status of a child that has come through.
const survived = nt.Status(0x1111)

// then puts code before leave.
func then(code ...byte) []byte { return join(code, leave) }
