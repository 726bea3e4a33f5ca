package ke

import (
	"math"
	"testing"

	"gont/nt"
)

// TestTimer: once, relative, seen by state and wait; cancel and set again.
func TestTimer(t *testing.T) {
	simulate(t, func(w *world) {
		n, s := NewTimer(nt.NotificationTimer), NewTimer(nt.SynchronizationTimer)
		w.expect("set before", n.Set(-3*tickLength, 0), false)
		s.Set(-3*tickLength, 0)
		left, signalled := n.Read()
		w.expect("left", left, int64(3*tickLength))
		w.expect("signalled", signalled, false)
		before := w.now
		w.expect("wait", w.wait(n), nt.StatusSuccess)
		w.expect("time", w.now-before, uint64(3*tickLength))
		w.expect("notification timer", w.try(n), nt.StatusSuccess)
		w.expect("synchronization timer", w.try(s), nt.StatusSuccess)
		w.expect("synchronization timer again", w.try(s), nt.StatusTimeout)
		left, signalled = n.Read()
		w.expect("left", left, int64(0))
		w.expect("signalled", signalled, true)

		n.Set(-10*tickLength, 0)
		w.expect("signalled after Set", w.try(n), nt.StatusTimeout)
		w.expect("set before", n.Set(-tickLength, 0), true)
		before = w.now
		w.wait(n)
		w.expect("time", w.now-before, uint64(tickLength))
		w.expect("Cancel of one that fired", n.Cancel(), false)
		n.Set(-tickLength, 0)
		w.expect("Cancel", n.Cancel(), true)
		w.expect("Cancel again", n.Cancel(), false)
		Delay(KernelMode, false, -5*tickLength)
		w.expect("a cancelled timer", w.try(n), nt.StatusTimeout)
		w.expect("NextTimer", NextTimer(), uint64(0))
	})
}

// TestTimerNow: a due time that has passed fires at once, and on the clock's own
// time, not the tick's.
func TestTimerNow(t *testing.T) {
	simulate(t, func(w *world) {
		systemTimeOffset.Store(1_000_000_000)
		for _, due := range []int64{0, 1, 999_999_999, 1_000_000_000, int64(1_000_000_000 + w.now - 1), int64(1_000_000_000 + w.now)} {
			x := NewTimer(nt.NotificationTimer)
			x.Set(due, 0)
			w.expect("try", w.try(x), nt.StatusSuccess)
			w.expect("timeout", WaitForSingleObject(NewEvent(0, false), KernelMode, false, &due), nt.StatusTimeout)
		}
	})
}

// TestAbsolute: due times of the system clock.
func TestAbsolute(t *testing.T) {
	simulate(t, func(w *world) {
		systemTimeOffset.Store(116_444_736_000_000_000)
		due := int64(SystemTimeOffset() + w.now + 2*tickLength)
		x := NewTimer(nt.NotificationTimer)
		x.Set(due, 0)
		before := w.now
		e := NewEvent(0, false)
		w.expect("wait", WaitForSingleObject(e, KernelMode, false, &due), nt.StatusTimeout)
		w.expect("time", w.now-before, uint64(2*tickLength))
		w.expect("timer", w.try(x), nt.StatusSuccess)
		left, _ := x.Read()
		w.expect("left", left, int64(0))
	})
}

// TestTimeoutTick: a timeout ends at the first tick that is not before it, and
// its timer does not stay when the wait is satisfied.
func TestTimeoutTick(t *testing.T) {
	simulate(t, func(w *world) {
		for _, v := range []int64{1, tickLength - 1, tickLength, tickLength + 1, 7*tickLength + 5} {
			before, timeout := w.now, -v
			w.expect("wait", WaitForSingleObject(NewEvent(0, false), KernelMode, false, &timeout), nt.StatusTimeout)
			took := int64(w.now - before)
			if took < v || took >= v+tickLength {
				t.Errorf("a timeout of %d took %d", v, took)
			}
		}
		e := NewEvent(0, false)
		timeout := int64(-100 * tickLength)
		th := w.start("waiter", 12, func() {
			w.expect("wait", WaitForSingleObject(e, KernelMode, false, &timeout), nt.StatusSuccess)
		})
		w.expect("NextTimer", NextTimer(), w.now+100*tickLength)
		e.Set()
		w.expect("state", th.State(), Terminated)
		w.expect("NextTimer", NextTimer(), uint64(0))
	})
}

// TestLongTimeouts: the extremes of the type do not wrap.
func TestLongTimeouts(t *testing.T) {
	simulate(t, func(w *world) {
		e := NewEvent(0, false)
		for _, v := range []int64{math.MinInt64, -math.MaxInt64, math.MaxInt64} {
			th := w.start("for ages", 12, func() {
				w.expect("wait", WaitForSingleObject(e, UserMode, false, &v), nt.StatusUserApc)
			})
			x := NewTimer(nt.NotificationTimer)
			x.Set(v, 0)
			Tick(1, false)
			w.settle()
			w.expect("state", th.State(), Waiting)
			w.expect("timer", w.try(x), nt.StatusTimeout)
			Terminate(th)
			x.Cancel()
		}
	})
}

// TestPeriodic: in step with its first beat, one signal for beats that were
// missed.
func TestPeriodic(t *testing.T) {
	simulate(t, func(w *world) {
		x := NewTimer(nt.SynchronizationTimer)
		first := w.now + 2*tickLength
		x.Set(-2*tickLength, 3*tickLength)
		for i := range uint64(4) {
			w.expect("wait", w.wait(x), nt.StatusSuccess)
			w.expect("time", w.now, first+i*3*tickLength)
		}
		// The clock is late by two and a half periods.
		last := w.now
		w.now += 8*tickLength + 500
		Tick(8, false)
		w.expect("one signal", w.try(x), nt.StatusSuccess)
		w.expect("no burst", w.try(x), nt.StatusTimeout)
		w.expect("NextTimer", NextTimer(), last+9*tickLength)
		// Late by whole periods exactly: the beat of this moment has come.
		w.now = last + 12*tickLength
		Tick(4, false)
		w.expect("one signal", w.try(x), nt.StatusSuccess)
		w.expect("NextTimer", NextTimer(), last+15*tickLength)
		w.expect("Cancel", x.Cancel(), true)
		w.expect("NextTimer", NextTimer(), uint64(0))
		// Nobody waits: it stays signalled, once.
		x.Set(-tickLength, tickLength)
		Delay(KernelMode, false, -10*tickLength)
		w.expect("one signal", w.try(x), nt.StatusSuccess)
		w.expect("no burst", w.try(x), nt.StatusTimeout)
		x.Cancel()
	})
}

// TestManyTimers fire in the order of their due times.
func TestManyTimers(t *testing.T) {
	simulate(t, func(w *world) {
		var due []uint64
		for i := range 300 {
			d := int64(1 + i*7919%300)
			w.start("timer", 12, func() {
				timeout := -d * tickLength
				WaitForSingleObject(NewEvent(0, false), KernelMode, false, &timeout)
				due = append(due, uint64(d))
			})
		}
		w.settle()
		Delay(KernelMode, false, -310*tickLength)
		if len(due) != 300 {
			t.Fatalf("%d of 300 timeouts", len(due))
		}
		for i, d := range due {
			if d != uint64(i+1) {
				t.Fatalf("timeout %d came as number %d", d, i+1)
			}
		}
	})
}
