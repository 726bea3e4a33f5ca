package io

import (
	"gont/ke"
	"gont/nt"
)

// SetCancelRoutine is IoSetCancelRoutine: f is what CancelIrp calls from now on; it
// returns the routine that was set before. A driver that takes its routine back with
// nil and gets nil has lost the request to CancelIrp: the routine runs or has run.
// DISPATCH_LEVEL or below.
func (irp *IRP) SetCancelRoutine(f CancelRoutine) (old CancelRoutine) {
	irp.lock.Lock()
	old, irp.cancelRoutine = irp.cancelRoutine, f
	irp.lock.Unlock()
	return old
}

// Cancelled reports whether the request has been cancelled. A driver that keeps a
// request sets the cancel routine first and asks then.
func (irp *IRP) Cancelled() bool { return irp.cancelled.Load() }

// CancelIrp is IoCancelIrp: marks a request, and calls its cancel routine if there is
// one, which it reports. Precondition: the caller keeps the request from going.
// DISPATCH_LEVEL or below.
func CancelIrp(irp *IRP) bool {
	irp.cancelled.Store(true)
	f := irp.SetCancelRoutine(nil)
	if f == nil {
		return false
	}
	f(irp.Location().Device, irp)
	return true
}

// CancelQueue is a cancel-safe queue (IO_CSQ): requests wait in it until the driver
// takes them out or they are cancelled, whichever comes first. The zero value is empty.
type CancelQueue struct {
	lock        ke.SpinLock
	first, last *IRP
	count       int
}

// Insert marks a request pending and appends it. It returns false when the request has
// been cancelled already: it is completed then. The dispatch routine returns
// STATUS_PENDING either way. DISPATCH_LEVEL or below.
func (q *CancelQueue) Insert(irp *IRP) bool {
	MarkPending(irp)
	q.lock.Lock()
	irp.queue, irp.Next, irp.prev = q, nil, q.last
	if q.last != nil {
		q.last.Next = irp
	} else {
		q.first = irp
	}
	q.last = irp
	q.count++
	irp.SetCancelRoutine(cancelQueued)
	lost := irp.cancelled.Load() && irp.SetCancelRoutine(nil) != nil
	if lost { // CancelIrp came before there was a routine
		q.unlink(irp)
	}
	q.lock.Unlock()
	if lost {
		Complete(irp, nt.StatusCancelled, 0)
	}
	return !lost
}

// cancelQueued is the cancel routine of all requests in queues. Remove finds no routine
// to take back and leaves the request to it.
func cancelQueued(_ *Device, irp *IRP) {
	q := irp.queue
	q.lock.Lock()
	q.unlink(irp)
	q.lock.Unlock()
	Complete(irp, nt.StatusCancelled, 0)
}

// Remove takes the first request out for which match is true, nil matches all; nil when
// there is none. It cannot be cancelled any more. match is called with the queue's lock
// held. DISPATCH_LEVEL or below.
func (q *CancelQueue) Remove(match func(*IRP) bool) *IRP {
	q.lock.Lock()
	defer q.lock.Unlock()
	for irp := q.first; irp != nil; irp = irp.Next {
		if match != nil && !match(irp) || irp.SetCancelRoutine(nil) == nil {
			continue // CancelIrp has it
		}
		q.unlink(irp)
		return irp
	}
	return nil
}

// CancelFile cancels the requests of a file: what a driver does for Cleanup.
func (q *CancelQueue) CancelFile(f *File) {
	for {
		irp := q.Remove(func(irp *IRP) bool { return f == nil || irp.Location().File == f })
		if irp == nil {
			return
		}
		Complete(irp, nt.StatusCancelled, 0)
	}
}

// Len returns how many requests wait.
func (q *CancelQueue) Len() int {
	q.lock.Lock()
	defer q.lock.Unlock()
	return q.count
}

// unlink takes a request out. The lock is held.
func (q *CancelQueue) unlink(irp *IRP) {
	if irp.prev != nil {
		irp.prev.Next = irp.Next
	} else {
		q.first = irp.Next
	}
	if irp.Next != nil {
		irp.Next.prev = irp.prev
	} else {
		q.last = irp.prev
	}
	irp.Next, irp.prev, irp.queue = nil, nil, nil
	q.count--
}
