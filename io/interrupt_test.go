package io

import (
	"strings"
	"testing"

	"gont/hal"
	"gont/ke"
	"gont/nt"
)

// wires is an interruptMachine: lines and messages that the test raises.
type wires struct {
	t       *testing.T
	next    uint8
	marked  []hal.Vector
	masked  map[uint32]bool
	counts  map[hal.Vector]uint64
	vectors map[uint32]hal.Vector // of lines
	left    int                   // vectors
}

func newWires(t *testing.T) (w *wires, now *uint64) {
	now = new(uint64)
	ke.Initialize(ke.Hooks{Now: func() uint64 { return *now }})
	w = &wires{t: t, next: 0x60, masked: map[uint32]bool{}, counts: map[hal.Vector]uint64{}, vectors: map[uint32]hal.Vector{}, left: 100}
	machine = w
	watched = nil
	watchRunning.Store(false)
	watchTimer = ke.NewTimer(nt.SynchronizationTimer)
	watchDpc = ke.NewDpc(watch)
	for p := range sources {
		for v := range sources[p] {
			sources[p][v].Store(nil)
		}
	}
	return w, now
}

func (w *wires) Connect(l hal.Line) (v hal.Vector, err error) {
	if l.Number > 23 {
		return v, hal.ErrNoPin
	}
	if w.left--; w.left < 0 {
		return v, hal.ErrNoVector
	}
	v = hal.Vector{Number: w.next}
	w.next++
	w.vectors[l.Number], w.masked[l.Number] = v, true
	return v, nil
}

func (w *wires) Disconnect(l hal.Line, v hal.Vector) {
	w.masked[l.Number] = true
	delete(w.vectors, l.Number)
}
func (w *wires) Mask(l hal.Line, v hal.Vector)   { w.masked[l.Number] = true }
func (w *wires) Unmask(l hal.Line, v hal.Vector) { w.masked[l.Number] = false }

func (w *wires) Messages(n int) (list []hal.Message, err error) {
	if n > 32 {
		return nil, hal.ErrNoVector
	}
	for range n {
		list = append(list, hal.Message{Vector: hal.Vector{Number: w.next}})
		w.next++
	}
	return list, nil
}
func (w *wires) FreeMessages([]hal.Message) {}
func (w *wires) Count(v hal.Vector) uint64  { return w.counts[v] }
func (w *wires) Take(f func(hal.Vector)) {
	list := w.marked
	w.marked = nil
	for _, v := range list {
		f(v)
	}
}

// raise is what the handler does for a line, if it is not masked.
func (w *wires) raise(l hal.Line) bool {
	if w.masked[l.Number] {
		return false
	}
	w.masked[l.Number] = l.Level
	w.send(w.vectors[l.Number])
	return true
}

func (w *wires) send(v hal.Vector) {
	w.counts[v]++
	w.marked = append(w.marked, v)
	TakeInterrupts()
}

// TestLine (I1): a service routine runs at DISPATCH_LEVEL, the line is masked meanwhile and
// open afterwards; who shares a line is asked, too.
func TestLine(t *testing.T) {
	w, _ := newWires(t)
	l := hal.Line{Number: 10, Level: true}
	var a, b int
	wantA := true
	ia, s := ConnectInterrupt("a", l, func(int) bool {
		a++
		if ke.CurrentIrql() != ke.DispatchLevel || !w.masked[10] {
			t.Errorf("IRQL %d, masked %v", ke.CurrentIrql(), w.masked[10])
		}
		return wantA
	})
	if !s.OK() || !w.raise(l) || a != 1 || w.masked[10] {
		t.Fatalf("%v, called %d times, masked %v", s, a, w.masked[10])
	}
	ib, s := ConnectInterrupt("b", l, func(int) bool { b++; return true })
	if !s.OK() {
		t.Fatal(s)
	}
	wantA = false
	w.raise(l)
	if a != 2 || b != 1 {
		t.Errorf("%d and %d calls", a, b)
	}
	if _, s := ConnectInterrupt("c", hal.Line{Number: 10}, nil); s != nt.StatusDeviceConfigurationError {
		t.Errorf("an edge beside a level: %v", s)
	}
	list := Interrupts()
	if len(list) != 2 || list[0].Came != 2 || list[0].Served != 1 || list[1].Served != 1 || list[0].Line != l {
		t.Errorf("%+v", list)
	}
	DisconnectInterrupt(ia)
	w.raise(l)
	if a != 2 || b != 2 {
		t.Errorf("%d and %d calls after a has gone", a, b)
	}
	DisconnectInterrupt(ib)
	if w.raise(l) || len(Interrupts()) != 0 || len(w.vectors) != 0 {
		t.Error("the line is open, or connected")
	}
	// A vector that was marked while it was taken away.
	w.send(hal.Vector{Number: 0x60})
	if b != 2 {
		t.Error("a routine that is disconnected was called")
	}
}

