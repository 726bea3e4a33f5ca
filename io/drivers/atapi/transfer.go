package atapi

import (
	"gont/io/ata"
	"gont/io/storage"
	"gont/io/storport"
	"gont/nt"
)

// Interrupt is Controller's. Reading the status takes the drive's interrupt back.
func (c *channel) Interrupt(int) bool {
	if !c.running.Load() {
		return false
	}
	if c.master != nil {
		v := c.master.Read8(masterStatus)
		if v&masterInterrupt == 0 || v == 0xFF {
			return false
		}
		c.master.Write8(masterStatus, v&^masterError|masterInterrupt)
	} else if v := c.status(); v&ata.StatusBusy != 0 {
		return false
	}
	c.command.Read8(regStatus)
	c.came.Store(true)
	return true
}

// Begin is Controller's.
func (c *channel) Begin(t *storport.Task) nt.Status {
	if t.Unit.Data.(*drive).gone {
		return nt.StatusDeviceNotConnected
	}
	c.queue = append(c.queue, t)
	c.next()
	return nt.StatusPending
}

// next begins tasks until the channel has one. The lock is held, as for all here.
func (c *channel) next() {
	for c.active == nil && len(c.queue) > 0 {
		t := c.queue[0]
		c.queue = append(c.queue[:0], c.queue[1:]...)
		c.active, c.sector = t, 0
		if s := c.begin(t); s != nt.StatusPending {
			c.end(s)
		}
	}
}

// end ends the active task.
func (c *channel) end(s nt.Status) {
	t := c.active
	c.active = nil
	t.Done(s)
}

// spin waits a short while for what a drive does at once.
func (c *channel) spin(want, not uint8) bool {
	for range spins {
		if v := c.status(); v&not == 0 && v&want == want {
			return true
		}
	}
	return false
}

// begin gives the drive a task's command.
func (c *channel) begin(t *storport.Task) nt.Status {
	d := t.Unit.Data.(*drive)
	c.choose(d.select8())
	if !c.spin(0, ata.StatusBusy|ata.StatusDrq) {
		if c.status() == 0xFF {
			return nt.StatusDeviceNotConnected
		}
		return nt.StatusIoDeviceError
	}
	c.came.Store(false)
	c.dma = t.Function != storage.Flush && !d.pio
	f := d.disk.Flush()
	if t.Function != storage.Flush {
		f = d.disk.Transfer(t.Function, t.Sector, t.Count, c.dma, t.ForceUnit && c.dma)
	}
	if c.dma {
		c.arm(t)
	}
	c.write(d, &f)
	switch {
	case c.dma:
		c.master.Write8(masterCommand, c.direction(t)|masterStart)
	case t.Function == storage.Write:
		if !c.spin(ata.StatusDrq, ata.StatusBusy) {
			return c.failed()
		}
		c.out(t)
	}
	return nt.StatusPending
}

// write writes a command to the drive's registers.
func (c *channel) write(d *drive, f *ata.Taskfile) {
	r := c.command
	r.Write8(regDevice, f.Device|d.select8())
	if f.Ext { // the high halves first (6.20)
		r.Write8(regError, uint8(f.Features>>8))
		r.Write8(regCount, uint8(f.Count>>8))
		r.Write8(regLow, uint8(f.Lba>>24))
		r.Write8(regMid, uint8(f.Lba>>32))
		r.Write8(regHigh, uint8(f.Lba>>40))
	}
	r.Write8(regError, uint8(f.Features))
	r.Write8(regCount, uint8(f.Count))
	r.Write8(regLow, uint8(f.Lba))
	r.Write8(regMid, uint8(f.Lba>>8))
	r.Write8(regHigh, uint8(f.Lba>>16))
	r.Write8(regStatus, f.Command)
}

func (c *channel) direction(t *storport.Task) uint8 {
	if t.Function == storage.Read {
		return masterToMemory
	}
	return 0
}

