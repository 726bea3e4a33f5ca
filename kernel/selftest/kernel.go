//go:build kernel

package selftest

import (
	"gont/nt"
	"gont/svc"
)

// Kernel is what the tests use of the kernel.
type Kernel struct {
	SelfTest string // the option SELFTEST=, "" for none
	Crash    string // the option CRASH=
	// PrintLine writes a line to the serial port, Display to the screen, too.
	PrintLine, Display func(string)
	Poll               func()                          // the dispatch point of long loops
	BugCheck           func(p [4]uint64, text string)  // MANUALLY_INITIATED_CRASH
	SpoilReport        func()                          // the stop's report will fault
	SetDisplayService  func(func(*svc.Call) nt.Status) // puts a routine in NtDisplayString's place
	KernelBase         uint64                          // where the kernel's image begins
	InitPage           uint32                          // a page frame of memory that only initialization needs
	TableRoot          uint32                          // the page frame of the kernel's top page table
}

// k is the kernel that Run has been given.
var k Kernel

// RunIfAsked does what SELFTEST= and CRASH= ask for (SPEC P1.12). It returns an error if
// a self-test has failed. PASSIVE_LEVEL, phase 1, the clock running.
func RunIfAsked(kernel Kernel) error {
	k = kernel
	if err := selfTestIfAsked(); err != nil {
		return err
	}
	crashIfAsked()
	return nil
}
