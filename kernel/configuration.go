//go:build kernel

package main

import (
	"fmt"
	"strconv"

	"gont/cc"
	"gont/cm"
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
	"gont/rtl"
)

// Steps of phase 1 that the registry decides.

const controlPath = `\Registry\Machine\SYSTEM\CurrentControlSet\Control`

// verifierPhase1 is SPEC P1.15: with VERIFIER, or where Control names drivers to verify, the
// handles of System are traced, and special pool is looked at whether it works.
func verifierPhase1() nt.Status {
	if !options.Has("VERIFIER") && mm.Verified.Level == 0 {
		return nt.StatusSuccess
	}
	ps.System.Handles.Trace()
	b := mm.AllocatePool(mm.NonPagedPool, 100, initTag)
	if b == nil {
		return nt.StatusNoMemory
	}
	mm.FreePool(b, initTag)
	trace.Note("P1.15", "handles of System are traced")
	return nt.StatusSuccess
}

// applyErrata is SPEC P1.23: what the registry knows of machines like this one.
func applyErrata() nt.Status {
	list, problems := em.Apply(em.Rules(controlPath+`\Errata`), machineNames())
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
	k, s := cm.OpenKey(`\Registry\Machine\HARDWARE\DESCRIPTION\System\BIOS`)
	if !s.OK() {
		return m
	}
	defer k.Close()
	for name, value := range map[string]string{"BiosVendor": "BIOSVendor", "BiosVersion": "BIOSVersion", "BiosDate": "BIOSReleaseDate",
		"SystemManufacturer": "SystemManufacturer", "SystemProduct": "SystemProductName"} {
		m[name], _ = k.Text(value)
	}
	return m
}

// prefetching reports whether the pages that the start uses are traced.
var prefetching bool

// initPrefetcher is SPEC P1.24: PrefetchParameters decides whether this start is traced
// (bit 1: starts of the system). P1.46 makes the trace.
func initPrefetcher() nt.Status {
	k, s := cm.OpenKey(controlPath + `\Session Manager\Memory Management\PrefetchParameters`)
	if !s.OK() {
		return nt.StatusSuccess // nobody asks for it
	}
	defer k.Close()
	n, ok := k.Uint32("EnablePrefetcher")
	if ok && n > 3 {
		display.String(fmt.Sprintf("the registry: EnablePrefetcher is %d, not 0 to 3; nothing is traced\n", n))
		n = 0
	}
	safe, _ := options.SafeMode()
	prefetching = n&2 != 0 && safe == 0
	return nt.StatusSuccess
}

// tracePrefetch makes the trace of a start, at the end of phase 1.
func tracePrefetch() {
	if !prefetching {
		return
	}
	var t cc.Trace
	mm.EachBootImage(func(s *mm.Section) { t.Add(loader.systemRoot+rtl.System32+s.Name, s.Touched()) })
	cc.SetBootTrace(&t)
	dbgprint.Line(fmt.Sprintf("P1.24: the start has used %d pages of %d images; the trace has %d bytes", t.Pages(), len(t.Files), len(t.Encode())))
}

// exInitSystemPhase2 is SPEC P1.32: the policies of the product are validated and kept. A
// value that is damaged counts as none.
func exInitSystemPhase2() nt.Status {
	k, s := cm.OpenKey(controlPath + `\ProductOptions`)
	if !s.OK() {
		return nt.StatusSuccess
	}
	defer k.Close()
	v, s := k.Value("ProductPolicy")
	if !s.OK() {
		return nt.StatusSuccess
	}
	list, err := ex.ParsePolicies(v.Data)
	if err != nil {
		display.String("the registry: ProductPolicy: " + err.Error() + "\n")
	}
	ex.SetPolicies(list)
	return nt.StatusSuccess
}

// licensedProcessors is how many processors the product may use; it is asked for before
// there is \Registry.
func licensedProcessors(most uint64) uint64 {
	v, ok := cm.BootValue(`Control\ProductOptions`, "ProductPolicy")
	if !ok {
		return most
	}
	list, err := ex.ParsePolicies(v.Data)
	if err != nil {
		return most // P1.32 says so
	}
	ex.SetPolicies(list)
	return max(1, min(most, uint64(ex.PolicyNumber("Kernel-RegisteredProcessors", uint32(most)))))
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
	k, s := cm.OpenKey(controlPath + `\Session Manager\Memory Management`)
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
