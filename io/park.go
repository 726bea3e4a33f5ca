package io

import (
	"sync/atomic"

	"gont/nt"
)

// Parked is a pending request that waits for an event of the driver's, and not in a
// CancelQueue: for a lock, for a change. It ends once, by Finish or by being cancelled.
type Parked struct {
	irp    *IRP
	state  atomic.Int32
	result func(irp *IRP) IoStatus
	gone   func()
}

const (
	parkedWaits = iota
	parkedFinished
	parkedCancelled
)

// Park marks a request pending. The dispatch routine returns STATUS_PENDING, whatever becomes of
// the request. cancelled is called once when the request is cancelled, at APC_LEVEL or below: it
// takes what waits out of the driver's lists. Of a request that has been cancelled before, Park
// returns nil, and has completed it.
func Park(irp *IRP, cancelled func()) *Parked {
	p := &Parked{irp: irp, gone: cancelled}
	irp.DriverContext[0] = p
	MarkPending(irp)
	irp.SetCancelRoutine(cancelParked)
	if irp.Cancelled() && irp.SetCancelRoutine(nil) != nil {
		p.state.Store(parkedCancelled)
		Complete(irp, nt.StatusCancelled, 0)
		return nil
	}
	return p
}

// Finish completes the request with what result returns; result may fill the request's
// buffer. It returns false, and does nothing, when the request has been cancelled. APC_LEVEL or
// below, no spin locks.
func (p *Parked) Finish(result func(irp *IRP) IoStatus) bool {
	p.result = result
	if !p.state.CompareAndSwap(parkedWaits, parkedFinished) {
		return false
	}
	if p.irp.SetCancelRoutine(nil) != nil {
		p.complete()
	} // else the cancel routine, which is about to run, does
	return true
}

func (p *Parked) complete() {
	p.irp.IoStatus = p.result(p.irp)
	CompleteRequest(p.irp, 0)
}

func cancelParked(_ *Device, irp *IRP) {
	p := irp.DriverContext[0].(*Parked)
	if !p.state.CompareAndSwap(parkedWaits, parkedCancelled) {
		p.complete()
		return
	}
	p.gone()
	Complete(irp, nt.StatusCancelled, 0)
}
