//go:build kernel

package main

import (
	"fmt"
	"runtime/debug"

	"gont/arc"
	bootline "gont/arc/options"
	"gont/ex"
	"gont/hal"
	"gont/kd/dbgprint"
	"gont/ke"
	"gont/kernel/bugcheck"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/pp"
	"gont/ps"
)

// phase0 is what the boot processor does with interrupts off, in SPEC's order. What is
// declared of a row (name, stop code, needs, progress) is in ex.Steps.
var phase0 = []step{
	{"P0.1", systemStartup},
	{"P0.2", initBootProcessor},
	{"P0.3", initNls},
	{"P0.4", halInitSystem0},
	{"P0.5", initReciprocals},
	{"P0.6", initBugCheckStrings},
	{"P0.7", readControlVector},
	{"P0.8", exInitSystem0},
	{"P0.9", initVerifier},
	{"P0.10", mmInitSystem0},
	{"P0.20", initializeBios},
	{"P0.11", inbvInitialize},
	{"P0.12", loadImageSymbols},
	{"P0.13", initHypervisor},
	{"P0.21", moveNls},
	{"P0.14", ob.InitSystem0},
	{"P0.15", ps.InitTokens},
	{"P0.16", psInitSystem0},
	{"P0.17", initDebugging},
	{"P0.18", pp.InitSystem0},
	{"P0.19", becomeIdle},
}

// interruptsSeen counts the steps of phase 0 that found IF set.
var interruptsSeen int

// systemStartup: GDT, IDT and TSS stand since the first instructions; the rest
// of the processor, and what the loader says (SPEC P0.1).
func systemStartup() nt.Status {
	hal.InitializeProcessor()
	readLoaderBlock()
	options = bootline.Parse(loader.options)
	options.CheckFails(isStep)
	if options.Has("FAILALLOC") {
		ke.FailAllocation(int64(options.Number("FAILALLOC", 0)))
	}
	trace.Echo = options.Has("BOOTTRACE")
	if trace.Echo {
		for _, r := range loader.runs {
			dbgprint.Line(fmt.Sprintf("memory %#x-%#x type %d", r.Base<<12, (r.Base+r.Size)<<12, r.Type))
		}
	}
	build := ""
	if ke.Checked {
		build = " (checked build)"
	}
	dbgprint.Print("\nGoNT kernel: " + loader.kernel.Name + build + ", options: " + bootline.Printable(loader.options) + "\n")
	initializeDebugger()
	if launch := options.Text("HYPERVISORLAUNCHTYPE"); launch == "AUTO" {
		support := hal.Virtualization()
		if support == "" {
			support = "not supported by this processor"
		}
		dbgprint.Line("P0.1: virtualization: " + support + "; there is no hypervisor to be started")
	}
	return nt.StatusSuccess
}

// initReciprocals: the multiply-shift of the timer table (SPEC P0.5).
func initReciprocals() nt.Status {
	if err := ke.InitializeReciprocals(); err != nil {
		return fail(err)
	}
	return nt.StatusSuccess
}

// initDebugging: the debug object type (SPEC P0.17).
func initDebugging() nt.Status {
	return ps.InitDebugging()
}

// initBootProcessor: look-aside lists, and BURNMEMORY before anybody has looked
// at the memory (SPEC P0.2).
func initBootProcessor() nt.Status {
	mm.InitializePool(options.Has("VERIFIER"))
	if mb := options.Number("BURNMEMORY", 0); mb > 0 {
		var n uint64
		loader.runs, n = mm.Burn(loader.runs, mb<<8)
		dbgprint.Line("BURNMEMORY: " + decimal(n>>8) + " MB taken away")
	}
	return nt.StatusSuccess
}

