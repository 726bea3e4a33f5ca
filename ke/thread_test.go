package ke

import (
	"testing"

	"gont/nt"
)

// TestPriorities: the highest ready thread runs, and at once.
func TestPriorities(t *testing.T) {
	simulate(t, func(w *world) {
		var order []int
		for _, p := range []int{3, 9, 1, 5, 9, 0} {
			w.start("low", p, func() { order = append(order, p) })
		}
		w.expect("lower ones ran", len(order), 0)
		w.start("equal", bodyPriority, func() { order = append(order, 10) })
		w.expect("an equal ran", len(order), 0)
		w.start("high", 31, func() { order = append(order, 31) })
		w.expect("a higher one ran", len(order), 1)
		w.settle()
		want := []int{31, 10, 9, 9, 5, 3, 1, 0}
		for i := range want {
			if len(order) != len(want) || order[i] != want[i] {
				t.Fatalf("order %v, want %v", order, want)
			}
		}
	})
}

// TestSetPriority of the current, a ready and a waiting thread.
func TestSetPriority(t *testing.T) {
	simulate(t, func(w *world) {
		ran := 0
		a := w.start("a", 8, func() { ran++ })
		w.expect("old", SetPriority(a, 9), 8)
		w.expect("ran", ran, 0)
		w.expect("Priority", a.Priority(), 9)
		w.expect("old", SetPriority(Current(), 4), bodyPriority)
		w.expect("ran", ran, 1) // we fell below it
		b := w.start("b", 3, func() { ran++ })
		w.expect("old", SetPriority(b, 5), 3) // it rose above us
		w.expect("ran", ran, 2)
		e := NewEvent(0, false)
		c := w.start("c", 20, func() { w.wait(e); ran++ })
		SetPriority(c, 2)
		e.Set()
		w.expect("ran", ran, 2)
		w.expect("state", c.State(), Ready)
		w.expect("old", SetPriority(Current(), 1), 4)
		w.expect("ran", ran, 3)
		for _, p := range []int{-1, 32} {
			if panics(func() { SetPriority(Current(), p) }) == nil {
				t.Errorf("priority %d was accepted", p)
			}
		}
	})
}

// TestQuantum: equals take turns, lower ones wait.
func TestQuantum(t *testing.T) {
	simulate(t, func(w *world) {
		var order []string
		stop := false
		body := func(name string) func() {
			return func() {
				for !stop {
					order = append(order, name)
					w.now += tickLength
					Tick(1, true)
				}
			}
		}
		a := w.start("a", 8, body("a"))
		b := w.start("b", 8, body("b"))
		low := w.start("low", 7, func() {})
		Delay(KernelMode, false, -8*tickLength)
		stop = true
		w.expect("low", low.State(), Ready)
		got := ""
		for _, s := range order {
			got += s
		}
		w.expect("turns", got, "aabbaabb")
		w.wait(a)
		w.wait(b)
		w.wait(low)
		w.expect("a's ticks in user mode", a.UserTicks, uint64(4))
		w.expect("a's ticks in kernel mode", a.KernelTicks, uint64(0))
		if a.Switches < 2 || ContextSwitches() < a.Switches+b.Switches {
			t.Errorf("%d and %d switches of %d", a.Switches, b.Switches, ContextSwitches())
		}
	})
}

// TestYield lets equals run, once, and not lower ones.
func TestYield(t *testing.T) {
	simulate(t, func(w *world) {
		w.expect("Yield to nobody", Yield(), false)
		ran := 0
		w.start("low", bodyPriority-1, func() { ran += 10 })
		w.expect("Yield to a lower one", Yield(), false)
		w.start("equal", bodyPriority, func() { ran++ })
		w.expect("Yield", Yield(), true)
		w.expect("ran", ran, 1)
	})
}

// TestIdleTicks: the clock counts for the thread it finds.
func TestIdleTicks(t *testing.T) {
	simulate(t, func(w *world) {
		before := IdleTicks()
		Delay(KernelMode, false, -5*tickLength)
		w.expect("idle ticks", IdleTicks()-before, uint64(5))
		own := Current().KernelTicks
		Tick(3, false)
		w.expect("own ticks", Current().KernelTicks-own, uint64(3))
		w.expect("idle ticks", IdleTicks()-before, uint64(5))
	})
}

// TestHooks: Switched sees both threads, Exit every end, Panic what a thread
// panics with.
func TestHooks(t *testing.T) {
	switched, exits := 0, 0
	var what any
	idle := Initialize(Hooks{
		Now: func() uint64 { return 0 },
		Switched: func(from, to *Thread) {
			if from == to || from.State() == Waiting || to.State() != Running {
				t.Errorf("switched from %s to %s", from.Name, to.Name)
			}
			switched++
		},
		Exit:  func(*Thread) { exits++ },
		Panic: func(th *Thread, r any) { what = r; exit(th) },
	})
	if Current() != idle {
		t.Fatal("the idle thread is not current")
	}
	good := NewThread("good", 8, func() {})
	bad := NewThread("bad", 8, func() { panic("oh") })
	StartThread(good)
	StartThread(bad)
	if Yield() {
		t.Error("the idle thread yielded")
	}
	for switched == 0 || what == nil {
		RunReady()
	}
	if exits != 2 || what != "oh" || good.State() != Terminated || bad.State() != Terminated {
		t.Errorf("%d exits, panic %v", exits, what)
	}
	if switched != 2 && switched != 3 {
		t.Errorf("%d switches", switched)
	}
	RunReady() // nothing to do
}

// TestManyThreads: a thousand threads hand a token round.
func TestManyThreads(t *testing.T) {
	simulate(t, func(w *world) {
		const n = 1000
		token := NewSemaphore(0, n)
		next := make([]*Event, n+1)
		for i := range next {
			next[i] = NewEvent(nt.SynchronizationEvent, false)
		}
		for i := range n {
			w.start("link", 1+i%15, func() {
				w.wait(next[i])
				token.Release(1)
				next[i+1].Set()
			})
		}
		next[0].Set()
		w.wait(next[n])
		w.settle()
		c, _ := token.Read()
		w.expect("links", c, int32(n))
	})
}
