package main

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func init() {
	parts["hello"] = func() { fmt.Println("hello from", runtime.GOOS, runtime.GOARCH) }
	parts["goroutines"] = goroutines
	parts["channels"] = channels
	parts["select"] = selects
	parts["timers"] = timers
	parts["maps"] = maps
	parts["panics"] = panics
	parts["system"] = system
	parts["recursion"] = recursion
	parts["deadlock"] = func() { <-make(chan int) }
	parts["nothread"] = noThread
	parts["event"] = event
	parts["panic"] = func() { panic("as asked") }
}

func goroutines() {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var n atomic.Int64
	sum := 0
	for i := range 10000 {
		wg.Go(func() {
			n.Add(1)
			if i%7 == 0 {
				runtime.Gosched()
			}
			mu.Lock()
			sum += i
			mu.Unlock()
		})
	}
	wg.Wait()
	check(n.Load() == 10000 && sum == 10000*9999/2, "n=%d sum=%d", n.Load(), sum)
	check(runtime.NumGoroutine() < 10, "%d goroutines left", runtime.NumGoroutine())
}

func channels() {
	// A prime sieve: a chain of goroutines.
	src := make(chan int)
	go func(out chan int) {
		for i := 2; ; i++ {
			out <- i
		}
	}(src)
	var primes []int
	for range 200 {
		p := <-src
		primes = append(primes, p)
		next := make(chan int, p%5)
		go func(in chan int) {
			for v := range in {
				if v%p != 0 {
					next <- v
				}
			}
		}(src)
		src = next
	}
	check(primes[199] == 1223, "200th prime is %d", primes[199])
}

func selects() {
	a, b, quit := make(chan int), make(chan int), make(chan bool)
	for _, c := range []chan int{a, b} {
		go func() {
			for i := range 1000 {
				c <- i
			}
			quit <- true
		}()
	}
	na, nb, done := 0, 0, 0
	for done < 2 {
		select {
		case <-a:
			na++
		case <-b:
			nb++
		case <-quit:
			done++
		case <-time.After(10 * time.Second):
			check(false, "select timed out")
		}
	}
	check(na == 1000 && nb == 1000, "%d and %d received", na, nb)
	select {
	case <-a:
		check(false, "received from nobody")
	default:
	}
	start := time.Now()
	select {
	case <-a:
	case <-time.After(20 * time.Millisecond):
	}
	near("select with timeout", time.Since(start), 20*time.Millisecond)
}

// near checks that a wait took as long as asked, and not much more, also on a
// machine that has other things to do.
func near(what string, got, want time.Duration) {
	check(got >= want && got < want+want/2+250*time.Millisecond, "%s took %v, %v expected", what, got, want)
}

func timers() {
	for _, d := range []time.Duration{time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond} {
		start := time.Now()
		time.Sleep(d)
		near("sleep", time.Since(start), d)
	}
	start := time.Now()
	done := make(chan time.Duration)
	time.AfterFunc(30*time.Millisecond, func() { done <- time.Since(start) })
	near("AfterFunc", <-done, 30*time.Millisecond)

	start = time.Now()
	tick := time.NewTicker(5 * time.Millisecond)
	for range 20 {
		<-tick.C
	}
	tick.Stop()
	near("20 ticks", time.Since(start), 100*time.Millisecond)

	stopped := time.AfterFunc(10*time.Millisecond, func() { check(false, "stopped timer fired") })
	check(stopped.Stop(), "timer not stopped")
	time.Sleep(20 * time.Millisecond)

	// Many sleepers end in the order of their times.
	var mu sync.Mutex
	var order []int
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			time.Sleep(time.Duration(50-i) * 4 * time.Millisecond)
			mu.Lock()
			order = append(order, 50-i)
			mu.Unlock()
		})
	}
	wg.Wait()
	for i := range order {
		check(runtime.GOMAXPROCS(0) > 1 || order[i] == i+1, "sleepers woke as %v", order)
	}
}

func maps() {
	m := make(map[string]int)
	for i := range 100000 {
		m[fmt.Sprint("key", i)] = i
	}
	for i := 0; i < 100000; i += 2 {
		delete(m, fmt.Sprint("key", i))
	}
	n := 0
	for k, v := range m {
		check(v%2 == 1 && k == fmt.Sprint("key", v), "%q is %d", k, v)
		n++
	}
	check(n == 50000 && len(m) == 50000, "%d keys, len %d", n, len(m))
	var sm sync.Map
	for i := range 1000 {
		sm.Store(i, i*i)
	}
	v, ok := sm.Load(31)
	check(ok && v == 961, "sync.Map has %v", v)
}

// metal says that nobody makes panics of processor exceptions here.
var metal = len(os.Args) == 2 && os.Args[0] == os.Args[1]

func panics() {
	try := func(want string, f func()) {
		defer func() {
			r := recover()
			check(r != nil && strings.Contains(fmt.Sprint(r), want), "recovered %v, %q expected", r, want)
		}()
		f()
	}
	var s []int
	var m map[int]int
	zero := len(s)
	zeroIndex := zero
	var none *struct{ a, b int }
	var call func()
	if !metal {
		try("nil pointer dereference", func() { none.b = 1 })
		try("nil pointer dereference", func() { call() })
		try("nil pointer dereference", func() { _ = (*[1 << 30]byte)(nil)[zeroIndex] })
	}
	try("index out of range", func() { _ = s[zero] })
	try("nil map", func() { m[1] = 1 })
	try("divide", func() { _ = 1 / zero })
	try("interface conversion", func() { _ = any(1).(string) })
	try("closed channel", func() { c := make(chan int); close(c); close(c) })
}

func system() {
	sum := sha256.Sum256([]byte("tamago"))
	check(fmt.Sprintf("%x", sum[:4]) == "fd8cc355", "sha256 of tamago is %x", sum)
	var a, b [32]byte
	rand.Read(a[:])
	rand.Read(b[:])
	check(a != b, "the same random numbers twice")
	check(time.Now().Year() >= 2024, "it is %v", time.Now())
	_, err := os.Open("/etc/passwd")
	check(errors.Is(err, syscall.ENOSYS), "open without a host: %v", err)
	_, err = os.ReadDir("/")
	check(errors.Is(err, syscall.ENOSYS), "read directory without a host: %v", err)
	check(os.Getenv("TOOLCHAIN_TEST") == "42", "environment: %q", os.Environ())
	n, err := os.Stderr.Write([]byte("to standard error\n"))
	check(n == 18 && err == nil, "write to stderr: %d, %v", n, err)
	check(runtime.NumCPU() == 1 && runtime.GOMAXPROCS(0) == 1, "%d processors", runtime.NumCPU())
}

func recursion() {
	var f func(n int, pad [10]int) int
	f = func(n int, pad [10]int) int {
		if n == 0 {
			return 0
		}
		pad[n%10] = n
		return f(n-1, pad) + 1
	}
	check(f(1000000, [10]int{}) == 1000000, "deep recursion")
	runtime.GC()
	done := make(chan int)
	for range 20 {
		go func() { done <- f(20000, [10]int{}) }()
	}
	for range 20 {
		check(<-done == 20000, "recursion in a goroutine")
	}
}
