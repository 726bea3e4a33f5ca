package storahci

import (
	"math/bits"

	"gont/io/ata"
	"gont/io/storage"
	"gont/io/storport"
	"gont/nt"
)

// begin takes a task. The lock is held, as for all here.
func (p *port) begin(t *storport.Task) nt.Status {
	switch {
	case p.gone:
		return nt.StatusDeviceNotConnected
	case p.broken:
		return nt.StatusIoDeviceError
	case p.failed:
		return nt.StatusDeviceBusy
	}
	p.queue = append(p.queue, t)
	p.issue()
	return nt.StatusPending
}

// ncq reports whether a task goes as a queued command.
func (p *port) ncq(t *storport.Task) bool {
	return t.Function != storage.Flush && p.careful == 0 && p.c.capabilities&capNcq != 0 && p.disk.Ncq > 1 && t.Tag < p.disk.Ncq
}

// issue gives the disk what it takes now. Queued commands and others exclude each other (Serial
// ATA 3.1, 13.6.3), and of the others there is one at a time. Tasks go in their order.
func (p *port) issue() {
	for len(p.queue) > 0 && !p.failed {
		t := p.queue[0]
		ncq := p.ncq(t)
		if p.plain != 0 || !ncq && p.queued != 0 {
			return
		}
		p.queue = append(p.queue[:0], p.queue[1:]...)
		var f ata.Taskfile
		switch {
		case ncq:
			f = ata.Queued(t.Function, t.Sector, t.Count, t.Tag, t.ForceUnit)
		case t.Function == storage.Flush:
			f = p.disk.Flush()
		default:
			f = p.disk.Transfer(t.Function, t.Sector, t.Count, true, t.ForceUnit)
		}
		if !ncq && p.careful > 0 {
			p.careful--
		}
		p.table(t.Tag, &f, t.Segments, t.Function == storage.Write)
		bit := uint32(1) << t.Tag
		if ncq {
			p.queued |= bit
			p.write(portSact, bit)
		} else {
			p.plain = bit
		}
		p.write(portCi, bit)
	}
}

// poll looks for what has ended.
func (p *port) poll() {
	e := p.events.Swap(0)
	if p.queued|p.plain != 0 && !p.failed {
		p.complete(e)
	}
	if e&(eventError|eventChanged) != 0 && !p.failed && !p.gone && !p.broken && (e&eventError != 0 || !p.present()) {
		p.failed = true
		p.unit.Recover()
	}
	p.issue()
}

// complete ends the tasks that the disk has done, by the events that have come.
func (p *port) complete(e uint32) {
	left := p.read(portCi)
	if left == ^uint32(0) && p.read(portSsts) == left {
		p.failed = true // the controller is gone
		p.unit.Recover()
		return
	}
	if p.queued != 0 {
		left = p.read(portSact) // what of them is done is not in it any more (5.4.1)
	} else if e&eventError != 0 {
		return // the one command there was has failed, or not: recovery tells
	}
	// What ends may be followed by what left knows nothing of.
	queued, plain := p.queued&^left, p.plain&^left
	p.end(&p.queued, queued, nt.StatusSuccess)
	p.end(&p.plain, plain, nt.StatusSuccess)
}

// end ends the tasks of done, which are slots of set.
func (p *port) end(set *uint32, done uint32, s nt.Status) {
	*set &^= done
	for ; done != 0; done &= done - 1 {
		slot := bits.TrailingZeros32(done)
		t := p.unit.Task(slot)
		if t == nil {
			continue
		}
		if s == nt.StatusSuccess && !p.whole(t, slot) {
			t.Done(nt.StatusIoDeviceError)
			continue
		}
		t.Done(s)
	}
}

// whole reports whether all of a task's bytes were moved. The count of queued commands need
// not be right (5.4.1).
func (p *port) whole(t *storport.Task, slot int) bool {
	return t.Function != storage.Read || p.ncq(t) || p.m.Load32(slot*32+4) == t.Count*t.Unit.Port.SectorSize
}

// forget drops what waits and what the disk has: it is about to be reset. It takes the lock.
func (p *port) forget() {
	p.unit.Locked(func() {
		p.queue = p.queue[:0]
		p.queued, p.plain = 0, 0
		p.failed, p.broken, p.careful = false, false, 0
	})
}
