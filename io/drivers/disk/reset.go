package disk

import (
	"fmt"

	"gont/ex"
	"gont/io"
	"gont/io/storage"
	"gont/ke"
	"gont/nt"
)

// watch is called once a second: requests that take too long make the port be reset, or, on a
// disk that is dead, fail.
func (d *disk) watch() {
	now, reset := ke.InterruptTime(), false
	d.lock.Lock()
	if d.state == working && !d.unhurried.Load() {
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
	d.sayReset()
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
