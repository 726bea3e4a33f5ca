// Package pci is the driver of the PCI bus (SPEC I2, I10): it finds the functions, and has a
// physical device for each, which tells what it is and has, lets it decode and be a master
// when it is started, and connects its messages. hal/pci does the work.
package pci

import (
	"fmt"

	"gont/hal"
	"gont/hal/pci"
	"gont/io"
	"gont/nt"
)

// bus is the extension of the bus's functional device.
type bus struct {
	lower   *io.Device
	found   *pci.Scan
	devices []*io.Device
}

// device is the extension of a function's physical device.
type device struct {
	f         *pci.Function
	resources []io.Resource
	messages  []hal.Message
	msix      bool
}

// machine is what the driver wants of the machine, or a test's.
type machine struct {
	space  pci.Space
	bios   func() []byte // F0000h to 100000h, nil
	mapAll func([]pci.Function) int
	quiet  func(func())
	line   func(number uint32) hal.Line
	isa    func(irq uint8) hal.Line
	table  func(*pci.Function) (pci.Table, error)
}

// Say prints a line for who watches the boot; the kernel sets it.
var Say = func(string) {}

// DriverEntry is the driver's.
func DriverEntry(d *io.Driver, registryPath string) nt.Status {
	d.AddDevice = addDevice
	d.Major[io.Pnp] = pnp
	return nt.StatusSuccess
}

func addDevice(d *io.Driver, physical *io.Device) nt.Status {
	v, s := io.CreateDevice(d, "", nt.FileDeviceBusExtender, 0, 0)
	if !s.OK() {
		return s
	}
	b := &bus{}
	v.Extension = b
	if b.lower = io.AttachDevice(v, physical); b.lower == nil {
		io.DeleteDevice(v)
		return nt.StatusNoSuchDevice
	}
	return nt.StatusSuccess
}

func pnp(d *io.Device, irp *io.IRP) nt.Status {
	switch x := d.Extension.(type) {
	case *bus:
		return x.pnp(d, irp)
	case *device:
		return x.pnp(irp)
	}
	return io.Complete(irp, nt.StatusInvalidDeviceRequest, 0)
}

func (b *bus) pnp(d *io.Device, irp *io.IRP) nt.Status {
	l := irp.Location()
	switch l.Minor {
	case io.StartDevice:
		s := io.PassAndWait(b.lower, irp)
		if s.OK() {
			s = b.start(d.Driver)
		}
		return io.Complete(irp, s, 0)
	case io.QueryDeviceRelations:
		l.Argument.(*io.DeviceRelations).Devices = b.devices
		return io.Complete(irp, nt.StatusSuccess, 0)
	case io.RemoveDevice:
		if len(b.devices) > 0 {
			return io.Complete(irp, nt.StatusDeviceBusy, 0)
		}
		lower := b.lower
		s := io.PassAndWait(lower, irp)
		io.DetachDevice(lower)
		io.DeleteDevice(d)
		return io.Complete(irp, s, 0)
	}
	return io.PassDown(b.lower, irp)
}

// start finds the functions.
func (b *bus) start(d *io.Driver) nt.Status {
	s := here.space
	b.found = pci.Walk(s)
	if n := here.mapAll(b.found.Functions); n > 0 {
		// Extended capabilities are seen now.
		b.found = pci.Walk(s)
	}
	problems := b.found.Problems
	for i := range b.found.Functions {
		problems = append(problems, b.found.Functions[i].Size(s, here.quiet)...)
	}
	for _, p := range problems {
		Say(p)
	}
	// What is behind a bridge sends its messages through it (PCI-to-PCI Bridge Architecture
	// 1.2, 3.2.5.3).
	for i := range b.found.Functions {
		if f := &b.found.Functions[i]; f.Class == pci.ClassBridge && f.Subclass == 4 && f.Header == 1 && f.Secondary != 0 {
			f.Enable(s, pci.CommandMaster)
		}
	}
	router := pci.NewRouter(s, b.found, here.bios())
	for i := range b.found.Functions {
		f := &b.found.Functions[i]
		v, st := io.CreateDevice(d, "", nt.FileDeviceUnknown, 0, 0)
		if !st.OK() {
			return st
		}
		v.Extension = &device{f: f, resources: resources(b.found, router, f)}
		v.Ready()
		b.devices = append(b.devices, v)
	}
	return nt.StatusSuccess
}

// resources are what a function has had from the firmware.
func resources(found *pci.Scan, router *pci.Router, f *pci.Function) (list []io.Resource) {
	list = compatible(f)
	for _, b := range f.Bars {
		if ideCompatible(f, b.Index/2) {
			continue // the channel does not use it
		}
		if b.Address == 0 || b.Size == 0 || b.Index == pci.RomIndex {
			continue
		}
		kind := io.MemoryResource
		if b.Io {
			kind = io.PortResource
		}
		list = append(list, io.Resource{Kind: kind, Start: b.Address, Length: b.Size, Prefetchable: b.Prefetchable, Bar: b.Index + 1})
	}
	if r, ok := router.Irq(found, f); ok {
		list = append(list, io.Resource{Kind: io.InterruptResource, Start: uint64(r.Irq), Length: 1, Line: here.line(uint32(r.Irq)), Shared: true})
	}
	return list
}

