package ke

// How priorities move (NT). A thread has a base priority, which its owner
// gives it, and a running one, which the dispatcher goes by. For dynamic
// threads (1 to 15) the running one rises when a wait ends well and falls by
// one with each quantum until it is the base again. Priorities 0 and 16 to 31
// stay where they are put.

// What the end of a wait adds to the base priority, by what ended it. The
// values are the increments of the WDK's headers (wdm.h: EVENT_INCREMENT,
// MUTANT_INCREMENT, SEMAPHORE_INCREMENT; ntddk.h: ALERT_INCREMENT,
// RESUME_INCREMENT, TIMER_EXPIRE_INCREMENT); threads and processes that end
// give nothing.
const (
	eventIncrement     = 1
	mutantIncrement    = 1
	semaphoreIncrement = 1
	alertIncrement     = 2
	resumeIncrement    = 0
	timerIncrement     = 0
	exitIncrement      = 0
)

// Quanta are counted in thirds of a clock tick, so that a wait can cost less
// than a tick (Windows Internals, 4th edition, chapter 6: "Quantum").
const (
	quantumPerTick = 3
	quantumPerWait = 1
	// timeCritical is the base priority from which a wait costs nothing of
	// the quantum.
	timeCritical = 14
)

// fullQuantum is what a thread gets.
var fullQuantum = Quantum * quantumPerTick

// class is which of the three ranges a priority is in; boosts do not leave it.
func class(p int) int {
	switch {
	case p == LowPriority:
		return 0
	case p < LowRealtime:
		return 1
	}
	return 2
}

// adjustUnwait changes t's priority and quantum at the end of a wait: the boost
// first, then the charge for the wait. The lock is held and t is not queued.
func adjustUnwait(t *Thread, increment int) {
	if class(t.base) != 1 {
		t.quantum = fullQuantum
		return
	}
	if t.decrement == 0 && !t.boostDisabled {
		t.priority = max(t.priority, min(t.base+increment, LowRealtime-1))
	}
	if t.base >= timeCritical {
		t.quantum = fullQuantum
		return
	}
	if t.quantum -= quantumPerWait; t.quantum <= 0 {
		endQuantum(t)
	}
}

// endQuantum gives t a new quantum, and takes one step of a boost back. The
// lock is held and t is not queued.
func endQuantum(t *Thread) {
	t.quantum = fullQuantum
	if class(t.base) == 1 {
		t.priority = max(t.base, t.priority-t.decrement-1)
		t.decrement = 0
	}
}

// move gives t a running priority and keeps the ready queues right. The lock is
// held.
func move(t *Thread, p int) {
	switch t.state {
	case Ready:
		unready(t)
		t.priority = p
		ready(t)
	case Running:
		t.priority = p
		if several() {
			t.processor.priorityChanged()
		}
	default:
		t.priority = p
	}
}

// SetPriority is KeSetPriorityThread (SPEC P1.2): sets the running priority, 0
// to 31, begins a new quantum, and returns the old running priority. Within
// the dynamic range the base priority stays, and the running one goes back to
// it as from a boost. Otherwise the base follows. An idle thread keeps its -1.
func SetPriority(t *Thread, p int) (old int) {
	checkPriority(p)
	lock()
	if old = t.priority; old == idlePriority {
		unlock()
		return old
	}
	if class(p) != 1 || class(t.base) != 1 {
		t.base = p
	}
	t.decrement = 0
	t.quantum = fullQuantum
	move(t, p)
	dispatch()
	return old
}

// SetBasePriority is KeSetBasePriorityThread with the new base, 0 to 31,
// instead of a difference: sets the base priority, begins a new quantum, and
// returns the old base. A boost that t has stays on top of the new base. An
// idle thread keeps its -1.
func SetBasePriority(t *Thread, base int) (old int) {
	checkPriority(base)
	lock()
	if old = t.base; old == idlePriority {
		unlock()
		return old
	}
	p := base
	if class(base) == 1 && class(old) == 1 {
		p = max(base, min(t.priority-t.decrement+base-old, LowRealtime-1))
	}
	t.base = base
	t.decrement = 0
	t.quantum = fullQuantum
	move(t, p)
	dispatch()
	return old
}

func checkPriority(p int) {
	if p < 0 || p >= MaximumPriority {
		panic("ke: priority out of range")
	}
}

// DisableBoost is KeSetDisableBoostThread: whether waits that end leave t's
// priority alone. It returns what was set before.
func DisableBoost(t *Thread, disable bool) (old bool) {
	lock()
	defer unlock()
	old, t.boostDisabled = t.boostDisabled, disable
	return old
}

// Priority returns t's running priority.
func (t *Thread) Priority() int {
	lockAny()
	defer unlock()
	return t.priority
}

// BasePriority returns what t's running priority falls back to.
func (t *Thread) BasePriority() int {
	lockAny()
	defer unlock()
	return t.base
}
