//go:build kernel

package main

import (
	"errors"
	"fmt"

	"gont/arc"
	"gont/cc"
	"gont/ex"
	"gont/fsrtl"
	"gont/hal"
	"gont/inbv/display"
	"gont/kd/dbgprint"
	"gont/ke"
	"gont/kernel/bugcheck"
	"gont/kernel/selftest"
	"gont/kernel/systemfiles"
	"gont/lpc"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
	"gont/se/rm"
	"gont/svc"
	"gont/tm"
)

// phase1 is what the system thread does, in SPEC's order. What is
// declared of a row (name, stop code, needs, progress) is in ex.Steps.
var phase1 = []step{
	{"P1.1", phase1Discard},
	{"P1.2", raisePriority},
	{"P1.3", halInitSystem1},
	{"P1.4", showLogo},
	{"P1.5", showBanner},
	{"P1.6", poInitSystem0},
	{"P1.7", queryClock},
	{"P1.8", startProcessors},
	{"P1.9", ob.InitSystem1},
	{"P1.10", exInitSystem},
	{"P1.11", createIoTypes},
	{"P1.12", keInitSystem},
	{"P1.13", kdInitSystem1},
	{"P1.14", tm.InitSystem},
	{"P1.15", verifierPhase1},
	{"P1.16", rm.InitSystem1},
	{"P1.17", createSystemRootLink},
	{"P1.18", mmInitSystem1},
	{"P1.19", ex.CreateNlsSections},
	{"P1.20", locateSystemDll},
	{"P1.21", cc.InitSystem},
	{"P1.22", cmInitSystem1},
	{"P1.23", applyErrata},
	{"P1.24", initPrefetcher},
	{"P1.25", refreshTimeZoneInformation},
	{"P1.26", fsrtl.InitSystem},
	{"P1.27", reportResources},
	{"P1.28", kdDebuggerInitialize1},
	{"P1.29", ppInitSystem1},
	{"P1.30", lpc.InitSystem},
	{"P1.31", safeModeAndBootLog},
	{"P1.32", exInitSystemPhase2},
	{"P1.33", miniNT},
	{"P1.48", xipInit},
	{"P1.34", ioInitSystem},
	{"P1.49", wmiInitialize},
	{"P1.35", safeBootOption},
	{"P1.36", pageKernel},
	{"P1.37", processorsAgree},
	{"P1.38", vdmInitialize},
	{"P1.39", poInitSystem1},
	{"P1.40", psInitSystem1},
	{"P1.41", rm.InitPhase1},
	{"P1.42", finalizeBootLogo},
	{"P1.43", loadInitialProcess},
	{"P1.44", freeLoaderBlock},
	{"P1.45", watchSession},
	{"P1.46", finishPhase1},
	{"P1.47", beginZeroing},
}

// phase1Initialization is the system thread's life: phase 1, then the
// zero-page thread.
func phase1Initialization(t *ps.Thread) {
	runSteps(phase1, func() {})
	if trace.Echo {
		for _, l := range ex.Summary(trace.Records()) {
			dbgprint.Line(l)
		}
	}
	selftest.BenchIfAsked()
	mm.ZeroPageThread(loader.tableRoot, zeroingEvent, func() { poll(false) })
}

// phase1Discard marks memory that initialization alone needs (SPEC P1.1; P1.47
// frees it): the stack the kernel came in with, OSLDR's tables for low memory, and
// the INIT sections of boot drivers.
func phase1Discard() nt.Status {
	initializationPhase++
	for _, r := range loader.runs {
		if r.Type == arc.LoaderStartupKernelStack {
			for n := r.Base; n < r.Base+r.Size; n++ {
				loader.initPages = append(loader.initPages, uint32(n))
			}
		}
	}
	loader.initPages = append(loader.initPages, loader.lowTables...)
	drivers, _ := loaderReader.BootDrivers(loaderBlockAddress())
	for _, d := range drivers {
		loader.initPages = append(loader.initPages, mm.MarkInitSections(d.Image, d.Entry.PhysPage)...)
	}
	if len(loader.initPages) == 0 {
		return fail(fmt.Errorf("no memory is marked as needed for initialization only"))
	}
	return part("P1.1.1", ex.AllocateInitBuffer)
}

func raisePriority() nt.Status {
	ke.SetPriority(ke.Current(), ke.HighPriority)
	if ke.Current().Priority() != ke.HighPriority {
		return nt.StatusUnsuccessful
	}
	return nt.StatusSuccess
}

// halInitSystem1: interrupts are on and the clock ticks (SPEC P1.3); seen, not
// believed.
func halInitSystem1() nt.Status {
	if hal.ReadFlags()&0x200 == 0 {
		return fail(fmt.Errorf("interrupts are off in phase 1"))
	}
	if say, ok := hal.StartFirstClock(); say != "" {
		dbgprint.Line("HAL: " + say)
	} else if !ok {
		return fail(fmt.Errorf("no clock interrupt within half a second"))
	}
	return nt.StatusSuccess
}

// showBanner (SPEC P1.5): product and version from the message table, processor
// and memory.
func showBanner() nt.Status {
	p := hal.IdentifyProcessor()
	under := ""
	if p.Hypervisor != "" {
		under = " under " + p.Hypervisor
	}
	tsc, _ := hal.Frequencies()
	display.Verbose("%s%s, %d MHz counter", p.Brand, under, tsc/1_000_000)
	dbgprint.Line("boot: " + bootTimes())
	return nt.StatusSuccess
}

