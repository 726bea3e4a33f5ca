package ke

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"gont/nt"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "run the random test with this seed only")
	stepsFlag = flag.Int("steps", 4000, "steps of each random run")
)

const (
	tickLength = 100_000 // 10 ms
	// Every timer and every thread's timeout is due at times of its own
	// remainder, so that no two are due at the same time.
	remainders = 256
	maxThreads = 60
)

// random is one run: threads of the real dispatcher do what the generator says,
// and the model does it too.
type random struct {
	t       testing.TB
	r       *rand.Rand
	m       *model
	threads []*Thread // real, by index of m.threads
	byModel map[*mThread]*Thread
	events  []*Event
	mutants []*Mutant
	sems    []*Semaphore
	timers  []*Timer
	objects []Object // all of them and their models
	models  []*mObject
	mtimers []*mTimer
	queues  []*Queue
	apcs    []*Apc // user APCs, by index in their routine
	number  int    // of the last kernel APC
	entry   int    // the last one inserted
	dpcs    []*Dpc
	mdpcs   []*mDpc
	trace   []string // what the real DPCs and APCs did
	steps   int
	limit   int
	quiet   int // turns of the idle thread since another did something
	log     []string
	failed  bool
	stats   map[string]int
}

// TestRandom runs thousands of random operations by several threads and
// compares the dispatcher's whole state with the model's before and after each.
func TestRandom(t *testing.T) {
	seeds := []uint64{*seedFlag}
	if *seedFlag == 0 {
		seeds = nil
		for i := uint64(1); i <= 12; i++ {
			seeds = append(seeds, i)
		}
		seeds = append(seeds, uint64(time.Now().UnixNano())) // and one nobody has seen
	}
	stats := map[string]int{}
	for _, seed := range seeds {
		// A run ends early when all its threads wait for what nobody does.
		for steps, part := 0, uint64(1); steps < *stepsFlag && !t.Failed(); part++ {
			steps += runRandom(t, seed, part, *stepsFlag-steps, stats)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("last seed %d; %v", seeds[len(seeds)-1], stats)
	for _, what := range []string{"blocked", "timeout", "abandoned", "wait all", "user apc", "alerted", "preempted", "fired", "exits", "idle", "starved", "boosted", "decayed", "dpc runs", "entries", "queue abandoned", "kernel apcs", "user apcs", "rundowns"} {
		if stats[what] == 0 && *seedFlag == 0 {
			t.Errorf("no run met %q", what)
		}
	}
}

func runRandom(t testing.TB, seed, part uint64, limit int, stats map[string]int) (steps int) {
	w := &random{t: t, r: rand.New(rand.NewPCG(seed, part)), byModel: map[*mThread]*Thread{}, stats: stats, limit: limit}
	const offset = 7_000_000
	w.m = newModel(1_000_000, offset)
	SystemTimeOffset = offset
	Initialize(Hooks{Now: func() uint64 { return w.m.now }, Panic: func(t *Thread, r any) {
		w.fail("%s panics: %v\n%s", t.Name, r, debug.Stack())
		leave(t)
	}})
	w.makeObjects()
	w.makeDpcs()
	for i := range 2 {
		w.queues = append(w.queues, nil)
		w.m.queues = append(w.m.queues, nil)
		w.makeQueue(i)
	}
	for range 5 {
		w.createThread()
	}
	for w.steps < limit && !w.failed && w.quiet < 100 {
		w.quiet++
		w.step("idle: run ready")
		stats["idle"]++
		w.m.retire()
		if w.m.best() != nil {
			w.m.swap()
		}
		RunReady()
		w.check("idle after RunReady")
		if self().current != self().idle {
			w.fail("RunReady came back and %s is current", self().current.Name)
		}
		if db.summary != 0 {
			w.fail("RunReady came back with threads ready")
		}
		w.idleOperation()
		w.check("idle after its operation")
	}
	stats["fired"] += w.m.fired
	stats["preempted"] += w.m.pushed
	stats["starved"] += w.m.saved
	stats["runs"]++
	stats["decayed"] += w.m.decays
	return w.steps
}

// leave ends a thread that has failed, whatever it held.
func leave(t *Thread) {
	unlock()
	self().irql, self().dpcs.active = PassiveLevel, false
	t.apc.special, t.apc.normal, t.apc.user = apcList{}, apcList{}, apcList{}
	t.apc.waiting.Store(0)
	t.apc.criticalRegions, t.apc.guardedRegions = 0, 0
	exit(t)
}

func (w *random) step(format string, a ...any) {
	w.steps++
	w.log = append(w.log, fmt.Sprintf(format, a...))
	if len(w.log) > 30 {
		w.log = w.log[1:]
	}
}

func (w *random) fail(format string, a ...any) {
	if !w.failed {
		w.t.Errorf("step %d: %s\nlast steps:\n%s", w.steps, fmt.Sprintf(format, a...), strings.Join(w.log, "\n"))
	}
	w.failed = true
}

func (w *random) makeObjects() {
	add := func(o Object, m *mObject) {
		w.objects, w.models = append(w.objects, o), append(w.models, m)
	}
	for i := range 4 {
		e := NewEvent(i%2, i == 3)
		w.events = append(w.events, e)
		add(e, &mObject{kind: e.kind, signal: e.signal})
	}
	for range 3 {
		x := NewMutant(false)
		w.mutants = append(w.mutants, x)
		add(x, &mObject{kind: mutantObject, signal: 1})
	}
	for i := range 2 {
		s := NewSemaphore(int32(i), 3)
		w.sems = append(w.sems, s)
		add(s, &mObject{kind: semaphoreObject, signal: int32(i), limit: 3})
	}
	for i := range 4 {
		x := NewTimer(i % 2)
		w.timers = append(w.timers, x)
		o := &mObject{kind: x.kind}
		w.mtimers = append(w.mtimers, &mTimer{object: o})
		add(x, o)
	}
}

// makeDpcs: each sets an event, the first one queues another DPC too.
func (w *random) makeDpcs() {
	for i := range 4 {
		e := w.events[i]
		me := w.model(e)
		w.mdpcs = append(w.mdpcs, &mDpc{importance: MediumImportance, run: func() {
			w.m.log = append(w.m.log, fmt.Sprint("dpc ", i))
			w.m.signal(me, 1)
			if i == 0 {
				w.m.insertDpc(w.mdpcs[1])
			}
		}})
		w.dpcs = append(w.dpcs, NewDpc(func(any) {
			w.stats["dpc runs"]++
			w.trace = append(w.trace, fmt.Sprint("dpc ", i))
			e.Set()
			if i == 0 {
				w.dpcs[1].Insert(nil)
			}
		}))
	}
}

func (w *random) leaveRegion(n int) {
	w.step("t%d leaves a critical region", n)
	w.m.threads[n].regions--
	w.m.dispatch()
	LeaveCriticalRegion()
}

// apc is what there is about APCs. Kernel APCs set an event.
func (w *random) apc(n int) {
	k := w.r.IntN(len(w.threads))
	th, mt := w.threads[k], w.m.threads[k]
	switch w.r.IntN(9) {
	case 0, 1, 2:
		w.number++
		name, normal := fmt.Sprint("kernel apc ", w.number), w.r.IntN(2) == 0
		i := w.r.IntN(len(w.events))
		e, me := w.events[i], w.model(w.events[i])
		w.step("t%d: %s for t%d, normal %v, event %d", n, name, k, normal, i)
		want := w.m.insertApc(mt, &mApc{name: name, normal: normal, run: func() { w.m.signal(me, 1) }})
		routine := func(*Apc) {
			w.stats["kernel apcs"]++
			w.trace = append(w.trace, name)
			e.Set()
		}
		a := NewKernelApc(th, routine, nil)
		if normal {
			a = NewKernelApc(th, nil, routine)
		}
		w.expect("Insert", a.Insert(0, 0, 0), want)
	case 3, 4:
		name := fmt.Sprint("user apc ", len(w.apcs))
		w.step("t%d: %s for t%d", n, name, k)
		want := w.m.insertUserApc(mt, name)
		a := NewUserApc(th, nil, func(*Apc) {
			w.stats["rundowns"]++
			w.trace = append(w.trace, name+" rundown")
		}, uint64(len(w.apcs)), 0)
		w.apcs = append(w.apcs, a)
		w.expect("Insert", a.Insert(0, 0, 0), want)
	case 5:
		if n < 0 || w.m.irql > PassiveLevel {
			return
		}
		w.step("t%d pulls a user APC", n)
		want, got := w.m.nextUserApc(), ""
		if a := NextUserApc(w.threads[n]); a != nil {
			w.stats["user apcs"]++
			got = fmt.Sprint("user apc ", a.Routine)
		}
		w.expect("NextUserApc", got, want)
	case 6:
		if n < 0 {
			return
		}
		m := w.m.threads[n]
		w.step("t%d tests for alerts", n)
		want := m.alerted
		if m.alerted = false; !want && len(m.user) > 0 {
			m.userPending = true
		}
		w.expect("TestAlert", TestAlert(), want)
	case 7:
		if n < 0 || w.m.irql > PassiveLevel || w.m.threads[n].regions > 2 {
			return
		}
		w.step("t%d enters a critical region", n)
		w.m.threads[n].regions++
		EnterCriticalRegion()
	case 8:
		if n >= 0 && w.m.irql == PassiveLevel && w.m.threads[n].regions > 0 {
			w.leaveRegion(n)
		}
	}
}

// makeQueue puts a new queue in place i.
func (w *random) makeQueue(i int) {
	q := NewQueue(i + 1)
	m := &mQueue{object: &mObject{kind: queueObject}, limit: i + 1}
	w.queues[i], w.m.queues[i] = q, m
	w.objects, w.models = append(w.objects, q), append(w.models, m.object)
}

func (w *random) queue(n int) {
	i := w.r.IntN(len(w.queues))
	q, m := w.queues[i], w.m.queues[i]
	switch w.r.IntN(24) {
	case 0:
		if len(w.objects) > 150 {
			return
		}
		w.step("t%d runs queue %d down", n, i)
		want := w.m.rundown(m)
		var got []int
		for _, e := range q.Rundown() {
			got = append(got, e.Value.(int))
		}
		if !slices.Equal(got, want) {
			w.fail("Rundown: %v, the model says %v", got, want)
		}
		_, ok := q.Insert(&QueueEntry{})
		w.expect("Insert after Rundown", ok, false)
		if n >= 0 {
			_, s := q.Remove(KernelMode, false, new(int64))
			w.expect("Remove after Rundown", s, nt.StatusAbandoned)
		}
		if w.queues[i] == q { // nobody did it meanwhile
			w.makeQueue(i)
		}
	case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12:
		w.entry++
		e, head := w.entry, w.r.IntN(3) == 0
		w.step("t%d inserts %d into queue %d, head %v", n, e, i, head)
		old, ok := w.m.insertEntry(m, e, head)
		f := q.Insert
		if head {
			f = q.InsertHead
		}
		gotOld, gotOk := f(&QueueEntry{Value: e})
		w.expect("Insert's old count", gotOld, old)
		w.expect("Insert", gotOk, ok)
	default:
		if n < 0 {
			return
		}
		mt := w.m.threads[n]
		mode, alertable := Mode(w.r.IntN(2)), w.r.IntN(4) == 0
		v := int64(0)
		timeout := &v
		if k := w.r.IntN(4); w.m.irql < DispatchLevel && k > 0 {
			if v = w.timeout(n); k == 1 {
				timeout = nil
			}
		}
		w.step("t%d removes from queue %d, mode %d, alertable %v, %v", n, i, mode, alertable, v)
		want, wantStatus, done := w.m.removeEntry(m, mode, alertable, timeout)
		got, s := q.Remove(mode, alertable, timeout)
		if !done {
			want, wantStatus = mt.entry, mt.result
		}
		w.step("t%d: Remove returned %v", n, s)
		w.expect("Remove's status", s, wantStatus)
		if s == nt.StatusSuccess {
			w.stats["entries"]++
			w.expect("Remove", got.Value, any(want))
		} else if got != nil {
			w.fail("Remove returns an entry and %v", s)
		}
		if s == nt.StatusAbandoned {
			w.stats["queue abandoned"]++
		}
	}
}

func (w *random) dpc(n int) {
	i := w.r.IntN(len(w.dpcs))
	d, m := w.dpcs[i], w.mdpcs[i]
	switch w.r.IntN(4) {
	case 0:
		w.step("t%d removes DPC %d", n, i)
		w.expect("Remove", d.Remove(), w.m.removeDpc(m))
	case 1:
		if d.queue == nil {
			m.importance = Importance(w.r.IntN(3))
			d.SetImportance(m.importance)
		}
		fallthrough
	default:
		w.step("t%d queues DPC %d", n, i)
		want := w.m.insertDpc(m)
		w.m.dispatch()
		w.expect("Insert", d.Insert(nil), want)
	}
}

func (w *random) model(o Object) *mObject { return w.models[slices.Index(w.objects, o)] }

func (w *random) createThread() {
	p := w.r.IntN(6)
	if w.r.IntN(8) == 0 {
		p = 16 + w.r.IntN(16)
	}
	n := len(w.threads)
	m := w.m.newThread(p)
	th := NewThread(fmt.Sprintf("t%d", n), p, func() { w.life(n) })
	w.threads = append(w.threads, th)
	w.byModel[m] = th
	w.objects, w.models = append(w.objects, th), append(w.models, m.object)
	w.m.start(m)
	StartThread(th)
}

// life is a thread: operations until it ends.
func (w *random) life(n int) {
	me, m := w.threads[n], w.m.threads[n]
	for w.steps < w.limit && !w.failed {
		w.check(me.Name + " runs")
		if Current() != me {
			w.fail("%s runs, but %s is current", me.Name, Current().Name)
			break
		}
		if m.terminate != me.Terminating() {
			w.fail("%s: Terminating is %v", me.Name, me.Terminating())
		}
		if m.terminate || w.r.IntN(120) == 0 {
			break
		}
		w.quiet = 0
		w.operation(n)
	}
	if w.m.irql != PassiveLevel {
		w.lower(n)
	}
	for m.regions > 0 {
		w.leaveRegion(n)
	}
	w.step("%s exits", me.Name)
	w.stats["exits"]++
	w.m.exit()
}

// timeout makes a due time whose remainder is own.
func (w *random) timeout(own int) (v int64) {
	at := w.m.now + 1 + uint64(w.r.IntN(6*tickLength))
	at += (uint64(own) + remainders - at%remainders) % remainders
	if w.r.IntN(2) == 0 {
		return int64(at + w.m.offset)
	}
	return -int64(at - w.m.now)
}

func (w *random) expect(what string, got, want any) {
	if got != want {
		w.fail("%s: %v, the model says %v", what, got, want)
	}
}

func (w *random) lower(n int) {
	w.step("t%d lowers", n)
	w.m.irql = PassiveLevel
	w.m.dispatch()
	LowerIrql(PassiveLevel)
}

func (w *random) operation(n int) {
	if w.m.irql != PassiveLevel && w.r.IntN(3) == 0 {
		w.lower(n)
		return
	}
	switch w.r.IntN(10) {
	case 0, 1, 2:
		w.wait(n)
	case 3:
		w.clock(n)
	case 4:
		w.timer(n)
	case 5:
		w.queue(n)
	case 6:
		w.apc(n)
	default:
		w.signal(n)
	}
}

func (w *random) wait(n int) {
	m := w.m.threads[n]
	var objects []Object
	var models []*mObject
	count := 1 + w.r.IntN(4)
	for _, i := range w.r.Perm(len(w.objects))[:count] {
		if w.objects[i] != Object(w.threads[n]) {
			objects, models = append(objects, w.objects[i]), append(models, w.models[i])
		}
	}
	if m.suspend > 0 && w.r.IntN(2) == 0 {
		objects, models = []Object{&w.threads[n].resumed}, []*mObject{m.resumed}
	}
	if len(objects) == 0 {
		return
	}
	all, mode, alertable := w.r.IntN(3) == 0, Mode(w.r.IntN(2)), w.r.IntN(4) == 0
	var timeout *int64
	if k := w.r.IntN(5); k > 0 || w.m.irql >= DispatchLevel {
		v := int64(0)
		if k > 1 && w.m.irql < DispatchLevel {
			v = w.timeout(n)
		}
		timeout = &v
	}
	text := "for ever"
	if timeout != nil {
		text = fmt.Sprint(*timeout)
	}
	var names []string
	for _, o := range objects {
		names = append(names, w.name(o))
	}
	w.step("t%d waits for %v, all %v, mode %d, alertable %v, %s", n, names, all, mode, alertable, text)
	want, done := w.m.wait(models, all, mode, alertable, timeout)
	got := WaitForMultipleObjects(objects, all, mode, alertable, timeout)
	if !done {
		w.stats["blocked"]++
		want = m.result
	}
	w.step("t%d: wait returned %v", n, got)
	w.expect("wait", got, want)
	switch {
	case got == nt.StatusTimeout:
		w.stats["timeout"]++
	case got == nt.StatusUserApc:
		w.stats["user apc"]++
	case got == nt.StatusAlerted:
		w.stats["alerted"]++
	case got >= nt.StatusAbandoned && got < nt.StatusAbandoned+64:
		w.stats["abandoned"]++
	case all:
		w.stats["wait all"]++
	}
}

func (w *random) name(o Object) string {
	for i, x := range w.objects {
		if x == o {
			return fmt.Sprintf("%d(kind %d)", i, w.models[i].kind)
		}
	}
	return "resumed"
}

// clock moves the time, with or without the tick that should come with it.
func (w *random) clock(n int) {
	d := uint64(w.r.IntN(3 * tickLength))
	if w.r.IntN(20) == 0 {
		d += uint64(w.r.IntN(60_000_000))
	}
	ticks := 1 + int(d/tickLength)%5
	w.step("t%d: %d later", n, d)
	w.m.now += d
	if w.r.IntN(5) == 0 {
		return
	}
	w.m.tick(ticks)
	Tick(ticks, w.r.IntN(2) == 0)
}

func (w *random) timer(n int) {
	i := w.r.IntN(len(w.timers))
	x, m := w.timers[i], w.mtimers[i]
	switch w.r.IntN(4) {
	case 0:
		w.step("t%d cancels timer %d", n, i)
		w.expect("Cancel", x.Cancel(), w.m.unset(m))
	case 1:
		left, signalled := x.Read()
		w.expect("timer's time left", left, int64(m.due-w.m.now))
		w.expect("timer's state", signalled, m.object.signal != 0)
	default:
		due, period := w.timeout(64+i), uint64(0)
		if w.r.IntN(3) == 0 {
			period = uint64(1+w.r.IntN(1000)) * remainders
		}
		var d *Dpc
		var md *mDpc
		if k := w.r.IntN(2 * len(w.dpcs)); k < len(w.dpcs) {
			d, md = w.dpcs[k], w.mdpcs[k]
		}
		w.step("t%d sets timer %d: %d, period %d, DPC %v", n, i, due, period, d != nil)
		want := w.m.setTimer(m, due, period, md)
		w.expect("Set", x.SetDpc(due, period, d), want)
	}
}

// signal is everything that does not wait.
func (w *random) signal(n int) {
	k := w.r.IntN(len(w.threads))
	th, mt := w.threads[k], w.m.threads[k]
	switch w.r.IntN(16) {
	case 0, 1, 2, 3:
		w.event(n)
	case 4, 5:
		i := w.r.IntN(len(w.mutants))
		x := w.mutants[i]
		m := w.model(x)
		w.step("t%d releases mutant %d", n, i)
		old := m.signal
		want := w.m.releaseMutant(m)
		got, s := x.Release()
		w.expect("Release", s, want)
		w.expect("Release's old state", got, old)
	case 6, 7:
		i, count := w.r.IntN(len(w.sems)), int32(w.r.IntN(4))
		x := w.sems[i]
		m := w.model(x)
		w.step("t%d adds %d to semaphore %d", n, count, i)
		old, want := m.signal, nt.StatusSemaphoreLimit
		if count > 0 && m.signal+count <= m.limit {
			want = nt.StatusSuccess
			w.m.signal(m, m.signal+count)
			w.m.dispatch()
		}
		got, s := x.Release(count)
		w.expect("Release", s, want)
		w.expect("Release's old count", got, old)
	case 8:
		p := w.r.IntN(8)
		if w.r.IntN(10) == 0 {
			p = 12 + w.r.IntN(12)
		}
		if w.r.IntN(6) == 0 {
			disable := w.r.IntN(4) == 0
			w.expect("DisableBoost", DisableBoost(th, disable), mt.noBoost)
			mt.noBoost = disable
		}
		if w.r.IntN(2) == 0 {
			w.step("t%d: base priority of t%d is %d", n, k, p)
			want := w.m.setBase(mt, p)
			w.expect("SetBasePriority", SetBasePriority(th, p), want)
			return
		}
		w.step("t%d: priority of t%d is %d", n, k, p)
		want := w.m.setPriority(mt, p)
		w.expect("SetPriority", SetPriority(th, p), want)
	case 9:
		if w.r.IntN(2) == 0 {
			w.dpc(n)
			return
		}
		w.step("t%d yields", n)
		want := w.m.yield()
		w.expect("Yield", Yield(), want)
	case 10:
		w.step("t%d alerts t%d", n, k)
		want := w.m.alert(mt)
		w.expect("Alert", Alert(th), want)
	case 11:
		if w.r.IntN(3) > 0 {
			return
		}
		w.step("t%d terminates t%d", n, k)
		w.m.terminate(mt)
		Terminate(th)
	case 12:
		w.step("t%d suspends t%d", n, k)
		want := w.m.suspendThread(mt)
		got, _ := Suspend(th)
		w.expect("Suspend", got, want)
	case 13:
		w.step("t%d resumes t%d", n, k)
		want := w.m.resumeThread(mt)
		w.expect("Resume", Resume(th), want)
	case 14:
		if w.m.irql == PassiveLevel && n >= 0 {
			w.step("t%d raises", n)
			w.m.irql = DispatchLevel
			w.expect("RaiseIrql", RaiseIrql(DispatchLevel), uint8(PassiveLevel))
		}
	case 15:
		if len(w.m.alive()) < 8 && len(w.threads) < maxThreads {
			w.step("t%d makes t%d", n, len(w.threads))
			w.createThread()
		}
	}
}

func (m *model) alive() (a []*mThread) {
	for _, t := range m.threads {
		if t.state != Terminated {
			a = append(a, t)
		}
	}
	return a
}

func (w *random) event(n int) {
	i := w.r.IntN(len(w.events))
	e := w.events[i]
	m := w.model(e)
	old := m.signal
	switch w.r.IntN(6) {
	case 0:
		w.step("t%d resets event %d", n, i)
		m.signal = 0
		w.expect("Reset", e.Reset(), old)
	case 1:
		w.step("t%d pulses event %d", n, i)
		w.m.signal(m, 1)
		m.signal = 0
		w.m.dispatch()
		w.expect("Pulse", e.Pulse(), old)
	default:
		w.step("t%d sets event %d", n, i)
		w.m.signal(m, 1)
		w.m.dispatch()
		w.expect("Set", e.Set(), old)
	}
}

// idleOperation is what happens while nothing runs: the clock, and what an
// interrupt's work could do.
func (w *random) idleOperation() {
	if w.r.IntN(4) == 0 {
		w.clock(-1)
		return
	}
	if len(w.m.alive()) < 3 && len(w.threads) < maxThreads {
		w.step("idle makes t%d", len(w.threads))
		w.createThread()
		return
	}
	if w.r.IntN(6) == 0 {
		w.queue(-1)
		return
	}
	if w.r.IntN(6) == 0 {
		w.apc(-1)
		return
	}
	w.signal(-1)
}

// check compares everything there is.
func (w *random) check(where string) {
	if w.failed {
		return
	}
	if !slices.Equal(w.trace, w.m.log) {
		w.fail("%s: ran %v, the model %v", where, w.trace, w.m.log)
	}
	w.trace, w.m.log = w.trace[:0], w.m.log[:0]
	for i, d := range w.dpcs {
		if (d.queue != nil) != slices.Contains(w.m.dpcs, w.mdpcs[i]) {
			w.fail("%s: DPC %d is queued: %v", where, i, d.queue != nil)
		}
	}
	for i, q := range w.queues {
		m := w.m.queues[i]
		var got, want []*Thread
		for b := q.waiters.first; b != nil; b = b.next {
			got = append(got, b.thread)
		}
		for _, t := range m.waiting {
			want = append(want, w.byModel[t])
		}
		if int(q.signal) != len(m.entries) || q.active != w.m.active(m) || !slices.Equal(got, want) {
			w.fail("%s: queue %d has %d entries, %d active, %d waiters, the model says %d, %d, %d", where, i,
				q.signal, q.active, len(got), len(m.entries), w.m.active(m), len(want))
		}
		n := 0
		for t := q.members; t != nil; t = t.memberNext {
			n++
		}
		for _, t := range w.m.threads {
			if t.queue == m {
				n--
			}
		}
		if n != 0 {
			w.fail("%s: queue %d has %d members more than the model", where, i, n)
		}
		if len(got) > 0 && q.signal > 0 && q.active < q.limit {
			w.fail("%s: threads wait at queue %d and entries too", where, i)
		}
	}
	running := 0
	for i, m := range w.m.threads {
		th := w.threads[i]
		if th.state == Running {
			running++
		}
		if th.state != m.state || th.priority != m.priority || th.alerted != m.alerted || int(th.suspend.Load()) != m.suspend {
			w.fail("%s: %s is in state %d at priority %d (alerted %v, suspended %d), the model says %d at %d (%v, %d)", where,
				th.Name, th.state, th.priority, th.alerted, th.suspend.Load(), m.state, m.priority, m.alerted, m.suspend)
		}
		if th.base != m.base || th.decrement != m.decrement || m.state != Terminated && th.quantum != m.quantum || m.state == Ready && th.since != m.since {
			w.fail("%s: %s has base %d, decrement %d, quantum %d, is ready since %d; the model says %d, %d, %d, %d", where,
				th.Name, th.base, th.decrement, th.quantum, th.since, m.base, m.decrement, m.quantum, m.since)
		}
		if class(th.base) != class(th.priority) || th.priority < th.base && !m.lowered {
			w.fail("%s: %s runs at %d with a base of %d", where, th.Name, th.priority, th.base)
		}
		if th.priority > th.base {
			w.stats["boosted"]++
		}
		if len(m.kernel) == 0 != (th.apc.special.head == nil && th.apc.normal.head == nil) ||
			len(m.user) == 0 != (th.apc.user.head == nil) || th.apc.userPending.Load() != m.userPending || th.apc.criticalRegions != m.regions {
			w.fail("%s: %s has the wrong APCs", where, th.Name)
		}
		if len(th.owned) != len(m.owned) {
			w.fail("%s: %s owns %d mutants, the model says %d", where, th.Name, len(th.owned), len(m.owned))
		}
		if th.timeout.queued() != (m.timeout != nil) || m.timeout != nil && th.timeout.due != m.timeout.due {
			w.fail("%s: %s has the wrong timeout", where, th.Name)
		}
		if m.state == Running && self().current != th {
			w.fail("%s: the model runs %s, the dispatcher %s", where, th.Name, self().current.Name)
		}
		if m.state != Waiting && len(th.blocks) != 0 {
			w.fail("%s: %s does not wait and has wait blocks", where, th.Name)
		}
		if w.models[slices.Index(w.objects, Object(th))] != m.object || th.signal != m.object.signal {
			w.fail("%s: %s is signalled %d, the model says %d", where, th.Name, th.signal, m.object.signal)
		}
	}
	if running > 1 || running == 1 && self().current == self().idle {
		w.fail("%s: %d threads run", where, running)
	}
	for i, o := range w.objects {
		h, m := o.header(), w.models[i]
		if h.signal != m.signal {
			w.fail("%s: object %s has signal %d, the model says %d", where, w.name(o), h.signal, m.signal)
		}
		if x, ok := o.(*Mutant); ok && (x.owner != w.byModel[m.owner] || x.abandoned != m.abandoned) {
			w.fail("%s: mutant %s has the wrong owner", where, w.name(o))
		}
		var waiters []*Thread
		for b := h.first; b != nil; b = b.next {
			waiters = append(waiters, b.thread)
		}
		var want []*Thread
		for _, t := range w.m.waiting {
			if slices.Contains(t.objects, m) {
				want = append(want, w.byModel[t])
			}
		}
		if !slices.Equal(waiters, want) {
			w.fail("%s: object %s has %d waiters, the model says %d", where, w.name(o), len(waiters), len(want))
		}
	}
	for p := range db.ready {
		var got, want []*Thread
		for t := db.ready[p].head; t != nil; t = t.next {
			got = append(got, t)
		}
		for _, t := range w.m.ready {
			if t.priority == p {
				want = append(want, w.byModel[t])
			}
		}
		if !slices.Equal(got, want) || (len(got) > 0) != (db.summary>>p&1 == 1) {
			w.fail("%s: %d threads are ready at priority %d, summary %#x, the model has %d", where, len(got), p, db.summary, len(want))
		}
	}
	if db.timers.count != len(w.m.timers) {
		w.fail("%s: %d timers are set, the model says %d", where, db.timers.count, len(w.m.timers))
	}
	if err := db.timers.check(); err != nil {
		w.fail("%s: %v", where, err)
	}
	for i, m := range w.mtimers {
		if w.timers[i].queued() != slices.Contains(w.m.timers, m) || w.timers[i].queued() && w.timers[i].due != m.due {
			w.fail("%s: timer %d is wrong", where, i)
		}
	}
}
