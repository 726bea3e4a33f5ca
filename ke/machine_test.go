package ke

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"
)

// machine plays several processors, one step of one processor at a time. The
// test's goroutine is the host: do lets the current thread of a processor do
// something, and returns when it has done it, or when it does not run any more and whoever the
// processor runs instead has done what it was told before. Requests are noted,
// and settle lets the processors answer them.
type machine struct {
	t        testing.TB
	now      uint64
	playing  int           // the processor that plays
	host     chan struct{} // the turn comes back
	over     chan struct{} // closed at the end: all goroutines end
	actors   map[*Thread]*actor
	from, to *Thread                 // of the switch
	asked    [MaximumProcessors]bool // and it has not answered
	restless [MaximumProcessors]bool // the idle thread has done something since RunReady
	requests int
	answer   func() // what a processor does that was asked
	time     func() uint64
	context  func() string // for messages
	failed   bool
}

// actor is a thread's goroutine.
type actor struct {
	turn       chan func() // what to do
	born, wake chan struct{}
	id         uintptr
}

// newMachine starts n processors. now is the time.
func newMachine(t testing.TB, n int, now uint64) *machine {
	m := &machine{t: t, now: now, host: make(chan struct{}), over: make(chan struct{}), actors: map[*Thread]*actor{}}
	m.answer = m.dispatchPoint
	m.time = func() uint64 { return m.now }
	m.context = func() string { return "" }
	systemTimeOffset.Store(0)
	idle := Initialize(Hooks{
		Now:       func() uint64 { return m.time() },
		Processor: func() int { return m.playing },
		Request:   m.request,
		Switched:  func(from, to *Thread) { m.from, m.to = from, to },
		Switch:    m.switchTo,
		Panic: func(th *Thread, r any) {
			m.fail("%s panics: %v\n%s", th.Name, r, debug.Stack())
			m.host <- struct{}{}
			runtime.Goexit()
		},
	})
	go m.idleLife(idle)
	<-m.host
	for k := 1; k < n; k++ {
		m.startProcessor(k)
	}
	return m
}

func (m *machine) fail(format string, a ...any) {
	if !m.failed {
		m.t.Errorf("%s%s", fmt.Sprintf(format, a...), m.context())
	}
	m.failed = true
}

func (m *machine) end() { close(m.over) }

// startProcessor starts processor k.
func (m *machine) startProcessor(k int) {
	m.playing = k
	go func() { m.idleLife(StartProcessor(k)) }()
	<-m.host
}

func (m *machine) actor(t *Thread) *actor {
	a := m.actors[t]
	if a == nil {
		a = &actor{turn: make(chan func()), born: make(chan struct{}, 1), wake: make(chan struct{}, 1), id: uintptr(len(m.actors) + 1)}
		m.actors[t] = a
	}
	return a
}

// newThread makes a thread that does what it is told until done says it is to
// end, which is asked between two steps, and then calls last.
func (m *machine) newThread(name string, priority int, done func() bool, last func()) *Thread {
	var a *actor
	t := NewThread(name, priority, func() {
		m.await(a.born)
		for !done() {
			m.pass(a)
		}
		last()
	})
	a = m.actor(t)
	return t
}

func (m *machine) idleLife(t *Thread) {
	for a := m.actor(t); ; {
		m.pass(a)
	}
}

// pass gives the turn back, and does what comes with the next one.
func (m *machine) pass(a *actor) {
	m.host <- struct{}{}
	select {
	case f := <-a.turn:
		f()
	case <-m.over:
		runtime.Goexit()
	}
}

func (m *machine) await(c chan struct{}) {
	select {
	case <-c:
	case <-m.over:
		runtime.Goexit()
	}
}

// do lets the current thread of processor k do f.
func (m *machine) do(k int, f func()) {
	m.playing = k
	m.actor(processors[k].current).turn <- f
	<-m.host
}

func (m *machine) request(n int) {
	if n == m.playing || db.active>>n&1 == 0 {
		m.fail("processor %d asks %d", m.playing, n)
	}
	m.asked[n] = true
	m.requests++
}

