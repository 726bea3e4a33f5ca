package ke

import (
	"slices"

	"gont/nt"
)

// makeQueue puts a new queue in place i.
func (w *random) makeQueue(i int) {
	q := NewQueue(i + 1)
	m := &mQueue{object: &mObject{kind: queueObject}, limit: i + 1}
	w.queues[i], w.m.queues[i] = q, m
	w.objects, w.models = append(w.objects, q), append(w.models, m.object)
}

func (w *random) queue(n int) {
	i := w.r.IntN(len(w.queues))
	q, m := w.queues[i], w.m.queues[i]
	switch w.r.IntN(24) {
	case 0:
		if len(w.objects) > 150 {
			return
		}
		w.step("t%d runs queue %d down", n, i)
		want := w.m.rundown(m)
		var got []int
		for e := q.Rundown(); e != nil; e = e.Next() {
			got = append(got, e.Value.(int))
		}
		if !slices.Equal(got, want) {
			w.fail("Rundown: %v, the model says %v", got, want)
		}
		_, ok := q.Insert(&QueueEntry{})
		w.expect("Insert after Rundown", ok, false)
		if n >= 0 {
			_, s := q.Remove(KernelMode, false, new(int64))
			w.expect("Remove after Rundown", s, nt.StatusAbandoned)
		}
		if w.queues[i] == q { // nobody did it meanwhile
			w.makeQueue(i)
		}
	case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12:
		w.entry++
		e, head := w.entry, w.r.IntN(3) == 0
		w.step("t%d inserts %d into queue %d, head %v", n, e, i, head)
		old, ok := w.m.insertEntry(m, e, head)
		f := q.Insert
		if head {
			f = q.InsertHead
		}
		gotOld, gotOk := f(&QueueEntry{Value: e})
		w.expect("Insert's old count", gotOld, old)
		w.expect("Insert", gotOk, ok)
	default:
		if n < 0 {
			return
		}
		mt := w.m.threads[n]
		mode, alertable := Mode(w.r.IntN(2)), w.r.IntN(4) == 0
		v := int64(0)
		timeout := &v
		if k := w.r.IntN(4); w.m.p.irql < DispatchLevel && k > 0 {
			if v = w.timeout(n); k == 1 {
				timeout = nil
			}
		}
		w.step("t%d removes from queue %d, mode %d, alertable %v, %v", n, i, mode, alertable, v)
		w.m.removeEntry(m, mode, alertable, timeout)
		got, s := q.Remove(mode, alertable, timeout)
		want, wantStatus := mt.entry, mt.result
		w.step("t%d: Remove returned %v", n, s)
		w.expect("Remove's status", s, wantStatus)
		if s == nt.StatusSuccess {
			w.stats["entries"]++
			w.expect("Remove", got.Value, any(want))
		} else if got != nil {
			w.fail("Remove returns an entry and %v", s)
		}
		if s == nt.StatusAbandoned {
			w.stats["queue abandoned"]++
		}
	}
}
