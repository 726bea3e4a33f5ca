package usbxhci

import (
	"sync/atomic"

	"gont/io/usb"
)

// request makes a control request of the device. PASSIVE_LEVEL. See usb.Function.
func (d *device) request(s usb.Setup, data []byte, limit uint64) (int, error) {
	d.control.take()
	defer d.control.release()
	return d.requestLocked(s, data, limit)
}

// requestLocked is request with the gate held.
func (d *device) requestLocked(s usb.Setup, data []byte, limit uint64) (int, error) {
	if len(data) > mostRequest {
		return 0, usb.ErrBusy
	}
	c, p := d.c, d.pipes[1]
	in := s.RequestType&usb.In != 0
	if !in {
		copy(d.m.Bytes[offData:], data)
	}
	count, kind, direction := 2, uint32(0), uint32(trbIn)
	if len(data) > 0 {
		count, kind = 3, 2
		if in {
			kind, direction = 3, 0
		}
	}
	var over atomic.Bool
	t := &usb.Transfer{Done: func(*usb.Transfer) { over.Store(true) }}
	c.lock.Lock()
	if err := p.ready(count); err != nil {
		c.lock.Unlock()
		return 0, err
	}
	p.begin(t, count)
	setup := uint64(s.RequestType) | uint64(s.Request)<<8 | uint64(s.Value)<<16 | uint64(s.Index)<<32 | uint64(len(data))<<48
	p.put(t, setup, 8, 0, trbSetup<<trbType|trbImmediate|kind<<16, true)
	if len(data) > 0 {
		control := uint32(trbData<<trbType | trbShort)
		if in {
			control |= trbIn
		}
		p.put(t, d.m.Address+offData, uint32(len(data)), 0, control, false)
	}
	p.put(t, 0, 0, 0, trbStatus<<trbType|trbOnEnd|direction, false)
	p.ring.release(t.First)
	c.lock.Unlock()
	c.r.Write32(c.db+4*uint32(d.slot), 1)
	c.watch()
	if !c.await(limit, over.Load) {
		err := p.late(&over)
		d.restart()
		return 0, err
	}
	if t.Err != nil {
		p.quiet(usb.ErrAborted)
		d.restart()
		return 0, t.Err
	}
	n := int(t.Actual)
	if in {
		copy(data[:n], d.m.Bytes[offData:])
	}
	return n, nil
}

// restart lets endpoint 0, whose ring was cleared, work again: the next SETUP ends its halt.
func (d *device) restart() {
	d.c.lock.Lock()
	d.pipes[1].halted = false
	d.c.lock.Unlock()
}
