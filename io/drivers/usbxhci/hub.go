package usbxhci

import (
	"errors"
	"fmt"
	"sync/atomic"

	"gont/io/storport"
	"gont/io/usb"
)

// Hubs (2.0, 11; 3.2, 10). The controller's driver serves them itself: they are no devices of the
// PnP manager. What is behind a hub is a device of the controller.

// Requests and features of a hub's ports (2.0, tables 11-16 and 11-17; 3.2, tables 10-8 and 10-9).
const (
	setHubDepth = 12

	featureReset = 4
	featurePower = 8

	firstChange = 16 // the feature that clears a bit of a port's changes
	lastChange  = 20
	superLink   = 25 // of SuperSpeed hubs: link, configuration, warm reset
	superConfig = 26
	superWarm   = 29
)

// Bits of a port's status (2.0, table 11-21; 3.2, table 10-13): the first word is the state, the
// second what has changed.
const (
	hubConnected = 1 << 0
	hubEnabled   = 1 << 1
	hubReset     = 1 << 4
	hubLow       = 1 << 9
	hubHigh      = 1 << 10

	changeConnect = 1 << 0
	changeReset   = 1 << 4
)

const (
	mostHubPorts = 15 // what a route string can name
	mostDepth    = 5
	mostFailures = 3 // of the pipe that tells of changes
)

// hub is what is known of a hub. bus guards it.
type hub struct {
	d        *device
	ports    int
	think    uint8 // how long its translator of speeds thinks
	children [mostHubPorts + 1]*device
	unusable [mostHubPorts + 1]bool
	pipe     usb.Pipe
	m        *storport.Memory // where changes are told
	change   usb.Transfer
	told     atomic.Bool // change is over
	failures int
}

// adoptHub makes a hub of a device, and brings up what is behind it. bus is held.
func (d *device) adoptHub() error {
	if d.at.depth >= mostDepth {
		return errors.New("too many hubs lie one behind the other")
	}
	var tell *usb.Endpoint
	for i := range d.configuration.Interfaces {
		f := &d.configuration.Interfaces[i]
		if f.Class == usb.ClassHub && f.Alternate == 0 && len(f.Endpoints) > 0 && f.Endpoints[0].Kind == usb.Interrupt && f.Endpoints[0].In() {
			tell = &f.Endpoints[0]
		}
	}
	if tell == nil {
		return errors.New("it is a hub that tells of no changes")
	}
	h := &hub{d: d}
	kind, least := uint8(usb.HubType), 7
	if d.speed == usb.Super {
		kind, least = usb.HubType+1, 12
	}
	var b [64]byte
	get := usb.Setup{RequestType: usb.In | usb.Class, Request: usb.GetDescriptor, Value: uint16(kind) << 8}
	n, err := d.request(get, b[:least], requestLimit)
	if err != nil {
		return err
	}
	if n < least || b[2] == 0 {
		return errors.New("its hub descriptor is none")
	}
	h.ports, h.think = min(int(b[2]), mostHubPorts), b[3]>>5&3
	if d.speed != usb.High {
		h.think = 0
	}
	if h.m = storport.Allocate(64, d.c.below); h.m == nil {
		return storport.ErrNoMemory
	}
	d.hub = h
	f := function{d: d}
	pipes, err := f.Open([]usb.Endpoint{*tell})
	if err == nil && d.speed == usb.Super {
		_, err = d.request(usb.Setup{RequestType: usb.Class, Request: setHubDepth, Value: uint16(d.at.depth)}, nil, requestLimit)
	}
	if err != nil {
		return err
	}
	h.pipe = pipes[0]
	h.change = usb.Transfer{Patient: true, Segments: []storport.Segment{{Address: h.m.Address, Length: min(uint32(tell.MaxPacket), 64)}},
		Done: func(*usb.Transfer) {
			h.told.Store(true)
			if !d.c.ticked.Swap(true) {
				d.c.changed()
			}
		}}
	for p := 1; p <= h.ports; p++ {
		h.feature(usb.SetFeature, featurePower, p)
	}
	d.c.pause(uint64(b[5])*2*storport.Millisecond + debounce)
	h.told.Store(true) // nobody has asked for changes yet
	h.look(false)
	return nil
}

