package usbxhci

import (
	"sync/atomic"

	"gont/io/storport"
	"gont/io/usb"
)

// quiet takes all transfers of the pipe back: the controller does not touch their memory any more,
// and they end with err. The ring is empty afterwards. With an error nothing goes any more.
// PASSIVE_LEVEL.
func (p *pipe) quiet(err error) error {
	_, problem := p.rest(err)
	return problem
}

// rest is quiet; fresh: the endpoint was reset, so that the sequence of its packets begins anew.
func (p *pipe) rest(err error) (fresh bool, problem error) {
	c := p.c
	c.lock.Lock()
	halted := p.halted
	p.halted = true // nothing comes meanwhile
	c.lock.Unlock()
	fresh, problem = p.stop()
	if problem != nil {
		c.fail("an endpoint does not stop: " + problem.Error())
	}
	c.lock.Lock()
	for i := range p.ring.owner {
		if t := p.ring.owner[i]; t != nil {
			t.Actual = 0
			c.end(p, t, err)
		}
	}
	p.ring.clear()
	c.lock.Unlock()
	if problem == nil {
		// 4.6.10: what the controller reads next.
		_, e := c.do(trbSetDequeue, p.ring.address(0)|trbCycle, p.control())
		if code, ok := e.(codeError); ok && !p.isGone() {
			problem = code
		} else if !ok {
			problem = e
		}
	}
	if problem == nil {
		c.lock.Lock()
		p.halted = halted
		c.lock.Unlock()
	}
	c.poll()
	return fresh, problem
}

// control is what a command for the endpoint has in its last word.
func (p *pipe) control() uint32 { return uint32(p.d.slot)<<24 | uint32(p.id)<<16 }

func (p *pipe) isGone() bool {
	p.c.lock.Lock()
	defer p.c.lock.Unlock()
	return p.gone
}

// state is the endpoint's, as the controller has written it (6.2.3).
func (p *pipe) state() uint32 { return p.d.m.Load32(offOutput+p.id*p.c.context) & 7 }

// stop stops the endpoint in whatever state it is; fresh: it was reset.
func (p *pipe) stop() (fresh bool, err error) {
	for range 4 {
		kind := uint32(0)
		switch p.state() {
		case endpointRunning:
			kind = trbStopEndpoint
		case endpointHalted:
			kind = trbResetEndpoint
		default:
			return false, nil
		}
		_, err := p.c.do(kind, 0, p.control())
		if err != codeError(codeContextState) {
			return kind == trbResetEndpoint, err
		}
		// It has halted, or gone on, meanwhile.
	}
	return false, storport.ErrNoAnswer
}

// Abort is Pipe's.
func (p *pipe) Abort() error { return p.quiet(usb.ErrAborted) }

// ClearHalt is Pipe's (2.0, 9.4.1). The device begins anew with the sequence of packets, and so does
// the controller: a reset of the endpoint does that, or where it was not halted, dropping and adding it.
func (p *pipe) ClearHalt() error {
	p.d.control.take()
	defer p.d.control.release()
	fresh, err := p.rest(usb.ErrAborted)
	if err != nil {
		return err
	}
	s := usb.Setup{RequestType: usb.ToEndpoint, Request: usb.ClearFeature, Index: uint16(p.endpoint.Address)}
	if _, err := p.d.requestLocked(s, nil, requestLimit); err != nil {
		return err
	}
	if !fresh {
		if err := p.d.replace(p); err != nil {
			return err
		}
	}
	p.c.lock.Lock()
	p.halted = false
	p.c.lock.Unlock()
	return nil
}

// Move is Pipe's.
func (p *pipe) Move(t *usb.Transfer, limit uint64) error {
	var over atomic.Bool
	t.Done = func(*usb.Transfer) { over.Store(true) }
	if err := p.Submit(t); err != nil {
		return err
	}
	p.c.watch()
	if p.c.await(limit, over.Load) {
		return t.Err
	}
	return p.late(&over)
}

// late takes a transfer back for which its caller has waited too long, or in vain.
func (p *pipe) late(over *atomic.Bool) error {
	c := p.c
	if why := c.looksDead(); why != "" {
		c.fail(why)
	}
	p.quiet(usb.ErrAborted)
	if c.isDead() || p.isGone() {
		return storport.ErrGone
	}
	return storport.ErrNoAnswer
}
