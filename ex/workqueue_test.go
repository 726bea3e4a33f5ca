package ex

import (
	"fmt"
	"testing"

	"gont/ke"
	"gont/nt"
	"gont/ob"
	"gont/ps"
)

// workers counts System's threads with this name.
func workers(name string) (n int) {
	for _, th := range ps.System.ThreadList() {
		if th.Name == name {
			n++
		}
	}
	return n
}

// TestWorkQueues: items run in threads of System with NT's priorities, in order
// within a queue; an item can be queued again by its routine.
func TestWorkQueues(t *testing.T) {
	simulate(t, func(w *world) {
		for i, priority := range map[WorkQueueType]int{CriticalWorkQueue: 13, DelayedWorkQueue: 12, HyperCriticalWorkQueue: 15} {
			var log []int
			for n := range 5 {
				QueueWorkItem(NewWorkItem(func(arg any) {
					w.expect("priority", ps.Current().BasePriority(), priority)
					w.expect("process", ps.Current().Process, ps.System)
					log = append(log, arg.(int))
				}, n), i)
			}
			w.settle()
			w.expect("order", fmt.Sprint(log), "[0 1 2 3 4]")
			w.expect("done", QueryWorkQueue(i).Done, uint64(5))
		}
		w.expect("threads", workers(workQueues[CriticalWorkQueue].name)+workers(workQueues[DelayedWorkQueue].name)+workers(workQueues[HyperCriticalWorkQueue].name), 9)
		var item *WorkItem
		runs := 0
		item = NewWorkItem(func(any) {
			if runs++; runs < 10 {
				QueueWorkItem(item, DelayedWorkQueue)
			}
		}, nil)
		QueueWorkItem(item, DelayedWorkQueue)
		w.settle()
		w.expect("runs", runs, 10)

		ke.RaiseIrql(ke.DispatchLevel)
		QueueWorkItem(NewWorkItem(func(any) {}, nil), CriticalWorkQueue) // the one that may run
		QueueWorkItem(item, CriticalWorkQueue)
		panicked := func() (r any) {
			defer func() { r = recover() }()
			QueueWorkItem(item, CriticalWorkQueue)
			return nil
		}()
		w.expect("queued twice", panicked != nil, true)
		ke.LowerIrql(ke.PassiveLevel)
		w.settle()
		w.expect("runs", runs, 11)
	})
}

// TestWorkerIrql: a routine that returns at a level that is not PASSIVE_LEVEL is a
// bug that does not go on.
func TestWorkerIrql(t *testing.T) {
	simulate(t, func(w *world) {
		q := &workQueue{queue: ke.NewQueue(1)}
		q.queue.Insert(&NewWorkItem(func(any) { ke.RaiseIrql(ke.ApcLevel) }, nil).entry)
		r := func() (r any) {
			defer func() { r = recover() }()
			q.work(nil)
			return nil
		}()
		w.expect("panic", r, any(ke.IrqlError(ke.ApcLevel)))
		ke.LowerIrql(ke.PassiveLevel)
	})
}

// TestDynamicWorkers: when all threads of a queue wait, others come: for the critical
// queue at once, for the others when it has stood for a second; 16 at most; and
// they go when there is no work for ten minutes.
func TestDynamicWorkers(t *testing.T) {
	simulate(t, func(w *world) {
		threadObjects, _ := ps.ThreadType.Counts()
		for i, wait := range map[WorkQueueType]int{CriticalWorkQueue: 0, DelayedWorkQueue: 10_000_000 / tick} {
			gate := ke.NewEvent(nt.NotificationEvent, false)
			q := &workQueues[i]
			items := q.threads + 3
			ran := 0
			for range items {
				QueueWorkItem(NewWorkItem(func(any) {
					ran++
					ke.WaitForSingleObject(gate, ke.KernelMode, false, nil)
				}, nil), i)
			}
			w.settle()
			if wait > 0 {
				w.expect("before it has stood", ran, q.threads)
				w.sleep(8 * wait)
			}
			w.expect("items that have begun", ran, items)
			w.expect("dynamic threads", QueryWorkQueue(i).Dynamic, 3)
			for range 30 {
				QueueWorkItem(NewWorkItem(func(any) { ke.WaitForSingleObject(gate, ke.KernelMode, false, nil) }, nil), i)
			}
			w.sleep(40 * 10_000_000 / tick)
			w.expect("dynamic threads at most", QueryWorkQueue(i).Dynamic, maximumDynamic)
			w.expect("entries left", QueryWorkQueue(i).Entries, 33-maximumDynamic)
			gate.Set()
			w.settle()
			w.expect("entries left", QueryWorkQueue(i).Entries, 0)
			w.sleep(500 * 10_000_000 / tick)
			w.expect("before ten minutes", QueryWorkQueue(i).Dynamic, maximumDynamic)
			w.sleep(110 * 10_000_000 / tick)
			w.expect("after ten minutes", QueryWorkQueue(i).Dynamic, 0)
			w.expect("threads", workers(q.name), q.threads)
		}
		n, _ := ps.ThreadType.Counts()
		w.expect("thread objects", n, threadObjects)
	})
}

// TestDeferredDeletion: the last reference may be given back with a lock held
// that the Delete procedure takes.
func TestDeferredDeletion(t *testing.T) {
	simulate(t, func(w *world) {
		where := ""
		typ, _ := ob.CreateType(ob.Type{Name: "Thing", Delete: func(*ob.Object) { where = ps.Current().Name }})
		ob.New(typ, nil).DereferenceDeferDelete()
		w.settle()
		w.expect("deleted by", where, workQueues[HyperCriticalWorkQueue].name)
	})
}
