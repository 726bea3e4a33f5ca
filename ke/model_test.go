package ke

import (
	"gont/nt"
)

// model is the slow, obvious dispatcher that the real one is compared with: a
// state machine without goroutines, that searches lists where the real one keeps
// links.
type model struct {
	now     uint64
	offset  uint64
	p       *mProcessor // that plays
	all     []*mProcessor
	threads []*mThread
	ready   []*mThread // first to run first within one priority
	waiting []*mThread // in the order of arrival
	timers  []*mTimer  // that are set
	fired   int        // timers and timeouts so far
	pushed  int        // preemptions so far
	queues  []*mQueue
	log     []string // what DPCs and APCs did
	tickAt  uint64   // time of processor 0's last tick
	scanAt  uint64   // time of the next scan for starving threads
	scanned int      // the queue it begins with
	saved   int      // threads it has helped
	decays  int
	blocked int
	moves   int // threads that came to another processor
	evicted int // threads that had to leave one
	shifted int // timers that moved with the system time
}

// mProcessor is a processor.
type mProcessor struct {
	number        int
	irql          uint8
	current, idle *mThread
	dpcs          []*mDpc // queued, in their order
	asked         bool    // for the DPCs to run
	ended         bool    // the current thread's quantum has
}

type mObject struct {
	kind      objectKind
	signal    int32
	limit     int32
	owner     *mThread
	abandoned bool
	resume    bool // a thread's own, for its suspension
}

type mTimer struct {
	object      *mObject
	thread      *mThread // for a timeout
	due, period uint64
	absolute    bool
	dpc         *mDpc
}

type mThread struct {
	object      *mObject
	priority    int
	base        int
	decrement   int
	noBoost     bool
	lowered     bool // once set to less than its base
	since       uint64
	state       State
	affinity    uint64
	last        *mProcessor
	quantum     int // thirds of ticks
	alerted     bool
	terminate   bool
	suspend     int
	resumed     *mObject
	owned       []*mObject
	objects     []*mObject
	all         bool
	mode        Mode
	alertable   bool
	timeout     *mTimer
	queue       *mQueue
	kernel      []*mApc // APCs, in their order
	user        []string
	userPending bool
	regions     int
	inApc       bool
	taken       *mApc // the normal APC whose routine is next
	again       bool
	held        bool                     // waits to be resumed, in a user-mode wait
	attempt     func() (nt.Status, bool) // begins the wait again
	removing    bool                     // in Remove, before it blocks
	entry       int                      // that Remove returns
	result      nt.Status                // of the wait that has ended
}

func newModel(now, offset uint64) *model {
	m := &model{now: now, offset: offset}
	m.addProcessor()
	m.p = m.all[0]
	return m
}

func (m *model) addProcessor() {
	idle := &mThread{priority: -1, state: Running, object: &mObject{kind: threadObject}}
	m.all = append(m.all, &mProcessor{number: len(m.all), idle: idle, current: idle})
}

// mask is all processors.
func (m *model) mask() uint64 { return 1<<len(m.all) - 1 }

func (m *model) newThread(priority int) *mThread {
	t := &mThread{priority: priority, base: priority, object: &mObject{kind: threadObject}, resumed: &mObject{kind: eventNotification, signal: 1, resume: true}, quantum: 6, affinity: allProcessors}
	m.threads = append(m.threads, t)
	return t
}

func (m *model) start(t *mThread) {
	m.makeReady(t, false)
	m.dispatch()
}

func (m *model) terminate(t *mThread) {
	t.terminate = true
	if t.state == Waiting && t.mode == UserMode {
		m.release(t, nt.StatusUserApc, 0)
	}
	m.signal(t.resumed, 1)
	m.dispatch()
}

func (m *model) alert(t *mThread) (old bool) {
	old = t.alerted
	if t.state == Waiting && t.alertable {
		m.release(t, nt.StatusAlerted, 2)
	} else {
		t.alerted = true
	}
	m.dispatch()
	return old
}

func (m *model) suspendThread(t *mThread) (old int) {
	old = t.suspend
	if old < 127 && t.state != Terminated {
		t.suspend++
		if !t.terminate {
			t.resumed.signal = 0
		}
		if t.state == Waiting && t.mode == UserMode && m.heldBack(t) {
			m.release(t, statusKernelApc, 0)
		}
	}
	m.dispatch()
	return old
}

// heldBack reports whether t may not go on with a user-mode wait.
func (m *model) heldBack(t *mThread) bool {
	return t.suspend > 0 && !t.terminate && t.regions == 0 && !t.inApc && (t != m.p.current || m.p.irql == PassiveLevel)
}

func (m *model) resumeThread(t *mThread) (old int) {
	if old = t.suspend; old > 0 {
		if t.suspend--; t.suspend == 0 {
			m.signal(t.resumed, 1)
		}
	}
	m.dispatch()
	return old
}

func (m *model) exit() {
	t := m.p.current
	for _, name := range t.user {
		m.log = append(m.log, name+" rundown")
	}
	t.user = nil
	for _, o := range t.owned {
		o.owner, o.abandoned = nil, true
		m.signal(o, 1)
	}
	t.owned = nil
	if q := t.queue; q != nil {
		t.queue = nil
		m.feed(q)
	}
	m.signal(t.object, 1)
	t.state = Terminated
	m.swap()
}
