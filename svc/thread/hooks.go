// Package thread has the services of threads: contexts, APCs, exceptions, suspension; and
// what the kernel does for a thread on its way back to ring 3.
package thread

import (
	"gont/hal"
	"gont/ps"
)

// SaveFloat completes a context that a service has left partial (hal.SaveFloat), where
// there is a processor. The current thread's context alone.
var SaveFloat = func(*hal.Context) {}

// Report prints a line about a process that an exception has ended.
var Report = func(line string) {}

// Critical reports whether the system ends with a process: its threads wait for memory where
// another program ends.
var Critical = func(*ps.Process) bool { return false }

// MachineFault stops the system: an exception that came while a program ran, but that is the
// machine's (NMI, machine check, double fault).
var MachineFault = func(c *hal.Context) { panic("a machine fault") }
