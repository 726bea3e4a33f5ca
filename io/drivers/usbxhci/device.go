package usbxhci

import (
	"fmt"

	"gont/io/storport"
	"gont/io/usb"
)

// Layout of a device's memory: its context, which the controller writes, the context that
// commands bring, and the data of control requests.
const (
	offOutput   = 0
	offInput    = 4096
	offData     = 8192
	deviceBytes = offData + mostRequest

	// mostRequest is the bytes of a control request's data at most.
	mostRequest = 4096
)

const (
	requestLimit = 1000 * storport.Millisecond
	addressPause = 2 * storport.Millisecond  // 2.0, 9.2.6.3
	resetPause   = 10 * storport.Millisecond // 2.0, 7.1.7.5
)

// device is a device in a slot.
type device struct {
	c       *controller
	at      place
	slot    int
	speed   usb.Speed
	m       *storport.Memory
	control gate // of those who wait for a control request
	pipes   [32]*pipe
	gone    bool // by the controller's lock

	descriptor    usb.Device
	configuration usb.Configuration
	name, serial  string
	configured    bool // by control
	functions     []*function
	hub           *hub // nil: it is none
}

// place is where a device is plugged in.
type place struct {
	root  int    // port of the controller
	route uint32 // ports of hubs, 4 bits each (6.2.2, route string)
	depth int    // hubs between
	hub   *device
	port  int // of the hub; of the controller where there is none
}

// String is the place in words: "port 3.1".
func (p place) String() string {
	s := fmt.Sprintf("port %d", p.root)
	for r := p.route; r != 0; r >>= 4 {
		s += fmt.Sprintf(".%d", r&15)
	}
	return s
}

// newDevice brings the device at a port, which has been reset, to where it has an address and its
// descriptors are known. bus is held. PASSIVE_LEVEL.
func (c *controller) newDevice(at place, speed usb.Speed) (*device, error) {
	slot, err := c.do(trbEnableSlot, 0, c.port[at.root].slotType<<16)
	if err != nil {
		return nil, fmt.Errorf("no slot: %w", err)
	}
	if slot < 1 || slot > c.slots || c.devices[slot] != nil {
		return nil, fmt.Errorf("the controller gives slot %d", slot)
	}
	d := &device{c: c, at: at, slot: slot, speed: speed, control: c.newGate()}
	if d.m = storport.Allocate(deviceBytes, c.below); d.m == nil {
		c.do(trbDisableSlot, 0, uint32(slot)<<24)
		return nil, storport.ErrNoMemory
	}
	first := uint16(8)
	switch speed {
	case usb.High:
		first = 64
	case usb.Super:
		first = 512
	}
	p := d.newPipe(usb.Endpoint{MaxPacket: first})
	if p == nil {
		c.do(trbDisableSlot, 0, uint32(slot)<<24)
		d.free()
		return nil, storport.ErrNoMemory
	}
	d.pipes[1] = p
	c.base.Put64(slot*8, d.m.Address+offOutput)
	c.lock.Lock()
	c.devices[slot] = d
	c.lock.Unlock()
	if err = d.address(); err == nil {
		err = d.describe()
	}
	if err != nil {
		d.remove()
		return nil, err
	}
	return d, nil
}

// input begins the context that a command brings: flags says which contexts are added.
func (d *device) input(add, drop uint32) {
	d.m.Clear(offInput, 33*d.c.context)
	d.m.Put32(offInput, drop)
	d.m.Put32(offInput+4, add)
}

