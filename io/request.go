package io

import (
	"unsafe"

	"gont/ex"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// Request is what a program hands in with each request: how it wants to hear of the
// end. Addresses are the program's.
type Request struct {
	Thread     *ps.Thread // the current one
	Event      *ob.Object // with a reference that the request takes over, or nil
	ApcRoutine uint64     // 0 for none
	ApcContext uint64     // of the APC, or of the packet: 0 sends none
	Iosb       uint64     // IO_STATUS_BLOCK; it can be written
}

// drop gives back what a request that is not made had.
func (r *Request) drop() {
	if r.Event != nil {
		r.Event.Dereference()
	}
}

// issue is one request on its way: begin makes the IRP, send sends it.
type issue struct {
	r   *Request
	x   *threadIo
	f   *File
	top *Device
	irp *IRP
}

// begin takes the turn on a synchronous file and makes an IRP. Everything that the
// request holds is the IRP's then. After an error nothing is held, nor the turn.
func begin(r *Request, f *File, major uint8) (q issue, s nt.Status) {
	if f.synchronous {
		if s := f.enter(); s != nt.StatusSuccess {
			r.drop()
			return q, s
		}
	}
	var packet *ex.Completion
	if c := f.completion.Load(); c != nil {
		if r.ApcRoutine != 0 {
			s = nt.StatusInvalidParameter
		} else if r.ApcContext != 0 {
			packet, s = ex.NewCompletion(&r.Thread.Process.Packets)
		}
		if !s.OK() {
			r.drop()
			return q, s
		}
	}
	f.Event.Reset()
	if r.Event != nil {
		r.Event.Body.(*ke.Event).Reset()
	}
	top, size := f.Device.top()
	x := ioOf(r.Thread)
	irp := x.newRequest(r.Thread, f, size)
	irp.event, irp.apcRoutine, irp.apcContext, irp.iosb, irp.packet = r.Event, r.ApcRoutine, r.ApcContext, r.Iosb, packet
	if f.synchronous {
		irp.flags |= synchronous
	}
	f.Object.Reference()
	l := irp.NextLocation()
	l.Major, l.File = major, f
	return issue{r, x, f, top, irp}, nt.StatusSuccess
}

// fail ends a request that begin has made and that is not sent.
func (q *issue) fail(s nt.Status) nt.Status {
	irp := q.irp
	irp.releaseBuffers()
	if irp.packet != nil {
		irp.packet.Free()
	}
	q.x.free(irp)
	q.r.drop()
	if q.f.synchronous {
		q.f.leave()
	}
	q.f.Object.Dereference()
	return s
}

// send is IopSynchronousServiceTail: it gives the IRP to the driver and, on a
// synchronous file, waits for its end.
func (q *issue) send() nt.Status {
	irp, f := q.irp, q.f
	f.Object.Reference() // the request may be over, and take the last one with it
	q.x.link(irp)
	irp.flags |= deferred
	s := CallDriver(q.top, irp)
	if s != nt.StatusPending {
		s = irp.IoStatus.Status // it has been completed
		if irp.flags&completed == 0 {
			panic("io: a driver returns " + s.String() + " for a request that it has not completed")
		}
		irp.finish(false)
	} else if f.synchronous {
		s = q.wait()
	}
	if f.synchronous {
		f.leave()
	}
	f.Object.Dereference()
	return s
}

// wait waits for a pending request on a synchronous file. When the thread is alerted or
// is to end, the request is cancelled.
func (q *issue) wait() nt.Status {
	s := ke.WaitForSingleObject(q.f, ke.UserMode, q.f.alertable, nil)
	if s != nt.StatusSuccess { // IopCancelAlertedRequest
		old := ke.RaiseIrql(ke.ApcLevel)
		if q.x.has(q.irp) {
			CancelIrp(q.irp)
		}
		ke.LowerIrql(old)
		ke.WaitForSingleObject(q.f, ke.KernelMode, false, nil)
	}
	return q.f.final
}

// systemBuffer gives the IRP a buffer of the kernel's.
func (irp *IRP) systemBuffer(n int) nt.Status {
	switch {
	case n == 0:
	case n <= len(irp.small):
		clear(irp.small[:n])
		irp.SystemBuffer = irp.small[:n]
	default:
		b := mm.AllocatePool(mm.NonPagedPool, n, irpTag)
		if b == nil {
			return nt.StatusInsufficientResources
		}
		irp.SystemBuffer = b[:n]
		irp.flags |= pooled
	}
	return nt.StatusSuccess
}

// fill copies a program's input to the system buffer.
func (irp *IRP) fill(t *ps.Thread, va uint64, n uint32) nt.Status {
	if n == 0 {
		return nt.StatusSuccess
	}
	return ps.CopyFrom(t, unsafe.Pointer(&irp.SystemBuffer[0]), va, uint64(n))
}

// lockBuffer gives the IRP an Mdl of the program's buffer.
func (irp *IRP) lockBuffer(t *ps.Thread, va uint64, n uint32, access mm.Access) (s nt.Status) {
	if n == 0 {
		return nt.StatusSuccess
	}
	irp.Mdl, s = t.Process.Space.NewMdl(va, int(n), access, func(va uint64, access mm.Access) nt.Status {
		if s := ps.UserFault(t, va, access); !s.OK() {
			return ps.CopyStatus(s)
		}
		return nt.StatusSuccess
	})
	return s
}
