//go:build kernel

package main

import (
	"gont/arc"
	"gont/ex"
	"gont/ex/realtime"
	"gont/hal"
	"gont/kernel/bugcheck"
	"gont/nt"
)

// setEnvironment leaves OSLDR a message for the next start (arc.RestartMessage).
func setEnvironment(name, value string) nt.Status {
	m, known, ok := arc.RestartOf(name, value, loader.bootEntry)
	switch {
	case !known:
		return nt.StatusVariableNotFound
	case !ok:
		return nt.StatusInvalidParameter
	}
	s := nt.StatusNotSupported
	realtime.WithClock(func() {
		if hal.LeaveRestartMessage(m) {
			s = nt.StatusSuccess
		}
	})
	return s
}

// hardError is what NtRaiseHardError comes to where nobody is left to ask.
func hardError(status nt.Status, p [3]uint64) {
	bugcheck.Check(ex.FatalUnhandledHardError, uint64(status), p[0], p[1], p[2], "a program has stopped the system: "+status.String())
}
