package ex

import (
	"fmt"
	"testing"

	"gont/ke"
)

// TestResource (P0.18): shared together, exclusive alone and recursive, who waits
// exclusively is not overtaken, and after it the sharers have their turn.
func TestResource(t *testing.T) {
	simulate(t, func(w *world) {
		r := NewResource()
		var log []string
		note := func(s string) { log = append(log, s) }
		r.AcquireShared(true)
		w.start("writer", ke.NormalPriority+1, func() {
			w.expect("without waiting", r.AcquireExclusive(false), false)
			r.AcquireExclusive(true)
			r.AcquireExclusive(true)
			r.AcquireShared(true)
			note("writer")
			w.expect("held", r.Held(), true)
			for range 3 {
				w.sleep(2)
				r.Release()
			}
			note("written")
		})
		for i := range 2 {
			w.start("reader", ke.NormalPriority+1, func() {
				w.expect("overtaking", r.AcquireShared(false), false)
				r.AcquireShared(true)
				note(fmt.Sprint("reader ", i))
				w.sleep(3)
				r.Release()
			})
		}
		w.expect("held", r.Held(), false)
		w.sleep(2)
		note("first")
		r.Release()
		w.sleep(30)
		want := "[first writer written reader 0 reader 1]"
		if got := fmt.Sprint(log); got != want && got != "[first writer reader 0 reader 1 written]" && got != "[first writer reader 0 written reader 1]" {
			w.expect("order", got, want)
		}
		w.expect("free", r.AcquireExclusive(false), true)
		r.Release()
		func() {
			defer func() { w.expect("a panic", recover() != nil, true) }()
			r.Release()
		}()
	})
}
