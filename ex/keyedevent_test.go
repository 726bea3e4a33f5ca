package ex

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gont/ke"
	"gont/nt"
)

// TestKeyedEvent: whoever comes first waits for the other, keys and processes
// apart; first come, first served.
func TestKeyedEvent(t *testing.T) {
	simulate(t, func(w *world) {
		e := NewKeyedEvent()
		var order []int
		for i := range 3 {
			w.start(fmt.Sprint("waiter ", i), ke.NormalPriority+1, func() {
				w.expect("Wait", e.Wait("me", 2, ke.KernelMode, false, nil), nt.StatusSuccess)
				order = append(order, i)
			})
		}
		w.settle()
		zero := new(int64)
		w.expect("another key", e.Release("me", 4, ke.KernelMode, false, zero), nt.StatusTimeout)
		w.expect("another process", e.Release("you", 2, ke.KernelMode, false, zero), nt.StatusTimeout)
		w.expect("a waiter for a waiter", e.Wait("me", 2, ke.KernelMode, false, zero), nt.StatusTimeout)
		for range 3 {
			w.expect("Release", e.Release("me", 2, ke.KernelMode, false, zero), nt.StatusSuccess)
			w.settle()
		}
		w.expect("order", fmt.Sprint(order), "[0 1 2]")
		w.expect("nothing is remembered", e.Release("me", 2, ke.KernelMode, false, zero), nt.StatusTimeout)

		released := nt.StatusPending
		w.start("releaser", ke.NormalPriority+1, func() { released = e.Release("me", 6, ke.KernelMode, false, nil) })
		w.settle()
		w.expect("Release waits", released, nt.StatusPending)
		w.expect("Wait", e.Wait("me", 6, ke.KernelMode, false, zero), nt.StatusSuccess)
		w.settle()
		w.expect("Release", released, nt.StatusSuccess)
		w.expect("lists left", len(e.lists), 0)
	})
}

// TestKeyedEventEnds: alerts, time and the thread's end take a waiter away, and
// leave the others.
func TestKeyedEventEnds(t *testing.T) {
	simulate(t, func(w *world) {
		e := NewKeyedEvent()
		status := make([]nt.Status, 4)
		threads := make([]*ke.Thread, 4)
		for i := range threads {
			var timeout *int64
			if v := int64(-2 * tick); i == 2 {
				timeout = &v
			}
			threads[i] = w.start("waiter", ke.NormalPriority+1, func() {
				status[i] = e.Wait("me", 8, ke.UserMode, true, timeout)
			}).Thread
		}
		w.settle()
		ke.Alert(threads[0])
		ke.Terminate(threads[1])
		w.sleep(4)
		w.expect("Release", e.Release("me", 8, ke.KernelMode, false, new(int64)), nt.StatusSuccess)
		w.settle()
		for i, want := range []nt.Status{nt.StatusAlerted, nt.StatusUserApc, nt.StatusTimeout, nt.StatusSuccess} {
			w.expect(fmt.Sprint("waiter ", i), status[i], want)
		}
		w.expect("lists left", len(e.lists), 0)
	})
}

// TestKeyedEventRandom: however threads are alerted and run out of time, as many
// waits as releases succeed, for each key, and all end.
func TestKeyedEventRandom(t *testing.T) {
	simulate(t, func(w *world) {
		e := NewKeyedEvent()
		r := rand.New(rand.NewPCG(1, 2))
		met := map[uint64]int{}
		var threads []*ke.Thread
		left := 8
		for range left {
			threads = append(threads, w.start("thread", ke.NormalPriority-1+r.IntN(3), func() {
				for range 400 {
					key := uint64(r.IntN(3)) * 2
					timeout := -int64(r.IntN(3 * tick))
					if r.IntN(2) == 0 {
						if e.Wait("me", key, ke.UserMode, true, &timeout) == nt.StatusSuccess {
							met[key]++
						}
					} else if e.Release("me", key, ke.UserMode, true, &timeout) == nt.StatusSuccess {
						met[key]--
					}
					if r.IntN(4) == 0 {
						ke.Alert(threads[r.IntN(len(threads))])
					}
				}
				left--
			}).Thread)
		}
		for left > 0 {
			w.sleep(1)
		}
		for key, n := range met {
			w.expect(fmt.Sprint("waits less releases of key ", key), n, 0)
		}
		w.expect("lists left", len(e.lists), 0)
	})
}
