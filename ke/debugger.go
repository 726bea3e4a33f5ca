package ke

import (
	"reflect"
	"sync/atomic"
)

// What the kernel's debugger reads. All processors are stopped, and no lock is taken: what
// another processor was changing may be seen half done.

// RunningThread returns the thread that processor n runs, nil if n takes no part.
func RunningThread(n int) *Thread {
	if n < 0 || n >= MaximumProcessors {
		return nil
	}
	return processors[n].current
}

// IdleThread returns processor n's idle thread, nil if n takes no part.
func IdleThread(n int) *Thread {
	if n < 0 || n >= MaximumProcessors {
		return nil
	}
	return processors[n].idle
}

// ProcessorIrql returns the level of processor n.
func ProcessorIrql(n int) uint8 { return processors[n].irql }

// DebugPriority returns t's running priority.
func (t *Thread) DebugPriority() int { return t.priority }

// DebugProcessor returns the number of the processor that t runs on or has run on last, -1 for none.
func (t *Thread) DebugProcessor() int {
	if t.processor == nil {
		return -1
	}
	return t.processor.number
}

// Parked returns where a thread that does not run is parked (Hooks.Switch), 0 if it has
// never run, or runs.
func (t *Thread) Parked() uintptr { return t.coroutine }

// ReadyThreads calls yield for the threads in the ready queues, the best first.
func ReadyThreads(yield func(priority int, t *Thread) bool) {
	for p := MaximumPriority - 1; p >= 0; p-- {
		n := 0
		for t := db.ready[p].head; t != nil && n < 1<<16; t = t.next {
			if !yield(p, t) {
				return
			}
			n++
		}
	}
}

// DispatcherLocked reports whether a processor holds the dispatcher lock.
func DispatcherLocked() bool { return atomic.LoadUint32(&db.word) != 0 }

// debugMost is how many entries of a list are followed.
const debugMost = 10000

// DebugTimer is a timer that is set. Times are in units of 100 ns.
type DebugTimer struct {
	Timer       *Timer
	Due, Period uint64
	Dpc         uintptr // its DPC's routine, 0 without
	Waiter      *Thread // the wait that it limits
}

// DebugTimers calls yield for every timer that is set, in the order of the table, and returns
// the interrupt time and how many the table says there are.
func DebugTimers(yield func(t DebugTimer) bool) (now uint64, count int) {
	n := 0
	for i := range db.timers.hands {
		for t := db.timers.hands[i].head; t != nil && n < debugMost; t = t.next {
			n++
			d := DebugTimer{Timer: t, Due: t.due, Period: t.period, Waiter: t.waiter}
			if t.dpc != nil {
				d.Dpc = codeOf(t.dpc.routine)
			}
			if !yield(d) {
				return db.time, db.timers.count
			}
		}
	}
	return db.time, db.timers.count
}

// DebugDpcs are a processor's DPCs: how many have run, whether one runs, the routines of
// those that wait.
func DebugDpcs(processor int) (count uint64, active bool, waiting []uintptr) {
	q := &processors[processor].dpcs
	for d := q.head; d != nil && len(waiting) < debugMost; d = d.next {
		waiting = append(waiting, codeOf(d.routine))
	}
	return q.count, q.active, waiting
}

// codeOf is the address of a function's code.
func codeOf(f func(any)) uintptr {
	if f == nil {
		return 0
	}
	return reflect.ValueOf(f).Pointer()
}
