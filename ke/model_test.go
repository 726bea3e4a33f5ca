package ke

import (
	"slices"

	"gont/nt"
)

// model is the slow, obvious dispatcher that the real one is compared with: a
// state machine without goroutines, that searches lists where the real one keeps
// links.
type model struct {
	now     uint64
	offset  uint64
	irql    uint8
	current *mThread
	idle    *mThread
	threads []*mThread
	ready   []*mThread // first to run first within one priority
	waiting []*mThread // in the order of arrival
	timers  []*mTimer  // that are set
	fired   int        // timers and timeouts so far
	pushed  int        // preemptions so far
	queues  []*mQueue
	dpcs    []*mDpc  // queued, in their order
	asked   bool     // for the DPCs to run
	log     []string // what DPCs and APCs did
	ended   bool     // the current thread's quantum has
	tickAt  uint64   // time of the last tick
	scanAt  uint64   // time of the next scan for starving threads
	scanned int      // the queue it begins with
	saved   int      // threads it has helped
	decays  int
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
	dpc         *mDpc
}

// mQueue is a queue. Who is active for it is counted from the threads.
type mQueue struct {
	object  *mObject
	limit   int
	entries []int
	waiting []*mThread
	down    bool
}

func (m *model) active(q *mQueue) (n int) {
	for _, t := range m.threads {
		if t.queue == q && t.state != Waiting && !t.removing {
			n++
		}
	}
	return n
}

func (m *model) takeEntry(q *mQueue) int {
	e := q.entries[0]
	q.entries = q.entries[1:]
	q.object.signal--
	return e
}

// feed gives entries to waiting threads, the last comer first.
func (m *model) feed(q *mQueue) {
	for len(q.waiting) > 0 && len(q.entries) > 0 && m.active(q) < q.limit {
		t := q.waiting[len(q.waiting)-1]
		t.entry = m.takeEntry(q)
		m.release(t, nt.StatusSuccess, 0)
	}
}

func (m *model) insertEntry(q *mQueue, e int, head bool) (old int, ok bool) {
	old = len(q.entries)
	if !q.down {
		if head {
			q.entries = slices.Insert(q.entries, 0, e)
		} else {
			q.entries = append(q.entries, e)
		}
		q.object.signal++
		m.feed(q)
		m.settle(q.object)
	}
	m.dispatch()
	return old, !q.down
}

// removeEntry begins a Remove of the current thread, and says what it returns
// if it does not block.
func (m *model) removeEntry(q *mQueue, mode Mode, alertable bool, timeout *int64) (e int, s nt.Status, done bool) {
	t := m.current
	var due *uint64
	t.attempt = func() (s nt.Status, done bool) {
		return m.tryRemove(q, mode, alertable, timeout, &due)
	}
	if s, done = t.attempt(); done {
		e = t.entry
		m.dispatch()
	}
	return e, s, done
}

func (m *model) tryRemove(q *mQueue, mode Mode, alertable bool, timeout *int64, due **uint64) (s nt.Status, done bool) {
	t := m.current
	t.entry = 0
	if q.down {
		return nt.StatusAbandoned, true
	}
	old := t.queue
	t.queue, t.removing = q, true
	if old != nil && old != q {
		m.feed(old)
	}
	free := m.active(q) < q.limit
	t.removing = false
	if len(q.entries) > 0 && free {
		t.entry = m.takeEntry(q)
		return nt.StatusSuccess, true
	}
	if s, stop := m.interrupted(mode, alertable); stop {
		return s, true
	}
	if m.late(timeout, due) {
		return nt.StatusTimeout, true
	}
	q.waiting = append(q.waiting, t)
	m.block(mode, alertable)
	return 0, false
}

func (m *model) rundown(q *mQueue) (entries []int) {
	q.down = true
	entries, q.entries = q.entries, nil
	q.object.signal = 0
	for _, t := range m.threads {
		if t.queue == q {
			t.queue = nil
		}
	}
	for len(q.waiting) > 0 {
		m.release(q.waiting[0], nt.StatusAbandoned, 0)
	}
	m.dispatch()
	return entries
}

