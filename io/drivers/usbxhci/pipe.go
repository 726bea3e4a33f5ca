package usbxhci

import (
	"fmt"

	"gont/io/storport"
	"gont/io/usb"
)

// pipe is an endpoint with its ring.
type pipe struct {
	c        *controller
	d        *device
	endpoint usb.Endpoint
	id       int // the device context index: 1 for endpoint 0
	ring     ring
	gone     bool // by the lock: nothing goes any more
	halted   bool // by the lock: nothing goes until ClearHalt
}

// mostData is what a TRB moves at most, and what its data do not cross (6.4.1).
const mostData = 64 << 10

// contextIndex is an endpoint's device context index (4.5.1): 1 for endpoint 0.
func contextIndex(e *usb.Endpoint) int {
	n := e.Number()
	switch {
	case n == 0:
		return 1
	case e.In():
		return 2*n + 1
	}
	return 2 * n
}

// newPipe makes a pipe with memory for its ring; nil: there is none.
func (d *device) newPipe(e usb.Endpoint) *pipe {
	p := &pipe{c: d.c, d: d, endpoint: e, id: contextIndex(&e)}
	if p.ring.m = storport.Allocate(ringLength*trbSize, d.c.below); p.ring.m == nil {
		return nil
	}
	p.ring.clear()
	return p
}

// describe writes the endpoint's context (6.2.3) for a ring that is at its next TRB.
func (p *pipe) describe(o int, speed usb.Speed) {
	e := &p.endpoint
	kind, average := uint32(typeControl), uint32(8)
	interval, errors, payload := uint32(0), uint32(3), uint32(0)
	switch {
	case e.Kind == usb.Bulk && e.In():
		kind, average = typeBulkIn, 4096
	case e.Kind == usb.Bulk:
		kind, average = typeBulkOut, 4096
	case e.Kind == usb.Interrupt:
		kind, average = typeInterruptIn, uint32(e.MaxPacket)
		interval, payload = period(speed, e.Interval), uint32(e.MaxPacket)
	}
	burst := uint32(0)
	if speed == usb.Super {
		burst = uint32(e.Burst)
	}
	m := p.d.m
	m.Put32(o, interval<<16)
	m.Put32(o+4, errors<<1|kind<<3|burst<<8|uint32(e.MaxPacket)<<16)
	m.Put64(o+8, p.ring.address(p.ring.next)|uint64(p.ring.cycle))
	m.Put32(o+16, average|payload<<16)
}

// period is how often an interrupt endpoint is asked, as the exponent of 125 µs (6.2.3.6).
func period(speed usb.Speed, interval uint8) uint32 {
	if speed == usb.High || speed == usb.Super {
		return uint32(min(max(interval, 1), 16)) - 1
	}
	n := uint32(3) // milliseconds
	for v := interval; v > 1 && n < 10; v >>= 1 {
		n++
	}
	return n
}

// ready says whether the pipe takes n TRBs more. The lock is held.
func (p *pipe) ready(n int) error {
	switch {
	case p.c.dead || p.gone:
		return storport.ErrGone
	case p.halted:
		return usb.ErrStall
	case n > ringRoom-p.ring.used:
		return usb.ErrBusy
	}
	return nil
}

// begin counts a transfer. The lock is held.
func (p *pipe) begin(t *usb.Transfer, n int) {
	t.First, t.Count, t.Actual, t.Err, t.Short, t.Next = p.ring.next, n, 0, nil, false, nil
	p.ring.used += n
	if !t.Patient {
		p.c.due++
		p.c.soon()
	}
}