// keInitSystem: the system service dispatch table is complete (SPEC P1.12).
func keInitSystem() nt.Status {
	for i, f := range serviceTable {
		if f == nil {
			return fail(fmt.Errorf("system service %v has no routine", nt.Service(i)))
		}
	}
	connectServices()
	if err := selftest.RunIfAsked(kernelForTests()); err != nil {
		return fail(err)
	}
	return nt.StatusSuccess
}

// kernelForTests is what SELFTEST= and CRASH= use of this package.
func kernelForTests() selftest.Kernel {
	return selftest.Kernel{
		SelfTest: options.Text("SELFTEST"), Crash: options.Text("CRASH"), PrintLine: dbgprint.Line, Display: display.String, SpoilReport: bugcheck.Spoil,
		Poll: func() { poll(false) },
		BugCheck: func(p [4]uint64, text string) {
			bugcheck.Check(ex.ManuallyInitiatedCrash, p[0], p[1], p[2], p[3], text)
		},
		SetDisplayService: func(f func(*svc.Call) nt.Status) { serviceTable[nt.SvcDisplayString] = f },
		KernelBase:        loader.kernel.DllBase, InitPage: loader.initPages[0], TableRoot: loader.tableRoot,
	}
}

// Section type and the zero-page thread's event (SPEC P1.18).
var (
	zeroingEvent zeroEvent
)

type zeroEvent struct{ *ke.Event }

func (e zeroEvent) Wait() { ke.WaitForSingleObject(e.Event, ke.KernelMode, false, nil) }

func mmInitSystem1() nt.Status {
	if s := mm.CreateSectionType(); !s.OK() {
		return s
	}
	chooseZeroing()
	if !mm.PrepareZeroing(loader.tableRoot) {
		return nt.StatusNoMemory
	}
	startBalanceSetManager()
	if s := startPaging(); !s.OK() {
		return s
	}
	zeroingEvent = zeroEvent{ke.NewEvent(nt.SynchronizationEvent, false)}
	if s := ex.CreateSharedData(ex.SharedMachine{Page: mm.Frame, TscScale: hal.TscScale, Ticks: hal.Ticks}, product, loader.systemRoot); !s.OK() {
		return s
	}
	return mm.CreateBootImages()
}

// freeLoaderBlock (SPEC P1.44). The session manager runs already, maybe on another
// processor: the free list may have changed by more than n.
func freeLoaderBlock() nt.Status {
	before := mm.QueryCounts().Uses[mm.UseLoader]
	n := mm.FreeLoaderBlock(loader.runs)
	if n == 0 {
		return fail(errors.New("there is no loader memory to free"))
	}
	// Other processors take and free pages meanwhile, but none of the loader's.
	if left := mm.QueryCounts().Uses[mm.UseLoader]; left != before-n {
		return fail(fmt.Errorf("%d pages of the loader's, %d freed, %d left", before, n, left))
	}
	loader.files = nil
	mm.SignalZeroing()
	dbgprint.Line(fmt.Sprintf("P1.44: %d KB of loader memory freed, %d KB available", n*4, mm.QueryCounts().Available()*4))
	return nt.StatusSuccess
}

// watchSession waits five seconds for the session manager (SPEC P1.45): if it
// ends before, there is no system.
func watchSession() nt.Status {
	timeout := int64(-5 * 10_000_000)
	s := ke.WaitForSingleObject(&session.process.Process, ke.KernelMode, false, &timeout)
	if s != nt.StatusTimeout {
		failureText = "the session manager ended with " + session.process.ExitStatus().String()
		return nt.StatusUnsuccessful
	}
	dbgprint.Line("P1.45: the session manager has run for 5 s")
	return nt.StatusSuccess
}

// finishPhase1 (SPEC P1.46). From here on the end of the session manager is not
// a failed start but the end of the system.
func finishPhase1() nt.Status {
	systemfiles.StartComplete()
	if options.Has("FAILALLOC") {
		count, failed := ke.EndFailAllocation()
		display.String(fmt.Sprintf("FAILALLOC: the start has made %d allocations\n", count))
		if failed != "" {
			display.String("FAILALLOC: one of them has failed, and the start has gone on: " + failed + "\n")
		}
	}
	session.release()
	ex.FreeInitBuffer()
	initializationPhase++
	ended := func(p *ps.Process) {
		if p == session.process {
			bugcheck.Check(ex.CriticalProcessDied, p.ID, uint64(p.ExitStatus()), 0, 0, "the session manager ended with "+p.ExitStatus().String())
		}
	}
	ps.Ended.Store(&ended)
	return nt.StatusSuccess
}

// initializationPhase is ExpInitializationPhase: 0, 1, then 2 for good. The
// stop screen shows it.
var initializationPhase int

// beginZeroing: the last step of phase 1 (SPEC P1.47). What only
// initialization needed is freed; the thread falls to priority 0 and is the
// zero-page thread from here on.
func beginZeroing() nt.Status {
	n := mm.FreePages(loader.initPages)
	loader.initPages = nil
	if options.Has("MMCHECK") {
		if err := mm.Check(); err != nil {
			return fail(err)
		}
	}
	dbgprint.Line(fmt.Sprintf("P1.47: %d KB of init memory freed; this thread is the zero-page thread now", n*4))
	ke.SetPriority(ke.Current(), ke.LowPriority)
	return nt.StatusSuccess
}
