package ke

import (
	"testing"

	"gont/nt"
)

// remove takes from q without waiting; -1 and the status when there is nothing.
func (w *world) remove(q *Queue) (int, nt.Status) {
	e, s := q.Remove(KernelMode, false, new(int64))
	if e == nil {
		return -1, s
	}
	return e.Value.(int), s
}

// TestQueueOrder: entries come first in, first out; heads go before them.
func TestQueueOrder(t *testing.T) {
	simulate(t, func(w *world) {
		q := NewQueue(5)
		for i := range 4 {
			old, ok := q.Insert(&QueueEntry{Value: i})
			w.expect("old", old, i)
			w.expect("ok", ok, true)
		}
		old, _ := q.InsertHead(&QueueEntry{Value: 10})
		w.expect("old", old, 4)
		for _, want := range []int{10, 0, 1, 2, 3} {
			got, s := w.remove(q)
			w.expect("status", s, nt.StatusSuccess)
			w.expect("entry", got, want)
		}
		_, s := w.remove(q)
		w.expect("empty", s, nt.StatusTimeout)
		q.InsertHead(&QueueEntry{Value: 7}) // head of an empty one is its tail
		q.Insert(&QueueEntry{Value: 8})
		w.expect("entry", first(w.remove(q)), 7)
		w.expect("entry", first(w.remove(q)), 8)
		_, active, limit := q.Read()
		w.expect("active", active, 1)
		w.expect("limit", limit, 5)
		w.expect("limit by processors", NewQueue(0).limit, Processors())
	})
}

// TestQueueLimit: as many workers run as the limit allows, the last comer
// first; one that blocks is replaced, and one that comes back does not make
// others stop.
func TestQueueLimit(t *testing.T) {
	simulate(t, func(w *world) {
		q, block := NewQueue(2), NewEvent(nt.SynchronizationEvent, false)
		took := map[int]int{} // worker of an entry
		running, most := 0, 0
		for i := range 4 {
			w.start("worker", 12, func() {
				for {
					e, s := q.Remove(KernelMode, false, nil)
					if s != nt.StatusSuccess {
						w.expect("status", s, nt.StatusAbandoned)
						return
					}
					running++
					most = max(most, running)
					took[e.Value.(int)] = i
					if e.Value.(int) >= 100 {
						running--
						w.wait(block)
						running++
					} else {
						Yield()
					}
					running--
				}
			})
		}
		for i := range 10 {
			q.Insert(&QueueEntry{Value: i})
		}
		w.settle()
		w.expect("entries that were taken", len(took), 10)
		w.expect("the first worker", took[0], 3)
		if most > 2 {
			t.Errorf("%d workers ran at once", most)
		}
		// Two block: two others take over.
		q.Insert(&QueueEntry{Value: 100})
		q.Insert(&QueueEntry{Value: 101})
		_, active, _ := q.Read()
		w.expect("active while two block", active, 0)
		q.Insert(&QueueEntry{Value: 50})
		if took[50] == took[100] || took[50] == took[101] {
			t.Error("a blocked worker took an entry")
		}
		block.Set()
		block.Set()
		w.settle()
		n, active, _ := q.Read()
		w.expect("entries", n, 0)
		w.expect("active", active, 0)
		q.Rundown()
		w.settle()
	})
}

// TestQueueAtLimit: an entry waits while the limit is reached, though a thread
// waits for one, until a worker blocks, changes to another queue, or ends.
func TestQueueAtLimit(t *testing.T) {
	simulate(t, func(w *world) {
		other := NewQueue(1)
		for what, leave := range map[string]func(){
			"blocks":  func() { w.settle() },
			"changes": func() { w.remove(other) },
			"ends":    func() {},
		} {
			q, e := NewQueue(1), NewEvent(0, false)
			got := -1
			q.Insert(&QueueEntry{Value: 1})
			w.start("first", 12, func() {
				w.remove(q)
				q.Insert(&QueueEntry{Value: 2})
				Yield()
				w.expect("taken at the limit before it "+what, got, -1)
				_, s := w.remove(other)
				w.expect("another queue", s, nt.StatusTimeout)
				q.Insert(&QueueEntry{Value: 3})
				w.wait(e)
				leave()
			})
			w.start("second", 11, func() {
				x, s := q.Remove(KernelMode, false, nil)
				w.expect("status", s, nt.StatusSuccess)
				got = x.Value.(int)
			})
			w.settle()
			w.expect("what the second took", got, 2)
			e.Set()
			w.settle()
		}
	})
}