// switchTo is Hooks.Switch.
func (m *machine) switchTo(from, to *uintptr, lock *uint32) {
	if atomic.LoadUint32(lock) != 1 {
		m.fail("a switch without the lock")
	}
	next := m.actor(m.to)
	wake := next.wake
	var me *actor
	if from != nil {
		me = m.actor(m.from)
		if from != &m.from.coroutine || *from != 0 {
			m.fail("%s is parked in the wrong slot, or twice", m.from.Name)
		}
		*from = me.id
	} else if m.from.state != Terminated {
		m.fail("%s does not end and has no slot", m.from.Name)
	}
	if to != nil {
		if *to != next.id {
			m.fail("%s is parked in %d, the slot holds %d", m.to.Name, next.id, *to)
		}
		*to = 0
	} else {
		wake = next.born
	}
	atomic.StoreUint32(lock, 0)
	wake <- struct{}{}
	if me != nil {
		m.await(me.wake)
	}
}

// dispatchPoint is what a processor does that was asked: its idle thread runs
// what is ready, others come to a dispatch point, and raised ones lower.
func (m *machine) dispatchPoint() {
	p := self()
	switch {
	case p.current == p.idle:
		RunReady()
		m.restless[p.number] = false
	case p.irql >= DispatchLevel:
		LowerIrql(PassiveLevel)
	default:
		DispatchPoint()
	}
}

// due lists the processors that have something to do by themselves: they were
// asked, are raised and will lower, or go through the idle loop again.
func (m *machine) due() (list []int) {
	for k := range processors {
		p := &processors[k]
		if db.active&p.bit != 0 && (m.asked[k] || p.irql >= DispatchLevel || p.current == p.idle && (m.restless[k] || p.requested != 0)) {
			list = append(list, k)
		}
	}
	return list
}

// settle lets processors answer, chosen by pick from 0 to n-1, until nobody has
// to, and checks that everything is as it should be then.
func (m *machine) settle(pick func(n int) int) {
	for steps := 0; !m.failed; steps++ {
		list := m.due()
		if len(list) == 0 {
			break
		}
		if steps > 10_000 {
			m.fail("the processors ask each other for ever")
		}
		k := list[pick(len(list))]
		m.asked[k] = false
		m.do(k, m.answer)
	}
	m.quiet()
}

func first0(int) int { return 0 }

// quiet checks what holds when everybody has answered: the highest priorities
// run, nobody is expected anywhere.
func (m *machine) quiet() {
	for k := range processors {
		p := &processors[k]
		if db.active&p.bit == 0 {
			continue
		}
		if p.requested != 0 || p.next != nil {
			m.fail("processor %d has answered and is still asked", k)
		}
		if p.current.affinity&p.bit == 0 {
			m.fail("processor %d runs %s, which may not run there", k, p.current.Name)
		}
		for n := range db.ready {
			for t := db.ready[n].head; t != nil; t = t.next {
				if t.affinity&p.bit != 0 && t.priority > p.current.priority {
					m.fail("%s is ready at %d, processor %d runs %s at %d", t.Name, t.priority, k, p.current.Name, p.current.priority)
				}
			}
		}
	}
	m.check()
}

// check is what always holds between two steps (ready.go): somebody was asked
// to take a ready thread, or nobody needs to.
func (m *machine) check() {
	running := map[*Thread]int{}
	for k := range processors {
		p := &processors[k]
		if db.active&p.bit == 0 {
			continue
		}
		running[p.current]++
		if p.current.state != Running || p.current.processor != p || running[p.current] > 1 {
			m.fail("processor %d runs %s in state %d, which runs elsewhere too", k, p.current.Name, p.current.state)
		}
		if t := p.next; t != nil && (t.state != Ready || t.asked != p || t.affinity&p.bit == 0 || t.priority <= p.current.priority || p.requested == 0) {
			m.fail("processor %d was asked in vain to take %s", k, t.Name)
		}
		if db.count > 1 && (p.current == p.idle && p.next == nil) != (db.idle&p.bit != 0) {
			m.fail("processor %d: the idle bit is wrong", k)
		}
		if p.requested == 0 && m.asked[k] && p.current == p.idle && p.next != nil {
			m.fail("processor %d has forgotten a request", k)
		}
	}
	for n := range db.ready {
		for t := db.ready[n].head; t != nil; t = t.next {
			if t.state != Ready || t.priority != n || t.asked != nil && t.asked.next != t {
				m.fail("%s is in the wrong ready queue", t.Name)
			}
			for k := range processors {
				p := &processors[k]
				if db.count > 1 && t.asked == nil && db.active&t.affinity&p.bit != 0 && p.expected() < t.priority {
					m.fail("nobody was asked to take %s at %d, and processor %d has %d", t.Name, t.priority, k, p.expected())
				}
			}
		}
	}
	if db.word != 0 {
		m.fail("the lock is held")
	}
}
