package disk

import (
	"fmt"

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
	Counts
}

// queue is requests in their order, by Next.
type queue struct{ first, last *io.IRP }

func (q *queue) add(irp *io.IRP) {
	irp.Next = nil
	if q.first == nil {
		q.first = irp
	} else {
		q.last.Next = irp
	}
	q.last = irp
}

func (q *queue) take() *io.IRP {
	irp := q.first
	if irp != nil {
		q.first, irp.Next = irp.Next, nil
	}
	return irp
}

// packet is a request's way through the port, in as many pieces as that takes.
type packet struct {
	disk     *disk
	irp      *io.IRP // to the port
	request  storage.Request
	parent   *io.IRP
	sector   uint64
	total    uint32 // sectors
	done     uint32
	flush    bool // a flush is to follow, or this is one
	tries    int
	busy     int
	deadline uint64
	lost     bool // the port has not given it back; its parent is another's
	next     *packet
	prev     *packet // in out
}

// packets is a list of packets, the first one first.
type packets struct{ first, last *packet }

func (l *packets) add(p *packet) {
	p.next = nil
	if l.first == nil {
		l.first = p
	} else {
		l.last.next = p
	}
	l.last = p
}

func (l *packets) take() *packet {
	p := l.first
	if p != nil {
		l.first, p.next = p.next, nil
	}
	return p
}