// TestQueueWait: waiting for a queue as an object takes nothing.
func TestQueueWait(t *testing.T) {
	simulate(t, func(w *world) {
		q := NewQueue(1)
		woken := 0
		for range 2 {
			w.start("waiter", 12, func() { w.expect("wait", w.wait(q), nt.StatusSuccess); woken++ })
		}
		w.expect("try", w.try(q), nt.StatusTimeout)
		q.Insert(&QueueEntry{Value: 4})
		w.expect("woken", woken, 2)
		w.expect("try", w.try(q), nt.StatusSuccess)
		w.expect("entry", first(w.remove(q)), 4)
		w.expect("try", w.try(q), nt.StatusTimeout)
	})
}

// TestQueueFailures: time, alerts, termination, the end of the queue, and entries
// inserted twice.
func TestQueueFailures(t *testing.T) {
	simulate(t, func(w *world) {
		q := NewQueue(1)
		before, timeout := w.now, int64(-3*tickLength)
		_, s := q.Remove(KernelMode, false, &timeout)
		w.expect("status", s, nt.StatusTimeout)
		w.expect("time", w.now-before, uint64(3*tickLength))
		results := map[string]nt.Status{}
		remover := func(name string, mode Mode, alertable bool) *Thread {
			return w.start(name, 12, func() { _, results[name] = q.Remove(mode, alertable, nil) })
		}
		Alert(remover("alerted", KernelMode, true))
		Terminate(remover("terminated", UserMode, false))
		w.expect("alerted", results["alerted"], nt.StatusAlerted)
		w.expect("terminated", results["terminated"], nt.StatusUserApc)
		Alert(Current())
		_, s = q.Remove(KernelMode, true, nil)
		w.expect("alerted before", s, nt.StatusAlerted)
		_, active, _ := q.Read()
		w.expect("active", active, 1) // this thread

		e := &QueueEntry{Value: 1}
		q.Insert(e)
		if panics(func() { q.Insert(e) }) == nil || panics(func() { NewQueue(1).Insert(e) }) == nil {
			t.Error("an entry was inserted twice")
		}
		w.remove(q)
		q.Insert(e) // it is free again
		q.InsertHead(&QueueEntry{Value: 0})
		stay := NewQueue(1)
		remover("rundown", KernelMode, false) // the limit is reached: it waits
		var entries []*QueueEntry
		for e := q.Rundown(); e != nil; {
			entries = append(entries, e)
			e = e.Next()
		}
		w.expect("rundown", results["rundown"], nt.StatusAbandoned)
		if len(entries) != 2 || entries[0].Value != 0 || entries[1] != e {
			t.Errorf("Rundown returns %v", entries)
		}
		_, ok := q.Insert(&QueueEntry{})
		w.expect("Insert after it", ok, false)
		_, s = w.remove(q)
		w.expect("Remove after it", s, nt.StatusAbandoned)
		stay.Insert(e)
		w.expect("another queue", first(w.remove(stay)), 1)

		RaiseIrql(DispatchLevel)
		if r := panics(func() { stay.Remove(KernelMode, false, nil) }); r != IrqlError(DispatchLevel) {
			t.Errorf("waiting for an entry at DISPATCH_LEVEL: %v", r)
		}
		stay.Insert(e)
		w.expect("a try at DISPATCH_LEVEL", first(w.remove(stay)), 1)
		LowerIrql(PassiveLevel)
	})
}
