package po

import (
	"fmt"
	"sync/atomic"

	"gont/ex"
	"gont/ke"
	"gont/nt"
)

// second is one, in 100 ns.
const second = 10_000_000

// Stage is a part of the system's end. Each runs in a thread of its own, and has a limit.
type Stage struct {
	// Name is what the console shows when the stage begins, after "Shutdown: ".
	Name string
	// Seconds is how long the system waits for the stage. After that it goes on without it.
	Seconds int64
	// Loss is what a stage that does not end in time may cost.
	Loss string
	// Run does it, and returns what went wrong: "" for nothing. nil: the machine has nothing to do here.
	Run func() string
}

// Stages are the parts of the system's end, in this order (SPEC X1, X2). What a stage writes may
// still be changed by an earlier one, never by a later one: drivers that are told first may
// write files and keys; the registry is written to files; pages of files are written before the volumes that they
// lie on are closed; devices are told when nobody writes to them any more.
func Stages() []Stage {
	m := &Machine
	return []Stage{
		{"components are told", 5, "", notify},
		{"drivers are told", 60, "", m.Drivers},
		{"the registry is written", 60, "what was changed in it may be lost", m.Registry},
		{"pages of files are written", 60, "what was written to files may be lost", m.Pages},
		{"volumes are closed", 60, "what was changed on them may be lost, and they will be checked", m.FileSystems},
		{"devices are told", 60, "what they have in write caches may be lost", m.LastDrivers},
		{"paging files are cleared", 600, "what they had in them is still there", m.ClearPagingFiles},
	}
}

// notify tells those who have registered with \Callback\PowerState.
func notify() string {
	ex.PowerCallback.Notify(nt.PowerStateLock, 0)
	return ""
}

// begun says that the system is on its way to its end.
var begun atomic.Bool

// Shutdown starts the system's end in a thread of its own, and returns at once. It does nothing when the
// end has begun already, whatever it was begun with. action is one of nt.ShutdownNoReboot,
// nt.ShutdownReboot, nt.ShutdownPowerOff. PASSIVE_LEVEL.
func Shutdown(action uint32) {
	if begun.CompareAndSwap(false, true) {
		ex.StartTask("PopGracefulShutdown", func() { GracefulShutdown(action) })
	}
}

// GracefulShutdown is PopGracefulShutdown: it runs the stages, and ends the system. action is that of
// Shutdown. It does not return. PASSIVE_LEVEL, a system thread; nobody else runs it. A
// stage that hangs is left behind: it keeps its thread and its locks, and stages that need these hang, too,
// each for its own limit.
func GracefulShutdown(action uint32) {
	Machine.Settle()
	for _, s := range Stages() {
		if s.Run != nil {
			run(s)
		}
	}
	switch action {
	case nt.ShutdownReboot:
		Machine.Display("The system restarts.\n")
		Machine.Reboot()
	case nt.ShutdownPowerOff:
		Machine.Display("The system switches off.\n")
		if err := Machine.PowerOff(); err != nil {
			Machine.Display("HAL: " + err.Error() + "\n")
		}
	}
	Machine.Display("It is now safe to turn off your computer.\n")
	Machine.Halt()
}

// run runs a stage, and says what went wrong.
func run(s Stage) {
	Machine.Display("Shutdown: " + s.Name + "\n")
	said := make(chan string, 1)
	if !ex.Within("PopShutdownStage", s.Seconds*second, func() { said <- s.Run() }) {
		text := fmt.Sprintf("Shutdown: this has not ended after %d s and is left behind", s.Seconds)
		if s.Loss != "" {
			text += "; " + s.Loss
		}
		Machine.Display(text + ".\n")
	} else if text := <-said; text != "" {
		Machine.Display("Shutdown: " + text + "\n")
	}
	if l := ke.CurrentIrql(); l != ke.PassiveLevel {
		panic(ke.IrqlError(l))
	}
}
