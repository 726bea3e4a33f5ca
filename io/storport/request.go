package storport

import (
	"errors"

	"gont/io"
	"gont/io/storage"
	"gont/ke"
	"gont/nt"
)

// serve is what the disk class driver asks for.
func serve(u *Unit, irp *io.IRP) nt.Status {
	r, ok := irp.Location().Argument.(*storage.Request)
	if !ok {
		return io.Complete(irp, nt.StatusInvalidDeviceRequest, 0)
	}
	switch s := u.check(r); {
	case !s.OK():
		return io.Complete(irp, s, 0)
	case r.Function == storage.Reset:
		return io.Complete(irp, u.adapter.reset(u), 0)
	}
	a := u.adapter
	a.lock.Lock()
	s := nt.Status(nt.StatusPending)
	t := u.free
	switch {
	case a.dead || u.gone || !a.started:
		s = nt.StatusDeviceNotConnected
	case a.held || u.recovering || t == nil:
		s = nt.StatusDeviceBusy
	default:
		u.free = t.next
		io.MarkPending(irp)
		t.irp, t.request, t.moved, t.bounced, t.next = irp, r, 0, false, nil
		a.due()
		a.begin(t)
	}
	a.lock.Unlock()
	if s != nt.StatusPending {
		return io.Complete(irp, s, 0)
	}
	a.watch()
	a.finish()
	return nt.StatusPending
}

// check says whether a request makes sense.
func (u *Unit) check(r *storage.Request) nt.Status {
	p := &u.Port
	switch r.Function {
	case storage.Flush, storage.Reset:
		return nt.StatusSuccess
	case storage.Write:
		if p.ReadOnly {
			return nt.StatusMediaWriteProtected
		}
	case storage.Read:
	default:
		return nt.StatusInvalidDeviceRequest
	}
	n := int(r.Count) * int(p.SectorSize)
	switch {
	case r.Count == 0 || r.Count > p.MaximumSectors || r.Buffer == nil || r.Offset < 0 || r.Buffer.Len()-r.Offset < n:
		return nt.StatusInvalidParameter
	case r.Sector > p.Sectors || uint64(r.Count) > p.Sectors-r.Sector:
		return nt.StatusNonexistentSector
	}
	return nt.StatusSuccess
}

// begin gives a task to the controller, or lets it wait. The lock is held.
func (a *Adapter) begin(t *Task) {
	r := t.request
	t.Function, t.ForceUnit, t.Sector, t.Count, t.Segments = r.Function, r.ForceUnit, r.Sector, r.Count, t.Segments[:0]
	if r.Function == storage.Flush {
		t.Count = 0
	} else {
		size := int(t.Unit.Port.SectorSize)
		var ok bool
		if t.Segments, ok = t.Unit.Limits.scatter(t.Segments, r.Buffer, r.Offset, int(r.Count)*size); !ok {
			t.bounced = true
			if a.owner != nil {
				t.state = waiting
				a.waits = append(a.waits, t)
				return
			}
			a.owner = t
			a.part(t)
		}
	}
	a.give(t)
}

// part makes a task of the next piece of a request that goes through the bounce buffer. The
// lock is held.
func (a *Adapter) part(t *Task) {
	size := t.Unit.Port.SectorSize
	t.Sector = t.request.Sector + uint64(t.moved)
	t.Count = min(t.request.Count-t.moved, bounceSize/size, uint32(t.Unit.Limits.Segments)*4096/size)
	n := int(t.Count * size)
	if t.Function == storage.Write {
		for at := 0; at < n; {
			p := t.piece(at)
			if len(p) == 0 {
				break
			}
			at += copy(a.bounce.Bytes[at:n], p)
		}
	}
	t.Segments, _ = t.Unit.Limits.add(t.Segments[:0], a.bounce.Address, uint64(n))
}

// give gives a task to the controller. The lock is held.
func (a *Adapter) give(t *Task) {
	t.state = begun
	if s := a.Controller.Begin(t); s != nt.StatusPending && t.state == begun {
		a.end(t, s)
	}
}

// Done is the Controller's: the device has done a task, or failed. The lock is held.
func (t *Task) Done(s nt.Status) {
	a := t.Unit.adapter
	if t.state != begun {
		return // the controller is at fault
	}
	if !t.bounced || !s.OK() {
		a.end(t, s)
		return
	}
	size := t.Unit.Port.SectorSize
	if t.Function == storage.Read {
		for at, n := 0, int(t.Count*size); at < n; {
			p := t.piece(at)
			if len(p) == 0 {
				break
			}
			at += copy(p, a.bounce.Bytes[at:n])
		}
	}
	if t.moved += t.Count; t.moved >= t.request.Count {
		a.end(t, s)
		return
	}
	a.part(t)
	a.give(t)
}

