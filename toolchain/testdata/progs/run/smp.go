package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	_ "unsafe"
)

//go:linkname setNCPU runtime.tamagoSetNCPU
func setNCPU(n int32)

func init() {
	parts["smp"] = smp
	parts["smp-timers"] = func() { setNCPU(4); timers() }
	parts["smp-gc"] = func() { setNCPU(4); gcLoad(8, 200) }
	parts["smp-idle"] = func() { setNCPU(4); warm(); time.Sleep(time.Second) }
	parts["idle"] = func() { time.Sleep(time.Second) }
}

// warm makes work for every processor.
func warm() {
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for end := time.Now().Add(5 * time.Millisecond); time.Now().Before(end); {
				runtime.Gosched()
			}
		})
	}
	wg.Wait()
}

func smp() {
	setNCPU(4)
	check(runtime.GOMAXPROCS(0) == 4 && runtime.NumCPU() == 4, "GOMAXPROCS is %d", runtime.GOMAXPROCS(0))

	// Four goroutines that only meet if they run at the same time.
	var arrived atomic.Int32
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			arrived.Add(1)
			for end := time.Now().Add(10 * time.Second); arrived.Load() < 4; {
				check(time.Now().Before(end), "only %d of 4 run at once", arrived.Load())
			}
		})
	}
	wg.Wait()

	// Locks under contention.
	var mu sync.Mutex
	var rw sync.RWMutex
	cond := sync.NewCond(&mu)
	n, m := 0, map[int]int{}
	for g := range 32 {
		wg.Go(func() {
			for i := range 3000 {
				mu.Lock()
				n++
				if n%100 == 0 {
					cond.Broadcast()
				}
				mu.Unlock()
				if i%10 == 0 {
					rw.Lock()
					m[g]++
					rw.Unlock()
				} else {
					rw.RLock()
					_ = m[i]
					rw.RUnlock()
				}
			}
		})
	}
	mu.Lock()
	for n < 96000 {
		cond.Wait()
	}
	mu.Unlock()
	wg.Wait()
	for g := range 32 {
		check(m[g] == 300, "worker %d counted %d", g, m[g])
	}

	// Messages around a ring, sleeping and waking the processors.
	ring := make([]chan int, 50)
	for i := range ring {
		ring[i] = make(chan int)
	}
	for i := range ring[1:] {
		go func() {
			for v := range ring[i] {
				if v%500 == 0 {
					time.Sleep(time.Microsecond)
				}
				ring[i+1] <- v + 1
			}
		}()
	}
	for i := range 400 {
		ring[0] <- i
		check(<-ring[49] == i+49, "a message got lost")
	}
	for range 20 {
		wg.Go(func() { grow(8, 3).count() })
		runtime.GC()
	}
	wg.Wait()
	runtime.GOMAXPROCS(2)
	warm()
	runtime.GOMAXPROCS(4)
	warm()
}

// noThread shows that a second thread is not needed where none can be made.
func noThread() {
	runtime.LockOSThread()
	done := make(chan int)
	go func() { done <- 1 }()
	<-done
	runtime.UnlockOSThread()
}