// block makes the current thread wait.
func (m *model) block(mode Mode, alertable bool) {
	t := m.current
	t.mode, t.alertable, t.state = mode, alertable, Waiting
	m.waiting = append(m.waiting, t)
	if t.queue != nil {
		m.feed(t.queue)
	}
	m.swap()
}

// mDpc is a DPC that does run.
type mDpc struct {
	run        func()
	importance Importance
}

func (m *model) insertDpc(d *mDpc) bool {
	if slices.Contains(m.dpcs, d) {
		return false
	}
	if d.importance == HighImportance {
		m.dpcs = slices.Insert(m.dpcs, 0, d)
	} else {
		m.dpcs = append(m.dpcs, d)
	}
	m.asked = m.asked || d.importance != LowImportance || len(m.dpcs) > 4
	return true
}

func (m *model) removeDpc(d *mDpc) bool {
	i := slices.Index(m.dpcs, d)
	if i >= 0 {
		m.dpcs = slices.Delete(m.dpcs, i, i+1)
	}
	return i >= 0
}

// retire runs all DPCs.
func (m *model) retire() {
	m.irql = DispatchLevel
	for len(m.dpcs) > 0 {
		d := m.dpcs[0]
		m.dpcs = m.dpcs[1:]
		d.run()
	}
	m.irql = PassiveLevel
	m.asked = false
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
	again       bool
	attempt     func() (nt.Status, bool) // begins the wait again
	removing    bool                     // in Remove, before it blocks
	entry       int                      // that Remove returns
	result      nt.Status                // of the wait that has ended
}

func newModel(now, offset uint64) *model {
	m := &model{now: now, offset: offset}
	m.idle = &mThread{priority: -1, state: Running, object: &mObject{kind: threadObject}}
	m.current = m.idle
	return m
}

func (m *model) newThread(priority int) *mThread {
	t := &mThread{priority: priority, base: priority, object: &mObject{kind: threadObject}, resumed: &mObject{kind: eventNotification, signal: 1, resume: true}, quantum: 6}
	m.threads = append(m.threads, t)
	return t
}

// best is the ready thread that should run next, or nil.
func (m *model) best() *mThread {
	var b *mThread
	for _, t := range m.ready {
		if b == nil || t.priority > b.priority {
			b = t
		}
	}
	return b
}

func (m *model) makeReady(t *mThread, front bool) {
	t.state, t.since = Ready, m.tickAt
	if front {
		m.ready = slices.Insert(m.ready, 0, t)
	} else {
		m.ready = append(m.ready, t)
	}
}

// swap lets the best run.
func (m *model) swap() {
	to := m.best()
	if to == nil {
		to = m.idle
	} else {
		i := slices.Index(m.ready, to)
		m.ready = slices.Delete(m.ready, i, i+1)
	}
	to.state = Running
	if to != m.current {
		m.ended = false
	}
	m.current = to
	to.inApc = false
	m.arrive()
}

func (m *model) dispatch() {
	t := m.current
	if m.irql >= DispatchLevel {
		return
	}
	if m.asked {
		m.retire()
	}
	if t == m.idle {
		return
	}
	if m.ended {
		m.ended = false
		m.endQuantum(t)
		if b := m.best(); b != nil && b.priority >= t.priority {
			m.makeReady(t, false)
			m.swap()
			return
		}
	}
	if b := m.best(); b != nil && b.priority > t.priority {
		m.pushed++
		if t.priority > 15 {
			t.quantum = 6
		}
		m.makeReady(t, true)
		m.swap()
		return
	}
	m.arrive()
}

// dynamic reports whether boosts are for t.
func (t *mThread) dynamic() bool { return t.base >= 1 && t.base <= 15 }

func (m *model) endQuantum(t *mThread) {
	t.quantum = 6
	if t.dynamic() {
		if t.priority > t.base {
			m.decays++
		}
		t.priority -= 1 + t.decrement
		if t.priority < t.base {
			t.priority = t.base
		}
		t.decrement = 0
	}
}

