//go:build kernel

package main

import (
	"gont/hal"
	"gont/nt"
	"gont/ps"
	"gont/se"
)

// ntShutdownSystem(action) ends the system (SPEC X1, as far as there is
// something to end): who asks must hold SeShutdownPrivilege. Nothing is
// written anywhere yet, so nothing has to be flushed before the HAL acts.
func ntShutdownSystem(t *ps.Thread, c *hal.Context) nt.Status {
	action := uint32(c.R10)
	if action > nt.ShutdownPowerOff {
		return nt.StatusInvalidParameter
	}
	token, _ := t.Process.Token.Body.(*se.Token)
	if token == nil || !token.Holds(se.ShutdownPrivilege) {
		return nt.StatusPrivilegeNotHeld
	}
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
	return nt.StatusSuccess
}
