package pp

import (
	"fmt"

	"gont/hal"
	"gont/io"
	"gont/nt"
)

// Devices that no bus tells of. A Legacy's driver is \Driver\PnpManager, which answers for
// their physical devices.

// Legacy is a device at a usual place.
type Legacy struct {
	ID          string // PNP0501
	Instance    string
	Description string
	Ports       [][2]uint16 // first, how many
	Irq         int         // -1: none
	Shared      bool        // the kernel uses the ports, too
}

// prober is what looking for legacy devices needs of the machine.
type prober interface {
	// Has8042 and HasRtc say what the firmware says: whether there may be an 8042 and a real-time
	// clock.
	Has8042() bool
	HasRtc() bool
	// Uart reports whether a serial port answers at a base, Keyboard whether an 8042
	// does, Pit whether the 8254 counts.
	Uart(base uint16) bool
	Keyboard() bool
	Pit() bool
	// ComPorts are the bases that the BIOS has found (BDA, 40:00h), 0 for none.
	ComPorts() [4]uint16
	// Debug reports whether the kernel's text goes to the port at a base.
	Debug(base uint16) bool
	// Pci reports whether there is PCI.
	Pci() bool
}

// usualComPorts are the places of COM1 to COM4, and their IRQs.
var usualComPorts = [4]struct {
	base uint16
	irq  int
}{{0x3F8, 4}, {0x2F8, 3}, {0x3E8, 4}, {0x2E8, 3}}

// findLegacy looks for the legacy devices of a PC.
func findLegacy(p prober) (list []Legacy) {
	list = append(list,
		Legacy{"PNP0000", "0", "Programmable interrupt controller", [][2]uint16{{0x20, 2}, {0xA0, 2}}, -1, true},
		Legacy{"PNP0200", "0", "Direct memory access controller", [][2]uint16{{0x00, 16}, {0x81, 3}, {0x87, 1}, {0xC0, 32}}, -1, false})
	if p.Pit() {
		list = append(list, Legacy{"PNP0100", "0", "System timer", [][2]uint16{{0x40, 4}}, -1, true},
			Legacy{"PNP0800", "0", "System speaker", [][2]uint16{{0x61, 1}}, -1, true})
	}
	if p.HasRtc() {
		list = append(list, Legacy{"PNP0B00", "0", "System CMOS/real time clock", [][2]uint16{{0x70, 2}}, 8, true})
	}
	if p.Has8042() && p.Keyboard() {
		list = append(list, Legacy{"PNP0303", "0", "Standard PS/2 keyboard", [][2]uint16{{0x60, 1}, {0x64, 1}}, 1, false})
	}
	// What the BIOS lists comes first, so that COM1 is what it calls the first port; then
	// the usual places that it has not looked at.
	bda := p.ComPorts()
	n := 0
	seen := map[uint16]bool{0: true}
	try := func(base uint16) {
		if seen[base] || n == 4 {
			return
		}
		seen[base] = true
		for _, u := range usualComPorts {
			if u.base == base && p.Uart(base) {
				n++
				list = append(list, Legacy{"PNP0501", fmt.Sprint(n), fmt.Sprintf("Communications port (COM%d)", n), [][2]uint16{{base, 8}}, u.irq, p.Debug(base)})
			}
		}
	}
	for _, base := range bda {
		try(base)
	}
	for _, u := range usualComPorts {
		try(u.base)
	}
	if p.Pci() {
		list = append(list, Legacy{"PNP0A03", "0", "PCI bus", [][2]uint16{{0xCF8, 8}}, -1, false})
	}
	return list
}

// identity is what a legacy device answers to QueryId.
func (l *Legacy) identity(enumerator string) io.Identity {
	return io.Identity{DeviceID: enumerator + `\` + l.ID, InstanceID: l.Instance, HardwareIDs: []string{enumerator + `\` + l.ID, "*" + l.ID}, Description: l.Description}
}

func (l *Legacy) resources(line func(irq uint8) hal.Line) (list []io.Resource) {
	for _, p := range l.Ports {
		list = append(list, io.Resource{Kind: io.PortResource, Start: uint64(p[0]), Length: uint64(p[1]), Shared: l.Shared})
	}
	if l.Irq >= 0 {
		list = append(list, io.Resource{Kind: io.InterruptResource, Start: uint64(l.Irq), Length: 1, Line: line(uint8(l.Irq)), Shared: true})
	}
	return list
}

// legacyDevice is the extension of a legacy device's physical device.
type legacyDevice struct {
	identity  io.Identity
	resources []io.Resource
}

var manager *io.Driver // \Driver\PnpManager

// addLegacy makes the physical devices of legacy devices, and their nodes. treeLock is held
// exclusively.
func addLegacy(list []Legacy, enumerator string, line func(irq uint8) hal.Line) nt.Status {
	var s nt.Status
	if manager, s = io.NewDriver(`\Driver`, "PnpManager", ""); !s.OK() {
		return s
	}
	manager.Major[io.Pnp] = legacyPnp
	for i := range list {
		d, s := io.CreateDevice(manager, "", nt.FileDeviceUnknown, 0, 0)
		if !s.OK() {
			return s
		}
		d.Extension = &legacyDevice{list[i].identity(enumerator), list[i].resources(line)}
		d.Ready()
		if n := addPhysical(root, d); n != nil && !n.Status.OK() {
			return n.Status
		}
	}
	return nt.StatusSuccess
}

// legacyPnp answers for legacy devices: there is nothing to be done for them.
func legacyPnp(d *io.Device, irp *io.IRP) nt.Status {
	l, x := irp.Location(), d.Extension.(*legacyDevice)
	switch l.Minor {
	case io.QueryId:
		*l.Argument.(*io.Identity) = x.identity
	case io.QueryResources:
		*l.Argument.(*io.ResourceAnswer) = io.ResourceAnswer{Bus: io.IsaBus, Resources: x.resources}
	case io.StartDevice, io.RemoveDevice, io.QueryRemoveDevice, io.CancelRemoveDevice, io.StopDevice, io.QueryStopDevice, io.CancelStopDevice:
	default:
		return io.Complete(irp, irp.IoStatus.Status, irp.IoStatus.Information)
	}
	return io.Complete(irp, nt.StatusSuccess, 0)
}
