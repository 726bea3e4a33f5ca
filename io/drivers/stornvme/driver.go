// Package stornvme is the port driver of NVM Express controllers (SPEC I10; NVM Express 1.4):
// each namespace is a disk, and each processor has a queue of its own, as far as the controller
// has them.
//
//	driver       the PCI function
//	queue        a pair of queues: submission, completion
//	admin        commands at the admin queue, which are waited for
//	controller   start, reset, queues, namespaces
//	transfer     tasks to commands, and what their status means
//
// The controller is not believed: a completion counts only when it names a command that was
// given and has not ended.
package stornvme

import (
	"errors"

	"gont/io"
	"gont/io/storport"
	"gont/ke"
	"gont/nt"
)

// DriverEntry is the driver's.
func DriverEntry(d *io.Driver, registryPath string) nt.Status { return storport.Initialize(d, open) }

// mapped is how much of the registers is used: doorbells of mostQueues, at the usual stride.
const mapped = 0x2000

func open(h *storport.Hardware) ([]storport.Channel, error) {
	n := min(h.Length(0), mapped)
	if n < regDoorbells+16 {
		return nil, errors.New("its registers are too short")
	}
	r, err := h.Registers(0, 0, n)
	if err != nil {
		return nil, err
	}
	c := newController(r, uint32(n), storport.Wait, ke.Processors(), ke.CurrentProcessor)
	return []storport.Channel{{Controller: c, Name: "NVMe controller", Messages: min(c.processors, mostQueues), Limits: limits}}, nil
}
