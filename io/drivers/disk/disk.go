package disk

import (
	"sync/atomic"

	"gont/ex"
	"gont/io"
	"gont/io/storage"
	"gont/ke"
	"gont/nt"
)

// state is whether a disk can be used.
type state uint8

const (
	working   state = iota
	resetting       // its port is being reset; requests wait
	dead            // it does not answer, or is gone; requests fail
)

const (
	mostPackets    = 64
	mostTries      = 5           // of a request
	triesToReset   = 3           // after so many failures the port is reset
	mostBusy       = 50          // times that a busy disk is waited for
	busyDelay      = 1_000_000   // 100 ns
	defaultTimeout = 100_000_000 // likewise: ten seconds
	oneSecond      = 10_000_000
	mostResets     = 3 // one after the other, without a request that succeeds
)

// Counts are what has happened to a disk.
type Counts struct {
	Reads, Writes, Flushes, Bytes           uint64
	Errors, Retries, Timeouts, Resets, Lost uint64
}

// disk is a disk with its requests.
//
// Locks: lock guards all below it. Requests are completed and sent without it. IRQL:
// DISPATCH_LEVEL or below, but where it is said.
type disk struct {
	port    *storage.Port
	number  int
	device  *io.Device // the whole disk's
	volumes []*io.Device
	links   []string
	reset   *ex.WorkItem
	timer   *ke.Timer // for busy disks
	dpc     *ke.Dpc
	clock   *ke.Timer // for watch
	tick    *ke.Dpc

	scan      *scan       // the last try to read the partition table; by class.lock
	arc       string      // the loader's name; by class.lock
	left      bool        // the disk is gone; by class.lock
	known     atomic.Bool // the partitions have their devices
	unhurried atomic.Bool // a request that takes too long does not make the port be reset

	lock           ke.SpinLock
	state          state
	status         nt.Status // of requests, when dead
	waiting        queue     // requests of others that have no packet yet
	free           *packet
	ready, delayed packets // in the order in which they are to be sent
	out            *packet // with the port
	sending        bool    // somebody is in pump
	resets         int     // since a request succeeded
	inReset        bool    // the work item is queued or runs
	failures       failures
	Counts
}

// newDisk prepares what requests need, so that none of them has to allocate.
func newDisk(port *storage.Port, number int) *disk {
	d := &disk{port: port, number: number, status: nt.StatusDeviceNotConnected}
	d.reset = ex.NewWorkItem(func(any) { d.resetPort() }, nil)
	d.failures.item = ex.NewWorkItem(func(any) { d.report() }, nil)
	d.timer = ke.NewTimer(nt.SynchronizationTimer)
	d.dpc = ke.NewDpc(func(any) { d.wake() })
	d.clock = ke.NewTimer(nt.SynchronizationTimer)
	d.tick = ke.NewDpc(func(any) { d.watch() })
	for range min(max(port.Requests, 1), mostPackets) {
		p := &packet{disk: d, irp: io.AllocateIrp(port.Device.StackSize)}
		p.next, d.free = d.free, p
	}
	return d
}

// submit takes a request, which the driver has checked, and returns STATUS_PENDING.
func (d *disk) submit(irp *io.IRP) nt.Status {
	io.MarkPending(irp)
	d.lock.Lock()
	if d.state == dead {
		s := d.status
		d.lock.Unlock()
		io.Complete(irp, s, 0)
		return nt.StatusPending
	}
	d.waiting.add(irp)
	d.lock.Unlock()
	d.pump()
	return nt.StatusPending
}

// pump sends what can be sent. Only one processor does at a time; a port that completes at
// once finds that somebody is there.
func (d *disk) pump() {
	d.lock.Lock()
	if d.sending {
		d.lock.Unlock()
		return
	}
	d.sending = true
	for d.state == working {
		p := d.ready.take()
		if p == nil {
			if d.free == nil || d.waiting.first == nil {
				break
			}
			p = d.free
			d.free, p.next = p.next, nil
			p.begin(d.waiting.take())
		}
		p.prepare()
		p.prev, p.next = nil, d.out
		if d.out != nil {
			d.out.prev = p
		}
		d.out = p
		d.lock.Unlock()
		p.send()
		d.lock.Lock()
	}
	d.sending = false
	d.lock.Unlock()
}

