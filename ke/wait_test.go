package ke

import (
	"errors"
	"testing"

	"gont/nt"
)

// TestWait64: as many objects as NT allows, any and all.
func TestWait64(t *testing.T) {
	simulate(t, func(w *world) {
		var objects []Object
		var sems []*Semaphore
		for range nt.MaximumWaitObjects {
			s := NewSemaphore(0, 1)
			sems, objects = append(sems, s), append(objects, s)
		}
		var any, all nt.Status = ^nt.Status(0), ^nt.Status(0)
		one := w.start("any", 12, func() { any = WaitForMultipleObjects(objects, false, KernelMode, false, nil) })
		w.expect("state", one.State(), Waiting)
		sems[63].Release(1)
		w.expect("wait for any", any, nt.Status(63))
		n, _ := sems[63].Read()
		w.expect("count", n, int32(0))
		w.start("all", 12, func() { all = WaitForMultipleObjects(objects, true, KernelMode, false, nil) })
		for i, s := range sems {
			w.expect("all before its time", all, ^nt.Status(0))
			if i == 63 {
				w.expect("count", first(sems[0].Read()), int32(1))
			}
			s.Release(1)
		}
		w.expect("wait for all", all, nt.StatusSuccess)
		for _, s := range sems {
			w.expect("count", first(s.Read()), int32(0))
			if s.first != nil || s.last != nil {
				t.Error("wait blocks are left")
			}
		}
		// A small wait after a large one.
		sems[5].Release(1)
		w.expect("small", w.try(sems[5]), nt.StatusSuccess)
	})
}

func first[A, B any](a A, _ B) A { return a }

// TestWaitAnyTwice: the same object twice in a wait for any.
func TestWaitAnyTwice(t *testing.T) {
	simulate(t, func(w *world) {
		for _, e := range []*Event{NewEvent(0, false), NewEvent(1, false)} {
			var got nt.Status = 99
			th := w.start("twice", 12, func() {
				got = WaitForMultipleObjects([]Object{NewMutant(true), e, e, e}[1:], false, KernelMode, false, nil)
			})
			second := w.start("behind", 12, func() { w.wait(e) })
			e.Set()
			w.expect("wait", got, nt.Status(0))
			w.expect("state", th.State(), Terminated)
			e.Set()
			w.expect("second", second.State(), Terminated)
			if e.first != nil || e.last != nil {
				t.Error("wait blocks are left")
			}
		}
	})
}

// TestWaitAnyTakesFirst: of several signalled objects, the first alone.
func TestWaitAnyTakesFirst(t *testing.T) {
	simulate(t, func(w *world) {
		a, b := NewSemaphore(0, 9), NewSemaphore(2, 9)
		w.expect("wait", WaitForMultipleObjects([]Object{a, b, b}, false, KernelMode, false, nil), nt.Status(1))
		w.expect("count", first(b.Read()), int32(1))
	})
}

// TestDispatchLevel: no waiting above APC_LEVEL but trying.
func TestDispatchLevel(t *testing.T) {
	simulate(t, func(w *world) {
		e := NewEvent(0, true)
		w.expect("CurrentIrql", CurrentIrql(), uint8(PassiveLevel))
		RaiseIrql(DispatchLevel)
		minus := int64(-1)
		for _, timeout := range []*int64{nil, &minus} {
			r := panics(func() { WaitForSingleObject(e, KernelMode, false, timeout) })
			var ie IrqlError
			if err, ok := r.(error); !ok || !errors.As(err, &ie) || ie != DispatchLevel || err.Error() != "ke: not allowed at IRQL 2" {
				t.Errorf("waiting at DISPATCH_LEVEL: %v", r)
			}
		}
		w.expect("try", w.try(e), nt.StatusSuccess) // and the lock is free
		if panics(func() { RaiseIrql(ApcLevel) }) == nil {
			t.Error("RaiseIrql lowered")
		}
		if panics(func() { LowerIrql(HighLevel) }) == nil {
			t.Error("LowerIrql raised")
		}
		// A switch is put off until the level falls.
		ran := false
		th := w.start("high", 20, func() { ran = true })
		w.expect("ran while raised", ran, false)
		w.expect("state", th.State(), Ready)
		w.expect("Yield while raised", Yield(), false)
		Tick(10, false)
		w.expect("ran at a tick", ran, false)
		w.expect("RaiseIrql", RaiseIrql(HighLevel), uint8(DispatchLevel))
		LowerIrql(DispatchLevel)
		w.expect("ran at DISPATCH_LEVEL", ran, false)
		LowerIrql(PassiveLevel)
		w.expect("ran", ran, true)
	})
}

// TestIdleCannotWait: and the dispatcher is usable after the attempt.
func TestIdleCannotWait(t *testing.T) {
	Initialize(Hooks{Now: func() uint64 { return 0 }})
	e := NewEvent(0, true)
	if panics(func() { WaitForSingleObject(e, KernelMode, false, nil) }) == nil {
		t.Error("the idle thread waited")
	}
	if db.word != 0 {
		t.Fatal("the dispatcher lock is held")
	}
	if e.Reset() != 1 {
		t.Error("the event was taken")
	}
}

