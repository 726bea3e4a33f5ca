package file

import (
	"gont/io"
	"gont/mm"
	"gont/nt"
	"gont/se"
	"gont/svc"
)

// NtLoadDriver(*key): loads the driver whose key of services is named. Who asks must hold
// SeLoadDriverPrivilege.
func NtLoadDriver(c *svc.Call) nt.Status { return driver(c, io.LoadDriver) }

// NtUnloadDriver(*key): success says that the driver is unloaded, or will be when nobody
// has its devices open any more.
func NtUnloadDriver(c *svc.Call) nt.Status { return driver(c, io.UnloadDriver) }

func driver(c *svc.Call, do func(key string) nt.Status) nt.Status {
	t := c.Thread
	if !t.Process.Holds(se.LoadDriverPrivilege) {
		return nt.StatusPrivilegeNotHeld
	}
	if mm.HeapIsLow() {
		return nt.StatusInsufficientResources
	}
	key, s := svc.ReadString(t, c.Arg(1))
	if !s.OK() {
		return s
	}
	if key == "" {
		return nt.StatusInvalidParameter
	}
	return do(key)
}
