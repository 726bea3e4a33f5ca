package usbstor

import (
	"errors"
	"fmt"

	"gont/io/storage"
	"gont/io/storport"
	"gont/io/usb"
	"gont/nt"
)

// Times, in 100 ns.
const (
	ownLimit     = 5000 * storport.Millisecond // of a transfer of a command of the driver's own
	requestLimit = 1000 * storport.Millisecond
)

// Requests of the class (Bulk-Only Transport, 3).
const (
	requestReset  = 0xFF
	requestMaxLun = 0xFE
)

var errProtocol = errors.New("it breaks the protocol")

// exchange runs a command of the driver's own and returns how many bytes of data have come, at
// offData. The error is a sense when the device says that the command has failed. Nothing
// else runs. PASSIVE_LEVEL.
func (x *transport) exchange(lun uint8, c command) (uint32, error) {
	x.tag++
	wrap(x.m.Bytes[offCommand:], x.tag, lun, &c)
	n, err := x.move(&x.out, offCommand, commandLength)
	if err != nil {
		return 0, err
	}
	if n != commandLength {
		return 0, errProtocol
	}
	moved := uint32(0)
	if c.data > 0 {
		x.m.Clear(offData, mostData)
		moved, err = x.move(&x.in, offData, c.data)
		if err == usb.ErrStall {
			moved, err = 0, x.in.pipe.ClearHalt()
		}
		if err != nil {
			return 0, err
		}
	}
	status, residue, err := x.status(&c)
	if err != nil {
		return 0, err
	}
	if status == statusFail {
		if c.cdb[0] == opRequestSense {
			return 0, errProtocol
		}
		return 0, x.sense(lun)
	}
	return min(moved, c.data-residue), nil
}

// move moves n bytes of the transport's memory through a pipe.
func (x *transport) move(e *end, offset int, n uint32) (uint32, error) {
	t := usb.Transfer{Segments: []storport.Segment{{Address: x.m.Address + uint64(offset), Length: n}}}
	err := e.pipe.Move(&t, ownLimit)
	return t.Actual, err
}

// status reads the status of the last command, once more where the device refuses it at first
// (Bulk-Only Transport, figure 2).
func (x *transport) status(c *command) (status uint8, residue uint32, err error) {
	for again := range 2 {
		x.m.Clear(offStatus, statusLength)
		var n uint32
		n, err = x.move(&x.in, offStatus, statusLength)
		if err == usb.ErrStall && again == 0 {
			if err = x.in.pipe.ClearHalt(); err != nil {
				return 0, 0, err
			}
			continue
		}
		if err != nil {
			return 0, 0, err
		}
		var ok bool
		if status, residue, ok = unwrap(x.m.Bytes[offStatus:], n, x.tag, c); !ok || status == statusPhase {
			return 0, 0, errProtocol
		}
		return status, residue, nil
	}
	return 0, 0, err
}

// sense asks why a command has failed.
func (x *transport) sense(lun uint8) error {
	n, err := x.exchange(lun, requestSense)
	if err != nil {
		return err
	}
	return parseSense(x.m.Bytes[offData : offData+n])
}

// Recover is Recoverer's: the running command comes to its end.
func (x *transport) Recover(u *storport.Unit) {
	var t *storport.Task
	var why failure
	u.Locked(func() {
		if x.stuck {
			t, why = x.task, x.why
		}
	})
	if t == nil {
		return // it was reset meanwhile
	}
	s, err := x.resolve(t, why)
	if err != nil {
		s = nt.StatusIoDeviceError
		if err = x.begin(); err != nil && !errors.Is(err, usb.ErrGone) {
			storport.Say(fmt.Sprintf("%s: it cannot be reset: %v", t.Unit.Port.Name, err))
		}
	}
	u.Locked(func() {
		if x.task != t {
			return
		}
		x.over.Store(false)
		switch {
		case errors.Is(err, usb.ErrGone):
			x.vanish()
		default:
			x.stuck, x.useless = false, err != nil
			x.finish(s)
		}
	})
}

// resolve says how a command has ended. An error: the device has to be reset.
func (x *transport) resolve(t *storport.Task, why failure) (nt.Status, error) {
	status := uint8(statusFail)
	switch why {
	case broken:
		return 0, errProtocol
	case dataStall, statusStall:
		e := &x.in
		if why == dataStall && !x.command.in {
			e = &x.out
		}
		if err := e.pipe.ClearHalt(); err != nil {
			return 0, err
		}
		var residue uint32
		var err error
		if status, residue, err = x.status(&x.command); err != nil {
			return 0, err
		}
		if status == statusGood {
			return x.whole(residue), nil
		}
	}
	err := x.sense(t.Unit.Data.(*disk).lun)
	var sense sense
	if !errors.As(err, &sense) {
		return 0, err
	}
	s := sense.status()
	if t.Function == storage.Flush && sense.key == keyIllegal {
		t.Unit.Locked(func() { t.Unit.Data.(*disk).noSync = true })
		return nt.StatusSuccess, nil
	}
	if s == nt.StatusSuccess {
		s = x.whole(0)
	}
	return s, nil
}

// begin brings the device to where it waits for a command (Bulk-Only Transport, 5.3.4); where that
// fails, its port is reset. PASSIVE_LEVEL.
func (x *transport) begin() error {
	for _, e := range []*end{&x.out, &x.in} {
		if err := e.pipe.Abort(); err != nil {
			return err
		}
	}
	_, err := x.f.Request(usb.Setup{RequestType: usb.Class | usb.ToInterface, Request: requestReset, Index: uint16(x.f.Interface().Number)}, nil, requestLimit)
	for _, e := range []*end{&x.in, &x.out} {
		if err == nil {
			err = e.pipe.ClearHalt()
		}
	}
	if err == nil || errors.Is(err, usb.ErrGone) {
		return err
	}
	return x.f.Reset()
}

// Reset is Controller's: all units are of one device.
func (x *transport) Reset(u *storport.Unit) (whole bool, err error) {
	err = x.begin()
	u.Locked(func() {
		x.task, x.queue = nil, x.queue[:0]
		x.stuck, x.useless = false, false
		x.gone = x.gone || errors.Is(err, usb.ErrGone)
		x.over.Store(false)
	})
	return true, err
}

// Stop is Controller's.
func (x *transport) Stop() {
	for _, e := range []*end{&x.out, &x.in} {
		if e.pipe != nil {
			e.pipe.Abort() // with an error the controller is kept from memory, too
		}
	}
	x.m.Free()
}
