package usbxhci

import (
	"fmt"

	"gont/io/storport"
	"gont/io/usb"
)

const (
	connectLimit = 1000 * storport.Millisecond // a device that firmware has seen, after the reset
	debounce     = 100 * storport.Millisecond  // 2.0, 7.1.7.3
	portLimit    = 800 * storport.Millisecond  // a port's reset
	mostTries    = 3                           // of bringing up a device
)

// rootPort is a port of the controller. bus guards it.
type rootPort struct {
	super    bool   // it is one of USB 3
	slotType uint32 // 7.2.2.1.4
	expected bool   // firmware has seen a device
	device   *device
	failed   bool // what is plugged in could not be brought up
}

func portAt(p int) uint32 { return opPorts + uint32(p-1)*portSize }

// protocols reads which ports are of USB 3 (7.2).
func (c *controller) protocols(n uint32) {
	c.extended(extProtocol, n, func(at uint32) {
		major, where, kind := c.r.Read32(at)>>24, c.r.Read32(at+8), c.r.Read32(at+12)&31
		first, count := int(where&0xFF), int(where>>8&0xFF)
		for p := max(first, 1); p < first+count && p <= c.ports; p++ {
			c.port[p].super, c.port[p].slotType = major >= 3, kind
		}
	})
}

// power switches ports on and waits for devices that firmware has seen. bus is held.
func (c *controller) power() {
	for p := 1; p <= c.ports; p++ {
		if v := c.read(portAt(p)); v&portPower == 0 {
			c.write(portAt(p), v&portKeep|portPower)
		}
	}
	c.wait(connectLimit, func() bool {
		for p := 1; p <= c.ports; p++ {
			if c.port[p].expected && c.read(portAt(p))&portConnected == 0 {
				return false
			}
		}
		return true
	})
}

// look brings up what has been plugged in, and forgets what has been pulled out. bus is held.
// PASSIVE_LEVEL. settle: what is new has to stay for a while first.
func (c *controller) look(settle bool) {
	c.ticked.Store(false)
	if c.isDead() {
		for p := 1; p <= c.ports; p++ {
			if d := c.port[p].device; d != nil {
				c.port[p].device = nil
				d.leave()
			}
		}
		return
	}
	if why := c.looksDead(); why != "" {
		c.fail(why)
		return
	}
	for p := 1; p <= c.ports; p++ {
		if d := c.port[p].device; d != nil && d.hub != nil {
			d.hub.look(settle)
		}
	}
	for p := 1; p <= c.ports; p++ {
		x := &c.port[p]
		v := c.read(portAt(p))
		if v == ^uint32(0) {
			return
		}
		c.write(portAt(p), v&portKeep|v&portChanges)
		replaced := settle && v&portConnectChange != 0
		if d := x.device; d != nil && (v&portConnected == 0 || v&portEnabled == 0 || replaced) {
			x.device = nil
			storport.Say(fmt.Sprintf("USB %v: %s is gone.", d.at, d.title()))
			d.leave()
		}
		if v&portConnected == 0 || replaced {
			x.failed = false
		}
		if v&portConnected != 0 && x.device == nil && !x.failed {
			if settle {
				c.pause(debounce)
			}
			if d := c.plug(place{root: p, port: p}, settle, func() (usb.Speed, error) { return c.resetPort(p) }); d != nil {
				x.device, x.failed = d, false
			} else {
				x.failed = true
			}
		}
	}
}

// plug brings up the device at a place whose port reset resets; nil when it cannot be, which it
// says. late: the system runs, and it says what has come. bus is held.
func (c *controller) plug(at place, late bool, reset func() (usb.Speed, error)) *device {
	var err error
	for range mostTries {
		var speed usb.Speed
		if speed, err = reset(); err != nil {
			break
		}
		var d *device
		if d, err = c.newDevice(at, speed); err == nil {
			if err = d.adopt(); err == nil {
				if late {
					storport.Say(fmt.Sprintf("USB %v: %s was plugged in.", at, d.title()))
				}
				return d
			}
			d.leave()
			break
		}
		if c.isDead() {
			break
		}
		if at.hub == nil {
			c.port[at.root].failed = true // it is reset now, even if it has come up by itself
		}
	}
	if !c.isDead() {
		storport.Say(fmt.Sprintf("USB %v: a device cannot be used: %v.", at, err))
	}
	return nil
}

// resetPort resets a port of the controller (4.3.1) and returns the speed of what is there.
func (c *controller) resetPort(p int) (usb.Speed, error) {
	o := portAt(p)
	v := c.read(o)
	bit := uint32(portReset)
	if link := v >> 5 & 15; c.port[p].super {
		if v&portEnabled != 0 && link == linkU0 && c.port[p].device == nil && !c.port[p].failed {
			return speedOf(v) // USB 3: it has come up by itself
		}
		if link == linkInactive || link == linkPolling || link == linkRxDetect {
			bit = portWarmReset
		}
	}
	c.write(o, v&portKeep|portResetChange)
	c.write(o, v&portKeep|bit)
	if !c.wait(portLimit, func() bool { v = c.read(o); return v&portResetChange != 0 && v&portReset == 0 || v == ^uint32(0) }) {
		return 0, fmt.Errorf("%w: its port's reset does not end", storport.ErrNoAnswer)
	}
	if v == ^uint32(0) || v&portConnected == 0 {
		return 0, storport.ErrGone
	}
	c.write(o, v&portKeep|v&portChanges)
	c.pause(resetPause)
	if v = c.read(o); v&portEnabled == 0 {
		return 0, fmt.Errorf("its port is not enabled (%08X)", v)
	}
	return speedOf(v)
}

// speedOf is the speed that a port tells; faster ones than SuperSpeed are like it.
func speedOf(v uint32) (usb.Speed, error) {
	switch s := v >> 10 & 15; {
	case s == 0:
		return 0, fmt.Errorf("its port tells no speed (%08X)", v)
	case s > uint32(usb.Super):
		return usb.Super, nil
	default:
		return usb.Speed(s), nil
	}
}
