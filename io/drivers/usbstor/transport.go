package usbstor

import (
	"errors"
	"sync/atomic"

	"gont/io/storage"
	"gont/io/storport"
	"gont/io/usb"
	"gont/nt"
)

// Layout of the transport's memory.
const (
	offCommand = 0
	offStatus  = 64
	offData    = 512
	mostData   = 512 // of commands of the driver's own
	allBytes   = offData + mostData
)

// mostWaiting is how many requests a unit has at a time, and mostUnits how many units there are
// (Bulk-Only Transport, 3.2).
const (
	mostWaiting = 4
	mostUnits   = 16
)

// phase is where the running command is.
type phase uint8

const (
	sending phase = iota // the command goes out
	moving               // its data
	asking               // its status comes in
)

// failure is what recovery has to deal with.
type failure uint8

const (
	broken      failure = iota // nobody knows what the device does: it is reset
	dataStall                  // the device has no more data to move
	statusStall                // it has not told the status: it is asked once more
	failed                     // the command has failed, and the sense data say why
)

// end is an endpoint with its pipe.
type end struct {
	endpoint usb.Endpoint
	pipe     usb.Pipe
}

// disk is what a unit's Data is.
type disk struct {
	lun    uint8
	noSync bool // it does not know SYNCHRONIZE CACHE: by the adapter's lock
}

// transport is a device with its logical units: a Controller. One command runs at a time.
type transport struct {
	f       usb.Function
	wait    func(limit uint64, f func() bool) bool
	in, out end
	m       *storport.Memory
	units   []*storport.Unit
	over    atomic.Bool // the transfer has ended, and nobody has looked yet
	tag     uint32      // of the last command; by the adapter's lock, or the turn before there is one

	// By the adapter's lock.
	queue    []*storport.Task // has room for all
	task     *storport.Task   // that runs
	command  command
	phase    phase
	moved    uint32 // bytes of data
	why      failure
	stuck    bool // recovery is to come: nothing begins
	useless  bool // until it is reset
	gone     bool
	transfer usb.Transfer
	segment  [1]storport.Segment
}

// Interrupt is Controller's; there is none.
func (x *transport) Interrupt(int) bool { return false }

// Begin is Controller's.
func (x *transport) Begin(t *storport.Task) nt.Status {
	switch {
	case x.gone:
		return nt.StatusDeviceNotConnected
	case x.useless:
		return nt.StatusIoDeviceError
	case t.Function == storage.Flush && t.Unit.Data.(*disk).noSync:
		return nt.StatusSuccess
	}
	x.queue = append(x.queue, t)
	x.next()
	return nt.StatusPending
}

// next begins the first command that waits. The lock is held, as for all below.
func (x *transport) next() {
	for x.task == nil && !x.stuck && len(x.queue) > 0 {
		t := x.queue[0]
		x.queue = append(x.queue[:0], x.queue[1:]...)
		x.task, x.moved, x.phase = t, 0, sending
		if x.command = syncCache; t.Function != storage.Flush {
			x.command = move(t.Function, t.Sector, t.Count, t.Unit.Port.SectorSize)
		}
		x.tag++
		wrap(x.m.Bytes[offCommand:], x.tag, t.Unit.Data.(*disk).lun, &x.command)
		x.submit(&x.out, x.own(offCommand, commandLength))
	}
}

// own is a piece of the transport's memory.
func (x *transport) own(offset int, n uint32) []storport.Segment {
	x.segment[0] = storport.Segment{Address: x.m.Address + uint64(offset), Length: n}
	return x.segment[:]
}

// submit gives a pipe the running command's next transfer.
func (x *transport) submit(e *end, list []storport.Segment) {
	x.transfer.Segments = list
	if err := e.pipe.Submit(&x.transfer); err != nil {
		x.trouble(err)
	}
}

// done is the transfer's: without locks.
func (x *transport) done(*usb.Transfer) {
	x.over.Store(true)
	if len(x.units) > 0 {
		x.units[0].Look()
	}
}

// Poll is Controller's.
func (x *transport) Poll() {
	if x.task == nil || x.stuck || !x.over.Swap(false) {
		return
	}
	err, n := x.transfer.Err, x.transfer.Actual
	switch x.phase {
	case sending:
		if err != nil || n != commandLength {
			x.trouble(err)
			return
		}
		if x.command.data == 0 {
			x.ask()
			return
		}
		x.phase = moving
		e := &x.out
		if x.command.in {
			e = &x.in
		}
		x.submit(e, x.task.Segments)
	case moving:
		if err != nil {
			x.trouble(err)
			return
		}
		x.moved = n
		x.ask()
	case asking:
		if err != nil {
			x.trouble(err)
			return
		}
		status, residue, ok := unwrap(x.m.Bytes[offStatus:], n, x.tag, &x.command)
		switch {
		case ok && status == statusGood:
			x.finish(x.whole(residue))
		case ok && status == statusFail:
			x.recover(failed)
		default:
			x.recover(broken)
		}
	}
}

// whole is how a command ends that the device calls a success: all of its data have to have been
// moved.
func (x *transport) whole(residue uint32) nt.Status {
	if x.moved != x.command.data || residue != 0 {
		return nt.StatusIoDeviceError
	}
	return nt.StatusSuccess
}

// ask lets the command's status come.
func (x *transport) ask() {
	x.phase = asking
	x.m.Clear(offStatus, statusLength)
	x.submit(&x.in, x.own(offStatus, statusLength))
}

// finish ends the running command.
func (x *transport) finish(s nt.Status) {
	t := x.task
	x.task = nil
	t.Done(s)
	x.next()
}

// trouble is a transfer that has failed with an error, or moved less than it should.
func (x *transport) trouble(err error) {
	switch {
	case errors.Is(err, usb.ErrGone):
		x.vanish()
	case err == usb.ErrStall && x.phase == moving:
		x.recover(dataStall)
	case err == usb.ErrStall && x.phase == asking:
		x.recover(statusStall)
	default:
		x.recover(broken)
	}
}

// recover lets Recover be called.
func (x *transport) recover(why failure) {
	x.stuck, x.why = true, why
	x.task.Unit.Recover()
}

// vanish ends all: the device is not there any more.
func (x *transport) vanish() {
	x.gone, x.stuck = true, false
	if t := x.task; t != nil {
		x.task = nil
		t.Done(nt.StatusDeviceNotConnected)
	}
	for len(x.queue) > 0 {
		t := x.queue[0]
		x.queue = append(x.queue[:0], x.queue[1:]...)
		t.Done(nt.StatusDeviceNotConnected)
	}
}