// halInitSystem0: interrupt controllers, calibrated clocks, the interval
// clock prepared and masked; what the firmware's tables say (SPEC P0.4).
func halInitSystem0() nt.Status {
	asked := options.Text("HAL")
	if options.Has("DETECTHAL") {
		asked = ""
	}
	lines := hal.InitializeAcpi(asked)
	lines = append(lines, hal.InitializeInterrupts()...)
	prefer := ""
	if options.Has("USEPLATFORMCLOCK") {
		prefer = "HPET"
	} else if options.Has("USEPMTIMER") {
		prefer = "PM timer"
	}
	clocks, err := hal.CalibrateClocks(prefer)
	trace.Held = false
	for _, l := range append(lines, clocks...) {
		dbgprint.Line("HAL: " + l)
	}
	if err != nil {
		return fail(err)
	}
	bugcheck.ReportMachineChecks()
	return nt.StatusSuccess
}

// mmInitSystem0: the PFN database; OSLDR's low mapping goes; the kernel's heap
// gets a reserve and the Go collector a limit that fits the machine (SPEC
// P0.10).
func mmInitSystem0() nt.Status {
	if err := mm.Initialize(mmMachine{}, loader.runs, options.Number("MAXMEM", 0)<<8); err != nil {
		return fail(err)
	}
	if n := mm.LeftOut(); n > 0 {
		dbgprint.Line(fmt.Sprintf("P0.10: %d KB of memory are left out: the PFN database up to them fits nowhere", n*mm.PageSize>>10))
	}
	takenBefore = memoryTaken() - (pagesInUse()-int64(mm.QueryCounts().Uses[mm.UseDatabase]))*mm.PageSize
	loader.lowTables = mm.LowTables(loader.tableRoot)
	hal.DropIdentityMap()
	var memory []hal.Frames
	for _, r := range loader.runs {
		if r.Type != arc.LoaderFirmwarePermanent && r.Type != arc.LoaderBBTMemory && r.Type != arc.LoaderBad {
			memory = append(memory, hal.Frames{Base: r.Base, Size: r.Size})
		}
	}
	hal.RestrictPhysicalMap(memory)
	mm.SetKernelRoot(loader.tableRoot)
	mm.KernelReserve = mm.ReserveFor(mm.QueryCounts().Ram)
	mm.VerifyZero = options.Has("MMCHECK")
	mm.RefillHeap()
	debug.SetMaxStack(1 << 20)
	debug.SetMemoryLimit(int64(min(mm.QueryCounts().Ram*mm.PageSize/4, 512<<20)))
	return nt.StatusSuccess
}

// psInitSystem0: types, Idle, System, and the thread for phase 1 (SPEC P0.16).
func psInitSystem0() nt.Status {
	idle := ke.Initialize(ke.Hooks{Now: interruptTime, Switched: switched, Panic: func(_ *ke.Thread, r any) { bugcheck.Panic(r) },
		Processor: hal.ProcessorNumber, Request: hal.Request, Skipped: hal.SkippedTicks, Switch: hal.Switch, Pause: spin, Poll: func() { poll(false) }})
	if s := ps.InitSystem0(idle); !s.OK() {
		return s
	}
	ps.RunUser = runUser
	ps.LeaveSpace = leaveSpace
	ps.BeforeUser = ex.MapSharedData
	ps.ForgetContext = hal.ForgetContext
	ps.Now = ke.SystemTime
	t := ps.CreateSystemThread("Phase1Initialization", ke.NormalPriority, phase1Initialization)
	ke.StartThread(t.Thread)
	return nt.StatusSuccess
}

// becomeIdle: the end of phase 0 (SPEC P0.19). Interrupts have been off until
// here; that is checked, not believed.
func becomeIdle() nt.Status {
	clock, spurious, _ := hal.Counters()
	dbgprint.Line("P0.19: phase 0 complete; IF was set in " + decimal(uint64(interruptsSeen)) + " steps, interrupts taken " + decimal(clock+spurious))
	if interruptsSeen != 0 || clock+spurious != 0 {
		return nt.StatusUnsuccessful
	}
	return nt.StatusSuccess
}

// checkFlags is done before each step.
func checkFlags() {
	if hal.ReadFlags()&0x200 != 0 {
		interruptsSeen++
	}
}
