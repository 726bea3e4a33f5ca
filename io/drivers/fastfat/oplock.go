package fastfat

import (
	"gont/io"
	"gont/io/oplock"
	"gont/ke"
	"gont/nt"
)

// oplocks are what there is of opportunistic locks on a file. An fcb has them from the first request for one on, until its
// last handle goes.
type oplocks struct {
	lock ke.FastMutex // o, and gone of its requests
	o    oplock.Oplock
}

// oplockRequest is a request that pends: for an oplock, or for the end of a break.
type oplockRequest struct {
	parked *io.Parked
	gone   bool // cancelled
}

// apply carries an effect out. No lock is held.
func apply(e oplock.Effect) {
	for _, c := range e.Completions {
		c.Request.(*oplockRequest).parked.Finish(func(*io.IRP) io.IoStatus {
			return io.IoStatus{Status: c.Status, Information: c.Information}
		})
	}
	for _, w := range e.Wake {
		w.(*ke.Event).Set()
	}
}

// with calls f with the lock held, and carries out its effect.
func (x *oplocks) with(f func(o *oplock.Oplock) oplock.Effect) {
	x.lock.Lock()
	e := f(&x.o)
	x.lock.Unlock()
	apply(e)
}

// pend parks a request and gives it to f, which puts it into o and returns STATUS_PENDING, or does not. It is the end of a
// dispatch routine, which returns STATUS_PENDING in each case.
func (x *oplocks) pend(irp *io.IRP, f func(o *oplock.Oplock, r *oplockRequest) (nt.Status, oplock.Effect)) nt.Status {
	r := &oplockRequest{}
	p := io.Park(irp, func() {
		x.with(func(o *oplock.Oplock) oplock.Effect { r.gone = true; return o.Cancel(r) })
	})
	if p == nil {
		return nt.StatusPending
	}
	s := nt.Status(nt.StatusPending)
	x.with(func(o *oplock.Oplock) (e oplock.Effect) {
		r.parked = p
		if !r.gone {
			s, e = f(o, r)
		}
		return e
	})
	if s != nt.StatusPending {
		p.Finish(func(*io.IRP) io.IoStatus { return io.IoStatus{Status: s} })
	}
	return nt.StatusPending
}

// oplockControl serves the control codes of oplocks. STATUS_OPLOCK_NOT_GRANTED for a handle whose requests are synchronous;
// STATUS_INVALID_PARAMETER for a directory or the volume.
func (v *volume) oplockControl(irp *io.IRP) nt.Status {
	l, c := irp.Location(), of(irp)
	if c.fcb == nil || c.fcb.node.IsDirectory() {
		return done(irp, nt.StatusInvalidParameter, 0)
	}
	v.opens.Lock() // handles come and go with it
	defer v.opens.Unlock()
	if s := c.enter(true); !s.OK() {
		return done(irp, s, 0)
	}
	defer c.leave()
	level := map[uint32]oplock.Level{nt.FsctlRequestOplockLevel1: oplock.One, nt.FsctlRequestOplockLevel2: oplock.Two,
		nt.FsctlRequestBatchOplock: oplock.Batch, nt.FsctlRequestFilterOplock: oplock.Filter}[l.Code]
	x := c.fcb.oplocks.Load()
	switch {
	case level != oplock.None && l.File.Synchronous():
		return done(irp, nt.StatusOplockNotGranted, 0)
	case x == nil && level != oplock.None:
		x = &oplocks{}
		c.fcb.oplocks.Store(x)
	case x == nil:
		x = &oplocks{} // nobody's
	}
	f := l.File
	if level != oplock.None {
		grantable := false
		x.with(func(o *oplock.Oplock) oplock.Effect {
			grantable = o.Grantable(level, c.fcb.handles, c.fcb.locks.Any())
			return oplock.Effect{}
		})
		if !grantable {
			return done(irp, nt.StatusOplockNotGranted, 0)
		}
		return x.pend(irp, func(o *oplock.Oplock, r *oplockRequest) (nt.Status, oplock.Effect) {
			return o.Request(level, f, r, c.fcb.handles, c.fcb.locks.Any())
		})
	}
	noTwo := l.Code == nt.FsctlOplockBreakAckNo2
	pends := false
	x.with(func(o *oplock.Oplock) oplock.Effect {
		switch l.Code {
		case nt.FsctlOplockBreakAcknowledge:
			pends = o.AckPends(f)
		case nt.FsctlOplockBreakNotify:
			pends = o.Breaking()
		}
		return oplock.Effect{}
	})
	if pends {
		return x.pend(irp, func(o *oplock.Oplock, r *oplockRequest) (nt.Status, oplock.Effect) {
			if l.Code == nt.FsctlOplockBreakNotify {
				return o.Notify(r), oplock.Effect{}
			}
			return o.Acknowledge(f, r, false)
		})
	}
	s := nt.Status(nt.StatusSuccess)
	x.with(func(o *oplock.Oplock) (e oplock.Effect) {
		switch l.Code {
		case nt.FsctlOplockBreakAcknowledge, nt.FsctlOplockBreakAckNo2:
			s, e = o.Acknowledge(f, nil, noTwo)
		case nt.FsctlOpBatchAckClosePending:
			s, e = o.ClosePending(f)
		}
		return e
	})
	return done(irp, s, 0)
}

