package pp

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gont/hal"
	"gont/io"
	"gont/ke"
	"gont/nt"
	"gont/ob"
)

// fakeStore is a registry: values by path and name, both in lower case.
type fakeStore map[string]map[string]any

type fakeKey struct {
	values map[string]any
}

func (s fakeStore) open(path string) (key, nt.Status) {
	if k := s[strings.ToLower(path)]; k != nil {
		return fakeKey{k}, nt.StatusSuccess
	}
	return nil, nt.StatusObjectNameNotFound
}

func (s fakeStore) create(path string, volatile bool) (key, nt.Status) {
	p := strings.ToLower(path)
	if strings.Contains(p, "full") {
		return nil, nt.StatusInsufficientResources
	}
	if s[p] == nil {
		s[p] = map[string]any{}
	}
	return fakeKey{s[p]}, nt.StatusSuccess
}

func (k fakeKey) Text(name string) (string, bool) {
	v, ok := k.values[strings.ToLower(name)].(string)
	return v, ok
}
func (k fakeKey) Uint32(name string) (uint32, bool) {
	v, ok := k.values[strings.ToLower(name)].(uint32)
	return v, ok
}
func (k fakeKey) set(name string, v any) nt.Status {
	k.values[strings.ToLower(name)] = v
	return nt.StatusSuccess
}
func (k fakeKey) SetText(name, text string) nt.Status               { return k.set(name, text) }
func (k fakeKey) SetUint32(name string, v uint32) nt.Status         { return k.set(name, v) }
func (k fakeKey) SetMultiText(name string, list []string) nt.Status { return k.set(name, list) }
func (k fakeKey) SetValue(name string, typ uint32, data []byte) nt.Status {
	return k.set(name, data)
}
func (fakeKey) Close() {}

// pc is a machine's legacy devices.
type pc struct {
	no8042, noRtc, noPit, noPci, dead bool
	uarts                             map[uint16]bool
	bda                               [4]uint16
}

func (p pc) Has8042() bool       { return !p.no8042 }
func (p pc) HasRtc() bool        { return !p.noRtc }
func (p pc) Uart(b uint16) bool  { return p.uarts[b] }
func (p pc) Keyboard() bool      { return !p.dead }
func (p pc) Pit() bool           { return !p.noPit }
func (p pc) ComPorts() [4]uint16 { return p.bda }
func (p pc) Debug(b uint16) bool { return b == 0x3F8 }
func (p pc) Pci() bool           { return !p.noPci }

// begin makes an empty system with this registry.
func begin(t *testing.T) (fakeStore, *[]string) {
	t.Helper()
	idle := ke.Initialize(ke.Hooks{Now: func() uint64 { return 0 }})
	_ = idle
	for _, s := range []nt.Status{ob.InitSystem0(), ob.InitSystem1(), io.CreateTypes()} {
		if !s.OK() {
			t.Fatal(s)
		}
	}
	ob.CreateDirectory(`\Driver`)
	ob.CreateDirectory(`\Device`)
	s := fakeStore{}
	registry = s
	said := &[]string{}
	Say = func(l string) { *said = append(*said, l) }
	InitializeRangeLists()
	if st := InitSystem0(); !st.OK() {
		t.Fatal(st)
	}
	return s, said
}

