//go:build ntuser

// Ntbench measures from ring 3. As the session manager of a bench image it
// prints lines "BENCH <name>.<stat> <value> <unit>" and then "BENCH done".
//
// min and med are the least and the median of 15 batches of some 2 ms each, in
// nanoseconds an operation; where the emulator counts instructions
// (-icount shift=0) a nanosecond is one instruction. docs/benchmarks.md says
// what each name stands for.
//
// With "smp" on the command line only what needs several processors is measured,
// with "reg" only the registry, with "file" only files, with "clock" what files and disks give by the clock, with "queue" the disk alone, with "irp" only a
// device control, with "wait" nothing.
package main

import (
	"fmt"
	"os"
	"runtime/goos"
	"slices"
	"strings"

	"gont/nt"
	"gont/ntdll"
)

const (
	batches   = 15
	batchTime = 2_000_000 // ns
)

func main() {
	if ntdll.CommandLine() == "exit" {
		ntdll.NtTerminateProcess(nt.CurrentProcess, nt.StatusSuccess)
	}
	fmt.Println("GoNT Session Manager (benchmark program)")
	has := func(word string) bool { // boot options come in capitals
		return slices.ContainsFunc(os.Args, func(a string) bool { return strings.EqualFold(a, word) })
	}
	switch {
	case has("wait"):
		ntdll.NtWaitForSingleObject(nt.CurrentProcess, false, nil)
	case has("reg"):
		registry()
	case has("irp"):
		measure("irp.null", nullControls())
	case has("file"):
		volume()
		measure("exec.hot", func(n uint64) { spawn(bigProgram, "", n) })
	case has("clock"):
		byClock()
		queueDepths()
		fileDepths()
	case has("queue"):
		queueDepths()
		fileDepths()
	case has("smp"):
		several()
	default:
		one()
	}
	fmt.Println("BENCH done")
	ntdll.NtWaitForSingleObject(nt.CurrentProcess, false, nil)
}

// one is everything that one processor can do.
func one() {
	measure("loop", emptyLoop)
	measure("clock.gettime", clocks)
	measure("syscall.null", func(n uint64) { nullServices(uint32(nt.SvcGetCurrentProcessorNumber), n) })
	measure("syscall.yield", func(n uint64) { nullServices(uint32(nt.SvcYieldExecution), n) })
	measure("event.set", setEvents())
	measure("irp.null", nullControls())
	pin(nt.CurrentThread, 0)
	pingPong("event.same_cpu", 0)
	registry()
	faults()
	measure("vm.map_touch_unmap4k", mapOne)
	zeroing()
	threads()
	volume()
	measure("exec.hot", func(n uint64) { spawn(bigProgram, "", n) })
	measure("process.spawn_wait", func(n uint64) { spawn("null.exe", "", n) })
	measure("process.spawn_go_wait", func(n uint64) { spawn("smss.exe", "exit", n) })
}

// several is what more than one processor can do.
func several() {
	measure("syscall.null", func(n uint64) { nullServices(uint32(nt.SvcGetCurrentProcessorNumber), n) })
	pin(nt.CurrentThread, 0)
	if processors() < 2 {
		check("ntbench smp on one processor", nt.StatusUnsuccessful)
	}
	pingPong("event.cross_cpu", 1)
	parallel()
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
	report(name, per[:])
}

// report prints the least and the median of some times in nanoseconds.
func report(name string, per []float64) {
	slices.Sort(per)
	fmt.Printf("BENCH %s.min %.1f ns\nBENCH %s.med %.1f ns\n", name, per[0], name, per[len(per)/2])
}

// check ends the program when a service has failed.
func check(what string, s nt.Status) {
	if !s.OK() {
		fmt.Printf("BENCH failed: %s: %v\n", what, s)
		ntdll.NtTerminateProcess(nt.CurrentProcess, s)
	}
}

// clocks reads the time n times, which needs no service.
func clocks(n uint64) {
	for ; n > 0; n-- {
		goos.Nanotime()
	}
}
