package ke

import "sync/atomic"

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
