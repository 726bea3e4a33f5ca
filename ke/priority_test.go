package ke

import (
	"testing"

	"gont/nt"
)

// run lets the current thread use n ticks up.
func (w *world) run(n int) {
	for range n {
		w.now += tickLength
		Tick(1, true)
	}
}

// TestUnwaitBoost: what each kind of object adds to the base priority.
func TestUnwaitBoost(t *testing.T) {
	simulate(t, func(w *world) {
		SetPriority(Current(), 31)
		event, mutant, sem := NewEvent(nt.SynchronizationEvent, false), NewMutant(true), NewSemaphore(0, 1)
		timer, process := NewTimer(nt.SynchronizationTimer), NewProcess()
		for _, c := range []struct {
			what   string
			object Object
			end    func(*Thread)
			boost  int
		}{
			{"event", event, func(*Thread) { event.Set() }, 1},
			{"pulse", event, func(*Thread) { event.Pulse() }, 1},
			{"mutant", mutant, func(*Thread) { mutant.Release() }, 1},
			{"semaphore", sem, func(*Thread) { sem.Release(1) }, 1},
			{"timer", timer, func(*Thread) { timer.Set(0, 0) }, 0},
			{"process", process, func(*Thread) { process.Ended() }, 0},
			{"alert", NewEvent(0, false), func(th *Thread) { Alert(th) }, 2},
			{"terminate", NewEvent(0, false), Terminate, 0},
		} {
			for base, want := range map[int]int{8: 8 + c.boost, 14: min(14+c.boost, 15), 15: 15, 16: 16, 30: 30, 1: 1 + c.boost} {
				th := NewThread("waiter", base, func() { WaitForSingleObject(c.object, UserMode, true, nil) })
				StartThread(th)
				Delay(KernelMode, false, -1)
				w.expect("state", th.State(), Waiting)
				if c.what == "timer" {
					timer.Set(-tickLength, 0)
				}
				c.end(th)
				if th.State() != Ready || th.Priority() != want || th.BasePriority() != base {
					t.Errorf("%s, base %d: state %d, priority %d, base %d; want priority %d", c.what, base, th.State(), th.Priority(), th.BasePriority(), want)
				}
				w.wait(th)
				process.signal = 0
				if c.what == "mutant" {
					w.try(mutant)
				}
			}
		}
	})
}

// TestNoBoost: priority 0 and threads that do not want it get none.
func TestNoBoost(t *testing.T) {
	simulate(t, func(w *world) {
		e := NewEvent(nt.NotificationEvent, false)
		zero := w.start("zero", 0, func() { w.wait(e) })
		plain := w.start("plain", 5, func() { w.wait(e) })
		w.expect("before", DisableBoost(plain, true), false)
		w.expect("after", DisableBoost(plain, true), true)
		w.settle()
		e.Set()
		w.expect("state", zero.State(), Ready)
		w.expect("priority 0", zero.Priority(), 0)
		w.expect("disabled", plain.Priority(), 5)
	})
}

// TestDecay: a boost goes back by one with each quantum, to the base.
func TestDecay(t *testing.T) {
	simulate(t, func(w *world) {
		e := NewEvent(0, false)
		var seen []int
		th := w.start("decays", 11, func() {
			WaitForSingleObject(e, KernelMode, true, nil)
			me := Current()
			for range 2 * Quantum * 2 {
				seen = append(seen, me.Priority())
				w.run(1)
			}
			SetPriority(me, 15)
			for range 5 {
				seen = append(seen, me.Priority())
				w.run(Quantum)
			}
		})
		w.expect("base", th.BasePriority(), 11)
		Alert(th)
		// The wait has cost a third of a tick: the second tick ends the quantum.
		want := []int{13, 13, 12, 12, 11, 11, 11, 11, 15, 14, 13, 12, 11}
		for i := range want {
			if len(seen) != len(want) || seen[i] != want[i] {
				t.Fatalf("priorities %v, want %v", seen, want)
			}
		}
	})
}

