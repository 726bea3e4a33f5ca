package usbxhci

import (
	"sync/atomic"

	"gont/io/storport"
	"gont/io/usb"
)

// A ring is a page of TRBs, the last of which is a link to the first (4.9.2).
const (
	trbSize    = 16
	ringLength = 256
	ringRoom   = ringLength - 2 // so many may be with the controller
)

// ring is what the driver writes and the controller reads. The controller's lock guards it.
type ring struct {
	m       *storport.Memory
	at      int // offset of the ring in m
	next    int // the TRB that is written next
	cycle   uint32
	used    int                       // TRBs of transfers that are not done
	owner   [ringLength]*usb.Transfer // by TRB
	lengths [ringLength]uint32        // of data, by TRB; the controller's memory is not read back
}

// clear empties the ring. The controller does not use it.
func (r *ring) clear() {
	r.m.Clear(r.at, ringLength*trbSize)
	r.next, r.cycle, r.used = 0, trbCycle, 0
	r.owner = [ringLength]*usb.Transfer{}
	link := r.at + (ringLength-1)*trbSize
	r.m.Put64(link, r.address(0))
	r.m.Store32(link+12, trbLink<<trbType|trbToggle) // the other cycle: it is not the controller's yet
}

// address is a TRB's physical address.
func (r *ring) address(i int) uint64 { return r.m.Address + uint64(r.at+i*trbSize) }

// index is the number of the TRB at a physical address, -1 when the ring has none there.
func (r *ring) index(pa uint64) int {
	o := pa - r.address(0)
	if o >= (ringLength-1)*trbSize || o%trbSize != 0 {
		return -1
	}
	return int(o / trbSize)
}

// put writes a TRB; hold: the controller does not see it before release is called with what put has
// returned. control has neither the type's cycle nor a link's bits.
func (r *ring) put(parameter uint64, status, control uint32, hold bool) (i int) {
	i = r.next
	o := r.at + i*trbSize
	r.m.Put64(o, parameter)
	r.m.Put32(o+8, status)
	cycle := r.cycle
	if hold {
		cycle ^= trbCycle
	}
	r.m.Store32(o+12, control|cycle)
	if r.next++; r.next == ringLength-1 {
		link := trbLink<<trbType | trbToggle | control&trbChain | r.cycle
		r.m.Store32(r.at+(ringLength-1)*trbSize+12, link)
		r.next, r.cycle = 0, r.cycle^trbCycle
	}
	return i
}

// release gives the controller a TRB that was put with hold, and with it those behind it.
func (r *ring) release(i int) {
	o := r.at + i*trbSize + 12
	r.m.Store32(o, r.m.Load32(o)^trbCycle)
}

// events is the event ring, which the controller writes (4.9.4): one segment. What is next is
// written with the controller's lock held.
type events struct {
	m    *storport.Memory
	next atomic.Uint32 // the next event's number, and the cycle bit that it will have
}

func (e *events) clear() {
	e.m.Clear(0, ringLength*trbSize)
	e.next.Store(trbCycle)
}

// some reports whether there is an event. Any level, without locks: the answer may be old.
func (e *events) some() bool {
	v := e.next.Load()
	return e.m.Load32(int(v>>1)*trbSize+12)&trbCycle == v&trbCycle
}

// take returns the next event. The lock is held.
func (e *events) take() (parameter uint64, status, control uint32, ok bool) {
	v := e.next.Load()
	o := int(v>>1) * trbSize
	if control = e.m.Load32(o + 12); control&trbCycle != v&trbCycle {
		return 0, 0, 0, false
	}
	parameter = uint64(e.m.Load32(o)) | uint64(e.m.Load32(o+4))<<32
	status = e.m.Load32(o + 8)
	if v += 2; v>>1 == ringLength {
		v = v&trbCycle ^ trbCycle
	}
	e.next.Store(v)
	return parameter, status, control, true
}

// address is where the next event will be.
func (e *events) address() uint64 { return e.m.Address + uint64(e.next.Load()>>1*trbSize) }
