package io

import (
	"gont/ke"
	"gont/nt"
)

// CallDriver is IoCallDriver: gives a request to a device's driver. The request is the
// driver's from here on, unless it comes back by a completion routine.
func CallDriver(d *Device, irp *IRP) nt.Status {
	i := irp.current - 1
	if i < 0 {
		panic("io: NO_MORE_IRP_STACK_LOCATIONS")
	}
	irp.current = i
	l := &irp.stack[i]
	if l.Device != d {
		l.Device = d
	}
	return d.Driver.dispatch(l.Major)(d, irp)
}

// dispatch is the driver's routine for a major function.
func (d *Driver) dispatch(major uint8) DispatchRoutine {
	if int(major) < len(d.Major) {
		if f := d.Major[major]; f != nil {
			return f
		}
	}
	return invalidRequest
}

// invalidRequest is IopInvalidDeviceRequest.
func invalidRequest(_ *Device, irp *IRP) nt.Status {
	return Complete(irp, nt.StatusInvalidDeviceRequest, 0)
}

// Complete completes a request at once with a status and an amount, and returns the
// status: the end of most dispatch routines.
func Complete(irp *IRP, s nt.Status, information uint64) nt.Status {
	irp.IoStatus = IoStatus{s, information}
	CompleteRequest(irp, 0)
	return s
}

// CompleteRequest is IoCompleteRequest: the request, with its IoStatus, goes back up the
// stack by the completion routines to who made it. boost is what a thread's priority
// gains that waits for it. The caller does not touch the request any more.
// DISPATCH_LEVEL or below.
func CompleteRequest(irp *IRP, boost int) {
	switch {
	case irp.flags&completed != 0 || irp.current >= irp.count:
		panic("io: MULTIPLE_IRP_COMPLETE_REQUESTS")
	case irp.IoStatus.Status == nt.StatusPending:
		panic("io: a request is completed as pending")
	}
	for more := true; more; {
		l := &irp.stack[irp.current]
		control, routine := l.control, l.completion
		l.control = 0
		irp.PendingReturned = control&pendingReturned != 0
		irp.current++
		more = irp.current < irp.count
		if routine != nil {
			context := l.context
			l.completion, l.context = nil, nil
			if invoked(control, irp) {
				var d *Device
				if more {
					d = irp.stack[irp.current].Device
				}
				if routine(d, irp, context) == nt.StatusMoreProcessingRequired {
					return
				}
				continue
			}
		}
		if more && irp.PendingReturned {
			MarkPending(irp)
		}
	}
	irp.flags |= completed
	if irp.flags&deferred != 0 && irp.master == nil && !irp.PendingReturned {
		return // its issuer, who is about to hear of it, finishes it
	}
	if irp.flags&awaited != 0 {
		if irp.PendingReturned {
			irp.back.Set()
		}
		return
	}
	irp.end(boost)
}

// invoked reports whether a completion routine wants to hear of this end.
func invoked(control uint8, irp *IRP) bool {
	return irp.IoStatus.Status.OK() && control&onSuccess != 0 ||
		!irp.IoStatus.Status.OK() && control&onError != 0 ||
		irp.cancelled.Load() && control&onCancel != 0
}

// end brings a request back that has come through all completion routines.
func (irp *IRP) end(boost int) {
	if m := irp.master; m != nil {
		if irp.master = nil; m.associated.Add(-1) == 0 {
			CompleteRequest(m, boost)
		}
		return
	}
	irp.lock.Lock()
	t, orphan := irp.Thread, irp.orphan
	irp.lock.Unlock()
	if t != nil {
		irp.apc.InitializeSpecial(t.Thread, irp.onApc)
		irp.apc.Insert(0, 0, boost)
	} else if orphan != nil {
		queueOrphan(orphan)
	}
}

// MakeAssociated is IoMakeAssociatedIrp: a part of a master request, which completes
// when all its parts have, with the status that its owner has set. The owner calls
// SetParts with their number before it sends the first one.
func MakeAssociated(master *IRP, stackSize int) *IRP {
	irp := AllocateIrp(stackSize)
	irp.master = master
	return irp
}

// SetParts says how many associated requests a master has.
func (irp *IRP) SetParts(n int) { irp.associated.Store(int32(n)) }

// Synchronously sends a request that is the caller's own, made by AllocateIrp and with
// its next location filled in, and waits until it has come back. It returns its status.
// PASSIVE_LEVEL or APC_LEVEL.
func Synchronously(d *Device, irp *IRP) nt.Status {
	if irp.back == nil {
		irp.back = ke.NewEvent(nt.SynchronizationEvent, false)
	}
	irp.flags |= awaited
	if CallDriver(d, irp) == nt.StatusPending {
		ke.WaitForSingleObject(irp.back, ke.KernelMode, false, nil)
	}
	irp.flags &^= awaited | completed
	return irp.IoStatus.Status
}

// passOn is Synchronously for a driver that passes on a request that is somebody else's: the request
// comes back to it.
func passOn(d *Device, irp *IRP) nt.Status {
	if irp.back == nil {
		irp.back = ke.NewEvent(nt.SynchronizationEvent, false)
	}
	irp.SetCompletionRoutine(comeBack, nil, true, true, true)
	if CallDriver(d, irp) == nt.StatusPending {
		ke.WaitForSingleObject(irp.back, ke.KernelMode, false, nil)
	}
	return irp.IoStatus.Status
}

// comeBack is the completion routine of a request that passOn has sent.
func comeBack(_ *Device, irp *IRP, _ any) nt.Status {
	if irp.PendingReturned {
		irp.back.Set()
	}
	return nt.StatusMoreProcessingRequired
}
