package ke

import (
	"fmt"
	"testing"

	"gont/nt"
)

// TestDpc: at once below DISPATCH_LEVEL, later above it, with the argument, once
// for many Inserts.
func TestDpc(t *testing.T) {
	simulate(t, func(w *world) {
		ran := ""
		d := NewDpc(func(arg any) { ran += fmt.Sprint(arg, CurrentIrql(), " ") })
		w.expect("Insert", d.Insert("a"), true)
		w.expect("ran", ran, "a2 ")
		w.expect("the level", CurrentIrql(), uint8(PassiveLevel))
		for _, l := range []uint8{DispatchLevel, HighLevel} {
			ran = ""
			RaiseIrql(l)
			w.expect("Insert", d.Insert("b"), true)
			w.expect("Insert again", d.Insert("c"), false)
			w.expect("ran while raised", ran, "")
			if l == HighLevel {
				LowerIrql(DispatchLevel)
				w.expect("ran at DISPATCH_LEVEL", ran, "")
			}
			LowerIrql(ApcLevel)
			w.expect("ran", ran, "b2 ")
			LowerIrql(PassiveLevel)
		}
		RaiseIrql(DispatchLevel)
		d.Insert("d")
		w.expect("Remove", d.Remove(), true)
		w.expect("Remove again", d.Remove(), false)
		before := DpcCount()
		LowerIrql(PassiveLevel)
		w.expect("ran", ran, "b2 ")
		w.expect("count", DpcCount(), before)
	})
}

// TestDpcOrder: high importance in front, the others behind.
func TestDpcOrder(t *testing.T) {
	simulate(t, func(w *world) {
		ran := ""
		RaiseIrql(DispatchLevel)
		var all []*Dpc
		for _, c := range []struct {
			name string
			i    Importance
		}{{"m", MediumImportance}, {"h", HighImportance}, {"l", LowImportance}, {"M", MediumImportance}, {"x", MediumImportance}, {"H", HighImportance}} {
			d := NewDpc(func(any) { ran += c.name })
			d.SetImportance(c.i)
			d.Insert(nil)
			all = append(all, d)
		}
		all[4].Remove()
		LowerIrql(PassiveLevel)
		w.expect("order", ran, "HhmlM")
	})
}

// TestDpcLow: low importance waits for a tick, for idleness, for a crowd, for a
// flush, or for a more important one.
func TestDpcLow(t *testing.T) {
	simulate(t, func(w *world) {
		ran := 0
		low := func() *Dpc {
			d := NewDpc(func(any) { ran++ })
			d.SetImportance(LowImportance)
			w.expect("Insert", d.Insert(nil), true)
			return d
		}
		check := func(what string, want int) {
			t.Helper()
			w.expect(what, ran, want)
			ran = 0
		}
		low()
		NewEvent(0, false).Set()
		check("ran at once", 0)
		Tick(1, false)
		check("ran at a tick", 1)
		low()
		e := NewEvent(0, false)
		timer := NewTimer(nt.NotificationTimer)
		timer.SetDpc(-tickLength, 0, NewDpc(func(any) { w.expect("ran when idle", ran, 1); e.Set() }))
		w.wait(e)
		check("ran", 1)
		for range dpcDepth {
			low()
		}
		check("ran at once", 0)
		low()
		check("ran in a crowd", dpcDepth+1)
		low()
		FlushQueuedDpcs()
		check("ran by a flush", 1)
		low()
		NewDpc(func(any) {}).Insert(nil)
		check("ran with another", 1)
	})
}

// TestDpcAgain: a DPC may queue itself and others, and all run.
func TestDpcAgain(t *testing.T) {
	simulate(t, func(w *world) {
		n := 0
		var d *Dpc
		d = NewDpc(func(any) {
			if n++; n < 1000 {
				w.expect("Insert", d.Insert(nil), true)
			}
		})
		d.Insert(nil)
		w.expect("runs", n, 1000)
	})
}

// TestDpcSwitch: a DPC that wakes a thread of high priority finishes first.
func TestDpcSwitch(t *testing.T) {
	simulate(t, func(w *world) {
		e := NewEvent(0, false)
		order := ""
		w.start("high", 20, func() { w.wait(e); order += "thread" })
		NewDpc(func(any) { e.Set(); order += "dpc " }).Insert(nil)
		w.expect("order", order, "dpc thread")
	})
}

