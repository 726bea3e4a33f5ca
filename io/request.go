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

// Allocates reports whether a request of the current thread t may need memory of the
// kernel's heap: an APC or a packet, if there may be one, or an IRP where the thread has
// none to spare.
func Allocates(t *ps.Thread, more bool) bool {
	x, ok := t.Io.(*threadIo)
	return more || !ok || x.spare == nil
}

// drop gives back what a request that is not made had.
func (r *Request) drop() {
	if r.Event != nil {
		r.Event.Dereference()
	}
}

// begin takes the turn on a synchronous file and makes an IRP, whose next location, l, is
// that of the highest device. Everything that the request holds is the IRP's then. After
// an error nothing is held, nor the turn. The caller keeps a reference to the file until
// send or fail has returned.
func begin(r *Request, f *File, major uint8) (irp *IRP, l *StackLocation, s nt.Status) {
	if f.synchronous && !f.busy.CompareAndSwap(0, 1) {
		if s := f.enter(); s != nt.StatusSuccess {
			r.drop()
			return nil, nil, s
		}
	}
	var packet *ex.Completion
	if f.completion.Load() != nil {
		if packet, s = r.packet(); !s.OK() {
			r.drop()
			return nil, nil, s
		}
	}
	top, size := f.target.top()
	x := ioOf(r.Thread)
	if irp = x.spare; irp == nil || size != 1 {
		irp = x.newRequest(size)
	} else {
		x.spare = nil
		irp.count, irp.current = 1, 1
	}
	irp.Mode, irp.finished = ke.UserMode, false
	irp.Thread, irp.File = r.Thread, f
	irp.apcRoutine, irp.apcContext, irp.iosb = r.ApcRoutine, r.ApcContext, r.Iosb
	if r.Event != nil {
		r.Event.Body.(*ke.Event).Reset()
		irp.event = r.Event
	}
	if packet != nil {
		irp.packet = packet
	}
	irp.flags = deferred | resetDue
	if f.synchronous {
		irp.flags = deferred | resetDue | synchronous
	}
	f.Object.Reference()
	l = irp.NextLocation()
	l.Major, l.File, l.Device = major, f, top
	return irp, l, nt.StatusSuccess
}

// packet makes the completion packet of a request on a file that sends one, if the request
// wants it.
func (r *Request) packet() (*ex.Completion, nt.Status) {
	switch {
	case r.ApcRoutine != 0:
		return nil, nt.StatusInvalidParameter
	case r.ApcContext == 0:
		return nil, nt.StatusSuccess
	}
	return ex.NewCompletion(&r.Thread.Process.Packets)
}

// fail ends a request that begin has made and that is not sent.
func (irp *IRP) fail(s nt.Status) nt.Status {
	f, event := irp.File, irp.event
	irp.releaseBuffers()
	if irp.packet != nil {
		irp.packet.Free()
	}
	ioOf(irp.Thread).free(irp)
	if event != nil {
		event.Dereference()
	}
	if f.synchronous {
		f.leave()
	}
	f.Object.Dereference()
	return s
}

// send is IopSynchronousServiceTail: it gives the IRP, whose next location is l, to the
// driver and, on a synchronous file, waits for its end.
func (irp *IRP) send(l *StackLocation) nt.Status {
	f, x := irp.File, ioOf(irp.Thread)
	irp.current--
	s := l.Device.Driver.dispatch(l.Major)(l.Device, irp) // CallDriver
	if s != nt.StatusPending {
		s = irp.IoStatus.Status // it has been completed
		if irp.flags&completed == 0 {
			panic("io: a driver returns " + s.String() + " for a request that it has not completed")
		}
		irp.finish(x, irp.Thread, false)
	} else {
		x.pend(irp)
		if f.synchronous {
			s = x.wait(irp, f)
		}
	}
	if f.synchronous {
		f.leave()
	}
	return s
}

// pend puts a request that is pending into the thread's list, unless its APC has come
// already.
func (x *threadIo) pend(irp *IRP) {
	old := ke.RaiseIrql(ke.ApcLevel)
	if !irp.finished {
		x.link(irp)
	}
	ke.LowerIrql(old)
}

// wait waits for a pending request on a synchronous file, which may be over already. When
// the thread is alerted or is to end, the request is cancelled.
func (x *threadIo) wait(irp *IRP, f *File) nt.Status {
	s := ke.WaitForSingleObject(f, ke.UserMode, f.alertable, nil)
	if s != nt.StatusSuccess { // IopCancelAlertedRequest
		old := ke.RaiseIrql(ke.ApcLevel)
		if x.has(irp) {
			CancelIrp(irp)
		}
		ke.LowerIrql(old)
		ke.WaitForSingleObject(f, ke.KernelMode, false, nil)
	}
	return f.final
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
	irp.Mdl, s = t.Process.Space.NewMdl(va, int(n), access, ioOf(t).fault)
	return s
}
