//go:build kernel

package main

import (
	"gont/cm/control"
	"gont/hal"
	"gont/inbv/display"
	"gont/kd/dbgprint"
	"gont/mm"
	"gont/nt"
)

// redirect takes the options REDIRECT, EMSPORT and EMSBAUDRATE to the screen.
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
	display.Redirect(name, uint32(options.Number("EMSBAUDRATE", 115200)))
}

// flagStackTraces is FLG_KERNEL_STACK_TRACE_DB of GlobalFlag.
const flagStackTraces = 0x2000

// initHypervisor (SPEC P0.13): what lies below the kernel, by CPUID; the console for
// emergencies; stack traces of pool blocks, if GlobalFlag asks for them.
func initHypervisor() nt.Status {
	h := hal.IdentifyHypervisor()
	if text := h.String(); text != "" {
		dbgprint.Line("P0.13: under " + text)
	}
	redirect()
	if settings.Number(control.GlobalFlag)&flagStackTraces != 0 {
		mm.TracePool()
		dbgprint.Line("P0.13: stack traces of pool blocks are kept")
	}
	return nt.StatusSuccess
}
