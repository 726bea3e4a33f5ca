//go:build ntuser

// Ntbench measures from ring 3. As the session manager of a bench image it
// prints lines "BENCH <name>.<stat> <value> <unit>" and then "BENCH done".
//
// min and med are the least and the median of 15 batches of some 2 ms each, in
// nanoseconds an operation; where the emulator counts instructions
// (-icount shift=0) a nanosecond is one instruction.
package main

import (
	"fmt"
	"runtime/goos"
	"slices"

	"gont/nt"
	"gont/ntdll"
)

func nullServices(number uint32, n uint64)
func emptyLoop(n uint64)
func touch(base, pages uint64)

const (
	batches   = 15
	batchTime = 2_000_000 // ns
)

func main() {
	if ntdll.CommandLine() == "exit" {
		ntdll.NtTerminateProcess(nt.CurrentProcess, nt.StatusSuccess)
	}
	fmt.Println("GoNT Session Manager (benchmark program)")
	measure("loop", emptyLoop)
	measure("syscall.null", func(n uint64) { nullServices(uint32(nt.SvcGetCurrentProcessorNumber), n) })
	measure("syscall.yield", func(n uint64) { nullServices(uint32(nt.SvcYieldExecution), n) })
	measure("event.set", setEvents())
	measure("fault.zero4k", zeroFaults)
	measure("process.spawn_wait", spawn)
	fmt.Println("BENCH done")
	ntdll.NtWaitForSingleObject(nt.CurrentProcess, false, nil)
}

// measure finds how many operations a batch takes and runs the batches.
func measure(name string, f func(n uint64)) {
	n := uint64(1)
	for {
		start := goos.Nanotime()
		f(n)
		if d := goos.Nanotime() - start; d >= batchTime || n >= 1<<30 {
			break
		}
		n *= 2
	}
	var per [batches]float64
	for i := range per {
		start := goos.Nanotime()
		f(n)
		per[i] = float64(goos.Nanotime()-start) / float64(n)
	}
	slices.Sort(per[:])
	fmt.Printf("BENCH %s.min %.1f ns\nBENCH %s.med %.1f ns\n", name, per[0], name, per[batches/2])
}

func check(what string, s nt.Status) {
	if !s.OK() {
		fmt.Printf("ntbench: %s: %v\n", what, s)
		ntdll.NtTerminateProcess(nt.CurrentProcess, s)
	}
}

func setEvents() func(n uint64) {
	h, s := ntdll.NtCreateEvent(nil, nt.NotificationEvent, false)
	check("NtCreateEvent", s)
	return func(n uint64) {
		for ; n > 0; n-- {
			ntdll.NtSetEvent(h)
		}
	}
}

// zeroFaults touches n fresh pages.
func zeroFaults(n uint64) {
	for n > 0 {
		k := min(n, 1024)
		base, _, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, k<<12, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
		check("NtAllocateVirtualMemory", s)
		touch(base, k)
		check("NtFreeVirtualMemory", ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease))
		n -= k
	}
}

// spawn starts this image as a program that ends at once, and waits for it.
func spawn(n uint64) {
	for ; n > 0; n-- {
		p, s := ntdll.RtlCreateUserProcess("smss.exe", "exit")
		check("RtlCreateUserProcess", s)
		ntdll.NtResumeThread(p.Thread)
		ntdll.NtWaitForSingleObject(p.Handle, false, nil)
		ntdll.NtClose(p.Thread)
		ntdll.NtClose(p.Handle)
	}
}