// arm tells the bus master of a task's memory (1.0, 3.1).
func (c *channel) arm(t *storport.Task) {
	const last = 1 << 31
	for i, s := range t.Segments {
		n := s.Length & 0xFFFF // 64 KB is 0
		if i == len(t.Segments)-1 {
			n |= last
		}
		c.table.Put32(8*i, uint32(s.Address))
		c.table.Store32(8*i+4, n)
	}
	c.master.Write8(masterCommand, 0)
	c.master.Write32(masterTable, uint32(c.table.Address))
	c.master.Write8(masterCommand, c.direction(t))
	c.master.Write8(masterStatus, c.master.Read8(masterStatus)|masterError|masterInterrupt)
}

// failed is the status of a command that the drive has ended with an error.
func (c *channel) failed() nt.Status { return ata.Status(c.status(), c.command.Read8(regError)) }

// Poll is Controller's.
func (c *channel) Poll() {
	if !c.came.Swap(false) || c.active == nil {
		return
	}
	v := c.status()
	if v == 0xFF {
		c.end(nt.StatusDeviceNotConnected)
		return
	}
	if v&ata.StatusBusy != 0 {
		return // it was another's
	}
	t := c.active
	if c.dma {
		c.finishDma(t, v)
	} else if s := c.step(t, v); s != nt.StatusPending {
		c.end(s)
	}
	c.next()
}

// finishDma ends a transfer by DMA (1.0, 3.1, steps 5 to 7).
func (c *channel) finishDma(t *storport.Task, status uint8) {
	m := c.master.Read8(masterStatus)
	c.master.Write8(masterCommand, c.direction(t))
	d := t.Unit.Data.(*drive)
	switch {
	case status&(ata.StatusError|ata.StatusFault) != 0:
		if s := c.failed(); s == nt.StatusCrcError { // of the cable
			c.dmaError(d)
			c.end(s)
		} else {
			c.end(s)
		}
	case m&(masterError|masterActive) != 0 || status&ata.StatusDrq != 0: // not all of it was moved
		c.dmaError(d)
		c.end(nt.StatusIoDeviceError)
	default:
		c.end(nt.StatusSuccess)
	}
}

// step goes on with a transfer by PIO, or a flush: the drive has interrupted.
func (c *channel) step(t *storport.Task, status uint8) nt.Status {
	if status&(ata.StatusError|ata.StatusFault) != 0 {
		return c.failed()
	}
	switch t.Function {
	case storage.Read:
		if status&ata.StatusDrq == 0 {
			return nt.StatusIoDeviceError
		}
		c.in(t)
		if c.sector == t.Count {
			return nt.StatusSuccess
		}
	case storage.Write:
		if c.sector == t.Count {
			return nt.StatusSuccess
		}
		if status&ata.StatusDrq == 0 {
			return nt.StatusIoDeviceError
		}
		c.out(t)
	default:
		return nt.StatusSuccess
	}
	return nt.StatusPending
}

// in takes a sector from the drive; out gives it one. A word may lie in two pieces.
func (c *channel) in(t *storport.Task) {
	size := int(t.Unit.Port.SectorSize)
	at := int(c.sector) * size
	var p []byte
	put := func(b byte) {
		if len(p) == 0 {
			p = t.Bytes(at)
		}
		if len(p) > 0 {
			p[0] = b
			p = p[1:]
		}
		at++
	}
	for range size / 2 {
		v := c.command.Read16(regData)
		put(byte(v))
		put(byte(v >> 8))
	}
	c.sector++
}

func (c *channel) out(t *storport.Task) {
	size := int(t.Unit.Port.SectorSize)
	at := int(c.sector) * size
	var p []byte
	get := func() (b byte) {
		if len(p) == 0 {
			p = t.Bytes(at)
		}
		if len(p) > 0 {
			b, p = p[0], p[1:]
		}
		at++
		return b
	}
	for range size / 2 {
		low := uint16(get())
		c.command.Write16(regData, low|uint16(get())<<8)
	}
	c.sector++
}
