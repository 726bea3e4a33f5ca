package ke

import (
	"slices"

	"gont/nt"
)

// begin begins a wait of the current thread: kernel APCs that others have
// inserted run before.
func (m *model) begin() {
	t := m.p.current
	if t.again = true; m.p.irql == PassiveLevel {
		m.arrive()
	} else {
		m.tryAgain(t)
	}
}

// tryAgain is what a wait does first, and again after a kernel APC.
func (m *model) tryAgain(t *mThread) {
	t.again = false
	if t.held && t.suspend > 0 && !t.terminate {
		t.objects, t.all = []*mObject{t.resumed}, false
		m.block(KernelMode, false)
		return
	}
	t.held = false
	if s, done := t.attempt(); done {
		t.result = s
		t.held = s == statusKernelApc
		t.again = t.held
		m.dispatch()
	} else {
		m.blocked++
	}
}

// block makes the current thread wait.
func (m *model) block(mode Mode, alertable bool) {
	t := m.p.current
	t.mode, t.alertable, t.state = mode, alertable, Waiting
	m.waiting = append(m.waiting, t)
	if t.queue != nil {
		m.feed(t.queue)
	}
	m.swap()
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
	t.again = s == statusKernelApc || t.held
	t.held = t.held || t.again && t.mode == UserMode && m.heldBack(t)
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

// wait begins a wait of the current thread, which first sets an event. What it returns will be in the
// thread's result.
func (m *model) wait(set *mObject, objects []*mObject, all bool, mode Mode, alertable bool, timeout *int64) {
	t := m.p.current
	var due *uint64
	t.attempt = func() (s nt.Status, done bool) {
		if set != nil {
			m.signal(set, 1)
			set = nil
		}
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
	m.begin()
}

// interrupted is what keeps the current thread from waiting.
func (m *model) interrupted(mode Mode, alertable bool) (s nt.Status, stop bool) {
	t := m.p.current
	if alertable && t.alerted {
		t.alerted = false
		return nt.StatusAlerted, true
	}
	if mode == KernelMode {
		return 0, false
	}
	t.userPending = t.userPending || alertable && len(t.user) > 0
	if t.terminate || t.userPending {
		return nt.StatusUserApc, true
	}
	return statusKernelApc, m.heldBack(t)
}

// late sets the timer of the current thread's wait, or finds that the time is
// over. due is when, once that is known.
func (m *model) late(timeout *int64, due **uint64) bool {
	if timeout == nil {
		return false
	}
	if *due == nil || *timeout > 0 {
		d := m.due(*timeout)
		*due = &d
	}
	if **due <= m.now {
		return true
	}
	m.p.current.timeout = &mTimer{thread: m.p.current, due: **due, absolute: *timeout > 0}
	m.timers = append(m.timers, m.p.current.timeout)
	return false
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
		t.absolute = false
		for t.due <= m.now {
			t.due += t.period
		}
		m.timers = append(m.timers, t)
	}
}

func (m *model) signal(o *mObject, n int32) {
	o.signal = n
	m.settle(o)
}

func (m *model) releaseMutant(o *mObject) nt.Status {
	t := m.p.current
	if o.owner != t {
		if o.abandoned {
			return nt.StatusAbandoned
		}
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

// setTime moves the system time on by d.
func (m *model) setTime(d int64) (old uint64) {
	old = m.now + m.offset
	m.offset += uint64(d)
	for _, t := range m.timers {
		if t.absolute {
			t.due -= uint64(d)
			m.shifted++
		}
	}
	m.expire()
	m.dispatch()
	return old
}

func (m *model) setTimer(x *mTimer, due int64, period uint64, d *mDpc) (was bool) {
	was = m.unset(x)
	x.object.signal = 0
	x.due, x.period, x.dpc, x.absolute = m.due(due), period, d, due >= 0
	m.timers = append(m.timers, x)
	if x.due <= m.now {
		m.fire(x)
	}
	m.dispatch()
	return was
}
