package ke

import (
	"testing"

	"gont/nt"
)

// start starts a thread from processor k; it does what do tells it.
func (m *machine) start(k int, name string, priority int) (t *Thread) {
	return m.startOn(k, name, priority, -1, allProcessors)
}

// startOn is start with an ideal processor, unless that is -1, and an affinity.
func (m *machine) startOn(k int, name string, priority, ideal int, affinity uint64) (t *Thread) {
	m.do(k, func() {
		t = m.newThread(name, priority, func() bool { return false }, nil)
		t.affinity = affinity
		if ideal >= 0 {
			SetIdealProcessor(t, ideal)
		}
		StartThread(t)
	})
	return t
}

// settled is startOn, and everybody answers.
func (m *machine) settled(k int, name string, priority, ideal int, affinity uint64) *Thread {
	t := m.startOn(k, name, priority, ideal, affinity)
	m.settle(first0)
	return t
}

// play begins a test with n processors.
func play(t *testing.T, n int) *machine {
	m := newMachine(t, n, 5*tickLength)
	t.Cleanup(m.end)
	m.settle(first0)
	return m
}

// runs checks who runs, after everybody has answered.
func (m *machine) runs(want ...*Thread) {
	m.t.Helper()
	m.settle(first0)
	for k, t := range want {
		p := &processors[k]
		if t == nil {
			t = p.idle
		}
		if p.current != t {
			m.fail("processor %d runs %s, want %s", k, p.current.Name, t.Name)
		}
	}
}

func (m *machine) expect(what string, got, want any) {
	m.t.Helper()
	if got != want {
		m.fail("%s: %v, want %v", what, got, want)
	}
}

// TestIdleChoice: a ready thread goes to an idle processor: its ideal one, the last one,
// the caller's, the lowest; and only to one that it may use.
func TestIdleChoice(t *testing.T) {
	for _, c := range []struct {
		what          string
		ideal, last   int
		affinity      uint64
		caller, where int
	}{
		{"ideal", 2, 1, 15, 0, 2},
		{"last", 3, 1, 7, 0, 1},
		{"caller's", 3, 3, 7, 2, 2},
		{"lowest", 3, 3, 6, 0, 1},
		{"the only one", 0, 1, 8, 0, 3},
	} {
		m := play(t, 4)
		m.do(c.caller, func() {
			th := m.newThread(c.what, 8, func() bool { return false }, nil)
			th.affinity, th.processor = c.affinity, &processors[c.last]
			SetIdealProcessor(th, c.ideal)
			StartThread(th)
		})
		before := m.requests
		want := make([]*Thread, 4)
		for th := range m.actors {
			if th.Name == c.what {
				want[c.where] = th
				m.expect("LastProcessor before", th.LastProcessor(), c.last)
			}
		}
		m.runs(want...)
		m.expect(c.what+": LastProcessor", want[c.where].LastProcessor(), c.where)
		asked := 1
		if c.where == c.caller {
			asked = 0
		}
		m.expect(c.what+": requests", before, asked)
	}
}

// TestVictim: without an idle processor the one with the lowest priority gives
// way, counting what it was asked for; who has lost its own looks for another.
func TestVictim(t *testing.T) {
	m := play(t, 3)
	a := m.settled(0, "a", 5, 0, 7)
	b := m.settled(1, "b", 4, 1, 7)
	c := m.settled(2, "c", 9, 2, 7)
	m.runs(a, b, c)
	// From c: two threads, before anybody answers, are for two processors.
	d := m.startOn(2, "d", 7, 0, 7)
	m.expect("b's processor is asked", [2]bool{m.asked[0], m.asked[1]}, [2]bool{false, true})
	e := m.startOn(2, "e", 6, 1, 7)
	m.expect("a's too", [2]bool{m.asked[0], m.asked[1]}, [2]bool{true, true})
	m.expect("expected", [2]int{processors[0].expected(), processors[1].expected()}, [2]int{6, 7})
	// A third one takes e's place there; e has none.
	f := m.startOn(2, "f", 8, 0, 7)
	m.expect("expected", [2]int{processors[0].expected(), processors[1].expected()}, [2]int{8, 7})
	m.expect("e is asked for", e.asked == nil, true)
	m.settle(first0)
	running := map[*Thread]bool{}
	for k := range 3 {
		running[processors[k].current] = true
	}
	m.expect("c, d and f run", running[c] && running[d] && running[f], true)
	// The lowest one falls: its processor reconsiders, wherever that is done.
	m.do(2, func() { SetPriority(d, 1) })
	m.settle(first0)
	m.expect("state", d.State(), Ready)
	m.expect("state", e.State(), Running)
	// A request is not made twice.
	n := m.requests
	m.do(2, func() {
		SetPriority(f, 3)
		SetPriority(f, 2)
	})
	m.expect("requests", m.requests-n, 1)
	m.settle(first0)
	m.expect("state", f.State(), Ready)
}

