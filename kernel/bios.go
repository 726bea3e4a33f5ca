//go:build kernel

package main

import (
	"fmt"

	"gont/arc"
	"gont/hal"
	"gont/nt"
)

// initializeBios (SPEC P0.20): the BIOS can be called for video modes until P0.11, and is
// asked which mode the screen is in. What it says is compared with what OSLDR has left; the
// screen is not used in a mode that is not there. A machine without that way has a screen all
// the same.
func initializeBios() nt.Status {
	checkFlags()
	graphic := video.mode.FrameBuffer != 0
	r := arc.BiosRegs{Interrupt: 0x10, Eax: 0x0F00} // current mode
	if graphic {
		r.Eax = 0x4F03 // VBE: current mode
	}
	if err := hal.CallBios(&r); err != nil {
		dbgPrintLine("P0.20: " + err.Error())
		return nt.StatusSuccess
	}
	switch {
	case graphic && r.Eax&0xFFFF != 0x004F:
		dbgPrintLine(fmt.Sprintf("P0.20: the BIOS does not say which VBE mode it is (AX=%04Xh)", r.Eax&0xFFFF))
	case graphic && r.Ebx&0x3FFF != uint32(video.mode.Mode)&0x3FFF:
		dbgPrintLine(fmt.Sprintf("P0.20: by the BIOS the screen is in VBE mode %#x, by OSLDR in %#x", r.Ebx&0x3FFF, video.mode.Mode&0x3FFF))
	case !graphic && r.Eax&0x7F != 3:
		dbgPrintLine(fmt.Sprintf("P0.20: by the BIOS the screen is in mode %#x, not in text mode 3", r.Eax&0x7F))
	default:
		dbgPrintLine(fmt.Sprintf("P0.20: the BIOS can be called; the screen is in mode %#x", map[bool]uint32{true: r.Ebx & 0x3FFF, false: r.Eax & 0x7F}[graphic]))
	}
	return nt.StatusSuccess
}
