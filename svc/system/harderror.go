package system

import (
	"gont/nt"
	"gont/se"
	"gont/svc"
)

// mostHardErrorParameters is MAXIMUM_HARDERROR_PARAMETERS.
const mostHardErrorParameters = 5

// NtRaiseHardError(status, count, stringMask, *parameters, options, *response). There
// is no port of a subsystem yet that would show a message: every option but one returns
// to the caller, as NT does then. OptionShutdownSystem, for who holds
// SeShutdownPrivilege, stops the system with FATAL_UNHANDLED_HARD_ERROR: the status
// and the first three parameters.
func NtRaiseHardError(c *svc.Call) nt.Status {
	count, option := c.Uint32(2), c.Uint32(5)
	if count > mostHardErrorParameters {
		return nt.StatusInvalidParameter2
	}
	if option > nt.OptionCancelTryContinue {
		return nt.StatusInvalidParameter5
	}
	var parameters [mostHardErrorParameters]uint64
	for i := range parameters[:count] {
		if s := svc.Get(c.Thread, c.Arg(4)+8*uint64(i), &parameters[i]); !s.OK() {
			return s
		}
	}
	if s := svc.ProbeWrite(c.Thread, c.Arg(6), 4); !s.OK() {
		return s
	}
	if option == nt.OptionShutdownSystem {
		if !c.Thread.Process.Holds(se.ShutdownPrivilege) {
			return nt.StatusPrivilegeNotHeld
		}
		Machine.HardError(nt.Status(c.Uint32(1)), [3]uint64(parameters[:3]))
	}
	response := uint32(nt.ResponseReturnToCaller)
	return svc.Put(c.Thread, c.Arg(6), &response)
}
