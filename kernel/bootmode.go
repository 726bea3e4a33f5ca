//go:build kernel

package main

import (
	"fmt"

	"gont/ex"
	"gont/hal"
	"gont/inbv/display"
	"gont/kd/dbgprint"
	"gont/ke"
	"gont/kernel/messages"
	"gont/mm"
	"gont/nt"
)

// createSystemRootLink is SPEC P1.17.
func createSystemRootLink() nt.Status {
	return ex.CreateSystemRootLink(loader.arcName, loader.systemRoot)
}

// safeModeAndBootLog is SPEC P1.31: the user is told in which mode the system starts, and
// with BOOTLOG the log begins with what the loader has loaded. The shell that safe mode
// is to have is P1.35's.
func safeModeAndBootLog() nt.Status {
	if mode, _ := options.SafeMode(); mode != 0 {
		display.String(kernelMessages.SafeMode(int(mode)) + "\n")
		ex.SharedData().SafeBootMode = 1
	}
	if !options.Has("BOOTLOG") {
		return nt.StatusSuccess
	}
	display.String(kernelMessages.Text(messages.BootlogEnabled, "The boot log is on.") + "\n")
	log := &ex.TheBootLog
	log.Enable(func(line string) { dbgprint.Line("BOOTLOG " + line) })
	log.Header(banner())
	at, _ := ke.BootTime()
	t := hal.FromSystemTime(at)
	log.Header(fmt.Sprintf("%d %d %d %02d:%02d:%02d.%03d", t.Month, t.Day, t.Year, t.Hour, t.Minute, t.Second, at/10_000%1000))
	for _, image := range loader.images {
		log.Image(image, true)
	}
	return nt.StatusSuccess
}

// xipInit is SPEC P1.48.
func xipInit() nt.Status {
	if n := mm.InitXip(loader.runs); n > 0 {
		r := mm.XipRegion()
		dbgprint.Line(fmt.Sprintf("P1.48: images may run where they lie in %#x-%#x", r.Base<<mm.PageShift, (r.Base+r.Pages)<<mm.PageShift))
		if n > 1 {
			display.String(fmt.Sprintf("the loader names %d regions of ROM; the largest is used\n", n))
		}
	}
	return nt.StatusSuccess
}

// vdmInitialize is SPEC P1.38: KeI386VdmInitialize prepares virtual-8086 mode, which a
// processor in long mode does not have (SDM vol. 3, 2.2). That is looked at, and noted.
func vdmInitialize() nt.Status {
	if !hal.LongMode() {
		return nt.StatusNotSupported
	}
	trace.Note("P1.38", "not applicable: in long mode there is no virtual-8086 mode")
	return nt.StatusSuccess
}
