package main

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	_ "unsafe"
)

//go:linkname bind runtime.tamagoBind
func bind(n uint32)

//go:linkname switchTo runtime.tamagoSwitch
func switchTo(from, to *uintptr, held *uint32)

//go:linkname procPin sync.runtime_procPin
func procPin() int

//go:linkname procUnpin sync.runtime_procUnpin
func procUnpin()

func init() { parts["bound"] = bound }

// A task is a goroutine that runs when the small dispatcher below says so.
type task struct {
	slot    uintptr
	cpu     int
	started bool
	start   func()
}

const boundCPUs = 4

// dispatcher is a ready queue for several processors, and what each runs.
var dispatcher struct {
	lock    uint32
	ready   []*task
	current [boundCPUs]*task
	idle    [boundCPUs]*task
	left    atomic.Int32
}

func cpu() int {
	n := procPin()
	procUnpin()
	return n
}

func lockDispatcher() {
	for !atomic.CompareAndSwapUint32(&dispatcher.lock, 0, 1) {
		pause()
	}
}

// pause is a call that lets the collector stop the caller.
func pause() { runtime.Gosched() }

// next gives the processor n to the task that is ready first, or to the idle
// one. The lock is held.
func next(n int, from *task, ended bool) {
	d := &dispatcher
	to := d.idle[n]
	if len(d.ready) > 0 {
		to, d.ready = d.ready[0], d.ready[1:]
	}
	if to == from {
		atomic.StoreUint32(&d.lock, 0)
		return
	}
	d.current[n] = to
	to.cpu = n
	slot := &to.slot
	if !to.started {
		to.started, slot = true, nil
		go to.start()
	}
	if ended {
		switchTo(nil, slot, &d.lock)
		return
	}
	switchTo(&from.slot, slot, &d.lock)
	check(cpu() == from.cpu, "on processor %d, not %d", cpu(), from.cpu)
}

func bound() {
	setNCPU(boundCPUs)
	runtime.GC()
	old := debug.SetGCPercent(-1)
	var arrived atomic.Int32
	join := func() int {
		for arrived.Add(1); arrived.Load() < boundCPUs; {
		}
		bind(boundCPUs)
		n := cpu()
		t := &task{cpu: n, started: true}
		dispatcher.idle[n], dispatcher.current[n] = t, t
		return n
	}
	idle := func(n int) {
		for dispatcher.left.Load() > 0 {
			lockDispatcher()
			next(n, dispatcher.idle[n], false)
			runtime.Gosched()
		}
	}
	const tasks, rounds = 40, 2000
	dispatcher.left.Store(tasks)
	var wg sync.WaitGroup
	for range boundCPUs - 1 {
		wg.Go(func() { idle(join()) })
	}
	n := join()
	debug.SetGCPercent(old)

	var mu sync.Mutex
	var shared int
	var keep [64][]byte
	var moved atomic.Int32
	for i := range tasks {
		t := &task{}
		t.start = func() {
			for r := range rounds {
				lockDispatcher()
				was := t.cpu
				d := &dispatcher
				d.ready = append(d.ready, t)
				next(was, t, false)
				if t.cpu != was {
					moved.Add(1)
				}
				mu.Lock()
				shared++
				keep[r%64] = make([]byte, 100+i)
				mu.Unlock()
				if r%500 == 100+i {
					runtime.GC()
				}
			}
			dispatcher.left.Add(-1)
			lockDispatcher()
			next(t.cpu, t, true)
		}
		lockDispatcher()
		dispatcher.ready = append(dispatcher.ready, t)
		atomic.StoreUint32(&dispatcher.lock, 0)
	}
	idle(n)
	wg.Wait()
	check(shared == tasks*rounds, "%d rounds of %d", shared, tasks*rounds)
	check(moved.Load() > rounds, "only %d moves between processors", moved.Load())
}
