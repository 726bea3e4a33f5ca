package serial

import (
	"sync/atomic"

	"gont/io"
	"gont/ke"
	"gont/nt"
)

// ringSize is how many bytes wait in each direction.
const ringSize = 4096

// ring is bytes on their way, from one side to the other: one puts, one takes.
type ring struct {
	put, take atomic.Uint32
	b         [ringSize]byte
}

func (r *ring) len() int  { return int(r.put.Load() - r.take.Load()) }
func (r *ring) room() int { return ringSize - r.len() }

// in puts a byte, if there is room.
func (r *ring) in(c byte) bool {
	if r.room() == 0 {
		return false
	}
	p := r.put.Load()
	r.b[p%ringSize] = c
	r.put.Store(p + 1)
	return true
}

// out takes a byte.
func (r *ring) out() (c byte, ok bool) {
	t := r.take.Load()
	if t == r.put.Load() {
		return 0, false
	}
	c = r.b[t%ringSize]
	r.take.Store(t + 1)
	return c, true
}

func (r *ring) clear() { r.take.Store(r.put.Load()) }

// Console is the kernel's queue of text for a port that it shares.
type Console interface {
	// Connect says that the driver serves the port from now on: kick is to be called when
	// text is left in the queue; nil: it does not serve it any more.
	Connect(kick func())
	// Pump sends what the port takes, and reports whether text is left. DISPATCH_LEVEL.
	Pump() (left bool)
	// Waiting returns how many bytes wait.
	Waiting() int
	// Write puts bytes into the queue, which go out as they are. The thread waits for
	// room. STATUS_SUCCESS, or why the wait has ended. PASSIVE_LEVEL.
	Write(b []byte) nt.Status
}

// port is a serial port that works.
type port struct {
	r       registers
	kind    kind
	console Console // nil: nobody else sends
	// synchronize calls its function while the service routine does not run.
	synchronize func(func())
	expect      func() // an interrupt will come
	dpc         *ke.Dpc
	timer       *ke.Timer
	timerDpc    *ke.Dpc

	// The interrupt's lock.
	ier, mcr   uint8
	errors     uint32 // nt.SerialError..., since somebody asked
	statistics nt.SerialStatistics

	rx, tx   ring
	lastByte atomic.Uint64 // interrupt time of the last byte received
	emptied  atomic.Bool   // the transmitter has sent all

	reads, writes io.CancelQueue

	process  ke.SpinLock // of what follows
	timeouts nt.SerialTimeouts
	reading  *io.IRP // the first of reads, got bytes of it are there, begun at that time
	got      int
	began    uint64
	writing  *io.IRP
	sent     int
	wbegan   uint64
	wakeAt   uint64 // when work is to be called next, ^0: not by itself
	kicked   bool   // the transmitter has been given something
}

// newPort makes a port of a chip, which is quiet until start.
func newPort(r registers) *port {
	p := &port{r: r}
	p.dpc = ke.NewDpc(func(any) { p.work() })
	p.timer = ke.NewTimer(nt.SynchronizationTimer)
	p.timerDpc = ke.NewDpc(func(any) { p.work() })
	return p
}

// start sets the chip up and lets it interrupt. A shared port keeps its speed and line, and
// what waits in its FIFO.
func (p *port) start() {
	p.synchronize(func() {
		if p.console == nil {
			p.r.out(regIER, 0)
			p.kind = identify(p.r)
			setDivisor(p.r, clockHz/9600)
			p.r.out(regLCR, 3)
		} else if p.r.in(regIIR)>>6 == 3 {
			p.kind = i16550A
		} else {
			p.kind = i16450
		}
		if p.kind == i16550A {
			clear := uint8(fcrClear)
			if p.console != nil {
				clear = 0
			}
			p.r.out(regIIR, fcrEnable|clear|fcr8)
		}
		p.mcr = mcrDTR | mcrRTS | mcrOut2
		p.r.out(regMCR, p.mcr)
		p.ier = ierRx | ierLine | ierModem
		p.r.out(regIER, p.ier)
	})
	// What has come before interrupts were on. The DPC comes when the level falls.
	old := ke.RaiseIrql(ke.DispatchLevel)
	p.synchronize(func() { p.service() })
	ke.LowerIrql(old)
}

// stop makes the chip quiet.
func (p *port) stop() {
	p.synchronize(func() {
		p.ier = 0
		p.r.out(regIER, 0)
		p.mcr &^= mcrOut2
		p.r.out(regMCR, p.mcr)
	})
	p.timer.Cancel()
}

// serviceRounds is how often the service routine looks again before it lets others go on: a chip
// that is not there, or broken, says for ever that there is something.
const serviceRounds = 256

// service is the service routine: it empties the receiver and fills the transmitter. The
// interrupt's lock is held.
func (p *port) service() (mine bool) {
	more := false
	for range serviceRounds {
		iir := p.r.in(regIIR)
		if iir&iirNone != 0 {
			break
		}
		mine, more = true, true
		switch iir & 0x0E {
		case 0x06, 0x04, 0x0C: // line status, data, data that has waited
			p.receive()
		case 0x02:
			p.transmit()
		case 0x00:
			p.r.in(regMSR)
		default:
			p.receive()
		}
	}
	if more {
		p.dpc.Insert(nil)
	}
	return mine
}

// receive takes bytes and errors until there are none.
func (p *port) receive() {
	for range 64 {
		s := p.r.in(regLSR)
		p.note(s)
		if s&lsrData == 0 {
			return
		}
		c := p.r.in(regData)
		if s&lsrBI != 0 {
			continue // the zero of a break
		}
		p.statistics.Received++
		if !p.rx.in(c) {
			p.errors |= nt.SerialErrorQueueOverrun
			p.statistics.BufferOverruns++
		}
		p.lastByte.Store(ke.InterruptTime())
	}
}

// note keeps the errors of LSR.
func (p *port) note(s uint8) {
	if s == 0xFF {
		return
	}
	if s&lsrOE != 0 {
		p.errors |= nt.SerialErrorOverrun
		p.statistics.SerialOverruns++
	}
	if s&lsrPE != 0 {
		p.errors |= nt.SerialErrorParity
		p.statistics.ParityErrors++
	}
	if s&lsrFE != 0 && s&lsrBI == 0 {
		p.errors |= nt.SerialErrorFraming
		p.statistics.FrameErrors++
	}
	if s&lsrBI != 0 {
		p.errors |= nt.SerialErrorBreak
	}
}

// transmit fills the transmitter, which is empty, or turns its interrupt off when nothing
// waits. The interrupt's lock is held.
func (p *port) transmit() {
	left := false
	if p.console != nil {
		left = p.console.Pump()
	} else if p.r.in(regLSR)&lsrTHRE != 0 {
		for range p.kind.fifo() {
			c, ok := p.tx.out()
			if !ok {
				break
			}
			p.r.out(regData, c)
			p.statistics.Transmitted++
			left = true // one more interrupt tells that it is out
		}
	} else {
		left = true
	}
	if !left && p.ier&ierTx != 0 {
		p.ier &^= ierTx
		p.r.out(regIER, p.ier)
		p.emptied.Store(true)
	}
}

// kick turns the transmitter's interrupt on, as something waits. Any locks may be held but
// the interrupt's. IRQL <= DISPATCH_LEVEL.
func (p *port) kick() {
	p.synchronize(func() {
		if p.ier&ierTx == 0 && p.ier != 0 {
			p.emptied.Store(false)
			p.ier |= ierTx
			p.r.out(regIER, p.ier)
		}
	})
}