// newDisk prepares what requests need, so that none of them has to allocate.
func newDisk(port *storage.Port, number int) *disk {
	d := &disk{port: port, number: number, status: nt.StatusDeviceNotConnected}
	d.reset = ex.NewWorkItem(func(any) { d.resetPort() }, nil)
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

// slWriteThrough is SL_WRITE_THROUGH of a location's flags.
const slWriteThrough = 0x04

// begin gives the packet a request. The disk's lock is held.
func (p *packet) begin(irp *io.IRP) {
	d, l := p.disk, irp.Location()
	p.parent, p.done, p.total, p.tries, p.busy, p.flush = irp, 0, 0, 0, 0, false
	p.request = storage.Request{}
	switch l.Major {
	case io.Read, io.Write:
		u := l.Device.Extension.(*unit)
		p.sector = u.start + uint64(l.ByteOffset)/uint64(d.port.SectorSize)
		p.total = l.Length / d.port.SectorSize
		p.request.Buffer = bufferOf(irp)
		if l.Major == io.Write {
			d.Writes++
			p.request.Function = storage.Write
			if l.Flags&slWriteThrough != 0 && d.port.WriteCache {
				p.request.ForceUnit = d.port.ForceUnit
				p.flush = !d.port.ForceUnit
			}
		} else {
			d.Reads++
		}
		d.Bytes += uint64(l.Length)
	default:
		d.Flushes++
		p.flush = true
	}
}

// prepare makes the packet's next piece. The disk's lock is held.
func (p *packet) prepare() {
	d := p.disk
	timeout := d.port.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	p.deadline = ke.InterruptTime() + timeout
	if p.done == p.total { // only the flush is left
		p.request = storage.Request{Function: storage.Flush}
		return
	}
	n := p.total - p.done
	if d.port.MaximumSectors > 0 {
		n = min(n, d.port.MaximumSectors)
	}
	p.request.Sector, p.request.Count = p.sector+uint64(p.done), n
	p.request.Offset = int(p.done) * int(d.port.SectorSize)
}

// send gives the packet to the port.
func (p *packet) send() {
	p.irp.Reuse(nt.StatusSuccess)
	l := p.irp.NextLocation()
	l.Major, l.Argument = io.InternalDeviceControl, &p.request
	p.irp.SetCompletionRoutine(completed, p, true, true, true)
	io.CallDriver(p.disk.port.Device, p.irp)
}

// completed is called when the port gives a packet back.
func completed(_ *io.Device, irp *io.IRP, context any) nt.Status {
	p := context.(*packet)
	p.disk.back(p, irp.IoStatus.Status)
	return nt.StatusMoreProcessingRequired
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
	finished, delayed, reset := false, false, false
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
			finished = true
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

// watch is called once a second: requests that take too long make the port be reset, or, on a
// disk that is dead, fail.
func (d *disk) watch() {
	now, reset := ke.InterruptTime(), false
	d.lock.Lock()
	if d.state == working {
		for p := d.out; p != nil; p = p.next {
			if p.deadline < now {
				d.Timeouts++
				reset = d.startReset()
				break
			}
		}
	}
	isDead := d.state == dead
	d.lock.Unlock()
	if reset {
		ex.QueueWorkItem(d.reset, ex.CriticalWorkQueue)
	}
	if isDead {
		d.release(now)
	}
}

// startReset makes requests wait for a reset. The lock is held; when it returns true, the
// caller queues d.reset behind it.
func (d *disk) startReset() bool {
	if d.state != working {
		return false
	}
	d.state = resetting
	d.Resets++
	d.resets++
	queue := !d.inReset
	d.inReset = true
	return queue
}

// resetPort resets the port and sends again what it had. PASSIVE_LEVEL.
func (d *disk) resetPort() {
	d.lock.Lock()
	tries := d.resets
	d.lock.Unlock()
	Say(fmt.Sprintf("Disk %d (%s) is reset.", d.number, d.port.Name))
	s := nt.Status(nt.StatusIoTimeout)
	if tries <= mostResets {
		s = d.sendReset()
	}
	if !s.OK() {
		d.lock.Lock()
		d.inReset = false
		d.lock.Unlock()
		d.stop(nt.StatusIoTimeout, "does not answer")
		d.release(^uint64(0)) // there is nothing left to wait for
		return
	}
	var failed queue
	d.lock.Lock()
	d.inReset = false
	for p := d.out; p != nil; {
		// The port has kept it, and the disk does not know it any more.
		next := p.next
		d.abandon(p, &failed)
		p = next
	}
	if d.state == resetting {
		d.state = working
	}
	d.lock.Unlock()
	d.failAll(&failed, nt.StatusIoTimeout)
	d.pump()
}

// abandon gives the request of a packet that the port keeps to another packet, or, after too
// many tries or where there is none, to failed. The lock is held.
func (d *disk) abandon(p *packet, failed *queue) {
	d.unlink(p)
	p.lost = true
	d.Lost++
	q := d.free
	if q == nil || p.tries+1 >= mostTries || d.state == dead {
		failed.add(p.parent)
		p.parent = nil
		return
	}
	d.free = q.next
	irp := q.irp
	*q = *p
	q.irp, q.lost, q.next, q.prev = irp, false, nil, nil
	q.tries++
	p.parent = nil
	d.ready.add(q)
}

// sendReset resets the port; STATUS_IO_TIMEOUT when it does not answer.
func (d *disk) sendReset() nt.Status {
	irp := io.AllocateIrp(d.port.Device.StackSize)
	l := irp.NextLocation()
	l.Major, l.Argument = io.InternalDeviceControl, &storage.Request{Function: storage.Reset}
	over := ke.NewEvent(nt.NotificationEvent, false)
	irp.SetCompletionRoutine(func(*io.Device, *io.IRP, any) nt.Status {
		over.Set()
		return nt.StatusMoreProcessingRequired
	}, nil, true, true, true)
	io.CallDriver(d.port.Device, irp)
	timeout := d.port.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	due := -int64(timeout)
	if ke.WaitForSingleObject(over, ke.KernelMode, false, &due) == nt.StatusTimeout {
		return nt.StatusIoTimeout
	}
	return irp.IoStatus.Status
}

// stop makes the requests fail that wait and that come; those that the port has fail when it
// gives them back. It is false when the disk was dead already.
func (d *disk) stop(s nt.Status, why string) bool {
	var failed queue
	d.lock.Lock()
	if d.state == dead {
		d.lock.Unlock()
		return false
	}
	d.state, d.status = dead, s
	for _, l := range []*packets{&d.ready, &d.delayed} {
		for p := l.take(); p != nil; p = l.take() {
			failed.add(p.parent)
			p.parent = nil
			p.next, d.free = d.free, p
		}
	}
	for irp := d.waiting.take(); irp != nil; irp = d.waiting.take() {
		failed.add(irp)
	}
	d.lock.Unlock()
	Say(fmt.Sprintf("Disk %d (%s) %s.", d.number, d.port.Name, why))
	d.failAll(&failed, s)
	return true
}

// release lets the requests of a dead disk fail that its port has and should have given back
// by now: their pages may be used for something else then.
func (d *disk) release(now uint64) {
	var failed queue
	d.lock.Lock()
	for p := d.out; p != nil; {
		next := p.next
		if p.deadline < now {
			d.abandon(p, &failed)
		}
		p = next
	}
	s := d.status
	d.lock.Unlock()
	d.failAll(&failed, s)
}

// busy says whether the port has a request.
func (d *disk) busy() bool {
	d.lock.Lock()
	defer d.lock.Unlock()
	return d.out != nil
}

func (d *disk) failAll(q *queue, s nt.Status) {
	for irp := q.take(); irp != nil; irp = q.take() {
		io.Complete(irp, s, 0)
	}
}
