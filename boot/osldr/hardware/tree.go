// Package hardware makes the tree of what a PC's firmware tells of the machine (SPEC B7),
// in the form that NT's loader gives it: processors, and adapters with their disks, serial
// ports and keyboard; the kernel makes HARDWARE\DESCRIPTION of it. What is known comes in
// Facts; nothing here touches the machine.
package hardware

import (
	"gont/arc"
	"gont/boot/osldr/lpb"
	"gont/boot/osldr/status"
)

// Facts are what OSLDR has asked for.
type Facts struct {
	Vendor      string // of the processor, CPUID leaf 0
	Signature   uint32 // CPUID leaf 1, EAX
	Processors  int    // that ACPI lists as enabled; 1 where it lists none
	Disks       []Disk
	SerialPorts [4]uint16 // ports, 0 for none (40:00h)
	Keyboard    bool
	Enhanced    bool  // 101 keys and more (40:96h)
	ShiftState  uint8 // 40:17h
	Pointer     bool  // a mouse at the keyboard's controller (INT 11h)
	Pci         Pci
	Acpi        []Table
	AcpiRoot    uint64 // physical address of the root pointer
	Video       bool
	VideoMode   uint16
	BiosDate    string
	SystemFlags uint16 // INT 11h: what is installed
}

// Disk is a drive of the BIOS.
type Disk struct {
	Drive     uint32 // 80h and up
	Signature uint32
	CheckSum  uint32
	Valid     bool // its first sector ends in 55AAh
	IsGpt     bool
	ID        [16]byte // of a GPT disk
	Sectors   uint64
	Cylinders uint32 // geometry of AH=08h
	Heads     uint16
	PerTrack  uint16
}

// Pci is what INT 1Ah AX=B101h says.
type Pci struct {
	Present      bool
	Major, Minor uint8 // BCD
	LastBus      uint8
	Mechanism    uint8
}

// FirstSector fills in what a disk's first sector tells.
func (d *Disk) FirstSector(sector []byte) {
	sum := uint32(0)
	for i := 0; i+4 <= len(sector); i += 4 {
		sum += word(sector[i:])
	}
	d.CheckSum = -sum
	d.Signature = word(sector[0x1B8:])
	d.Valid = sector[510] == 0x55 && sector[511] == 0xAA
}

// Protective reports whether the first sector says that the disk has a GPT (UEFI 2.10, 5.2.3).
func Protective(sector []byte) bool {
	for at := 446; at < 510; at += 16 {
		if sector[at+4] == 0xEE {
			return sector[510] == 0x55 && sector[511] == 0xAA
		}
	}
	return false
}

// GptHeader fills in what a GPT's header tells (UEFI 2.10, 5.3.2). The kernel checks its checksum.
func (d *Disk) GptHeader(sector []byte) {
	if string(sector[:8]) == "EFI PART" {
		d.IsGpt = true
		copy(d.ID[:], sector[56:])
	}
}

