package io

import (
	"testing"

	"gont/nt"
	"gont/ps"
)

// TestFileSignal: a file is signalled when a request has ended well, or later, and is not
// while one is pending and after one that failed at once.
func TestFileSignal(t *testing.T) {
	simulate(t, func(w *world) {
		x := w.driver("Test", 0)
		for _, options := range []uint32{0, nt.FileSynchronousIoNonalert} {
			f, h := w.open(`\Device\Test`, options)
			signalled := func(what string, want bool) {
				t.Helper()
				state, _ := f.Event.Read()
				w.expect(what, state == 1, want)
			}
			signalled("a new file", false)
			for range 2 {
				w.expect("at once", w.control(f, codeEcho), nt.StatusSuccess)
				signalled("after a request", true)
			}
			w.expect("a failure", w.control(f, 0x1234), nt.StatusInvalidDeviceRequest)
			signalled("after a failure", false)
			w.expect("another failure", w.control(f, 0x1234), nt.StatusInvalidDeviceRequest)
			signalled("after another failure", false)
			w.expect("at once", w.control(f, codeEcho), nt.StatusSuccess)
			signalled("after a request", true)

			// With an event of its own.
			e := w.event()
			r := &Request{Thread: ps.Current(), Event: e.Reference(), Iosb: iosbAt}
			w.expect("with an event", f.DeviceControl(r, false, codeEcho, bufAt, 4, bufAt+8, 4), nt.StatusSuccess)
			signalled("after a request with an event", f.Synchronous())
			e.Dereference()

			w.expect("at once", w.control(f, codeEcho), nt.StatusSuccess)
			if !f.Synchronous() {
				w.expect("later", w.control(f, codePend), nt.StatusPending)
				signalled("while a request is pending", false)
				w.expect("one waits", x.finishOne(nt.StatusIoDeviceError, 0), true)
				signalled("after a late failure", true)
				w.expect("later", w.control(f, codePend), nt.StatusPending)
				signalled("while another one is pending", false)
				w.expect("one waits", x.finishOne(nt.StatusSuccess, 0), true)
				signalled("after it", true)
			}
			w.p.Handles.Close(h)
		}
	})
}

// TestSpareRequest: nothing of a request is left in the next one that uses its memory.
func TestSpareRequest(t *testing.T) {
	simulate(t, func(w *world) {
		d := w.driver("Test", 0)
		f, h := w.open(`\Device\Test`, nt.FileSynchronousIoNonalert)
		w.expect("the first one", w.control(f, codeEcho), nt.StatusSuccess)
		x := ioOf(ps.Current())
		irp := x.spare
		if irp == nil {
			t.Fatal("there is no spare request")
		}
		irp.DriverContext[2], irp.cancelRoutine = 7, func(*Device, *IRP) {}
		irp.cancelled.Store(true)
		irp.inline[0].Argument, irp.inline[0].control = 8, onCancel
		x.spare = nil
		x.free(irp)
		w.expect("it is spare", x.spare, irp)
		w.expect("contexts", irp.DriverContext, [4]any{})
		w.expect("cancelled", irp.Cancelled() || irp.cancelRoutine != nil, false)
		w.expect("the location", irp.inline[0].Argument == nil && irp.inline[0].control == 0 && irp.inline[0].File == nil, true)
		w.expect("the status", irp.IoStatus, IoStatus{})
		w.expect("the next one", w.control(f, codeEcho), nt.StatusSuccess)
		w.expect("the same memory", x.spare, irp)
		w.p.Handles.Close(h)

		// Of several that are under way all come back, and the next ones use their memory.
		f, h = w.open(`\Device\Test`, 0)
		for range 2 {
			for range 5 {
				w.expect("later", w.control(f, codePend), nt.StatusPending)
			}
			w.expect("all are used", x.spare == nil && x.more == nil && x.count == 0, true)
			for range 5 {
				w.expect("one waits", d.finishOne(nt.StatusSuccess, 0), true)
			}
			n := 0
			for i := x.more; i != nil; i = i.threadNext {
				n++
			}
			w.expect("spare ones", [2]int{n, x.count}, [2]int{4, 4})
			w.expect("the spare one", x.spare != nil, true)
		}
		w.expect("no memory is needed", Allocates(ps.Current(), false), false)
		w.expect("but for an APC", Allocates(ps.Current(), true), true)
		w.p.Handles.Close(h)
	})
}
