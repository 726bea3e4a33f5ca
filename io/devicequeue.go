package io

import "gont/ke"

// DeviceQueue is KDEVICE_QUEUE: requests that wait while a device is busy with one.
type DeviceQueue struct {
	lock  ke.SpinLock
	busy  bool
	first *IRP
}

// StartPacket is IoStartPacket: gives a request, which is marked pending, to the
// driver's StartIo, or lets it wait while the device is busy. cancel, nil for none, is
// its cancel routine, which begins with TakeWaiting. DISPATCH_LEVEL or below.
func StartPacket(d *Device, irp *IRP, cancel CancelRoutine) {
	q := &d.queue
	q.lock.Lock()
	if q.busy {
		irp.cancellable = cancel != nil
		irp.SetCancelRoutine(cancel)
		lost := irp.cancelled.Load() && irp.SetCancelRoutine(nil) != nil
		if !lost {
			p := &q.first
			for *p != nil {
				p = &(*p).Next
			}
			irp.Next, *p = nil, irp
		}
		q.lock.Unlock()
		if lost {
			cancel(d, irp)
		}
		return
	}
	q.busy, d.current = true, irp
	q.lock.Unlock()
	start(d, irp)
}

// TakeWaiting takes a request that is being cancelled out of its device's queue, and
// reports whether it was there: else StartIo has it.
func TakeWaiting(d *Device, irp *IRP) bool {
	q := &d.queue
	q.lock.Lock()
	defer q.lock.Unlock()
	for p := &q.first; *p != nil; p = &(*p).Next {
		if *p == irp {
			*p, irp.Next = irp.Next, nil
			return true
		}
	}
	return false
}

// StartNextPacket is IoStartNextPacket: the device is done with a request, and begins
// the next one if any waits. DISPATCH_LEVEL or below.
func StartNextPacket(d *Device) {
	q := &d.queue
	q.lock.Lock()
	irp := q.first
	for irp != nil && irp.cancellable && irp.SetCancelRoutine(nil) == nil {
		irp = irp.Next // CancelIrp has it
	}
	for p := &q.first; irp != nil && *p != nil; p = &(*p).Next {
		if *p == irp {
			*p, irp.Next = irp.Next, nil
			break
		}
	}
	q.busy, d.current = irp != nil, irp
	q.lock.Unlock()
	if irp != nil {
		start(d, irp)
	}
}

// start calls StartIo at DISPATCH_LEVEL.
func start(d *Device, irp *IRP) {
	old := ke.CurrentIrql()
	if old < ke.DispatchLevel {
		ke.RaiseIrql(ke.DispatchLevel)
	}
	d.Driver.StartIo(d, irp)
	if old < ke.DispatchLevel {
		ke.LowerIrql(old)
	}
}

// CurrentIrp is the request that StartIo has, nil for none.
func (d *Device) CurrentIrp() *IRP {
	d.queue.lock.Lock()
	defer d.queue.lock.Unlock()
	return d.current
}
