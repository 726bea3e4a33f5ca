package ke

import (
	"runtime/debug"
	"testing"

	"gont/nt"
)

// world runs a test's body as a thread on a clock of its own. The test's
// goroutine is the idle thread: when nothing can run it moves the clock to the
// next tick.
type world struct {
	t    *testing.T
	now  uint64
	main *Thread
	done bool
}

const bodyPriority = 10

// simulate runs body in a thread of priority 10 and returns when it has ended.
func simulate(t *testing.T, body func(w *world)) {
	t.Helper()
	w := &world{t: t, now: 5 * tickLength}
	systemTimeOffset.Store(0)
	Initialize(Hooks{Now: func() uint64 { return w.now }, Panic: func(th *Thread, r any) {
		t.Errorf("%s panics: %v\n%s", th.Name, r, debug.Stack())
		w.done = true
		leave(th)
	}})
	w.main = NewThread("main", bodyPriority, func() {
		body(w)
		w.done = true
	})
	StartThread(w.main)
	for ticks := 0; ; ticks++ {
		RunReady()
		if w.done {
			return
		}
		if NextTimer() == 0 || ticks > 1_000_000 {
			t.Fatal("everybody waits and no timer is set")
		}
		w.now += tickLength
		Tick(1, false)
	}
}

// start makes and starts a thread.
func (w *world) start(name string, priority int, body func()) *Thread {
	th := NewThread(name, priority, body)
	StartThread(th)
	return th
}

func (w *world) expect(what string, got, want any) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// wait waits for one object for ever, try does not wait.
func (w *world) wait(o Object) nt.Status { return WaitForSingleObject(o, KernelMode, false, nil) }
func (w *world) try(o Object) nt.Status  { return WaitForSingleObject(o, KernelMode, false, new(int64)) }

// settle lets everybody else come to rest.
func (w *world) settle() { Delay(KernelMode, false, -1) }

// panics returns what f panics with, nil if it does not.
func panics(f func()) (r any) {
	defer func() { r = recover() }()
	f()
	return nil
}

// leave ends a thread that has failed, whatever it held.
func leave(t *Thread) {
	unlock()
	self().irql, self().dpcs.active = PassiveLevel, false
	t.apc.special, t.apc.normal, t.apc.user = apcList{}, apcList{}, apcList{}
	t.apc.waiting.Store(0)
	t.apc.criticalRegions.Store(0)
	t.apc.guardedRegions.Store(0)
	exit(t)
}
