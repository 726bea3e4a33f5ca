// Package storahci is the port driver of AHCI controllers (SPEC I10; Serial ATA AHCI 1.3.1): the
// disks at their ports, by NCQ where disk and controller have it, else by DMA, one command at a
// time.
//
//	driver   the PCI function
//	hba      the controller: start, interrupts, reset
//	port     a port: memory, engine, finding out what is there
//	issue    tasks to commands, in an order that the disk takes
//	recover  after an error: which command has failed, and going on
//
// The controller is not believed: registers that read as all ones are a controller that is gone;
// only commands that were issued can end.
package storahci

import (
	"errors"

	"gont/io"
	"gont/io/storport"
	"gont/nt"
)

// DriverEntry is the driver's.
func DriverEntry(d *io.Driver, registryPath string) nt.Status { return storport.Initialize(d, open) }

// abar is the base address register of the controller's registers (2.1.11).
const abar = 5

func open(h *storport.Hardware) ([]storport.Channel, error) {
	n := min(h.Length(abar), portBase+32*portSize)
	if n < portBase+portSize {
		return nil, errors.New("its registers are too short")
	}
	r, err := h.Registers(abar, 0, n)
	if err != nil {
		return nil, err
	}
	c := newHba(r, int(n-portBase)/portSize, storport.Wait)
	if c.capabilities == ^uint32(0) {
		return nil, errors.New("it does not answer")
	}
	return []storport.Channel{{Controller: c, Name: "AHCI controller", Messages: 1, Limits: c.limits()}}, nil
}
