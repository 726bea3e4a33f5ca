//go:build kernel

package main

import (
	"fmt"
	"strconv"

	"gont/cc"
	"gont/cm"
	"gont/cm/tuning"
	"gont/em"
	"gont/etw"
	"gont/ex"
	"gont/hal"
	"gont/inbv/display"
	"gont/kd/dbgprint"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/po"
	"gont/ps"
)

// Steps of phase 1 that the registry decides.

// verifierPhase1 is SPEC P1.15: with VERIFIER, or where Control names drivers to verify, the
// handles of System are traced, and special pool is looked at whether it works.
func verifierPhase1() nt.Status {
	if !options.Has("VERIFIER") && mm.Verified.Level == 0 {
		return nt.StatusSuccess
	}
	ps.System.Handles.Trace()
	b := mm.AllocatePool(mm.NonPagedPool, 100, ex.InitTag)
	if b == nil {
		return nt.StatusNoMemory
	}
	mm.FreePool(b, ex.InitTag)
	trace.Note("P1.15", "handles of System are traced")
	return nt.StatusSuccess
}

// applyErrata is SPEC P1.23: what the registry knows of machines like this one.
func applyErrata() nt.Status {
	list, problems := em.Apply(em.Rules(tuning.ControlKey+`\Errata`), machineNames())
	for _, p := range problems {
		display.String(p + "\n")
	}
	for _, a := range list {
		dbgprint.Line(fmt.Sprintf("P1.23: erratum %s: %s", a.Rule, a.Workaround))
		switch a.Workaround {
		case em.NoPowerButton:
			po.DisableButtons()
		case em.NoAcpiReset:
			hal.DistrustAcpiReset()
		case em.NoMessages:
			hal.DistrustMessages()
		}
	}
	return nt.StatusSuccess
}

// machineNames are what rules compare: the processor, the HAL, and what the BIOS says of
// itself, if HARDWARE has it.
func machineNames() em.Machine {
	p := hal.IdentifyProcessor()
	m := em.Machine{"ProcessorVendor": p.Vendor, "ProcessorFamily": strconv.Itoa(int(p.Family)), "ProcessorModel": strconv.Itoa(int(p.Model)),
		"ProcessorStepping": strconv.Itoa(int(p.Stepping)), "Hal": hal.KindName()}
	m.AddBios()
	return m
}

// initPrefetcher is SPEC P1.24; P1.46 makes the trace.
func initPrefetcher() nt.Status {
	safe, _ := options.SafeMode()
	if p := cc.InitPrefetcher(safe != 0); p != "" {
		display.String(p + "\n")
	}
	return nt.StatusSuccess
}

// exInitSystemPhase2 is SPEC P1.32: the policies of the product are validated and kept.
func exInitSystemPhase2() nt.Status {
	if err := tuning.ReadPolicies(); err != nil {
		display.String("the registry: ProductPolicy: " + err.Error() + "\n")
	}
	return nt.StatusSuccess
}

// miniNT is SPEC P1.33.
func miniNT() nt.Status {
	if o, s := ob.Lookup(nil, `\NLS`, true, ob.DirectoryType); s.OK() {
		o.Dereference()
	} else if _, s := ob.CreateDirectory(`\NLS`); !s.OK() {
		return s
	}
	if !options.Has("MININT") {
		return nt.StatusSuccess
	}
	return cm.SetMiniNT(options.Has("INRAM"))
}

// safeBootOption is SPEC P1.35.
func safeBootOption() nt.Status {
	mode, alternate := options.SafeMode()
	if mode == 0 {
		return nt.StatusSuccess
	}
	use, s := cm.SetSafeBoot(cm.SafeBoot(mode), alternate)
	if s.OK() && alternate && !use {
		display.String("safe mode: the registry names no alternate shell; the usual one is started\n")
	}
	return s
}

// pageKernel is SPEC P1.36: whether what can be paged of the kernel's is. Nothing of it is
// paged yet, whatever the registry says; it is noted what was asked for.
func pageKernel() nt.Status {
	k, s := cm.OpenKey(tuning.ControlKey + `\Session Manager\Memory Management`)
	if !s.OK() {
		return nt.StatusSuccess
	}
	defer k.Close()
	if n, _ := k.Uint32("DisablePagingExecutive"); n != 0 {
		trace.Note("P1.36", "DisablePagingExecutive: the kernel stays in memory")
	} else {
		trace.Note("P1.36", "the kernel has nothing that can be paged")
	}
	return nt.StatusSuccess
}

// psInitSystem1 is SPEC P1.40: jobs; and the way through ntdll.dll that a program would go.
func psInitSystem1() nt.Status {
	if s := ps.InitSystem1(); !s.OK() {
		return s
	}
	for _, n := range []nt.Service{nt.SvcTerminateProcess, nt.SvcContinue, nt.SvcRaiseException} {
		if _, ok := ps.LookupSystemDll(n.String()); !ok {
			return fail(fmt.Errorf("ntdll.dll has no %v", n))
		}
	}
	return nt.StatusSuccess
}

// locateSystemDll is SPEC P1.20.
func locateSystemDll() nt.Status {
	names := make([]string, nt.NumServices)
	for n := range names {
		names[n] = nt.Service(n).String()
	}
	return ps.CreateSystemDll(names)
}

// wmiInitialize is SPEC P1.49.
func wmiInitialize() nt.Status { return etw.InitSystem(trace, &ex.TheBootLog) }
