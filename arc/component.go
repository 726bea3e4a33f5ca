package arc

// ConfigurationComponentData is a node of the hardware tree (SPEC B7, NT's
// CONFIGURATION_COMPONENT_DATA). The kernel makes HARDWARE\DESCRIPTION of it.
type ConfigurationComponentData struct {
	Parent, Child, Sibling uint64 // ConfigurationComponentData, 0 for none
	ComponentEntry         ConfigurationComponent
	// ConfigurationData is ComponentEntry.ConfigurationDataLength bytes: a
	// CM_PARTIAL_RESOURCE_LIST in NT's x64 layout (AppendResources), 0 for none.
	ConfigurationData uint64
}

// ConfigurationComponent is NT's CONFIGURATION_COMPONENT.
type ConfigurationComponent struct {
	Class                   ConfigurationClass
	Type                    ConfigurationType
	Flags                   ComponentFlags
	Version, Revision       uint16
	Key                     uint32 // number of the component among those of its type below its parent
	AffinityMask            uint32
	ConfigurationDataLength uint32
	IdentifierLength        uint32 // with its NUL
	Identifier              uint64 // a string, 0 for none
}

// ConfigurationClass is CONFIGURATION_CLASS.
type ConfigurationClass uint32

// The values are NT's.
const (
	SystemClass ConfigurationClass = iota
	ProcessorClass
	CacheClass
	AdapterClass
	ControllerClass
	PeripheralClass
	MemoryClass
)

// ConfigurationType is CONFIGURATION_TYPE.
type ConfigurationType uint32

// The values are NT's.
const (
	ArcSystem ConfigurationType = iota
	CentralProcessor
	FloatingPointProcessor
	PrimaryIcache
	PrimaryDcache
	SecondaryIcache
	SecondaryDcache
	SecondaryCache
	EisaAdapter
	TcAdapter
	ScsiAdapter
	DtiAdapter
	MultiFunctionAdapter
	DiskController
	TapeController
	CdromController
	WormController
	SerialController
	NetworkController
	DisplayController
	ParallelController
	PointerController
	KeyboardController
	AudioController
	OtherController
	DiskPeripheral
	FloppyDiskPeripheral
	TapePeripheral
	ModemPeripheral
	MonitorPeripheral
	PrinterPeripheral
	PointerPeripheral
	KeyboardPeripheral
	TerminalPeripheral
	OtherPeripheral
	LinePeripheral
	NetworkPeripheral
	SystemMemory
	DockingInformation
	RealModeIrqRoutingTable
	RealModePCIEnumeration
	MaximumType
)

// typeNames are the names of keys below HARDWARE\DESCRIPTION.
var typeNames = [MaximumType]string{
	"System", "CentralProcessor", "FloatingPointProcessor", "PrimaryICache", "PrimaryDCache", "SecondaryICache",
	"SecondaryDCache", "SecondaryCache", "EisaAdapter", "TcAdapter", "ScsiAdapter", "DtiAdapter", "MultifunctionAdapter",
	"DiskController", "TapeController", "CdRomController", "WormController", "SerialController", "NetworkController",
	"DisplayController", "ParallelController", "PointerController", "KeyboardController", "AudioController",
	"OtherController", "DiskPeripheral", "FloppyDiskPeripheral", "TapePeripheral", "ModemPeripheral", "MonitorPeripheral",
	"PrinterPeripheral", "PointerPeripheral", "KeyboardPeripheral", "TerminalPeripheral", "OtherPeripheral",
	"LinePeripheral", "NetworkPeripheral", "SystemMemory", "DockingInformation", "RealModeIrqRoutingTable",
	"RealModePCIEnumeration",
}

// String is the name of the key that components of the type have below their
// parent's.
func (t ConfigurationType) String() string {
	if t < MaximumType {
		return typeNames[t]
	}
	return "Unknown"
}

// ComponentFlags are IDENTIFIER_FLAG values.
type ComponentFlags uint32

// The values are NT's.
const (
	Failed     ComponentFlags = 1 << iota
	ReadOnly                  // of a medium
	Removable                 // of a medium
	ConsoleIn                 // may be the console
	ConsoleOut                // may be the console
	Input
	Output
)

// Resource types of CM_PARTIAL_RESOURCE_DESCRIPTOR.
const (
	ResourcePort           = 1
	ResourceInterrupt      = 2
	ResourceMemory         = 3
	ResourceDma            = 4
	ResourceDeviceSpecific = 5
)

// PartialResource is a CM_PARTIAL_RESOURCE_DESCRIPTOR as Go has it.
type PartialResource struct {
	Type  uint8
	Share uint8 // 1 the device alone, 3 shared
	Flags uint16
	// Port and memory: Start and Length. Interrupt: Level, Vector in Start's low
	// and high half. Device-specific: Data.
	Start  uint64
	Length uint32
	Data   []byte
}

// The layout of NT's CM_PARTIAL_RESOURCE_LIST on x64: version 0 and revision 0 in
// 16 bits each, the number of descriptors in 32, then descriptors of 20 bytes; the
// data of a device-specific one follow the last descriptor.
const (
	resourceHeader     = 8
	resourceDescriptor = 20
)

// AppendResources appends a CM_PARTIAL_RESOURCE_LIST to b.
func AppendResources(b []byte, version, revision uint16, list []PartialResource) []byte {
	b = append(b, byte(version), byte(version>>8), byte(revision), byte(revision>>8))
	b = append32(b, uint32(len(list)))
	var tail []byte
	for i := range list {
		r := &list[i]
		b = append(b, r.Type, r.Share, byte(r.Flags), byte(r.Flags>>8))
		switch r.Type {
		case ResourceInterrupt:
			b = append32(b, uint32(r.Start))
			b = append32(b, uint32(r.Start>>32))
			b = append32(append32(b, 0xFFFFFFFF), 0xFFFFFFFF) // every processor
		case ResourceDeviceSpecific:
			b = append32(b, uint32(len(r.Data)))
			b = append32(append32(append32(b, 0), 0), 0)
			tail = append(tail, r.Data...)
		default:
			b = append32(append32(b, uint32(r.Start)), uint32(r.Start>>32))
			b = append32(append32(b, r.Length), 0)
		}
	}
	return append(b, tail...)
}

// Resources reads a CM_PARTIAL_RESOURCE_LIST. What the list promises and b does not
// hold is left out, and ok is false.
func Resources(b []byte) (list []PartialResource, ok bool) {
	if len(b) < resourceHeader {
		return nil, false
	}
	n := int(get32(b[4:]))
	rest := b[resourceHeader:]
	if n < 0 || n > len(rest)/resourceDescriptor {
		n, ok = len(rest)/resourceDescriptor, true
	}
	cut := ok
	tail := rest[n*resourceDescriptor:]
	for i := range n {
		d := rest[i*resourceDescriptor:]
		r := PartialResource{Type: d[0], Share: d[1], Flags: uint16(d[2]) | uint16(d[3])<<8}
		switch r.Type {
		case ResourceDeviceSpecific:
			size := get32(d[4:])
			if uint64(size) > uint64(len(tail)) {
				size, cut = uint32(len(tail)), true
			}
			r.Data, tail = tail[:size:size], tail[size:]
		default:
			r.Start = uint64(get32(d[4:])) | uint64(get32(d[8:]))<<32
			if r.Type != ResourceInterrupt {
				r.Length = get32(d[12:])
			}
		}
		list = append(list, r)
	}
	return list, !cut
}

func append32(b []byte, v uint32) []byte {
	return append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
}

func get32(b []byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}