// slotContext writes the slot's context (6.2.2); last is the highest endpoint's id.
func (d *device) slotContext(last int) {
	o := offInput + d.c.context
	d.m.Put32(o, d.at.route|uint32(d.speed)<<20|uint32(last)<<27)
	d.m.Put32(o+4, uint32(d.at.root)<<16)
	if h := d.at.hub; h != nil && d.speed != usb.Super {
		// A device of low or full speed behind a hub of high speed: which one translates.
		port := d.at.port
		for h.speed != usb.High && h.at.hub != nil {
			h, port = h.at.hub, h.at.port
		}
		if h.speed == usb.High && (d.speed == usb.Low || d.speed == usb.Full) {
			d.m.Put32(o+8, uint32(h.slot)|uint32(port)<<8)
		}
	}
	if h := d.hub; h != nil {
		d.m.Put32(o, d.m.Load32(o)|1<<26)
		d.m.Put32(o+4, d.m.Load32(o+4)|uint32(h.ports)<<24)
		d.m.Put32(o+8, d.m.Load32(o+8)|uint32(h.think)<<16)
	}
}

func (d *device) endpointContext(p *pipe) { p.describe(offInput+(p.id+1)*d.c.context, d.speed) }

// command is a command with the input context.
func (d *device) command(kind uint32) error {
	_, err := d.c.do(kind, d.m.Address+offInput, uint32(d.slot)<<24)
	return err
}

// address gives the device its address (4.3.4).
func (d *device) address() error {
	d.input(3, 0)
	d.slotContext(1)
	d.endpointContext(d.pipes[1])
	if err := d.command(trbAddress); err != nil {
		return fmt.Errorf("it takes no address: %w", err)
	}
	d.c.pause(addressPause)
	return nil
}

// pause waits so long.
func (c *controller) pause(limit uint64) { c.wait(limit, func() bool { return false }) }

// describe reads the device's descriptors.
func (d *device) describe() error {
	b := make([]byte, mostRequest)
	n, err := d.get(usb.DeviceType, 0, 0, b[:8])
	if err == nil && n < 8 {
		err = fmt.Errorf("its device descriptor has %d bytes", n)
	}
	if err != nil {
		return err
	}
	size, err := usb.MaxPacket0(uint16(b[2])|uint16(b[3])<<8, b[7])
	if err != nil {
		return err
	}
	if p := d.pipes[1]; size != p.endpoint.MaxPacket {
		if d.speed != usb.Full {
			return fmt.Errorf("its packets of control have %d bytes at %v", size, d.speed)
		}
		p.endpoint.MaxPacket = size
		d.input(2, 0)
		d.endpointContext(p)
		if err := d.command(trbEvaluate); err != nil {
			return err
		}
	}
	if n, err = d.get(usb.DeviceType, 0, 0, b[:usb.DeviceLength]); err != nil {
		return err
	}
	if d.descriptor, err = usb.ParseDevice(b[:n]); err != nil {
		return err
	}
	if n, err = d.get(usb.ConfigurationType, 0, 0, b[:usb.ConfigurationLength]); err != nil {
		return err
	}
	if n, err = usb.TotalLength(b[:n]); err != nil {
		return err
	}
	if n, err = d.get(usb.ConfigurationType, 0, 0, b[:n]); err != nil {
		return err
	}
	if d.configuration, err = usb.ParseConfiguration(b[:n]); err != nil {
		return err
	}
	d.name, d.serial = d.text(d.descriptor.ProductText), d.text(d.descriptor.SerialText)
	if maker := d.text(d.descriptor.ManufacturerText); maker != "" && d.name != "" {
		d.name = maker + " " + d.name
	}
	return nil
}

// get reads a descriptor (2.0, 9.4.3).
func (d *device) get(kind, index uint8, language uint16, b []byte) (int, error) {
	return d.request(usb.Setup{RequestType: usb.In, Request: usb.GetDescriptor, Value: uint16(kind)<<8 | uint16(index), Index: language}, b, requestLimit)
}

// text reads a string in English; "" when the device has none.
func (d *device) text(index uint8) string {
	if index == 0 {
		return ""
	}
	const english = 0x0409
	var b [254]byte
	n, err := d.get(usb.StringType, index, english, b[:])
	if err != nil {
		return ""
	}
	return usb.Text(b[:n])
}
