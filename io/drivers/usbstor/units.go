package usbstor

import (
	"errors"
	"fmt"

	"gont/io/storage"
	"gont/io/storport"
	"gont/io/usb"
)

const (
	readyLimit = 8000 * storport.Millisecond // a disk that has to turn first
	readyPause = 100 * storport.Millisecond
	mostTries  = 4 // of a command of the driver's own
)

// Start is Controller's.
func (x *transport) Start(int) ([]*storport.Unit, error) {
	if x.m = storport.Allocate(allBytes, x.f.Below()); x.m == nil {
		return nil, storport.ErrNoMemory
	}
	pipes, err := x.f.Open([]usb.Endpoint{x.in.endpoint, x.out.endpoint})
	if err != nil {
		return nil, err
	}
	x.in.pipe, x.out.pipe, x.transfer.Done = pipes[0], pipes[1], x.done
	last, err := x.maxLun()
	if err != nil {
		return nil, err
	}
	x.queue = make([]*storport.Task, 0, mostUnits*mostWaiting)
	var units []*storport.Unit
	for lun := range last + 1 {
		u, err := x.unit(lun)
		if errors.Is(err, usb.ErrGone) {
			return nil, err
		}
		if err != nil {
			storport.Say(fmt.Sprintf("USB storage (%s), unit %d: %v", x.f.Name(), lun, err))
		}
		if u != nil {
			units = append(units, u)
		}
		if errors.Is(err, usb.ErrNoAnswer) || errors.Is(err, errProtocol) {
			break // the others would be waited for, too
		}
	}
	x.units = units
	return units, nil
}

// maxLun is the number of the last unit (Bulk-Only Transport, 3.2). A device with one unit may
// refuse to tell.
func (x *transport) maxLun() (uint8, error) {
	var b [1]byte
	n, err := x.f.Request(usb.Setup{RequestType: usb.In | usb.Class | usb.ToInterface, Request: requestMaxLun, Index: uint16(x.f.Interface().Number)}, b[:], requestLimit)
	switch {
	case errors.Is(err, usb.ErrGone):
		return 0, err
	case err != nil || n != 1:
		return 0, nil
	}
	return min(b[0], mostUnits-1), nil
}

// try runs a command of the driver's own, several times where that may help; a device that does not
// answer is asked once more.
func (x *transport) try(lun uint8, c command) (n uint32, err error) {
	for tries := range mostTries {
		n, err = x.exchange(lun, c)
		var s sense
		switch {
		case err == nil || errors.Is(err, usb.ErrGone):
			return n, err
		case errors.As(err, &s):
			if s.key != keyAttention {
				return 0, err
			}
		default:
			if e := x.begin(); e != nil {
				return 0, e
			}
			if tries > 0 && errors.Is(err, usb.ErrNoAnswer) {
				return 0, err
			}
		}
	}
	return 0, err
}

// unit finds out what a logical unit is; nil, nil where it is no disk.
func (x *transport) unit(lun uint8) (*storport.Unit, error) {
	n, err := x.try(lun, inquiry)
	if err != nil {
		return nil, err
	}
	is, name := parseInquiry(x.m.Bytes[offData : offData+n])
	if !is {
		return nil, nil
	}
	if err := x.ready(lun); err != nil {
		return nil, err
	}
	p := storage.Port{Name: name, Requests: mostWaiting}
	if err := x.capacity(lun, &p); err != nil {
		return nil, err
	}
	most := uint32(mostBytes)
	if x.f.Speed() == usb.Super {
		most = mostBytesSuper
	}
	p.MaximumSectors = most / p.SectorSize
	through := false
	if p.ReadOnly, through, err = x.mode(lun); err != nil {
		return nil, err
	}
	p.WriteCache = !through
	return &storport.Unit{Port: p, Data: &disk{lun: lun}}, nil
}

// ready waits until the unit can be read.
func (x *transport) ready(lun uint8) (err error) {
	tries := readyLimit / readyPause
	for range tries {
		_, err = x.try(lun, testUnitReady)
		var s sense
		if err == nil || !errors.As(err, &s) {
			return err
		}
		switch {
		case s.key == keyNotReady && s.code == codeNoMedium:
			return errors.New("there is no medium in it")
		case s.key != keyNotReady && s.key != keyAttention:
			return nil // it says what is wrong when it is read
		}
		x.wait(readyPause, func() bool { return false })
	}
	return fmt.Errorf("it does not become ready: %w", err)
}

// capacity reads how large the unit is.
func (x *transport) capacity(lun uint8, p *storage.Port) error {
	n, err := x.try(lun, capacity10)
	if err != nil {
		return err
	}
	if n < capacity10Length {
		return fmt.Errorf("%w: its capacity has %d bytes", errProtocol, n)
	}
	var whole bool
	p.Sectors, p.SectorSize, whole = parseCapacity10(x.m.Bytes[offData:])
	p.Physical = p.SectorSize
	if !whole {
		if n, err = x.try(lun, capacity16); err != nil {
			return err
		}
		if n < 14 {
			return fmt.Errorf("%w: its capacity has %d bytes", errProtocol, n)
		}
		p.Sectors, p.SectorSize, p.Physical = parseCapacity16(x.m.Bytes[offData:])
	}
	if size := p.SectorSize; size < 512 || size > 4096 || size&(size-1) != 0 || p.Sectors == 0 || p.Sectors > 1<<62/uint64(size) {
		return fmt.Errorf("it has %d sectors of %d bytes", p.Sectors, size)
	}
	return nil
}

// mode asks whether the unit may be written, and whether what is written is safe at once. A device
// that does not tell may be written, and is not.
func (x *transport) mode(lun uint8) (readOnly, through bool, err error) {
	for _, page := range []uint8{0x3F, pageCaching} {
		n, err := x.try(lun, modeSense(page))
		var s sense
		if errors.As(err, &s) {
			continue
		}
		if err != nil {
			return false, false, err
		}
		r, t := parseMode(x.m.Bytes[offData : offData+n])
		readOnly, through = readOnly || r, through || t
	}
	return readOnly, through, nil
}
