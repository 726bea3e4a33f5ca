package storport

import (
	"errors"

	"gont/io"
	"gont/io/storage"
	"gont/nt"
)

// Errors of a Controller's Start and Reset.
var (
	// ErrGone: the controller or the disk is not there any more.
	ErrGone = errors.New("it is not there any more")
	// ErrNoAnswer: it does not do in time what it should.
	ErrNoAnswer = errors.New("it does not answer")
	// ErrNoMemory: there is no memory for its commands.
	ErrNoMemory = errors.New("there is no memory for its commands")
)

// Controller is what a port driver knows of its device.
type Controller interface {
	// Start brings the controller up and returns its disks. messages is how many messages
	// the device may send, 0 when it pulls its line. PASSIVE_LEVEL; it may Wait.
	Start(messages int) ([]*Unit, error)
	// Interrupt acknowledges an interrupt and reports whether it was this device's. It is
	// called at DISPATCH_LEVEL with the interrupt's lock held, not Adapter.lock, perhaps
	// before Start and when the device is gone: it looks at registers alone.
	Interrupt(message int) bool
	// Poll looks for what the device has done and calls Done for each task that is at its
	// end. DISPATCH_LEVEL, Adapter.lock is held.
	Poll()
	// Begin gives the device a task: STATUS_PENDING, and Done is called later, or the error
	// with which it ends at once. DISPATCH_LEVEL, Adapter.lock is held.
	Begin(t *Task) nt.Status
	// Reset brings a unit to where it begins. Afterwards the device does not touch what
	// tasks have told it of. whole: that holds for all units of the controller, and what
	// they had to do is lost, too. With an error other than ErrGone nothing is known of the
	// device: it is kept from memory. With ErrGone it does not touch memory any more.
	// PASSIVE_LEVEL, Adapter.turn is held and no task begins; it may Wait.
	Reset(u *Unit) (whole bool, err error)
	// Stop makes the device quiet for good: no interrupts, no use of memory. Like Reset.
	Stop()
}

// Recoverer is a Controller that, after an error, needs PASSIVE_LEVEL to go on. When it
// has called Unit.Recover, no task of the unit begins until Recover has returned.
type Recoverer interface {
	// Recover is called like Reset. It calls Adapter.Locked around what touches tasks.
	Recover(u *Unit)
}

// Channel is a Controller with its interrupt.
type Channel struct {
	Controller Controller
	Name       string       // "AHCI controller", for people
	Messages   int          // how many it wants; 0: it has none
	Line       *io.Resource // nil: the device's first
	Limits     Limits
	// NoInterrupt: the device has none. What it has done comes by another driver's call, in which
	// the Controller calls Unit.Look.
	NoInterrupt bool
	// Watch is called, without locks, after tasks may have begun, where there is no interrupt of the
	// device's own: the other driver has its interrupt watched. nil: nobody wants to know.
	Watch func()
}

// Limits are what a controller needs of the memory that it reads and writes.
type Limits struct {
	Below    uint64 // it reaches addresses below this; 0: all
	Align    uint64 // of a segment's address and length; a power of two, 0 is 1
	Segments int    // at most, of a task
	Longest  uint32 // bytes of a segment at most, a multiple of 4096; 0: 4 MB
	// Boundary is a power of two that no segment crosses; 0: none.
	Boundary uint64
	// Pages: all segments but the first begin, and all but the last end, at a page
	// (NVMe's PRP lists). Segments are then at most a page each.
	Pages bool
}

// Unit is a disk. The Controller fills in Port, Limits where they are narrower than its
// Channel's, and Data.
type Unit struct {
	Port   storage.Port
	Limits Limits
	Data   any // the Controller's own

	adapter    *Adapter
	device     *io.Device
	tasks      []Task // by tag
	free       *Task
	gone       bool // by the lock: requests fail
	recovering bool // by the lock: tasks wait
}

// Task returns the task with a tag, nil when the device has none with it. The lock is held.
func (u *Unit) Task(tag int) *Task {
	if tag < 0 || tag >= len(u.tasks) || u.tasks[tag].state != begun {
		return nil
	}
	return &u.tasks[tag]
}

// Segment is a piece of memory as a device sees it.
type Segment struct {
	Address uint64
	Length  uint32
}

// taskState is where a task is.
type taskState uint8

const (
	idle    taskState = iota // on the unit's free list
	waiting                  // for the bounce buffer
	begun                    // the Controller has it
	ended                    // its request is about to be completed
)

// Task is a part of a request, or all of it, for a Controller.
type Task struct {
	Unit      *Unit
	Tag       int
	Function  storage.Function
	ForceUnit bool
	Sector    uint64
	Count     uint32
	Segments  []Segment // of the data, whole sectors in all
	Data      any       // the Controller's own

	state   taskState
	bounced bool
	irp     *io.IRP
	request *storage.Request
	moved   uint32 // sectors, before this part
	status  nt.Status
	next    *Task
}

// Bytes returns the task's data from offset on that lie in one piece, for a Controller that
// moves them itself; nil at the end.
func (t *Task) Bytes(offset int) []byte {
	left := int(t.Count)*int(t.Unit.Port.SectorSize) - offset
	if left <= 0 {
		return nil
	}
	if t.bounced {
		return t.Unit.adapter.bounce.Bytes[offset : offset+left]
	}
	p := t.piece(offset)
	return p[:min(len(p), left)]
}

// piece returns the bytes of the request's own buffer from offset of this part on.
func (t *Task) piece(offset int) []byte {
	return t.request.Buffer.Piece(t.request.Offset + int(t.moved)*int(t.Unit.Port.SectorSize) + offset)
}
