package display

import (
	"fmt"

	"gont/arc"
	"gont/kd/dbgprint"
)

// AskBios asks the BIOS which mode the screen is in, and compares that with what the loader
// has left (SPEC P0.20); the screen is not used in a mode that is not there. A machine whose
// BIOS cannot be called has a screen all the same.
func AskBios() {
	graphic := state.mode.FrameBuffer != 0
	r := arc.BiosRegs{Interrupt: 0x10, Eax: 0x0F00} // current mode
	if graphic {
		r.Eax = 0x4F03 // VBE: current mode
	}
	if err := machine.CallBios(&r); err != nil {
		dbgprint.Line("P0.20: " + err.Error())
		return
	}
	want := uint32(state.mode.Mode) & 0x3FFF
	switch vbe, text := r.Ebx&0x3FFF, r.Eax&0x7F; {
	case graphic && r.Eax&0xFFFF != 0x004F:
		dbgprint.Line(fmt.Sprintf("P0.20: the BIOS does not say which VBE mode it is (AX=%04Xh)", r.Eax&0xFFFF))
	case graphic && vbe != want:
		dbgprint.Line(fmt.Sprintf("P0.20: by the BIOS the screen is in VBE mode %#x, by OSLDR in %#x", vbe, want))
	case graphic:
		dbgprint.Line(fmt.Sprintf("P0.20: the BIOS can be called; the screen is in mode %#x", vbe))
	case text != 3:
		dbgprint.Line(fmt.Sprintf("P0.20: by the BIOS the screen is in mode %#x, not in text mode 3", text))
	default:
		dbgprint.Line(fmt.Sprintf("P0.20: the BIOS can be called; the screen is in mode %#x", text))
	}
}

// Redirect starts emergency management services, as far as there are some: what the screen
// shows goes to another serial port, too (REDIRECT, EMSPORT). port is "COM1" to "COM4", rate
// in bits a second (EMSBAUDRATE). SPEC P0.13.
func Redirect(port string, rate uint32) {
	n := 0
	if len(port) == 4 {
		n = int(port[3] - '0')
	}
	switch {
	case n == 1:
		dbgprint.Line("P0.13: COM1 shows everything anyway")
	case machine.OpenEmergency(n, rate):
		dbgprint.Line(fmt.Sprintf("P0.13: what the screen shows goes to %s, too, at %d bits a second", port, rate))
	default:
		Important("boot option REDIRECT: there is no port " + port + "\n")
	}
}
