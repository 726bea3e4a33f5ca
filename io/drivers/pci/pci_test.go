package pci

import (
	"strings"
	"testing"

	"gont/hal"
	"gont/hal/pci"
	"gont/io"
	"gont/ke"
	"gont/nt"
	"gont/ob"
)

// config is configuration space of bus 0: 64 registers of each function.
type config map[pci.Address]*[64]uint32

func (c config) Read(a pci.Address, o uint16) uint32 {
	if f := c[a]; f != nil && o < 256 {
		return f[o/4]
	}
	return 0xFFFFFFFF
}
func (c config) Write(a pci.Address, o uint16, v uint32) {
	f := c[a]
	if f == nil || o >= 256 {
		return
	}
	switch {
	case o == 4:
		f[1] = f[1]&0xFFFF0000 | v&0x7FF
	case o == 0x10 && f[0x3C/4]>>8&0xFF != 0: // eight ports
		f[4] = v&0xFFF8 | 1
	case o >= 0x40:
		f[o/4] = v
	}
}
func (c config) Extended(pci.Address) bool { return false }

// bus is the physical device of the bus, which answers like the PnP manager's own.
func newBus(t *testing.T, c config) (d *io.Driver, physical *io.Device) {
	t.Helper()
	ke.Initialize(ke.Hooks{Now: func() uint64 { return 0 }})
	for _, s := range []nt.Status{ob.InitSystem0(), ob.InitSystem1(), io.CreateTypes()} {
		if !s.OK() {
			t.Fatal(s)
		}
	}
	ob.CreateDirectory(`\Driver`)
	here = machine{space: c, bios: func() []byte { return nil }, mapAll: func([]pci.Function) int { return 0 }, quiet: func(f func()) { f() },
		line: func(n uint32) hal.Line { return hal.Line{Number: n, Level: true} }, table: func(*pci.Function) (pci.Table, error) { return nil, pci.ErrNoMsi }}
	root, s := io.NewDriver(`\Driver`, "root", "")
	if !s.OK() {
		t.Fatal(s)
	}
	root.Major[io.Pnp] = func(_ *io.Device, irp *io.IRP) nt.Status { return io.Complete(irp, nt.StatusSuccess, 0) }
	if physical, s = io.CreateDevice(root, "", nt.FileDeviceUnknown, 0, 0); !s.OK() {
		t.Fatal(s)
	}
	physical.Ready()
	if d, s = io.NewDriver(`\Driver`, "pci", ""); !s.OK() {
		t.Fatal(s)
	}
	if s := d.Start(DriverEntry); !s.OK() {
		t.Fatal(s)
	}
	if s := d.AddDevice(d, physical); !s.OK() {
		t.Fatal(s)
	}
	return d, physical
}

// TestBus (I2): functions have physical devices that say what they are, in NT's forms, and what
// they have; a started one decodes.
func TestBus(t *testing.T) {
	var said []string
	Say = func(l string) { said = append(said, l) }
	serial := pci.Address{Slot: 3}
	c := config{{}: {0: 0x12378086, 2: 0x06000002}, serial: {0: 0x00021B36, 2: 0x07000201, 4: 0xC001, 0x2C / 4: 0x11001AF4, 0x3C / 4: 0x010B},
		{Slot: 4}: {0: 0x33333333, 2: 0x02000000, 3: 0x7F0000}}
	_, physical := newBus(t, c)
	if s := io.PnpRequest(physical, io.StartDevice, &io.StartParameters{}); !s.OK() {
		t.Fatal(s)
	}
	var r io.DeviceRelations
	if s := io.PnpRequest(physical, io.QueryDeviceRelations, &r); !s.OK() || len(r.Devices) != 3 {
		t.Fatal(s, len(r.Devices))
	}
	if len(said) != 1 || !strings.Contains(said[0], "header of type 127") {
		t.Errorf("%q", said)
	}
	d := r.Devices[1]
	var id io.Identity
	if s := io.PnpRequest(d, io.QueryId, &id); !s.OK() {
		t.Fatal(s)
	}
	if id.DeviceID != `PCI\VEN_1B36&DEV_0002&SUBSYS_11001AF4&REV_01` || id.InstanceID != "0&18" || id.HardwareIDs[2] != `PCI\VEN_1B36&DEV_0002&CC_070002` ||
		id.CompatibleIDs[3] != `PCI\CC_0700` || id.Description != "Serial controller 1B36:0002" || id.Location != "PCI bus 0, device 3, function 0" {
		t.Errorf("%+v", id)
	}
	var a io.ResourceAnswer
	io.PnpRequest(d, io.QueryResources, &a)
	if a.Bus != io.PciBus || len(a.Resources) != 2 || a.Resources[0] != (io.Resource{Kind: io.PortResource, Start: 0xC000, Length: 8, Bar: 1}) ||
		a.Resources[1].Start != 11 || !a.Resources[1].Shared || !a.Resources[1].Line.Level {
		t.Errorf("%+v", a)
	}
	if c[serial][1]&7 != 0 {
		t.Errorf("command %#x before the start", c[serial][1])
	}
	if s := io.PnpRequest(d, io.StartDevice, &io.StartParameters{}); !s.OK() || c[serial][1]&7 != pci.CommandIo|pci.CommandMaster {
		t.Errorf("%v, command %#x", s, c[serial][1])
	}
	var b io.BusInterface
	if s := io.PnpRequest(d, io.QueryInterface, &b); !s.OK() || b.ReadConfig(0) != 0x00021B36 {
		t.Errorf("%v", s)
	}
	if _, _, err := b.ConnectMessages("x", 1, nil); err == nil || err.Error() != "STATUS_NOT_SUPPORTED" {
		t.Errorf("messages of a function without them: %v", err)
	}
	if s := io.PnpRequest(d, io.SurpriseRemoval, nil); s != nt.StatusNotSupported {
		t.Errorf("a request that it does not know: %v", s)
	}
	if s := io.PnpRequest(physical, io.RemoveDevice, nil); s != nt.StatusDeviceBusy {
		t.Errorf("the bus goes while it has devices: %v", s)
	}
}

// TestIdePorts (I10): the channels of an IDE controller that are at the PC's old ports have these,
// and IRQ 14 and 15; a channel in native mode has what its registers say.
func TestIdePorts(t *testing.T) {
	here = machine{isa: func(irq uint8) hal.Line { return hal.Line{Number: uint32(irq)} }, line: func(n uint32) hal.Line { return hal.Line{Number: n, Level: true} }}
	f := &pci.Function{Class: 1, Subclass: 1, Interface: 0x80, Bars: []pci.Bar{{Index: 0, Io: true, Address: 0x9990, Size: 8}, {Index: 4, Io: true, Address: 0xC000, Size: 16}}}
	found := &pci.Scan{}
	router := pci.NewRouter(config{}, found, nil)
	list := resources(found, router, f)
	if len(list) != 7 || list[0].Start != 0x1F0 || list[1].Start != 0x3F6 || list[2].Start != 14 || list[2].Line.Level || list[3].Start != 0x170 || list[4].Bar != 4 ||
		list[5].Line.Number != 15 || list[6].Start != 0xC000 || list[6].Bar != 5 {
		t.Errorf("%+v", list)
	}
	f.Interface |= 1
	if list = resources(found, router, f); len(list) != 5 || list[0].Start != 0x170 || list[3].Start != 0x9990 || list[3].Bar != 1 {
		t.Errorf("%+v", list)
	}
	f.Class = 2
	if list = resources(found, router, f); len(list) != 2 {
		t.Errorf("%+v", list)
	}
}
