//go:build ntuser

package main

import (
	"fmt"
	"math"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"gont/nt"
	"gont/ntdll"
)

// Preemption of goroutines: a loop without calls holds up nobody, and does not
// notice.

// spinner is a goroutine in a loop without calls. It ends by itself after half a
// minute or more, so that a test whose preemption does not work fails.
type spinner struct {
	stop, running, done atomic.Uint32
}

const spinnerTurns = 1 << 34

func (s *spinner) run() {
	s.running.Store(1)
	turns := 0
	for s.stop.Load() == 0 && turns < spinnerTurns {
		turns++
	}
	s.done.Store(1)
}

// beside runs f while n goroutines are in loops without calls, with so many
// Ps, and expects f to come back while they are.
func beside(ps, n int, f func() error) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(ps))
	list := make([]spinner, n)
	for i := range list {
		go list[i].run()
	}
	for i := range list {
		for list[i].running.Load() == 0 {
			runtime.Gosched()
		}
	}
	err := f()
	for i := range list {
		if list[i].done.Load() != 0 && err == nil {
			err = fmt.Errorf("goroutine %d has come to its end first", i)
		}
		list[i].stop.Store(1)
	}
	for i := range list {
		for list[i].done.Load() == 0 {
			runtime.Gosched()
		}
	}
	return err
}

// within fails when f takes longer.
func within(limit time.Duration, what string, f func()) error {
	begin := time.Now()
	f()
	if d := time.Since(begin); d > limit {
		return fmt.Errorf("%s took %v", what, d)
	}
	return nil
}

// stopWorld makes every P come to a safe point.
func stopWorld() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
}

// preempted runs each worker in a goroutine, again and again, with so many Ps,
// while the world is stopped as often as it goes, and returns the first error.
// Where there are more Ps than processors a stop takes several quanta.
func preempted(ps int, workers ...func() error) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(ps))
	var stop atomic.Uint32
	errs := make(chan error, len(workers))
	for _, f := range workers {
		go func() {
			var err error
			for stop.Load() == 0 && err == nil {
				err = f()
			}
			errs <- err
		}()
	}
	for begin := time.Now(); time.Since(begin) < 300*time.Millisecond && len(errs) == 0; {
		stopWorld()
	}
	stop.Store(1)
	var err error
	for range workers {
		if e := <-errs; err == nil {
			err = e
		}
	}
	return err
}

// integers keeps all registers and the carry flag busy: 256-bit additions and
// rotations.
//
//go:noinline
func integers(turns int) [6]uint64 {
	a, b, c, d := uint64(1), uint64(2), uint64(3), uint64(0x9E3779B97F4A7C15)
	e, f := uint64(0xD1B54A32D192ED03), uint64(5)
	for i := 0; i < turns; i++ {
		var carry uint64
		a, carry = bits.Add64(a, 0xFFFFFFFFFFFFFFF1, 0)
		b, carry = bits.Add64(b, e, carry)
		c, carry = bits.Add64(c, d, carry)
		d, carry = bits.Add64(d, 0x0123456789ABCDEF, carry)
		e = bits.RotateLeft64(e, 7) + carry
		if f ^= a; f < b {
			f += c
		}
	}
	return [6]uint64{a, b, c, d, e, f}
}

// floats keeps many XMM registers busy.
//
//go:noinline
func floats(turns int) [8]float64 {
	a, b, c, d, e, f, g, h := 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7
	for i := 0; i < turns; i++ {
		a = math.Sqrt(a*b + 1)
		b = math.Sqrt(b*c + 2)
		c = math.Sqrt(c*d + 3)
		d = math.Sqrt(d*e + 4)
		e = math.Sqrt(e*f + 5)
		f = math.Sqrt(f*g + 6)
		g = math.Sqrt(g*h + 7)
		h = math.Sqrt(h*a + float64(i&7))
	}
	return [8]float64{a, b, c, d, e, f, g, h}
}

// same is a worker that expects f to return what it returned before.
func same[T comparable](what string, f func(int) T, turns int) func() error {
	want := f(turns)
	return func() error {
		if got := f(turns); got != want {
			return fmt.Errorf("%s: %v, expected %v", what, got, want)
		}
		return nil
	}
}

// deep makes the stack grow, and checks what is on it.
func deep(n, x int) int {
	var room [32]int
	for i := range room {
		room[i] = n + x + i
	}
	if n == 0 {
		return 0
	}
	sum := deep(n-1, x)
	for i, v := range room {
		if v != n+x+i {
			panic("the stack has changed")
		}
	}
	return sum + 1
}

// Workers that the preemption finds in services, faults and the runtime.

func timeWorker() func() error {
	last := uint64(0)
	return func() error {
		for range 100 {
			now, s := ntdll.NtQuerySystemTime()
			if !s.OK() || now < last {
				return fmt.Errorf("NtQuerySystemTime: %v, %d after %d", s, now, last)
			}
			last = now
		}
		return nil
	}
}

func faultWorker() error {
	if r := attempt(func() { _ = *(*int)(unsafe.Pointer(at(16))) }); r == nil {
		return fmt.Errorf("a read of address 16 did not panic")
	}
	if r := attempt(func() { zero = 1 / zero }); r == nil {
		return fmt.Errorf("a division by zero did not panic")
	}
	return nil
}

func stackWorker() error {
	c := make(chan int)
	go func() { c <- deep(300, 7) }()
	if n := <-c; n != 300 {
		return fmt.Errorf("a recursion of 300 counted %d", n)
	}
	return nil
}

