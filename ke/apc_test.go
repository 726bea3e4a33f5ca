package ke

import (
	"fmt"
	"testing"

	"gont/nt"
)

// TestKernelApc: a special one at APC_LEVEL, a normal one at PASSIVE_LEVEL after
// its kernel routine; on the current, a ready, a waiting and a new thread.
func TestKernelApc(t *testing.T) {
	simulate(t, func(w *world) {
		ran := ""
		note := func(what string) func(*Apc) {
			return func(a *Apc) { ran += fmt.Sprint(what, CurrentIrql(), a.Arg1, a.Arg2, Current().Name, " ") }
		}
		check := func(what, want string) {
			t.Helper()
			w.expect(what, ran, want)
			ran = ""
		}
		a := NewKernelApc(Current(), note("special"), nil)
		w.expect("Insert", a.Insert(1, 2, 0), true)
		check("special on the current thread", "special1 1 2main ")
		w.expect("CurrentIrql", CurrentIrql(), uint8(PassiveLevel))
		RaiseIrql(ApcLevel)
		w.expect("Insert", a.Insert(3, 4, 0), true)
		w.expect("Insert again", a.Insert(5, 6, 0), false)
		check("at APC_LEVEL", "")
		LowerIrql(PassiveLevel)
		check("lowered", "special1 3 4main ")
		RaiseIrql(ApcLevel)
		NewKernelApc(Current(), note("kernel"), note("normal")).Insert(0, 0, 0)
		NewKernelApc(Current(), nil, note("second")).Insert(0, 0, 0)
		a.Insert(7, 8, 0)
		LowerIrql(PassiveLevel)
		check("special ones first", "special1 7 8main kernel1 0 0main normal0 0 0main second0 0 0main ")
		RaiseIrql(ApcLevel)
		a.Insert(0, 0, 0)
		w.expect("Remove", a.Remove(), true)
		w.expect("Remove again", a.Remove(), false)
		LowerIrql(PassiveLevel)
		check("removed", "")

		th := w.start("ready", 5, func() { ran += "body " })
		NewKernelApc(th, note("special"), nil).Insert(0, 0, 0)
		check("of a ready thread", "")
		w.settle()
		check("before its body", "special1 0 0ready body ")
		w.expect("Insert for one that has ended", NewKernelApc(th, note("x"), nil).Insert(0, 0, 0), false)
		w.expect("Insert for the idle thread", NewKernelApc(self().idle, note("x"), nil).Insert(0, 0, 0), false)
	})
}