// Submit is Pipe's.
func (p *pipe) Submit(t *usb.Transfer) error {
	n, left := 0, uint32(0)
	for _, s := range t.Segments {
		n += pieces(s)
		left += s.Length
	}
	c := p.c
	c.lock.Lock()
	if err := p.ready(max(n, 1)); err != nil {
		c.lock.Unlock()
		return err
	}
	p.begin(t, max(n, 1))
	if n == 0 {
		p.put(t, 0, 0, 0, trbNormal<<trbType|trbOnEnd, true)
	}
	done := 0
	for _, s := range t.Segments {
		for a, length := s.Address, s.Length; length > 0; done++ {
			k := min(length, uint32(mostData-a%mostData))
			left -= k
			control := uint32(trbNormal<<trbType | trbShort)
			if done == n-1 {
				control |= trbOnEnd
			} else {
				control |= trbChain
			}
			p.put(t, a, k, p.packets(left), control, done == 0)
			a += uint64(k)
			length -= k
		}
	}
	p.ring.release(t.First)
	c.lock.Unlock()
	c.r.Write32(c.db+4*uint32(p.d.slot), uint32(p.id))
	return nil
}

// pieces is how many TRBs a segment needs.
func pieces(s storport.Segment) int {
	if s.Length == 0 {
		return 0
	}
	return int((s.Address%mostData + uint64(s.Length) + mostData - 1) / mostData)
}

// packets is what a TRB says of how many packets follow it (TD size, 4.11.2.4).
func (p *pipe) packets(left uint32) uint32 {
	size := uint32(max(p.endpoint.MaxPacket, 1))
	return min((left+size-1)/size, 31)
}

// put writes a TRB of a transfer. The lock is held.
func (p *pipe) put(t *usb.Transfer, address uint64, length, follow, control uint32, hold bool) {
	i := p.ring.put(address, length|follow<<17, control, hold)
	p.ring.owner[i], p.ring.lengths[i] = t, length
}

// transferred is an event of a transfer (6.4.2.1). The lock is held. What belongs to no transfer
// that is out is left alone.
func (c *controller) transferred(parameter uint64, status, control uint32) {
	slot, id := int(control>>24), int(control>>16&31)
	if slot > mostSlots || c.devices[slot] == nil {
		return
	}
	p := c.devices[slot].pipes[id]
	if p == nil {
		return
	}
	i := p.ring.index(parameter)
	if i < 0 || p.ring.owner[i] == nil {
		return
	}
	t := p.ring.owner[i]
	code, left := status>>24, status&0xFFFFFF
	at := (i - t.First + ringLength - 1) % (ringLength - 1)
	if code >= codeStopped && code <= codeStoppedShort {
		return // who stops the endpoint ends its transfers
	}
	if p.id == 1 {
		c.controlled(p, t, at, code, left)
		return
	}
	moved := uint32(0)
	for k := range at {
		moved += p.ring.lengths[(t.First+k)%(ringLength-1)]
	}
	own := p.ring.lengths[i]
	switch {
	case code == codeSuccess && at < t.Count-1:
		return // the last one has its own
	case left > own:
		t.Actual, p.halted = 0, true
		c.end(p, t, errCount)
	case code == codeSuccess || code == codeShort:
		t.Actual = moved + own - left
		c.end(p, t, nil)
	default:
		t.Actual, p.halted = 0, true
		c.end(p, t, problem(code))
	}
}

// controlled is an event of a control transfer: setup, data where there are any, status.
func (c *controller) controlled(p *pipe, t *usb.Transfer, at int, code, left uint32) {
	last := at == t.Count-1
	data := p.ring.lengths[(t.First+1)%(ringLength-1)]
	switch {
	case code == codeShort && t.Count == 3 && at == 1 && left <= data:
		t.Actual, t.Short = data-left, true // the status follows
	case code == codeSuccess && !last:
	case code == codeSuccess || code == codeShort && last:
		if t.Count == 3 && !t.Short {
			t.Actual = data
		}
		c.end(p, t, nil)
	default:
		t.Actual, p.halted = 0, true
		c.end(p, t, problem(code))
	}
}

var errCount = fmt.Errorf("%w: the controller counts more than there is", usb.ErrTransaction)

// problems are what completion codes mean, made beforehand: nothing is allocated under the lock.
var problems = func() (list [256]error) {
	for i := range list {
		list[i] = fmt.Errorf("%w: %w", usb.ErrTransaction, codeError(i))
	}
	list[codeStall] = usb.ErrStall
	return list
}()

func problem(code uint32) error { return problems[code&0xFF] }