// boost is what the end of a wait does to t's priority and quantum.
func (m *model) boost(t *mThread, by int) {
	if t.dynamic() && t.decrement == 0 && !t.noBoost {
		for t.priority < t.base+by && t.priority < 15 {
			t.priority++
		}
	}
	if t.base == 0 || t.base >= 14 {
		t.quantum = 6
	} else if t.quantum--; t.quantum <= 0 {
		m.endQuantum(t)
	}
}

// scan helps starving threads.
func (m *model) scan() {
	if m.now < m.scanAt {
		return
	}
	m.scanAt = m.now + 10_000_000
	looked, helped := 0, 0
	for range 14 {
		var q []*mThread
		for _, t := range m.ready {
			if t.priority == 1+m.scanned {
				q = append(q, t)
			}
		}
		fresh := 0
		for _, t := range q {
			if fresh == 2 {
				break
			}
			if looked == 16 || helped == 10 {
				m.scanned = (m.scanned + 1) % 14
				return
			}
			looked++
			if m.now-t.since < 40_000_000 {
				fresh++
				continue
			}
			helped++
			m.saved++
			i := slices.Index(m.ready, t)
			m.ready = slices.Delete(m.ready, i, i+1)
			t.decrement += 15 - t.priority
			t.priority = 15
			t.quantum = 12
			m.makeReady(t, false)
		}
		m.scanned = (m.scanned + 1) % 14
	}
}

func (m *model) start(t *mThread) {
	m.makeReady(t, false)
	m.dispatch()
}

// can reports whether t could have o now, and have takes it.
func (m *model) can(t *mThread, o *mObject) bool {
	return o.signal > 0 || o.kind == mutantObject && o.owner == t
}

func (m *model) have(t *mThread, o *mObject) (abandoned bool) {
	switch o.kind {
	case eventSynchronization, timerSynchronization:
		o.signal = 0
	case semaphoreObject:
		o.signal--
	case mutantObject:
		o.signal--
		if o.owner == nil {
			o.owner = t
			t.owned = append(t.owned, o)
		}
		abandoned, o.abandoned = o.abandoned, false
	}
	return abandoned
}

// try satisfies t's whole wait if that is possible.
func (m *model) try(t *mThread) (status nt.Status, ok bool) {
	if t.all {
		for _, o := range t.objects {
			if !m.can(t, o) {
				return 0, false
			}
		}
		for _, o := range t.objects {
			if m.have(t, o) {
				status = nt.StatusAbandoned
			}
		}
		return status, true
	}
	for i, o := range t.objects {
		if m.can(t, o) {
			status = nt.Status(i)
			if m.have(t, o) {
				status += nt.StatusAbandoned
			}
			return status, true
		}
	}
	return 0, false
}

// settle releases who can be released by o, first come first served.
func (m *model) settle(o *mObject) {
	by := 0
	switch o.kind {
	case eventNotification, eventSynchronization, mutantObject, semaphoreObject:
		by = 1
	}
	if o.resume {
		by = 0
	}

	for again := true; again; {
		again = false
		for _, t := range m.waiting {
			if !slices.Contains(t.objects, o) {
				continue
			}
			if s, ok := m.try(t); ok {
				m.release(t, s, by)
				again = true
				break
			}
		}
	}
}

// release ends t's wait with a boost.
func (m *model) release(t *mThread, s nt.Status, by int) {
	i := slices.Index(m.waiting, t)
	m.waiting = slices.Delete(m.waiting, i, i+1)
	for _, q := range m.queues {
		if i := slices.Index(q.waiting, t); i >= 0 {
			q.waiting = slices.Delete(q.waiting, i, i+1)
		}
	}
	m.unset(t.timeout)
	t.timeout, t.objects = nil, nil
	t.result = s
	t.again = s == statusKernelApc
	m.boost(t, by)
	m.makeReady(t, false)
}

