package ke

import (
	"slices"

	"gont/nt"
)

// mDpc is a DPC that does run.
type mDpc struct {
	run        func()
	importance Importance
	target     *mProcessor // nil: the one that queues it
}

// queued is the processor whose queue d is in.
func (m *model) queued(d *mDpc) *mProcessor {
	for _, p := range m.all {
		if slices.Contains(p.dpcs, d) {
			return p
		}
	}
	return nil
}

func (m *model) insertDpc(d *mDpc) bool {
	if m.queued(d) != nil {
		return false
	}
	p := d.target
	if p == nil {
		p = m.p
	}
	if d.importance == HighImportance {
		p.dpcs = slices.Insert(p.dpcs, 0, d)
	} else {
		p.dpcs = append(p.dpcs, d)
	}
	p.asked = p.asked || d.importance != LowImportance || len(p.dpcs) > 4
	return true
}

func (m *model) removeDpc(d *mDpc) bool {
	p := m.queued(d)
	if p == nil {
		return false
	}
	i := slices.Index(p.dpcs, d)
	p.dpcs = slices.Delete(p.dpcs, i, i+1)
	return true
}

// retire runs all DPCs.
func (m *model) retire() {
	m.p.irql = DispatchLevel
	for len(m.p.dpcs) > 0 {
		d := m.p.dpcs[0]
		m.p.dpcs = m.p.dpcs[1:]
		d.run()
	}
	m.p.irql = PassiveLevel
	m.p.asked = false
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
	t := m.p.current
	if t == m.p.idle || m.p.irql > PassiveLevel || t.inApc {
		return
	}
	for {
		i := m.nextApc(t)
		var a *mApc
		switch {
		case i >= 0 && (t.taken == nil || !t.kernel[i].normal):
			a = t.kernel[i]
			t.kernel = slices.Delete(t.kernel, i, i+1)
		case t.taken != nil:
			a = t.taken
		}
		if a == nil {
			break
		}
		t.inApc = true
		if a.normal && t.taken == nil {
			// The level falls before a normal routine.
			t.taken = a
			if m.dispatch(); m.p.current != t {
				return
			}
			t.inApc = false
			continue
		}
		if a == t.taken {
			t.taken = nil
		}
		m.log = append(m.log, a.name)
		a.run()
		m.dispatch()
		if m.p.current != t {
			return
		}
		t.inApc = false
	}
	if t.again {
		m.tryAgain(t)
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
	t := m.p.current
	if t.userPending && len(t.user) > 0 {
		name, t.user = t.user[0], t.user[1:]
	}
	t.userPending = false
	return name
}