// TestConnectFails: what cannot be connected leaves nothing behind.
func TestConnectFails(t *testing.T) {
	w, _ := newWires(t)
	if _, s := ConnectInterrupt("x", hal.Line{Number: 99}, nil); s != nt.StatusDeviceConfigurationError {
		t.Error(s)
	}
	w.left = 0
	if _, s := ConnectInterrupt("x", hal.Line{Number: 9}, nil); s != nt.StatusInsufficientResources {
		t.Error(s)
	}
	if _, _, s := ConnectMessages("x", 33, nil); s != nt.StatusInsufficientResources {
		t.Error(s)
	}
	if len(Interrupts()) != 0 || watched != nil {
		t.Error("something is connected")
	}
}

// TestMessages: each message calls the routine with its number.
func TestMessages(t *testing.T) {
	w, _ := newWires(t)
	var got []int
	i, m, s := ConnectMessages("x", 4, func(n int) bool { got = append(got, n); return true })
	if !s.OK() || len(m) != 4 {
		t.Fatal(s, m)
	}
	for _, k := range []int{2, 0, 3} {
		w.send(m[k].Vector)
	}
	if len(got) != 3 || got[0] != 2 || got[1] != 0 || got[2] != 3 {
		t.Errorf("%v", got)
	}
	ran := false
	i.Synchronize(func() { ran = true })
	if !ran {
		t.Error("Synchronize has not called")
	}
	DisconnectInterrupt(i)
	w.send(m[1].Vector)
	if len(got) != 3 {
		t.Error("called after the end")
	}
}

// advance lets ticks pass.
func advance(now *uint64, by uint64) {
	for end := *now + by; *now < end; {
		*now += ke.TimeIncrement
		ke.Tick(1, false)
	}
}

// TestPolled (DESIGN 5a): a device whose interrupt does not come within a second is polled
// and that is told once; when its interrupt comes it is not polled any more.
func TestPolled(t *testing.T) {
	w, now := newWires(t)
	l := hal.Line{Number: 4}
	work := true
	calls := 0
	i, _ := ConnectInterrupt("COM9", l, func(int) bool { calls++; return work })
	advance(now, 30_000_000)
	if calls != 0 {
		t.Fatal("called before anything was expected")
	}
	i.Expect()
	advance(now, 9_000_000)
	if calls != 0 || len(InterruptReports()) != 0 {
		t.Fatal("polled too early")
	}
	advance(now, 6_000_000)
	if calls == 0 {
		t.Fatal("not polled")
	}
	r := InterruptReports()
	if len(r) != 1 || !strings.HasPrefix(r[0], "COM9: the interrupt (GSI 4, edge") || len(InterruptReports()) != 0 {
		t.Errorf("%q", r)
	}
	before := calls
	advance(now, 20*ke.TimeIncrement)
	if n := calls - before; n < 15 {
		t.Errorf("%d polls in 20 ticks", n)
	}
	w.raise(l)
	before = calls
	advance(now, 30_000_000)
	if calls != before {
		t.Error("polled though its interrupt has come")
	}
	// Nothing to serve: a driver that expects too much is not polled.
	work = false
	i.Expect()
	advance(now, 30_000_000)
	if calls != before+1 || i.polled.Load() {
		t.Errorf("%d more calls", calls-before)
	}
	DisconnectInterrupt(i)
}

// TestLateMessage (I1): a message that is only on its way when the watch asks the device is no
// reason to poll it, one that never comes is; a message without work ends the polling.
func TestLateMessage(t *testing.T) {
	w, now := newWires(t)
	work := true
	i, m, _ := ConnectMessages("x", 1, func(int) bool { was := work; work = false; return was })
	i.Expect()
	for end := *now + 30_000_000; work && *now < end; {
		advance(now, ke.TimeIncrement)
	}
	if work {
		t.Fatal("the device has not been asked")
	}
	w.send(m[0].Vector) // the work is found already
	advance(now, 10_000_000)
	if i.polled.Load() || len(InterruptReports()) != 0 {
		t.Error("polled though the message has come")
	}
	work = true
	i.Expect()
	advance(now, 16_000_000)
	if !i.polled.Load() || len(InterruptReports()) != 1 {
		t.Error("not polled though no message comes")
	}
	w.send(m[0].Vector)
	if i.polled.Load() {
		t.Error("polled though messages come")
	}
	// What was expected and is over is not asked for.
	work = true
	i.Expect()
	i.Idle()
	advance(now, 30_000_000)
	if !work {
		t.Error("asked for nothing")
	}
	DisconnectInterrupt(i)
}

// TestStuck: a level that nobody claims stays masked after a thousand, which is told, and
// the devices are polled.
func TestStuck(t *testing.T) {
	w, now := newWires(t)
	l := hal.Line{Number: 11, Level: true}
	calls := 0
	i, _ := ConnectInterrupt("x", l, func(int) bool { calls++; return false })
	n := 0
	for w.raise(l) {
		n++
	}
	if n != stuckAfter || calls != stuckAfter {
		t.Errorf("%d interrupts, %d calls", n, calls)
	}
	advance(now, 10_000_000)
	if r := InterruptReports(); len(r) != 2 || !strings.Contains(r[0], "no driver knows why") || calls < stuckAfter+10 {
		t.Errorf("%q, %d calls", r, calls)
	}
	DisconnectInterrupt(i)
}