func (m *model) unset(t *mTimer) (was bool) {
	i := slices.Index(m.timers, t)
	if t == nil || i < 0 {
		return false
	}
	m.timers = slices.Delete(m.timers, i, i+1)
	return true
}

// wait begins a wait of the current thread, and says what it returns if it
// does not block.
func (m *model) wait(objects []*mObject, all bool, mode Mode, alertable bool, timeout *int64) (s nt.Status, done bool) {
	t := m.current
	var due *uint64
	t.attempt = func() (s nt.Status, done bool) {
		if s, stop := m.interrupted(mode, alertable); stop {
			return s, true
		}
		t.objects, t.all = objects, all
		if s, ok := m.try(t); ok {
			t.objects = nil
			return s, true
		}
		if m.late(timeout, &due) {
			t.objects = nil
			return nt.StatusTimeout, true
		}
		m.block(mode, alertable)
		return 0, false
	}
	if s, done = t.attempt(); done {
		m.dispatch()
	}
	return s, done
}

// interrupted is what keeps the current thread from waiting.
func (m *model) interrupted(mode Mode, alertable bool) (s nt.Status, stop bool) {
	t := m.current
	if alertable && t.alerted {
		t.alerted = false
		return nt.StatusAlerted, true
	}
	if mode == KernelMode {
		return 0, false
	}
	t.userPending = t.userPending || alertable && len(t.user) > 0
	return nt.StatusUserApc, t.terminate || t.userPending
}

// late sets the timer of the current thread's wait, or finds that the time is
// over. due is when, once that is known.
func (m *model) late(timeout *int64, due **uint64) bool {
	if timeout == nil {
		return false
	}
	if *due == nil {
		d := m.due(*timeout)
		*due = &d
	}
	if **due <= m.now {
		return true
	}
	m.current.timeout = &mTimer{thread: m.current, due: **due}
	m.timers = append(m.timers, m.current.timeout)
	return false
}

// mApc is an APC; run is what its routine does.
type mApc struct {
	name   string
	normal bool
	run    func()
}

// insertApc queues a kernel APC.
func (m *model) insertApc(t *mThread, a *mApc) bool {
	if t.state == Terminated {
		m.dispatch()
		return false
	}
	t.kernel = append(t.kernel, a)
	if t.state == Waiting && m.nextApc(t) >= 0 {
		m.release(t, statusKernelApc, 0)
	}
	m.dispatch()
	return true
}

// nextApc is the index of the kernel APC that t may run: special ones first.
func (m *model) nextApc(t *mThread) int {
	i := slices.IndexFunc(t.kernel, func(a *mApc) bool { return !a.normal })
	if i < 0 && len(t.kernel) > 0 && t.regions == 0 {
		i = 0
	}
	return i
}

// arrive runs the kernel APCs of the current thread, unless it is in one, and
// goes on with a wait that they have interrupted. Threads may change in every
// dispatch; it comes back here when this one is current again.
func (m *model) arrive() {
	t := m.current
	if t == m.idle || m.irql > PassiveLevel || t.inApc {
		return
	}
	for {
		i := m.nextApc(t)
		if i < 0 {
			break
		}
		a := t.kernel[i]
		t.kernel = slices.Delete(t.kernel, i, i+1)
		t.inApc = true
		m.log = append(m.log, a.name)
		a.run()
		m.dispatch()
		if m.current != t {
			return
		}
		t.inApc = false
	}
	if t.again {
		t.again = false
		if s, done := t.attempt(); done {
			t.result = s
			m.dispatch()
		}
	}
}

func (m *model) insertUserApc(t *mThread, name string) bool {
	ok := t.state != Terminated
	if ok {
		t.user = append(t.user, name)
		if t.state == Waiting && t.mode == UserMode && t.alertable {
			t.userPending = true
			m.release(t, nt.StatusUserApc, 0)
		}
	}
	m.dispatch()
	return ok
}