// TestRaisedInTime: the thread that a processor was asked to take stays for
// another one when the running thread is given a higher priority first.
func TestRaisedInTime(t *testing.T) {
	m := play(t, 3)
	a := m.settled(0, "a", 4, 0, 3)
	b := m.settled(1, "b", 5, 1, 3)
	high := m.settled(2, "high", 20, 2, 4)
	m.runs(a, b, high)
	c := m.startOn(2, "c", 6, 0, 3)
	m.expect("for processor 0", c.asked == &processors[0], true)
	m.do(2, func() { SetPriority(a, 10) })
	m.expect("for processor 1", c.asked == &processors[1], true)
	m.runs(a, c, high)
	m.expect("state", b.State(), Ready)
}

// TestStolen: a processor that has nothing to do takes what another was asked
// to, and that one gets what is left.
func TestStolen(t *testing.T) {
	m := play(t, 2)
	a := m.settled(0, "a", 4, 0, 3)
	b := m.settled(1, "b", 8, 1, 3)
	m.runs(a, b)
	c, d := m.startOn(1, "c", 7, 0, 3), m.startOn(1, "d", 6, 0, 3)
	m.expect("for processor 0", c.asked == &processors[0], true)
	m.do(1, func() { Delay(KernelMode, false, -tickLength) }) // b waits
	m.expect("processor 1 runs", processors[1].current, c)
	m.expect("for processor 0", d.asked == &processors[0], true)
	m.runs(d, c)
}

// TestLeft: a processor takes an equal that is in front of the thread that it was
// asked to take; another one is asked for that.
func TestLeft(t *testing.T) {
	m := play(t, 3)
	a := m.settled(0, "a", 4, 0, 1)
	b := m.settled(1, "b", 5, 1, 2)
	front := m.settled(2, "front", 8, 2, 5)
	m.runs(a, b, front)
	left := m.startOn(2, "left", 8, 0, 3)
	m.expect("for processor 0", left.asked == &processors[0], true)
	high := m.startOn(2, "high", 20, 2, 4)
	m.expect("for nobody", front.asked == nil, true)
	m.runs(front, left, high)
}

// TestFallsWhileReady: the thread that a processor was asked to take falls below
// another one, which takes its place.
func TestFallsWhileReady(t *testing.T) {
	m := play(t, 2)
	a := m.settled(0, "a", 4, 0, 1)
	high := m.settled(1, "high", 20, 1, 2)
	m.runs(a, high)
	b, c := m.startOn(1, "b", 8, 0, 1), m.startOn(1, "c", 6, 0, 1)
	m.expect("for processor 0", b.asked == &processors[0] && c.asked == nil, true)
	m.do(1, func() { SetPriority(b, 2) })
	m.expect("for processor 0", c.asked == &processors[0] && b.asked == nil, true)
	m.runs(c, high)
}

