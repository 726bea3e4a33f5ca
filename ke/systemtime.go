package ke

import "sync/atomic"

// systemTimeOffset is system time minus interrupt time, 100 ns units. It is
// changed with the lock held.
var systemTimeOffset atomic.Uint64

// SystemTimeOffset is what absolute due times are reckoned with: system time
// minus interrupt time, 100 ns units. Any IRQL.
func SystemTimeOffset() uint64 { return systemTimeOffset.Load() }

// SetSystemTime is KeSetSystemTime: makes the system time now, 100 ns units
// since 1601, and returns what it was. Timers and waits whose end was told in
// system time are due at that time by the new clock, and at once if it is past;
// what was told relative to a moment does not change. DISPATCH_LEVEL or below.
func SetSystemTime(now uint64) (old uint64) {
	lock()
	t := db.hooks.Now()
	before, after := systemTimeOffset.Load(), now-t
	systemTimeOffset.Store(after)
	db.timers.move(before, after, t)
	db.timers.expire(t, fire)
	dispatch()
	return before + t
}

// move gives the absolute timers other due times: the offset of the system time
// was before, and is after. Those that are due at now or earlier stay pending.
func (w *timerTable) move(before, after, now uint64) {
	var moved *Timer // linked by next
	for i := range w.hands {
		for t := w.hands[i].head; t != nil; {
			next := t.next
			if t.absolute {
				w.remove(t)
				t.next, moved = moved, t
			}
			t = next
		}
	}
	for moved != nil {
		t := moved
		moved, t.next = t.next, nil
		w.insert(t, interruptAt(t.due+before, now, after))
	}
}

// interruptAt is the interrupt time of a system time. now is the interrupt time, and
// offset the system time's, which is "negative" after the clock was set to the time
// before the start. What was before the start is now.
func interruptAt(system, now, offset uint64) uint64 {
	d := int64(system - (now + offset))
	if d < 0 && uint64(-d) >= now {
		return now
	}
	return now + uint64(d)
}

// InterruptTime is KeQueryInterruptTime: 100 ns units since the kernel's start. Any
// IRQL.
func InterruptTime() uint64 { return db.hooks.Now() }

// SystemTime is KeQuerySystemTime: 100 ns units since 1601, UTC. Any IRQL.
func SystemTime() uint64 { return InterruptTime() + SystemTimeOffset() }

var bootTime, bootTimeBias atomic.Uint64

// SetBootTime says that the system was booted at now, in system time (SPEC P1.7).
func SetBootTime(now uint64) {
	bootTime.Store(now)
	bootTimeBias.Store(0)
}

// BootTime returns when the system was booted, by the clock as it is now, and
// KeBootTimeBias: how far the clock has been moved since. 100 ns units. Any IRQL.
func BootTime() (at, bias uint64) { return bootTime.Load(), bootTimeBias.Load() }

// MoveBootTime follows a change of the system time.
func MoveBootTime(by uint64) {
	bootTime.Add(by)
	bootTimeBias.Add(by)
}
