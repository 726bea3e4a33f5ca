//go:build ntuser

package main

import (
	"fmt"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// A thousand processes, each with its image, its stack and a thread that ends
// it, leave every count of pages where it was (P0.10, P1.18).

// pageCounts are the system's figures in pages, without the kernel's heap and
// without what this process itself has.
func pageCounts() (committed, available int64, err error) {
	ntdll.QueryProcesses() // makes room in this process's heap for the list
	var p nt.SystemPerformanceInformation
	if s := ntdll.QuerySystem(nt.SystemPerformanceInformationClass, &p); !s.OK() {
		return 0, 0, expect("NtQuerySystemInformation", s, 0)
	}
	list, s := ntdll.QueryProcesses()
	if !s.OK() {
		return 0, 0, expect("NtQuerySystemInformation", s, 0)
	}
	heap := int64(p.KernelHeapPages + p.KernelHeapReserve)
	for _, e := range list {
		if e.Name == "smss.exe" {
			return int64(p.CommittedPages) - heap - int64(e.PagefileUsage/nt.PageSize), int64(p.AvailablePages) + heap + int64(e.WorkingSetSize/nt.PageSize), nil
		}
	}
	return 0, 0, fmt.Errorf("this process is not listed")
}

var someData [4096]byte

// imageData is an address in the image's writable data.
func imageData() uint64 { return uint64(uintptr(unsafe.Pointer(&someData[2048]))) }

// shortLife makes a process that ends with a status of its own at once.
func shortLife(section nt.Handle) error {
	p, s := ntdll.NtCreateProcess(nil, nt.CurrentProcess, section)
	if !s.OK() {
		return expect("NtCreateProcess", s, 0)
	}
	defer ntdll.NtClose(p)
	at, _, s := ntdll.NtAllocateVirtualMemory(p, 0, nt.PageSize, nt.MemReserve|nt.MemCommit, nt.PageExecuteReadWrite)
	if !s.OK() {
		return expect("NtAllocateVirtualMemory", s, 0)
	}
	ntdll.NtWriteVirtualMemory(p, at, leave)
	// Data of the image, so that there is a copy.
	ntdll.NtWriteVirtualMemory(p, imageData(), []byte{1})
	teb, s := ntdll.RtlCreateUserStack(p, 64<<10, 0)
	if !s.OK() {
		return expect("RtlCreateUserStack", s, 0)
	}
	t, _, s := ntdll.NtCreateThread(p, &nt.Context{Rip: at, Rsp: teb.StackBase - 0x28}, &teb, false)
	if !s.OK() {
		return expect("NtCreateThread", s, 0)
	}
	defer ntdll.NtClose(t)
	limit := int64(-10 * 10_000_000)
	if s = ntdll.NtWaitForSingleObject(p, false, &limit); s != nt.StatusSuccess {
		return expect("the process's end", s, 0)
	}
	i, s := ntdll.NtQueryInformationProcess(p)
	if !s.OK() || i.ExitStatus != survived {
		return fmt.Errorf("the process ended with %v (%v)", i.ExitStatus, s)
	}
	return nil
}

var processTests = []test{
	{"thousand-processes", func() error {
		const few = 8 // page tables of this process, blocks of the kernel's pool
		section, s := ntdll.NtOpenSection(nt.GenericExecute, ntdll.NewAttributes(`\BootImages\smss.exe`, nt.ObjCaseInsensitive, 0))
		if !s.OK() {
			return expect("NtOpenSection", s, 0)
		}
		defer ntdll.NtClose(section)
		var committed, available int64
		for i := range 1100 {
			if i == 100 { // this program's heap has settled
				var err error
				if committed, available, err = pageCounts(); err != nil {
					return err
				}
			}
			if err := shortLife(section); err != nil {
				return fmt.Errorf("process %d: %w", i, err)
			}
		}
		c, a, err := pageCounts()
		if err != nil {
			return err
		}
		if c > committed+few || c < committed-few || a < available-few {
			return fmt.Errorf("%d pages committed, %d before; %d available, %d before", c, committed, a, available)
		}
		return nil
	}},
}