// unlink takes a packet out of those that the port has. The lock is held.
func (d *disk) unlink(p *packet) {
	if p.prev != nil {
		p.prev.next = p.next
	} else {
		d.out = p.next
	}
	if p.next != nil {
		p.next.prev = p.prev
	}
	p.next, p.prev = nil, nil
}

// back decides what becomes of a packet that the port has given back.
func (d *disk) back(p *packet, s nt.Status) {
	d.lock.Lock()
	if p.lost { // too late: another packet has its request
		p.lost, p.parent = false, nil
		p.next, d.free = d.free, p
		d.lock.Unlock()
		d.pump()
		return
	}
	d.unlink(p)
	finished, delayed, reset, tell := false, false, false, false
	switch {
	case d.state == dead:
		s, finished = d.status, true
	case s.OK():
		d.resets, p.tries, p.busy = 0, 0, 0
		if p.request.Function == storage.Flush {
			p.flush = false
		} else {
			p.done += p.request.Count
		}
		if finished = p.done == p.total && !p.flush; !finished {
			d.ready.add(p)
		}
	case s == nt.StatusDeviceBusy && p.busy < mostBusy:
		p.busy++
		d.delayed.add(p)
		delayed = true
	case s == nt.StatusRequestAborted && d.state == resetting && p.tries < mostTries:
		p.tries++
		d.ready.add(p)
	case hopeless(s):
		d.Errors++
		finished = true
	default:
		d.Errors++
		if p.tries++; p.tries >= mostTries {
			finished, tell = true, d.failures.failed(p, s)
			break
		}
		d.Retries++
		d.ready.add(p)
		reset = p.tries == triesToReset && d.startReset()
	}
	var parent *io.IRP
	if finished {
		parent = p.parent
		p.parent, p.request.Buffer = nil, nil
		p.next, d.free = d.free, p
	}
	moved := uint64(0)
	if s.OK() {
		moved = uint64(p.total) * uint64(d.port.SectorSize)
	}
	d.lock.Unlock()
	if reset {
		ex.QueueWorkItem(d.reset, ex.CriticalWorkQueue)
	}
	if tell {
		ex.QueueWorkItem(d.failures.item, ex.DelayedWorkQueue)
	}
	if delayed {
		d.timer.SetDpc(-busyDelay, 0, d.dpc)
	}
	if s == nt.StatusDeviceNotConnected || s == nt.StatusNoMediaInDevice {
		d.stop(nt.StatusDeviceNotConnected, "is gone")
	}
	if parent != nil {
		finish(parent, s, moved)
	}
	d.pump()
}

// finish completes a request of others.
func finish(irp *io.IRP, s nt.Status, moved uint64) {
	if l := irp.Location(); s.OK() && irp.File != nil && irp.File.Synchronous() && (l.Major == io.Read || l.Major == io.Write) {
		irp.File.Advance(l.ByteOffset + int64(moved))
	}
	if !s.OK() {
		moved = 0
	}
	io.Complete(irp, s, moved)
}

// hopeless says whether an error would come again.
func hopeless(s nt.Status) bool {
	switch s {
	case nt.StatusDeviceNotConnected, nt.StatusNoMediaInDevice, nt.StatusMediaWriteProtected, nt.StatusNonexistentSector,
		nt.StatusInvalidParameter, nt.StatusInvalidDeviceRequest, nt.StatusNoSuchDevice, nt.StatusDeviceBusy:
		return true
	}
	return false
}

// wake sends what has waited for a busy disk.
func (d *disk) wake() {
	d.lock.Lock()
	for p := d.delayed.take(); p != nil; p = d.delayed.take() {
		d.ready.add(p)
	}
	d.lock.Unlock()
	d.pump()
}