// ideCompatible reports whether a channel of an IDE controller is at the PC's old ports (PCI IDE
// Controller Specification 1.0, 2.0).
func ideCompatible(f *pci.Function, channel int) bool {
	return f.Class == 1 && f.Subclass == 1 && channel < 2 && f.Interface>>(2*channel)&1 == 0
}

// compatible are the resources of an IDE controller's channels at the old ports, with the
// numbers that their base address registers would have.
func compatible(f *pci.Function) (list []io.Resource) {
	for channel := range 2 {
		if !ideCompatible(f, channel) {
			continue
		}
		command, control, irq := uint64(0x1F0), uint64(0x3F6), uint8(14)
		if channel == 1 {
			command, control, irq = 0x170, 0x376, 15
		}
		list = append(list, io.Resource{Kind: io.PortResource, Start: command, Length: 8, Bar: 2*channel + 1},
			io.Resource{Kind: io.PortResource, Start: control, Length: 1, Bar: 2*channel + 2},
			io.Resource{Kind: io.InterruptResource, Start: uint64(irq), Length: 1, Line: here.isa(irq)})
	}
	return list
}

// identity is what a function answers to QueryId, in NT's forms.
func identity(f *pci.Function) io.Identity {
	ven := fmt.Sprintf("VEN_%04X&DEV_%04X", f.Vendor, f.Device)
	sub := fmt.Sprintf("SUBSYS_%04X%04X", f.Subsystem, f.SubsystemVendor)
	rev := fmt.Sprintf("REV_%02X", f.Revision)
	class := fmt.Sprintf("CC_%02X%02X", f.Class, f.Subclass)
	full := fmt.Sprintf("%s%02X", class, f.Interface)
	id := func(s string) string { return `PCI\` + s }
	return io.Identity{
		DeviceID:      id(ven + "&" + sub + "&" + rev),
		InstanceID:    fmt.Sprintf("%x&%02x", f.Bus, f.Slot<<3|f.Function),
		HardwareIDs:   []string{id(ven + "&" + sub + "&" + rev), id(ven + "&" + sub), id(ven + "&" + full), id(ven + "&" + class)},
		CompatibleIDs: []string{id(ven + "&" + rev), id(ven), id(full), id(class)},
		Description:   describe(f),
		Location:      fmt.Sprintf("PCI bus %d, device %d, function %d", f.Bus, f.Slot, f.Address.Function),
	}
}

// classes are names of classes and subclasses (PCI, appendix D).
var classes = map[uint16]string{
	0x0100: "SCSI controller", 0x0101: "IDE controller", 0x0106: "SATA controller", 0x0108: "NVM controller",
	0x0200: "Ethernet controller", 0x0300: "VGA display", 0x0380: "Display", 0x0403: "Audio device",
	0x0500: "Memory", 0x0600: "Host bridge", 0x0601: "ISA bridge", 0x0604: "PCI bridge", 0x0680: "Bridge",
	0x0700: "Serial controller", 0x0780: "Communications controller", 0x0801: "DMA controller", 0x0802: "Timer",
	0x0C03: "USB controller", 0x0C05: "SMBus controller",
}

func describe(f *pci.Function) string {
	if n := classes[uint16(f.Class)<<8|uint16(f.Subclass)]; n != "" {
		return fmt.Sprintf("%s %04X:%04X", n, f.Vendor, f.Device)
	}
	return fmt.Sprintf("PCI device %04X:%04X of class %02X%02X", f.Vendor, f.Device, f.Class, f.Subclass)
}

func (x *device) pnp(irp *io.IRP) nt.Status {
	l := irp.Location()
	switch l.Minor {
	case io.QueryId:
		*l.Argument.(*io.Identity) = identity(x.f)
	case io.QueryResources:
		*l.Argument.(*io.ResourceAnswer) = io.ResourceAnswer{Bus: io.PciBus, Number: uint32(x.f.Bus), Resources: x.resources}
	case io.QueryInterface:
		*l.Argument.(*io.BusInterface) = x.bus()
	case io.StartDevice:
		x.f.Enable(here.space, x.decoded())
	case io.RemoveDevice, io.QueryRemoveDevice, io.CancelRemoveDevice, io.StopDevice, io.QueryStopDevice, io.CancelStopDevice:
	default:
		return io.Complete(irp, irp.IoStatus.Status, irp.IoStatus.Information)
	}
	return io.Complete(irp, nt.StatusSuccess, 0)
}

// decoded are the command register's bits that the function needs.
func (x *device) decoded() (bits uint32) {
	for _, r := range x.resources {
		switch r.Kind {
		case io.PortResource:
			bits |= pci.CommandIo
		case io.MemoryResource:
			bits |= pci.CommandMemory
		}
	}
	return bits | pci.CommandMaster
}
