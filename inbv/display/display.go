// Package display is what the user sees on the screen while the system starts and runs
// (SPEC P0.11, P1.4, P1.42): a logo and a bar, then text; with SOS text all the time. What
// it shows goes to the debug port as well (kd/dbgprint).
//
// lock guards the screen. The stop screen goes by without it (stop.go). PASSIVE_LEVEL but
// for the stop screen. dbgprint's functions are called without the lock.
package display

import (
	"fmt"
	"sync"

	"gont/arc"
	"gont/inbv"
	"gont/kd/dbgprint"
	"gont/nt"
	"gont/rtl/nls"
)

// Machine is what the screen needs of the machine.
type Machine struct {
	TextMemory     []byte                                // 80 by 25 at B8000h
	MoveCursor     func(position int)                    // of text mode
	HasText        func() bool                           // the firmware has not said that there is no VGA
	MapFrameBuffer func(address, size uint64) []byte     // nil: it cannot be mapped
	CallBios       func(r *arc.BiosRegs) error           // until EndBios
	EndBios        func()                                // from here on the BIOS is not called
	EmergencyPut   func(c byte)                          // the port of REDIRECT, if there is one
	Progressed     func(at int)                          // the bar stands at so many hundredths of a percent
	OpenEmergency  func(port int, rate uint32) (ok bool) // COM2 to COM4
}

var (
	machine = Machine{EmergencyPut: func(byte) {}, Progressed: func(int) {}}
	lock    sync.Mutex
	screen  *inbv.Screen
	active  bool // boot video owns the screen: text is shown
	// state is what P0.1 learns of the loader's screen and of the options.
	state struct {
		mode       arc.VideoMode
		progress   inbv.Progress
		sos, quiet bool
		silent     bool // QUIETBOOT: nothing of what SOS would show
		// missed is what the user has to see although a logo stood there: HideLogo shows it
		// again.
		missed []string
	}
)

// Connect takes the text screen over.
func Connect(m Machine) {
	machine = m
	screen = inbv.New(m.TextMemory, m.MoveCursor)
	active = true
}

// Adopt takes the mode over that the loader has set (SPEC P0.1), so that even an early stop
// is seen. Where the frame buffer cannot be used, text memory stays; it may not be visible.
// font has height bytes for each of 256 characters.
func Adopt(mode arc.VideoMode, font []byte, height int) {
	state.mode = mode
	size := uint64(mode.Height) * uint64(mode.Pitch)
	if mode.FrameBuffer == 0 || size > mode.Size || len(font) == 0 {
		return
	}
	mem := machine.MapFrameBuffer(mode.FrameBuffer, size)
	if mem == nil {
		return
	}
	s, err := inbv.NewGraphic(inbv.FrameBuffer{Mem: mem, Width: int(mode.Width), Height: int(mode.Height), Pitch: int(mode.Pitch), Bits: int(mode.BitsPerPixel),
		Red: inbv.Channel{Size: mode.RedSize, Shift: mode.RedShift}, Green: inbv.Channel{Size: mode.GreenSize, Shift: mode.GreenShift},
		Blue: inbv.Channel{Size: mode.BlueSize, Shift: mode.BlueShift}}, font, height)
	if err == nil {
		screen = s
	}
}

// Configure says what the options want: sos, text instead of the logo (SOS); bare, no logo
// (NOGUIBOOT); silent, no logo and none of what SOS would show (QUIETBOOT). Without logo and
// SOS the screen stays empty until HideLogo.
func Configure(sos, bare, silent bool) {
	state.sos, state.silent = sos, silent
	state.quiet = (bare || silent) && !sos
}

// Initialize makes the screen ready for text (SPEC P0.11).
func Initialize() {
	machine.EndBios()
	if !screen.Graphic() && !machine.HasText() {
		screen = inbv.New(make([]byte, inbv.Columns*inbv.Rows*2), nil)
	}
	screen.Clear(inbv.Normal)
	active = !state.quiet
	columns, rows := screen.Size()
	if m := &state.mode; screen.Graphic() {
		dbgprint.Line(fmt.Sprintf("P0.11: screen of %d by %d, %d bits, VBE mode %#x, text %d by %d", m.Width, m.Height, m.BitsPerPixel, m.Mode, columns, rows))
	} else if m.FrameBuffer != 0 {
		dbgprint.Line(fmt.Sprintf("P0.11: the frame buffer of VBE mode %#x cannot be used; nothing will be seen on the screen", m.Mode))
	}
}

// String writes to the debug port and to the screen (InbvDisplayString).
func String(s string) {
	dbgprint.Print(s)
	show(s)
}

// StringWaiting is String for a program (dbgprint.PrintWaiting).
func StringWaiting(s string) nt.Status {
	if status := dbgprint.PrintWaiting(s); status != nt.StatusSuccess {
		return status
	}
	show(s)
	return nt.StatusSuccess
}

// Important is String for what the user has to see, also if a logo stands there meanwhile.
func Important(s string) {
	keep(s)
	String(s)
}

// Repeat shows s, which the debug port has already, as Important does.
func Repeat(s string) {
	state.missed = append(state.missed, s)
	show(s)
}

func keep(s string) {
	if !state.sos {
		state.missed = append(state.missed, s)
	}
}

// Verbose is for what is worth knowing with SOS: on the screen only then.
func Verbose(format string, a ...any) {
	s := fmt.Sprintf(format, a...) + "\n"
	if state.sos && !state.silent {
		String(s)
	} else {
		dbgprint.Print(s)
	}
}

// Warn shows a warning on the screen, whatever the options are: the debug port has it
// already.
func Warn(text string) {
	lock.Lock()
	defer lock.Unlock()
	text = "Warning: " + text + "\n"
	for i := range len(text) {
		machine.EmergencyPut(text[i])
	}
	screen.Write(oem(text))
}

func show(s string) {
	lock.Lock()
	defer lock.Unlock()
	for i := range len(s) {
		machine.EmergencyPut(s[i])
	}
	if active {
		screen.Write(oem(s))
	}
}

// oem is text as the screen's font has it.
func oem(s string) []byte { return nls.OemBytes(s) }
