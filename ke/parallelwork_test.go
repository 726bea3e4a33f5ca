package ke

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"gont/nt"
)

// work is what the threads of TestParallel share, and what they have done.
type work struct {
	*parallel
	workers []*Thread
	mutant  *Mutant
	counter int // the mutant's owner changes it
	count   atomic.Int64
	pool    *Semaphore
	used    atomic.Int32
	event   *Event
	queue   *Queue
	entries, taken,
	apcs, apcsRun,
	dpcs, dpcsRun atomic.Int64
	elsewhere atomic.Int64 // moves seen
}

const (
	poolSize = 2
	// Nobody else changes the affinity of workers with this base priority or
	// above.
	ownAffinity = 8
)

// TestParallel: threads on four processors that really run at once, in the
// race detector's sight, do what threads do to each other. Nothing is lost or had twice, nobody runs
// where he may not, and everybody ends.
func TestParallel(t *testing.T) {
	const processors, workers = 4, 12
	rounds := max(300, *stepsFlag/10)
	inParallel(t, processors, func(p *parallel) {
		w := &work{parallel: p, mutant: NewMutant(false), pool: NewSemaphore(poolSize, poolSize),
			event: NewEvent(nt.SynchronizationEvent, true), queue: NewQueue(0)}
		if _, _, limit := w.queue.Read(); limit != processors {
			t.Errorf("a queue's limit is %d", limit)
		}
		start := NewEvent(nt.NotificationEvent, false)
		for i := range workers {
			w.workers = append(w.workers, p.thread(fmt.Sprint("worker ", i), 4+i%8, func() {
				WaitForSingleObject(start, KernelMode, false, nil)
				r := rand.New(rand.NewPCG(uint64(i), 1))
				for range rounds {
					w.round(r)
				}
			}))
		}
		start.Set()
		for _, th := range w.workers {
			if s := WaitForSingleObject(th, KernelMode, false, nil); s != nt.StatusSuccess {
				t.Errorf("waiting for %s: %v", th.Name, s)
			}
		}
		FlushQueuedDpcs()
		w.entriesLeft(t)
		c, _ := w.pool.Read()
		for _, x := range []struct {
			what      string
			got, want int64
		}{
			{"counter", int64(w.counter), w.count.Load()},
			{"semaphore", int64(c), poolSize},
			{"APCs that ran", w.apcsRun.Load(), w.apcs.Load()},
			{"DPCs that ran", w.dpcsRun.Load(), w.dpcs.Load()},
			{"queue entries", w.taken.Load(), w.entries.Load()},
		} {
			if x.got != x.want || x.want == 0 {
				t.Errorf("%s: %d, want %d", x.what, x.got, x.want)
			}
		}
		var sum uint64
		for k := range processors {
			sum += ProcessorCounters(k).ContextSwitches
		}
		if w.elsewhere.Load() == 0 || sum == 0 || ProcessorCounters(processors) != (Counters{}) {
			t.Errorf("%d moves, %d switches", w.elsewhere.Load(), sum)
		}
		t.Logf("%d rounds, %d switches, %d moves, %d APCs, %d DPCs, %d entries", workers*rounds, sum, w.elsewhere.Load(), w.apcs.Load(), w.dpcs.Load(), w.entries.Load())
	})
}

func (w *work) entriesLeft(t *testing.T) {
	for e := w.queue.Rundown(); e != nil; e = e.Next() {
		w.taken.Add(1)
	}
	if db.summary != 0 || db.timers.count != 0 {
		t.Errorf("at the end %#x are ready, and %d timers set", db.summary, db.timers.count)
	}
}

// round is one operation of a worker.
func (w *work) round(r *rand.Rand) {
	me := Current()
	w.poll()
	SuspendPoint(me)
	if p := self(); p.current != me || me.State() != Running || me.LastProcessor() != p.number {
		w.t.Errorf("%s runs on processor %d, and %s is current", me.Name, p.number, p.current.Name)
	}
	before := me.LastProcessor()
	other := w.workers[r.IntN(len(w.workers))]
	timeout := -int64(10_000 * r.IntN(3))
	switch r.IntN(12) {
	case 0, 1:
		WaitForSingleObject(w.mutant, KernelMode, false, nil)
		w.counter++
		w.poll()
		w.count.Add(1)
		w.mutant.Release()
	case 2:
		if WaitForSingleObject(w.pool, KernelMode, false, &timeout) == nt.StatusSuccess {
			w.inPool()
		}
	case 3:
		if WaitForMultipleObjects([]Object{w.pool, w.mutant}, true, KernelMode, false, nil) == nt.StatusSuccess {
			w.counter++
			w.count.Add(1)
			w.mutant.Release()
			w.inPool()
		}
	case 4:
		w.entries.Add(1)
		w.queue.Insert(&QueueEntry{})
	case 5:
		if e, _ := w.queue.Remove(KernelMode, false, &timeout); e != nil {
			w.taken.Add(1)
		}
	case 6:
		WaitForSingleObject(w.event, KernelMode, true, &timeout)
		w.event.Set()
	case 7:
		SetPriority(other, 1+r.IntN(15))
	case 8:
		mask := 1 + r.Uint64N(1<<w.n-1)
		if me.BasePriority() < ownAffinity {
			th := w.workers[r.IntN(len(w.workers))]
			if th.BasePriority() >= ownAffinity {
				th = me
			}
			SetAffinity(th, mask)
			SetIdealProcessor(th, bits.TrailingZeros64(mask))
		} else if _, s := SetAffinity(me, mask); s != nt.StatusSuccess || mask>>self().number&1 == 0 {
			w.t.Errorf("%v: %s is on processor %d of %b", s, me.Name, self().number, mask)
		}
	case 9:
		a := NewKernelApc(other, func(a *Apc) {
			if Current() != other {
				w.t.Errorf("%s runs an APC for %s", Current().Name, other.Name)
			}
			w.apcsRun.Add(1)
		}, nil)
		if a.Insert(0, 0, 0) {
			w.apcs.Add(1)
		}
	case 10:
		n := r.IntN(w.n)
		d := NewDpc(func(any) {
			if self().number != n {
				w.t.Errorf("a DPC for processor %d runs on %d", n, self().number)
			}
			w.dpcsRun.Add(1)
		})
		d.SetTargetProcessor(n)
		w.dpcs.Add(1)
		d.Insert(nil)
	case 11:
		Suspend(other)
		Alert(other)
		Resume(other)
	}
	if me.LastProcessor() != before {
		w.elsewhere.Add(1)
	}
}

// inPool holds one of the pool's for a while.
func (w *work) inPool() {
	if n := w.used.Add(1); n > poolSize {
		w.t.Errorf("%d are in the pool", n)
	}
	w.poll()
	w.used.Add(-1)
	w.pool.Release(1)
}
