package serial

import (
	"gont/io"
	"gont/ke"
	"gont/nt"
)

// Requests that wait for bytes. work is called whenever something may have changed: by the
// service routine's DPC, by the timer, and by who brings a request.

// never is no time limit.
const never = ^uint32(0)

// work completes the requests that are done. IRQL <= DISPATCH_LEVEL.
func (p *port) work() {
	for {
		p.process.Lock()
		p.wakeAt, p.kicked = ^uint64(0), false
		irp := p.done(&p.reads, p.read)
		if irp == nil {
			irp = p.done(&p.writes, p.write)
		}
		at, kicked := p.wakeAt, p.kicked
		p.process.Unlock()
		if irp != nil {
			io.CompleteRequest(irp, 6)
			continue
		}
		// What is a dispatch point is done without the lock.
		if at != ^uint64(0) {
			p.timer.SetDpc(-int64(max(at, ke.InterruptTime()+1)-ke.InterruptTime()), 0, p.timerDpc)
		}
		if kicked {
			p.expect()
		}
		return
	}
}

// done takes the first request out if step says that it is over. process is held.
func (p *port) done(q *io.CancelQueue, step func(*io.IRP) (over bool, status nt.Status, n int)) *io.IRP {
	first := true
	var s nt.Status
	var n int
	irp := q.Remove(func(irp *io.IRP) (over bool) {
		if !first {
			return false
		}
		first = false
		over, s, n = step(irp)
		return over
	})
	if irp != nil {
		irp.IoStatus = io.IoStatus{Status: s, Information: uint64(n)}
		if irp == p.reading {
			p.reading = nil
		}
		if irp == p.writing {
			p.writing = nil
		}
	}
	return irp
}

// read moves bytes to the first read. process is held.
func (p *port) read(irp *io.IRP) (over bool, s nt.Status, n int) {
	now := ke.InterruptTime()
	if p.reading != irp {
		p.reading, p.got, p.began = irp, 0, now
	}
	want := int(irp.Location().Length)
	for p.got < want {
		c, ok := p.rx.out()
		if !ok {
			break
		}
		irp.SystemBuffer[p.got] = c
		p.got++
	}
	if p.got == want {
		return true, nt.StatusSuccess, p.got
	}
	t := &p.timeouts
	interval, total, ok := readLimits(t, uint32(want))
	if interval == never && (t.ReadTotalTimeoutMultiplier == 0 && t.ReadTotalTimeoutConstant == 0) {
		return true, nt.StatusSuccess, p.got // what is there
	}
	if interval == never && t.ReadTotalTimeoutMultiplier == never && p.got > 0 {
		return true, nt.StatusSuccess, p.got // something is there
	}
	next := ^uint64(0)
	if ok {
		if next = p.began + total; now >= next {
			return true, nt.StatusTimeout, p.got
		}
	}
	if interval != 0 && interval != never && p.got > 0 {
		at := max(p.lastByte.Load(), p.began) + uint64(interval)*10_000
		if now >= at {
			return true, nt.StatusTimeout, p.got
		}
		next = min(next, at)
	}
	p.wakeAt = min(p.wakeAt, next)
	return false, 0, 0
}

// readLimits returns the interval in ms, and the limit for the whole of a read of n bytes in
// 100 ns units, if there is one.
func readLimits(t *nt.SerialTimeouts, n uint32) (interval uint32, total uint64, ok bool) {
	interval = t.ReadIntervalTimeout
	if interval == never && t.ReadTotalTimeoutMultiplier == never {
		return interval, uint64(t.ReadTotalTimeoutConstant) * 10_000, true
	}
	total = uint64(t.ReadTotalTimeoutMultiplier)*uint64(n) + uint64(t.ReadTotalTimeoutConstant)
	return interval, total * 10_000, total != 0
}

// write moves the first write's bytes to the transmitter. process is held.
func (p *port) write(irp *io.IRP) (over bool, s nt.Status, n int) {
	now := ke.InterruptTime()
	if p.writing != irp {
		p.writing, p.sent, p.wbegan = irp, 0, now
	}
	want := int(irp.Location().Length)
	moved := false
	for p.sent < want && p.tx.in(irp.SystemBuffer[p.sent]) {
		p.sent++
		moved = true
	}
	if moved {
		p.kick()
		p.kicked = true
	} else if p.sent == want && p.tx.len() == 0 && p.emptied.Load() {
		return true, nt.StatusSuccess, want
	}
	if total := uint64(p.timeouts.WriteTotalTimeoutMultiplier)*uint64(want) + uint64(p.timeouts.WriteTotalTimeoutConstant); total != 0 {
		at := p.wbegan + total*10_000
		if now >= at {
			left := p.tx.len()
			p.tx.clear()
			return true, nt.StatusTimeout, max(0, p.sent-left)
		}
		p.wakeAt = min(p.wakeAt, at)
	}
	return false, 0, 0
}
