package cm

import (
	"fmt"

	"gont/arc"
	"gont/cm/regf"
	"gont/nt"
)

// hardwareKey is where all that follows is; its keys are volatile.
const hardwareKey = `\Registry\Machine\HARDWARE`

// Processor is what HARDWARE\DESCRIPTION\System\CentralProcessor\N says of a processor.
type Processor struct {
	Identifier       string // "AMD64 Family 15 Model 6 Stepping 1"
	VendorIdentifier string // "AuthenticAMD"
	Name             string // ProcessorNameString: the brand
	MHz              uint32 // 0: unknown
	FeatureSet       uint32
	Revision         uint64 // of its microcode; 0: unknown
}

// Machine is what HARDWARE\DESCRIPTION\System says of the machine as a whole. Empty fields are
// left out.
type Machine struct {
	Identifier     string // "AT/AT COMPATIBLE"
	SystemBiosDate string // "04/01/14"
	Firmware       Firmware
	Processors     []Processor
}

// SetMachine writes DESCRIPTION\System with a key for each processor and its floating-point
// unit, and makes the keys DEVICEMAP and RESOURCEMAP, which drivers fill (CmpInitializeHardware
// Configuration's and CmpInitializeMachineDependentConfiguration's part, SPEC P1.22).
func SetMachine(m Machine) nt.Status {
	for _, name := range []string{"DEVICEMAP", "RESOURCEMAP"} {
		k, s := CreateKey(hardwareKey+`\`+name, true)
		if !s.OK() {
			return s
		}
		k.Close()
	}
	system, s := CreateKey(hardwareKey+`\DESCRIPTION\System`, true)
	if !s.OK() {
		return s
	}
	defer system.Close()
	w := writer{key: system}
	w.text("Identifier", m.Identifier)
	w.text("SystemBiosDate", m.SystemBiosDate)
	f := &m.Firmware
	if f.Version != "" {
		w.texts("SystemBiosVersion", []string{f.Version})
	}
	if *f != (Firmware{}) {
		bios := w.sub("BIOS")
		for _, v := range [][2]string{{"BIOSVendor", f.Vendor}, {"BIOSVersion", f.Version}, {"BIOSReleaseDate", f.Date}, {"SystemManufacturer", f.Manufacturer},
			{"SystemProductName", f.Product}, {"SystemVersion", f.ProductVersion}} {
			bios.text(v[0], v[1])
		}
		bios.done(&w)
	}
	for i, p := range m.Processors {
		cpu := w.sub(fmt.Sprintf(`CentralProcessor\%d`, i))
		cpu.component()
		cpu.text("Identifier", p.Identifier)
		cpu.text("VendorIdentifier", p.VendorIdentifier)
		cpu.text("ProcessorNameString", p.Name)
		cpu.number("~MHz", p.MHz)
		cpu.number("FeatureSet", p.FeatureSet)
		if p.Revision != 0 {
			cpu.set("Update Revision", regf.Binary, append(Uint32Data(uint32(p.Revision)), Uint32Data(uint32(p.Revision>>32))...))
		}
		cpu.done(&w)
		fpu := w.sub(fmt.Sprintf(`FloatingPointProcessor\%d`, i))
		fpu.component()
		fpu.text("Identifier", p.Identifier)
		fpu.done(&w)
	}
	return w.s
}

// writer sets values until one fails.
type writer struct {
	key *Key
	s   nt.Status
}

func (w *writer) set(name string, typ uint32, data []byte) {
	if w.s.OK() {
		w.s = w.key.SetValue(name, typ, data)
	}
}

func (w *writer) text(name, text string) {
	if text != "" {
		w.set(name, regf.String, TextData(text))
	}
}

func (w *writer) texts(name string, list []string) {
	if len(list) > 0 {
		w.set(name, regf.MultiString, MultiTextData(list))
	}
}

func (w *writer) number(name string, v uint32) {
	if v != 0 {
		w.set(name, regf.Dword, Uint32Data(v))
	}
}

// component sets what every component of the hardware tree has: its flags, and an empty
// CM_FULL_RESOURCE_DESCRIPTOR.
func (w *writer) component() {
	w.set("Component Information", regf.Binary, make([]byte, 16))
	w.set("Configuration Data", regf.FullResource, emptyResources)
}

// emptyResources: interface type -1, bus 0, a list of version 0 with no resources.
var emptyResources = []byte{0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

func (w *writer) sub(path string) *writer {
	sub := &writer{s: w.s}
	if sub.s.OK() {
		sub.key, sub.s = w.key.Create(path, true)
	}
	return sub
}

// done closes a subkey's writer and hands its status on.
func (w *writer) done(to *writer) {
	if w.key != nil {
		w.key.Close()
	}
	to.s = w.s
}

// SetComponents writes what is below the root of the loader's hardware tree to
// DESCRIPTION\System, a key a component: TYPE\N (CmpInitializeRegistryNode).
func SetComponents(root *arc.Component) nt.Status {
	system, s := CreateKey(hardwareKey+`\DESCRIPTION\System`, true)
	if !s.OK() {
		return s
	}
	defer system.Close()
	w := writer{key: system}
	w.text("Identifier", root.Identifier)
	if !w.s.OK() {
		return w.s
	}
	return system.components(root.Children, noInterface, 0)
}

// mostLevels is how deep a hardware tree may be.
const mostLevels = 16

// noInterface is INTERFACE_TYPE's InterfaceTypeUndefined.
const noInterface = 0xFFFFFFFF

// interfaces are INTERFACE_TYPE by the identifier of a bus.
var interfaces = map[string]uint32{"ISA": 1, "EISA": 2, "PCI": 5, "PNP BIOS": 14, "ACPI BIOS": 17}

// components writes components below a key; bus is the INTERFACE_TYPE of what they are on.
func (k *Key) components(list []*arc.Component, bus uint32, level int) nt.Status {
	if level > mostLevels {
		return nt.StatusInvalidParameter
	}
	for _, c := range list {
		if c.Type == arc.ArcSystem || c.Type >= arc.MaximumType {
			continue
		}
		sub, s := k.Create(fmt.Sprintf(`%v\%d`, c.Type, c.Key), true)
		if !s.OK() {
			return s
		}
		on := bus
		if t, ok := interfaces[c.Identifier]; ok {
			on = t
		}
		w := writer{key: sub}
		info := append(Uint32Data(uint32(c.Flags)), byte(c.Version), byte(c.Version>>8), byte(c.Revision), byte(c.Revision>>8))
		w.set("Component Information", regf.Binary, append(append(info, Uint32Data(c.Key)...), Uint32Data(c.AffinityMask)...))
		data := append(Uint32Data(on), Uint32Data(0)...)
		if c.Data != nil {
			data = append(data, c.Data...)
		} else {
			data = append(data, make([]byte, 8)...)
		}
		w.set("Configuration Data", regf.FullResource, data)
		w.text("Identifier", c.Identifier)
		if w.s.OK() {
			w.s = sub.components(c.Children, on, level+1)
		}
		sub.Close()
		if !w.s.OK() {
			return w.s
		}
	}
	return nt.StatusSuccess
}