// nextUserApc is the name of the one to run, "" for none.
func (m *model) nextUserApc() (name string) {
	t := m.current
	if t.userPending && len(t.user) > 0 {
		name, t.user = t.user[0], t.user[1:]
	}
	t.userPending = false
	return name
}

// due is the interrupt time that a LARGE_INTEGER means.
func (m *model) due(v int64) uint64 {
	switch {
	case v < 0:
		return m.now + uint64(-v)
	case uint64(v) <= m.offset:
		return m.now
	}
	return uint64(v) - m.offset
}

// expire fires everything that is due, the earliest first.
func (m *model) expire() {
	for {
		var first *mTimer
		for _, t := range m.timers {
			if t.due <= m.now && (first == nil || t.due < first.due) {
				first = t
			}
		}
		if first == nil {
			return
		}
		m.fire(first)
	}
}

func (m *model) fire(t *mTimer) {
	m.fired++
	m.unset(t)
	if t.thread != nil {
		m.release(t.thread, nt.StatusTimeout, 0)
		return
	}
	t.object.signal = 1
	m.settle(t.object)
	if t.dpc != nil {
		m.insertDpc(t.dpc)
	}
	if t.period != 0 {
		for t.due <= m.now {
			t.due += t.period
		}
		m.timers = append(m.timers, t)
	}
}

func (m *model) tick(n int) {
	t := m.current
	m.tickAt = m.now
	m.expire()
	m.scan()
	m.asked = m.asked || len(m.dpcs) > 0
	if t != m.idle {
		t.quantum -= 3 * n
		m.ended = m.ended || t.quantum <= 0
	}
	m.dispatch()
}

func (m *model) signal(o *mObject, n int32) {
	o.signal = n
	m.settle(o)
}

func (m *model) releaseMutant(o *mObject) nt.Status {
	t := m.current
	if o.owner != t {
		return nt.StatusMutantNotOwned
	}
	o.signal++
	if o.signal == 1 {
		o.owner = nil
		i := slices.Index(t.owned, o)
		t.owned = slices.Delete(t.owned, i, i+1)
		m.settle(o)
	}
	m.dispatch()
	return nt.StatusSuccess
}

func (m *model) setTimer(x *mTimer, due int64, period uint64, d *mDpc) (was bool) {
	was = m.unset(x)
	x.object.signal = 0
	x.due, x.period, x.dpc = m.due(due), period, d
	m.timers = append(m.timers, x)
	if x.due <= m.now {
		m.fire(x)
	}
	m.dispatch()
	return was
}

func (m *model) setPriority(t *mThread, p int) (old int) {
	old = t.priority
	switch {
	case p == 0, p > 15, t.base == 0, t.base > 15:
		t.base = p
	}
	m.setRunning(t, p)
	t.lowered = t.lowered || p < t.base
	return old
}

func (m *model) setBase(t *mThread, p int) (old int) {
	old, t.base = t.base, p
	if p > 0 && p < 16 && old > 0 && old < 16 {
		p += t.priority - t.decrement - old // what is left of a boost
		p = min(max(p, t.base), 15)
	}
	m.setRunning(t, p)
	return old
}

func (m *model) setRunning(t *mThread, p int) {
	t.priority, t.decrement, t.quantum = p, 0, 6
	if t.state == Ready {
		i := slices.Index(m.ready, t)
		m.ready = slices.Delete(m.ready, i, i+1)
		m.makeReady(t, false)
	}
	m.dispatch()
}

func (m *model) terminate(t *mThread) {
	t.terminate = true
	if t.state == Waiting && t.mode == UserMode {
		m.release(t, nt.StatusUserApc, 0)
	}
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
	if old < 127 {
		t.suspend++
		t.resumed.signal = 0
	}
	m.dispatch()
	return old
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

func (m *model) yield() bool {
	t := m.current
	b := m.best()
	if t == m.idle || b == nil || b.priority < t.priority || m.irql >= DispatchLevel {
		return false
	}
	m.endQuantum(t)
	m.makeReady(t, false)
	m.swap()
	return true
}

func (m *model) exit() {
	t := m.current
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