// TestSetAffinity: a thread leaves a processor that it may not use any more, at
// once or when that is asked; bad masks change nothing.
func TestSetAffinity(t *testing.T) {
	m := play(t, 2)
	a := m.startOn(0, "a", 8, 0, allProcessors)
	m.runs(a, nil)
	m.do(0, func() {
		m.expect("Affinity", a.Affinity(), uint64(3))
		for _, mask := range []uint64{0, 4, 7, 1 << 63} {
			old, s := SetAffinity(a, mask)
			m.expect("a bad mask", s, nt.StatusInvalidParameter)
			m.expect("old", old, uint64(3))
		}
		_, s := SetAffinity(processors[1].idle, 1)
		m.expect("an idle thread", s, nt.StatusInvalidParameter)
		m.expect("Affinity", a.Affinity(), uint64(3))
		SetAffinity(a, 2)
		m.expect("processor", m.playing, 1) // this is done there
	})
	m.runs(nil, a)
	m.do(0, func() { SetAffinity(a, 1) }) // by the idle thread, for another
	m.runs(a, nil)
	// Raised: when it lowers.
	m.do(0, func() {
		RaiseIrql(DispatchLevel)
		SetAffinity(a, 2)
		m.expect("processor while raised", m.playing, 0)
		LowerIrql(PassiveLevel)
		m.expect("processor", m.playing, 1)
	})
	m.runs(nil, a)
	// There and back before the request is answered: it stays.
	m.do(0, func() {
		SetAffinity(a, 1)
		SetAffinity(a, 2)
	})
	m.runs(nil, a)
	// A waiting one comes back where it may be.
	var e Event
	m.do(1, func() { WaitForSingleObject(&e, KernelMode, false, nil) })
	m.do(0, func() {
		SetAffinity(a, 1)
		e.Set()
	})
	m.runs(a, nil)
	m.do(0, func() {
		m.expect("SetIdealProcessor", SetIdealProcessor(a, 1), 0)
		m.expect("SetIdealProcessor", SetIdealProcessor(a, 2), 1)
		m.expect("SetIdealProcessor", SetIdealProcessor(a, -1), 1)
	})
}

// TestInterrupts: a kernel APC, a suspension and an end ask the processor of a
// running thread; the same for one that waits or for the caller ask nobody.
func TestInterrupts(t *testing.T) {
	m := play(t, 2)
	a := m.settled(0, "a", 8, 0, 3)
	b := m.settled(1, "b", 8, 1, 3)
	m.runs(a, b)
	ran := 0
	for what, f := range map[string]func(th *Thread){
		"apc":       func(th *Thread) { NewKernelApc(th, func(*Apc) { ran++ }, nil).Insert(0, 0, 0) },
		"suspend":   func(th *Thread) { Suspend(th) },
		"terminate": Terminate,
	} {
		n := m.requests
		m.do(0, func() { f(b) })
		m.expect(what+": requests", m.requests-n, 1)
		m.expect(what+": asked", m.asked[1], true)
		m.settle(first0)
		m.do(0, func() { f(a) })
		m.expect(what+": requests", m.requests-n, 1)
	}
	m.expect("APCs", ran, 2)
	m.expect("Terminating", b.Terminating(), true)
	m.do(1, func() { SuspendPoint(b) }) // no more: it is to end
	m.runs(a, b)
}

