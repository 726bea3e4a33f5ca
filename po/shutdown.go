// Package po is the power manager: the way of the system to its end.
package po

import (
	"gont/ex"
	"gont/ke"
	"gont/nt"
)

// Machine is what the power manager asks of the machine. The kernel fills it in before
// P1.6.
var Machine struct {
	// Registry has all hives written, and says what could not be: "" for nothing; nil: there
	// are no files.
	Registry func() string
	// FileSystems has all volumes written and marked as closed; nil: there are none.
	FileSystems func()
	// Settle makes what is displayed from now on wait for the serial port.
	Settle func()
	// Display shows text on the screen and the serial port.
	Display func(text string)
	// Reboot resets the machine and does not return.
	Reboot func()
	// PowerOff switches the machine off. It returns only with the reason why it could not.
	PowerOff func() error
	// ClearPagingFiles overwrites the paging files, if settings want that (X2).
	ClearPagingFiles func()
	// Halt stops all processors and does not return.
	Halt func()

	// Capabilities says what the firmware describes.
	Capabilities func() Capabilities
	// PrepareEvents takes the fixed events over from the firmware; none may interrupt then.
	PrepareEvents func() error
	// ConnectEvents connects their interrupt (io.ServiceRoutine).
	ConnectEvents func(routine func(message int) bool) nt.Status
	// Events, ClearEvents and EnableEvents are the status and enable registers. Any IRQL.
	Events       func() uint16
	ClearEvents  func(bits uint16)
	EnableEvents func(bits uint16)
}

// GracefulShutdown is PopGracefulShutdown: it tells those who have registered with
// \Callback\PowerState, and ends the system. action is one of nt.ShutdownNoReboot,
// nt.ShutdownReboot, nt.ShutdownPowerOff. It does not return. PASSIVE_LEVEL, a worker
// thread. The registry and then the volumes are written before, each for as long as
// fileSystemsLimit: a disk that does not answer does not keep the system from its end.
func GracefulShutdown(action uint32) {
	ex.PowerCallback.Notify(nt.PowerStateLock, 0)
	Machine.Settle()
	if Machine.Registry != nil {
		said := make(chan string, 1)
		if !within(fileSystemsLimit, func() { said <- Machine.Registry() }) {
			Machine.Display("The registry cannot be written; what was changed in it may be lost.\n")
		} else if text := <-said; text != "" {
			Machine.Display(text + "\n")
		}
	}
	if Machine.FileSystems != nil && !within(fileSystemsLimit, Machine.FileSystems) {
		Machine.Display("A volume cannot be written; what was changed on it may be lost.\n")
	}
	if Machine.ClearPagingFiles != nil {
		Machine.ClearPagingFiles()
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

// fileSystemsLimit is how long the registry and the volumes may take to be written, 100 ns: a
// minute each.
const fileSystemsLimit = 60 * 10_000_000

// within runs f in a thread of its own and reports whether it has ended in time.
func within(limit int64, f func()) bool {
	done := ke.NewEvent(nt.NotificationEvent, false)
	ex.QueueWorkItem(ex.NewWorkItem(func(any) {
		f()
		done.Set()
	}, nil), ex.DelayedWorkQueue)
	timeout := -limit
	return ke.WaitForSingleObject(done, ke.KernelMode, false, &timeout) == nt.StatusSuccess
}
