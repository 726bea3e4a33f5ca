//go:build kernel

package main

import (
	"fmt"

	"gont/cm/control"
	"gont/hal"
	"gont/mm"
	"gont/nt"
)

// flagStackTraces is FLG_KERNEL_STACK_TRACE_DB of GlobalFlag.
const flagStackTraces = 0x2000

// initHypervisor (SPEC P0.13): what lies below the kernel, by CPUID; the console for
// emergencies; stack traces of pool blocks, if GlobalFlag asks for them.
func initHypervisor() nt.Status {
	checkFlags()
	h := hal.IdentifyHypervisor()
	switch {
	case h.Vendor == "":
	case h.Interface != "":
		dbgPrintLine(fmt.Sprintf("P0.13: under %s (%q, leaves to %#x, interface %q)", h.Name(), h.Vendor, h.Highest, h.Interface))
	default:
		dbgPrintLine(fmt.Sprintf("P0.13: under %s (%q, leaves to %#x)", h.Name(), h.Vendor, h.Highest))
	}
	if settings.Number(control.GlobalFlag)&flagStackTraces != 0 {
		mm.TracePool()
		dbgPrintLine("P0.13: stack traces of pool blocks are kept")
	}
	return nt.StatusSuccess
}
