package nt

import "unsafe"

// Classes of NtQuerySystemInformation that are this system's own lie from
// SystemPrivateFirst to SystemPrivateLast. Those up to 0x100F are structures
// (sysinfo.go, performance.go); the answers to those from SystemTableFirst on are
// tables: a TableHead, rows of one kind, the rows' texts.
const (
	SystemPrivateFirst      = 0x1000
	SystemTableFirst        = 0x1010
	SystemBootTraceClass    = 0x1010 // rows of BootStep
	SystemBootOptionsClass  = 0x1011 // rows of BootOption
	SystemControlClass      = 0x1012 // rows of ControlEntry
	SystemDriverListClass   = 0x1013 // rows of DriverEntry
	SystemDeviceTreeClass   = 0x1014 // rows of DeviceEntry, a device behind its parent
	SystemDeviceClaimsClass = 0x1015 // rows of DeviceClaim
	SystemInterruptClass    = 0x1016 // rows of InterruptEntry
	SystemDiskListClass     = 0x1017 // rows of DiskEntry
	SystemPartitionClass    = 0x1018 // rows of PartitionEntry
	SystemTableLast         = 0x101F
	SystemPrivateLast       = 0x10FF
)

// TableHead stands at the start of a table.
type TableHead struct {
	Rows    uint32
	RowSize uint32 // bytes; a reader skips what it does not know at a row's end
}

// Text is a string of a table: UTF-8, Length bytes from the table's byte Offset on.
type Text struct{ Offset, Length uint32 }

// BootStep is a record of the boot trace (K3).
type BootStep struct {
	ID        Text   // of SPEC's row
	Start     uint64 // microseconds since OSLDR's first instruction
	Duration  uint64 // microseconds
	Processor uint32
	Status    Status
}

// BootOption is an option that is in force, or what was wrong with another word of the
// line: then Problem is not empty, and the rest is.
type BootOption struct {
	Name, Value Text
	Note        Text // what the option does
	Problem     Text
	HasValue    uint32 // 1: "=" was there
	_           uint32
}

// ControlEntry is a row of the control vector (P0.7).
type ControlEntry struct {
	Name           Text // key and value below Control
	Value, Default Text
	Accepted, User Text   // which values are accepted, and who uses the setting
	Given          uint32 // 1: the registry has it, and it was accepted
	_              uint32
}

// DriverEntry is a driver of Services, in the order of the start.
type DriverEntry struct {
	Name, Group, Image Text
	Note               Text // what else there is to say of Result
	Tag                uint32
	Start              uint32 // 0 boot, 1 system, 2 automatic, 3 on demand, 4 disabled
	ErrorControl       uint32
	Result             Status
	HasTag             uint32
	Loaded             uint32 // 1: it runs
}

// DeviceEntry is a device of the tree (I2).
type DeviceEntry struct {
	Instance, Description, Driver Text
	State, Problem                Text   // how far it has come; why it does not work, empty: it does
	Parent                        uint32 // the parent's row; NoParent: none
	Status                        Status // of what has failed
}

// NoParent is the Parent of the tree's root.
const NoParent = ^uint32(0)

// Kinds of what a device claims (CM_RESOURCE_TYPE).
const (
	ClaimPort      = 1
	ClaimInterrupt = 2
	ClaimMemory    = 3
	ClaimDMA       = 4
	ClaimBusNumber = 6
)

// DeviceClaim is a resource that a device has.
type DeviceClaim struct {
	Device uint32 // the row of SystemDeviceTreeClass
	Kind   uint32 // Claim...
	Start  uint64
	Length uint64
	Flags  uint32
	_      uint32
}

// InterruptEntry is a source of interrupts.
type InterruptEntry struct {
	Owner     Text
	Kind      Text // "line", "message", "all"
	Count     uint64
	Served    uint64 // of them the owner's
	Line      uint32 // the global system interrupt; NoLine: none
	Vector    uint32
	Processor uint32
	Flags     uint32 // Interrupt...
}

// DiskEntry is a disk of the class driver, and what has happened to it.
type DiskEntry struct {
	Name                    Text
	Number, Partitions      uint32
	SectorSize, Dead        uint32 // bytes; 1: it does not answer
	Sectors                 uint64
	Reads, Writes, Flushes  uint64
	Errors, Retries, Resets uint64
	Driver                  Text // of the port that it is at
}

// PartitionEntry is a partition of a disk.
type PartitionEntry struct {
	Disk, Number    uint32 // \Device\HarddiskD\PartitionN
	Start, Sectors  uint64 // sectors of the disk
	Kind            Text   // what its table says that it is
	Device          Text   // \Device\HarddiskVolumeK
	Active, Logical uint32 // 1: it is started from; it lies in the extended partition
}

// NoLine is the Line of what does not come over a line.
const NoLine = ^uint32(0)

// Flags of an InterruptEntry.
const (
	InterruptLevel  = 1 << iota // else edge
	InterruptLow                // active low
	InterruptPolled             // it does not arrive; the driver asks the device
)

// TableBuilder makes a table of rows T.
type TableBuilder[T any] struct {
	rows []T
	text []byte
	most int
}

// NewTable begins a table that will have most rows.
func NewTable[T any](most int) *TableBuilder[T] {
	return &TableBuilder[T]{rows: make([]T, 0, most), most: most}
}

// Text puts a string into the table; rows beyond the most get no texts.
func (b *TableBuilder[T]) Text(s string) Text {
	var row T
	if len(b.rows) >= b.most || s == "" {
		return Text{}
	}
	at := int(unsafe.Sizeof(TableHead{})) + b.most*int(unsafe.Sizeof(row)) + len(b.text)
	b.text = append(b.text, s...)
	return Text{uint32(at), uint32(len(s))}
}

// Add appends a row; those beyond the most are left out.
func (b *TableBuilder[T]) Add(row T) {
	if len(b.rows) < b.most {
		b.rows = append(b.rows, row)
	}
}

// Bytes is the whole table.
func (b *TableBuilder[T]) Bytes() []byte {
	var row T
	size := int(unsafe.Sizeof(row))
	head := TableHead{uint32(len(b.rows)), uint32(size)}
	out := make([]byte, 0, int(unsafe.Sizeof(head))+b.most*size+len(b.text))
	out = append(out, unsafe.Slice((*byte)(unsafe.Pointer(&head)), unsafe.Sizeof(head))...)
	if len(b.rows) > 0 {
		out = append(out, unsafe.Slice((*byte)(unsafe.Pointer(&b.rows[0])), len(b.rows)*size)...)
	}
	out = append(out, make([]byte, (b.most-len(b.rows))*size)...) // texts have their places
	return append(out, b.text...)
}

// ReadTable returns the rows of a table, false where b is none.
func ReadTable[T any](b []byte) ([]T, bool) {
	var head TableHead
	var row T
	size := uint64(unsafe.Sizeof(row))
	if uint64(len(b)) < uint64(unsafe.Sizeof(head)) {
		return nil, false
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&head)), unsafe.Sizeof(head)), b)
	b = b[unsafe.Sizeof(head):]
	if uint64(head.RowSize) < size || uint64(head.Rows)*uint64(head.RowSize) > uint64(len(b)) {
		return nil, false
	}
	rows := make([]T, head.Rows)
	for i := range rows {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&rows[i])), size), b[uint64(i)*uint64(head.RowSize):])
	}
	return rows, true
}

// In returns the text in table, "" where it is not inside.
func (t Text) In(table []byte) string {
	if uint64(t.Offset)+uint64(t.Length) > uint64(len(table)) {
		return ""
	}
	return string(table[t.Offset:][:t.Length])
}