func (s fakeStore) database(id, service string) {
	s[strings.ToLower(controlPath+`\CriticalDeviceDatabase\`+id)] = map[string]any{"service": service, "class": "Ports", "classguid": "{4D36E978-E325-11CE-BFC1-08002BE10318}"}
}

func isaLine(irq uint8) hal.Line { return hal.Line{Number: uint32(irq)} }

// TestLegacy (P1.29): what a PC has is found, and what is not there is not.
func TestLegacy(t *testing.T) {
	names := func(p pc) string {
		var list []string
		for _, l := range findLegacy(p) {
			list = append(list, l.ID+"."+l.Instance)
		}
		return strings.Join(list, " ")
	}
	for _, c := range []struct {
		p    pc
		want string
	}{
		{pc{uarts: map[uint16]bool{0x3F8: true}, bda: [4]uint16{0x3F8}}, "PNP0000.0 PNP0200.0 PNP0100.0 PNP0800.0 PNP0B00.0 PNP0303.0 PNP0501.1 PNP0A03.0"},
		{pc{no8042: true, noRtc: true, noPit: true, noPci: true}, "PNP0000.0 PNP0200.0"},
		{pc{dead: true, noPci: true}, "PNP0000.0 PNP0200.0 PNP0100.0 PNP0800.0 PNP0B00.0"},
		// The BIOS's order counts; what it names and is not there does not.
		{pc{no8042: true, noRtc: true, noPit: true, noPci: true, uarts: map[uint16]bool{0x2F8: true, 0x3E8: true, 0x3F8: true}, bda: [4]uint16{0x3E8, 0x2E8, 0x1234, 0x3E8}},
			"PNP0000.0 PNP0200.0 PNP0501.1 PNP0501.2 PNP0501.3"},
	} {
		if got := names(c.p); got != c.want {
			t.Errorf("%+v:\n%s\nwant %s", c.p, got, c.want)
		}
	}
	l := findLegacy(pc{noPci: true, uarts: map[uint16]bool{0x3E8: true, 0x2F8: true}, bda: [4]uint16{0x3E8}})
	com := l[len(l)-2:]
	if com[0].Ports[0][0] != 0x3E8 || com[0].Irq != 4 || com[1].Ports[0][0] != 0x2F8 || com[1].Irq != 3 {
		t.Errorf("%+v", com)
	}
}

// driver is a function driver of the tests: it attaches, and notes what it is started with.
type testDriver struct {
	d       *io.Driver
	started [][]io.Resource
	refuse  nt.Status // of AddDevice
	fail    nt.Status // of StartDevice
	lower   *io.Device
	bus     []*io.Device

	surprised int
}

func newTestDriver(t *testing.T, name string) *testDriver {
	x := &testDriver{refuse: nt.StatusSuccess, fail: nt.StatusSuccess}
	var s nt.Status
	if x.d, s = io.NewDriver(`\Driver`, name, ""); !s.OK() {
		t.Fatal(s)
	}
	x.d.AddDevice = func(d *io.Driver, physical *io.Device) nt.Status {
		if !x.refuse.OK() {
			return x.refuse
		}
		v, s := io.CreateDevice(d, "", nt.FileDeviceUnknown, 0, 0)
		if !s.OK() {
			return s
		}
		x.lower = io.AttachDevice(v, physical)
		v.Extension = x.lower
		return nt.StatusSuccess
	}
	x.d.Major[io.Pnp] = func(d *io.Device, irp *io.IRP) nt.Status {
		l := irp.Location()
		lower := d.Extension.(*io.Device)
		switch l.Minor {
		case io.StartDevice:
			p := l.Argument.(*io.StartParameters)
			if s := io.PassAndWait(lower, irp); !s.OK() {
				t.Errorf("the bus does not start: %v", s)
			}
			x.started = append(x.started, p.Resources)
			return io.Complete(irp, x.fail, 0)
		case io.SurpriseRemoval:
			x.surprised++
		case io.RemoveDevice:
			io.PassAndWait(lower, irp)
			io.DetachDevice(lower)
			io.DeleteDevice(d)
			return io.Complete(irp, nt.StatusSuccess, 0)
		case io.QueryDeviceRelations:
			if x.bus != nil {
				l.Argument.(*io.DeviceRelations).Devices = x.bus
				return io.Complete(irp, nt.StatusSuccess, 0)
			}
		}
		return io.PassDown(lower, irp)
	}
	return x
}

// TestTree (I2, P1.27, P1.29): legacy devices have their keys and services, their driver gets
// them with their resources, and the registry tells of it.
func TestTree(t *testing.T) {
	s, said := begin(t)
	s.database("*PNP0501", "serial")
	s.database("*PNP0303", "i8042prt")
	if st := ReportResourceUsage("Standard PC", []io.Resource{{Kind: io.PortResource, Start: 0x3F8, Length: 8, Shared: true}, {Kind: io.PortResource, Start: 0x20, Length: 2, Shared: true}}); !st.OK() {
		t.Fatal(st)
	}
	if st := root.record(); !st.OK() {
		t.Fatal(st)
	}
	if st := addLegacy(findLegacy(pc{uarts: map[uint16]bool{0x3F8: true, 0x2F8: true}, bda: [4]uint16{0x3F8, 0x2F8}}), "ACPI", isaLine); !st.OK() {
		t.Fatal(st)
	}
	com := s[strings.ToLower(enumPath+`\ACPI\PNP0501\1`)]
	if com == nil || com["service"] != "serial" || com["configflags"] != uint32(0) || com["devicedesc"] != "Communications port (COM1)" ||
		!slices.Equal(com["hardwareid"].([]string), []string{`ACPI\PNP0501`, "*PNP0501"}) || com["class"] != "Ports" {
		t.Errorf("%v", com)
	}
	conf := s[strings.ToLower(enumPath+`\ACPI\PNP0501\1\LogConf`)]["bootconfig"].([]byte)
	// One list, ISA, version 1.1, two descriptors: ports 3F8h to 3FFh and IRQ 4.
	if len(conf) != 4+8+8+2*20 || conf[0] != 1 || conf[4] != 1 || conf[16] != 2 || conf[20] != 1 || conf[24] != 0xF8 || conf[25] != 3 || conf[32] != 8 || conf[40] != 2 || conf[44] != 4 {
		t.Errorf("% x", conf)
	}
	x := newTestDriver(t, "Serial")
	DriverLoaded(x.d)
	if len(x.started) != 2 || x.started[0][0].Start != 0x3F8 || x.started[1][0].Start != 0x2F8 || x.started[0][1].Line.Number != 4 {
		t.Errorf("%v", x.started)
	}
	if a := s[strings.ToLower(enumPath+`\ACPI\PNP0501\2\Control`)]; a["activeservice"] != "serial" || a["problem"] != uint32(0) {
		t.Errorf("%v", a)
	}
	if m := s[strings.ToLower(resourcePath+`\PnP Manager\PnpManager`)]; m["acpi#pnp0501#1.raw"] == nil || m["acpi#pnp0501#2.translated"] == nil {
		t.Errorf("%v", m)
	}
	if m := s[strings.ToLower(resourcePath+`\Hardware Abstraction Layer\Standard PC`)]; m[".raw"] == nil {
		t.Errorf("%v", m)
	}
	Missing()
	var list []string
	for _, d := range Devices() {
		list = append(list, fmt.Sprintf("%d %s %v %d", d.Depth, d.Path, d.State, d.Problem))
	}
	text := strings.Join(list, "\n")
	for _, want := range []string{`0 HTREE\ROOT\0 started 0`, `1 ACPI\PNP0501\1 started 0`, `1 ACPI\PNP0303\0 found 39`, `1 ACPI\PNP0000\0 found 28`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	DriverLoaded(x.d) // once more: nothing is left for it
	if len(x.started) != 2 || len(*said) != 0 {
		t.Errorf("%d starts, %q", len(x.started), *said)
	}
}

// TestProblems: a device that is disabled, one whose resources another has, drivers that
// refuse or fail, a registry that is full. What has failed has nothing claimed, and another
// can have its resources.
func TestProblems(t *testing.T) {
	s, said := begin(t)
	s.database("*A", "a")
	s.database("*B", "b")
	s.database("*C", "c")
	s[strings.ToLower(enumPath+`\ISA\A\disabled`)] = map[string]any{"configflags": uint32(1)}
	list := []Legacy{
		{"A", "disabled", "", [][2]uint16{{0x100, 8}}, 3, false},
		{"A", "refused", "", [][2]uint16{{0x100, 8}}, 3, false},
		{"B", "fails", "", [][2]uint16{{0x104, 8}}, 4, false},
		{"C", "works", "", [][2]uint16{{0x108, 8}}, 3, false},
		{"C", "conflict", "", [][2]uint16{{0x10F, 1}}, 3, false},
		{"C", "wrong", "", [][2]uint16{{0x10F, 0}}, -1, false},
		{"FULL", "x", "", nil, -1, false},
	}
	if st := addLegacy(list, "ISA", isaLine); st != nt.StatusInsufficientResources {
		t.Errorf("a full registry: %v", st)
	}
	a, b, c := newTestDriver(t, "a"), newTestDriver(t, "b"), newTestDriver(t, "c")
	a.refuse, b.fail = nt.StatusDeviceNotReady, nt.StatusDeviceConfigurationError
	for _, x := range []*testDriver{a, b, c} {
		DriverLoaded(x.d)
	}
	want := map[string]Problem{`ISA\A\disabled`: Disabled, `ISA\A\refused`: FailedAdd, `ISA\B\fails`: FailedStart, `ISA\C\works`: NoProblem,
		`ISA\C\conflict`: ResourceConflict, `ISA\C\wrong`: ResourceConflict}
	for _, d := range Devices() {
		if p, ok := want[d.Path]; ok && p != d.Problem {
			t.Errorf("%s: %v, want %v", d.Path, d.Problem, p)
		}
	}
	text := strings.Join(*said, "\n")
	for _, line := range []string{`ISA\A\refused: the driver refuses it (STATUS_DEVICE_NOT_READY)`, `ISA\B\fails: the device has not started`, `ISA\C\conflict is not started: port 10Fh is ISA\C\works's`} {
		if !strings.Contains(text, line) {
			t.Errorf("%q is not told:\n%s", line, text)
		}
	}
	if len(b.d.Devices()) != 0 {
		t.Error("a device of the driver that has failed is left")
	}
}

// TestBus: what a bus reports when it has been started gets nodes below it, and drivers that
// come later; names that cannot be believed, and second ones, are left out.
func TestBus(t *testing.T) {
	s, said := begin(t)
	s.database("*PNP0A03", "pci")
	s.database("PCI#CC_0700", "serial")
	if st := addLegacy([]Legacy{{"PNP0A03", "0", "bus", nil, -1, false}}, "ACPI", isaLine); !st.OK() {
		t.Fatal(st)
	}
	bus := newTestDriver(t, "pci")
	child := func(id io.Identity) {
		v, st := io.CreateDevice(manager, "", nt.FileDeviceUnknown, 0, 0)
		if !st.OK() {
			t.Fatal(st)
		}
		v.Extension = &legacyDevice{id, []io.Resource{{Kind: io.PortResource, Start: 0xC000, Length: 8}}}
		v.Ready()
		bus.bus = append(bus.bus, v)
	}
	child(io.Identity{DeviceID: `PCI\VEN_1B36&DEV_0002`, InstanceID: "0&18", HardwareIDs: []string{`PCI\VEN_1B36&DEV_0002`}, CompatibleIDs: []string{`PCI\CC_0700`}})
	child(io.Identity{DeviceID: `PCI\VEN_1B36&DEV_0002`, InstanceID: "0&18"})
	child(io.Identity{DeviceID: `PCI\A\B`, InstanceID: "0"})
	child(io.Identity{DeviceID: `PCI\A,B`, InstanceID: "0"})
	child(io.Identity{DeviceID: `PCI\AB`, InstanceID: ""})
	child(io.Identity{DeviceID: `PCI\AB`, InstanceID: `..\..`})
	child(io.Identity{DeviceID: `\AB`, InstanceID: `0`})
	child(io.Identity{DeviceID: `PCI\` + strings.Repeat("x", 300), InstanceID: `0`})
	child(io.Identity{DeviceID: `PCI\AB`, InstanceID: `0`, HardwareIDs: []string{""}})
	child(io.Identity{DeviceID: `PCI\AB`, InstanceID: `0`, CompatibleIDs: make([]string, 1000)})
	child(io.Identity{DeviceID: "PCI\\A\x00B", InstanceID: `0`})
	DriverLoaded(bus.d)
	if n := len(Devices()); n != 3 || len(*said) != 10 {
		t.Errorf("%d nodes, %d lines: %q", n, len(*said), *said)
	}
	serial := newTestDriver(t, "serial")
	DriverLoaded(serial.d)
	if len(serial.started) != 1 || serial.started[0][0].Start != 0xC000 {
		t.Errorf("%v", serial.started)
	}
	if d := Devices()[2]; d.Depth != 2 || d.State != Started {
		t.Errorf("%+v", d)
	}
}

// TestChange (I2): when a bus says that its devices have changed, what is missing is told to its driver
// and taken out of the tree, with all below it, and can come again; what is new is started, if its driver is
// loaded. What was left out is told of once, and goes, too.
func TestChange(t *testing.T) {
	s, said := begin(t)
	s.database("*PNP0A03", "pci")
	s.database("USB#HUB", "hub")
	s.database("USB#DISK", "disk")
	s.database("USB#LATE", "late")
	if st := addLegacy([]Legacy{{"PNP0A03", "0", "bus", nil, -1, false}}, "ACPI", isaLine); !st.OK() {
		t.Fatal(st)
	}
	make := func(device, instance string) *io.Device {
		v, st := io.CreateDevice(manager, "", nt.FileDeviceUnknown, 0, 0)
		if !st.OK() {
			t.Fatal(st)
		}
		v.Extension = &legacyDevice{io.Identity{DeviceID: `USB\` + device, InstanceID: instance, CompatibleIDs: []string{`USB\` + device}}, []io.Resource{{Kind: io.PortResource, Start: 0xC000, Length: 8}}}
		v.Ready()
		return v
	}
	paths := func() string {
		var list []string
		for _, d := range Devices()[2:] {
			list = append(list, fmt.Sprintf("%d %s %v %d", d.Depth, d.Path, d.State, d.Problem))
		}
		return strings.Join(list, "; ")
	}
	check := func(what, want string) {
		t.Helper()
		if got := paths(); got != want {
			t.Errorf("%s: %q, not %q; %q", what, got, want, *said)
		}
	}
	bus, disk := newTestDriver(t, "pci"), newTestDriver(t, "disk")
	a := make("DISK", "1")
	bus.bus = []*io.Device{a}
	physical := root.child.physical
	Reenumerate(physical) // it is not started yet
	check("before the start", "")
	DriverLoaded(bus.d)
	DriverLoaded(disk.d)
	Missing()
	check("the start", `2 USB\DISK\1 started 0`)
	bad, late := make("A,B", "1"), make("LATE", "1")
	second := make("DISK", "1")
	bus.bus = []*io.Device{a, bad, late, second}
	Reenumerate(physical)
	Reenumerate(physical)
	check("more", `2 USB\DISK\1 started 0; 2 USB\LATE\1 found 39`)
	if len(*said) != 3 || len(disk.d.Devices()) != 1 {
		t.Errorf("%q", *said)
	}
	bus.bus = []*io.Device{late}
	Reenumerate(physical)
	check("pulled out", `2 USB\LATE\1 found 39`)
	if len(disk.d.Devices()) != 0 || disk.surprised != 1 || len(root.child.refused) != 0 {
		t.Errorf("%d devices of the driver are left, %d surprises", len(disk.d.Devices()), disk.surprised)
	}
	if p := s[strings.ToLower(enumPath+`\USB\DISK\1\Control`)]["problem"]; p != uint32(NotThere) {
		t.Errorf("problem %v", p)
	}
	for range 3 { // the resources of the old one are free
		bus.bus = []*io.Device{late, make("DISK", "1")}
		Reenumerate(physical)
		check("plugged in again", `2 USB\LATE\1 found 39; 2 USB\DISK\1 started 0`)
		bus.bus = bus.bus[:1]
		Reenumerate(physical)
	}
	hub := newTestDriver(t, "hub")
	hub.bus = []*io.Device{make("DISK", "2")}
	DriverLoaded(hub.d)
	bus.bus = []*io.Device{make("HUB", "1")}
	hub.bus[0].Extension.(*legacyDevice).resources = nil
	Reenumerate(physical)
	check("a bus below", `2 USB\HUB\1 started 0; 3 USB\DISK\2 started 0`)
	bus.bus = []*io.Device{}
	Reenumerate(physical)
	check("it is pulled out", "")
	if len(disk.d.Devices()) != 0 || len(hub.d.Devices()) != 0 {
		t.Errorf("devices are left")
	}
	Reenumerate(a) // nobody's any more
}
