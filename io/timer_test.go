package io

import (
	"sync/atomic"
	"testing"

	"gont/ex"
	"gont/ke"
	"gont/nt"
	"gont/ps"
)

// second is the test's clock ticks of one.
const second = oneSecond / tick

// TestDeviceTimer: a device's routine is called once a second, at DISPATCH_LEVEL, while its
// timer runs, and not any more when the device has gone.
func TestDeviceTimer(t *testing.T) {
	simulate(t, func(w *world) {
		x, y := w.driver("X", 0), w.driver("Y", 0)
		var calls [2]int
		routine := func(d *Device, context any) {
			w.expect("the level", ke.CurrentIrql() == ke.DispatchLevel, true)
			if i := context.(int); d == []*Device{x.device, y.device}[i] {
				calls[i]++
			}
		}
		x.device.InitializeTimer(routine, 0)
		y.device.InitializeTimer(routine, 1)
		seconds := func(n, wantX, wantY int) {
			t.Helper()
			calls = [2]int{}
			w.sleep(n*second + 2)
			if calls != [2]int{wantX, wantY} {
				t.Errorf("in %d s: %d calls, want %d and %d", n, calls, wantX, wantY)
			}
		}
		seconds(3, 0, 0)
		x.device.StartTimer()
		x.device.StartTimer() // changes nothing
		seconds(3, 3, 0)
		y.device.StartTimer()
		seconds(2, 2, 2)
		x.device.StopTimer()
		seconds(2, 0, 2)
		DeleteDevice(y.device)
		seconds(2, 0, 0)
		w.expect("the dispatcher's timer is set", timers.timer.Cancel(), false)
		x.device.StartTimer()
		seconds(1, 1, 0)
		DeleteDevice(x.device)
		seconds(1, 0, 0)
	})
}

// TestDeviceTimerTurns: timers that are started and stopped on several processors at once end as
// the last call wants it, whatever the dispatcher's timer has seen on the way.
func TestDeviceTimerTurns(t *testing.T) {
	simulateOn(t, 3, func(w *world) {
		x, y := w.driver("X", 0), w.driver("Y", 0)
		var calls atomic.Int64
		for _, v := range []*Device{x.device, y.device} {
			v.InitializeTimer(func(*Device, any) { calls.Add(1) }, nil)
		}
		for range max(*rounds/30, 5) {
			var threads []*ps.Thread
			for _, v := range []*Device{x.device, y.device} {
				threads = append(threads, w.user("starter", func(*ps.Thread) {
					for range 20 {
						v.StartTimer()
						w.poll()
						v.StopTimer()
					}
					v.StartTimer()
				}))
			}
			for _, th := range threads {
				w.wait(th)
			}
			if left, _ := timers.timer.Read(); left <= 0 || left > oneSecond {
				t.Fatalf("two timers run, and the next call is in %d", left)
			}
			x.device.StopTimer()
			y.device.StopTimer()
			if timers.timer.Cancel() {
				t.Fatal("no timer runs, and the dispatcher's is set")
			}
		}
		DeleteDevice(x.device)
		DeleteDevice(y.device)
	})
}

// TestTimerRoutines: each routine is called once a second although one makes another device, and
// one takes a device away.
func TestTimerRoutines(t *testing.T) {
	simulate(t, func(w *world) {
		x := w.driver("Test", 0)
		var devices []*Device
		calls := map[*Device]int{}
		add := func(routine func(d *Device, _ any)) {
			v, s := CreateDevice(x.Driver, "", nt.FileDeviceUnknown, 0, 0)
			if !s.OK() {
				t.Fatal(s)
			}
			v.InitializeTimer(func(d *Device, c any) { calls[d]++; routine(d, c) }, nil)
			v.StartTimer()
			devices = append(devices, v)
		}
		nothing := func(*Device, any) {}
		for range 3 {
			add(nothing)
		}
		stopped := 0
		add(func(*Device, any) { // the first of the list: it stops the last one, and lets it go on later
			if stopped++; stopped == 1 {
				timers.lock.Lock()
				last := timers.first
				for last.next != nil {
					last = last.next
				}
				last.running, timers.running = false, timers.running-1
				timers.lock.Unlock()
			}
		})
		add(func(d *Device, _ any) {
			if len(devices) == 5 {
				add(nothing)
			}
		})
		w.sleep(second + 2)
		for i, want := range []int{0, 1, 1, 1, 1, 1} {
			w.expect("calls", calls[devices[i]], want)
		}
		w.sleep(second)
		for i, want := range []int{0, 2, 2, 2, 2, 2} {
			w.expect("calls after another second", calls[devices[i]], want)
		}
		for _, v := range devices {
			DeleteDevice(v)
		}
	})
}

// TestDeviceWorkItem: a routine runs at PASSIVE_LEVEL in a worker thread with its context, may
// queue itself again, and keeps its device and driver from going until it is done.
func TestDeviceWorkItem(t *testing.T) {
	simulate(t, func(w *world) {
		x := w.driver("Test", 0)
		gate := ke.NewEvent(nt.SynchronizationEvent, false)
		var got []any
		var item *WorkItem
		item = NewWorkItem(x.device, func(d *Device, context any) {
			w.expect("the level", ke.CurrentIrql() == ke.PassiveLevel, true)
			w.expect("the device", d, x.device)
			if ps.Current().Process != ps.System {
				t.Error("it is no worker thread")
			}
			got = append(got, context)
			if context == 1 {
				item.Queue(ex.DelayedWorkQueue, 2)
			}
			ke.WaitForSingleObject(gate, ke.KernelMode, false, nil)
		})
		ke.RaiseIrql(ke.DispatchLevel)
		item.Queue(ex.CriticalWorkQueue, 1)
		w.expect("nothing yet", len(got), 0)
		ke.LowerIrql(ke.PassiveLevel)
		w.sleep(2)
		w.expect("twice", len(got), 2)
		w.expect("the unloading", x.StartUnload(), nt.StatusSuccess)
		gate.Set()
		w.sleep(2)
		w.expect("unloaded with one under way", x.unloaded.Load(), false)
		gate.Set()
		ke.WaitForSingleObject(x.done, ke.KernelMode, false, nil)
		w.expect("unloaded", x.unloaded.Load(), true)
		if len(got) != 2 || got[0] != 1 || got[1] != 2 {
			t.Errorf("the contexts: %v", got)
		}
		x.Object.Dereference()
		w.sleep(5)
		n, _ := DeviceType.Counts()
		w.expect("devices", n, 0)
	})
}
