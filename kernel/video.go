//go:build kernel

package main

import (
	"gont/hal"
	"gont/inbv/display"
	"gont/nt"
)

// Boot video (SPEC P0.11, P0.20, P1.4, P1.42): the steps; inbv/display does the work.

// initializeBios (SPEC P0.20): the BIOS can be called for video modes until P0.11.
func initializeBios() nt.Status {
	display.AskBios()
	return nt.StatusSuccess
}

// inbvInitialize: the screen is ours; banner (SPEC P0.11).
func inbvInitialize() nt.Status {
	display.Configure(options.Has("SOS"), options.Has("NOGUIBOOT"), options.Has("QUIETBOOT"))
	display.Initialize()
	if hal.SerialPresent() {
		display.Verbose("%s", banner())
	} else {
		display.Verbose("%s (no serial port)", banner())
	}
	for _, p := range options.Problems {
		display.Important(p + "\n")
	}
	for _, p := range bootProblems {
		display.Repeat(p + "\n")
	}
	bootProblems = nil
	return nt.StatusSuccess
}

// showLogo is SPEC P1.4.
func showLogo() nt.Status {
	display.ShowLogo(kernelMessages.Logo(version()))
	return nt.StatusSuccess
}

// finalizeBootLogo (SPEC P1.42): the logo goes, and text may come.
func finalizeBootLogo() nt.Status {
	display.HideLogo()
	return nt.StatusSuccess
}