// end puts a task among those whose requests are to be completed, and lets the next one have
// the bounce buffer. The lock is held.
func (a *Adapter) end(t *Task, s nt.Status) {
	t.state, t.status, t.next = ended, s, nil
	if a.last == nil {
		a.done = t
	} else {
		a.last.next = t
	}
	a.last = t
	if a.owner != t {
		return
	}
	a.owner = nil
	if len(a.waits) > 0 && !a.held {
		w := a.waits[0]
		a.waits = append(a.waits[:0], a.waits[1:]...)
		a.owner = w
		a.part(w)
		a.give(w)
	}
}

// poll lets the controller look for what is done, and completes it. It is the DPC, too.
func (a *Adapter) poll() {
	a.lock.Lock()
	if a.started && !a.held && !a.dead {
		a.Controller.Poll()
	}
	more := false
	for _, u := range a.units {
		for i := range u.tasks {
			more = more || u.tasks[i].state == begun
		}
	}
	if more {
		a.due()
	} else if a.interrupt != nil {
		a.interrupt.Idle()
	}
	a.lock.Unlock()
	a.watch()
	a.finish()
}

// due says that an interrupt should come. The lock is held, so that the watch knows of an interrupt
// exactly while there is a task that it can be of.
func (a *Adapter) due() {
	if a.interrupt != nil {
		a.interrupt.Due()
	}
}

// watch has that watched. No lock is held.
func (a *Adapter) watch() {
	if a.interrupt != nil {
		a.interrupt.Watch()
	} else if a.Watch != nil {
		a.Watch()
	}
}

// finish completes the requests of tasks that are at their end. No lock is held.
func (a *Adapter) finish() {
	for {
		a.lock.Lock()
		t, queue := a.done, a.wanted && !a.queued && !a.dead
		if queue {
			a.wanted, a.queued = false, true
		}
		if t == nil {
			a.lock.Unlock()
			if queue {
				a.schedule()
			}
			return
		}
		if a.done = t.next; a.done == nil {
			a.last = nil
		}
		irp, r, s, n := t.irp, t.request, t.status, uint64(t.request.Count)*uint64(t.Unit.Port.SectorSize)
		if !s.OK() || t.request.Function == storage.Flush {
			n = 0
		}
		t.irp, t.request, t.state = nil, nil, idle
		t.next, t.Unit.free = t.Unit.free, t
		a.lock.Unlock()
		if queue {
			a.schedule()
		}
		a.complete(irp, r, s, n)
	}
}

// reset is a request of the class driver. PASSIVE_LEVEL.
func (a *Adapter) reset(u *Unit) nt.Status {
	if ke.CurrentIrql() >= ke.DispatchLevel {
		return nt.StatusInvalidDeviceRequest
	}
	a.take()
	defer a.release()
	return a.resetUnit(u)
}

// resetUnit is reset with the turn held.
func (a *Adapter) resetUnit(u *Unit) nt.Status {
	a.lock.Lock()
	if a.dead || u.gone {
		a.lock.Unlock()
		return nt.StatusDeviceNotConnected
	}
	a.held = true
	a.lock.Unlock()
	whole, err := a.Controller.Reset(u)
	status, list := nt.Status(nt.StatusSuccess), []*Unit{u}
	if whole || err != nil && !errors.Is(err, ErrGone) {
		list = a.units
	}
	a.lock.Lock()
	switch {
	case err == nil:
	case errors.Is(err, ErrGone):
		status, u.gone = nt.StatusDeviceNotConnected, true
	default:
		status, a.dead = nt.StatusIoTimeout, true
	}
	a.lock.Unlock()
	if err != nil {
		a.say(u, "reset: "+err.Error())
		if status == nt.StatusIoTimeout {
			a.hardware.MasterOff()
		}
	}
	a.abort(list)
	a.lock.Lock()
	a.held = false
	for _, x := range list {
		x.recovering = false
	}
	if a.owner == nil && len(a.waits) > 0 { // others' that have waited
		t := a.waits[0]
		a.waits = append(a.waits[:0], a.waits[1:]...)
		a.owner = t
		a.part(t)
		a.give(t)
	}
	a.lock.Unlock()
	a.poll()
	return status
}

// abort ends all that the units have. The device does not touch their memory any more.
func (a *Adapter) abort(list []*Unit) {
	a.lock.Lock()
	keep := a.waits[:0]
	for _, t := range a.waits {
		if !has(list, t.Unit) {
			keep = append(keep, t)
		}
	}
	a.waits = keep
	held := a.held
	a.held = true // nobody gets the bounce buffer meanwhile
	for _, u := range list {
		for i := range u.tasks {
			if t := &u.tasks[i]; t.state == begun || t.state == waiting {
				a.end(t, nt.StatusRequestAborted)
			}
		}
	}
	a.held = held
	a.lock.Unlock()
	a.finish()
}
