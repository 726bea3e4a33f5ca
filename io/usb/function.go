package usb

import (
	"errors"

	"gont/io/storport"
)

// Errors of transfers.
var (
	// ErrStall: the device has answered with STALL; the pipe is halted until ClearHalt.
	ErrStall = errors.New("the device refuses it (STALL)")
	// ErrTransaction: the device does not answer as it should: no answer, a wrong checksum, more
	// data than it was asked for. The pipe is halted until ClearHalt.
	ErrTransaction = errors.New("the transfer has failed")
	// ErrAborted: the transfer was taken back.
	ErrAborted = errors.New("the transfer was taken back")
	// ErrBusy: the pipe has as much to do as it can hold.
	ErrBusy = errors.New("the pipe is busy")
	// ErrGone and ErrNoAnswer are storport's: the device or the controller is not there any more;
	// the device has not answered in time.
	ErrGone     = storport.ErrGone
	ErrNoAnswer = storport.ErrNoAnswer
)

// Speed is how fast a device is.
type Speed uint8

// The speeds; the values are the default ones of xHCI (1.2, table 7-13).
const (
	Full  Speed = 1 + iota // 12 Mbit/s
	Low                    // 1.5 Mbit/s
	High                   // 480 Mbit/s
	Super                  // 5 Gbit/s and more
)

func (s Speed) String() string {
	if s < Full || s > Super {
		return "unknown speed"
	}
	return [...]string{"full speed", "low speed", "high speed", "SuperSpeed"}[s-Full]
}

// Setup is a control request (2.0, 9.3). Its length is that of the data.
type Setup struct {
	RequestType, Request uint8
	Value, Index         uint16
}

// Bits of RequestType (2.0, table 9-2).
const (
	In          = 0x80 // data come from the device
	Class       = 0x20 // the request is the class's
	ToDevice    = 0
	ToInterface = 1
	ToEndpoint  = 2
	ToOther     = 3 // a hub's port
)

// Requests (2.0, table 9-4).
const (
	GetStatus        = 0
	ClearFeature     = 1
	SetFeature       = 3
	GetDescriptor    = 6
	SetConfiguration = 9
	SetInterface     = 11
)

// Transfer moves data through a pipe. Who submits it leaves it, its segments and their memory
// alone until Done is called.
type Transfer struct {
	Segments []storport.Segment // physical memory; none: a packet without data
	// Done is called once for each Submit that has succeeded, with Actual and Err filled in.
	// DISPATCH_LEVEL or below, without locks.
	Done   func(*Transfer)
	Actual uint32 // bytes that were moved
	Err    error  // nil: all, or as many as the device had
	// Patient: it may take for ever, and no interrupt is missed.
	Patient bool

	// The host controller's driver keeps here where the transfer lies on the pipe's ring, and the
	// list of those that are done.
	First, Count int
	Short        bool
	Next         *Transfer
}

// Pipe leads to an endpoint.
type Pipe interface {
	// Submit gives the device a transfer. DISPATCH_LEVEL or below, spin locks may be held: it is no
	// dispatch point, allocates nothing and never calls Done itself. Whoever has submitted
	// transfers calls Function.Watch when it holds no lock any more. ErrGone, ErrBusy, ErrStall: the pipe is halted.
	Submit(t *Transfer) error
	// Abort takes back all that the pipe has: Done has been called with ErrAborted for each when
	// it returns. With an error the controller has been kept from memory. PASSIVE_LEVEL.
	Abort() error
	// ClearHalt lets a halted pipe work again: Abort, and the device begins anew. PASSIVE_LEVEL.
	ClearHalt() error
	// Move submits a transfer and waits for its end, limit at most, in 100 ns: then it
	// is aborted and the error is ErrNoAnswer. t.Done is not used. PASSIVE_LEVEL.
	Move(t *Transfer, limit uint64) error
}

// Function is an interface of a device, as the bus offers it to its driver. The calls are for
// PASSIVE_LEVEL.
type Function interface {
	// Interface is its descriptor, Device the device's.
	Interface() *Interface
	Device() *Device
	// Name is what people know the device by.
	Name() string
	Speed() Speed
	// Below is the physical address that transfers' memory must lie below; 0: it may be anywhere.
	Below() uint64
	// Watch sees to it that an interrupt of the controller that does not come is made good.
	// DISPATCH_LEVEL or below, without locks.
	Watch()
	// Open makes pipes for endpoints of the interface, and selects the configuration. It is
	// called once.
	Open(list []Endpoint) ([]Pipe, error)
	// Request makes a control request and waits for its end, limit at most, in 100 ns. data,
	// at most 4096 bytes, is what is sent or received; n is how many bytes were.
	Request(s Setup, data []byte, limit uint64) (n int, err error)
	// Reset resets the device's port and brings the device to where it was after Open. With an error
	// other than ErrGone the pipes cannot be used.
	Reset() error
}

// Query is what a function's driver asks its physical device for by io.QueryInterface.
type Query struct{ Function Function }
