package ke

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gont/nt"
)

// check walks the whole table.
func (w *timerTable) check() error {
	n := 0
	for i := range w.hands {
		l := &w.hands[i]
		var last *Timer
		for t := l.head; t != nil; t = t.next {
			switch {
			case t.list != l || t.prev != last:
				return fmt.Errorf("hand %d: a timer's links are wrong", i)
			case last != nil && last.due > t.due:
				return fmt.Errorf("hand %d is not in order", i)
			case w.tick.Divide(t.due) >= w.index && w.tick.Divide(t.due)%timerHands != uint64(i):
				return fmt.Errorf("a timer due at %d is in hand %d", t.due, i)
			}
			last = t
			n++
		}
		if l.tail != last {
			return fmt.Errorf("hand %d: the tail is wrong", i)
		}
	}
	if n != w.count {
		return fmt.Errorf("%d timers are in the table, the count is %d", n, w.count)
	}
	return nil
}

// TestTimerTable: thousands of random timers, set and cancelled, with a clock
// that takes steps from nothing to years, against a list that is searched.
// Those that fire cancel others and set themselves again.
func TestTimerTable(t *testing.T) {
	for _, increment := range []uint64{1, 1000, 156_250, 156_001} {
		r := rand.New(rand.NewPCG(increment, 3))
		var w timerTable
		now := r.Uint64N(1 << 40)
		w.init(increment, now)
		timers := make([]*Timer, 1000)
		for i := range timers {
			timers[i] = new(Timer)
		}
		pending := map[*Timer]uint64{}
		far := func() uint64 { return now + 1 + r.Uint64N(increment<<r.IntN(20)) }
		for range 3000 {
			for range r.IntN(20) {
				x := timers[r.IntN(len(timers))]
				if x.queued() != (pending[x] != 0) {
					t.Fatal("queued is wrong")
				}
				if x.queued() {
					w.remove(x)
					delete(pending, x)
				}
				if r.IntN(3) > 0 {
					pending[x] = far()
					w.insert(x, pending[x])
				}
			}
			first := uint64(0)
			for _, d := range pending {
				if first == 0 || d < first {
					first = d
				}
			}
			if w.first() != first {
				t.Fatalf("first is %d, want %d", w.first(), first)
			}
			if r.IntN(4) > 0 {
				now += r.Uint64N(increment<<r.IntN(24) + 1)
			}
			var due []uint64
			for _, d := range pending {
				if d <= now {
					due = append(due, d)
				}
			}
			slices.Sort(due)
			dropped := map[uint64]int{}
			w.expire(now, func(x *Timer) {
				for len(due) > 0 && dropped[due[0]] > 0 {
					dropped[due[0]]--
					due = due[1:]
				}
				if x.queued() || len(due) == 0 || x.due != due[0] || pending[x] != x.due {
					t.Fatalf("a timer due at %d fires, want %v", x.due, due)
				}
				due = due[1:]
				delete(pending, x)
				switch r.IntN(5) {
				case 0:
					pending[x] = far()
					w.insert(x, pending[x])
				case 1:
					if y := timers[r.IntN(len(timers))]; y.queued() {
						if y.due <= now {
							dropped[y.due]++
						}
						w.remove(y)
						delete(pending, y)
						if r.IntN(2) == 0 {
							pending[y] = far()
							w.insert(y, pending[y])
						}
					}
				}
			})
			for _, d := range due {
				if dropped[d]--; dropped[d] < 0 {
					t.Fatalf("the timer due at %d did not fire at %d", d, now)
				}
			}
			if err := w.check(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestTimerTableEnds: the last due time there is.
func TestTimerTableEnds(t *testing.T) {
	var w timerTable
	w.init(156_250, 0)
	var a, b Timer
	w.insert(&a, math.MaxUint64)
	w.insert(&b, math.MaxUint64-1)
	fired := 0
	w.expire(math.MaxUint64-2, func(*Timer) { fired++ })
	if fired != 0 || w.first() != math.MaxUint64-1 {
		t.Errorf("%d fired, the first is %d", fired, w.first())
	}
	w.expire(math.MaxUint64, func(*Timer) { fired++ })
	if fired != 2 || w.count != 0 {
		t.Errorf("%d fired, %d are left", fired, w.count)
	}
}

// TestTimerCost: a tick looks at the first timers of the hands it passes and at
// no others. All others are made due behind the table's back: whoever looks,
// fires them.
func TestTimerCost(t *testing.T) {
	now := pendingTimers(benchTimers)
	w := &db.timers
	const ticks = 100
	for i := range w.hands {
		x := w.hands[i].head
		if x != nil && (uint64(i)-w.index)%timerHands <= ticks {
			x = x.next
		}
		for ; x != nil; x = x.next {
			x.due = 1
		}
	}
	for range ticks {
		*now += 156_250
		Tick(1, false)
	}
	if w.count != benchTimers {
		t.Errorf("%d timers of %d are left", w.count, benchTimers)
	}
	*now += 156_250
	Tick(1, false)
	if w.count == benchTimers {
		t.Error("the trap does not work")
	}
}

// TestTimerNowIsAlone: a timer that is set to a time that has passed fires
// itself and leaves the others to the clock.
func TestTimerNowIsAlone(t *testing.T) {
	simulate(t, func(w *world) {
		a, b := NewTimer(nt.NotificationTimer), NewTimer(nt.NotificationTimer)
		a.Set(-tickLength, 0)
		w.now += tickLength
		b.Set(-0, 3*tickLength)
		w.expect("b", w.try(b), nt.StatusSuccess)
		w.expect("a", w.try(a), nt.StatusTimeout)
		w.expect("NextTimer", NextTimer(), w.now)
		Tick(1, false)
		w.expect("a", w.try(a), nt.StatusSuccess)
		w.expect("NextTimer", NextTimer(), w.now+3*tickLength)
	})
}
