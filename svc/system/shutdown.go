package system

import (
	"gont/ex"
	"gont/ke"
	"gont/nt"
	"gont/se"
	"gont/svc"
)

// NtShutdownSystem(action) ends the system (SPEC X1, as far as there is
// something to end): who asks must hold SeShutdownPrivilege. The end is a
// worker thread's work; the caller waits for it.
func NtShutdownSystem(c *svc.Call) nt.Status {
	action := c.Uint32(1)
	if action > nt.ShutdownPowerOff {
		return nt.StatusInvalidParameter
	}
	if !c.Thread.Process.Holds(se.ShutdownPrivilege) {
		return nt.StatusPrivilegeNotHeld
	}
	ex.QueueWorkItem(ex.NewWorkItem(func(any) { Machine.Shutdown(action) }, nil), ex.CriticalWorkQueue)
	ke.WaitForSingleObject(ke.NewEvent(nt.NotificationEvent, false), ke.KernelMode, false, nil)
	return nt.StatusSuccess
}