// TestQuantumRest: a preempted thread goes on with the rest of its quantum,
// before its equals; a real-time one gets a new quantum.
func TestQuantumRest(t *testing.T) {
	simulate(t, func(w *world) {
		for _, c := range []struct {
			priority int
			want     string
		}{{9, "aabb"}, {20, "aaabb"}} {
			order := ""
			body := func(name string, n int) func() {
				return func() {
					for range n {
						order += name
						w.run(1)
						if order == "a" {
							w.start("preempts", 31, func() {})
						}
					}
				}
			}
			SetPriority(Current(), 30)
			w.start("a", c.priority, body("a", 3))
			last := w.start("b", c.priority, body("b", 2))
			w.wait(last)
			SetPriority(Current(), bodyPriority)
			w.settle()
			if order[:len(c.want)] != c.want {
				t.Errorf("priority %d: %s, want %s first", c.priority, order, c.want)
			}
		}
	})
}

// TestQuantumRaised: a quantum that ends at DISPATCH_LEVEL is acted on when the
// level falls.
func TestQuantumRaised(t *testing.T) {
	simulate(t, func(w *world) {
		ran := false
		w.start("equal", bodyPriority, func() { ran = true })
		RaiseIrql(DispatchLevel)
		w.run(3 * Quantum)
		w.expect("ran while raised", ran, false)
		LowerIrql(ApcLevel)
		w.expect("ran", ran, true)
		w.expect("the level", CurrentIrql(), uint8(ApcLevel))
		LowerIrql(PassiveLevel)
	})
}

// TestIrqlIsTheThreads: APC_LEVEL goes with the thread.
func TestIrqlIsTheThreads(t *testing.T) {
	simulate(t, func(w *world) {
		RaiseIrql(ApcLevel)
		other := uint8(99)
		w.wait(w.start("other", 3, func() { other = CurrentIrql() }))
		w.expect("the other's level", other, uint8(PassiveLevel))
		w.expect("the level after a wait", CurrentIrql(), uint8(ApcLevel))
		LowerIrql(PassiveLevel)
		// Nothing is allowed above DISPATCH_LEVEL.
		RaiseIrql(ClockLevel)
		for _, f := range []func(){func() { NewEvent(0, false).Set() }, func() { Yield() }, func() { Tick(1, false) }, func() { RunReady() }} {
			if r := panics(f); r != IrqlError(ClockLevel) {
				t.Errorf("at CLOCK_LEVEL: %v", r)
			}
		}
		LowerIrql(PassiveLevel)
	})
}

// TestExitRaised: a thread may not end above PASSIVE_LEVEL.
func TestExitRaised(t *testing.T) {
	var what any
	Initialize(Hooks{Now: func() uint64 { return 0 }, Panic: func(th *Thread, r any) { what = r; leave(th) }})
	StartThread(NewThread("raised", 8, func() { RaiseIrql(ApcLevel) }))
	RunReady()
	if what != IrqlError(ApcLevel) {
		t.Errorf("the end at APC_LEVEL: %v", what)
	}
}

// TestSetBasePriority: a boost stays on top, the ranges' limits hold.
func TestSetBasePriority(t *testing.T) {
	simulate(t, func(w *world) {
		SetPriority(Current(), 31)
		th := w.start("boosted", 6, func() { WaitForSingleObject(NewEvent(0, false), KernelMode, true, nil) })
		Delay(KernelMode, false, -1)
		Alert(th)
		set := func(base, old, priority int) {
			t.Helper()
			w.expect("old base", SetBasePriority(th, base), old)
			w.expect("base", th.BasePriority(), base)
			w.expect("priority", th.Priority(), priority)
		}
		set(9, 6, 11)
		set(14, 9, 15)
		set(4, 14, 5)
		set(20, 4, 20)
		set(3, 20, 3)
		set(0, 3, 0)
		set(1, 0, 1)
		w.expect("old", SetPriority(th, 5), 1)
		w.expect("base", th.BasePriority(), 1)
		SetPriority(th, 17)
		w.expect("base", th.BasePriority(), 17)
		SetPriority(th, 16)
		w.expect("base", th.BasePriority(), 16)
		SetPriority(th, 12)
		w.expect("base", th.BasePriority(), 12)
		SetPriority(th, 2) // less than the base: back at the quantum's end
		w.expect("base", th.BasePriority(), 12)
		for _, p := range []int{-1, 32} {
			if panics(func() { SetBasePriority(th, p) }) == nil {
				t.Errorf("base priority %d was accepted", p)
			}
		}
	})
}
