//go:build ntuser

// Flood is a session manager that displays more than a serial port takes, and measures
// what that costs a thread which displays nothing: while the port is as fast as a real
// one, and while the port takes nothing at all.
package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gont/ntdll"
)

// floods is how many threads display.
const floods = 2

var stop atomic.Bool

// work counts for as long as it is told to, and returns how far it came and the longest
// time between two looks at the clock.
func work(d time.Duration) (n uint64, gap time.Duration) {
	begin := time.Now()
	for last := begin; ; {
		for range 1000 {
			n++
		}
		now := time.Now()
		gap = max(gap, now.Sub(last))
		if last = now; now.Sub(begin) >= d {
			return n, gap
		}
	}
}

// flood displays until stop is set.
func flood(n int, calls *atomic.Int64) {
	line := fmt.Sprintf("thread %d ", n) + strings.Repeat(string(rune('a'+n)), 60) + "\n"
	text := strings.Repeat(line, 4000/len(line))
	for !stop.Load() {
		if s := ntdll.NtDisplayString(text); !s.OK() {
			fmt.Println("FLOOD failed:", s)
			return
		}
		calls.Add(1)
	}
}

// measure lets the others display for d, and says what that leaves of what the calling
// thread does in a second alone: before or afterwards, whichever is less, for a host
// that gets busier meanwhile.
func measure(name string, d time.Duration) {
	alone, _ := work(time.Second)
	stop.Store(false)
	var calls atomic.Int64
	var w sync.WaitGroup
	for i := range floods {
		w.Add(1)
		go func() {
			defer w.Done()
			flood(i, &calls)
		}()
	}
	n, gap := work(d)
	stop.Store(true)
	w.Wait()
	again, _ := work(time.Second)
	fmt.Printf("FLOOD %s: share %d %%, longest gap %d ms, %d calls\n", name, n*100/(min(alone, again)*uint64(d/time.Second)), gap.Milliseconds(), calls.Load())
}

func main() {
	runtime.GOMAXPROCS(floods + 2)
	fmt.Println("GoNT Session Manager (displays much)")
	measure("slow", 3*time.Second)
	time.Sleep(8 * time.Second) // what was displayed goes out, and the test stops reading
	measure("dead", 15*time.Second)
	for i := 0; ; i++ {
		fmt.Println("FLOOD alive", i)
		time.Sleep(200 * time.Millisecond)
	}
}
