// Package system has the services that ask about the system as a whole, or change it:
// information, time, display, shutdown.
package system

import (
	"gont/nt"
)

// Machine is what these services ask of the machine and of the kernel's start, who fill
// it in before P1.12.
var Machine struct {
	Product   string           // what runs
	Processor func() Processor // the boot processor
	Counter   func() int64     // the performance counter, nanoseconds
	// Interrupts counts those that processor n has taken.
	Interrupts func(n int) uint64
	// RealTime returns what the CMOS clock shows as system time; false if it shows none.
	RealTime func() (uint64, bool)
	// Display shows text on the screen and the serial port. It waits while there is
	// more on its way than the port takes.
	Display func(text string) nt.Status
	// Shutdown begins the system's end, and returns. action is one of
	// nt.ShutdownNoReboot, nt.ShutdownReboot, nt.ShutdownPowerOff.
	Shutdown func(action uint32)
	// SetEnvironment sets a variable that OSLDR reads at the next start. Names it does not
	// know are STATUS_VARIABLE_NOT_FOUND.
	SetEnvironment func(name, value string) nt.Status
	// HardError stops the system; it does not return.
	HardError func(status nt.Status, parameters [3]uint64)
}

// Processor is what CPUID says of a processor, and the rate of its counter.
type Processor struct {
	Family, Model, Stepping, FeatureEDX, MHz uint32
	Brand                                    string
}
