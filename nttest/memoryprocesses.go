//go:build ntuser

package main

import (
	"bytes"
	"fmt"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// A thousand processes, each with its image, its stack and a thread that ends
// it, leave every count of pages where it was (P0.10, P1.18).

// listBuffer is for a list of processes that takes no memory to get.
var listBuffer [64 << 10]byte

// own is what this process has: pages charged for, and in its working set.
func own() (charged, resident int64, err error) {
	me, s := ntdll.NtQueryInformationProcess(nt.CurrentProcess)
	if s.OK() {
		s = ntdll.Raw(nt.SvcQuerySystemInformation, nt.SystemProcessInformationClass, uintptr(unsafe.Pointer(&listBuffer)), unsafe.Sizeof(listBuffer), 0)
	}
	for at := uint32(0); s.OK(); {
		p := (*nt.SystemProcessInformation)(unsafe.Pointer(&listBuffer[at]))
		if p.UniqueProcessID == me.UniqueProcessID {
			return int64(p.PagefileUsage / nt.PageSize), int64(p.WorkingSetSize / nt.PageSize), nil
		}
		if p.NextEntryOffset == 0 {
			break
		}
		at += p.NextEntryOffset
	}
	return 0, 0, fmt.Errorf("this process is not listed: %v", s)
}

// quietly calls f when this process's own figures do not change meanwhile: to
// ask for them may take memory.
func quietly(f func(charged, resident int64)) error {
	for range 50 {
		charged, resident, err := own()
		if err != nil {
			return err
		}
		f(charged, resident)
		if c, r, err := own(); err == nil && c == charged && r == resident {
			return nil
		}
	}
	return fmt.Errorf("this process's own memory changes all the time")
}

// pageCounts are the system's figures in pages, without the kernel's heap and
// without what this process itself has; uses those by what pages are used for.
func pageCounts() (committed, available int64, uses map[string]int64, err error) {
	var p nt.SystemPerformanceInformation
	var k nt.SystemKernelInformation
	var u nt.SystemPageUsageInformation
	err = quietly(func(charged, resident int64) {
		ntdll.QuerySystem(nt.SystemPerformanceInformationClass, &p)
		ntdll.QuerySystem(nt.SystemKernelInformationClass, &k)
		ntdll.QuerySystem(nt.SystemPageUsageInformationClass, &u)
		heap := int64(k.KernelHeapPages + k.KernelHeapReserve)
		committed, available = int64(p.CommittedPages)-heap-charged, int64(p.AvailablePages)+heap+resident
		uses = map[string]int64{"private": -resident}
	})
	for _, r := range u.Rows[:u.Uses] {
		uses[string(bytes.TrimRight(r.Name[:], "\x00"))] += int64(r.Pages)
	}
	delete(uses, "kernel heap")
	delete(uses, "being zeroed")
	return
}

// pages is what pageCounts returns.
type pages struct {
	committed, available int64
	uses                 map[string]int64
}

func countPages() (p pages, err error) {
	p.committed, p.available, p.uses, err = pageCounts()
	return
}

// differs says what is not as before.
func (p pages) differs(before pages) error {
	const few = 8 // page tables of this process, blocks of the kernel's pool
	if d := p.committed - before.committed; d > few || d < -few || p.available < before.available-few {
		return fmt.Errorf("%d pages committed, %d before; %d available, %d before", p.committed, before.committed, p.available, before.available)
	}
	for name, n := range p.uses {
		// This process's working set has pages of its image, too, more or fewer.
		if d := n - before.uses[name]; d > few || d < -few && name != "private" {
			return fmt.Errorf("%d pages are used for %s, %d before", n, name, before.uses[name])
		}
	}
	return nil
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
	{"zero-gives-way", zeroGivesWay},
	{"thousand-processes", func() error {
		section, s := ntdll.NtOpenSection(nt.GenericExecute, ntdll.NewAttributes(`\BootImages\smss.exe`, nt.ObjCaseInsensitive, 0))
		if !s.OK() {
			return expect("NtOpenSection", s, 0)
		}
		defer ntdll.NtClose(section)
		var before pages
		for i := range 1100 {
			if i == 100 { // this program's heap has settled
				var err error
				if before, err = countPages(); err != nil {
					return err
				}
			}
			if err := shortLife(section); err != nil {
				return fmt.Errorf("process %d: %w", i, err)
			}
		}
		var err error
		for range 20 { // the zero-page thread may have some in its hands on another processor
			now, e := countPages()
			if e != nil {
				return e
			}
			if err = now.differs(before); err == nil {
				break
			}
			delay(50 * time.Millisecond)
		}
		return err
	}},
}
