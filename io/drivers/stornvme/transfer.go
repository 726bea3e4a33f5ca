package stornvme

import (
	"gont/io/storage"
	"gont/io/storport"
	"gont/nt"
)

// Commands of the NVM command set (6).
const (
	opFlush = 0
	opWrite = 1
	opRead  = 2

	forceUnit  = 1 << 30 // of dword 12
	statusMask = 0x7FF   // type and code
)

// Interrupt is Controller's. A line is masked until the completions are taken: the controller
// pulls it as long as there are some.
func (c *controller) Interrupt(int) bool {
	if !c.ready.Load() {
		return false
	}
	for _, q := range c.queues {
		if q.some() {
			if c.line {
				c.r.Write32(regMask, ^uint32(0))
			}
			return true
		}
	}
	return false
}

// Begin is Controller's. The processor's own queue takes the command.
func (c *controller) Begin(t *storport.Task) nt.Status {
	if !c.ready.Load() || c.broken {
		return nt.StatusIoDeviceError
	}
	x := t.Unit.Data.(*unit)
	x.round++
	id := uint16(x.round)<<8 | uint16(x.index*c.per+t.Tag)
	x.ids[t.Tag] = id
	k := command{opcode: opFlush, id: id, namespace: x.namespace}
	if t.Function != storage.Flush {
		k.opcode = opRead
		k.cdw = [3]uint32{uint32(t.Sector), uint32(t.Sector >> 32), t.Count - 1}
		if t.Function == storage.Write {
			k.opcode = opWrite
			if t.ForceUnit {
				k.cdw[2] |= forceUnit
			}
		}
		k.prp1, k.prp2 = c.prp(x.index*c.per+t.Tag, t.Segments)
	}
	q := c.queues[c.processor()%len(c.queues)]
	q.put(&k)
	c.ring(q.submit, uint32(q.tail))
	return nt.StatusPending
}

// prp says where a task's memory is (4.3): two pages in the command, more in a list.
func (c *controller) prp(slot int, list []storport.Segment) (first, second uint64) {
	first = list[0].Address
	switch rest := list[1:]; len(rest) {
	case 0:
	case 1:
		second = rest[0].Address
	default:
		at := slot * listSize
		for i, s := range rest {
			c.lists.Put64(at+8*i, s.Address)
		}
		second = c.lists.Address + uint64(at)
	}
	return first, second
}

// Poll is Controller's.
func (c *controller) Poll() {
	if !c.ready.Load() || c.broken {
		return
	}
	for _, q := range c.queues {
		n := 0
		for ; n < q.size; n++ {
			e, ok := q.take()
			if !ok {
				break
			}
			if t := c.task(q, &e); t != nil {
				t.Done(meaning(e.status))
			} else {
				c.broken = true // it was not asked for this
				return
			}
		}
		if n > 0 {
			c.ring(q.complete, q.index())
		}
	}
	if c.line {
		c.r.Write32(regUnmask, ^uint32(0))
	}
}

// task is the one that a completion is of, nil when it is of none.
func (c *controller) task(q *queue, e *completion) *storport.Task {
	if c.per == 0 || int(e.queue) != q.id {
		return nil
	}
	slot := int(e.id & 0xFF)
	if slot/c.per >= len(c.units) {
		return nil
	}
	x := c.units[slot/c.per]
	t := x.u.Task(slot % c.per)
	if t == nil || x.ids[slot%c.per] != e.id {
		return nil
	}
	return t
}

// meaning is what a status says (4.6.1).
func meaning(status uint16) nt.Status {
	const notReady = 0x82
	switch status & statusMask {
	case 0:
		return nt.StatusSuccess
	case 0x01: // opcode
		return nt.StatusInvalidDeviceRequest
	case 0x02: // field
		return nt.StatusInvalidParameter
	case 0x07, 0x08: // aborted, queue deleted
		return nt.StatusRequestAborted
	case 0x0B: // namespace
		return nt.StatusDeviceNotConnected
	case 0x20, 0x182: // write protected
		return nt.StatusMediaWriteProtected
	case 0x80: // LBA out of range
		return nt.StatusNonexistentSector
	case notReady:
		return nt.StatusDeviceBusy
	case 0x280, 0x281: // write fault, unrecovered read error
		return nt.StatusDeviceDataError
	case 0x282, 0x283, 0x284: // end-to-end checks
		return nt.StatusCrcError
	}
	return nt.StatusIoDeviceError
}
