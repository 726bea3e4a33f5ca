package ke

import (
	"math"
	"testing"

	"gont/nt"
)

// TestNotificationEvent: it releases all, and stays.
func TestNotificationEvent(t *testing.T) {
	simulate(t, func(w *world) {
		e := NewEvent(nt.NotificationEvent, false)
		woken := 0
		for range 3 {
			w.start("waiter", 8, func() {
				w.expect("wait", w.wait(e), nt.StatusSuccess)
				woken++
			})
		}
		w.settle()
		w.expect("woken before Set", woken, 0)
		w.expect("Set", e.Set(), int32(0))
		w.expect("Set again", e.Set(), int32(1))
		w.settle()
		w.expect("woken", woken, 3)
		w.expect("try", w.try(e), nt.StatusSuccess)
		w.expect("Reset", e.Reset(), int32(1))
		w.expect("Reset again", e.Reset(), int32(0))
		w.expect("try after Reset", w.try(e), nt.StatusTimeout)
		state, typ := e.Read()
		w.expect("state", state, int32(0))
		w.expect("type", typ, nt.NotificationEvent)
	})
}

// TestSynchronizationEvent: one Set, one waiter, in the order of arrival.
func TestSynchronizationEvent(t *testing.T) {
	simulate(t, func(w *world) {
		e := NewEvent(nt.SynchronizationEvent, false)
		var order []int
		for i := range 3 {
			w.start("waiter", 8, func() { w.wait(e); order = append(order, i) })
		}
		w.settle()
		for i := range 3 {
			e.Set()
			w.settle()
			if len(order) != i+1 || order[i] != i {
				t.Fatalf("after %d Sets: %v", i+1, order)
			}
		}
		e.Set()
		e.Set() // not counted
		w.expect("first try", w.try(e), nt.StatusSuccess)
		w.expect("second try", w.try(e), nt.StatusTimeout)
		_, typ := e.Read()
		w.expect("type", typ, nt.SynchronizationEvent)
	})
}

// TestPulse releases who waits and leaves nothing behind.
func TestPulse(t *testing.T) {
	simulate(t, func(w *world) {
		for typ, want := range []int{nt.NotificationEvent: 3, nt.SynchronizationEvent: 1} {
			e := NewEvent(typ, false)
			woken := 0
			var th []*Thread
			for range 3 {
				th = append(th, w.start("waiter", 8, func() {
					if WaitForSingleObject(e, UserMode, false, nil) == nt.StatusSuccess {
						woken++
					}
				}))
			}
			w.settle()
			w.expect("Pulse", e.Pulse(), int32(0))
			w.settle()
			w.expect("woken", woken, want)
			w.expect("try", w.try(e), nt.StatusTimeout)
			for _, x := range th {
				Terminate(x)
			}
		}
	})
}

// TestMutant: recursion, release by others, hand-over.
func TestMutant(t *testing.T) {
	simulate(t, func(w *world) {
		m := NewMutant(true)
		for range 4 {
			w.expect("recursive wait", w.wait(m), nt.StatusSuccess)
		}
		state, mine, abandoned := m.Read()
		w.expect("state", state, int32(-4))
		w.expect("mine", mine, true)
		w.expect("abandoned", abandoned, false)
		other := w.start("other", 12, func() {
			_, s := m.Release()
			w.expect("Release by another", s, nt.StatusMutantNotOwned)
			_, mine, _ := m.Read()
			w.expect("mine", mine, false)
			w.expect("try by another", w.try(m), nt.StatusTimeout)
			w.expect("wait", w.wait(m), nt.StatusSuccess)
			old, s := m.Release()
			w.expect("Release", s, nt.StatusSuccess)
			w.expect("old state", old, int32(0))
		})
		for i := range 5 {
			w.expect("other has ended", other.State() == Terminated, false)
			old, s := m.Release()
			w.expect("Release", s, nt.StatusSuccess)
			w.expect("old state", old, int32(-4+i))
		}
		w.expect("other", other.State(), Terminated)
		_, s := m.Release()
		w.expect("one Release too many", s, nt.StatusMutantNotOwned)
		_, s = NewMutant(false).Release()
		w.expect("Release of a free mutant", s, nt.StatusMutantNotOwned)
	})
}

// TestMutantAbandoned: the end of the owner frees it, with a mark that one
// waiter gets.
func TestMutantAbandoned(t *testing.T) {
	simulate(t, func(w *world) {
		a, b := NewMutant(false), NewMutant(false)
		var got nt.Status
		owner := w.start("owner", 12, func() {
			w.wait(a)
			w.wait(a)
			w.wait(b)
			w.settle() // until the waiter waits
		})
		w.start("waiter", 11, func() {
			got = WaitForMultipleObjects([]Object{NewEvent(0, false), a}, false, KernelMode, false, nil)
			_, s := a.Release()
			w.expect("Release", s, nt.StatusSuccess)
		})
		w.wait(owner)
		w.settle()
		w.expect("wait for any", got, nt.StatusAbandoned+1)
		w.expect("the next owner", w.try(a), nt.StatusSuccess)
		_, _, abandoned := b.Read()
		w.expect("abandoned", abandoned, true)
		_, s := b.Release()
		w.expect("Release of an abandoned one", s, nt.StatusAbandoned)
		w.expect("wait for all", WaitForMultipleObjects([]Object{a, b}, true, KernelMode, false, nil), nt.StatusAbandoned)
		_, _, abandoned = b.Read()
		w.expect("still abandoned", abandoned, false)
	})
}

