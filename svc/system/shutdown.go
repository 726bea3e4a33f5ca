package system

import (
	"gont/ke"
	"gont/nt"
	"gont/se"
	"gont/svc"
)

// NtShutdownSystem(action) ends the system (SPEC X1): who asks must hold
// SeShutdownPrivilege. The end is a system thread's work (po.Shutdown); the caller waits for it.
func NtShutdownSystem(c *svc.Call) nt.Status {
	action := c.Uint32(1)
	if action > nt.ShutdownPowerOff {
		return nt.StatusInvalidParameter
	}
	if !c.Thread.Process.Holds(se.ShutdownPrivilege) {
		return nt.StatusPrivilegeNotHeld
	}
	Machine.Shutdown(action)
	ke.WaitForSingleObject(ke.NewEvent(nt.NotificationEvent, false), ke.KernelMode, false, nil)
	return nt.StatusSuccess
}
