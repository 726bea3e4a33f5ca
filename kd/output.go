// Package kd is the kernel's side of the debug port (SPEC K2): so far the way of
// text to it.
package kd

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// Sizes of an Output, in bytes.
const (
	// OutputSize is how much text an Output holds.
	OutputSize = 64 << 10
	// UserShare is how much of it programs may fill; the rest is the kernel's.
	UserShare = OutputSize / 2
	// pumpLimit is how much one call of Pump sends at most.
	pumpLimit = 8 << 10
)

// Patience is how long a port may take no byte before it counts as dead, in
// nanoseconds. A real port takes one every 87 us at 115200 baud; an emulator's may
// wait for its reader, and the reader for a busy host.
const Patience = 10_000_000_000

// refusals is how often in a row a port may refuse, in case the clock stands: a read of
// its status takes about a microsecond.
const refusals = 50_000_000

// Output is text on its way to a port: a bounded queue between those who write and
// the port, so that nobody waits for the port but who wants to. Text that goes in at
// once comes out in one piece.
//
// Put and Pump may be called on any processor at PASSIVE_LEVEL; no lock is held while
// the port is asked. A port that takes nothing for Patience is dead: text for it is
// dropped and counted until the port takes a byte again.
type Output struct {
	send func(b []byte) int
	now  func() int64

	put     sync.Mutex // held while text is copied in, and by nobody else
	in      atomic.Uint64
	out     atomic.Uint64
	pumping atomic.Bool
	refused int          // how often the port has taken nothing since then; for who pumps
	taken   atomic.Int64 // time at which the port last took a byte, or had nothing to take
	dead    atomic.Bool
	stopped atomic.Bool   // Take has the port
	lost    atomic.Uint64 // bytes dropped that nobody has been told of
	buf     [OutputSize]byte
}

// NewOutput makes an Output. send gives the port bytes and returns how many the port
// took without waiting; now is a clock in nanoseconds.
func NewOutput(send func(b []byte) int, now func() int64) *Output {
	return &Output{send: send, now: now}
}

// Put takes text if it fits into the first share bytes of the queue, and reports
// whether it has. A newline becomes a carriage return and a newline. Whoever calls
// Put calls Pump afterwards.
func (o *Output) Put(s string, share int) bool { return o.putText(s, share, true) }

// PutRaw is Put for bytes that are sent as they are.
func (o *Output) PutRaw(b []byte, share int) bool { return o.putText(string(b), share, false) }

func (o *Output) putText(s string, share int, text bool) bool {
	o.put.Lock()
	defer o.put.Unlock()
	if n := o.lost.Load(); n > 0 && !o.dead.Load() && o.copyIn(fmt.Sprintf("\n[%d bytes of text lost]\n", n), OutputSize, true) {
		o.lost.Add(-n)
	}
	return o.copyIn(s, share, text)
}

// copyIn is Put's work; text: a newline gets a carriage return. o.put is held.
func (o *Output) copyIn(s string, share int, text bool) bool {
	n := len(s)
	for i := range len(s) {
		if text && s[i] == '\n' {
			n++
		}
	}
	in, used := o.in.Load(), o.Len()
	if used+n > share {
		return false
	}
	if used == 0 {
		o.taken.Store(o.now())
	}
	for i := range len(s) {
		if text && s[i] == '\n' {
			o.buf[in%OutputSize] = '\r'
			in++
		}
		o.buf[in%OutputSize] = s[i]
		in++
	}
	o.in.Store(in) // from here on Pump sees the text
	return true
}

// Drop counts text that its writer gives up.
func (o *Output) Drop(s string) { o.lost.Add(uint64(len(s))) }

// Len returns how many bytes wait.
func (o *Output) Len() int { return int(o.in.Load() - o.out.Load()) }

// Dead reports whether the port counts as dead.
func (o *Output) Dead() bool { return o.dead.Load() }

// Pump sends what the port takes without waiting, and at most pumpLimit bytes. It
// returns at once if another processor pumps.
func (o *Output) Pump() {
	for sent := 0; sent < pumpLimit && o.Len() > 0 && !o.stopped.Load(); {
		if !o.pumping.CompareAndSwap(false, true) {
			return // that processor looks again when it is done
		}
		n := o.pumpOnce()
		o.pumping.Store(false)
		if n == 0 {
			return
		}
		sent += n
	}
}

// pumpOnce offers the port one piece of the text. o.pumping is set.
func (o *Output) pumpOnce() int {
	out := o.out.Load()
	n := min(o.Len(), OutputSize-int(out%OutputSize))
	if n == 0 {
		return 0
	}
	n = o.send(o.buf[out%OutputSize:][:n])
	if n > 0 {
		o.taken.Store(o.now())
		o.dead.Store(false)
		o.refused = 0
		o.out.Store(out + uint64(n))
		return n
	}
	if o.refused++; o.dead.Load() || o.refused > refusals || o.now()-o.taken.Load() > Patience {
		o.dead.Store(true)
		in := o.in.Load()
		o.lost.Add(in - out)
		o.out.Store(in)
	}
	return 0
}

// Flush pumps until the queue is empty, calling pause between, or until the port is
// dead.
func (o *Output) Flush(pause func()) {
	for o.Len() > 0 && !o.stopped.Load() {
		if o.Pump(); o.Len() > 0 {
			pause()
		}
	}
}

// Take is for the stop path, when no other processor runs any more or all are about
// to be stopped: it hands what waits to put, a byte at a time, takes no lock, and
// leaves the queue empty; nobody pumps any more afterwards. A piece that another
// processor was sending may come twice.
func (o *Output) Take(put func(c byte)) {
	o.stopped.Store(true)
	in := o.in.Load()
	for out := max(o.out.Load(), in-min(in, OutputSize)); out < in; out++ {
		put(o.buf[out%OutputSize])
		o.out.Store(out + 1)
	}
}