// feature sets or clears a port's.
func (h *hub) feature(request uint8, feature, port int) error {
	_, err := h.d.request(usb.Setup{RequestType: usb.Class | usb.ToOther, Request: request, Value: uint16(feature), Index: uint16(port)}, nil, requestLimit)
	return err
}

// status reads a port's state and what has changed.
func (h *hub) status(port int) (state, change uint32, err error) {
	var b [4]byte
	n, err := h.d.request(usb.Setup{RequestType: usb.In | usb.Class | usb.ToOther, Request: usb.GetStatus, Index: uint16(port)}, b[:], requestLimit)
	if err == nil && n < len(b) {
		err = usb.ErrTransaction
	}
	return uint32(b[0]) | uint32(b[1])<<8, uint32(b[2]) | uint32(b[3])<<8, err
}

// acknowledge clears what has changed at a port.
func (h *hub) acknowledge(port int, change uint32) {
	for bit := range lastChange - firstChange + 1 {
		if change&(1<<bit) != 0 {
			h.feature(usb.ClearFeature, firstChange+bit, port)
		}
	}
	if h.d.speed == usb.Super {
		for bit, feature := range map[int]int{5: superWarm, 6: superLink, 7: superConfig} {
			if change&(1<<bit) != 0 {
				h.feature(usb.ClearFeature, feature, port)
			}
		}
	}
}

// look brings up what has been plugged into the hub, forgets what has been pulled out, and asks the
// hub to tell of the next change. bus is held. PASSIVE_LEVEL.
func (h *hub) look(settle bool) {
	for p := range h.children {
		if d := h.children[p]; d != nil && d.hub != nil {
			d.hub.look(settle)
		}
	}
	if !h.told.Swap(false) {
		return
	}
	if h.change.Err != nil {
		if h.failures++; h.failures > mostFailures || h.pipe.ClearHalt() != nil {
			return // it does not tell of changes any more
		}
	} else {
		h.failures = 0
	}
	c := h.d.c
	for p := 1; p <= h.ports; p++ {
		state, change, err := h.status(p)
		if err != nil {
			return // the hub is gone, or about to
		}
		h.acknowledge(p, change)
		if d := h.children[p]; d != nil && (state&hubConnected == 0 || state&hubEnabled == 0 || change&changeConnect != 0) {
			h.children[p] = nil
			storport.Say(fmt.Sprintf("USB %v: %s is gone.", d.at, d.title()))
			d.leave()
		}
		if state&hubConnected == 0 || change&changeConnect != 0 {
			h.unusable[p] = false
		}
		if state&hubConnected != 0 && h.children[p] == nil && !h.unusable[p] {
			if settle {
				c.pause(debounce)
			}
			at := h.d.at
			at.route |= uint32(p) << (4 * at.depth)
			at.depth++
			at.hub, at.port = h.d, p
			h.children[p] = c.plug(at, settle, func() (usb.Speed, error) { return h.reset(p) })
			h.unusable[p] = h.children[p] == nil
		}
	}
	if h.pipe.Submit(&h.change) != nil {
		h.change.Err = nil
	}
}

// reset resets a port and returns the speed of what is there.
func (h *hub) reset(port int) (usb.Speed, error) {
	if err := h.feature(usb.SetFeature, featureReset, port); err != nil {
		return 0, err
	}
	const looks = 80
	for range looks {
		h.d.c.pause(resetPause)
		state, change, err := h.status(port)
		if err != nil {
			return 0, err
		}
		if change&changeReset == 0 || state&hubReset != 0 {
			continue
		}
		h.acknowledge(port, change)
		h.d.c.pause(resetPause)
		switch {
		case state&hubConnected == 0:
			return 0, storport.ErrGone
		case state&hubEnabled == 0:
			return 0, fmt.Errorf("its port is not enabled (%04X)", state)
		case h.d.speed == usb.Super:
			return usb.Super, nil
		case state&hubLow != 0:
			return usb.Low, nil
		case state&hubHigh != 0:
			return usb.High, nil
		}
		return usb.Full, nil
	}
	return 0, fmt.Errorf("%w: its port's reset does not end", storport.ErrNoAnswer)
}

// leave forgets a hub that is gone, with all behind it. bus is held.
func (h *hub) leave() {
	for p, d := range h.children {
		if d != nil {
			h.children[p] = nil
			d.leave()
		}
	}
}
