package ke

import (
	"slices"
)

// best is the ready thread that the processor should run next, or nil.
func (m *model) best() *mThread {
	var b *mThread
	for _, t := range m.ready {
		if t.affinity>>m.p.number&1 == 1 && (b == nil || t.priority > b.priority) {
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
		to = m.p.idle
	} else {
		i := slices.Index(m.ready, to)
		m.ready = slices.Delete(m.ready, i, i+1)
	}
	to.state = Running
	if to != m.p.current {
		m.p.ended = false
	}
	if to.last != nil && to.last != m.p {
		m.moves++
	}
	m.p.current, to.last = to, m.p
	to.inApc = false
	m.arrive()
}

func (m *model) dispatch() {
	t := m.p.current
	if m.p.irql >= DispatchLevel {
		return
	}
	if m.p.asked {
		m.retire()
	}
	if t == m.p.idle {
		return
	}
	if t.affinity>>m.p.number&1 == 0 {
		m.evicted++
		m.push(t)
		return
	}
	if m.p.ended {
		m.p.ended = false
		m.endQuantum(t)
		if b := m.best(); b != nil && b.priority >= t.priority {
			m.makeReady(t, false)
			m.swap()
			return
		}
	}
	if b := m.best(); b != nil && b.priority > t.priority {
		m.pushed++
		m.push(t)
		return
	}
	m.arrive()
}

// push takes the processor from t in favour of the best.
func (m *model) push(t *mThread) {
	if t.priority > 15 {
		t.quantum = 6
	}
	m.makeReady(t, true)
	m.swap()
}

// setAffinity reports whether mask is allowed.
func (m *model) setAffinity(t *mThread, mask uint64) (ok bool) {
	if ok = mask != 0 && mask&^m.mask() == 0; !ok {
		return false
	}
	t.affinity = mask
	if t.state == Ready {
		m.requeue(t)
	}
	m.dispatch()
	return true
}

// requeue makes the ready thread t the last of its priority.
func (m *model) requeue(t *mThread) {
	i := slices.Index(m.ready, t)
	m.ready = slices.Delete(m.ready, i, i+1)
	m.makeReady(t, false)
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

func (m *model) tick(n int) {
	t := m.p.current
	if m.p.number == 0 {
		m.tickAt = m.now
		m.expire()
		m.scan()
	}
	m.p.asked = m.p.asked || len(m.p.dpcs) > 0
	if t != m.p.idle {
		t.quantum -= 3 * n
		m.p.ended = m.p.ended || t.quantum <= 0
	}
	m.dispatch()
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
		m.requeue(t)
	}
	m.dispatch()
}

func (m *model) yield() bool {
	t := m.p.current
	b := m.best()
	if t == m.p.idle || b == nil || b.priority < t.priority || m.p.irql >= DispatchLevel {
		return false
	}
	m.endQuantum(t)
	m.makeReady(t, false)
	m.swap()
	return true
}
