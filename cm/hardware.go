package cm

import (
	"fmt"

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
	Identifier       string // "AT/AT COMPATIBLE"
	SystemBiosDate   string // "04/01/14"
	SystemBiosVendor string
	VideoBiosDate    string
	SystemVersions   []string // SystemBiosVersion
	VideoVersions    []string
	Processors       []Processor
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
	w.text("VideoBiosDate", m.VideoBiosDate)
	w.texts("SystemBiosVersion", m.SystemVersions)
	w.texts("VideoBiosVersion", m.VideoVersions)
	if m.SystemBiosVendor != "" {
		bios := w.sub("BIOS")
		bios.text("BIOSVendor", m.SystemBiosVendor)
		bios.text("BIOSReleaseDate", m.SystemBiosDate)
		if len(m.SystemVersions) > 0 {
			bios.text("BIOSVersion", m.SystemVersions[0])
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

// Component is one of the loader's hardware tree (CONFIGURATION_COMPONENT_DATA).
type Component struct {
	// Type is the name of its kind, as "DiskController"; Root's children are the system's.
	Type string
	// Key is its number among those of one kind and parent.
	Key        uint32
	Identifier string
	Flags      uint32
	Version    uint32
	Affinity   uint64
	// Data is its CM_FULL_RESOURCE_DESCRIPTOR's body: a CM_PARTIAL_RESOURCE_LIST; nil: none.
	Data     []byte
	Bus      uint32
	Children []Component
}

// SetComponents writes the loader's hardware tree below DESCRIPTION\System, a key a component:
// TYPE\N (CmpInitializeRegistryNode).
func SetComponents(list []Component) nt.Status {
	system, s := CreateKey(hardwareKey+`\DESCRIPTION\System`, true)
	if !s.OK() {
		return s
	}
	defer system.Close()
	return system.components(list, 0)
}

// mostLevels is how deep a hardware tree may be.
const mostLevels = 16

func (k *Key) components(list []Component, level int) nt.Status {
	if level > mostLevels {
		return nt.StatusInvalidParameter
	}
	for i := range list {
		c := &list[i]
		sub, s := k.Create(fmt.Sprintf(`%s\%d`, c.Type, c.Key), true)
		if !s.OK() {
			return s
		}
		w := writer{key: sub}
		info := append(append(Uint32Data(c.Flags), Uint32Data(c.Version)...), Uint32Data(c.Key)...)
		w.set("Component Information", regf.Binary, append(info, Uint32Data(uint32(c.Affinity))...))
		data := emptyResources
		if c.Data != nil {
			data = append(append(Uint32Data(0xFFFFFFFF), Uint32Data(c.Bus)...), c.Data...)
		}
		w.set("Configuration Data", regf.FullResource, data)
		w.text("Identifier", c.Identifier)
		if w.s.OK() {
			w.s = sub.components(c.Children, level+1)
		}
		sub.Close()
		if !w.s.OK() {
			return w.s
		}
	}
	return nt.StatusSuccess
}
