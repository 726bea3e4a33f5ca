//go:build kernel

package bugcheck

import (
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"gont/arc"
	"gont/ex"
	"gont/hal"
	"gont/inbv/display"
	"gont/kd/dbgprint"
	"gont/ke"
	"gont/kernel/debugger"
	"gont/kernel/messages"
	"gont/ps"
)

// Kernel is what the stop screen and the report shows of the kernel. Its functions allocate nothing.
type Kernel struct {
	Messages *messages.Table
	Trace    *ex.Trace
	Phase    func() int      // of initialization
	Restarts func() bool     // the system restarts by itself (AUTOREBOOT)
	Images   func() []string // the kernel's and the drivers' files, in memory already
}

var kernel Kernel

// Of Emergency.
var emergencyStop, emergencyServe func()

// Emergency connects emergency management services: stop is called when the system stops,
// before anything is shown, and serve again and again once it has stopped.
func Emergency(stop, serve func()) { emergencyStop, emergencyServe = stop, serve }

// halt is the end: the emergency console is served, if there is one.
func halt() {
	for emergencyServe != nil {
		emergencyServe()
		hal.Pause()
	}
	hal.Halt()
}

// Connect hands the stop screen what it shows. It is called before anything can stop the
// system.
func Connect(k Kernel) { kernel = k }

var (
	// kept is the region that survives a warm reset.
	kept arc.CrashReport
	// Last is what the region has held at this start: the report of the last start's stop.
	Last string
	// fits is what of the text the screen gets.
	fits = screenPart{put: display.PutRaw, rows: stopRows}

	// out is the serial port, the region and the screen, as far as that has room; report is
	// for what is told in full on the serial port and in the region alone.
	out = writer{put: func(c byte) {
		hal.SerialPut(c)
		kept.Put(c)
		fits.Put(c)
	}, show: func() { display.ShowRaw(); kept.Commit() }}
	report = writer{put: func(c byte) {
		hal.SerialPut(c)
		kept.Put(c)
	}, show: kept.Commit}
	// onScreen is for what the serial port is told at more length.
	onScreen = writer{put: fits.Put, show: display.ShowRaw}
)

// Keep takes the region in which a report survives a warm reset, and reads into Last what
// the last start has left there. The whole goes to the serial port; what is worth saying on
// the screen, too, is returned, "" for nothing. P0.1, IF=0.
func Keep(region []byte) string {
	text, damaged := arc.TakeCrashReport(region)
	kept = arc.NewCrashReport(region)
	Last = text
	if damaged {
		return "The last start has left the report of a stop, and it is damaged: it is ignored."
	}
	for _, l := range strings.Split(strings.Trim(text, "\n"), "\n") {
		if text != "" {
			dbgprint.Line("last stop: " + l)
		}
	}
	return lastStop(text)
}

// Check is KeBugCheckEx. It does not return.
func Check(code ex.BugCode, p1, p2, p3, p4 uint64, text string) {
	stop(code, [4]uint64{p1, p2, p3, p4}, text, 0, hal.FramePointer())
}

