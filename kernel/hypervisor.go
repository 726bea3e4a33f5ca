//go:build kernel

package main

import (
	"fmt"

	"gont/cm/control"
	"gont/hal"
	"gont/mm"
	"gont/nt"
)

// redirect starts emergency management services, as far as there are some: what the screen
// shows goes to another serial port, too (REDIRECT, EMSPORT, EMSBAUDRATE).
func redirect() {
	if !options.Has("REDIRECT") {
		return
	}
	name := options.Text("REDIRECT")
	if name == "" || name == "USEBIOSSETTINGS" {
		if name = options.Text("EMSPORT"); name == "" {
			name = "COM1"
		}
	}
	rate := options.Number("EMSBAUDRATE", 115200)
	switch n := int(name[3] - '0'); {
	case n == 1:
		dbgPrintLine("P0.13: COM1 shows everything anyway")
	case hal.OpenEmergencyPort(n, uint32(rate)):
		dbgPrintLine(fmt.Sprintf("P0.13: what the screen shows goes to %s, too, at %d bits a second", name, rate))
	default:
		displayImportant("boot option REDIRECT: there is no port " + name + "\n")
	}
}

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
	redirect()
	if settings.Number(control.GlobalFlag)&flagStackTraces != 0 {
		mm.TracePool()
		dbgPrintLine("P0.13: stack traces of pool blocks are kept")
	}
	return nt.StatusSuccess
}
