// Package storage is what port drivers of disks and the disk class driver have between them
// (SPEC I10): the request that a port serves, what it says of a disk, and how the class driver
// hears of disks that come and go.
//
// A port driver makes a device for each disk, fills in a Port, and calls Arrived. The class
// driver sends the device requests of major function InternalDeviceControl, whose
// Argument is a *Request, and never more than one at a time with the same Request.
package storage

import (
	"slices"

	"gont/io"
	"gont/ke"
	"gont/mm"
	"gont/nt"
)

// Function is what a port is to do.
type Function uint8

// The functions.
const (
	// Read and Write move Count sectors from Sector on.
	Read Function = iota
	Write
	// Flush returns when all that was written is safe.
	Flush
	// Reset brings the disk to where it begins: what it still had to do is completed with
	// STATUS_REQUEST_ABORTED, and when Reset has succeeded, the disk does not touch the
	// buffers of any earlier request.
	Reset
)

// Request is what a port is to do. The port completes its IRP with the number of bytes that
// were moved, all or none, or
//
//	STATUS_DEVICE_BUSY            it is to be tried again after a while
//	STATUS_DEVICE_NOT_CONNECTED   the disk is gone
//	STATUS_MEDIA_WRITE_PROTECTED, STATUS_NONEXISTENT_SECTOR, STATUS_INVALID_PARAMETER,
//	STATUS_INVALID_DEVICE_REQUEST no other try makes sense
//
// and any other error for what may go better at another try.
type Request struct {
	Function  Function
	ForceUnit bool // a write is to be safe when it is completed; only where the Port says so
	Sector    uint64
	Count     uint32
	Buffer    Buffer
	Offset    int // of the first byte in Buffer
}

// Buffer is where data come from or go to; *mm.Mdl is one.
type Buffer interface {
	Len() int
	// Piece returns the bytes from offset on that lie in one piece.
	Piece(offset int) []byte
}

var _ Buffer = (*mm.Mdl)(nil)

// Bytes is a buffer of the kernel's.
type Bytes []byte

// Len is the number of bytes.
func (b Bytes) Len() int { return len(b) }

// Piece returns the bytes from offset on.
func (b Bytes) Piece(offset int) []byte { return b[min(offset, len(b)):] }

// Port is a disk as its port driver knows it. Nothing in it changes after Arrived.
type Port struct {
	Device     *io.Device
	Name       string // for people: "RAM disk", a model's name
	Sectors    uint64
	SectorSize uint32 // bytes that one request moves at least: 512 to 4096
	Physical   uint32 // bytes that the disk writes at once; a multiple
	// MaximumSectors is what one request may move; 0: no limit.
	MaximumSectors uint32
	// Requests is how many the disk has at a time; 0: one.
	Requests   int
	WriteCache bool // what was written is safe after a Flush only
	ForceUnit  bool // it knows ForceUnit
	ReadOnly   bool
	// Timeout of a request in 100 ns; 0: ten seconds.
	Timeout uint64
}

// known are the disks that there are, and who wants to hear of them.
var known struct {
	lock    ke.FastMutex
	ports   []*Port
	arrived func(*Port)
	gone    func(*Port)
}

// Arrived tells the class driver of a disk. PASSIVE_LEVEL; the port must be able to serve
// requests.
func Arrived(p *Port) {
	known.lock.Lock()
	known.ports = append(known.ports, p)
	f := known.arrived
	known.lock.Unlock()
	if f != nil {
		f(p)
	}
}

// Gone tells the class driver that a disk is not there any more. When it returns, no request
// comes any more. PASSIVE_LEVEL.
func Gone(p *Port) {
	known.lock.Lock()
	i := slices.Index(known.ports, p)
	if i >= 0 {
		known.ports = slices.Delete(known.ports, i, i+1)
	}
	f := known.gone
	known.lock.Unlock()
	if f != nil && i >= 0 {
		f(p)
	}
}

// Subscribe is the class driver's: arrived is called for the disks that there are and that
// come, gone for those that go. nil, nil ends it. PASSIVE_LEVEL.
func Subscribe(arrived, gone func(*Port)) {
	known.lock.Lock()
	known.arrived, known.gone = arrived, gone
	list := slices.Clone(known.ports)
	known.lock.Unlock()
	if arrived != nil {
		for _, p := range list {
			arrived(p)
		}
	}
}

// Send gives a request to a device and waits for its end: at least one sector at offset bytes,
// for io.Read and io.Write, or io.FlushBuffers. PASSIVE_LEVEL or APC_LEVEL.
func Send(d *io.Device, major uint8, buffer Bytes, offset int64) nt.Status {
	irp := io.AllocateIrp(d.StackSize)
	l := irp.NextLocation()
	l.Major, l.Length, l.ByteOffset, l.Argument = major, uint32(len(buffer)), offset, buffer
	return io.Synchronously(d, irp)
}

// Disk makes of a device what fs/fat and fs/partition read and write.
type Disk struct {
	Device *io.Device
	Size   uint32 // of a sector
	Count  uint64 // sectors
}

// SectorSize is the size of a sector.
func (d *Disk) SectorSize() int { return int(d.Size) }

// Sectors is how many there are.
func (d *Disk) Sectors() uint64 { return d.Count }

// ReadAt fills p from sector on.
func (d *Disk) ReadAt(p []byte, sector uint64) error {
	return Send(d.Device, io.Read, p, int64(sector)*int64(d.Size)).Err()
}

// WriteAt writes p.
func (d *Disk) WriteAt(p []byte, sector uint64) error {
	return Send(d.Device, io.Write, p, int64(sector)*int64(d.Size)).Err()
}

// Flush returns when all is safe.
func (d *Disk) Flush() error { return Send(d.Device, io.FlushBuffers, nil, 0).Err() }