// stop prints everything and halts: what was on its way to the serial port first. rip is the faulting instruction, 0 for
// none; bp starts the chain of frames.
func stop(code ex.BugCode, p [4]uint64, text string, rip uint64, bp uintptr) {
	hal.DisableInterrupts()
	if first, again := hal.ClaimStop(); again {
		fits.last = true
		out.text("\n*** a second stop while stopping: ", code.String(), "\n")
		hal.Freeze()
		hal.Halt()
	} else if !first {
		hal.Halt() // another processor stops the system
	}
	dbgprint.Take()
	if emergencyStop != nil {
		emergencyStop()
	}
	display.Stop()
	out.head(uint32(code), code.String(), p)
	report.explain(code, p)
	onScreen.meanings(code)
	if t := kernel.Messages.StopText(uint32(code)); t != "" {
		out.text(t, "\n")
	}
	if text != "" {
		out.text("*** ", text, "\n")
	}
	if what := ke.FailedAllocation(); what != "" {
		out.text("*** FAILALLOC has made an allocation fail: ", what, "\n")
	}
	// The reason is out, whatever comes now.
	if debugger.Available() {
		debugger.StopOthers()
	} else {
		hal.Freeze()
	}
	if t := ke.Current(); t != nil {
		out.text("*** phase ")
		out.decimal(kernel.Phase())
		out.text(", thread ", t.Name)
		if o, _ := t.Owner.(*ps.Thread); o != nil && o.Process != nil {
			out.text(", process ", o.Process.Name)
		}
		out.text("\n")
		out.service(t)
	}
	machineChecks(code == ex.MachineCheckException)
	out.text("\nStack:\n")
	fits.cut = true
	to, shown := &out, 0
	if rip != 0 {
		frame(to, uintptr(rip), true)
		shown++
	}
	// A frame is saved RBP, return address; the chain rises within the kernel's
	// window or image.
	for n := 0; n < 24 && bp >= 0xFFFFFFFF80000000 && bp < 0xFFFFFFFFE0000000-16 && bp&7 == 0; n++ {
		pc := *(*uintptr)(pointer(bp + 8))
		next := *(*uintptr)(pointer(bp))
		if pc == 0 {
			break
		}
		if shown++; shown > screenFrames {
			to = &report
		}
		frame(to, pc, false)
		if next <= bp {
			break
		}
		bp = next
	}
	out.text("\nLast steps:\n")
	n := 0
	kernel.Trace.Last(5, func(r *ex.Record) {
		if n++; n <= 5-screenSteps {
			report.text("  ", r.ID, " ", r.Status.String(), "\n")
		} else {
			out.text("  ", r.ID, " ", r.Status.String(), "\n")
		}
	})
	fits.cut = false
	report.text("\nImages:\n")
	for _, name := range kernel.Images() {
		report.text("  ", name, "\n")
	}
	fits.last = true
	if kept.Full() > 0 {
		out.text("\nFull report: on the serial port, and at the next start after a warm reset.\n")
	} else {
		out.text("\nFull report: on the serial port.\n")
	}
	hal.WriteBackCaches()
	var crash *hal.TrapFrame
	if rip != 0 {
		crash = crashFrame
	}
	restart := kernel.Restarts()
	if !restart {
		out.text(kernel.Messages.Halted(), "\n")
	}
	debugger.Crashed(code.String(), crash)
	if restart {
		out.text(kernel.Messages.Restarts(), "\n")
		hal.Reboot()
	}
	halt()
}

// Spoil makes the report fault, for a test of the stop screen.
func Spoil() {
	kernel.Images = func() []string { *(*byte)(pointer(16)) = 1; return nil }
}

// pointer is a pointer to an address of the kernel's.
func pointer(a uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&a)) }

// frame writes where a program counter is; exact: it is the instruction itself, not a
// return address.
func frame(out *writer, pc uintptr, exact bool) {
	out.text("  ")
	out.hex(uint64(pc), 16)
	look := pc
	if !exact {
		look--
	}
	if f := runtime.FuncForPC(look); f != nil {
		out.text(" ", f.Name())
		file, line := f.FileLine(look)
		for i := len(file) - 1; i > 0; i-- {
			if file[i] == '/' {
				file = file[i+1:]
				break
			}
		}
		out.text(" (", file, ":")
		out.decimal(line)
		out.text(")")
	}
	out.text("\n")
}

// ReportMachineChecks says what errors processors' banks held when the processors
// started.
func ReportMachineChecks() {
	for _, b := range hal.EarlierMachineChecks() {
		dbgprint.Line(fmt.Sprintf("machine check before this boot, processor %d, bank %d: %s, %s; status %#x, address %#x, misc %#x",
			b.Processor, b.Bank, b.Kind(), b.Severity(), b.Status, b.Addr, b.Misc))
	}
}

// machineChecks shows the banks of this processor that hold an error, and with
// all the global status, too.
func machineChecks(all bool) {
	status, there := hal.MachineCheckBanks(func(b hal.MachineCheckBank) { out.bank(&b) })
	if all && there {
		out.text("*** machine-check global status 0x")
		out.hex(status, 16)
		out.text("\n")
	}
}

// crashFrame is the fault that stops the system.
var crashFrame *hal.TrapFrame

// Fault stops the system because of a fault of ring 0 that nobody handles (hal.Crashed), or
// one of the machine in ring 3.
func Fault(f *hal.TrapFrame) {
	code, p, text := faultReason(f, hal.HeapPages())
	crashFrame = f
	stop(code, p, text, f.Rip, uintptr(f.Rbp))
}

// Panic stops the system because of a Go panic that nobody recovered.
func Panic(r any) {
	code, p, text := panicReason(r)
	stop(code, p, text, 0, hal.FramePointer())
}

// RuntimeStopped stops the system because the Go runtime gave up (hal.Stopped); text is what
// the runtime printed last.
func RuntimeStopped(status int32, text []byte) {
	code, p, reason := runtimeReason(status, text)
	stop(code, p, reason, 0, hal.FramePointer())
}
