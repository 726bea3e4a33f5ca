package usbxhci

import (
	"fmt"

	"gont/io"
	"gont/io/storport"
	"gont/io/usb"
)

// function is an interface of a device, with which a driver works.
type function struct {
	d        *device
	face     *usb.Interface
	physical *io.Device // the driver's; by bus
	opened   []*pipe
	left     bool // its driver has let it go; by bus
}

// title is what people know a device by.
func (d *device) title() string {
	if d.name != "" {
		return d.name
	}
	return fmt.Sprintf("device %04X:%04X", d.descriptor.Vendor, d.descriptor.Product)
}

// adopt makes functions of a device's interfaces, or, of a hub, looks behind it. bus is held.
func (d *device) adopt() error {
	if d.descriptor.Class == usb.ClassHub {
		return d.adoptHub()
	}
	for i := range d.configuration.Interfaces {
		face := &d.configuration.Interfaces[i]
		known := false
		for _, f := range d.functions {
			known = known || f.face.Number == face.Number
		}
		if known || face.Alternate != 0 {
			continue // an alternate
		}
		d.functions = append(d.functions, &function{d: d, face: face})
	}
	d.c.list = append(d.c.list, d.functions...)
	d.c.came()
	return nil
}

// dropFunction takes a function out of the list. bus is held.
func (c *controller) dropFunction(f *function) {
	for i, o := range c.list {
		if o == f {
			c.list = append(c.list[:i:i], c.list[i+1:]...)
			return
		}
	}
}

// letGo says that a function's driver has gone, after its device has. bus is held.
func (f *function) letGo() {
	c, d := f.d.c, f.d
	c.lock.Lock()
	gone := d.gone
	c.lock.Unlock()
	if !gone || f.left {
		return
	}
	f.left = true
	for _, o := range d.functions {
		if !o.left {
			return
		}
	}
	d.remove()
}

// Interface is Function's.
func (f *function) Interface() *usb.Interface { return f.face }

// Device is Function's.
func (f *function) Device() *usb.Device { return &f.d.descriptor }

// Name is Function's.
func (f *function) Name() string { return f.d.title() }

// Speed is Function's.
func (f *function) Speed() usb.Speed { return f.d.speed }

// Below is Function's.
func (f *function) Below() uint64 { return f.d.c.below }

// Watch is Function's.
func (f *function) Watch() { f.d.c.watch() }

// Request is Function's.
func (f *function) Request(s usb.Setup, data []byte, limit uint64) (int, error) {
	return f.d.request(s, data, limit)
}

// Open is Function's.
func (f *function) Open(list []usb.Endpoint) ([]usb.Pipe, error) {
	d := f.d
	d.control.take()
	defer d.control.release()
	var pipes []*pipe
	var out []usb.Pipe
	for _, e := range list {
		if err := fits(&e, d.speed); err != nil {
			return nil, err
		}
		if d.pipes[contextIndex(&e)] != nil {
			return nil, fmt.Errorf("two endpoints have the address %02Xh", e.Address)
		}
		p := d.newPipe(e)
		if p == nil {
			return nil, storport.ErrNoMemory
		}
		d.c.lock.Lock()
		d.pipes[p.id] = p
		d.c.lock.Unlock()
		pipes, out = append(pipes, p), append(out, p)
	}
	f.opened = pipes
	return out, d.configure(pipes)
}

// fits says whether an endpoint can be one at a speed (2.0, 5.7.3, 5.8.3; 3.2, 9.6.6).
func fits(e *usb.Endpoint, speed usb.Speed) error {
	ok := false
	switch {
	case e.Kind == usb.Bulk:
		switch n := e.MaxPacket; speed {
		case usb.Full:
			ok = n == 8 || n == 16 || n == 32 || n == 64
		case usb.High:
			ok = n == 512
		case usb.Super:
			ok = n == 1024
		}
	case e.Kind == usb.Interrupt && e.In():
		ok = true
	}
	if !ok {
		return fmt.Errorf("an endpoint (%02Xh) has packets of %d bytes at %v", e.Address, e.MaxPacket, speed)
	}
	return nil
}

// endpoints tells the controller of pipes (4.6.6); again: it has known them, and forgets what it
// knew. The device's gate is held.
func (d *device) endpoints(pipes []*pipe, again bool) error {
	add, drop, last := uint32(1), uint32(0), 1
	for id, p := range d.pipes {
		if p != nil {
			last = max(last, id)
		}
	}
	for _, p := range pipes {
		add |= 1 << p.id
		if again {
			drop |= 1 << p.id
		}
	}
	d.input(add, drop)
	d.slotContext(last)
	for _, p := range pipes {
		d.endpointContext(p)
	}
	if err := d.command(trbConfigure); err != nil {
		return fmt.Errorf("the controller takes no endpoints: %w", err)
	}
	return nil
}

// replace has the controller begin anew with a pipe whose ring is empty. The device's gate is held.
func (d *device) replace(p *pipe) error { return d.endpoints([]*pipe{p}, true) }

// configure tells the controller of pipes, and then the device of its configuration (4.3.5). The
// device's gate is held.
func (d *device) configure(pipes []*pipe) error {
	if err := d.endpoints(pipes, false); err != nil {
		return err
	}
	if d.configured {
		return nil
	}
	if _, err := d.requestLocked(usb.Setup{Request: usb.SetConfiguration, Value: uint16(d.configuration.Value)}, nil, requestLimit); err != nil {
		return fmt.Errorf("it takes no configuration: %w", err)
	}
	d.configured = true
	return nil
}

// Reset is Function's.
func (f *function) Reset() error {
	d, c := f.d, f.d.c
	c.bus.take()
	defer c.bus.release()
	d.control.take()
	defer d.control.release()
	if d.pipes[1].isGone() {
		return storport.ErrGone
	}
	for _, p := range d.pipes {
		if p != nil {
			if err := p.quiet(usb.ErrAborted); err != nil {
				return err
			}
		}
	}
	reset := func() (usb.Speed, error) { return c.resetPort(d.at.root) }
	if h := d.at.hub; h != nil {
		reset = func() (usb.Speed, error) { return h.hub.reset(d.at.port) }
	}
	if speed, err := reset(); err != nil {
		return err
	} else if speed != d.speed {
		return fmt.Errorf("%w: it comes back as another one", storport.ErrGone)
	}
	if _, err := c.do(trbResetDevice, 0, uint32(d.slot)<<24); err != nil {
		return err
	}
	d.restart()
	var pipes []*pipe
	c.lock.Lock()
	for id, p := range d.pipes {
		if p != nil {
			p.ring.clear()
			p.halted = false
			if id > 1 {
				pipes = append(pipes, p)
			}
		}
	}
	c.lock.Unlock()
	if err := d.address(); err != nil {
		return err
	}
	var b [usb.DeviceLength]byte
	n, err := d.requestLocked(usb.Setup{RequestType: usb.In, Request: usb.GetDescriptor, Value: usb.DeviceType << 8}, b[:], requestLimit)
	if err != nil {
		return err
	}
	if now, err := usb.ParseDevice(b[:n]); err != nil || now != d.descriptor {
		return fmt.Errorf("%w: it comes back as another one", storport.ErrGone)
	}
	d.configured = false
	return d.configure(pipes)
}
