package ke

import (
	"testing"

	"gont/nt"
)

// TestSetSystemTime: absolute timers and waits follow the system's clock, to and
// fro; relative ones, and a periodic one after its first beat, do not. One that
// was due before the new time fires at once, even if the time is set to beyond
// anything.
func TestSetSystemTime(t *testing.T) {
	simulate(t, func(w *world) {
		const hour = 36_000_000_000
		systemTimeOffset.Store(100 * hour)
		now := func() uint64 { return w.now + SystemTimeOffset() }
		absolute, relative, beat := NewTimer(nt.NotificationTimer), NewTimer(nt.NotificationTimer), NewTimer(nt.SynchronizationTimer)
		absolute.Set(int64(now()+hour), 0)
		relative.Set(-hour, 0)
		beat.Set(int64(now()+hour), hour)
		var status nt.Status
		ended := uint64(0)
		w.start("waiter", bodyPriority, func() {
			due := int64(now() + 2*hour)
			status = Delay(KernelMode, false, due)
			ended = w.now
		})
		w.settle()
		old := now()
		w.expect("the old time", SetSystemTime(old+hour/2), old)
		left, _ := absolute.Read()
		w.expect("left until the absolute one", left <= hour/2 && left > hour/2-10*tickLength, true)
		left, _ = relative.Read()
		w.expect("left until the relative one", left > hour-10*tickLength, true)
		w.expect("not yet", w.try(absolute), nt.StatusTimeout)

		SetSystemTime(now() + hour) // past both absolute ones, not the wait's end
		w.expect("the absolute one", w.try(absolute), nt.StatusSuccess)
		w.expect("the relative one", w.try(relative), nt.StatusTimeout)
		w.expect("the first beat", w.try(beat), nt.StatusSuccess)
		w.expect("the wait", ended, uint64(0))
		SetSystemTime(now() - 50*hour)
		w.expect("a beat", w.try(beat), nt.StatusTimeout)
		SetSystemTime(now() + 48*hour) // what is left is what there was, and half an hour
		SetSystemTime(1 << 62)
		w.settle()
		w.expect("the wait", status, nt.StatusSuccess)
		w.expect("it has ended", ended != 0, true)
		w.expect("the second beat", w.try(beat), nt.StatusTimeout)
		w.expect("the relative one", w.try(relative), nt.StatusTimeout)
		relative.Cancel()
		beat.Cancel()
	})
}

// TestSystemTimeBeforeStart: the clock may be set to less than the time since the
// start.
func TestSystemTimeBeforeStart(t *testing.T) {
	simulate(t, func(w *world) {
		SetSystemTime(1 << 40)
		old := NewTimer(nt.NotificationTimer)
		old.Set(1<<40+10_000_000, 0)
		w.expect("the old time", SetSystemTime(1), uint64(1<<40))
		w.expect("the time", w.now+SystemTimeOffset(), uint64(1))
		x := NewTimer(nt.NotificationTimer)
		x.Set(1+10*tickLength, 0)
		left, _ := x.Read()
		w.expect("left", left, int64(10*tickLength))
		w.expect("not yet", w.try(x), nt.StatusTimeout)
		due := int64(1 + 5*tickLength)
		before := w.now
		w.expect("Delay", Delay(KernelMode, false, due), nt.StatusSuccess)
		w.expect("it took", w.now-before, uint64(5*tickLength))
		w.expect("the old timer", w.try(old), nt.StatusTimeout)
		w.settle()
		for range 6 {
			Delay(KernelMode, false, -1)
		}
		w.expect("its time", w.try(x), nt.StatusSuccess)
		old.Cancel()
	})
}

// TestSetAndWait: the event is set, and what is waited for comes or does not.
func TestSetAndWait(t *testing.T) {
	simulate(t, func(w *world) {
		a, b := NewEvent(nt.SynchronizationEvent, false), NewEvent(nt.SynchronizationEvent, false)
		rounds := 0
		w.start("partner", bodyPriority+1, func() {
			for range 3 {
				w.expect("the partner's wait", w.wait(a), nt.StatusSuccess)
				rounds++
				b.Set()
			}
		})
		for i := range 3 {
			w.expect("SetAndWait", SetAndWait(a, b, KernelMode, false, nil), nt.StatusSuccess)
			w.expect("rounds", rounds, i+1)
		}
		w.expect("nobody comes", SetAndWait(a, b, KernelMode, false, new(int64)), nt.StatusTimeout)
		w.expect("it is set", w.try(a), nt.StatusSuccess)
	})
}
