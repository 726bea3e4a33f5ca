package ke

import (
	"bytes"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// parallel is a machine whose processors run at the same time, as far as the
// host has any: a goroutine for each thread, of which as many run as there are
// processors. Which processor a goroutine is on is looked up by its number.
type parallel struct {
	t      testing.TB
	n      int
	mu     sync.Mutex
	by     map[uint64]*fiber
	fibers []*fiber
	births chan int // the processor of the thread that begins
	ipi    []chan struct{}
	asked  []atomic.Bool
	ticks  []uint64 // worked on; each processor's own
	clock  atomic.Uint64
	stop   atomic.Bool
	idles  sync.WaitGroup
}

type fiber struct {
	cpu  int
	id   uintptr
	wake chan struct{}
}

func goroutine() uint64 {
	var b [40]byte
	s := b[len("goroutine "):runtime.Stack(b[:], false)]
	n, _ := strconv.ParseUint(string(s[:bytes.IndexByte(s, ' ')]), 10, 64)
	return n
}

// inParallel runs body in a thread on a machine of n processors with a clock of
// 1000 ticks a second, and returns when it has ended.
func inParallel(t testing.TB, n int, body func(w *parallel)) {
	w := &parallel{t: t, n: n, by: map[uint64]*fiber{}, births: make(chan int), ipi: make([]chan struct{}, n), asked: make([]atomic.Bool, n), ticks: make([]uint64, n)}
	for k := range w.ipi {
		w.ipi[k] = make(chan struct{}, 1)
	}
	systemTimeOffset.Store(0)
	w.clock.Store(1)
	w.idles.Add(n)
	started, all := make(chan struct{}), make(chan struct{})
	for k := range n {
		go func() {
			defer w.idles.Done()
			w.adopt(k)
			if k == 0 {
				Initialize(Hooks{
					Now:           func() uint64 { return w.clock.Load() * 10_000 },
					TimeIncrement: 10_000,
					Processor:     func() int { return w.self().cpu },
					Request: func(n int) {
						w.asked[n].Store(true)
						select {
						case w.ipi[n] <- struct{}{}:
						default:
						}
					},
					Switch: w.switchTo,
					Panic:  func(th *Thread, r any) { panic(th.Name + ": " + string(debug.Stack())) },
				})
			} else {
				StartProcessor(k)
			}
			started <- struct{}{}
			if k == 0 {
				<-all
				w.thread("main", 16, func() {
					body(w)
					w.stop.Store(true)
				})
			}
			w.idle(k)
		}()
		<-started
	}
	watchdog := time.AfterFunc(100*time.Second, func() {
		debug.SetTraceback("all")
		panic("threads wait for what has happened")
	})
	go func() {
		for !w.stop.Load() {
			time.Sleep(time.Millisecond)
			w.clock.Add(1)
		}
	}()
	all <- struct{}{}
	w.idles.Wait()
	watchdog.Stop()
}

func (w *parallel) adopt(cpu int) *fiber {
	g := goroutine()
	w.mu.Lock()
	defer w.mu.Unlock()
	f := &fiber{cpu: cpu, id: uintptr(len(w.fibers) + 1), wake: make(chan struct{}, 1)}
	w.fibers = append(w.fibers, f)
	w.by[g] = f
	return f
}

// self is the caller's fiber. A new thread is told its processor by the one
// that has started it and holds the lock until it knows.
func (w *parallel) self() *fiber {
	g := goroutine()
	w.mu.Lock()
	f := w.by[g]
	w.mu.Unlock()
	if f == nil {
		f = w.adopt(<-w.births)
	}
	return f
}

func (w *parallel) switchTo(from, to *uintptr, lock *uint32) {
	me := w.self()
	var next *fiber
	if to == nil {
		w.births <- me.cpu
	} else {
		w.mu.Lock()
		next = w.fibers[*to-1]
		w.mu.Unlock()
		*to = 0
		next.cpu = me.cpu
	}
	if from != nil {
		*from = me.id
	} else {
		w.mu.Lock()
		delete(w.by, goroutine())
		w.mu.Unlock()
	}
	atomic.StoreUint32(lock, 0)
	if next != nil {
		next.wake <- struct{}{}
	}
	if from != nil {
		<-me.wake
	}
}

// idle is a processor's idle loop; it halts until it is asked or the clock
// ticks.
func (w *parallel) idle(k int) {
	for !w.stop.Load() {
		w.poll()
		RunReady()
		if !Requested() {
			select {
			case <-w.ipi[k]:
			case <-time.After(time.Millisecond):
			}
		}
	}
}

// poll is the way back to ring 3: what interrupts have left to do.
func (w *parallel) poll() {
	k := w.self().cpu
	if n := w.clock.Load() - w.ticks[k]; n > 0 {
		w.ticks[k] += n
		Tick(int(n), true)
	}
	if w.asked[w.self().cpu].Swap(false) {
		DispatchPoint()
	}
}

// thread makes and starts a thread.
func (w *parallel) thread(name string, priority int, body func()) *Thread {
	t := NewThread(name, priority, func() {
		w.self()
		body()
	})
	StartThread(t)
	return t
}
