package ex

import (
	"sync/atomic"

	"gont/ke"
	"gont/nt"
	"gont/ps"
)

// Executive worker threads: threads of the process System that do what others
// cannot or need not do themselves. Each queue is a KQUEUE that lets as many of
// them run as there are processors; one that waits in an item makes room for
// another.

// WorkQueueType chooses a queue (WORK_QUEUE_TYPE).
type WorkQueueType uint8

const (
	CriticalWorkQueue      WorkQueueType = iota // priority 13
	DelayedWorkQueue                            // priority 12
	HyperCriticalWorkQueue                      // priority 15
	maximumWorkQueue
)

// workQueues are the queues: names and priorities of their threads, how many
// there are always, and whether others come at once when all of them wait.
var workQueues = [maximumWorkQueue]workQueue{
	CriticalWorkQueue:      {name: "ExWorkerThread (critical)", priority: 13, threads: 5, atOnce: true},
	DelayedWorkQueue:       {name: "ExWorkerThread (delayed)", priority: 12, threads: 3},
	HyperCriticalWorkQueue: {name: "ExWorkerThread (hypercritical)", priority: 15, threads: 1},
}

// workQueue is EX_WORK_QUEUE.
type workQueue struct {
	name     string
	priority int
	threads  int
	atOnce   bool

	queue *ke.Queue
	extra atomic.Int32  // dynamic threads there are
	done  atomic.Uint64 // items that have been taken

	// The balancer's: what it saw the last time.
	lastDone  uint64
	lastShort bool
}

const (
	// maximumDynamic is how many threads a queue may have besides its own.
	maximumDynamic = 16
	// dynamicTimeout is how long a dynamic thread waits for work before it ends: ten
	// minutes.
	dynamicTimeout = -600 * 10_000_000
	// balancerPeriod is how often the queues are looked at, a second.
	balancerPeriod = -10_000_000
	balancerThread = "ExpWorkerThreadBalanceManager"
)

// WorkItem is WORK_QUEUE_ITEM: a routine to be called once, in a worker thread.
type WorkItem struct {
	entry   ke.QueueEntry
	routine func(arg any)
	arg     any
}

// NewWorkItem is ExInitializeWorkItem. The routine runs at PASSIVE_LEVEL and
// may wait; it must return at that level. From its beginning on the item may be
// queued again.
func NewWorkItem(routine func(arg any), arg any) *WorkItem {
	w := &WorkItem{routine: routine, arg: arg}
	w.entry.Value = w
	return w
}

// stuck wakes the balancer: the critical queue has work, and all its threads
// wait.
var stuck *ke.Event

// QueueWorkItem is ExQueueWorkItem. DISPATCH_LEVEL or below. Precondition: w is in
// no queue; it panics otherwise.
func QueueWorkItem(w *WorkItem, t WorkQueueType) {
	q := &workQueues[t]
	q.queue.Insert(&w.entry)
	if q.atOnce && q.short() {
		stuck.Set()
	}
}

// short reports whether there is work that a thread more could do at once.
func (q *workQueue) short() bool {
	entries, active, limit := q.queue.Read()
	return entries > 0 && active < limit && q.extra.Load() < maximumDynamic
}

// AddWorkers gives the critical and the delayed queue more threads of their own (SPEC P0.7).
// Precondition: InitializeWorkers has not been called.
func AddWorkers(critical, delayed int) {
	workQueues[CriticalWorkQueue].threads += critical
	workQueues[DelayedWorkQueue].threads += delayed
}

// InitializeWorkers makes the queues, their threads and the balancer (SPEC P1.10).
func InitializeWorkers() {
	stuck = ke.NewEvent(nt.SynchronizationEvent, false)
	for i := range workQueues {
		q := &workQueues[i]
		q.queue = ke.NewQueue(0)
		q.extra.Store(0)
		q.done.Store(0)
		q.lastDone, q.lastShort = 0, false
		for range q.threads {
			ke.StartThread(ps.CreateSystemThread(q.name, q.priority, func(*ps.Thread) { q.work(nil) }).Thread)
		}
	}
	ke.StartThread(ps.CreateSystemThread(balancerThread, ke.LowRealtime, func(*ps.Thread) { balanceWorkers() }).Thread)
}

// work is ExpWorkerThread's loop: it returns when no work has come for as long as
// timeout.
func (q *workQueue) work(timeout *int64) {
	for {
		e, _ := q.queue.Remove(ke.KernelMode, false, timeout)
		if e == nil {
			return
		}
		q.done.Add(1)
		w := e.Value.(*WorkItem)
		w.routine(w.arg)
		if l := ke.CurrentIrql(); l != ke.PassiveLevel {
			panic(ke.IrqlError(l))
		}
	}
}

// balanceWorkers is the balancer's life (ExpWorkerThreadBalanceManager): a queue
// that stands, all its threads waiting while there is work, gets another thread:
// the critical one at once, the others when they have stood for a period.
func balanceWorkers() {
	for {
		period := int64(balancerPeriod)
		s := ke.WaitForSingleObject(stuck, ke.KernelMode, false, &period)
		for i := range workQueues {
			q := &workQueues[i]
			if q.atOnce && q.short() || s == nt.StatusTimeout && q.stands() {
				q.grow()
			}
		}
	}
}

// stands reports whether the queue has been short since the last call, and
// nobody has taken anything.
func (q *workQueue) stands() bool {
	short, done := q.short(), q.done.Load()
	still := short && q.lastShort && done == q.lastDone
	q.lastShort, q.lastDone = short, done
	return still
}

// grow adds a dynamic thread. Only the balancer does it.
func (q *workQueue) grow() {
	q.extra.Add(1)
	timeout := int64(dynamicTimeout)
	t := ps.CreateSystemThread(q.name, q.priority, func(t *ps.Thread) {
		q.work(&timeout)
		q.extra.Add(-1)
		t.Object.Dereference() // the creator's
	})
	ke.StartThread(t.Thread)
}

// WorkQueueCounts is what a queue has at the moment, and has done.
type WorkQueueCounts struct {
	Entries, Threads, Dynamic int
	Done                      uint64
}

// QueryWorkQueue returns a queue's counts.
func QueryWorkQueue(t WorkQueueType) WorkQueueCounts {
	q := &workQueues[t]
	entries, _, _ := q.queue.Read()
	extra := int(q.extra.Load())
	return WorkQueueCounts{entries, q.threads + extra, extra, q.done.Load()}
}

// InitializeDeferredDeletion lets ob.DereferenceDeferDelete delete in a worker
// thread.
func InitializeDeferredDeletion(run func()) (queue func()) {
	item := NewWorkItem(func(any) { run() }, nil)
	return func() { QueueWorkItem(item, HyperCriticalWorkQueue) }
}