// early reports whether a batch or filter oplock is there.
func (x *oplocks) early() bool {
	x.lock.Lock()
	defer x.lock.Unlock()
	return x.o.Early()
}

// opBreak is a break that an operation has caused.
type opBreak struct {
	x      *oplocks
	done   *ke.Event // set at its end; nil: the operation need not wait
	batch  bool
	effect oplock.Effect
}

// check looks whether an operation has to wait, and begins the break. The caller carries out the effect when it holds no lock.
func (x *oplocks) check(op oplock.Operation) (b opBreak) {
	b.x = x
	x.lock.Lock()
	defer x.lock.Unlock()
	wait, batch, e := x.o.Check(op)
	if b.effect = e; wait {
		b.done, b.batch = ke.NewEvent(nt.NotificationEvent, false), batch
		x.o.Wait(b.done)
	}
	return b
}

// wait waits for the end of the break: STATUS_CANCELLED when the thread is to end before. No lock is held.
func (b *opBreak) wait(mode ke.Mode) nt.Status {
	if ke.WaitForSingleObject(b.done, mode, false, nil) == nt.StatusSuccess {
		return nt.StatusSuccess
	}
	b.forget()
	return nt.StatusCancelled
}

// forget is for who does not wait.
func (b *opBreak) forget() {
	if b.done != nil {
		b.x.with(func(o *oplock.Oplock) oplock.Effect { o.Forget(b.done); return oplock.Effect{} })
	}
}

// enterFor is enter for an operation that an oplock may be in the way of (FsRtlCheckOplock): it waits for the break with
// nothing taken. STATUS_CANCELLED when the thread is to end before. Oplocks are granted with the resource held exclusively, so none
// comes while the caller has it. Where nobody has asked for an oplock it looks at a pointer.
func (c *ccb) enterFor(irp *io.IRP, exclusive bool, kind oplock.Kind) nt.Status {
	for {
		s := c.enter(exclusive)
		o := c.fcb.oplocks.Load()
		if o == nil || !s.OK() || irp.PagingIo {
			return s
		}
		b := o.check(oplock.Operation{Kind: kind, Owner: irp.Location().File})
		if b.done == nil {
			apply(b.effect)
			return s
		}
		c.leave()
		apply(b.effect)
		if s := b.wait(irp.Mode); !s.OK() {
			return s
		}
	}
}

// breakOplock is enterFor that enters nothing.
func (x *fcb) breakOplock(irp *io.IRP, kind oplock.Kind) nt.Status {
	for o := x.oplocks.Load(); o != nil; {
		b := o.check(oplock.Operation{Kind: kind, Owner: irp.Location().File})
		apply(b.effect)
		if b.done == nil {
			break
		}
		if s := b.wait(irp.Mode); !s.OK() {
			return s
		}
	}
	return nt.StatusSuccess
}
