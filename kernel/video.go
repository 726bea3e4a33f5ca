//go:build kernel

package main

import (
	"fmt"

	"gont/arc"
	"gont/hal"
	"gont/inbv"
	"gont/kernel/messages"
	"gont/nt"
	"gont/rtl/nls"
)

// Boot video (SPEC P0.11, P1.4, P1.42): the mode that OSLDR has left, a logo and a bar
// while the system starts, then text.

// video is the loader's screen: what P0.1 copies of its block.
var video struct {
	mode     arc.VideoMode
	font     []byte
	height   int
	progress inbv.Progress
	// missed is what the user has to see although a logo stood there: P1.42 shows it again.
	missed []string
	// owned: the boot driver has the screen. It is lent to nobody else.
	quiet bool // NOGUIBOOT, QUIETBOOT: nothing until P1.42
}

// adoptVideo takes the mode over that OSLDR has set (SPEC P0.1), so that even an early stop is
// seen. Where the frame buffer cannot be used, text memory stays; it may not be visible.
func adoptVideo(b *arc.LoaderParameterBlock, e *arc.LoaderParameterExtension) {
	video.mode = e.Video
	m := &video.mode
	if m.FrameBuffer == 0 || e.OemFontHeight == 0 || e.OemFontHeight > 32 || b.OemFontFile < arc.PhysMap {
		return
	}
	size := uint64(m.Height) * uint64(m.Pitch)
	if size > m.Size {
		return
	}
	mem := hal.MapFrameBuffer(m.FrameBuffer, size)
	if mem == nil {
		return
	}
	font := hal.Bytes(b.OemFontFile-arc.PhysMap, 256*int(e.OemFontHeight))
	s, err := inbv.NewGraphic(inbv.FrameBuffer{Mem: mem, Width: int(m.Width), Height: int(m.Height), Pitch: int(m.Pitch), Bits: int(m.BitsPerPixel),
		Red: inbv.Channel{Size: m.RedSize, Shift: m.RedShift}, Green: inbv.Channel{Size: m.GreenSize, Shift: m.GreenShift},
		Blue: inbv.Channel{Size: m.BlueSize, Shift: m.BlueShift}}, font, int(e.OemFontHeight))
	if err == nil {
		screen = s
	}
}

// inbvInitialize: the screen is ours; banner (SPEC P0.11).
func inbvInitialize() nt.Status {
	checkFlags()
	hal.EndBios()
	if !screen.Graphic() && !hal.HasVideo() {
		screen = inbv.New(make([]byte, inbv.Columns*inbv.Rows*2), nil)
	}
	screen.Clear(inbv.Normal)
	video.quiet = (options.Has("QUIETBOOT") || options.Has("NOGUIBOOT")) && !options.Has("SOS")
	screenActive = !video.quiet
	columns, rows := screen.Size()
	if m := &video.mode; screen.Graphic() {
		dbgPrintLine(fmt.Sprintf("P0.11: screen of %d by %d, %d bits, VBE mode %#x, text %d by %d", m.Width, m.Height, m.BitsPerPixel, m.Mode, columns, rows))
	} else if m.FrameBuffer != 0 {
		dbgPrintLine(fmt.Sprintf("P0.11: the frame buffer of VBE mode %#x cannot be used; nothing will be seen on the screen", m.Mode))
	}
	if hal.SerialPresent() {
		say("%s", banner())
	} else {
		say("%s (no serial port)", banner())
	}
	for _, p := range options.Problems {
		displayImportant(p + "\n")
	}
	for _, p := range bootProblems { // the serial port has them
		video.missed = append(video.missed, p+"\n")
		show(p + "\n")
	}
	bootProblems = nil
	return nt.StatusSuccess
}

// displayImportant is display for what the user has to see, also if a logo stands there
// meanwhile.
func displayImportant(s string) {
	if !options.Has("SOS") {
		video.missed = append(video.missed, s)
	}
	display(s)
}

// showLogo (SPEC P1.4): the logo and the bar, unless SOS shows text, or NOGUIBOOT or
// QUIETBOOT want nothing.
func showLogo() nt.Status {
	if options.Has("SOS") || video.quiet {
		return nt.StatusSuccess
	}
	screenLock.Lock()
	defer screenLock.Unlock()
	screen.ShowLogo(bootMessage(messages.BootScreenStarting, "Starting"), bootMessage(messages.BootScreenVersion, "Version %1 (Build %2%3)", versionArguments()...))
	for _, s := range video.missed {
		screen.Write(oem(s))
	}
	return nt.StatusSuccess
}

// updateProgress moves the bar: percent of the start are done.
func updateProgress(percent int) { setProgress(percent, 100) }

// driverProgress moves the bar within the drivers' part of it (SPEC P1.34): done of all
// drivers have been started.
func driverProgress(done, all int) {
	video.progress.SetSubset(25, 75)
	setProgress(done, all)
	video.progress.SetSubset(0, 100)
}

func setProgress(done, all int) {
	screenLock.Lock()
	defer screenLock.Unlock()
	video.progress.UpdateOf(done, all)
	at := video.progress.At()
	screen.SetProgress(at)
	if trace.Echo {
		trace.Note(currentStep, fmt.Sprintf("boot screen: %d.%02d %%", at/100, at%100))
	}
}

// finalizeBootLogo (SPEC P1.42): the logo goes, and text may come.
func finalizeBootLogo() nt.Status {
	screenLock.Lock()
	defer screenLock.Unlock()
	if !screen.LogoShown() && !video.quiet {
		return nt.StatusSuccess
	}
	screen.HideLogo()
	screenActive = true
	for _, s := range video.missed {
		screen.Write(oem(s))
	}
	video.missed = nil
	return nt.StatusSuccess
}

// oem is text as the screen's font has it.
func oem(s string) []byte { return nls.OemBytes(s) }
