package io

import (
	"sync/atomic"

	"gont/ex"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// Major functions (IRP_MJ_...).
const (
	Create                       = 0x00
	Close                        = 0x02
	Read                         = 0x03
	Write                        = 0x04
	QueryInformation             = 0x05
	SetInformation               = 0x06
	FlushBuffers                 = 0x09
	QueryVolumeInformation       = 0x0A
	SetVolumeInformation         = 0x0B
	DirectoryControl             = 0x0C
	FileSystemControl            = 0x0D
	DeviceControl                = 0x0E
	InternalDeviceControl        = 0x0F
	Shutdown                     = 0x10
	LockControl                  = 0x11
	Cleanup                      = 0x12
	QuerySecurity                = 0x14
	SetSecurity                  = 0x15
	Power                        = 0x16
	SystemControl                = 0x17
	DeviceChange                 = 0x18
	QueryQuota                   = 0x19
	SetQuota                     = 0x1A
	Pnp                          = 0x1B
	MaximumFunction              = 0x1B
	maximumStack                 = 16 // devices that may lie on each other
	inlineStack                  = 3  // of them, that an IRP has room for in itself
	inlineBuffer                 = 64 // bytes of a system buffer likewise
	pendingReturned        uint8 = 1  // control bits of a stack location
	onSuccess              uint8 = 2
	onError                uint8 = 4
	onCancel               uint8 = 8
)

// IoStatus is how a request ended, IO_STATUS_BLOCK's content: Information is mostly how
// many bytes were moved.
type IoStatus struct {
	Status      nt.Status
	Information uint64
}

// Parameters are what a stack location says about the request; which fields count, the
// major function says.
type Parameters struct {
	// Read, Write: Length bytes at ByteOffset. DeviceControl, FileSystemControl,
	// InternalDeviceControl: Length is the output buffer's, InputLength the input
	// buffer's. QueryInformation and the like: Length is the buffer's, Code the class.
	Length, InputLength uint32
	Code                uint32
	Key                 uint32
	ByteOffset          int64
	// Type3InputBuffer is METHOD_NEITHER's input, at the program's address.
	Type3InputBuffer uint64

	// Create; ByteOffset is how many bytes a new file is to have room for.
	DesiredAccess  nt.AccessMask
	Disposition    uint32
	Options        uint32
	FileAttributes uint32
	ShareAccess    uint32

	// Argument is what requests between drivers carry (Pnp, Power,
	// InternalDeviceControl).
	Argument any
}

// CompletionRoutine is called when the drivers below have completed a request, with the
// device and the context of who has set it. With STATUS_MORE_PROCESSING_REQUIRED the
// request is its own again, and completes only when it calls CompleteRequest once more.
// IRQL: DISPATCH_LEVEL or below.
type CompletionRoutine func(d *Device, irp *IRP, context any) nt.Status

// CancelRoutine completes a request that is cancelled, with STATUS_CANCELLED, after it
// has taken it out of where the driver keeps it. It is called once at most, by
// CancelIrp, without locks, and not after the driver has taken it back. IRQL:
// DISPATCH_LEVEL or below.
type CancelRoutine func(d *Device, irp *IRP)

// StackLocation is IO_STACK_LOCATION: the request as one driver of the stack sees it.
type StackLocation struct {
	Major, Minor uint8
	Flags        uint8 // SL_...
	control      uint8
	Parameters
	Device *Device
	File   *File

	completion CompletionRoutine
	context    any
}

// IRP is a request. A driver may change IoStatus and what it passes on, and owns the
// request from when its dispatch routine is called until it completes it or passes it
// on.
type IRP struct {
	IoStatus IoStatus
	// Mode is ke.UserMode for a request of a program: nothing in it is to be believed.
	Mode ke.Mode
	// PendingReturned says in a completion routine that the driver below has marked
	// the request pending; who does not return
	// STATUS_MORE_PROCESSING_REQUIRED does then, too: MarkPending.
	PendingReturned bool
	// PagingIo says that the memory manager or the page cache moves pages of a file, in whole
	// sectors: the file does not become longer, and byte ranges that are locked do not count.
	// NoCache says that the cache is not asked, which is so for all requests until there is one.
	// Both are of requests that the kernel makes.
	PagingIo, NoCache bool

	// SystemBuffer holds input and then output of METHOD_BUFFERED control codes and of
	// devices with BufferedIo; also the input of METHOD_IN_DIRECT and OUT_DIRECT.
	SystemBuffer []byte
	// Mdl is the program's own buffer, held in memory: the output buffer of
	// METHOD_IN_DIRECT and OUT_DIRECT, the buffer of devices with DirectIo.
	Mdl *mm.Mdl
	// UserBuffer is the buffer at the program's address: all that METHOD_NEITHER and
	// devices with neither kind have. It is good in the thread that made the request,
	// and there by ps.CopyFrom and CopyTo alone.
	UserBuffer uint64

	Thread *ps.Thread // that made the request, nil for a driver's own
	File   *File

	// For who owns the request.
	DriverContext [4]any
	Next          *IRP // in a queue of the owner's
	prev          *IRP
	queue         *CancelQueue
	cancellable   bool // waits in a device queue with a cancel routine; the queue's lock

	cancelled     atomic.Bool
	lock          ke.SpinLock // cancelRoutine, Thread when it is given up
	cancelRoutine CancelRoutine

	master     *IRP // that this one is a part of
	associated atomic.Int32

	// How it is given back.
	flags      irpFlags
	iosb       uint64 // the program's status block
	user       uint64 // where output goes
	outLength  uint32
	event      *ob.Object // the program's
	apcRoutine uint64
	apcContext uint64
	packet     *ex.Completion
	back       *ke.Event // Synchronously's, nil: it has not sent the request yet

	// Of the thread, which alone looks at them: the request is in its list, has come back.
	listed, finished       bool
	threadNext, threadPrev *IRP
	apc                    ke.Apc
	onApc                  func(*ke.Apc)
	orphan                 *ex.WorkItem

	stack   []StackLocation
	count   int8
	current int8
	inline  [inlineStack]StackLocation
	small   [inlineBuffer]byte
}

type irpFlags uint16

const (
	deferred    irpFlags = 1 << iota // completed at once, its issuer finishes it
	inputFlag                        // output goes to the program
	pooled                           // SystemBuffer is a pool block
	completed                        // CompleteRequest has let it go
	synchronous                      // on a file of which one request is made at a time
	resetDue                         // the file may still be signalled by the request before
	awaited                          // Synchronously has sent it
)

// irpTag marks system buffers in the pool.
var irpTag = mm.Tag{'I', 'o', 'S', 'b'}

// IsOperationSynchronous is IoIsOperationSynchronous: the driver may keep the caller of its dispatch routine waiting
// until the request has ended, for the file is synchronous, or the request's maker waits for it, or pages of a file are moved.
func IsOperationSynchronous(irp *IRP) bool {
	return irp.File == nil || irp.File.synchronous || irp.flags&awaited != 0 || irp.PagingIo
}

// AllocateIrp is IoAllocateIrp: a request of a driver's own with room for stackSize
// drivers. Its maker sets a completion routine that returns
// STATUS_MORE_PROCESSING_REQUIRED, or gives it a master. PASSIVE_LEVEL or APC_LEVEL:
// it allocates.
func AllocateIrp(stackSize int) *IRP {
	irp := new(IRP)
	irp.onApc = func(*ke.Apc) {
		t := ps.Current() // the request may have been taken from it meanwhile
		irp.finish(ioOf(t), t, true)
	}
	irp.initialize(stackSize)
	return irp
}

// initialize makes irp, which has been used or not, a new one.
func (irp *IRP) initialize(stackSize int) {
	if stackSize < 1 || stackSize > maximumStack {
		panic("io: a device stack of impossible height")
	}
	irp.stack = irp.inline[:]
	if stackSize > inlineStack {
		irp.stack = make([]StackLocation, stackSize)
	}
	irp.count, irp.current = int8(stackSize), int8(stackSize)
}

// Reuse is IoReuseIrp: a request of a driver's own begins again, with a status. It must
// have come back to its maker. DISPATCH_LEVEL or below.
func (irp *IRP) Reuse(s nt.Status) {
	for i := range irp.count {
		irp.stack[i] = StackLocation{}
	}
	irp.current = irp.count
	irp.IoStatus = IoStatus{Status: s}
	irp.PendingReturned, irp.flags, irp.cancelRoutine = false, 0, nil
	irp.cancelled.Store(false)
	irp.DriverContext = [4]any{}
}

// Location is IoGetCurrentIrpStackLocation.
func (irp *IRP) Location() *StackLocation { return &irp.stack[irp.current] }

// NextLocation is IoGetNextIrpStackLocation: that of the driver that CallDriver will
// call.
func (irp *IRP) NextLocation() *StackLocation {
	if irp.current <= 0 {
		panic("io: no IRP stack location is left")
	}
	return &irp.stack[irp.current-1]
}

// CopyLocationToNext is IoCopyCurrentIrpStackLocationToNext: the driver below sees the
// same request; a completion routine can be set.
func (irp *IRP) CopyLocationToNext() {
	n := irp.NextLocation()
	*n = *irp.Location()
	n.completion, n.context, n.control = nil, nil, 0
}

// SkipLocation is IoSkipCurrentIrpStackLocation: the driver below gets this driver's own
// location; it cannot set a completion routine.
func (irp *IRP) SkipLocation() { irp.current++ }

// SetCompletionRoutine is IoSetCompletionRoutine: routine is called when the driver
// below has completed the request, and it ended in one of the ways that are true.
func (irp *IRP) SetCompletionRoutine(routine CompletionRoutine, context any, success, failure, cancel bool) {
	n := irp.NextLocation()
	n.completion, n.context, n.control = routine, context, 0
	if success {
		n.control |= onSuccess
	}
	if failure {
		n.control |= onError
	}
	if cancel {
		n.control |= onCancel
	}
}

// MarkPending is IoMarkIrpPending: the driver will complete the request later, and its
// dispatch routine returns STATUS_PENDING, whatever happens to the request meanwhile.
func MarkPending(irp *IRP) {
	irp.Location().control |= pendingReturned
	if irp.flags&resetDue != 0 {
		irp.resetFile()
	}
}

// resetFile makes the request's file not signalled, as it is until the request has ended.
// A request that ends at once leaves it alone, since nobody could see that.
func (irp *IRP) resetFile() {
	irp.flags &^= resetDue
	f := irp.File
	f.signalled = false
	f.Event.Reset()
}