func word(b []byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// adapter is a MultifunctionAdapter.
func adapter(key int, name string, data []arc.PartialResource) *lpb.Component {
	return &lpb.Component{Class: arc.AdapterClass, Type: arc.MultiFunctionAdapter, Key: uint32(key), Identifier: name,
		Data: arc.AppendResources(nil, 0, 0, data)}
}

// specific is data of a device's own.
func specific(data ...byte) arc.PartialResource {
	return arc.PartialResource{Type: arc.ResourceDeviceSpecific, Data: data}
}

func le16(b []byte, v uint16) []byte { return append(b, byte(v), byte(v>>8)) }
func le32(b []byte, v uint32) []byte { return le16(le16(b, uint16(v)), uint16(v>>16)) }
func le64(b []byte, v uint64) []byte { return le32(le32(b, uint32(v)), uint32(v>>32)) }

// Tree makes the tree.
func (f *Facts) Tree() *lpb.Component {
	root := &lpb.Component{Class: arc.SystemClass, Type: arc.ArcSystem, Identifier: "AT/AT COMPATIBLE",
		Data: arc.AppendResources(nil, 0, 0, []arc.PartialResource{specific(f.drives()...)})}
	for i := range max(f.Processors, 1) {
		root.Children = append(root.Children, &lpb.Component{Class: arc.ProcessorClass, Type: arc.CentralProcessor, Key: uint32(i),
			Identifier: f.processor()})
	}
	for i := range max(f.Processors, 1) {
		root.Children = append(root.Children, &lpb.Component{Class: arc.ProcessorClass, Type: arc.FloatingPointProcessor, Key: uint32(i),
			Identifier: f.processor()})
	}
	n := 0
	if f.Pci.Present {
		root.Children = append(root.Children, adapter(n, "PCI", []arc.PartialResource{
			specific(f.Pci.Major, f.Pci.Minor, f.Pci.LastBus+1, f.Pci.Mechanism)})) // PCI_REGISTRY_BUS_INFO
		n++
	}
	if f.AcpiRoot != 0 {
		root.Children = append(root.Children, adapter(n, "ACPI BIOS", []arc.PartialResource{specific(f.acpi()...)}))
		n++
	}
	isa := adapter(n, "ISA", nil)
	isa.Children = f.devices()
	root.Children = append(root.Children, isa)
	return root
}

// processor is the name of the processor's kind as NT has it.
func (f *Facts) processor() string {
	name := "x86"
	switch f.Vendor {
	case "GenuineIntel":
		name = "Intel64"
	case "AuthenticAMD":
		name = "AMD64"
	}
	family, model := f.Signature>>8&15, f.Signature>>4&15
	if family == 15 || family == 6 { // SDM vol. 2A, CPUID; AMD64 manual 3, E.3.2
		model |= f.Signature >> 12 & 0xF0
	}
	if family == 15 {
		family += f.Signature >> 20 & 0xFF
	}
	return name + " Family " + status.Dec(uint64(family)) + " Model " + status.Dec(uint64(model)) + " Stepping " + status.Dec(uint64(f.Signature&15))
}

// drives are CM_INT13_DRIVE_PARAMETERs: drive, cylinders, sectors a track, heads, number
// of drives.
func (f *Facts) drives() (b []byte) {
	for i := range f.Disks {
		d := &f.Disks[i]
		b = le16(b, uint16(d.Drive))
		b = le32(b, max(d.Cylinders, 1)-1)
		b = le16(le16(le16(b, d.PerTrack), max(d.Heads, 1)-1), uint16(len(f.Disks)))
	}
	return b
}

// devices are what hangs on the ISA bus, as the BIOS tells it.
func (f *Facts) devices() (list []*lpb.Component) {
	if len(f.Disks) > 0 {
		c := &lpb.Component{Class: arc.ControllerClass, Type: arc.DiskController, Data: arc.AppendResources(nil, 0, 0, nil)}
		for i := range f.Disks {
			c.Children = append(c.Children, f.Disks[i].component(i))
		}
		list = append(list, c)
	}
	if f.Keyboard {
		kind, name := uint8(3), "PCAT_ENHANCED"
		if !f.Enhanced {
			kind, name = 4, "PCAT_84KEY"
		}
		list = append(list, &lpb.Component{Class: arc.ControllerClass, Type: arc.KeyboardController, Flags: arc.Input | arc.ConsoleIn,
			Data: arc.AppendResources(nil, 0, 0, []arc.PartialResource{
				{Type: arc.ResourceInterrupt, Share: 1, Flags: 1, Start: 1 | 1<<32},
				{Type: arc.ResourcePort, Share: 1, Flags: 1, Start: 0x60, Length: 1},
				{Type: arc.ResourcePort, Share: 1, Flags: 1, Start: 0x64, Length: 1}}),
			Children: []*lpb.Component{{Class: arc.PeripheralClass, Type: arc.KeyboardPeripheral, Flags: arc.Input | arc.ConsoleIn, Identifier: name,
				// CM_KEYBOARD_DEVICE_DATA
				Data: arc.AppendResources(nil, 0, 0, []arc.PartialResource{specific(0, 0, 0, 0, kind, 0, f.ShiftState, 0)})}}})
	}
	if f.Pointer {
		list = append(list, &lpb.Component{Class: arc.ControllerClass, Type: arc.PointerController, Flags: arc.Input,
			Data: arc.AppendResources(nil, 0, 0, []arc.PartialResource{{Type: arc.ResourceInterrupt, Share: 1, Flags: 1, Start: 12 | 12<<32}}),
			Children: []*lpb.Component{{Class: arc.PeripheralClass, Type: arc.PointerPeripheral, Flags: arc.Input, Identifier: "MICROSOFT PS2 MOUSE",
				Data: arc.AppendResources(nil, 0, 0, nil)}}})
	}
	for i, port := range f.SerialPorts {
		if port == 0 {
			continue
		}
		irq := uint64(4)
		if i&1 == 1 {
			irq = 3
		}
		list = append(list, &lpb.Component{Class: arc.ControllerClass, Type: arc.SerialController, Key: uint32(i),
			Flags: arc.Input | arc.Output | arc.ConsoleIn | arc.ConsoleOut, Identifier: "COM" + status.Dec(uint64(i+1)),
			Data: arc.AppendResources(nil, 0, 0, []arc.PartialResource{
				{Type: arc.ResourceInterrupt, Share: 1, Flags: 1, Start: irq | irq<<32},
				{Type: arc.ResourcePort, Share: 1, Flags: 1, Start: uint64(port), Length: 8},
				specific(le32([]byte{0, 0, 0, 0}, 1843200)...)})}) // CM_SERIAL_DEVICE_DATA
	}
	if f.Video {
		list = append(list, &lpb.Component{Class: arc.ControllerClass, Type: arc.DisplayController, Flags: arc.Output | arc.ConsoleOut,
			Identifier: "VGA Display", Data: arc.AppendResources(nil, 0, 0, []arc.PartialResource{
				{Type: arc.ResourcePort, Share: 3, Flags: 1, Start: 0x3B0, Length: 48},
				{Type: arc.ResourceMemory, Share: 3, Start: 0xA0000, Length: 0x20000}})})
	}
	return list
}

// component is a disk as NT names it: checksum, signature, and whether the partition
// table is one.
func (d *Disk) component(key int) *lpb.Component {
	kind := "X"
	if d.Valid {
		kind = "A"
	}
	b := le32([]byte{0, 0, 0, 0}, 512) // CM_DISK_GEOMETRY_DEVICE_DATA
	b = le32(le32(le32(b, d.Cylinders), uint32(d.PerTrack)), uint32(d.Heads))
	return &lpb.Component{Class: arc.PeripheralClass, Type: arc.DiskPeripheral, Key: uint32(key), Flags: arc.Input | arc.Output,
		Identifier: lower(status.Hex(uint64(d.CheckSum), 8)) + "-" + lower(status.Hex(uint64(d.Signature), 8)) + "-" + kind,
		Data:       arc.AppendResources(nil, 0, 0, []arc.PartialResource{specific(b...)})}
}

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'F' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// ArcDisks are the disks for ArcDiskInformation: the first one is rdisk(0).
func (f *Facts) ArcDisks() []lpb.Disk {
	list := make([]lpb.Disk, len(f.Disks))
	for i := range list {
		d := &f.Disks[i]
		list[i] = lpb.Disk{Name: "multi(0)disk(0)rdisk(" + status.Dec(uint64(i)) + ")", Signature: arc.ArcDiskSignature{
			Signature: d.Signature, CheckSum: d.CheckSum, BiosDrive: d.Drive, Sectors: d.Sectors,
			Cylinders: d.Cylinders, Heads: d.Heads, SectorsPerTrack: d.PerTrack}}
		if d.Valid {
			list[i].Signature.ValidPartitionTable = 1
		}
		if d.IsGpt {
			list[i].Signature.IsGpt, list[i].Signature.GptSignature = 1, d.ID
		}
	}
	return list
}
