package io

import (
	"gont/ex"
	"gont/ke"
	"gont/mm"
	"gont/nt"
	"gont/ps"
)

// threadIo is what a thread has to do with requests. It is the thread's own: nobody
// else touches it.
type threadIo struct {
	first *IRP
	spare *IRP // for the next request: most have come back before
	own   *IRP // likewise, for the kernel's own requests
	// more are others that have come back, a list by threadNext, for who has several under way; count is how many.
	more  *IRP
	count int
	// fault makes a page of the thread's process present, for an Mdl.
	fault func(va uint64, access mm.Access) nt.Status

	packet *OpenPacket // likewise, for the next open
	file   *File       // likewise: one that was deleted
	name   string      // of the file that was opened last
}

// mostSpare is how many requests a thread keeps besides the spare one.
const mostSpare = 32

// ioOf returns the current thread's.
func ioOf(t *ps.Thread) *threadIo {
	if x, ok := t.Io.(*threadIo); ok {
		return x
	}
	x := new(threadIo)
	x.fault = func(va uint64, access mm.Access) nt.Status {
		if s := ps.UserFault(t, va, access); !s.OK() {
			return ps.CopyStatus(s)
		}
		return nt.StatusSuccess
	}
	t.Io = x
	return x
}

// newRequest makes a request of a program with room for size drivers.
func (x *threadIo) newRequest(size int) *IRP {
	irp := x.spare
	switch {
	case uint(size-1) >= inlineStack || irp == nil && x.more == nil:
		return AllocateIrp(size)
	case irp != nil:
		x.spare = nil
	default:
		irp = x.more
		x.more, irp.threadNext = irp.threadNext, nil
		x.count--
	}
	irp.count, irp.current = int8(size), int8(size)
	return irp
}

// link puts a request into the thread's list.
func (x *threadIo) link(irp *IRP) {
	if irp.threadNext = x.first; x.first != nil {
		x.first.threadPrev = irp
	}
	x.first = irp
	irp.listed = true
}

func (x *threadIo) unlink(irp *IRP) {
	if irp.threadPrev != nil {
		irp.threadPrev.threadNext = irp.threadNext
	} else {
		x.first = irp.threadNext
	}
	if irp.threadNext != nil {
		irp.threadNext.threadPrev = irp.threadPrev
	}
	irp.threadNext, irp.threadPrev = nil, nil
	irp.listed = false
}

// free gives a request that is over back. What begin sets in every request stays in it.
func (x *threadIo) free(irp *IRP) {
	if x.spare != nil && x.count >= mostSpare || irp.count > inlineStack {
		return
	}
	irp.inline[0] = StackLocation{}
	if irp.count > 1 {
		clear(irp.inline[1:irp.count])
	}
	irp.IoStatus = IoStatus{}
	irp.UserBuffer = 0
	if irp.event != nil || irp.packet != nil {
		irp.event, irp.packet = nil, nil
	}
	if c := &irp.DriverContext; c[0] != nil || c[1] != nil || c[2] != nil || c[3] != nil {
		*c = [4]any{}
	}
	if irp.cancelRoutine != nil || irp.orphan != nil {
		irp.cancelRoutine, irp.orphan = nil, nil
	}
	if irp.cancelled.Load() {
		irp.cancelled.Store(false)
	}
	if x.spare != nil {
		irp.threadNext, x.more = x.more, irp
		x.count++
		return
	}
	x.spare = irp
}

// ownRequest makes a request of the kernel's own in the current thread, which sends it by
// Synchronously, reads what it has brought and calls release. PASSIVE_LEVEL or APC_LEVEL, but
// not in an APC.
func ownRequest(size int) *IRP {
	t := ps.Current()
	x := ioOf(t)
	irp := x.own
	if irp == nil || uint(size-1) >= inlineStack {
		irp = AllocateIrp(size)
	} else {
		x.own = nil
		irp.count, irp.current = int8(size), int8(size)
	}
	irp.Thread = t
	return irp
}

