package usbxhci

import (
	"fmt"

	"gont/io/storport"
	"gont/io/usb"
)

// codeError is a command or a transfer that has ended with a completion code.
type codeError uint8

func (e codeError) Error() string { return fmt.Sprintf("completion code %d", uint8(e)) }

// do gives the controller a command and waits for its end (4.6). slot is what the event says.
// PASSIVE_LEVEL.
func (c *controller) do(kind uint32, parameter uint64, control uint32) (slot int, err error) {
	c.command.take()
	defer c.command.release()
	c.lock.Lock()
	if c.dead {
		c.lock.Unlock()
		return 0, storport.ErrGone
	}
	c.answered.Store(false)
	c.asked = c.commands.put(parameter, 0, kind<<trbType|control, false)
	c.due++
	c.soon()
	c.lock.Unlock()
	c.watch()
	c.r.Write32(c.db, 0)
	if !c.await(commandLimit, c.answered.Load) {
		c.abortCommand()
	}
	c.lock.Lock()
	c.asked = -1
	c.due--
	answer, dead := c.answer, c.dead
	c.expect()
	c.lock.Unlock()
	switch {
	case !c.answered.Load() && dead:
		return 0, storport.ErrGone
	case !c.answered.Load():
		return 0, storport.ErrNoAnswer
	}
	if code := uint8(answer); code != codeSuccess {
		return 0, codeError(code)
	}
	return int(answer >> 8), nil
}

// await waits until done, looking at the event ring meanwhile; a controller that is dead is not
// waited for.
func (c *controller) await(limit uint64, done func() bool) bool {
	return c.wait(limit, func() bool {
		c.poll()
		return done() || c.isDead()
	}) && done()
}

func (c *controller) isDead() bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.dead
}

// abortCommand takes back a command that does not end (4.6.1.2). The command's gate is held.
func (c *controller) abortCommand() {
	if c.isDead() {
		return
	}
	if why := c.looksDead(); why != "" {
		c.fail(why)
		return
	}
	c.write64(c.op+opRing, ringAbort)
	if !c.wait(commandLimit, func() bool { c.poll(); return c.read(opRing)&ringRuns == 0 }) {
		c.fail("it does not answer")
		return
	}
	c.poll()
	c.lock.Lock()
	c.commands.clear()
	c.lock.Unlock()
	c.write64(c.op+opRing, c.commands.address(0)|ringCycle)
}

// poll takes what the controller has to tell, and calls Done for the transfers that are at their
// end. DISPATCH_LEVEL or below, without locks.
func (c *controller) poll() {
	if !c.ready.Load() {
		return
	}
	ports, host := false, false
	c.lock.Lock()
	n := 0
	for ; n < 4*ringLength; n++ {
		parameter, status, control, ok := c.events.take()
		if !ok {
			break
		}
		switch control >> trbType & 63 {
		case eventTransfer:
			c.transferred(parameter, status, control)
		case eventCommand:
			if i := c.commands.index(parameter); i >= 0 && i == c.asked && status>>24 != codeRingStopped {
				c.answer = uint64(status>>24) | uint64(control>>24)<<8
				c.answered.Store(true)
				c.asked = -1
			}
		case eventPort:
			ports = true
		case eventHost:
			host = true
		}
	}
	if n > 0 {
		c.write64(c.rt+rtDequeue, c.events.address()|dequeueBusy)
	}
	t := c.first
	c.first, c.last = nil, nil
	c.expect()
	c.lock.Unlock()
	c.watch()
	for t != nil {
		next := t.Next
		t.Next = nil
		t.Done(t)
		t = next
	}
	if (ports || host) && !c.ticked.Swap(true) {
		c.changed()
	}
}

// expect says whether an interrupt is to come. The lock is held.
func (c *controller) expect() {
	if c.due > 0 {
		c.soon()
	} else {
		c.idle()
	}
}

// end puts a transfer among those that are done. The lock is held.
func (c *controller) end(p *pipe, t *usb.Transfer, err error) {
	for i := range t.Count {
		p.ring.owner[(t.First+i)%(ringLength-1)] = nil
	}
	p.ring.used -= t.Count
	if !t.Patient {
		c.due--
	}
	t.Err, t.Next = err, nil
	if c.last == nil {
		c.first = t
	} else {
		c.last.Next = t
	}
	c.last = t
}