// TestKernelApcWait: a waiting thread runs it and waits on, whatever the wait:
// with its own place lost, its time kept, and nothing taken.
func TestKernelApcWait(t *testing.T) {
	simulate(t, func(w *world) {
		ran, s := 0, NewSemaphore(0, 9)
		var got nt.Status = 99
		start, timeout := w.now, int64(-10*tickLength)
		th := w.start("waits", 12, func() {
			got = WaitForMultipleObjects([]Object{NewEvent(0, false), s}, false, UserMode, true, &timeout)
		})
		for range 5 {
			Delay(KernelMode, false, -tickLength)
			NewKernelApc(th, func(*Apc) { ran++ }, func(*Apc) {
				w.expect("a wait inside", w.try(NewEvent(0, false)), nt.StatusTimeout)
				w.settle() // waits itself
			}).Insert(0, 0, 0)
		}
		w.expect("ran", ran, 5)
		w.settle()
		w.expect("state", th.State(), Waiting)
		w.expect("status", got, nt.Status(99))
		w.wait(th)
		w.expect("status", got, nt.StatusTimeout)
		w.expect("time", w.now-start, uint64(10*tickLength))

		// Its routine provides what the wait is for.
		th = w.start("waits", 12, func() { got = w.wait(s) })
		NewKernelApc(th, func(*Apc) { s.Release(2) }, nil).Insert(0, 0, 0)
		w.expect("status", got, nt.StatusSuccess)
		w.expect("count", first(s.Read()), int32(1))

		// At APC_LEVEL the wait goes on, and the APC comes afterwards.
		e := NewEvent(0, false)
		order := ""
		th = w.start("raised", 12, func() {
			RaiseIrql(ApcLevel)
			w.wait(e)
			order += "waited "
			LowerIrql(PassiveLevel)
			order += "lowered"
		})
		switches := th.Switches
		NewKernelApc(th, func(*Apc) { order += "apc " }, nil).Insert(0, 0, 0)
		w.expect("order", order, "")
		w.expect("switches to a thread at APC_LEVEL", th.Switches, switches)
		e.Set()
		w.expect("order", order, "waited apc lowered")

		// In a queue's Remove.
		q := NewQueue(1)
		var entry *QueueEntry
		th = w.start("remover", 12, func() { entry, _ = q.Remove(KernelMode, false, nil) })
		NewKernelApc(th, func(*Apc) { ran = 100 }, nil).Insert(0, 0, 0)
		w.expect("ran", ran, 100)
		n, active, _ := q.Read()
		w.expect("entries", n, 0)
		w.expect("active", active, 0)
		q.Insert(&QueueEntry{Value: 3})
		w.expect("entry", entry.Value, any(3))

		// It has its entry, and the APC that comes before it runs takes another.
		other := q
		q = NewQueue(1)
		th = w.start("remover", 3, func() { entry, _ = q.Remove(KernelMode, false, nil) })
		w.settle()
		q.Insert(&QueueEntry{Value: 4})
		NewKernelApc(th, nil, func(*Apc) {
			x, _ := other.Remove(KernelMode, false, nil)
			ran = x.Value.(int)
		}).Insert(0, 0, 0)
		w.settle()
		w.expect("state", th.State(), Waiting)
		other.Insert(&QueueEntry{Value: 5})
		w.wait(th)
		w.expect("the APC's entry", ran, 5)
		w.expect("entry", entry.Value, any(4))
	})
}

// TestRegions: critical regions hold normal APCs back, guarded ones all.
func TestRegions(t *testing.T) {
	simulate(t, func(w *world) {
		ran := ""
		insert := func() {
			NewKernelApc(Current(), func(*Apc) { ran += "s" }, nil).Insert(0, 0, 0)
			NewKernelApc(Current(), nil, func(*Apc) { ran += "n" }).Insert(0, 0, 0)
		}
		EnterCriticalRegion()
		EnterCriticalRegion()
		insert()
		LeaveCriticalRegion()
		w.expect("in a critical region", ran, "s")
		LeaveCriticalRegion()
		w.expect("after it", ran, "sn")
		ran = ""
		EnterGuardedRegion()
		insert()
		w.settle()
		w.expect("in a guarded region", ran, "")
		LeaveGuardedRegion()
		w.expect("after it", ran, "sn")
		// No normal one inside a normal one.
		ran = ""
		NewKernelApc(Current(), nil, func(*Apc) {
			ran += "("
			insert()
			ran += ")"
		}).Insert(0, 0, 0)
		w.expect("inside", ran, "(s)n")
		// A wait in a critical region is not disturbed by a normal one.
		e := NewEvent(0, false)
		th := w.start("region", 12, func() {
			EnterCriticalRegion()
			w.wait(e)
			ran += "waited "
			LeaveCriticalRegion()
		})
		ran = ""
		NewKernelApc(th, nil, func(*Apc) { ran += "apc" }).Insert(0, 0, 0)
		e.Set()
		w.expect("order", ran, "waited apc")
		if panics(LeaveCriticalRegion) == nil || panics(LeaveGuardedRegion) == nil {
			t.Error("a region was left that was not entered")
		}
		RaiseIrql(DispatchLevel)
		if r := panics(EnterCriticalRegion); r != IrqlError(DispatchLevel) {
			t.Errorf("a region entered at DISPATCH_LEVEL: %v", r)
		}
		LowerIrql(PassiveLevel)
	})
}

