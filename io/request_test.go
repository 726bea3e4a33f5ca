package io

import (
	"testing"

	"gont/ex"
	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

func (w *world) event() *ob.Object {
	return ob.New(ex.EventType, ke.NewEvent(nt.NotificationEvent, false))
}

// control makes a request without an event.
func (w *world) control(f *File, code uint32) nt.Status {
	return f.DeviceControl(&Request{Thread: ps.Current(), Iosb: iosbAt}, false, code, bufAt, 4, bufAt+8, 4)
}

// finishOne completes the first request that waits.
func (x *testDriver) finishOne(s nt.Status, n uint64) bool {
	irp := x.queue.Remove(nil)
	if irp == nil {
		return false
	}
	for i := range irp.SystemBuffer {
		irp.SystemBuffer[i] = 7
	}
	Complete(irp, s, n)
	return true
}

// TestPending: a request on an asynchronous file comes back when the driver is done: the
// status block, the output, the event, the user APC.
func TestPending(t *testing.T) {
	simulate(t, func(w *world) {
		x := w.driver("Test", 0)
		f, h := w.open(`\Device\Test`, 0)
		th := ps.Current()
		for _, c := range []struct {
			event, apc bool
			s          nt.Status
		}{{false, false, nt.StatusSuccess}, {true, false, nt.StatusSuccess}, {false, true, nt.StatusBufferOverflow}, {true, false, nt.StatusIoDeviceError}} {
			w.p.Space.WriteBytes(iosbAt, make([]byte, 32))
			w.p.Space.WriteBytes(bufAt+8, make([]byte, 4))
			r := &Request{Thread: th, Iosb: iosbAt}
			var e *ob.Object
			if c.event {
				e = w.event()
				r.Event = e.Reference()
			}
			if c.apc {
				r.ApcRoutine, r.ApcContext = 0x10000, 99
			}
			w.expect("the service", f.DeviceControl(r, false, codePend, bufAt, 4, bufAt+8, 4), nt.StatusPending)
			w.expect("the block before", w.iosb(iosbAt), nt.IoStatusBlock{})
			state, _ := f.Event.Read()
			w.expect("the file before", state, int32(0))
			w.expect("one waits", x.finishOne(c.s, 3), true)
			w.expect("the block", w.iosb(iosbAt), nt.IoStatusBlock{Status: c.s, Information: 3})
			var got [4]byte
			w.p.Space.ReadBytes(bufAt+8, got[:])
			want := [4]byte{7, 7, 7}
			if isError(c.s) {
				want = [4]byte{}
			}
			w.expect("the output", got, want)
			state, _ = f.Event.Read()
			w.expect("the file is signalled", state == 1, !c.event)
			if c.event {
				state, _ = e.Body.(*ke.Event).Read()
				w.expect("the event", state, int32(1))
				n, _ := e.Counts()
				w.expect("references of the event", n, 1)
				e.Dereference()
			}
			if c.apc {
				ke.TestAlert()
				a := ke.NextUserApc(ke.Current())
				if a == nil || a.Routine != 0x10000 || a.Context != 99 || a.Arg1 != iosbAt {
					t.Errorf("the APC: %+v", a)
				}
			}
		}
		w.p.Handles.Close(h)
		n, _ := DeviceType.Counts()
		w.expect("closes", int(x.ends.Load()), 1)
		w.expect("devices", n, 1)
	})
}

// TestPacket: requests on a file with a completion object send packets.
func TestPacket(t *testing.T) {
	simulate(t, func(w *world) {
		x := w.driver("Test", 0)
		f, h := w.open(`\Device\Test`, 0)
		port := ob.New(ex.IoCompletionType, ex.NewIoCompletion(0))
		q := port.Body.(*ex.IoCompletion)
		w.expect("the connection", f.SetCompletion(port.Reference(), 5), nt.StatusSuccess)
		w.expect("a second one", f.SetCompletion(port, 6), nt.StatusInvalidParameter)
		take := func(want nt.Status) {
			t.Helper()
			zero := int64(0)
			p, s := q.Take(ke.KernelMode, false, &zero)
			if p == nil {
				t.Errorf("no packet: %v", s)
				return
			}
			if c := p.Packet(); c.Key != 5 || c.Apc != 77 || c.Status != want || c.Information != 4 {
				t.Errorf("the packet: %+v", c)
			}
			p.Free()
		}
		r := func() *Request { return &Request{Thread: ps.Current(), Iosb: iosbAt, ApcContext: 77} }
		w.expect("at once", f.DeviceControl(r(), false, codeEcho, bufAt, 4, bufAt, 4), nt.StatusSuccess)
		take(nt.StatusSuccess)
		w.expect("later", f.DeviceControl(r(), false, codePend, bufAt, 4, bufAt, 4), nt.StatusPending)
		x.finishOne(nt.StatusIoDeviceError, 4)
		take(nt.StatusIoDeviceError)
		a := r()
		a.ApcRoutine = 0x10000
		w.expect("with an APC", f.DeviceControl(a, false, codeEcho, bufAt, 4, bufAt, 4), nt.StatusInvalidParameter)
		w.expect("without a context", w.control(f, codeEcho), nt.StatusSuccess)
		w.expect("which fails at once", f.DeviceControl(r(), false, 0x1234, bufAt, 4, bufAt, 4), nt.StatusInvalidDeviceRequest)
		f.SetNotification(nt.FileSkipCompletionPortOnSuccess)
		w.expect("skipped", f.DeviceControl(r(), false, codeEcho, bufAt, 4, bufAt, 4), nt.StatusSuccess)
		if n, _, _ := q.Read(); n != 0 {
			t.Errorf("%d packets too many", n)
		}
		w.expect("packets that are paid for", w.p.Packets.Load(), int64(0))
		w.p.Handles.Close(h)
		port.Dereference()
		if n, _ := ex.IoCompletionType.Counts(); n != 0 {
			t.Errorf("%d completion objects are left", n)
		}
	})
}

// TestSynchronous: on a synchronous file the caller waits, others wait for their turn, and
// an alert cancels.
func TestSynchronous(t *testing.T) {
	simulate(t, func(w *world) {
		x := w.driver("Test", 0)
		f, h := w.open(`\Device\Test`, nt.FileSynchronousIoAlert)
		var first, second, third nt.Status
		a := w.user("a", func(*ps.Thread) { first = w.control(f, codePend) })
		w.sleep(2)
		b := w.user("b", func(*ps.Thread) { second = w.control(f, codePend) })
		c := w.user("c", func(*ps.Thread) { third = w.control(f, codePend) })
		w.sleep(2)
		w.expect("requests at the driver", x.queue.Len(), 1)
		ke.Alert(c.Thread) // waits for its turn
		w.wait(c)
		w.expect("the third", third, nt.StatusAlerted)
		x.finishOne(nt.StatusIoDeviceError, 0)
		w.wait(a)
		w.expect("the first", first, nt.StatusIoDeviceError)
		w.sleep(2)
		w.expect("the turn has passed on", x.queue.Len(), 1)
		ke.Alert(b.Thread)
		w.wait(b)
		w.expect("the second", second, nt.StatusCancelled)
		w.expect("nothing is left", x.queue.Len(), 0)
		if at, s := f.Position(); at != 0 || s != nt.StatusSuccess {
			t.Errorf("the position: %d, %v", at, s)
		}
		w.p.Handles.Close(h)
		w.expect("closes", int(x.ends.Load()), 1)
	})
}

// TestCancel: NtCancelIoFile's work, for the calling thread's requests alone.
func TestCancel(t *testing.T) {
	simulate(t, func(w *world) {
		x := w.driver("Test", 0)
		f, h := w.open(`\Device\Test`, 0)
		g, h2 := w.open(`\Device\Test`, 0)
		for range 3 {
			w.expect("a request", w.control(f, codePend), nt.StatusPending)
		}
		w.expect("another file's", w.control(g, codePend), nt.StatusPending)
		go1 := ke.NewEvent(nt.NotificationEvent, false)
		other := w.user("other", func(*ps.Thread) {
			w.expect("another thread's", w.control(f, codePend), nt.StatusPending)
			ke.WaitForSingleObject(go1, ke.KernelMode, false, nil)
		})
		w.sleep(2)
		CancelRequests(ps.Current(), f)
		w.expect("what is left", x.queue.Len(), 2)
		w.expect("the block", w.iosb(iosbAt).Status, nt.StatusCancelled)
		go1.Set()
		w.wait(other) // its end cancels
		w.expect("what is left of this thread's", x.queue.Len(), 1)
		w.p.Handles.Close(h2) // Cleanup cancels
		w.expect("what is left at the end", x.queue.Len(), 0)
		w.p.Handles.Close(h)
		w.sleep(2)
		w.expect("closes", int(x.ends.Load()), 2)
	})
}

// TestStack: two filters above a device see the request on its way down and back, and one
// keeps it for a while.
func TestStack(t *testing.T) {
	simulate(t, func(w *world) {
		x := w.driver("Test", 0)
		var trail []string
		keep := false
		var kept *IRP
		filter := func(name string) *Device {
			d, s := NewDriver(`\Driver`, name, "")
			if !s.OK() {
				t.Fatal(s)
			}
			var v *Device
			s = d.Start(func(d *Driver, _ string) nt.Status {
				var s nt.Status
				v, s = CreateDevice(d, "", nt.FileDeviceUnknown, 0, 0)
				pass := func(v *Device, irp *IRP) nt.Status {
					irp.SkipLocation()
					return CallDriver(v.Lower(), irp)
				}
				for i := range d.Major {
					d.Major[i] = pass
				}
				d.Major[DeviceControl] = func(v *Device, irp *IRP) nt.Status {
					trail = append(trail, name+" down")
					irp.CopyLocationToNext()
					irp.SetCompletionRoutine(func(v *Device, irp *IRP, context any) nt.Status {
						trail = append(trail, name+" up "+context.(string))
						if irp.PendingReturned {
							MarkPending(irp)
						}
						if keep && name == "Low" {
							kept = irp
							return nt.StatusMoreProcessingRequired
						}
						return nt.StatusSuccess
					}, name, true, true, true)
					if keep && name == "Low" {
						MarkPending(irp)
						CallDriver(v.Lower(), irp)
						return nt.StatusPending
					}
					return CallDriver(v.Lower(), irp)
				}
				return s
			})
			if !s.OK() {
				t.Fatal(s)
			}
			return v
		}
		low, high := filter("Low"), filter("High")
		w.expect("below low", AttachDevice(low, x.device), x.device)
		w.expect("below high", AttachDevice(high, x.device), low)
		w.expect("the height", high.StackSize, 3)
		f, h := w.open(`\Device\Test`, nt.FileSynchronousIoNonalert)
		w.expect("the service", w.control(f, codeEcho), nt.StatusSuccess)
		want := []string{"High down", "Low down", "Low up Low", "High up High"}
		for i, s := range want {
			if i >= len(trail) || trail[i] != s {
				t.Fatalf("the trail: %q, want %q", trail, want)
			}
		}
		keep = true
		var s nt.Status
		th := w.user("kept", func(*ps.Thread) { s = w.control(f, codeEcho) })
		w.sleep(2)
		if kept == nil {
			t.Fatal("the filter has not kept the request")
		}
		w.expect("it still waits", th.Thread.State(), ke.Waiting)
		kept.IoStatus.Status = nt.StatusBufferOverflow
		CompleteRequest(kept, 0)
		w.wait(th)
		w.expect("the status that the filter gave", s, nt.StatusBufferOverflow)
		keep = false
		w.p.Handles.Close(h)
		DetachDevice(low)
		DetachDevice(x.device)
		DeleteDevice(high)
		DeleteDevice(low)
		_, h = w.open(`\Device\Test`, 0)
		w.expect("the driver is in use", x.StartUnload(), nt.StatusSuccess)
		w.expect("and is not unloaded twice", x.StartUnload(), nt.StatusInvalidDeviceRequest)
		if _, s := ob.OpenByName(nil, `\Device\Test`, true, FileType, &OpenPacket{}); s != nt.StatusNoSuchDevice {
			t.Errorf("a device of a driver that is unloaded can be opened: %v", s)
		}
		w.p.Handles.Close(h)
		w.sleep(3)
		if _, s := ob.Lookup(nil, `\Driver\Test`, true, nil); s != nt.StatusObjectNameNotFound {
			t.Errorf("the driver is there: %v", s)
		}
	})
}

// TestOpens: what an open can meet.
func TestOpens(t *testing.T) {
	simulate(t, func(w *world) {
		x := w.driver("Test", Exclusive)
		_, h := w.open(`\Device\Test\some\name`, 0)
		open := func(name string) nt.Status {
			o, s := ob.OpenByName(nil, name, true, FileType, &OpenPacket{})
			if s.OK() {
				o.Dereference()
			}
			return s
		}
		w.expect("an exclusive device twice", open(`\Device\Test`), nt.StatusAccessDenied)
		w.p.Handles.Close(h)
		w.expect("after it was closed", open(`\Device\Test`), nt.StatusSuccess)
		w.expect("cleanups of what never had a handle, too", int(x.cleanups.Load()), 2)
		x.Major[Create] = func(_ *Device, irp *IRP) nt.Status {
			switch irp.File.Name {
			case `\again`:
				irp.File.Name = `\Device\Test`
				return Complete(irp, nt.StatusReparse, 0)
			case "":
				return Complete(irp, nt.StatusSuccess, 0)
			}
			return Complete(irp, nt.StatusObjectNameNotFound, 0)
		}
		w.expect("a name that leads elsewhere", open(`\Device\Test\again`), nt.StatusSuccess)
		w.expect("a name that is not there", open(`\Device\Test\x`), nt.StatusObjectNameNotFound)
		closes := int(x.ends.Load())
		w.expect("no Close for what was not opened", closes, 3)
		if o, s := ob.Lookup(nil, `\Device\Test`, true, DeviceType); !s.OK() || o != x.device.Object {
			t.Errorf("the device object itself: %v", s)
		} else {
			o.Dereference()
		}
		if _, s := ob.Lookup(nil, `\Device\Test\x`, true, nil); s != nt.StatusObjectTypeMismatch {
			t.Errorf("a name below without an open: %v", s)
		}
		x.device.Flags |= Initializing
		w.expect("a device that is not ready", open(`\Device\Test`), nt.StatusNoSuchDevice)
		x.device.Ready()
		w.expect("and then is", open(`\Device\Test`), nt.StatusSuccess)
	})
}

// TestMultipleCompletion: who completes a request twice hears of it.
func TestMultipleCompletion(t *testing.T) {
	simulate(t, func(w *world) {
		irp := AllocateIrp(1)
		panics := func(f func()) (what any) {
			defer func() { what = recover() }()
			f()
			return nil
		}
		w.expect("a request that nobody has", panics(func() { CompleteRequest(irp, 0) }), "io: MULTIPLE_IRP_COMPLETE_REQUESTS")
		irp.stack = irp.stack[:1]
		irp.current = 0
		w.expect("no location left", panics(func() { CallDriver(nil, irp) }), "io: NO_MORE_IRP_STACK_LOCATIONS")
		irp.IoStatus.Status = nt.StatusPending
		w.expect("pending", panics(func() { CompleteRequest(irp, 0) }), "io: a request is completed as pending")
	})
}
