// Package atapi is the port driver of IDE controllers at PCI (SPEC I10; ATA/ATAPI-7 volume 2;
// Programming Interface for Bus Master IDE Controller 1.0): disks at both channels, master and
// slave, by bus-master DMA, or by PIO where there is none or it fails.
//
//	driver    the PCI function: the channels' ports
//	channel   a channel: selecting, finding disks, reset
//	transfer  tasks to commands, interrupts, DMA and PIO
//
// A channel does one command at a time. Of ATAPI devices (CD-ROMs) nothing is served yet.
package atapi

import (
	"errors"
	"fmt"

	"gont/io"
	"gont/io/storport"
	"gont/nt"
)

// DriverEntry is the driver's.
func DriverEntry(d *io.Driver, registryPath string) nt.Status { return storport.Initialize(d, open) }

// busMaster is the base address register of the bus master's registers.
const busMaster = 4

func open(h *storport.Hardware) (list []storport.Channel, err error) {
	mode := h.Config8(9)
	for n := range 2 {
		command, e := h.Registers(2*n, 0, 8)
		if e != nil {
			err = e
			continue
		}
		c := &channel{number: n, command: command, wait: storport.Wait}
		native := mode>>(2*n)&1 != 0
		offset := uint64(0)
		if native {
			offset = 2 // of four ports (PCI IDE 1.0, 2.4)
		}
		if c.control, e = h.Registers(2*n+1, offset, 1); e != nil {
			err = e
			continue
		}
		if mode&0x80 != 0 && h.HasPorts(busMaster) {
			c.master, _ = h.Registers(busMaster, uint64(8*n), 8)
		}
		list = append(list, storport.Channel{Controller: c, Name: fmt.Sprintf("IDE channel %d", n), Line: lineOf(h, n, native), Limits: limits})
	}
	if len(list) > 0 {
		return list, nil
	}
	return nil, errors.Join(errors.New("it has no channel"), err)
}

// lineOf is a channel's interrupt: IRQ 14 or 15 of those at the old ports, else the device's.
func lineOf(h *storport.Hardware, n int, native bool) *io.Resource {
	for i := range h.Resources {
		if r := &h.Resources[i]; r.Kind == io.InterruptResource && (native == r.Shared) && (native || r.Start == uint64(14+n)) {
			return r
		}
	}
	return nil
}