// release gives a request of ownRequest's back for the next.
func (irp *IRP) release() {
	x := ioOf(irp.Thread)
	if x.own != nil || irp.count > inlineStack {
		return
	}
	for i := range irp.inline[:irp.count] {
		if irp.inline[i].Device != nil { // CallDriver has come by
			irp.inline[i] = StackLocation{}
		}
	}
	irp.IoStatus = IoStatus{}
	irp.Mode, irp.PagingIo, irp.NoCache, irp.PendingReturned, irp.flags = 0, false, false, false, 0
	irp.SystemBuffer, irp.File, irp.cancelRoutine = nil, nil, nil
	if c := &irp.DriverContext; c[0] != nil || c[1] != nil || c[2] != nil || c[3] != nil {
		*c = [4]any{}
	}
	if irp.cancelled.Load() {
		irp.cancelled.Store(false)
	}
	x.own = irp
}

// has reports whether a request is still the thread's. Preconditions: APC_LEVEL.
func (x *threadIo) has(irp *IRP) bool {
	for i := x.first; i != nil; i = i.threadNext {
		if i == irp {
			return true
		}
	}
	return false
}

// cancel cancels the thread's requests for a file, nil for all, and reports whether
// there are any: they end in their own time. IRQL: PASSIVE_LEVEL.
func (x *threadIo) cancel(f *File) (some bool) {
	old := ke.RaiseIrql(ke.ApcLevel) // no request comes back meanwhile
	for irp := x.first; irp != nil; irp = irp.threadNext {
		if f == nil || irp.File == f {
			some = true
			CancelIrp(irp)
		}
	}
	ke.LowerIrql(old)
	return some
}

// any reports whether the thread has requests for a file, nil for any.
func (x *threadIo) any(f *File) bool {
	for irp := x.first; irp != nil; irp = irp.threadNext {
		if f == nil || irp.File == f {
			return true
		}
	}
	return false
}

const (
	cancelPoll    = -10 * 10_000 // 10 ms
	endPoll       = -100 * 10_000
	endPolls      = 3000 // five minutes
	milliseconds1 = 10_000
)

// CancelRequests is NtCancelIoFile's work: cancels what the current thread t has asked
// of a file, and waits until all of it has come back.
func CancelRequests(t *ps.Thread, f *File) {
	x, ok := t.Io.(*threadIo)
	if !ok || !x.cancel(f) {
		return
	}
	for x.any(f) {
		ke.Delay(ke.KernelMode, false, cancelPoll)
	}
}

// endThreadIo is IoCancelThreadIo: the current thread is ending. Its requests are
// cancelled, and it waits for them, five minutes at most; a driver that has not let
// them go then keeps them, and nobody hears of their end (DRIVER_CANCEL_TIMEOUT).
func endThreadIo(t *ps.Thread) {
	x := t.Io.(*threadIo)
	if x.first == nil {
		return
	}
	x.cancel(nil)
	for range endPolls {
		if x.first == nil {
			return
		}
		ke.Delay(ke.KernelMode, false, endPoll)
	}
	old := ke.RaiseIrql(ke.ApcLevel)
	for x.first != nil {
		irp := x.first
		x.unlink(irp)
		irp.disown()
	}
	ke.LowerIrql(old)
}

// disown takes a request from its thread, unless it is on its way back already: then
// the thread will still see it. What it holds is given back when it completes.
func (irp *IRP) disown() {
	w := ex.NewWorkItem(func(any) { irp.abandon() }, nil)
	LogError(irp.File.Device.Driver, nt.StatusDriverCancelTimeout, "a request of a thread that has ended is not given back")
	irp.lock.Lock()
	irp.Thread, irp.orphan = nil, w
	irp.lock.Unlock()
}

// queueOrphan lets a worker give back what a request holds that has no thread any more.
func queueOrphan(w *ex.WorkItem) { ex.QueueWorkItem(w, ex.DelayedWorkQueue) }