// TestWaitAllOwnedMutant: a mutant that one owns counts as signalled.
func TestWaitAllOwnedMutant(t *testing.T) {
	simulate(t, func(w *world) {
		m, e := NewMutant(true), NewEvent(nt.SynchronizationEvent, false)
		w.start("setter", 8, func() { e.Set() })
		w.expect("wait for all", WaitForMultipleObjects([]Object{m, e}, true, KernelMode, false, nil), nt.StatusSuccess)
		state, mine, _ := m.Read()
		w.expect("state", state, int32(-1))
		w.expect("mine", mine, true)
		w.expect("event", w.try(e), nt.StatusTimeout)
	})
}

// TestWaitAllIsWhole: a wait for all takes nothing until it can take all.
func TestWaitAllIsWhole(t *testing.T) {
	simulate(t, func(w *world) {
		s, e, m := NewSemaphore(1, 2), NewEvent(nt.SynchronizationEvent, false), NewMutant(false)
		all := w.start("all", 12, func() {
			w.expect("wait for all", WaitForMultipleObjects([]Object{s, e, m}, true, KernelMode, false, nil), nt.StatusSuccess)
			_, mine, _ := m.Read()
			w.expect("mine", mine, true)
			m.Release()
		})
		w.settle()
		n, _ := s.Read()
		w.expect("count while it waits", n, int32(1))
		w.expect("another takes it", w.try(s), nt.StatusSuccess)
		e.Set()
		w.settle()
		w.expect("state", all.State(), Waiting)
		state, _ := e.Read()
		w.expect("event while it waits", state, int32(1))
		s.Release(2)
		w.settle()
		w.expect("state", all.State(), Terminated)
		n, _ = s.Read()
		w.expect("count", n, int32(1))
		state, _ = e.Read()
		w.expect("event", state, int32(0))
	})
}

// TestSemaphore: limit, count, and as many waiters as units.
func TestSemaphore(t *testing.T) {
	simulate(t, func(w *world) {
		s := NewSemaphore(0, 5)
		for _, n := range []int32{0, -1, 6, math.MaxInt32, math.MinInt32} {
			old, st := s.Release(n)
			w.expect("Release", st, nt.StatusSemaphoreLimit)
			w.expect("old", old, int32(0))
		}
		woken := 0
		for range 4 {
			w.start("waiter", 12, func() { w.wait(s); woken++ })
		}
		s.Release(3)
		w.expect("woken", woken, 3)
		old, st := s.Release(3)
		w.expect("old", old, int32(0))
		w.expect("Release", st, nt.StatusSuccess)
		w.expect("woken", woken, 4)
		n, limit := s.Read()
		w.expect("count", n, int32(2))
		w.expect("limit", limit, int32(5))
		_, st = s.Release(4)
		w.expect("Release beyond the limit", st, nt.StatusSemaphoreLimit)
		n, _ = s.Read()
		w.expect("count after a failed Release", n, int32(2))
		full := NewSemaphore(math.MaxInt32, math.MaxInt32)
		_, st = full.Release(1)
		w.expect("Release of a full one", st, nt.StatusSemaphoreLimit)
	})
}

// TestProcessObject is signalled once, for good.
func TestProcessObject(t *testing.T) {
	simulate(t, func(w *world) {
		p := NewProcess()
		w.expect("Signalled", p.Signalled(), false)
		w.expect("try", w.try(p), nt.StatusTimeout)
		woken := false
		w.start("waiter", 12, func() { w.wait(p); woken = true })
		p.Ended()
		w.expect("woken", woken, true)
		w.expect("Signalled", p.Signalled(), true)
		w.expect("try", w.try(p), nt.StatusSuccess)
		w.expect("try again", w.try(p), nt.StatusSuccess)
	})
}

// TestThreadObject is signalled when the thread has ended.
func TestThreadObject(t *testing.T) {
	simulate(t, func(w *world) {
		e := NewEvent(0, false)
		th := NewThread("one", 8, func() { w.wait(e) })
		w.expect("state", th.State(), Initialized)
		w.expect("try", w.try(th), nt.StatusTimeout)
		StartThread(th)
		w.settle()
		w.expect("try", w.try(th), nt.StatusTimeout)
		e.Set()
		w.expect("wait", w.wait(th), nt.StatusSuccess)
		w.expect("wait again", w.wait(th), nt.StatusSuccess)
		w.expect("state", th.State(), Terminated)
	})
}