func pageWorker() error {
	base, size, s := ntdll.NtAllocateVirtualMemory(nt.CurrentProcess, 0, 16<<12, nt.MemReserve|nt.MemCommit, nt.PageReadWrite)
	if !s.OK() {
		return expect("NtAllocateVirtualMemory", s, 0)
	}
	b := unsafe.Slice(at(uintptr(base)), size)
	for i := 0; i < len(b); i += 4096 {
		if b[i] != 0 {
			return fmt.Errorf("page %d is not zero", i>>12)
		}
		b[i] = 1
	}
	return expect("NtFreeVirtualMemory", ntdll.NtFreeVirtualMemory(nt.CurrentProcess, base, 0, nt.MemRelease), 0)
}

func waitWorker() error {
	interval := int64(-10_000)
	if s := ntdll.NtDelayExecution(false, interval); !s.OK() {
		return expect("NtDelayExecution", s, 0)
	}
	return nil
}

var preemptTests = []test{
	{"go-preempt-goroutine", func() error {
		return beside(1, 1, func() error {
			return within(3*time.Second, "five sleeps of 20 ms", func() {
				for range 5 {
					time.Sleep(20 * time.Millisecond)
				}
			})
		})
	}},
	{"go-preempt-gc", func() error {
		for _, ps := range []int{1, runtime.NumCPU() + 1} {
			if err := beside(ps, 2*ps, func() error {
				return within(10*time.Second, "a collection", runtime.GC)
			}); err != nil {
				return fmt.Errorf("GOMAXPROCS %d: %w", ps, err)
			}
		}
		return nil
	}},
	{"go-preempt-fair", func() error {
		// Everybody in a loop without calls gets on, also with a thread of their own.
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		var stop atomic.Uint32
		counts := make([]struct {
			n atomic.Uint64
			_ [56]byte
		}, 6)
		var wg sync.WaitGroup
		for i := range counts {
			wg.Add(1)
			go func() {
				defer wg.Done()
				if i%2 == 1 {
					runtime.LockOSThread()
				}
				for stop.Load() == 0 && counts[i].n.Load() < spinnerTurns/8 {
					counts[i].n.Add(1)
				}
			}()
		}
		for begin := time.Now(); ; {
			time.Sleep(20 * time.Millisecond)
			least := counts[0].n.Load()
			for i := range counts {
				least = min(least, counts[i].n.Load())
			}
			if late := time.Since(begin) > 10*time.Second; least > 0 || late {
				stop.Store(1)
				wg.Wait()
				if late {
					return fmt.Errorf("one of %d goroutines has not begun after %v", len(counts), time.Since(begin))
				}
				return nil
			}
		}
	}},
	{"go-preempt-registers", func() error {
		for _, ps := range []int{1, 2, runtime.NumCPU()} {
			if err := preempted(ps, same("integers", integers, 100_000), same("floats", floats, 20_000), same("integers", integers, 300_000)); err != nil {
				return fmt.Errorf("GOMAXPROCS %d: %w", ps, err)
			}
		}
		return nil
	}},
	{"go-preempt-anywhere", func() error {
		for _, ps := range []int{1, 3} {
			if err := preempted(ps, timeWorker(), faultWorker, stackWorker, pageWorker, waitWorker, same("integers", integers, 1000)); err != nil {
				return fmt.Errorf("GOMAXPROCS %d: %w", ps, err)
			}
		}
		return nil
	}},
	{"go-blocking-services", blockingServices},
}

// blockingServices: with GOMAXPROCS 1 a goroutine waits in a service for what
// another one does, and a third is in a loop without calls.
func blockingServices() error {
	event, s := ntdll.NtCreateEvent(nil, nt.SynchronizationEvent, false)
	if !s.OK() {
		return expect("NtCreateEvent", s, 0)
	}
	defer ntdll.NtClose(event)
	limit := int64(-10 * 10_000_000)
	waits := []struct {
		name string
		wait func() nt.Status
	}{
		{"NtWaitForSingleObject", func() nt.Status { return ntdll.NtWaitForSingleObject(event, false, &limit) }},
		{"NtWaitForMultipleObjects", func() nt.Status {
			return ntdll.NtWaitForMultipleObjects([]nt.Handle{event}, false, false, &limit)
		}},
	}
	for _, spinners := range []int{0, 1} {
		for _, w := range waits {
			if err := beside(1, spinners, func() error {
				result := make(chan nt.Status)
				var waiting atomic.Uint32
				go func() {
					waiting.Store(1)
					result <- w.wait()
				}()
				for begin := time.Now(); waiting.Load() == 0 || time.Since(begin) < 5*time.Millisecond; {
					runtime.Gosched()
				}
				ntdll.NtSetEvent(event)
				return expect(w.name, <-result, nt.StatusSuccess)
			}); err != nil {
				return err
			}
		}
		if err := beside(1, spinners, func() error {
			// A delay holds up nobody. The longer ones are for a host that runs the machine rarely.
			turns, ms := 0, int64(300)
			for ; turns < 3 && ms < 10_000; ms *= 2 {
				var ended atomic.Uint32
				go func() {
					ntdll.NtDelayExecution(false, -ms*10_000)
					ended.Store(1)
				}()
				for turns = 0; ended.Load() == 0; turns++ {
					runtime.Gosched()
				}
			}
			if turns < 3 {
				return fmt.Errorf("while another waited %d ms a goroutine had %d turns", ms/2, turns)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
