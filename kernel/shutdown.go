//go:build kernel

package main

import (
	"gont/ex"
	"gont/hal"
	"gont/ke"
	"gont/nt"
	"gont/ps"
	"gont/se"
)

// ntShutdownSystem(action) ends the system (SPEC X1, as far as there is
// something to end): who asks must hold SeShutdownPrivilege. The end is a
// worker thread's work; the caller waits for it.
func ntShutdownSystem(t *ps.Thread, c *hal.Context) nt.Status {
	action := uint32(c.R10)
	if action > nt.ShutdownPowerOff {
		return nt.StatusInvalidParameter
	}
	if !t.Process.Holds(se.ShutdownPrivilege) {
		return nt.StatusPrivilegeNotHeld
	}
	ex.QueueWorkItem(ex.NewWorkItem(gracefulShutdown, action), ex.CriticalWorkQueue)
	ke.WaitForSingleObject(ke.NewEvent(nt.NotificationEvent, false), ke.KernelMode, false, nil)
	return nt.StatusSuccess
}

// gracefulShutdown is PopGracefulShutdown. Nothing is written anywhere yet, so
// nothing has to be flushed before the HAL acts.
func gracefulShutdown(action any) {
	powerCallback.Notify(nt.PowerStateLock, 0)
	outputDeferred.Store(false) // the last words wait for the serial port
	switch action.(uint32) {
	case nt.ShutdownReboot:
		display("The system restarts.\n")
		hal.DisableInterrupts()
		hal.Reboot()
	case nt.ShutdownPowerOff:
		display("The system switches off.\n")
		hal.DisableInterrupts()
		if err := hal.PowerOff(); err != nil {
			display("HAL: " + err.Error() + "\n")
		}
	}
	display("It is now safe to turn off your computer.\n")
	hal.DisableInterrupts()
	hal.Halt()
}
