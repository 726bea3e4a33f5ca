// Package viostor is the port driver of virtio block devices (SPEC I10): by the modern
// interface (Virtual I/O Device 1.1, 4.1, 5.2) where the device has it, else by the legacy one
// (4.1.4.8).
//
//	driver       the PCI function: which interface, where its registers are
//	transport    the two interfaces: features, status, queue, configuration
//	queue        the virtqueue: descriptors of a task, what the device has used
//	controller   block requests, start, reset
//
// The device is not believed: descriptors are never read back, and an index or a length that
// cannot be makes the queue broken until it is reset.
package viostor

import (
	"errors"

	"gont/io"
	"gont/io/storport"
	"gont/nt"
)

// DriverEntry is the driver's.
func DriverEntry(d *io.Driver, registryPath string) nt.Status { return storport.Initialize(d, open) }

// Capabilities of the modern interface (4.1.4): their types.
const (
	capCommon = 1
	capNotify = 2
	capIsr    = 3
	capDevice = 4
)

// Device ids (4.1.2, 5.2): transitional and modern block devices.
const (
	transitionalBlock = 0x1001
	modernBlock       = 0x1042
)

func open(h *storport.Hardware) ([]storport.Channel, error) {
	t, err := openModern(h)
	if err != nil && h.Bus.ReadConfig(0)>>16 == transitionalBlock && h.HasPorts(0) {
		var r storport.Registers
		if r, err = h.Registers(0, 0, 0); err == nil {
			t = &legacy{r: r}
		}
	}
	if err != nil {
		return nil, err
	}
	c := newController(t, storport.Wait)
	return []storport.Channel{{Controller: c, Name: "virtio block device", Messages: 1, Limits: limits}}, nil
}

// openModern maps the modern interface's registers.
func openModern(h *storport.Hardware) (transport, error) {
	m := &modern{}
	var problem error
	h.Capabilities(9, func(at uint16) bool {
		kind := h.Config8(at + 3)
		p := map[uint8]*storport.Registers{capCommon: &m.common, capNotify: &m.notify, capIsr: &m.isr, capDevice: &m.device}[kind]
		if p == nil || *p != nil {
			return true // another, or a second one
		}
		offset, length := uint64(h.Bus.ReadConfig(at+8)), uint64(h.Bus.ReadConfig(at+12))
		least := map[uint8]uint64{capCommon: 56, capNotify: 2, capIsr: 1, capDevice: 24}[kind]
		if length < least {
			problem = errors.New("a range of registers is too short")
			return true
		}
		length = min(length, 64<<10)
		r, err := h.Registers(int(h.Config8(at+4)), offset, length)
		if err != nil {
			problem = err
			return true
		}
		*p = r
		switch kind {
		case capNotify:
			m.multiplier, m.notifyLength = h.Bus.ReadConfig(at+16), uint32(length)
		case capDevice:
			m.deviceLength = uint32(length)
		}
		return true
	})
	if m.common != nil && m.notify != nil && m.isr != nil && m.device != nil {
		return m, nil
	}
	if problem == nil {
		problem = errors.New("it has no modern interface")
	}
	return nil, problem
}
