package io

import (
	"unsafe"

	"gont/ex"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// finish is IopCompleteRequest: in the thread that made the request, which is t and has x,
// output goes to the program's memory, and the program is told. apc says that it comes by a
// special kernel APC, at APC_LEVEL; else the issuer calls it at PASSIVE_LEVEL, and the
// request ended before its dispatch routine returned.
func (irp *IRP) finish(x *threadIo, t *ps.Thread, apc bool) {
	f := irp.File
	if irp.listed {
		x.unlink(irp)
	}
	irp.finished = true
	if irp.SystemBuffer != nil || irp.Mdl != nil {
		irp.giveOutput(t)
		irp.releaseBuffers()
	}
	s := irp.IoStatus.Status
	event, told := irp.event, !isError(s) || irp.PendingReturned && irp.flags&synchronous == 0
	if told {
		block := nt.IoStatusBlock{Status: s, Information: irp.IoStatus.Information}
		ps.CopyTo(t, irp.iosb, unsafe.Pointer(&block), uint64(unsafe.Sizeof(block))) // nobody to tell if it has gone
	}
	if told && event == nil && f.synchronous && irp.apcRoutine == 0 {
		f.final = s // there is no packet of a synchronous file
		f.signal()
	} else {
		irp.tell(t, f, told)
	}
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

// tell sets events, and sends the APC or the completion packet. told says that the program
// has got the status block: else its service returns the status, and nothing more happens.
func (irp *IRP) tell(t *ps.Thread, f *File, told bool) {
	s := irp.IoStatus.Status
	if irp.PendingReturned || told {
		f.final = s
	}
	skip := f.notification.Load()
	switch {
	case told && irp.event != nil && !f.synchronous:
		irp.event.Body.(*ke.Event).Set()
		irp.unsignal()
	case told && (f.synchronous || skip&nt.FileSkipSetEventOnHandle == 0 || irp.PendingReturned):
		if irp.event != nil {
			irp.event.Body.(*ke.Event).Set()
		}
		f.signal()
	case irp.PendingReturned: // its issuer waits for it
		f.signal()
	default:
		irp.unsignal()
	}
	c, p := f.completion.Load(), irp.packet
	switch {
	case told && irp.apcRoutine != 0:
		const increment = 2
		ke.NewUserApc(t.Thread, nil, nil, irp.apcRoutine, irp.apcContext).Insert(irp.iosb, 0, increment)
	case told && p != nil && (skip&nt.FileSkipCompletionPortOnSuccess == 0 || irp.PendingReturned || s != nt.StatusSuccess):
		c.queue.Send(p, ex.CompletionPacket{Key: c.key, Apc: irp.apcContext, Status: s, Information: irp.IoStatus.Information})
	case p != nil:
		p.Free()
	}
}

// signal makes the file signalled: a request that has no event of its own has ended. Of a
// synchronous file the caller, who has the turn, knows when it is so already.
func (f *File) signal() {
	if !f.signalled || !f.synchronous {
		f.signalled = f.synchronous
		f.Event.Set()
	}
}

// unsignal makes the request's file not signalled if MarkPending has not done so.
func (irp *IRP) unsignal() {
	if irp.flags&resetDue != 0 {
		irp.resetFile()
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
