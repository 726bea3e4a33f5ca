package ke

import "gont/nt"

// Event is KEVENT.
type Event struct{ Header }

// NewEvent makes an event of type nt.NotificationEvent (stays signalled) or
// nt.SynchronizationEvent (releases one waiter).
func NewEvent(typ int, signalled bool) *Event {
	e := new(Event)
	e.init(eventNotification+objectKind(typ), signalled)
	return e
}

func (e *Event) init(k objectKind, signalled bool) {
	e.kind = k
	if signalled {
		e.signal = 1
	}
}

// Set signals the event and returns its state before, 0 or 1.
func (e *Event) Set() int32 {
	lock()
	old := e.signal
	e.signal = 1
	if old == 0 && e.first != nil {
		waitTest(&e.Header, eventIncrement)
	}
	dispatch()
	return old
}

// Reset makes the event not signalled and returns its state before.
func (e *Event) Reset() int32 {
	lock()
	old := e.signal
	e.signal = 0
	unlock()
	return old
}

// Pulse releases who is waiting now and leaves the event not signalled.
func (e *Event) Pulse() int32 {
	lock()
	old := e.signal
	e.signal = 1
	waitTest(&e.Header, eventIncrement)
	e.signal = 0
	dispatch()
	return old
}

// Read returns the event's state, 0 or 1, and its type.
func (e *Event) Read() (state int32, typ int) {
	lockAny()
	defer unlock()
	return e.signal, int(e.kind - eventNotification)
}

// Mutant is KMUTANT: signal is 1 when free, falls with every acquisition.
type Mutant struct {
	Header
	owner      *Thread
	abandoned  bool
	next, prev *Mutant // of the owner's
}

// mutantList is the mutants that a thread owns, the first one acquired first.
// It is linked through them, so that acquiring one allocates nothing.
type mutantList struct{ first, last *Mutant }

// NewMutant makes a mutant, owned by the current thread if owned.
func NewMutant(owned bool) *Mutant {
	m := &Mutant{Header: Header{kind: mutantObject, signal: 1}}
	if owned {
		lock()
		m.acquire(self().current)
		unlock()
	}
	return m
}

func (m *Mutant) acquire(t *Thread) (abandoned bool) {
	m.signal--
	if m.signal == 0 {
		m.owner = t
		if m.next, m.prev = nil, t.owned.last; m.prev != nil {
			m.prev.next = m
		} else {
			t.owned.first = m
		}
		t.owned.last = m
	}
	abandoned = m.abandoned
	m.abandoned = false
	return abandoned
}

func (m *Mutant) disown() {
	l := &m.owner.owned
	if m.prev != nil {
		m.prev.next = m.next
	} else {
		l.first = m.next
	}
	if m.next != nil {
		m.next.prev = m.prev
	} else {
		l.last = m.prev
	}
	m.owner, m.next, m.prev = nil, nil, nil
}

// abandon frees the mutant of a thread that ends. The lock is held.
func (m *Mutant) abandon() {
	m.disown()
	m.signal = 1
	m.abandoned = true
	waitTest(&m.Header, mutantIncrement)
}

// Release gives one acquisition back and returns the signal state before;
// STATUS_MUTANT_NOT_OWNED when the current thread does not own it, or
// STATUS_ABANDONED when its last owner has ended and nobody has got it since.
func (m *Mutant) Release() (int32, nt.Status) {
	lock()
	old := m.signal
	if m.owner != self().current {
		s := nt.StatusMutantNotOwned
		if m.abandoned {
			s = nt.StatusAbandoned
		}
		unlock()
		return old, s
	}
	m.signal++
	if m.signal == 1 {
		m.disown()
		waitTest(&m.Header, mutantIncrement)
	}
	dispatch()
	return old, nt.StatusSuccess
}

// Read returns the signal state, whether the current thread owns the mutant,
// and whether it is abandoned.
func (m *Mutant) Read() (state int32, mine, abandoned bool) {
	lockAny()
	defer unlock()
	return m.signal, m.owner == self().current, m.abandoned
}

// Semaphore is KSEMAPHORE.
type Semaphore struct {
	Header
	limit int32
}

// NewSemaphore makes a semaphore. Preconditions: 0 <= count <= limit, limit > 0.
func NewSemaphore(count, limit int32) *Semaphore {
	return &Semaphore{Header{kind: semaphoreObject, signal: count}, limit}
}

// Release adds n and returns the count before;
// STATUS_SEMAPHORE_LIMIT_EXCEEDED, and nothing added, when the limit would be passed.
func (s *Semaphore) Release(n int32) (int32, nt.Status) {
	lock()
	old := s.signal
	if n <= 0 || n > s.limit-old {
		unlock()
		return old, nt.StatusSemaphoreLimit
	}
	s.signal += n
	waitTest(&s.Header, semaphoreIncrement)
	dispatch()
	return old, nt.StatusSuccess
}

// Read returns count and limit.
func (s *Semaphore) Read() (count, limit int32) {
	lockAny()
	defer unlock()
	return s.signal, s.limit
}

// Process is KPROCESS as a dispatcher object: signalled when the process has
// ended.
type Process struct{ Header }

// NewProcess makes a process that has not ended.
func NewProcess() *Process { return &Process{Header{kind: processObject}} }

// Ended signals the process.
func (p *Process) Ended() {
	lock()
	p.signal = 1
	waitTest(&p.Header, exitIncrement)
	dispatch()
}

// Signalled reports whether the process has ended.
func (p *Process) Signalled() bool {
	lockAny()
	defer unlock()
	return p.signal != 0
}
