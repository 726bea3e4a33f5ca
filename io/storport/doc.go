// Package storport is what the port drivers of disks have in common (SPEC I10): the devices of
// the PnP manager, interrupts, memory that a controller reads and writes, and the way of a
// request from the class driver (io/storage) to a controller and back.
//
// A port driver gives Initialize a function that looks at a controller's resources and returns its
// Controllers: one for what has an interrupt and a reset of its own. A Controller knows the
// device's registers and commands and nothing of requests to drivers, so the host tests it
// against a model of the device.
//
//	Adapter     a Controller with its lock, interrupt and disks
//	Unit        a disk
//	Task        a request on its way, at most one for each tag of the unit
//	Memory      memory for commands, in one piece
//	Registers   the controller's registers, at ports or in memory
//
// A Controller without an interrupt of its own, such as a USB device's, hears of what is done by
// another driver's call (Channel.NoInterrupt, Unit.Look).
//
// Where a controller cannot reach a buffer (address too high, alignment), the data go through
// the adapter's bounce buffer, one request after the other.
//
// Locks: Adapter.turn (PASSIVE_LEVEL; its holder waits: start, reset, recovery, stop), then
// Adapter.lock, a spin lock, which guards tasks and what a Controller knows. Requests are
// completed without it.
package storport