// TestTargetDpc: a DPC runs on the processor that it is for, in whatever is
// there, and that is asked if it is important.
func TestTargetDpc(t *testing.T) {
	m := play(t, 3)
	a := m.settled(0, "a", 8, 0, 1)
	b := m.settled(1, "b", 8, 1, 2)
	m.runs(a, b, nil)
	where := ""
	dpc := func(n int, i Importance) *Dpc {
		d := NewDpc(func(any) { where += string(rune('0' + self().number)) })
		d.SetImportance(i)
		m.expect("SetTargetProcessor", d.SetTargetProcessor(n), true)
		return d
	}
	for _, n := range []int{-1, 3, 32} {
		m.expect("SetTargetProcessor", NewDpc(nil).SetTargetProcessor(n), false)
	}
	for n := range 3 {
		before := m.requests
		m.do(0, func() { dpc(n, MediumImportance).Insert(nil) })
		m.expect("requests", m.requests-before, min(n, 1))
		m.settle(first0)
	}
	m.expect("ran on", where, "012")
	before := m.requests
	low := dpc(1, LowImportance)
	m.do(0, func() { low.Insert(nil) })
	m.settle(first0)
	m.expect("requests for a low one", m.requests-before, 0)
	m.expect("ran on", where, "012")
	m.do(0, func() { m.expect("Remove", low.Remove(), true) })
	for range dpcDepth + 1 {
		m.do(0, func() { dpc(1, LowImportance).Insert(nil) })
	}
	m.expect("requests for many", m.requests-before, 1)
	m.settle(first0)
	m.expect("ran on", where, "01211111")
	// One that has nothing to run is asked in any case: it may have no clock.
	where, before = "", m.requests
	m.do(0, func() { dpc(2, LowImportance).Insert(nil) })
	m.expect("requests for a low one of an idle processor", m.requests-before, 1)
	m.settle(first0)
	m.expect("ran on", where, "2")
	// The thread that was there goes before the request is answered.
	where = ""
	m.do(0, func() { dpc(1, MediumImportance).Insert(nil) })
	m.startOn(0, "c", 5, 1, 2)
	m.do(1, func() { Delay(KernelMode, false, -1) })
	m.settle(first0)
	m.expect("ran on", where, "1")
	m.now += tickLength
	m.do(0, func() { Tick(1, false) })
	m.settle(first0)
	// A flush waits for all processors.
	where = ""
	flushed := false
	m.do(1, func() { RaiseIrql(DispatchLevel) })
	m.do(0, func() {
		dpc(0, LowImportance).Insert(nil)
		dpc(1, LowImportance).Insert(nil)
		FlushQueuedDpcs()
		flushed = true
	})
	m.expect("flushed while processor 1 is raised", flushed, false)
	m.settle(first0)
	m.expect("flushed", flushed, true)
	m.expect("ran on", where, "01")
	m.expect("DpcCount", DpcCount(), ProcessorCounters(0).Dpcs+ProcessorCounters(1).Dpcs+ProcessorCounters(2).Dpcs)
}

// TestClocks: each processor's tick is for its own thread; timers are
// processor 0's.
func TestClocks(t *testing.T) {
	m := play(t, 2)
	a := m.settled(0, "a", 8, 0, 3)
	b := m.settled(1, "b", 8, 1, 3)
	m.runs(a, b)
	timer := NewTimer(nt.NotificationTimer)
	m.do(0, func() { timer.Set(-tickLength, 0) })
	m.now += 2 * tickLength
	m.do(1, func() { Tick(2, true) })
	_, signalled := timer.Read()
	m.expect("signalled by processor 1", signalled, false)
	m.do(0, func() { Tick(1, false) })
	_, signalled = timer.Read()
	m.expect("signalled by processor 0", signalled, true)
	_, user, kernel := b.Counters()
	m.expect("b's ticks", [2]uint64{user, kernel}, [2]uint64{2, 0})
	c := ProcessorCounters(1)
	m.expect("processor 1's ticks", [2]uint64{c.UserTicks, c.KernelTicks - c.IdleTicks}, [2]uint64{2, 0})
	m.expect("nobody's", ProcessorCounters(2), Counters{})
	m.expect("nobody's", ProcessorCounters(-1), Counters{})
}

// TestStartProcessor: what it refuses, and that a new one takes what waits.
func TestStartProcessor(t *testing.T) {
	m := newMachine(t, 1, 5*tickLength)
	defer m.end()
	a, b := m.start(0, "a", 8), m.start(0, "b", 5)
	m.restless[0] = true
	m.settle(first0)
	m.expect("processor 0 runs", processors[0].current, a)
	m.startProcessor(1)
	m.runs(a, b)
	m.expect("ActiveProcessors", ActiveProcessors(), uint64(3))
	m.expect("Processors", Processors(), 2)
	for _, n := range []int{-1, 0, 1, MaximumProcessors} {
		if panics(func() { StartProcessor(n) }) == nil {
			t.Errorf("processor %d was started", n)
		}
	}
	Initialize(Hooks{Now: func() uint64 { return 0 }})
	if panics(func() { StartProcessor(1) }) == nil {
		t.Error("a processor was started without hooks")
	}
}

