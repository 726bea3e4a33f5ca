package io

import (
	"sync/atomic"
	"testing"

	"gont/ke"
	"gont/nt"
	"gont/ps"
)

// serial makes Pend requests of the driver go through StartIo, one at a time.
func (x *testDriver) serial(start func(d *Device, irp *IRP)) {
	x.StartIo = start
	x.Major[DeviceControl] = func(d *Device, irp *IRP) nt.Status {
		MarkPending(irp)
		StartPacket(d, irp, func(d *Device, irp *IRP) {
			if TakeWaiting(d, irp) {
				Complete(irp, nt.StatusCancelled, 0)
			}
		})
		return nt.StatusPending
	}
	x.Major[Cleanup] = func(_ *Device, irp *IRP) nt.Status {
		x.cleanups.Add(1)
		return Complete(irp, nt.StatusSuccess, 0)
	}
}

// finishCurrent completes the request that StartIo has, and begins the next one.
func (x *testDriver) finishCurrent() bool {
	irp := x.device.CurrentIrp()
	if irp == nil {
		return false
	}
	StartNextPacket(x.device)
	Complete(irp, nt.StatusSuccess, 4)
	return true
}

// TestStartPacket: requests begin one after the other, in their order, at DISPATCH_LEVEL.
// One that is cancelled while it waits never begins; one that has begun stays.
func TestStartPacket(t *testing.T) {
	simulate(t, func(w *world) {
		x := w.driver("Test", 0)
		var begun []uint64
		x.serial(func(d *Device, irp *IRP) {
			w.expect("the level", ke.CurrentIrql() == ke.DispatchLevel, true)
			w.expect("the current request", d.CurrentIrp(), irp)
			begun = append(begun, irp.iosb)
		})
		f, h := w.open(`\Device\Test`, 0)
		const n = 5
		block := func(i int) uint64 { return iosbAt + 16*uint64(i) }
		for i := range n {
			w.expect("a request", f.DeviceControl(&Request{Thread: ps.Current(), Iosb: block(i)}, false, codePend, bufAt, 4, bufAt+8, 4), nt.StatusPending)
		}
		w.expect("one has begun", len(begun), 1)
		w.expect("the level after", ke.CurrentIrql() == ke.PassiveLevel, true)

		var waiting *IRP // the third one
		for irp := x.device.queue.first; irp != nil; irp = irp.Next {
			if irp.iosb == block(2) {
				waiting = irp
			}
		}
		w.expect("it has a cancel routine", CancelIrp(waiting), true)
		w.expect("the cancelled one", w.iosb(block(2)), nt.IoStatusBlock{Status: nt.StatusCancelled})
		w.expect("the one that has begun has none", CancelIrp(x.device.CurrentIrp()), false)
		for i := range n - 1 {
			w.expect("there is one", x.finishCurrent(), true)
			w.expect("so many have begun", len(begun), min(i+2, n-1))
		}
		w.expect("none is left", x.finishCurrent(), false)
		for i, k := range []int{0, 1, 3, 4} {
			w.expect("the order", begun[i], block(k))
			w.expect("a status block", w.iosb(block(k)), nt.IoStatusBlock{Information: 4})
		}

		// The device is not busy any more: the next one begins at once.
		w.expect("a request", f.DeviceControl(&Request{Thread: ps.Current(), Iosb: block(0)}, false, codePend, bufAt, 4, bufAt+8, 4), nt.StatusPending)
		w.expect("it has begun", len(begun), n)
		x.finishCurrent()
		w.p.Handles.Close(h)
	})
}

// TestStartPacketCancelled: a request that was cancelled before it came waits for nothing, and
// one without a cancel routine is begun although it was.
func TestStartPacketCancelled(t *testing.T) {
	simulate(t, func(w *world) {
		x := w.driver("Test", 0)
		var begun []*IRP
		x.StartIo = func(_ *Device, irp *IRP) { begun = append(begun, irp) }
		var cancelled []*IRP
		cancel := func(d *Device, irp *IRP) {
			w.expect("it waits", TakeWaiting(d, irp), false)
			cancelled = append(cancelled, irp)
		}
		a, b, c := AllocateIrp(1), AllocateIrp(1), AllocateIrp(1)
		StartPacket(x.device, a, cancel)
		b.cancelled.Store(true)
		StartPacket(x.device, b, cancel)
		c.cancelled.Store(true)
		StartPacket(x.device, c, nil)
		if len(begun) != 1 || begun[0] != a || len(cancelled) != 1 || cancelled[0] != b {
			t.Errorf("begun %v, cancelled %v", begun, cancelled)
		}
		StartNextPacket(x.device)
		if len(begun) != 2 || begun[1] != c || x.device.CurrentIrp() != c {
			t.Errorf("then begun %v", begun)
		}
		StartNextPacket(x.device)
		if x.device.CurrentIrp() != nil {
			t.Error("the device is busy with nothing")
		}
	})
}

// TestStartPacketRaces: requests are begun, completed by a DPC on another processor, and
// cancelled by the threads that made them. Each ends once, and no two are begun together.
func TestStartPacketRaces(t *testing.T) {
	simulateOn(t, 3, func(w *world) {
		x := w.driver("Test", 0)
		var begun, together atomic.Int64
		x.serial(func(*Device, *IRP) {
			begun.Add(1)
			if together.Add(1) != 1 {
				t.Error("two requests have begun")
			}
		})
		var stop atomic.Bool
		dpc := ke.NewDpc(func(any) {
			if irp := x.device.CurrentIrp(); irp != nil && together.CompareAndSwap(1, 0) {
				StartNextPacket(x.device)
				Complete(irp, nt.StatusSuccess, 4)
			}
		})
		helper := w.user("completer", func(*ps.Thread) {
			for !stop.Load() {
				dpc.Insert(nil)
				w.poll()
			}
		})
		var succeeded, cancelled atomic.Int64
		var threads []*ps.Thread
		for n := range 2 {
			threads = append(threads, w.user("asker", func(*ps.Thread) {
				f, h := w.open(`\Device\Test`, 0)
				block, buf := uint64(iosbAt+0x100*(n+1)), uint64(bufAt+0x1000*(n+1))
				for range *rounds {
					const burst = 4
					for i := range uint64(burst) {
						f.DeviceControl(&Request{Thread: ps.Current(), Iosb: block + 16*i}, false, codePend, buf, 4, buf+8, 4)
					}
					CancelRequests(ps.Current(), f) // waits for those that have begun
					for i := range uint64(burst) {
						switch b := w.iosb(block + 16*i); b {
						case nt.IoStatusBlock{Information: 4}:
							succeeded.Add(1)
						case nt.IoStatusBlock{Status: nt.StatusCancelled}:
							cancelled.Add(1)
						default:
							t.Errorf("a status block: %+v", b)
						}
						w.p.Space.WriteBytes(block+16*i, make([]byte, 16))
					}
				}
				w.p.Handles.Close(h)
			}))
		}
		for _, th := range threads {
			w.wait(th)
		}
		stop.Store(true)
		w.wait(helper)
		if all := int64(2 * 4 * *rounds); succeeded.Load()+cancelled.Load() != all || begun.Load() != succeeded.Load() {
			t.Errorf("of %d requests %d succeeded, %d were cancelled, %d were begun", all, succeeded.Load(), cancelled.Load(), begun.Load())
		}
		if x.device.CurrentIrp() != nil || x.device.queue.first != nil {
			t.Error("a request is left")
		}
		w.settleFiles(2, x)
	})
}
