// Package po is the power manager: the way of the system to its end.
package po

import "gont/nt"

// Machine is what the power manager asks of the machine. The kernel fills it in before
// P1.6. Functions of stages (shutdown.go) may be nil.
var Machine struct {
	// Drivers tells the drivers that have registered for it that the system ends.
	Drivers func() string
	// Registry has all hives written, and says what could not be.
	Registry func() string
	// Pages writes the modified pages of files.
	Pages func() string
	// FileSystems has all volumes written and marked as closed.
	FileSystems func() string
	// LastDrivers tells the drivers that have registered to be the last to know.
	LastDrivers func() string
	// ClearPagingFiles overwrites the paging files, if settings want that (X2).
	ClearPagingFiles func() string
	// Settle makes what is displayed from now on wait for the serial port.
	Settle func()
	// Display shows text on the screen and the serial port.
	Display func(text string)
	// Reboot resets the machine and does not return.
	Reboot func()
	// PowerOff switches the machine off. It returns only with the reason why it could not.
	PowerOff func() error
	// Halt stops all processors and does not return.
	Halt func()

	// Capabilities says what the firmware describes.
	Capabilities func() Capabilities
	// PrepareEvents takes the fixed events over from the firmware; none may interrupt then.
	PrepareEvents func() error
	// ConnectEvents connects their interrupt (io.ServiceRoutine).
	ConnectEvents func(routine func(message int) bool) nt.Status
	// Events, ClearEvents and EnableEvents are the status and enable registers. Any IRQL.
	Events       func() uint16
	ClearEvents  func(bits uint16)
	EnableEvents func(bits uint16)
}
