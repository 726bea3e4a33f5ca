package usbxhci

import "gont/io/storport"

// endAll ends all transfers with ErrGone: the controller does not use their memory any more. The
// controller's lock is held.
func (d *device) endAll() {
	d.gone = true
	for _, p := range d.pipes {
		if p == nil {
			continue
		}
		p.gone = true
		for i := range p.ring.owner {
			if t := p.ring.owner[i]; t != nil {
				t.Actual = 0
				d.c.end(p, t, storport.ErrGone)
			}
		}
	}
}

// leave is the end of a device that was pulled out, and of those behind it: its transfers end with
// ErrGone. bus is held. PASSIVE_LEVEL.
func (d *device) leave() {
	if h := d.hub; h != nil {
		h.leave()
	}
	c := d.c
	c.lock.Lock()
	d.gone = true
	for _, p := range d.pipes {
		if p != nil {
			p.gone = true
		}
	}
	c.lock.Unlock()
	for _, p := range d.pipes {
		if p != nil {
			p.quiet(storport.ErrGone)
		}
	}
	for _, f := range d.functions {
		c.dropFunction(f)
	}
	if len(d.functions) == 0 {
		d.remove()
	} else {
		c.came() // its drivers are told; the last one that has heard it removes the device
	}
}

// remove gives the slot and the memory back. Nobody uses the device any more. bus is held.
func (d *device) remove() {
	c := d.c
	_, err := c.do(trbDisableSlot, 0, uint32(d.slot)<<24)
	c.lock.Lock()
	c.devices[d.slot] = nil
	dead := c.dead
	c.lock.Unlock()
	if err == nil || dead { // else the controller may still write there
		c.base.Put64(d.slot*8, 0)
		d.free()
	}
}

func (d *device) free() {
	for _, p := range d.pipes {
		if p != nil {
			p.ring.m.Free()
		}
	}
	if d.hub != nil {
		d.hub.m.Free()
	}
	d.m.Free()
}