// TestUserApc: it ends alertable user-mode waits and no others, and is pulled
// one at a time.
func TestUserApc(t *testing.T) {
	simulate(t, func(w *world) {
		e := NewEvent(0, false)
		var got []string
		note := func(format string, a ...any) { got = append(got, fmt.Sprintf(format, a...)) }
		pull := func() {
			if a := NextUserApc(Current()); a != nil {
				note("routine %d %d %d %d", a.Routine, a.Context, a.Arg1, a.Arg2)
			} else {
				note("none")
			}
		}
		th := w.start("user", 12, func() {
			note("%v", WaitForSingleObject(e, UserMode, true, nil))
			pull()
			pull()
			note("%v", WaitForSingleObject(e, KernelMode, true, nil)) // two are queued now
			note("%v", WaitForSingleObject(e, UserMode, false, nil))
			note("%v", WaitForSingleObject(e, UserMode, true, nil))
			pull()
			TestAlert()
			note("pending %v", Current().UserApcPending())
			note("%v", WaitForSingleObject(e, UserMode, false, nil))
			pull()
			TestAlert()
			pull()
		})
		kernel := 0
		apc := func(n uint64) *Apc {
			return NewUserApc(th, func(*Apc) {
				w.expect("the kernel routine's level", CurrentIrql(), uint8(ApcLevel))
				w.expect("its thread", Current(), th)
				kernel++
			}, nil, n, n+1)
		}
		a := apc(10)
		w.expect("Insert", a.Insert(1, 2, 0), true)
		second := apc(20)
		w.expect("Insert", second.Insert(3, 4, 0), true)
		w.expect("Insert again", second.Insert(3, 4, 0), false)
		w.expect("Insert of one that was delivered", a.Insert(5, 6, 0), true)
		e.Set()
		want := []string{nt.StatusUserApc.String(), "routine 10 11 1 2", "none",
			nt.StatusSuccess.String(), nt.StatusSuccess.String(), nt.StatusUserApc.String(), "routine 20 21 3 4",
			"pending true", nt.StatusUserApc.String(), "routine 10 11 5 6", "none"}
		for i := range want {
			if len(got) != len(want) || got[i] != want[i] {
				t.Fatalf("got %q, want %q", got, want)
			}
		}
		w.expect("kernel routines", kernel, 3)
		if panics(func() { NextUserApc(th) }) == nil {
			t.Error("another thread's user APC was pulled")
		}
		Alert(Current())
		w.expect("TestAlert", TestAlert(), true)
		w.expect("TestAlert again", TestAlert(), false)
		w.expect("pending", Current().UserApcPending(), false)
	})
}

// TestApcBoost: an APC's increment is the boost of the wait it ends.
func TestApcBoost(t *testing.T) {
	simulate(t, func(w *world) {
		th := w.start("user", 5, func() { WaitForSingleObject(NewEvent(0, false), UserMode, true, nil) })
		w.settle()
		NewUserApc(th, nil, nil, 0, 0).Insert(0, 0, 3)
		w.expect("priority", th.Priority(), 8)
	})
}

// TestApcRundown: a thread's end runs its kernel APCs, runs its user APCs down in
// order, and takes no more; it may not come with APCs disabled.
func TestApcRundown(t *testing.T) {
	simulate(t, func(w *world) {
		ran := ""
		var th *Thread
		e := NewEvent(0, false)
		th = w.start("ends", 12, func() { w.wait(e) })
		for i := range 3 {
			NewUserApc(th, nil, func(a *Apc) {
				ran += fmt.Sprint(i)
				w.expect("Insert while it ends", a.Insert(0, 0, 0), false)
			}, 0, 0).Insert(0, 0, 0)
		}
		NewUserApc(th, nil, nil, 0, 0).Insert(0, 0, 0)
		e.Set()
		w.expect("rundown", ran, "012")
		w.expect("state", th.State(), Terminated)
		for _, enter := range []func(){EnterCriticalRegion, EnterGuardedRegion} {
			var r any
			w.start("disabled", 12, func() {
				enter()
				r = panics(func() { exit(Current()) })
				if enter(); Current().apc.criticalRegions.Load() > 0 {
					LeaveCriticalRegion()
					LeaveCriticalRegion()
				} else {
					LeaveGuardedRegion()
					LeaveGuardedRegion()
				}
			})
			if r == nil {
				t.Error("a thread ended with APCs disabled")
			}
		}
	})
}