// TestAlertThread: an alert ends alertable waits, is kept for the next one, is not lost on
// others.
func TestAlertThread(t *testing.T) {
	simulate(t, func(w *world) {
		e := NewEvent(0, false)
		var got []nt.Status
		th := w.start("alertable", 12, func() {
			got = append(got, WaitForSingleObject(e, UserMode, true, nil))
			got = append(got, w.wait(e)) // not alertable
			got = append(got, WaitForSingleObject(e, UserMode, true, nil))
			got = append(got, WaitForSingleObject(e, UserMode, true, nil))
		})
		w.expect("first Alert", Alert(th), false)
		w.expect("second Alert", Alert(th), false)
		w.expect("third Alert", Alert(th), true)
		w.expect("waits so far", len(got), 1)
		e.Set()
		want := []nt.Status{nt.StatusAlerted, nt.StatusSuccess, nt.StatusAlerted, nt.StatusSuccess}
		for i := range want {
			if len(got) != len(want) || got[i] != want[i] {
				t.Fatalf("got %v, want %v", got, want)
			}
		}
		Alert(Current())
		w.expect("Delay", Delay(KernelMode, true, -1000), nt.StatusAlerted)
		before := w.now
		w.expect("Delay", Delay(KernelMode, true, -1000), nt.StatusSuccess)
		if w.now < before+1000 {
			t.Error("Delay was too short")
		}
	})
}

// TestTerminate breaks user-mode waits, and no others.
func TestTerminate(t *testing.T) {
	simulate(t, func(w *world) {
		e := NewEvent(0, false)
		var user, kernel, again nt.Status = 99, 99, 99
		u := w.start("user", 12, func() {
			user = WaitForSingleObject(e, UserMode, false, nil)
			again = WaitForSingleObject(NewEvent(0, true), UserMode, false, nil)
		})
		k := w.start("kernel", 12, func() { kernel = w.wait(e) })
		w.expect("Terminating", u.Terminating(), false)
		Terminate(u)
		Terminate(k)
		w.expect("Terminating", u.Terminating(), true)
		w.expect("user wait", user, nt.StatusUserApc)
		w.expect("next user wait", again, nt.StatusUserApc)
		w.expect("kernel wait", kernel, nt.Status(99))
		e.Set()
		w.expect("kernel wait", kernel, nt.StatusSuccess)
		if e.first != nil {
			t.Error("wait blocks are left")
		}
	})
}

// TestSuspend: counts, limits, and the point where it works.
func TestSuspend(t *testing.T) {
	simulate(t, func(w *world) {
		steps := 0
		var self *Thread
		self = w.start("suspended", 12, func() {
			for range 2 {
				w.settle()
				SuspendPoint(self)
				steps++
			}
			for !self.Terminating() {
				SuspendPoint(self)
				w.settle()
			}
		})
		old, s := Suspend(self)
		w.expect("Suspend", s, nt.StatusSuccess)
		w.expect("count", old, 0)
		Suspend(self)
		Delay(KernelMode, false, -3*tickLength)
		w.expect("steps while suspended", steps, 0)
		w.expect("Resume", Resume(self), 2)
		Delay(KernelMode, false, -3*tickLength)
		w.expect("steps while suspended", steps, 0)
		w.expect("Resume", Resume(self), 1)
		w.expect("steps", steps, 1)
		w.expect("Resume of a running one", Resume(self), 0)
		for i := range 127 {
			old, s := Suspend(self)
			w.expect("Suspend", s, nt.StatusSuccess)
			w.expect("count", old, i)
		}
		old, s = Suspend(self)
		w.expect("Suspend", s, nt.StatusSuspendCountExceeded)
		w.expect("count", old, 127)
		Delay(KernelMode, false, -3*tickLength)
		w.expect("state", self.State(), Waiting)
		Terminate(self)
		w.expect("wait", w.wait(self), nt.StatusSuccess)
		w.expect("steps", steps, 2)
	})
}

// TestWaitReason: a thread tells why it waits.
func TestWaitReason(t *testing.T) {
	simulate(t, func(w *world) {
		never := NewEvent(0, false)
		for want, wait := range map[uint32]func(){
			nt.WaitUserRequest:    func() { WaitForSingleObject(never, UserMode, false, nil) },
			nt.WaitExecutive:      func() { WaitForSingleObject(never, KernelMode, true, nil) },
			nt.WaitDelayExecution: func() { Delay(UserMode, false, -1<<40) },
			nt.WaitQueue:          func() { NewQueue(1).Remove(UserMode, false, nil) },
			nt.WaitSuspended:      func() { Suspend(Current()); SuspendPoint(Current()) },
		} {
			th := w.start("waiter", 12, func() {
				if wait(); want != nt.WaitExecutive {
					WaitForSingleObject(never, KernelMode, true, nil)
				}
			})
			w.settle()
			w.expect("state", th.State(), Waiting)
			w.expect("reason", th.WaitReason(), want)
			if want != nt.WaitExecutive {
				Terminate(th)
				w.settle()
				w.expect("the next wait's", th.WaitReason(), uint32(nt.WaitExecutive))
			}
			Alert(th)
			w.expect("wait", w.wait(th), nt.StatusSuccess)
		}
	})
}
