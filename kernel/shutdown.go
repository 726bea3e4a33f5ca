//go:build kernel

package main

import (
	"gont/ex"
	"gont/hal"
	"gont/nt"
)

// gracefulShutdown is PopGracefulShutdown. Nothing is written anywhere yet, so
// nothing has to be flushed before the HAL acts.
func gracefulShutdown(action uint32) {
	ex.PowerCallback.Notify(nt.PowerStateLock, 0)
	outputDeferred.Store(false) // the last words wait for the serial port
	switch action {
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