// TestSuspendedWithUserApc: a suspended thread waits although a user APC is
// pending, until it is resumed or terminated.
func TestSuspendedWithUserApc(t *testing.T) {
	for _, end := range []func(*Thread){func(th *Thread) { Resume(th) }, Terminate} {
		simulate(t, func(w *world) {
			over := false
			th := w.start("suspended", 12, func() {
				NewUserApc(Current(), nil, nil, 0, 0).Insert(0, 0, 0)
				TestAlert()
				Suspend(Current())
				SuspendPoint(Current())
				over = true
			})
			w.settle()
			w.expect("state", th.State(), Waiting)
			w.expect("pending", th.UserApcPending(), true)
			end(th)
			w.settle()
			w.expect("over", over, true)
			_, s := Suspend(th)
			w.expect("a thread that has ended", s, nt.StatusThreadIsTerminating)
		})
	}
}

// TestSuspendedWait: a thread that is suspended while it waits in user mode takes
// nothing and has no user APC until it is resumed; then it waits again, to the same time.
func TestSuspendedWait(t *testing.T) {
	simulate(t, func(w *world) {
		e := NewEvent(nt.SynchronizationEvent, false)
		q := NewQueue(1)
		timeout := int64(-1000)
		for what, c := range map[string]struct {
			wait       func() nt.Status
			signal     func()
			signalled  func() bool
			taken, now nt.Status // after a signal; when resumed without one, 1: it waits on
		}{
			"a wait": {func() nt.Status { return WaitForSingleObject(e, UserMode, true, nil) }, func() { e.Set() },
				func() bool { return e.signal > 0 }, 0, 1},
			"a wait with a time": {func() nt.Status { return WaitForSingleObject(e, UserMode, false, &timeout) }, func() { e.Set() },
				func() bool { return e.signal > 0 }, 0, nt.StatusTimeout},
			"a queue": {func() nt.Status { _, s := q.Remove(UserMode, false, nil); return s }, func() { q.Insert(&QueueEntry{}) },
				func() bool { return q.signal > 0 }, 0, 1},
		} {
			for _, set := range []bool{false, true} {
				s := nt.Status(1)
				th := w.start(what, 12, func() { s = c.wait() })
				w.expect("state", th.State(), Waiting)
				Suspend(th)
				Suspend(th)
				if set {
					c.signal()
					w.expect(what+": signalled", c.signalled(), true)
				}
				Delay(KernelMode, false, 2*timeout)
				Resume(th)
				w.expect(what+": state, suspended once", th.State(), Waiting)
				w.expect(what+": status", s, nt.Status(1))
				Resume(th)
				w.expect(what+": signalled at the end", c.signalled(), false)
				if set {
					w.expect(what+": status", s, c.taken)
					continue
				}
				w.expect(what+": status", s, c.now)
				if s == 1 {
					c.signal()
					w.expect(what+": status", s, c.taken)
				}
			}
		}
		// A user APC waits; so does the end, but for Terminate.
		s := nt.Status(1)
		th := w.start("apc", 12, func() { s = WaitForSingleObject(e, UserMode, true, nil) })
		Suspend(th)
		NewUserApc(th, nil, nil, 0, 0).Insert(0, 0, 0)
		w.expect("status", s, nt.Status(1))
		w.expect("pending", th.UserApcPending(), false)
		Resume(th)
		w.expect("status", s, nt.StatusUserApc)
		s = 1
		th = w.start("terminate", 12, func() { s = WaitForSingleObject(e, UserMode, false, nil) })
		Suspend(th)
		Terminate(th)
		w.expect("status", s, nt.StatusUserApc)
		// Where no normal kernel APC runs, nobody is held.
		s = 1
		th = w.start("region", 12, func() {
			EnterCriticalRegion()
			s = WaitForSingleObject(e, UserMode, false, nil)
			LeaveCriticalRegion()
		})
		Suspend(th)
		e.Set()
		w.expect("status", s, nt.StatusSuccess)
	})
}

// TestIdlePriority: an idle thread's priority cannot be changed.
func TestIdlePriority(t *testing.T) {
	simulate(t, func(w *world) {
		idle := self().idle
		w.expect("SetPriority", SetPriority(idle, 31), idlePriority)
		w.expect("SetBasePriority", SetBasePriority(idle, 5), idlePriority)
		w.expect("Priority", idle.Priority(), idlePriority)
	})
}
