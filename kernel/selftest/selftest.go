//go:build kernel

package selftest

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"gont/hal"
	"gont/ke"
)

// SELFTEST=clock makes the time-stamp counter look as if it ran at twice its rate.
// SELFTEST=runtime exercises the Go runtime in ring 0, in phase 1 with the clock
// running: what the kernel's code relies on, and what it does not use itself.
var selfTests = []struct {
	name string
	run  func() error
}{
	{"goroutines", selfGoroutines},
	{"select", selfSelect},
	{"maps", selfMaps},
	{"gc", selfGC},
	{"recursion", selfRecursion},
	{"timers", selfTimers},
	{"locks", selfLocks},
	{"recover", selfRecover},
	{"procs", selfProcs},
	{"strays", hal.TestStrays},
	{"halts", hal.TestHalts},
}

func selfTestIfAsked() error {
	if v := k.SelfTest; v == "" || strings.EqualFold(v, benchmark) {
		return nil
	} else if strings.EqualFold(v, "clock") {
		hal.SpoilClock()
		return nil
	} else if strings.EqualFold(v, "wait") {
		return wait()
	} else if strings.EqualFold(v, "interrupts") {
		return testInterrupts()
	} else if strings.EqualFold(v, "pci") {
		return testPci()
	}
	failed := 0
	for _, t := range selfTests {
		start := hal.Nanotime()
		err := t.run()
		if err != nil {
			failed++
			k.PrintLine("SELFTEST " + t.name + " FAILED: " + err.Error())
			continue
		}
		k.PrintLine(fmt.Sprintf("SELFTEST %s ok, %d us", t.name, (hal.Nanotime()-start)/1000))
	}
	k.PrintLine(fmt.Sprintf("SELFTEST done: %d passed, %d failed", len(selfTests)-failed, failed))
	if failed != 0 {
		return fmt.Errorf("%d self-tests failed", failed)
	}
	return nil
}

// wait holds the start up for three seconds, so that somebody can look at the screen.
func wait() error {
	k.PrintLine("SELFTEST wait")
	three := int64(-3 * 10_000_000)
	ke.Delay(ke.KernelMode, false, three)
	return nil
}

func selfGoroutines() error {
	const n = 1000
	c := make(chan int)
	for i := 0; i < n; i++ {
		go func() { c <- i }()
	}
	sum := 0
	for i := 0; i < n; i++ {
		sum += <-c
	}
	if sum != n*(n-1)/2 {
		return fmt.Errorf("sum %d", sum)
	}
	return nil
}

func selfSelect() error {
	a, b, quit := make(chan int), make(chan int, 3), make(chan bool)
	go func() {
		for i := 0; i < 100; i++ {
			if i&1 == 0 {
				a <- i
			} else {
				b <- i
			}
		}
		close(quit)
	}()
	got := 0
	for {
		select {
		case <-a:
			got++
		case <-b:
			got++
		case <-quit:
			if got += len(b); got != 100 {
				return fmt.Errorf("%d of 100 received", got)
			}
			return nil
		}
	}
}

func selfMaps() error {
	m := map[string]int{}
	for i := 0; i < 20000; i++ {
		m[fmt.Sprint(i)] = i
	}
	for i := 0; i < 20000; i += 2 {
		delete(m, fmt.Sprint(i))
	}
	n := 0
	for k, v := range m {
		if k != fmt.Sprint(v) {
			return fmt.Errorf("%s: %d", k, v)
		}
		n++
	}
	if n != 10000 {
		return fmt.Errorf("%d entries", n)
	}
	return nil
}

type selfNode struct {
	left, right *selfNode
	_           [64]byte
}

func selfTree(n int) *selfNode {
	if n == 0 {
		return &selfNode{}
	}
	return &selfNode{left: selfTree(n - 1), right: selfTree(n - 1)}
}

func (n *selfNode) count() int {
	if n == nil {
		return 0
	}
	return 1 + n.left.count() + n.right.count()
}

func selfGC() error {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	keep := selfTree(10)
	for i := 0; i < 40; i++ {
		if n := selfTree(11).count(); n != 1<<12-1 {
			return fmt.Errorf("tree of %d nodes", n)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if keep.count() != 1<<11-1 {
		return fmt.Errorf("a live tree lost nodes")
	}
	if after.NumGC <= before.NumGC {
		return fmt.Errorf("no collection ran")
	}
	return nil
}

func selfRecursion() error {
	var f func(n int, pad [128]byte) int
	f = func(n int, pad [128]byte) int {
		if n == 0 {
			return int(pad[0])
		}
		pad[0]++
		return f(n-1, pad)
	}
	if got := f(4000, [128]byte{}); got != 4000&255 {
		return fmt.Errorf("%d", got)
	}
	return nil
}

func selfTimers() error {
	start := time.Now()
	c := make(chan bool, 10)
	time.AfterFunc(30*time.Millisecond, func() { c <- true })
	t := time.NewTicker(10 * time.Millisecond)
	defer t.Stop()
	ticks := 0
	for {
		select {
		case <-t.C:
			ticks++
		case <-c:
			if d := time.Since(start); d < 30*time.Millisecond || ticks == 0 {
				return fmt.Errorf("%v, %d ticks", d, ticks)
			}
			return nil
		}
	}
}

func selfLocks() error {
	var mu sync.Mutex
	var wg sync.WaitGroup
	n := 0
	for i := 0; i < 20; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := 0; j < 100; j++ {
				mu.Lock()
				n++
				mu.Unlock()
				runtime.Gosched()
			}
		}()
	}
	wg.Wait()
	if n != 2000 {
		return fmt.Errorf("%d of 2000", n)
	}
	return nil
}

func selfRecover() (err error) {
	defer func() {
		if r := recover(); r == nil || !strings.Contains(fmt.Sprint(r), "index out of range") {
			err = fmt.Errorf("recovered %v", r)
		}
	}()
	var s []int
	_ = s[crashIndex]
	return nil
}

func selfProcs() error {
	if n := runtime.GOMAXPROCS(0); n != 1 {
		return fmt.Errorf("GOMAXPROCS is %d on one processor", n)
	}
	return nil
}