// TestTimerDpc: queued each time the timer fires, with the timer, and not after
// Cancel; the timer releases its waiters too.
func TestTimerDpc(t *testing.T) {
	simulate(t, func(w *world) {
		var times []uint64
		x := NewTimer(nt.SynchronizationTimer)
		d := NewDpc(func(arg any) {
			w.expect("argument", arg, any(x))
			times = append(times, w.now)
		})
		start := w.now
		x.SetDpc(-2*tickLength, 3*tickLength, d)
		for range 3 {
			w.wait(x)
		}
		x.Cancel()
		Delay(KernelMode, false, -20*tickLength)
		if len(times) != 3 || times[0] != start+2*tickLength || times[2] != start+8*tickLength {
			t.Errorf("it ran at %v, set at %d", times, start)
		}
		x.SetDpc(0, 0, d)
		w.expect("runs", len(times), 4)
		x.Set(0, 0) // the DPC is not the timer's any more
		w.expect("runs", len(times), 4)
	})
}

// TestTimerReplace: whoever sets or stops a timer gets the DPC that was its before.
func TestTimerReplace(t *testing.T) {
	simulate(t, func(w *world) {
		x := NewTimer(nt.NotificationTimer)
		a, b := NewDpc(func(any) { t.Error("a ran") }), NewDpc(func(any) {})
		expect := func(what string, was bool, old *Dpc, wantWas bool, want *Dpc) {
			t.Helper()
			w.expect(what+": was set", was, wantWas)
			if old != want {
				t.Errorf("%s: not the DPC before", what)
			}
		}
		was, old := x.Replace(-tickLength, 0, a)
		expect("first", was, old, false, nil)
		was, old = x.Replace(-tickLength, 0, b)
		expect("second", was, old, true, a)
		if x.Dpc() != b {
			t.Error("Dpc is not the last one")
		}
		w.wait(x)
		was, old = x.Withdraw()
		expect("Withdraw", was, old, false, b)
		was, old = x.Withdraw()
		expect("Withdraw again", was, old, false, nil)
	})
}

// TestDispatchLevelRules: what may not be called at DISPATCH_LEVEL panics, in a
// DPC and in a raised thread; the dispatcher is usable afterwards.
func TestDispatchLevelRules(t *testing.T) {
	simulate(t, func(w *world) {
		e, minus := NewEvent(0, true), int64(-1)
		self := Current()
		rules := map[string]func(){
			"wait":            func() { w.wait(e) },
			"wait with time":  func() { WaitForSingleObject(e, KernelMode, false, &minus) },
			"wait for many":   func() { WaitForMultipleObjects([]Object{e, e}, false, UserMode, true, nil) },
			"delay":           func() { Delay(KernelMode, false, -1) },
			"suspend point":   func() { Suspend(self); defer Resume(self); SuspendPoint(self) },
			"exit":            func() { exit(self) },
			"flush":           func() { FlushQueuedDpcs() },
			"lower to raised": func() { LowerIrql(ClockLevel) },
		}
		for what, f := range rules {
			check := func(any) {
				if r := panics(f); r != IrqlError(DispatchLevel) {
					t.Errorf("%s at DISPATCH_LEVEL: %v", what, r)
				}
			}
			NewDpc(check).Insert(nil)
			RaiseIrql(DispatchLevel)
			check(nil)
			LowerIrql(PassiveLevel)
		}
		NewDpc(func(any) {
			if r := panics(func() { LowerIrql(PassiveLevel) }); r != IrqlError(DispatchLevel) {
				t.Errorf("a DPC lowered: %v", r)
			}
			w.expect("a try in a DPC", w.try(e), nt.StatusSuccess)
		}).Insert(nil)
		w.expect("wait afterwards", w.wait(e), nt.StatusSuccess)
	})
}

// TestDpcLevel: a DPC that returns at another level is found.
func TestDpcLevel(t *testing.T) {
	var what any
	Initialize(Hooks{Now: func() uint64 { return 0 }, Panic: func(th *Thread, r any) {
		what = r
		leave(th)
	}})
	StartThread(NewThread("dpc", 8, func() { NewDpc(func(any) { RaiseIrql(ClockLevel) }).Insert(nil) }))
	RunReady()
	if what != IrqlError(ClockLevel) {
		t.Errorf("a DPC that stays at CLOCK_LEVEL: %v", what)
	}
}
