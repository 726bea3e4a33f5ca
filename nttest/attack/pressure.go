//go:build ntuser

package main

import (
	"fmt"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

var argBase, argSize uint64

// eat commits and touches what memory there is, but for keep pages.
func eat(keep uint64) {
	debug.SetGCPercent(-1)
	for {
		var p nt.SystemPerformanceInformation
		ntdll.QuerySystem(nt.SystemPerformanceInformationClass, &p)
		n := uint64(p.CommitLimit-p.CommittedPages) / 2
		if n > uint64(p.AvailablePages) {
			n = uint64(p.AvailablePages)
		}
		if n <= keep+8 {
			break
		}
		b, size, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, n*nt.PageSize, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		if !s.OK() {
			break
		}
		for a := b; a < b+size; a += nt.PageSize {
			*(*byte)(memory(a)) = 1
		}
	}
	fmt.Println("ATTACK eaten:", kernel())
}

func init() {
	attacks["table"] = func(args []string) { // a handle table grows when the reserve is small
		e, _ := ntdll.NtCreateEvent(ntdll.NewAttributes(`\KernelObjects\attack`, 0, 0), 0, false)
		eat(uint64(number(args, 0, 64)))
		a := ntdll.NewAttributes(`\KernelObjects\attack`, 0, 0)
		_ = e
		for range 65536 {
			ntdll.Raw(nt.SvcOpenEvent, uintptr(unsafe.Pointer(&argBase)), uintptr(nt.Synchronize), uintptr(unsafe.Pointer(a)))
		}
		fmt.Println("ATTACK opened:", kernel())
	}
	attacks["splits"] = func(args []string) {
		base, size, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 1<<41, 1<<40, nt.MemReserve, nt.PageReadWrite)
		fmt.Println("ATTACK region:", s)
		eat(uint64(number(args, 0, 64)))
		// A loop in machine code, which needs no memory: NtFreeVirtualMemory of 64 KB in
		// every 128 KB, from the end.
		code, _, _ := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 0x10000, nt.MemReserve|nt.MemCommit, nt.PageExecuteReadWrite)
		loop := []byte{0x48, 0x8D, 0x1D, 0xF9, 0xFF, 0xFF, 0xFF, 0x48, 0xC7, 0x83, 0x08, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x49, 0xC7, 0xC2, 0xFF, 0xFF, 0xFF, 0xFF, 0x48, 0x8D, 0x93, 0x00, 0x01, 0x00, 0x00, 0x4C, 0x8D, 0x83, 0x08, 0x01, 0x00, 0x00, 0x41, 0xB9, 0x00, 0x80, 0x00, 0x00, 0xB8, 0x78, 0x56, 0x34, 0x12, 0x48, 0x83, 0xEC, 0x40, 0x0F, 0x05, 0x48, 0x83, 0xC4, 0x40, 0x48, 0x89, 0x83, 0x18, 0x01, 0x00, 0x00, 0x85, 0xC0, 0x75, 0x14, 0x48, 0x81, 0xAB, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x48, 0xFF, 0x83, 0x10, 0x01, 0x00, 0x00, 0xEB, 0xA5, 0xEB, 0xFE}
		loop[46] = byte(nt.SvcFreeVirtualMemory)
		loop[47], loop[48], loop[49] = 0, 0, 0
		ntdll.NtWriteVirtualMemory(nt.CurrentProcess, code, loop)
		data := (*[4]uint64)(memory(code + 0x100))
		data[0] = base + size - 0x10000
		c := nt.Context{Rip: code, Rsp: code + 0xF000}
		fmt.Println("ATTACK ready:", kernel())
		_, _, s = ntdll.NtCreateThread(nt.CurrentProcess, &c, &ntdll.InitialTeb{}, false)
		for range number(args, 1, 40) {
			ntdll.NtDelayExecution(false, -10_000_000)
			if data[3] != 0 {
				break
			}
		}
		n := data[2]
		s = nt.Status(data[3])
		fmt.Println("ATTACK split:", n, s, kernel())
	}
	attacks["runs"] = func(args []string) { // pages of one view with protections in turn
		size := uint64(number(args, 0, 1024)) << 20
		b, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, size, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		fmt.Println("ATTACK committed:", s, kernel())
		n := uint64(0)
		for ; n < size/nt.PageSize/2; n++ {
			if _, s = ntdll.NtProtectVirtualMemory(nt.CurrentProcess, b+n*0x2000, 0x1000, nt.PageReadOnly); !s.OK() {
				break
			}
			if n%20000 == 0 {
				fmt.Println("ATTACK", n, kernel())
			}
		}
		fmt.Println("ATTACK protected:", n, s, kernel())
	}
	attacks["alertable"] = func([]string) { // SleepEx(0, TRUE)
		code, _, _ := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 0x10000, nt.MemReserve|nt.MemCommit, nt.PageExecuteReadWrite)
		ntdll.NtWriteVirtualMemory(nt.CurrentProcess, code, []byte{0xFF, 0x01, 0xC3}) // inc dword [rcx]; ret
		var count uint32
		s := ntdll.NtQueueApcThread(nt.CurrentThread, code, uint64(uintptr(unsafe.Pointer(&count))), 0, 0)
		fmt.Println("ATTACK queued:", s)
		s = ntdll.NtDelayExecution(true, 0)
		fmt.Println("ATTACK alertable delay of 0 with an APC:", s, "APCs:", count)
		ntdll.NtAlertThread(nt.CurrentThread)
		fmt.Println("ATTACK alertable delay of 0 with an alert:", ntdll.NtDelayExecution(true, 0))
		s = ntdll.NtDelayExecution(true, -1)
		fmt.Println("ATTACK alertable delay of 100 ns:", s, "APCs:", count)
	}
	attacks["suspended"] = func([]string) { // a suspended thread takes nothing
		e, _ := ntdll.NtCreateEvent(nil, nt.SynchronizationEvent, false)
		var id atomic.Uint64
		got := make(chan nt.Status, 1)
		go func() {
			i, _ := ntdll.NtQueryInformationThread(nt.CurrentThread)
			id.Store(i.ClientID.UniqueThread)
			got <- ntdll.NtWaitForSingleObject(e, false, nil)
		}()
		for id.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		th, s := ntdll.NtOpenThread(nt.AllAccess, nt.ClientID{UniqueThread: id.Load()})
		fmt.Println("ATTACK open:", s)
		_, s = ntdll.NtSuspendThread(th)
		fmt.Println("ATTACK suspend:", s)
		time.Sleep(100 * time.Millisecond)
		ntdll.NtSetEvent(e)
		time.Sleep(100 * time.Millisecond)
		now := int64(0)
		fmt.Println("ATTACK the event, set while its waiter is suspended:", ntdll.NtWaitForSingleObject(e, false, &now))
		ntdll.NtResumeThread(th)
		select {
		case s := <-got:
			fmt.Println("ATTACK the waiter:", s)
		case <-time.After(500 * time.Millisecond):
			fmt.Println("ATTACK the waiter still waits, as in NT")
		}
	}
	_ = strings.Repeat
}
