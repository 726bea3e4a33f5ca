package ke

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
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
	*machine
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
	kapcs   int    // the number of the last kernel APC
	entry   int    // the last one inserted
	dpcs    []*Dpc
	mdpcs   []*mDpc
	trace   []string // what the real DPCs and APCs did
	ending  []bool   // threads that are to end, by index
	steps   int
	calm    int // turns of the idle thread since another did something
	log     []string
	stats   map[string]int
}

// TestRandom runs thousands of random operations by several threads on one to
// four processors, and compares the dispatcher's whole state with the model's before
// and after each; every few steps all processors answer what they were asked,
// and the highest priorities must run.
func TestRandom(t *testing.T) {
	seeds := []uint64{*seedFlag}
	if *seedFlag == 0 {
		seeds = nil
		for i := uint64(1); i <= 24; i++ {
			seeds = append(seeds, i)
		}
		seeds = append(seeds, uint64(time.Now().UnixNano())) // and one nobody has seen
	}
	stats := map[string]int{}
	for _, seed := range seeds {
		// A run ends early when all its threads wait for what nobody does.
		for steps, part := 0, uint64(1); steps < *stepsFlag && !t.Failed(); part++ {
			steps += runRandom(t, seed, part, *stepsFlag-steps, 1+int(seed%4), stats)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("last seed %d; %v", seeds[len(seeds)-1], stats)
	for _, what := range []string{"blocked", "timeout", "abandoned", "wait all", "set and wait", "shifted", "user apc", "alerted", "preempted", "fired", "exits", "idle",
		"starved", "boosted", "decayed", "dpc runs", "entries", "queue abandoned", "kernel apcs", "user apcs", "rundowns",
		"requests", "moves", "evicted", "affinities refused", "late processors", "all run", "dpcs elsewhere"} {
		if stats[what] == 0 && *seedFlag == 0 {
			t.Errorf("no run met %q", what)
		}
	}
}

// runRandom is one run on as many processors as most. Half of the runs begin
// with one and get the others on the way.
func runRandom(t testing.TB, seed, part uint64, limit, most int, stats map[string]int) (steps int) {
	w := &random{r: rand.New(rand.NewPCG(seed, part)), byModel: map[*mThread]*Thread{}, stats: stats}
	const offset = 7_000_000
	w.m = newModel(1_000_000, offset)
	w.machine = newMachine(t, 1, w.m.now)
	defer w.end()
	w.time = func() uint64 { return w.m.now }
	w.context = func() string {
		return fmt.Sprintf("; step %d%s\nlast steps:\n%s", w.steps, w.threadsText(), strings.Join(w.log, "\n"))
	}
	w.answer = w.answers
	systemTimeOffset.Store(offset)
	w.byModel[w.m.p.idle] = self().idle
	w.makeObjects()
	w.makeDpcs()
	for i := range 2 {
		w.queues = append(w.queues, nil)
		w.m.queues = append(w.m.queues, nil)
		w.makeQueue(i)
	}
	late := part%2 == 0
	w.do(0, func() {
		for range 5 {
			w.createThread()
		}
	})
	for w.steps < limit && !w.failed && w.calm < 100*most {
		if len(w.m.all) < most && (!late || w.r.IntN(100) == 0) {
			w.addProcessor()
			stats["late processors"]++
		}
		w.do(w.r.IntN(len(w.m.all)), w.act)
		if w.r.IntN(4) == 0 {
			w.settle(w.r.IntN)
			w.check("everybody has answered")
			if len(w.m.all) > 1 && db.idle == 0 {
				stats["all run"]++
			}
		}
	}
	stats["fired"] += w.m.fired
	stats["preempted"] += w.m.pushed
	stats["starved"] += w.m.saved
	stats["runs"]++
	stats["decayed"] += w.m.decays
	stats["blocked"] += w.m.blocked
	stats["requests"] += w.requests
	stats["moves"] += w.m.moves
	stats["evicted"] += w.m.evicted
	stats["shifted"] += w.m.shifted
	return w.steps
}

func (w *random) addProcessor() {
	k := len(w.m.all)
	w.m.addProcessor()
	w.startProcessor(k)
	w.byModel[w.m.all[k].idle] = processors[k].idle
	w.restless[k] = true // it has not looked for threads yet
}

// act is a turn of a processor: its thread, idle or not, does something.
func (w *random) act() {
	w.m.p = w.m.all[w.playing]
	n := w.number(w.m.p.current)
	if n < 0 {
		w.calm++
		w.runReady()
		w.restless[w.playing] = true
		w.idleOperation()
		w.check("idle after its operation")
		return
	}
	me, m := w.threads[n], w.m.threads[n]
	w.check(me.Name + " runs")
	if Current() != me {
		w.fail("%s runs, but %s is current", me.Name, Current().Name)
		return
	}
	if m.terminate != me.Terminating() {
		w.fail("%s: Terminating is %v", me.Name, me.Terminating())
	}
	if w.calm = 0; m.terminate || w.r.IntN(120) == 0 {
		w.ending[n] = true
		return
	}
	w.operation(n)
}

// answers is the turn of a processor that was asked or is raised.
func (w *random) answers() {
	w.m.p = w.m.all[w.playing]
	switch n := w.number(w.m.p.current); {
	case n < 0:
		w.runReady()
	case w.m.p.irql != PassiveLevel:
		w.lower(n)
	default:
		w.step("t%d on processor %d answers", n, w.playing)
		if Requested() { // else it has come to a dispatch point meanwhile
			w.m.dispatch()
		}
		DispatchPoint()
	}
}

// runReady is the idle thread's turn.
func (w *random) runReady() {
	k := w.playing
	w.step("processor %d: run ready", k)
	w.stats["idle"]++
	w.m.retire()
	if w.m.best() != nil {
		w.m.swap()
	}
	RunReady()
	w.restless[k] = false
	w.check("idle after RunReady")
	if p := self(); p.number != k || p.current != p.idle {
		w.fail("RunReady came back and %s is current on processor %d", p.current.Name, p.number)
	}
	if t := self().best(0); t != nil {
		w.fail("RunReady came back and %s is ready", t.Name)
	}
}

// number is the index of a thread, -1 for an idle one.
func (w *random) number(t *mThread) int { return slices.Index(w.m.threads, t) }

func (w *random) step(format string, a ...any) {
	w.steps++
	w.log = append(w.log, fmt.Sprintf(format, a...))
	if len(w.log) > 30 {
		w.log = w.log[1:]
	}
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

func (w *random) createThread() {
	p := w.r.IntN(6)
	if w.r.IntN(8) == 0 {
		p = 16 + w.r.IntN(16)
	}
	n := len(w.threads)
	m := w.m.newThread(p)
	w.ending = append(w.ending, false)
	th := w.newThread(fmt.Sprintf("t%d", n), p, func() bool { return w.ending[n] }, func() { w.last(n) })
	w.threads = append(w.threads, th)
	w.byModel[m] = th
	w.objects, w.models = append(w.objects, th), append(w.models, m.object)
	w.m.start(m)
	StartThread(th)
}

// last is what a thread does before its end.
func (w *random) last(n int) {
	if w.m.p.irql != PassiveLevel {
		w.lower(n)
	}
	for w.m.threads[n].regions > 0 {
		w.leaveRegion(n)
	}
	w.step("t%d runs its kernel APCs", n)
	w.m.dispatch()
	lock()
	dispatch()
	w.step("t%d exits", n)
	w.stats["exits"]++
	w.m.exit()
}
