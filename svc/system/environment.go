package system

import (
	"gont/nt"
	"gont/se"
	"gont/svc"
)

// NtSetSystemEnvironmentValue(*name, *value) sets a variable of the firmware, or what
// stands for it (nt.LastKnownGoodVariable and nt.BootNextVariable): who asks must hold
// SeSystemEnvironmentPrivilege.
func NtSetSystemEnvironmentValue(c *svc.Call) nt.Status {
	name, s := svc.ReadString(c.Thread, c.Arg(1))
	if !s.OK() {
		return s
	}
	value, s := svc.ReadString(c.Thread, c.Arg(2))
	if !s.OK() {
		return s
	}
	if !c.Thread.Process.Holds(se.SystemEnvironmentPrivilege) {
		return nt.StatusPrivilegeNotHeld
	}
	return Machine.SetEnvironment(name, value)
}
