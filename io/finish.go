package io

import (
	"unsafe"

	"gont/ex"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// finish is IopCompleteRequest: in the thread that made the request, output goes to the
// program's memory, and the program is told. apc says that it comes by a special kernel
// APC, at APC_LEVEL; else the issuer calls it at PASSIVE_LEVEL, and the request ended
// before its dispatch routine returned.
func (irp *IRP) finish(apc bool) {
	t, f := irp.Thread, irp.File
	if apc {
		t = ps.Current() // the request may have been taken from it meanwhile
	}
	x := ioOf(t)
	if irp.flags&listed != 0 {
		x.unlink(irp)
	}
	if irp.SystemBuffer != nil || irp.Mdl != nil {
		irp.giveOutput(t)
		irp.releaseBuffers()
	}
	s := irp.IoStatus.Status
	if !isError(s) || irp.PendingReturned && irp.flags&synchronous == 0 {
		irp.tell(t, f)
	} else if irp.PendingReturned { // its issuer waits for it
		f.final = s
		f.Event.Set()
	} else {
		irp.resetFile()
	}
	if irp.packet != nil {
		irp.packet.Free()
	}
	event := irp.event
	x.free(irp)
	if !apc {
		f.Object.Dereference()
		if event != nil {
			event.Dereference()
		}
		return
	}
	f.Object.DereferenceDeferDelete() // Delete procedures do not run in an APC
	if event != nil {
		event.DereferenceDeferDelete()
	}
}

// isError is NT_ERROR: output of what ends with a warning counts.
func isError(s nt.Status) bool { return s>>30 == 3 }

// giveOutput copies what a buffered request has brought to the program. A program that
// has taken its buffer away gets STATUS_ACCESS_VIOLATION.
func (irp *IRP) giveOutput(t *ps.Thread) {
	if irp.flags&inputFlag == 0 || isError(irp.IoStatus.Status) {
		return
	}
	n := min(irp.IoStatus.Information, uint64(irp.outLength), uint64(len(irp.SystemBuffer)))
	if n == 0 {
		return
	}
	if s := ps.CopyTo(t, irp.user, unsafe.Pointer(&irp.SystemBuffer[0]), n); !s.OK() {
		irp.IoStatus = IoStatus{Status: s}
	}
}

// releaseBuffers gives back what the request has of memory.
func (irp *IRP) releaseBuffers() {
	if irp.flags&pooled != 0 {
		mm.FreePool(irp.SystemBuffer, irpTag)
		irp.flags &^= pooled
	}
	if irp.Mdl != nil {
		irp.Mdl.Unlock()
		irp.Mdl = nil
	}
	irp.SystemBuffer = nil
}

// tell writes the status block, sets the event, and sends the APC or the completion
// packet.
func (irp *IRP) tell(t *ps.Thread, f *File) {
	s := irp.IoStatus.Status
	block := nt.IoStatusBlock{Status: s, Information: irp.IoStatus.Information}
	ps.CopyTo(t, irp.iosb, unsafe.Pointer(&block), uint64(unsafe.Sizeof(block))) // nobody to tell if it has gone
	f.final = s
	if irp.event != nil {
		irp.event.Body.(*ke.Event).Set()
	}
	skip := f.notification.Load()
	if (irp.event == nil || f.synchronous) && (skip&nt.FileSkipSetEventOnHandle == 0 || f.synchronous || irp.PendingReturned) {
		f.Event.Set()
	} else if irp.flags&resetDue != 0 {
		irp.resetFile()
	}
	switch c := f.completion.Load(); {
	case irp.apcRoutine != 0:
		const increment = 2
		ke.NewUserApc(t.Thread, nil, nil, irp.apcRoutine, irp.apcContext).Insert(irp.iosb, 0, increment)
	case irp.packet != nil && (skip&nt.FileSkipCompletionPortOnSuccess == 0 || irp.PendingReturned || s != nt.StatusSuccess):
		p := irp.packet
		irp.packet = nil
		c.queue.Send(p, ex.CompletionPacket{Key: c.key, Apc: irp.apcContext, Status: s, Information: irp.IoStatus.Information})
	}
}

// tellFast is tell for what needed no request.
func (r *Request) tellFast(f *File, status IoStatus) {
	block := nt.IoStatusBlock{Status: status.Status, Information: status.Information}
	ps.CopyTo(r.Thread, r.Iosb, unsafe.Pointer(&block), uint64(unsafe.Sizeof(block)))
	if r.Event != nil {
		r.Event.Body.(*ke.Event).Set()
	} else {
		f.Event.Set()
	}
}

// abandon is finish for a request whose thread has ended. PASSIVE_LEVEL.
func (irp *IRP) abandon() {
	irp.releaseBuffers()
	if irp.packet != nil {
		irp.packet.Free()
	}
	if irp.event != nil {
		irp.event.Dereference()
	}
	irp.File.Object.Dereference()
}
