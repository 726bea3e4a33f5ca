//go:build kernel

package main

import (
	"fmt"
	"sync/atomic"

	"gont/cm/tuning"
	"gont/ex"
	"gont/hal"
	"gont/inbv/display"
	"gont/kd/dbgprint"
	"gont/ke"
	"gont/kernel/bugcheck"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// startProcessors is KeStartAllProcessors (SPEC P1.8): every processor that the
// firmware lists, or as many as NUMPROC and ONECPU allow, takes part from here on.
// One that does not answer is named and left out.
func startProcessors() nt.Status {
	limit := tuning.LicensedProcessors(min(options.Number("NUMPROC", hal.MaximumProcessors), hal.MaximumProcessors))
	if options.Has("ONECPU") {
		limit = 1
	}
	ids := hal.ApplicationProcessors()
	if len(ids) > 0 && limit > 1 {
		low, ok := mm.LowPages(loader.runs)
		if !ok {
			display.String(fmt.Sprintf("No memory below 1 MB is free to start processors with: only one of %d is used\n", len(ids)+1))
			ids = nil
		}
		said, alone := hal.StartProcessors(ids, low, int(limit))
		for _, l := range said {
			display.String(l + "\n")
		}
		if alone > 0 {
			display.String(fmt.Sprintf("%d more processors are left alone\n", alone))
		}
		if ok {
			hal.ParkProcessors(low[0])
		}
	}
	hal.RunProcessors(processorMain)
	n := hal.ProcessorCount()
	for start := hal.Nanotime(); int(processorsReady.Load()) < n-1; hal.Pause() {
		if hal.Nanotime()-start > 10_000_000_000 {
			return fail(fmt.Errorf("%d of %d processors have not begun to work", n-1-int(processorsReady.Load()), n))
		}
	}
	bugcheck.ReportMachineChecks()
	// Threads of System, this one too, run on any of them from here on.
	if all := ke.ActiveProcessors(); ps.System.Affinity() != all || ke.Current().Affinity() != all {
		return fail(fmt.Errorf("threads of System may use the processors %#x of %#x", ps.System.Affinity(), all))
	}
	return part("P1.8.1", func() nt.Status {
		line, ok := ex.InitText("%s", kernelMessages.Processors(n, memoryMegabytes()))
		if !ok {
			return nt.StatusBufferOverflow
		}
		display.Verbose("%s", line)
		return nt.StatusSuccess
	})
}

var processorsReady atomic.Int32

// processorMain is what an application processor does for ever: it is its idle
// thread.
func processorMain(number int) {
	ps.AdoptIdle(ke.StartProcessor(number))
	hal.StartClock()
	processorsReady.Add(1)
	idleLoop()
}

// processorsAgree: all of them have the same features (SPEC P1.37), since a thread
// runs on any.
func processorsAgree() nt.Status {
	if d := hal.MemoryTypesDiffered(); d != "" {
		dbgprint.Line("HAL: " + d)
	}
	want := hal.Features(0)
	for i := 1; i < hal.ProcessorCount(); i++ {
		if f := hal.Features(i); f != want {
			return fail(fmt.Errorf("processor %d has the features %08x, processor 0 has %08x", i, f, want))
		}
	}
	return nt.StatusSuccess
}
